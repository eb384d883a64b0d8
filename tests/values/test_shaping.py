"""Words on whole tensors: what comes out satisfies them and the bounds, or is not drawn."""

from typing import Any

import numpy as np
import pytest

from sigpact.contract.model import Around, Column, Domain
from sigpact.tensors.dtypes import BY_NAME
from sigpact.values.domains import NotDrawnError
from sigpact.values.drawable import drawable
from sigpact.values.numerics import next_above, round_one
from sigpact.values.shaping import draw_tensor
from tests.values.builders import contract, tensor


def drawn(dtype: str, shape: tuple[int, ...], **said: Any) -> np.ndarray[Any, Any]:
    """Draw a tensor of that shape, seed 0."""
    made = tensor("x", dtype, *shape, **said)
    (each,) = drawable(contract(made)[0], made)[:1]
    return draw_tensor(each, shape, np.random.default_rng(0))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize(
    ("low", "high", "value"),
    [(-1, 1, 1), (0, 1, 1), (-1, 0, 1), (-0.2, 0.2, 1), (-5, 5, 3), (0.1, 1, 2), (-1, 1, 0)],
)
def test_norms(dtype: str, low: float, high: float, value: float) -> None:
    """Rows have the length and stay within the bounds, these tight or one-sided."""
    array = drawn(dtype, (50, 64), minimum=low, maximum=high, norm=Around(value, -1, None)).astype(float)
    tolerance = 2e-2 if "16" in dtype else 1e-4
    assert np.allclose(np.sqrt((array**2).sum(axis=1)), value, rtol=0, atol=tolerance * max(1, value))
    assert array.min() >= np.float64(low) - 1e-3
    assert array.max() <= np.float64(high) + 1e-3
    assert len(np.unique(array, axis=0)) > 1 or value == 0


@pytest.mark.parametrize(
    ("dtype", "low", "high", "value", "axis"),
    [
        ("float32", 0, 1, 1, -1),
        ("float64", -1, 1, 0, -1),
        ("float32", 0, 0.2, 1, -1),
        ("float32", 0.1, 1, 1, -1),
        ("float32", 0, 1, 2, 0),
        ("int32", 0, 10, 17, -1),
        ("int32", 2, 3, 20, -1),
        ("uint8", 0, 255, 255, -1),
        ("int64", -5, 5, -7, -1),
        ("float16", 0, 1, 1, -1),
    ],
)
def test_sums(dtype: str, low: float, high: float, value: float, axis: int) -> None:
    """Slices add up, whole numbers exactly, and stay within bounds that leave little room."""
    array = drawn(dtype, (40, 8), minimum=low, maximum=high, sums_to=Around(value, axis, None)).astype(float)
    tolerance = 2e-2 if "16" in dtype else 1e-4
    assert np.allclose(array.sum(axis=axis), value, rtol=0, atol=0 if "int" in dtype else tolerance)
    assert array.min() >= low - 1e-3
    assert array.max() <= high + 1e-3
    assert len(np.unique(array)) > 1


@pytest.mark.parametrize("dtype", ["int32", "float32", "text"])
@pytest.mark.parametrize("direction", ["ascending", "descending"])
def test_sorted_and_unique(dtype: str, direction: str) -> None:
    """The last axis is sorted and has no value twice."""
    words: dict[str, Any] = {"max_length": 3} if dtype == "text" else {"minimum": 0, "maximum": 30}
    rows = drawn(dtype, (20, 12), sorted=direction, unique=-1, **words).tolist()
    assert all(row == sorted(row, reverse=direction == "descending") for row in rows)
    assert all(len(set(row)) == len(row) for row in rows)


def test_unique_draws_all_of_a_small_domain() -> None:
    """As many slots as values are all of the values, in some order."""
    array = drawn("int32", (6, 5), minimum=3, maximum=7, unique=-1)
    assert all(sorted(row) == [3, 4, 5, 6, 7] for row in array.tolist())
    assert len(np.unique(array, axis=0)) > 1
    assert sorted(drawn("text", (3,), enum=("a", "b", "c"), unique=0).tolist()) == [b"a", b"b", b"c"]


def test_unique_numbers_of_few_bits() -> None:
    """Repeats among many draws of few floats are drawn anew until there are none."""
    array = drawn("float16", (4, 200), minimum=1, maximum=2, unique=-1)
    assert all(len(set(row)) == 200 for row in array.tolist())


def test_not_finite_adds_nan_and_infinities() -> None:
    """`finite: false` puts some among numbers that lie within the bounds."""
    array = drawn("float32", (2000, 4), minimum=0, maximum=1, finite=False)
    assert np.isnan(array).any()
    assert np.isposinf(array).any()
    assert np.isneginf(array).any()
    finite = array[np.isfinite(array)]
    assert len(finite) > 0.9 * array.size
    assert 0 <= finite.min() <= finite.max() <= 1


