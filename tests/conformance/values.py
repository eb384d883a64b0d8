"""Values of the case files -> `Value` and back, and when two of them are the same."""

import base64
import math
from collections.abc import Mapping, Sequence

import numpy as np

from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.tensors.shapes import AnyRank
from sigpact.tensors.specs import Signature, TensorSpec
from sigpact.wire.arrays import Value, numpy_dtype

Data = Mapping[str, object]
"""A JSON object of a case file."""

_ULPS = 2
"""The server's own reader of doubles is not exact (kParseFullPrecisionFlag is off)."""


def signature(dtypes: Mapping[str, str]) -> Signature:
    """Return a signature of inputs with these dtypes, no shape said."""
    inputs = tuple(TensorSpec(name, BY_NAME[dtype], AnyRank()) for name, dtype in dtypes.items())
    return Signature("case", "", inputs, ())


def decoded(dtype: str, shape: Sequence[int], elements: Sequence[object]) -> Value:
    """Return the tensor that a case writes down: strings as base64, floats as `float.hex` or numbers."""
    found = BY_NAME[dtype]
    if found.kind is Kind.STRING:
        array = np.empty(len(elements), object)
        array[:] = [base64.b64decode(str(each)) for each in elements]
    elif found.kind is Kind.OPAQUE or found.bits in {2, 4}:
        array = np.empty(len(elements), object)  # no array carries them, and no codec looks at them
    elif found.kind in {Kind.FLOAT, Kind.COMPLEX}:
        array = np.array([_float(each) for each in elements], numpy_dtype(found))
    else:
        array = np.array(elements, numpy_dtype(found))
    return Value(found, array.reshape(shape))


def _float(written: object) -> float:
    return float.fromhex(written) if isinstance(written, str) else float(written)  # type: ignore[arg-type]  # JSON


def encoded(value: Value) -> dict[str, object]:
    """Return a tensor in the form of `rest_vectors.jsonl`."""
    flat = value.array.reshape(-1).tolist()
    if value.dtype.kind is Kind.STRING:
        flat = [base64.b64encode(each).decode() for each in flat]
    elif value.dtype.kind is Kind.FLOAT:
        flat = [each.hex() if math.isfinite(each) else str(each) for each in flat]
    return {"dtype": value.dtype.name, "shape": list(value.shape), "values": flat}


def same(found: Value, expected: Value) -> bool:
    """Whether two tensors are equal: NaN equals NaN, -0.0 is not 0.0, doubles may be off by an ulp or two."""
    if (found.dtype, found.shape) != (expected.dtype, expected.shape):
        return False
    a, b = found.array.reshape(-1), expected.array.reshape(-1)
    if found.dtype.kind is not Kind.FLOAT or found.dtype.name == "float32":
        return encoded(found) == encoded(expected)
    with np.errstate(invalid="ignore", over="ignore"):
        near = (a == b) | (np.abs(a - b) <= _ULPS * np.spacing(np.abs(b)))
    return bool(np.all((near & (np.signbit(a) == np.signbit(b))) | (np.isnan(a) & np.isnan(b))))
