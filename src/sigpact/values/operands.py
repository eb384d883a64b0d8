"""What expressions compute with: an array, and what is known of where it came from."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.tensors.dtypes import BY_NAME, DType, Kind
from sigpact.wire.arrays import Array

MOST: Final = 1 << 26
"""So many elements an intermediate result has at most."""
FLOAT64: Final = BY_NAME["float64"]
INT64: Final = BY_NAME["int64"]
INTEGERS: Final = np.iinfo(np.int64)


class EvaluationError(ValueError):
    """The expression has no value for these tensors. `at` is an offset in its text."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """A value inside an expression. `dtype` is the coarsest that went into it: it says how near is equal."""

    array: Array
    dtype: DType = INT64
    is_blob: bool = False
    """Whether `len` counts bytes."""


def objects(items: list[object], shape: tuple[int, ...]) -> Array:
    """Return items as an object array of a shape."""
    array = np.empty(len(items), object)
    array[:] = items
    return array.reshape(shape)


def with_array(found: Operand, array: Array) -> Operand:
    """Return another array that came from the same."""
    return Operand(array, found.dtype, found.is_blob)


def coarser(left: DType, right: DType) -> DType:
    """Return the dtype whose tolerance is the wider: of 16 bits, then any float, then what has none."""
    return max((left, right), key=lambda each: (each.kind is Kind.FLOAT, -each.bits))


def coarsest(found: list[Operand]) -> DType:
    """Return the coarsest dtype of several operands."""
    dtype = found[0].dtype
    for each in found[1:]:
        dtype = coarser(dtype, each.dtype)
    return dtype


def require_room(at: int, *arrays: Array) -> None:
    """Raise `EvaluationError` where shapes do not broadcast, or the result would be too large."""
    shapes = [each.shape for each in arrays]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        said = " and ".join(str(list(each)) for each in shapes)
        raise EvaluationError(at, f"shapes {said} do not go together") from None
    if int(np.prod(shape, dtype=np.float64)) > MOST:
        raise EvaluationError(at, f"the result would have more than {MOST:,} elements")


def booleans(at: int, found: Operand) -> Array:
    """Return what holds or does not. Raises `EvaluationError` for anything else."""
    if found.array.dtype.kind != "b":
        raise EvaluationError(at, "expected what holds or does not, found " + _family(found.array))
    return found.array


def numbers_of(at: int, found: Operand) -> Operand:
    """Return numbers, booleans as 0 and 1. Raises `EvaluationError` for texts."""
    if found.array.dtype.kind not in "iufb":
        raise EvaluationError(at, "expected numbers, found " + _family(found.array))
    return with_array(found, found.array.astype(np.int64)) if found.array.dtype.kind == "b" else found


def texts_of(at: int, found: Operand) -> Operand:
    """Return texts. Raises `EvaluationError` for anything else."""
    if found.array.dtype != object:
        raise EvaluationError(at, "expected texts, found " + _family(found.array))
    return found


def _family(array: Array) -> str:
    return {"O": "texts", "b": "booleans", "c": "complex numbers"}.get(array.dtype.kind, "numbers")
