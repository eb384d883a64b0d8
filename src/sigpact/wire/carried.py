"""Requests and answers that JSON carries unchanged: what is read at the other end is known without writing.

Of thousands of random rows a sample goes the whole way through REST bodies; the rest takes this shorter one,
whenever nothing in a tensor could be lost, refused or read otherwise. `None` sends it the long way.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from sigpact.clients.kinds import EXACT_INTEGERS, RestColumnar, RestRow
from sigpact.clients.literals import literal_of, literals
from sigpact.contract.model import SignatureUse
from sigpact.tensors.dtypes import BY_NAME, DType, Kind
from sigpact.tensors.specs import Signature
from sigpact.wire.arrays import Array, Value, numpy_dtype
from sigpact.wire.elements import integers_taken

_FLOATS: Final = frozenset({"float32", "float64"})
"""Their text has digits enough to read the same number; that of others is left to the writer."""
_DOUBLE: Final = BY_NAME["float64"]
_MOST: Final = float(np.finfo(np.float32).max)


def carried_request(
    kind: RestRow | RestColumnar, signature: Signature, values: Mapping[str, Value]
) -> Mapping[str, Value] | None:
    """Return the tensors that the server would make of a request's body, by the signature's names."""
    if not kind.named and len(values) == len(signature.inputs) == 1:
        values = {signature.inputs[0].name: next(iter(values.values()))}
    if values.keys() != {spec.name for spec in signature.inputs} or not _is_plain(kind, values.values()):
        return None
    tensors = {spec.name: _as_taken(values[spec.name], spec.dtype) for spec in signature.inputs}
    taken = {name: value for name, value in tensors.items() if value is not None}
    return taken if len(taken) == len(tensors) else None


def _as_taken(value: Value, dtype: DType) -> Value | None:
    """Return plain values as an input of a dtype takes them: a double rounds once, an integer must fit."""
    array = value.array
    if value.dtype.is_integer and dtype.is_integer:
        bounds = integers_taken(dtype) or (0, -1)
        low, high = max(bounds[0], dtype.minimum), min(bounds[1], dtype.maximum)
        fits = low <= int(array.min()) and int(array.max()) <= high
        return Value(dtype, array.astype(numpy_dtype(dtype))) if fits else None
    if value.dtype == _DOUBLE and dtype.name == "float32":
        return Value(dtype, array.astype(np.float32)) if np.abs(array).max() <= _MOST else None
    return value if value.dtype == dtype else None


def carried_answer(
    kind: RestRow | RestColumnar, use: SignatureUse, outputs: Mapping[str, Value]
) -> Mapping[str, Value] | None:
    """Return the declared outputs as the client would read them from the body."""
    if kind.bare_answer != (len(outputs) == 1) or not _is_plain(kind, outputs.values()):
        return None
    if kind.bare_answer and len(use.outputs) == 1:
        outputs = {use.outputs[0].name: next(iter(outputs.values()))}
    for tensor in use.outputs:
        found = outputs.get(tensor.name)
        wanted = literals(tensor.dtypes, tensor.name)[:1]
        if found is None or (literal_of(found.dtype, tensor.name),) != wanted:
            return None
    return {tensor.name: _as_read(outputs[tensor.name]) for tensor in use.outputs}


def _as_read(value: Value) -> Value:
    """A number in JSON has no dtype: floats are read as doubles, integers as int64."""
    if value.dtype.kind is Kind.FLOAT:
        return Value(_DOUBLE, value.array.astype(np.float64))
    if value.dtype.is_integer:
        return Value(BY_NAME["int64"], value.array.astype(np.int64))
    return value


def _is_plain(kind: RestRow | RestColumnar, values: Iterable[Value]) -> bool:
    found = tuple(values)
    if isinstance(kind, RestRow):
        rows = {value.shape[:1] for value in found}
        if len(rows) != 1 or () in rows:
            return False
    return all(value.array.size and _survives(value.dtype, value.array) for value in found)


def _survives(dtype: DType, array: Array) -> bool:
    """Whether every element is the same after JSON, in any language."""
    match dtype.kind:
        case Kind.FLOAT:
            return dtype.name in _FLOATS and bool(np.isfinite(array).all())
        case Kind.INT | Kind.UINT:
            in_range = int(array.min()) >= -EXACT_INTEGERS and int(array.max()) <= EXACT_INTEGERS
            return dtype.in_json and in_range
        case Kind.STRING:
            return _is_utf8(array)
        case kind:
            return kind is Kind.BOOL


def _is_utf8(array: Array) -> bool:
    try:
        # No character goes on over a line feed: together they are UTF-8 if each is.
        b"\n".join(array.reshape(-1).tolist()).decode()
    except UnicodeDecodeError:
        return False
    return True
