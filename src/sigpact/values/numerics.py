"""The floats that a dtype has: rounding to it, its neighbours, its smallest numbers.

bfloat16 and float8 travel in float32 arrays (`sigpact.wire.arrays`), so their rounding is done here: of
bfloat16 on the bits, of float8 in the table of its values.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

import numpy as np

from sigpact.contract.model import Number
from sigpact.tensors.dtypes import DType, Kind
from sigpact.wire.arrays import Array, numpy_dtype

EXACT: Final = 2**53
"""Up to here float64 holds every whole number."""

_BF16_STEP: Final = 1 << 16
_BF16_MOST: Final = float.fromhex("0x1.fep127")
_BF16_LEAST_SUBNORMAL: Final = 2.0**-133
_BF16_LEAST_NORMAL: Final = 2.0**-126


@dataclass(frozen=True, slots=True)
class Limits:
    """Positive numbers of a float dtype: the greatest, the least normal, the least subnormal."""

    most: float
    least_normal: float
    least_subnormal: float


def rounds(dtype: DType) -> bool:
    """Whether `rounded` knows the values of this dtype: it does of every float."""
    return dtype.kind is Kind.FLOAT


def has_infinity(dtype: DType) -> bool:
    """Whether a float dtype has infinities; of float8 one does."""
    return dtype.bits > 8 or dtype.name == "float8_e5m2"


_FORMS_OF_8: Final = {
    "float8_e5m2": (2, 15, 0x7B),
    "float8_e4m3fn": (3, 7, 0x7E),
    "float8_e4m3fnuz": (3, 8, 0x7F),
    "float8_e4m3b11fnuz": (3, 11, 0x7F),
    "float8_e5m2fnuz": (2, 16, 0x7F),
}
"""Bits of the fraction, bias, and the code of the greatest value (github.com/jax-ml/ml_dtypes)."""


@cache
def _values_of_8(name: str) -> Array:
    """Return the finite values of a float8 that are 0 or more, in the order of their codes."""
    fraction, bias, most = _FORMS_OF_8[name]
    codes = np.arange(most + 1)
    exponent, part = codes >> fraction, codes & ((1 << fraction) - 1)
    normal = (1 + part / 2**fraction) * 2.0 ** (exponent - bias)
    return np.asarray(np.where(exponent == 0, part / 2**fraction * 2.0 ** (1 - bias), normal), np.float64)


def _rounded_to_8(name: str, array: Array) -> Array:
    values = _values_of_8(name)
    sizes = np.abs(array.astype(np.float64))
    at = np.clip(np.searchsorted(values, sizes), 1, len(values) - 1)
    below, above = sizes - values[at - 1], values[at] - sizes
    # On the middle the even code is nearest, as everywhere.
    nearest = np.where((below < above) | ((below == above) & (at % 2 == 1)), values[at - 1], values[at])
    beyond = sizes >= values[-1] + (values[-1] - values[-2]) / 2
    found = np.copysign(np.where(beyond, np.inf, nearest), array)
    found = np.where(np.isnan(array), np.nan, found)
    # The fnuz forms have one zero.
    return np.asarray(np.where(found == 0, 0.0, found) if name.endswith("uz") else found, np.float32)


def limits(dtype: DType) -> Limits:
    """Return the limits of a float dtype that `rounds` knows."""
    if dtype.name == "bfloat16":
        return Limits(_BF16_MOST, _BF16_LEAST_NORMAL, _BF16_LEAST_SUBNORMAL)
    if dtype.bits == 8:
        values = _values_of_8(dtype.name)
        return Limits(float(values[-1]), float(values[1 << _FORMS_OF_8[dtype.name][0]]), float(values[1]))
    info = np.finfo(numpy_dtype(dtype))
    return Limits(float(info.max), float(info.smallest_normal), float(info.smallest_subnormal))


def rounded(dtype: DType, array: Array) -> Array:
    """Return the nearest values of a float dtype, ties to even, overflow to infinity.

    An array that carries the dtype as it is comes back itself, not a copy.
    """
    if dtype.bits == 8:
        return _rounded_to_8(dtype.name, np.asarray(array))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        carried = np.asarray(array).astype(numpy_dtype(dtype), copy=False)
        if dtype.name != "bfloat16":
            return carried
        bits = carried.view(np.uint32)
        even = (bits >> np.uint32(16)) & np.uint32(1)
        nearest = ((bits + np.uint32(0x7FFF) + even) & np.uint32(0xFFFF0000)).view(np.float32)
        return np.where(np.isnan(carried), carried, nearest)


def round_one(dtype: DType, number: Number | Fraction) -> float:
    """Return the nearest value of a float dtype."""
    return float(rounded(dtype, np.asarray([as_float(number)]))[0])


def as_float(number: Number | Fraction) -> float:
    """Return the nearest float64; of a number beyond them an infinity."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def next_above(dtype: DType, value: float) -> float:
    """Return the least value of a float dtype above one of its values."""
    if dtype.bits == 8:
        positive = _values_of_8(dtype.name)
        every = np.concatenate([[-np.inf], -positive[:0:-1], positive, [np.inf]])
        return float(every[min(int(np.searchsorted(every, value, side="right")), len(every) - 1)])
    if dtype.name != "bfloat16":
        kind = numpy_dtype(dtype).type
        with np.errstate(over="ignore", under="ignore"):
            return float(np.nextafter(kind(value), kind(np.inf)))
    if value == np.inf:
        return value
    if value == 0:
        return _BF16_LEAST_SUBNORMAL
    if value == -_BF16_LEAST_SUBNORMAL:
        return -0.0
    bits = np.asarray([value], np.float32).view(np.int32)
    step = np.int32(_BF16_STEP if value > 0 else -_BF16_STEP)
    return float((bits + step).view(np.float32)[0])


def next_below(dtype: DType, value: float) -> float:
    """Return the greatest value of a float dtype below one of its values."""
    return -next_above(dtype, -value)


def exact_step(number: Number) -> Fraction:
    """Return `multipleOf` as the decimal that the contract writes: 0.1 is a tenth, not the nearest float."""
    return Fraction(str(number))


def multiples(step: Fraction, counts: Array) -> Array:
    """Return `counts` times `step` in float64, correctly rounded while count times numerator is exact."""
    product: Array = counts.astype(np.float64) * float(step.numerator) / float(step.denominator)
    return product
