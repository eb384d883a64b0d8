"""From what other signatures answered to what inputs with `from:` are drawn from: the `Pool` of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.contract.model import Contract, SignatureUse, Tensor
from sigpact.frozen import replace
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.shapes import AnyRank, Named, Ranked, Shape, Unknown
from sigpact.values.admitted import admitted
from sigpact.values.domains import NotDrawnError, Undrawable, drawn_dtypes
from sigpact.values.pools import Pool
from sigpact.values.sourced import Sourced, Stack
from sigpact.wire.arrays import Value, numpy_dtype

Sources = Mapping[str, Sourced | str]
"""By signature: what it answered, or why it answered nothing."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """The pools of a use by input, the inputs that have none and why, and notes for the evidence."""

    pools: Mapping[str, Pool]
    undrawable: tuple[Undrawable, ...] = ()
    notes: tuple[str, ...] = ()


def pooled(contract: Contract, use: SignatureUse, sources: Sources) -> Pooled:
    """Return what the inputs with `from:` are drawn from."""
    pools: dict[str, Pool] = {}
    undrawable: list[Undrawable] = []
    notes: list[str] = []
    groups: dict[str, list[Tensor]] = {}
    for tensor in use.inputs:
        if tensor.source is not None:
            groups.setdefault(tensor.source[0], []).append(tensor)
    for name, tensors in groups.items():
        try:
            pool = _pool(contract, sources.get(name, f"{name} was not run"), tensors)
        except NotDrawnError as error:
            undrawable += [
                Undrawable(each.name, f"`from: {_spoken(each)}`: {error.reason}") for each in tensors
            ]
            continue
        pools |= dict.fromkeys(pool.tensors, pool)
        notes.append(_note(pool))
    return Pooled(pools, tuple(undrawable), tuple(notes))


def _undrawable(tensor: Tensor, reason: str) -> Undrawable:
    return Undrawable(tensor.name, f"`from: {_spoken(tensor)}`: {reason}")


def _spoken(tensor: Tensor) -> str:
    return ".".join(tensor.source or ())


def _pool(contract: Contract, source: Sourced | str, tensors: list[Tensor]) -> Pool:
    """Raises `NotDrawnError` where nothing of it can be sent."""
    if isinstance(source, str):
        raise NotDrawnError(source)
    if not source.stacks:
        raise NotDrawnError(f"{source.signature} answered nothing on its own domain")
    shaped = {each.name: _shaped(contract, source, each) for each in tensors}
    outputs = {each.name: each.source[1] for each in tensors if each.source is not None}
    stacks = [_kept(contract, each, shaped, outputs) for each in source.stacks]
    kept = tuple(each for each in stacks if each.rows)
    if not kept:
        raise NotDrawnError(
            f"none of {source.rows:,} rows that {source.signature} answered lies in the declared domain"
        )
    return Pool(source, kept, shaped)


def _shaped(contract: Contract, source: Sourced, tensor: Tensor) -> Tensor:
    if not isinstance(tensor.shape, AnyRank) or tensor.source is None:
        return tensor
    return replace(tensor, shape=_shape_of(contract, source, tensor.source[1]))


def _shape_of(contract: Contract, source: Sourced, output: str) -> Shape:
    use = contract.signature(source.signature)
    declared = use.output(output) if use is not None else None
    if declared is not None and isinstance(declared.shape, Ranked):
        return declared.shape
    rank = len(source.stacks[0].values[output].shape) - 1
    return Ranked((Unknown(),) * rank, leading=True)


def _kept(
    contract: Contract, stack: Stack, tensors: Mapping[str, Tensor], outputs: Mapping[str, str]
) -> Stack:
    """Return the rows that lie in the domain of every input, in the dtypes in which these are sent."""
    values = {name: _cast(contract, each, stack.values[outputs[name]]) for name, each in tensors.items()}
    inside = np.ones(stack.rows, bool)
    for name, each in tensors.items():
        inside &= admitted(contract, each, values[name])
        if not _sizes_are_declared(contract, each, values[name].shape[1:]):
            inside[:] = False
    labels = tuple(label for label, keep in zip(stack.labels, inside.tolist(), strict=False) if keep)
    return Stack({name: Value(each.dtype, each.array[inside]) for name, each in values.items()}, labels)


def _sizes_are_declared(contract: Contract, tensor: Tensor, tail: tuple[int, ...]) -> bool:
    dims = tensor.shape.dims if isinstance(tensor.shape, Ranked) else ()
    for dim, size in zip(reversed(dims), reversed(tail), strict=False):
        bounds = contract.bounds(dim.name) if isinstance(dim, Named) else None
        if bounds is not None and not (bounds.minimum or 0) <= size <= (bounds.maximum or size):
            return False
    return True


def _cast(contract: Contract, tensor: Tensor, value: Value) -> Value:
    """Return an answer as the client sends it on: a number read from JSON stays what was read.

    Raises `NotDrawnError` where it is another kind of value.
    """
    wanted = drawn_dtypes(contract, tensor)
    both_floats = wanted[0].kind is value.dtype.kind is Kind.FLOAT
    if value.dtype in wanted or (contract.protocol == "rest" and both_floats):
        return value
    if (value.dtype.kind in _NUMBERS) != (wanted[0].kind in _NUMBERS) or value.dtype.kind is Kind.STRING:
        raise NotDrawnError(f"it is {value.dtype}, and the input is {wanted[0]}")
    with np.errstate(over="ignore", invalid="ignore"):
        return Value(wanted[0], value.array.astype(numpy_dtype(wanted[0])))


_NUMBERS: Final = frozenset({Kind.FLOAT, Kind.INT, Kind.UINT})


def _note(pool: Pool) -> str:
    source, rows = pool.source, sum(each.rows for each in pool.stacks)
    names = ", ".join(f"{name} from {_spoken(each)}" for name, each in pool.tensors.items())
    told = f"{names}: {rows:,} rows that {source.signature} answered"
    boundaries = sum(len(each.labels) for each in pool.stacks)
    told += f", {boundaries:,} of them on the boundaries of its domain"
    lost = source.rows - rows
    if lost:
        told += f"; {lost:,} more lie outside of the declared domain and are not sent"
    return f"{told}; it answered more than is kept" if source.cut else told
