"""Edges of domains: every one that the domain admits, none that it does not."""

import math
from typing import Any

import numpy as np
import pytest

from sigpact.contract.model import Around, Column, Domain
from sigpact.tensors.dtypes import BY_NAME
from sigpact.values.boundaries import alone_specials, whole_specials
from sigpact.values.corners import corners
from sigpact.values.drawable import Drawn, drawable, elements_of
from tests.values.builders import contract, tensor

TINY = {
    "float16": (2.0**-14, 2.0**-24),
    "bfloat16": (2.0**-126, 2.0**-133),
    "float32": (2.0**-126, 2.0**-149),
}


def edges(dtype: str, **words: Any) -> list[Any]:
    """Return the elements of the corners of a domain."""
    return [
        each.element
        for each in corners(elements_of(Domain(**words), BY_NAME[dtype], blob=False), finite=True)
    ]


def one(dtype: str, *dims: int | str, **said: Any) -> Drawn:
    """Return a drawn input."""
    made = tensor("x", dtype, *dims, **said)
    return drawable(contract(made)[0], made)[0]


@pytest.mark.parametrize("dtype", TINY)
def test_all_corners_of_floats(dtype: str) -> None:
    """Both ends, their neighbours, 0, -0.0, 1, -1, and the least normal and subnormal numbers."""
    found = edges(dtype, minimum=-2, maximum=2)
    normal, subnormal = TINY[dtype]
    ulp = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23}[dtype]
    wanted = {-2.0, 2.0, -2 + ulp, 2 - ulp, 0.0, 1.0, -1.0, normal, -normal, subnormal, -subnormal}
    assert set(found) == wanted
    assert len(found) == len(wanted) + 1
    assert sum(each == 0 and math.copysign(1, each) < 0 for each in found) == 1


@pytest.mark.parametrize(
    ("dtype", "words", "expected"),
    [
        ("float32", {"minimum": 5, "maximum": 5}, [5.0]),
        ("float64", {"minimum": 0.1, "maximum": 0.3, "multiple_of": 0.1}, [0.1, 0.3, 0.2]),
        ("float64", {"minimum": -1, "maximum": 1, "multiple_of": 0.5}, [-1.0, 1.0, -0.5, 0.5, 0.0, -0.0]),
        ("int32", {"minimum": 0, "maximum": 9}, [0, 9, 1, 8]),
        ("int32", {"minimum": -3, "maximum": 9}, [-3, 9, -2, 8, 0, 1, -1]),
        ("int32", {"minimum": 1, "maximum": 10, "multiple_of": 3}, [3, 9, 6]),
        ("uint8", {"minimum": 0, "maximum": 0}, [0]),
        (
            "int64",
            {"minimum": -(2**63), "maximum": 2**63 - 1},
            [-(2**63), 2**63 - 1, -(2**63) + 1, 2**63 - 2, 0, 1, -1],
        ),
        ("bool", {}, [False, True]),
        ("string", {"enum": ("a", "b")}, [b"a", b"b"]),
    ],
)
def test_corners(dtype: str, words: dict[str, Any], expected: list[Any]) -> None:
    """The ends come first, each once."""
    found = edges(dtype, **words)
    assert [repr(each) for each in found] == [repr(each) for each in expected]


def test_corners_of_text() -> None:
    """The empty and the longest text, and one of each kind that preprocessing trips over."""
    found = [each.decode() for each in edges("string", max_length=12)]
    assert "" in found
    assert sorted(len(each) for each in found)[-2:] == [12, 12]
    kinds = {
        "white space alone": lambda t: t and not t.strip(),
        "white space before": lambda t: t[:1].isspace() and t.strip(),
        "white space after": lambda t: t[-1:].isspace() and t.strip(),
        "upper": str.isupper,
        "lower": str.islower,
        "mixed": lambda t: t != t.lower() and t != t.upper(),
        "outside ASCII": lambda t: not t.isascii(),
        "outside the BMP": lambda t: any(c > "\uffff" for c in t),
        "combining": lambda t: "\u0301" in t,
        "right to left": lambda t: "ש" in t,
        "NUL": lambda t: "\x00" in t,
        "one character": lambda t: t == "a",
        "longest in bytes": lambda t: len(t.encode()) == 48,
    }
    assert [name for name, there in kinds.items() if not any(map(there, found))] == []