def test_columns_have_their_own_domains() -> None:
    """Each position of the last axis is drawn from its column."""
    columns = (Column("age", Domain(minimum=17, maximum=90), ()), Column("sex", Domain(enum=(0, 1)), ()))
    array = drawn("float32", (200, 2), columns=columns)
    assert 17 <= array[:, 0].min() < array[:, 0].max() <= 90
    assert set(array[:, 1].tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_bounds_without_room_are_kept(dtype: str) -> None:
    """Weighing two equal bounds may round away from both: one number is that number, two are these two."""
    for bound in (0.1, -4.1841856775582285):
        low = round_one(BY_NAME[dtype], bound)
        assert set(drawn(dtype, (500,), minimum=bound, maximum=bound).tolist()) == {low}
        above = next_above(BY_NAME[dtype], low)
        assert set(drawn(dtype, (500,), minimum=low, maximum=above).tolist()) == {low, above}


def test_small_magnitudes_occur_in_wide_bounds() -> None:
    """Wide bounds give numbers near zero as well as large ones, floats and whole numbers."""
    floats = np.abs(drawn("float64", (400, 4), minimum=-1e9, maximum=1e9))
    assert floats.min() < 1e3
    assert floats.max() > 1e8
    whole = np.abs(drawn("int64", (400, 4), minimum=-(2**62), maximum=2**62).astype(float))
    assert whole.min() < 2**20
    assert whole.max() > 2**60


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint8", "uint64", "float32", "float64"])
def test_the_whole_range_of_a_dtype_is_drawn(dtype: str) -> None:
    """Bounds at the ends of a dtype overflow nothing."""
    info: Any = np.iinfo(dtype) if "int" in dtype else np.finfo(dtype)
    array = drawn(dtype, (500,), minimum=int(info.min), maximum=int(info.max))
    assert array.dtype == dtype
    assert float(array.max()) > float(info.max) * 0.9


@pytest.mark.parametrize(
    ("dtype", "said", "reason"),
    [
        (
            "float32",
            {"minimum": -1, "maximum": 1, "norm": Around(9, -1, None)},
            "`norm` could not be satisfied within its bounds and shape [5, 4]",
        ),
        (
            "float32",
            {"minimum": 0, "maximum": 0.1, "sums_to": Around(1, -1, None)},
            "cannot add up to 1: 4 numbers from 0 to 0.1",
        ),
        (
            "float32",
            {"minimum": -1, "maximum": 1, "norm": Around(1, -1, 1e-12)},
            "`norm` could not be satisfied within its bounds and shape [5, 4]",
        ),
        (
            "int32",
            {"minimum": 2, "maximum": 9, "norm": Around(1, -1, None)},
            "no 4 of its values were found that come to the number that is wanted",
        ),
        (
            "float32",
            {"enum": (0, 3), "sums_to": Around(1, -1, None)},
            "no 4 of its values were found that come to the number that is wanted",
        ),
        (
            "float32",
            {"minimum": 0, "maximum": 1, "multiple_of": 0.75, "sums_to": Around(1, -1, None)},
            "`sumsTo` could not be satisfied within its bounds and shape [5, 4]",
        ),
        (
            "float32",
            {"minimum": 0, "maximum": 1, "norm": Around(1, -1, None), "sums_to": Around(1, -1, None)},
            "`norm` and `sumsTo` together are not drawn; give samples or examples",
        ),
        ("int32", {"minimum": 1, "maximum": 3, "unique": -1}, "cannot be unique: 4 different values of 3"),
        (
            "int32",
            {"minimum": 0, "maximum": 9, "sums_to": Around(1.5, -1, None)},
            "`sumsTo` could not be satisfied within its bounds and shape [5, 4]",
        ),
    ],
)
def test_contradictions_are_not_drawn(dtype: str, said: dict[str, Any], reason: str) -> None:
    """Words that contradict each other give no values outside the domain, and a reason."""
    with pytest.raises(NotDrawnError) as raised:
        drawn(dtype, (5, 4), **said)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("dtype", "said"),
    [
        ("int32", {"minimum": -9, "maximum": 9, "norm": Around(5, -1, None)}),
        ("uint8", {"minimum": 0, "maximum": 255, "norm": Around(100, -1, None)}),
        ("float32", {"enum": (0, 1), "norm": Around(1, -1, None)}),
        ("float32", {"enum": (0.1, 0.2, 0.7), "sums_to": Around(1, -1, None)}),
        ("int64", {"enum": (-3, 5, 7), "sums_to": Around(-2, 0, None)}),
        ("float16", {"minimum": 0, "maximum": 1, "multiple_of": 0.125, "sums_to": Around(1, -1, None)}),
        ("int16", {"minimum": 4, "maximum": 34, "multiple_of": 2, "sums_to": Around(20, -1, None)}),
        ("float64", {"minimum": -1, "maximum": 1, "multiple_of": 0.5, "norm": Around(1, -1, None)}),
    ],
)
def test_single_values_are_combined(dtype: str, said: dict[str, Any]) -> None:
    """Whole numbers, multiples and members of an enum add up too, in more than one way."""
    array = drawn(dtype, (6, 4), **said).astype(float)
    around = said.get("norm") or said["sums_to"]
    total = np.sqrt((array**2).sum(around.axis)) if "norm" in said else array.sum(around.axis)
    assert np.allclose(total, around.value, rtol=1e-2 if dtype == "float16" else 1e-6)
    assert len({tuple(each) for each in array.tolist()}) > 1


@pytest.mark.parametrize(
    ("dtype", "said"),
    [
        ("int32", {"minimum": 0, "maximum": 10, "unique": -1, "sums_to": Around(10, -1, None)}),
        ("int32", {"minimum": 0, "maximum": 3, "unique": -1, "sums_to": Around(6, -1, None)}),
        ("float32", {"enum": (0, 0.1, 0.2, 0.3, 0.4, 0.5), "unique": -1, "sums_to": Around(1, -1, None)}),
        ("int64", {"minimum": -9, "maximum": 9, "unique": -1, "norm": Around(10, -1, None)}),
    ],
)
def test_different_parts_that_add_up(dtype: str, said: dict[str, Any]) -> None:
    """`unique` beside a total: no part twice, and the total is right."""
    array = drawn(dtype, (6, 4), **said)
    assert all(len(set(row)) == 4 for row in array.tolist())
