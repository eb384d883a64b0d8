"""`Value`: a tensor in this process, without TensorFlow.

| dtype | array |
| --- | --- |
| string | `object` of `bytes` (NumPy's `S` drops a trailing NUL) |
| bfloat16, float8_* | `float32`, holding only values that the dtype holds |
| int4, int2, uint4, uint2 | `int8` or `uint8`, holding only values that the dtype holds |
| qint8, quint16, … | the integers that are stored |
| all others | NumPy's dtype of the same name |
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sigpact.tensors.dtypes import BY_NAME, DType, Kind

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A tensor: its TensorFlow dtype and its elements."""

    dtype: DType
    array: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each dimension."""
        return tuple(self.array.shape)


def numpy_dtype(dtype: DType) -> np.dtype[Any]:
    """Return the NumPy dtype that carries a TensorFlow dtype here.

    Raises `ValueError` for one that no array carries (resources, variants).
    """
    if dtype.kind is Kind.STRING:
        return np.dtype(object)
    if dtype.name == "bfloat16" or dtype.name.startswith("float8"):
        return np.dtype(np.float32)
    if dtype.kind is Kind.OPAQUE:
        raise ValueError(f"no array carries {dtype.name}")
    if dtype.is_integer:
        return np.dtype(f"{'int' if dtype.kind is Kind.INT else 'uint'}{max(8, dtype.bits)}")
    return np.dtype(dtype.name)


def value(dtype: str, elements: object) -> Value:
    """Make a `Value` of a dtype's name and nested lists; strings may be `str` (encoded) or `bytes`."""
    found = BY_NAME[dtype]
    if found.kind is not Kind.STRING:
        return Value(found, np.asarray(elements, numpy_dtype(found)))
    array = np.asarray(elements, object)
    flat = [each.encode() if isinstance(each, str) else each for each in array.reshape(-1)]
    encoded = np.empty(len(flat), object)
    encoded[:] = flat
    return Value(found, encoded.reshape(array.shape))