@pytest.mark.parametrize(("low", "high"), [(0, 0), (1, 1), (0, 1), (2, 2), (5, 30), (40, 40)])
def test_corners_of_text_have_admitted_lengths(low: int, high: int) -> None:
    """However short or long, no special text breaks the lengths, and both ends occur."""
    lengths = {len(each.decode()) for each in edges("string", min_length=low, max_length=high)}
    assert min(lengths) == low
    assert max(lengths) == high


def test_corners_of_bytes() -> None:
    """None, the most, zeros at the end, and some that are no UTF-8."""
    blobs = [
        each.element
        for each in corners(elements_of(Domain(max_length=6), BY_NAME["string"], blob=True), finite=True)
    ]
    assert b"" in blobs
    assert b"\xff" * 6 in blobs
    assert any(isinstance(each, bytes) and each.endswith(b"\0") for each in blobs)
    assert all(isinstance(each, bytes) and len(each) <= 6 for each in blobs)


def test_nan_and_infinities_where_admitted() -> None:
    """`finite: false` adds them, and only that."""
    floats = elements_of(Domain(minimum=0, maximum=1), BY_NAME["float32"], blob=False)
    labels = {each.label for each in corners(floats, finite=False)} - {
        each.label for each in corners(floats, finite=True)
    }
    assert labels == {"NaN", "infinity", "-infinity"}


def test_rows_at_one_corner_and_samples() -> None:
    """Each corner and each sample of an element fills a row."""
    drawn = one("float32", "batch", 3, minimum=2, maximum=4, samples=(3.5, (2, 3, 4)))
    rows = {tuple(each.array[0].tolist()) for each in whole_specials(drawn, (1, 3))}
    assert {(2.0,) * 3, (4.0,) * 3, (3.5,) * 3} <= rows
    assert all(len(set(row)) == 1 for row in rows)


def test_each_bound_alone_in_each_position() -> None:
    """A bound stands in one position, the rest of the row is random."""
    drawn = one("float32", "batch", 5, minimum=2, maximum=4)
    found, total = alone_specials(drawn, (1, 5), np.random.default_rng(0), 100)
    assert len(found) == total == 20
    for bound in (2.0, 4.0):
        places = {
            int(np.flatnonzero(each.array[0] == bound)[0])
            for each in found
            if (each.array == bound).sum() == 1
        }
        assert places == set(range(5))


def test_many_positions_are_sampled_bounds_first() -> None:
    """Of more positions than fit, some are chosen, all of them bounds; the count tells of all."""
    drawn = one("float32", "batch", 1000, minimum=-2, maximum=4)
    found, total = alone_specials(drawn, (1, 1000), np.random.default_rng(0), 40)
    assert len(found) == 40
    assert total == 12_000
    assert {each.label.split(" at ")[0] for each in found} == {"the minimum", "the maximum"}


def test_columns_have_their_own_corners() -> None:
    """Every column's least and greatest value stands in its own position."""
    columns = (Column("age", Domain(minimum=17, maximum=90), ()), Column("sex", Domain(enum=(0, 1)), ()))
    drawn = one("float32", "batch", 2, columns=columns)
    found, _ = alone_specials(drawn, (1, 2), np.random.default_rng(0), 100)
    rows = [each.array[0].tolist() for each in found] + [
        each.array[0].tolist() for each in whole_specials(drawn, (1, 2))
    ]
    assert {17.0, 90.0} <= {row[0] for row in rows}
    assert {row[1] for row in rows} == {0.0, 1.0}
    assert all(17 <= row[0] <= 90 for row in rows)
    assert [17.0, 0.0] in rows
    assert [90.0, 1.0] in rows


