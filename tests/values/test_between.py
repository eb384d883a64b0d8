"""Round numbers between the ends of a domain, where thresholds are."""

from typing import Any

import numpy as np
import pytest

from sigpact.contract.model import Clause, Column, Domain
from sigpact.expressions import parse
from sigpact.frozen import replace
from sigpact.values.plan import plan
from sigpact.wire.arrays import Array
from tests.values.builders import contract, tensor


def sent(dtype: str, *dims: int | str, most: int = 64, least: int = 1, **said: Any) -> list[Array]:
    """Return the arrays of the calls with round numbers."""
    whole, use = contract(tensor("x", dtype, "batch", *dims, **said), dims={"batch": (least, most)})
    requests = plan(whole, use, rows=0, seed=0).requests
    return [each.values["x"].array for each in requests if each.label.startswith("places ")]


@pytest.mark.parametrize(
    ("dtype", "low", "high", "expected"),
    [
        ("float32", 0, 1, [0.5, 0.1, 0.9, 0.25, 0.01]),
        ("float32", -10, 10, [0.0, 0.5, -0.5, -8.0, 10.0]),
        ("float16", 0, 1, [0.5, 0.1]),
        ("int64", 0, 1000, [500, 100, 250, 333, 10]),
    ],
)
def test_shares_and_usual_thresholds(dtype: str, low: int, high: int, expected: list[float]) -> None:
    """As the dtype has them, whole rows of them."""
    array = np.concatenate(sent(dtype, 2, minimum=low, maximum=high))
    there = set(array[:, 0].tolist())
    assert there >= set(np.asarray(expected, dtype).tolist())
    assert (array >= low).all()
    assert (array <= high).all()


def test_small_calls_hold_them_too() -> None:
    """In as many calls as it takes, none smaller than the client sends."""
    arrays = sent("float32", most=5, least=3, minimum=0, maximum=1)
    assert {len(each) for each in arrays} <= {3, 4, 5}
    assert 0.5 in np.concatenate(arrays)
    assert np.float32(0.01) in np.concatenate(arrays)


def test_each_column_has_its_own() -> None:
    """A half of each."""
    columns = tuple(
        Column(name, Domain(minimum=0, maximum=most), ()) for name, most in (("age", 90), ("sum", 8))
    )
    array = np.concatenate(sent("float32", 2, columns=columns))
    assert [45.0, 4.0] in array.tolist()


@pytest.mark.parametrize(
    ("dtype", "high", "text", "expected"),
    [
        ("int32", 100000, "adult == (x >= 18437)", [18436, 18437, 18438]),
        ("uint8", 255, "adult == (x >= 255)", [254, 255]),
        ("int32", 5, "y == -3 or y in [2, 4]", [1, 2, 3, 4, 5]),
        (
            "float64",
            1,
            "hot == (x >= 0.3)",
            [0.3, *(float(np.nextafter(np.float32(0.3), np.float32(at))) for at in (0, 1))],
        ),
        ("float32", 1, "hot == (x >= 0.3)", [np.nextafter(np.float32(0.3), np.float32(at)) for at in (0, 1)]),
    ],
)
def test_numbers_of_holds_are_tried_and_what_is_beside_them(
    dtype: str, high: int, text: str, expected: list[float]
) -> None:
    """Where the client says that something turns, the model may turn a step away."""
    whole, use = contract(tensor("x", dtype, "batch", minimum=0, maximum=high), dims={"batch": (1, 64)})
    use = replace(use, holds=(Clause(text, (), parse(text)),))
    requests = plan(whole, use, rows=0, seed=0).requests
    found = [each.values["x"].array for each in requests if each.label.startswith("places ")]
    assert set(np.concatenate(found).tolist()) >= set(np.asarray(expected, dtype).tolist())


def test_texts_of_holds_are_tried_where_the_domain_has_them() -> None:
    """A clause about one country says nothing where that is never sent."""
    text = "not country == 'Liechtenstein' or y in ['a', 'too long for it']"
    whole, use = contract(tensor("country", "text", "batch", max_length=13), dims={"batch": (1, 64)})
    use = replace(use, holds=(Clause(text, (), parse(text)),))
    requests = plan(whole, use, rows=0, seed=0).requests
    found = [each.values["country"].array for each in requests if each.label.startswith("places ")]
    assert {b"Liechtenstein", b"a"} <= set(np.concatenate(found).tolist())
    assert max(map(len, np.concatenate(found).tolist())) < 15 * 4


def test_rows_of_one_number_all_over() -> None:
    """Of any number: rounding makes their variance less than nothing, now and then."""
    array = np.concatenate(sent("float32", 3, minimum=0, maximum=10))
    alike = {row[0] for row in array.tolist() if len(set(row)) == 1}
    assert len(alike) >= 40


@pytest.mark.parametrize("said", [{}, {"minimum": 0}, {"minimum": 0, "maximum": 10, "multiple_of": 5}])
def test_there_are_none_without_ends_or_between_multiples(said: dict[str, Any]) -> None:
    """What is not bounded has no middle; multiples are drawn."""
    assert sent("float32", **said) == []
