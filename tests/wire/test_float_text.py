"""Floats as the server writes them: whole arrays against one number at a time."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from sigpact.wire.arrays import Array
from sigpact.wire.float_text import float_tokens

_SINGLES = [
    (1.0, "1.0"),
    (-0.0, "-0.0"),
    (9e6, "9e+06"),
    (999999, "999999.0"),
    (1234567, "1234567.0"),
    (16777216, "16777216.0"),
    (1 / 3, "0.333333343"),
    (0.1, "0.1"),
    (0.0001, "0.0001"),
    (3e-05, "3e-05"),
    (1e30, "1e+30"),
    (1e-45, "1.4013e-45"),
    (3.4028234663852886e38, "3.40282347e+38"),
    (math.nan, "NaN"),
    (math.inf, "Infinity"),
    (-math.inf, "-Infinity"),
]
_DOUBLES = [
    (1 / 3, "0.33333333333333331"),
    (0.1, "0.1"),
    (123456789.0, "123456789.0"),
    (1e16, "1e+16"),
    (5e-324, "4.94066e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (float(2**53), "9007199254740992.0"),
]


@pytest.mark.parametrize(
    ("dtype", "number", "expected"),
    [(np.float32, *row) for row in _SINGLES] + [(np.float64, *row) for row in _DOUBLES],
)
def test_float_text(dtype: type, number: float, expected: str) -> None:
    """Six digits where they suffice, else all; a whole number has `.0` unless it has an exponent."""
    assert float_tokens(np.array([number], dtype)) == [expected.encode()]


def _spelled(number: np.floating) -> bytes:
    """Return the token of one number, by the words of WriteDecimal alone."""
    text = f"{float(number):.6g}"
    if float(number) != number.dtype.type(float(text)):
        text = f"{float(number):.9g}" if number.dtype == np.float32 else f"{float(number):.17g}"
    if "." not in text and "e" not in text:
        text = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(text, text + ".0")
    return text.encode()


def _bits(dtype: type, count: int) -> Array:
    """Return numbers of every exponent, NaN and infinities among them."""
    width = np.dtype(dtype).itemsize
    return np.frombuffer(np.random.default_rng(width).bytes(width * count), dtype)


def _decimals(dtype: type) -> Array:
    """Return powers of ten and decimals of few digits, over every exponent, with their neighbours."""
    powers = range(-45, 39) if dtype is np.float32 else range(-323, 309)
    texts = [
        f"{digits}e{power}" for power in powers for digits in ("1", "9.99999", "9.999995", "2.5", "1.23456")
    ]
    at: Array = np.array(list(map(float, texts)), dtype)
    at = at[np.isfinite(at)]
    return np.concatenate([at, -at, np.nextafter(at, dtype(np.inf)), np.nextafter(at, dtype(0))])


def _halves(dtype: type) -> Array:
    """Return numbers that lie in the middle of two decimals of six or nine digits, and beside it."""
    at = (np.arange(99990, 100310) + 0.5) * np.array([[1e-7], [1e-3], [1e-1], [1], [1e3]])
    at = np.concatenate([at, at * 8, (np.arange(2**23, 2**23 + 1600) / 2).reshape(5, -1)], axis=1).astype(
        dtype
    )
    return np.concatenate([at.reshape(-1), np.nextafter(at, dtype(0)).reshape(-1)])


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("numbers", [lambda dtype: _bits(dtype, 20_000), _decimals, _halves])
def test_arrays_are_written_as_each_number_is(numbers: Callable[[type], Array], dtype: type) -> None:
    """Rounding to decimals in binary gives the same text as printing and reading back."""
    array = numbers(dtype)
    assert float_tokens(array) == [_spelled(each) for each in array]


@settings(deadline=None)
@given(npst.arrays(npst.floating_dtypes(sizes=(32, 64), endianness="="), st.integers(0, 50)))
def test_any_array_is_written_as_each_number_is(array: Array) -> None:
    """The same, of arrays that Hypothesis thinks of."""
    with np.errstate(over="ignore", invalid="ignore"):
        assert float_tokens(array) == [_spelled(each) for each in array]


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_reads_back(number: float) -> None:
    """Every double comes back from its text, sign of zero included, and is never taken for an integer."""
    token = float_tokens(np.array([number]))[0]
    assert (float(token), math.copysign(1, float(token))) == (number, math.copysign(1, number))
    assert b"." in token or b"e" in token
