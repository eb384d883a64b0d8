"""`unique`, `sorted`, `sumsTo` and `norm` of answers, slice by slice."""

from typing import Any

import pytest

from sigpact.contract.model import Around
from sigpact.wire.arrays import value
from tests.checks.answers import breaches, found
from tests.values.builders import tensor

NAN = float("nan")


@pytest.mark.parametrize(
    ("dtype", "words", "rows", "expected"),
    [
        # unique along an axis
        (
            "int32",
            {"unique": -1},
            [[1, 2, 3], [1, 2, 1]],
            [("output-value-repeated", "unique along axis -1", "a value twice: [1, 2, 1]")],
        ),
        (
            "int32",
            {"unique": 0},
            [[1, 2], [1, 3]],
            [("output-value-repeated", "unique along axis 0", "a value twice: [1, 1]")],
        ),
        ("int32", {"unique": -1}, [[1, 2], [1, 2]], []),
        (
            "string",
            {"unique": -1},
            [["a", "b"], ["c", "c"]],
            [("output-value-repeated", "unique along axis -1", "a value twice: [b'c', b'c']")],
        ),
        # sorted along the last axis, equal neighbours too
        ("float32", {"sorted": "ascending"}, [[1, 1, 2], [3, 4, 5]], []),
        (
            "float32",
            {"sorted": "ascending"},
            [[1, 1, 2], [3, 5, 4]],
            [("output-order-changed", "sorted ascending", "another order: [3.0, 5.0, 4.0]")],
        ),
        ("float32", {"sorted": "descending"}, [[2, 1, 1]], []),
        (
            "float32",
            {"sorted": "descending"},
            [[1, 2]],
            [("output-order-changed", "sorted descending", "another order: [1.0, 2.0]")],
        ),
        # sums, within the language's tolerance or their own
        ("float32", {"sums_to": Around(1, -1, None)}, [[0.1] * 10], []),
        (
            "float32",
            {"sums_to": Around(1, -1, None)},
            [[0.5, 0.5], [0.5, 0.6]],
            [("output-sum-outside", "sumsTo 1 along axis -1", "1.100000023841858 at [1]")],
        ),
        ("float32", {"sums_to": Around(1, -1, 0.2)}, [[0.5, 0.6]], []),
        ("float16", {"sums_to": Around(1, -1, None)}, [[0.5, 0.505]], []),
        (
            "float32",
            {"sums_to": Around(1, -1, None)},
            [[0.5, 0.505]],
            [("output-sum-outside", "sumsTo 1 along axis -1", "1.0049999952316284 at [0]")],
        ),
        (
            "int32",
            {"sums_to": Around(10, -1, None)},
            [[4, 6], [10, 1]],
            [("output-sum-outside", "sumsTo 10 along axis -1", "11 at [1]")],
        ),
        ("float32", {"sums_to": Around(3, 0, None)}, [[1, 1], [2, 2]], []),
        # norms
        (
            "float32",
            {"norm": Around(1, -1, 1e-4)},
            [[0.6, 0.8], [0, 0]],
            [("output-norm-outside", "norm 1 along axis -1 within 0.0001", "0.0 at [1]")],
        ),
        ("float32", {"norm": Around(5, -1, None)}, [[3, 4]], []),
        ("int32", {"norm": Around(5, -1, None)}, [[3, 4]], []),
        # what is not finite is told by `finite`, not by its sum
        ("float32", {"sums_to": Around(1, -1, None), "finite": False}, [[NAN, 1]], []),
        # an axis that is not there is a matter of the shape
        ("float32", {"norm": Around(1, 2, None), "unique": 2}, [[1, 1]], []),
    ],
)
def test_slices(
    dtype: str, words: dict[str, Any], rows: list[list[Any]], expected: list[tuple[str, str, str]]
) -> None:
    """Each word on the whole of an output, satisfied and not."""
    output = tensor("o", dtype, "batch", None, **words)
    assert found(output, dtype, rows) == expected


def test_the_row_is_the_slice() -> None:
    """A slice along the last axis is a row, the worst of those that are off; one along the rows is none."""
    output = tensor("o", "float32", "batch", 2, sums_to=Around(1, -1, None))
    answer = {"o": value("float32", [[1, 0], [1, 1], [1, 9]])}
    (made,) = breaches(output, answer=answer, sizes={"batch": 3})
    assert (made.row, made.count, made.total, made.change) == (2, 2, 3, "sumsTo")
    output = tensor("o", "float32", "batch", 3, sums_to=Around(1, 0, None))
    (made,) = breaches(output, answer={"o": value("float32", [[1, 1, 5]])}, sizes={"batch": 1})
    assert made.row is None


def test_sensitive_slices_are_digests() -> None:
    """Neither a slice nor its sum is told of a sensitive output."""
    words: dict[str, Any] = {"sums_to": Around(1, -1, None), "unique": -1, "sensitive": True}
    made = found(tensor("o", "float32", "batch", 2, **words), "float32", [[4.5, 4.5]])
    assert len(made) == 2
    assert all(
        "sha256:" in each[2] and "4.5" not in each[2] and "9" not in each[2].split("sha256:")[0]
        for each in made
    )
