"""Bounds that somebody would have written, around what was seen: 0 to 1, 0 to 255, 1, 2, 5 times ten."""

import math
from fractions import Fraction
from typing import Final

Number = int | float

_NATURAL: Final = ((0, 1), (-1, 1), (0, 100), (0, 255), (-180, 180))
_FULL: Final = Fraction(1, 2)
"""A natural range is one that the data reach half of."""
_LIMITS: Final = (
    *(127, 255, 32_767, 65_535, 1 << 24, (1 << 31) - 1, (1 << 32) - 1, 1 << 53, (1 << 63) - 1, (1 << 64) - 1),
    3.4028234663852886e38,
)
"""The greatest values of dtypes, and the greatest whole numbers that floats hold with all before them."""
_LIMITS_BELOW: Final = (0, 128, 32_768, 1 << 24, 1 << 31, 1 << 53, 1 << 63, 3.4028234663852886e38)
"""The same below 0, without the sign."""
_GREATEST: Final = {"float16": 65504.0, "bfloat16": 3.3895313892515355e38, "float32": 3.4028234663852886e38}
_MOST: Final = 1.7976931348623157e308


def outward(least: Number, most: Number, *, few: bool) -> tuple[Number, Number]:
    """Return natural bounds around a range that was seen; around one of few rows, wider ones."""
    start, end = Fraction(least), Fraction(most)
    for low, high in _NATURAL:
        if low <= start and end <= high and end - start >= (high - low) * _FULL:
            return low, high
    if few:
        more = (end - start or abs(end)) / 2
        start = max(start - more, Fraction(0)) if start >= 0 else start - more
        end = min(end + more, Fraction(0)) if end <= 0 else end + more
    below, above = _rounded(start, end, whole=_whole(least, most))
    return -_cut(-below, -least, _LIMITS_BELOW), _cut(above, most, _LIMITS)


def _cut(rounded: Number, seen: Number, limits: tuple[Number, ...]) -> Number:
    """Return a bound that does not leave the dtype that holds what was seen: it is not known which."""
    return next((limit for limit in limits if seen <= limit < rounded), rounded)


def _whole(least: Number, most: Number) -> bool:
    return isinstance(least, int) and isinstance(most, int)


def _rounded(least: Fraction, most: Fraction, *, whole: bool) -> tuple[Number, Number]:
    span = most - least
    if least >= 0 and least <= max(span, Fraction(1)):
        return 0, _number(nice(most), whole=whole)
    step = nice(span) if span else nice(abs(most))
    step = Fraction(math.ceil(step)) if whole else step
    low, high = math.ceil(least / step) - 1, math.floor(most / step) + 1
    return _number(low * step, whole=whole), _number(high * step, whole=whole)


def _number(value: Fraction, *, whole: bool) -> Number:
    if whole or (value.denominator == 1 and abs(value) < 1 << 53):
        return int(value)
    try:
        return float(value)
    except OverflowError:
        return _MOST if value > 0 else -_MOST


def nice(value: Fraction | int) -> Fraction:
    """Return the least of 1, 2, 5 times a power of ten that is not below a number; of 0, 1."""
    if value <= 0:
        return Fraction(1)
    power = Fraction(1)
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(power * each for each in (1, 2, 5, 10) if power * each >= value)


def nice_below(value: int) -> int:
    """Return the greatest of 1, 2, 5 times a power of ten that is not above a whole number; below 1, 0."""
    if value < 1:
        return 0
    power: int = 10 ** (len(str(value)) - 1)
    return max(power * each for each in (1, 2, 5) if power * each <= value)


def within(dtype: str | None, low: Number, high: Number) -> tuple[Number, Number]:
    """Return bounds cut to what a float dtype holds: beyond them numbers become infinite."""
    most = _GREATEST.get(dtype or "", _MOST)
    return max(low, -most), min(high, most)
