"""Rounding and neighbours against second implementations, whole dtypes where these are small."""

import math
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.tensors.dtypes import BY_NAME
from sigpact.values.numerics import (
    as_float,
    exact_step,
    has_infinity,
    limits,
    multiples,
    next_above,
    next_below,
    round_one,
    rounded,
    rounds,
)
from tests.values.oracle import nearest

EIGHTS = [name for name in BY_NAME if name.startswith("float8")]
FLOATS = ("float16", "bfloat16", "float32", "float64")


@cache
def every(name: str) -> list[float]:
    """Return all finite values of a 16 bit float dtype, in order, zero once."""
    bits = np.arange(1 << 16, dtype=np.uint32)
    found = (bits << 16).view(np.float32) if name == "bfloat16" else bits.astype(np.uint16).view(np.float16)
    return sorted({float(each) for each in found if np.isfinite(each)})


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_the_next_value_is_the_next_of_all_values(name: str) -> None:
    """Walking a whole dtype upwards and downwards visits each of its values."""
    values, dtype = every(name), BY_NAME[name]
    assert [next_above(dtype, each) for each in values[:-1]] == values[1:]
    assert [next_below(dtype, each) for each in values[1:]] == values[:-1]


@pytest.mark.parametrize("name", FLOATS)
def test_beyond_the_ends_there_are_infinities(name: str) -> None:
    """Above the greatest value comes infinity, above that nothing; below it comes the greatest again."""
    dtype = BY_NAME[name]
    most = limits(dtype).most
    assert next_above(dtype, most) == next_above(dtype, math.inf) == math.inf
    assert next_below(dtype, math.inf) == most
    assert next_above(dtype, -math.inf) == -most


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_rounding_takes_the_nearest_of_all_values(name: str) -> None:
    """Below the middle of two neighbours one is nearest, above it the other, on it the even one."""
    values = np.asarray(every(name))
    middles = (values[1:] + values[:-1]) / 2
    dtype = BY_NAME[name]
    step = np.diff(values) / 4
    assert np.array_equal(rounded(dtype, middles - step).astype(float), values[:-1])
    assert np.array_equal(rounded(dtype, middles + step).astype(float), values[1:])
    assert all(round_one(dtype, middle) == nearest(name, middle) for middle in middles[::97])


@pytest.mark.parametrize("name", FLOATS)
@given(number=st.floats(allow_nan=False))
def test_rounding_agrees_with_struct(name: str, number: float) -> None:
    """Any float64 rounds as Python's own packing does, overflow to infinity."""
    assert round_one(BY_NAME[name], number) == nearest(name, number)


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_limits_are_the_ends_of_all_values(name: str) -> None:
    """The greatest and the least subnormal are the ends of the dtype's positive values."""
    positive = [each for each in every(name) if each > 0]
    found = limits(BY_NAME[name])
    assert (found.least_subnormal, found.most) == (positive[0], positive[-1])
    assert found.least_normal == (2.0**-14 if name == "float16" else 2.0**-126)


def test_nan_stays_nan() -> None:
    """Rounding bfloat16 on its bits does not make an infinity of NaN."""
    assert all(math.isnan(round_one(BY_NAME[name], math.nan)) for name in FLOATS)


def test_numbers_beyond_float64_are_infinite() -> None:
    """A whole number of a contract may be larger than any float."""
    assert (as_float(10**400), as_float(-(10**400)), as_float(3)) == (math.inf, -math.inf, 3.0)


def test_steps_are_decimals() -> None:
    """`multipleOf: 0.1` is a tenth: three of them are the float 0.3, not 0.30000000000000004."""
    step = exact_step(0.1)
    assert step == Fraction(1, 10)
    assert multiples(step, np.asarray([3, -7])).tolist() == [0.3, -0.7]
    assert exact_step(1e-5) == Fraction(1, 100_000)


def test_only_floats_round() -> None:
    """Complex numbers have no rounding here, and say so."""
    assert all(rounds(BY_NAME[name]) for name in (*FLOATS, *EIGHTS))
    assert not any(rounds(BY_NAME[name]) for name in ("complex64", "int32", "string", "qint8"))


@pytest.mark.parametrize("name", EIGHTS)
def test_eight_bits_are_those_of_ml_dtypes(name: str) -> None:
    """Every value and every middle of two neighbours rounds as in the package that TensorFlow brings."""
    kind = np.dtype(getattr(pytest.importorskip("ml_dtypes"), name))
    with np.errstate(invalid="ignore"):
        known = np.arange(256, dtype=np.uint8).view(kind).astype(np.float64)
    values = np.unique(known[np.isfinite(known)])
    dtype = BY_NAME[name]
    tried = np.concatenate([values, (values[1:] + values[:-1]) / 2, values * 1.01])
    tried = tried[np.abs(tried) <= values[-1]]
    found = rounded(dtype, tried)
    np.testing.assert_array_equal(found, tried.astype(kind).astype(np.float32))
    assert [next_above(dtype, each) for each in values[:-1].tolist()] == values[1:].tolist()
    assert [next_below(dtype, each) for each in values[1:].tolist()] == values[:-1].tolist()
    assert limits(dtype).most == values[-1]
    assert limits(dtype).least_subnormal == values[values > 0][0]
    assert limits(dtype).least_normal == float(pytest.importorskip("ml_dtypes").finfo(kind).smallest_normal)
    assert has_infinity(dtype) == bool(np.isinf(known).any())
    assert rounded(dtype, np.asarray([np.inf, -1e9])).tolist() == [np.inf, -np.inf]
