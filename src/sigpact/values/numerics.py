"""The floats that a dtype has: rounding to it, its neighbours, its smallest numbers.

bfloat16 travels in float32 arrays (`sigpact.wire.arrays`), so its rounding is done here on the bits.
"""

from dataclasses import dataclass
from fractions import Fraction
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
    """Whether `rounded` knows the floats of this dtype: float16, bfloat16, float32 and float64."""
    return dtype.kind is Kind.FLOAT and dtype.bits > 8


def limits(dtype: DType) -> Limits:
    """Return the limits of a float dtype that `rounds` knows."""
    if dtype.name == "bfloat16":
        return Limits(_BF16_MOST, _BF16_LEAST_NORMAL, _BF16_LEAST_SUBNORMAL)
    info = np.finfo(numpy_dtype(dtype))
    return Limits(float(info.max), float(info.smallest_normal), float(info.smallest_subnormal))


def rounded(dtype: DType, array: Array) -> Array:
    """Return the nearest values of a float dtype, ties to even, overflow to infinity."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        carried = np.asarray(array).astype(numpy_dtype(dtype))
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
