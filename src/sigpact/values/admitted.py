"""Which rows of an array lie in the declared domain of an input, its words about whole tensors included."""

from typing import Final

import numpy as np

from sigpact.contract.model import Contract, Domain, Tensor
from sigpact.frozen import replace
from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.tensors.shapes import dims_of
from sigpact.values.domains import is_bytes, numbers, part_dtype
from sigpact.values.drawable import sample_array
from sigpact.values.membership import among, has_norm, has_sum, inside, is_sorted, is_unique, text_rules
from sigpact.values.patterns import PatternTimeoutError
from sigpact.wire.arrays import Array, Value

_STRING: Final = BY_NAME["string"]
_NUMERIC: Final = frozenset({Kind.FLOAT, Kind.INT, Kind.UINT})


def admitted(contract: Contract, tensor: Tensor, value: Value) -> Array:
    """Return which rows (along the first axis) the contract lets the client send: a mask.

    The other axes are the last ones of the input. A text whose `pattern` takes too long is not admitted.
    """
    blob = is_bytes(contract, tensor)
    kept = _by_row(_admitted(tensor.domain, tensor, value, blob=blob))
    if tensor.columns and value.shape[-1:] == (len(tensor.columns),):
        for at, column in enumerate(tensor.columns):
            part = Value(value.dtype, value.array[..., at])
            kept &= _by_row(_admitted(column.domain, tensor, part, blob=blob))
    return kept & _wholes(tensor, value)


def _admitted(domain: Domain, tensor: Tensor, value: Value, *, blob: bool) -> Array:
    """Return which elements lie in a domain; what is not finite, wherever that is admitted."""
    found = _elements(domain, value, blob=blob)
    if value.dtype.kind not in {Kind.FLOAT, Kind.COMPLEX}:
        return found
    finite = np.isfinite(value.array)
    return found & finite if tensor.finite else found | ~finite


def _by_row(mask: Array) -> Array:
    return np.asarray(mask.reshape(len(mask), -1).all(axis=1))


def _elements(domain: Domain, value: Value, *, blob: bool) -> Array:
    array = value.array
    everything = np.ones(array.shape, bool)
    if not domain.is_declared:
        return everything
    if value.dtype.kind is Kind.STRING:
        return _strings(domain, array, blob=blob)
    if domain.enum is not None and value.dtype.kind is not Kind.COMPLEX:
        members = tuple(each for each in domain.enum if isinstance(each, int | float))
        everything &= among(members, value.dtype, array)
    if value.dtype.kind in _NUMERIC:
        everything &= inside(numbers(domain, value.dtype), array)
    if value.dtype.kind is Kind.COMPLEX:
        for part in (array.real, array.imag):
            everything &= _elements(domain, Value(part_dtype(value.dtype), part), blob=False)
    return everything


def _strings(domain: Domain, array: Array, *, blob: bool) -> Array:
    members = None
    if domain.enum is not None:
        members = tuple(bytes(sample_array(each, _STRING).item()) for each in domain.enum)
    strings = list(dict.fromkeys(array.reshape(-1).tolist()))
    try:
        faults = text_rules(domain, members, blob=blob).faults(strings)
    except PatternTimeoutError:
        return np.zeros(array.shape, bool)
    right = {each for each, fault in zip(strings, faults, strict=True) if fault is None}
    found = [each in right for each in array.reshape(-1).tolist()]
    return np.asarray(found, bool).reshape(array.shape)


def _wholes(tensor: Tensor, value: Value) -> Array:
    """Return which rows satisfy `norm`, `sumsTo`, `unique` and `sorted`, where the axis lies inside a row."""
    array, kept = value.array, np.ones(len(value.array), bool)
    rank = len(dims_of(tensor.shape)) or array.ndim
    for around, has in ((tensor.norm, has_norm), (tensor.sums_to, has_sum)):
        if around is not None and (axis := _inner(around.axis, rank, array)) is not None:
            kept &= _by_row(has(array, replace(around, axis=axis), value.dtype))
    if tensor.unique is not None and (axis := _inner(tensor.unique, rank, array)) is not None:
        kept &= _by_row(is_unique(array, axis))
    if tensor.sorted is not None and array.ndim > 1:
        kept &= _by_row(is_sorted(array, tensor.sorted))
    return kept


def _inner(axis: int, rank: int, array: Array) -> int | None:
    """Return an axis of the input, counted from the end, where it lies inside a row."""
    last = axis if axis < 0 else axis - rank
    return last if -array.ndim < last < 0 else None