def test_shaped_rows_have_shaped_corners() -> None:
    """One part that is all, equal parts, both signs; nothing that breaks the norm or the bounds."""
    drawn = one("float32", "batch", 4, minimum=-1, maximum=1, norm=Around(1, -1, None))
    rows = [each.array[0].tolist() for each in whole_specials(drawn, (1, 4))]
    assert [1.0, 0.0, 0.0, 0.0] in rows
    assert [0.0, 0.0, 0.0, -1.0] in rows
    assert [0.5] * 4 in rows
    assert [-0.5] * 4 in rows
    assert all(abs(sum(part * part for part in row) - 1) < 1e-5 for row in rows)
    assert alone_specials(drawn, (1, 4), np.random.default_rng(0), 10) == ([], 0)


def test_shaped_corners_respect_the_bounds() -> None:
    """Probabilities have no negative parts, and unsigned numbers none that wrap."""
    shares = one("float32", "batch", 4, minimum=0, maximum=1, sums_to=Around(1, -1, None))
    rows = [each.array[0].tolist() for each in whole_specials(shares, (1, 4))]
    assert [1.0, 0.0, 0.0, 0.0] in rows
    assert [0.25] * 4 in rows
    assert all(0 <= part <= 1 for row in rows for part in row)
    counts = one("uint8", "batch", 4, minimum=0, maximum=200, sums_to=Around(8, -1, None))
    assert all(sum(each.array[0].tolist()) == 8 for each in whole_specials(counts, (1, 4)))


@pytest.mark.parametrize(
    ("low", "high", "total", "most", "least"),
    [(0, 1, 1, 1, 0), (0.1, 1, 1, 0.7, 0.1), (0, 0.4, 1, 0.4, 0), (-1, 2, 3, 2, -1), (0.2, 0.3, 1, 0.3, 0.2)],
)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_each_position_has_its_extremes_in_a_sum(
    dtype: str, low: float, high: float, total: float, most: float, least: float
) -> None:
    """The most and the least that the bounds of the others leave, in every position."""
    drawn = one(dtype, "batch", 4, minimum=low, maximum=high, sums_to=Around(total, -1, None))
    rows = np.stack([each.array[0].astype(float) for each in whole_specials(drawn, (1, 4))])
    assert np.allclose(rows.max(axis=0), most, atol=2e-3)
    assert np.allclose(rows.min(axis=0), least, atol=2e-3)
    assert np.allclose(rows.sum(axis=1), total, atol=2e-2)


def test_each_position_has_its_extremes_in_a_length() -> None:
    """The same for `norm`, where one number alone may not have all of it."""
    drawn = one("float32", "batch", 4, minimum=0.1, maximum=0.9, norm=Around(1, -1, None))
    rows = np.stack([each.array[0].astype(float) for each in whole_specials(drawn, (1, 4))])
    assert np.allclose(rows.max(axis=0), 0.9, atol=1e-5)
    assert np.allclose(rows.min(axis=0), 0.1, atol=1e-5)
    assert np.allclose(np.square(rows).sum(axis=1), 1, atol=1e-4)


def test_a_bound_in_a_sorted_row_finds_its_place() -> None:
    """Each bound stands in a row that is sorted, whatever position it was to have."""
    drawn = one("float32", "batch", 5, minimum=2, maximum=4, sorted="ascending")
    found, _ = alone_specials(drawn, (1, 5), np.random.default_rng(0), 100)
    rows = [each.array[0].tolist() for each in found]
    assert any(row[0] == 2 and row[1] > 2 for row in rows)
    assert any(row[-1] == 4 and row[-2] < 4 for row in rows)
    assert all(row == sorted(row) for row in rows)
