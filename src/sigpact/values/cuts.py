"""Smaller requests: with fewer rows, smaller dimensions and without optional inputs, as the contract allows.

One name has one size in a call, so all axes that a size is written at are cut together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sigpact.contract.model import Contract, SignatureUse, Tensor
from sigpact.expressions import Node
from sigpact.tensors.shapes import Dim, Expr, Named, Ranked, Unknown, evaluate, names_of
from sigpact.values.domains import NotDrawnError
from sigpact.values.ranges import sizes_of
from sigpact.values.requests import Request
from sigpact.values.sizes import ROWS, Range, Weight
from sigpact.wire.arrays import Value

_WINDOWS: Final = 64
"""So many parts of a size are proposed at once."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The sizes of a request: what each axis of each input is measured by, and how far sizes may go down."""

    use: SignatureUse
    axes: Mapping[str, tuple[Dim | None, ...]]
    ranges: tuple[Range, ...]
    sizes: Mapping[str, int]

    def counts_rows(self, size: Range, request: Request) -> bool:
        """Whether a size is that of the request's rows."""
        firsts = {axes[:1] for axes in self.axes.values()}
        return self.sizes[size.names[0]] == request.rows and all(
            first and isinstance(first[0], Named) and first[0].name in size.names for first in firsts
        )


def frame_of(contract: Contract, use: SignatureUse, request: Request) -> Frame | None:
    """Return how a request may be cut; `None` where its shapes are not those that the contract writes."""
    present = tuple(tensor for tensor in use.inputs if tensor.name in request.values)
    if len(present) != len(request.values):
        return None
    try:
        measured = sizes_of(contract, use, present, {each.name: Weight(0.0) for each in present})
    except NotDrawnError:
        return None
    row_body = measured.row_body
    axes = {each.name: _axes(each, request.values[each.name].shape, row_body=row_body) for each in present}
    sizes = _sizes(request, axes, measured.ranges)
    if sizes is None:
        return None
    free = tuple(
        Range((dim.name,), 1, sizes[dim.name])
        for each in axes.values()
        for dim in each
        if isinstance(dim, Named) and dim.name.startswith(_FREE)
    )
    bound = {name for each in present for name in _answered_names(each)}
    ranges = tuple(
        each for each in measured.ranges if each.names[0] in sizes and not bound.intersection(each.names)
    )
    return Frame(use, axes, (*ranges, *free), sizes)


def _answered_names(tensor: Tensor) -> Iterator[str]:
    """Yield the names whose sizes another signature's answer has, of an input that is drawn from it."""
    if tensor.source is not None and isinstance(tensor.shape, Ranked):
        for dim in tensor.shape.dims[not tensor.shape.leading :]:
            yield from names_of(dim)


_FREE: Final = "\0"
"""What the names begin with of sizes that the contract leaves open."""


def _axes(tensor: Tensor, shape: tuple[int, ...], *, row_body: bool) -> tuple[Dim | None, ...]:
    """Return what measures each axis: `None` where that may not be cut."""
    if not isinstance(tensor.shape, Ranked):
        return (Named(ROWS), *(None for _ in shape[1:])) if shape else ()
    front = len(shape) - len(tensor.shape.dims)
    leading: tuple[Dim | None, ...] = (Named(ROWS), *(None for _ in range(front - 1)))[: max(front, 0)]
    axes = (
        *leading,
        *(_dim(tensor, axis, dim, row_body=row_body) for axis, dim in enumerate(tensor.shape.dims)),
    )
    # A part of another signature's answer is no answer of it: only whole rows are taken away.
    return axes if tensor.source is None else (*axes[:1], *(None for _ in axes[1:]))


def _dim(tensor: Tensor, axis: int, dim: Dim, *, row_body: bool) -> Dim:
    if not isinstance(dim, Unknown):
        return dim
    return Named(ROWS) if row_body and axis == 0 else Named(f"{_FREE}{tensor.name} {axis}")


def _sizes(
    request: Request, axes: Mapping[str, tuple[Dim | None, ...]], ranges: tuple[Range, ...]
) -> dict[str, int] | None:
    """Return the size of each name; `None` where an axis is not of the size that it should be."""
    sizes = dict(request.sizes)
    for name, found in axes.items():
        shape = request.values[name].shape
        if len(shape) != len(found):
            return None
        for dim, size in zip(found, shape, strict=True):
            if isinstance(dim, Named) and sizes.setdefault(dim.name, size) != size:
                return None
    for each in ranges:
        known = {sizes[name] for name in each.names if name in sizes}
        if len(known) == 1:
            sizes |= dict.fromkeys(each.names, known.pop())
        elif known:
            return None
    return sizes


def cut(frame: Frame, request: Request, size: Range, kept: Sequence[int]) -> Request | None:
    """Return the request with only these places of a size; `None` where the contract has no such call."""
    sizes = {**frame.sizes, **dict.fromkeys(size.names, len(kept))}
    values = {}
    for name, value in request.values.items():
        array = value.array
        for axis, dim in enumerate(frame.axes[name]):
            if isinstance(dim, Named) and dim.name in size.names:
                array = np.take(array, np.asarray(kept, np.int64), axis=axis)
            elif isinstance(dim, Expr) and any(each in size.names for each in names_of(dim)):
                length = _length(dim.tree, sizes)
                if not 1 <= length <= array.shape[axis]:
                    return None
                array = np.take(array, np.arange(length), axis=axis)
        values[name] = Value(value.dtype, array)
    if not _is_answerable(frame.use, sizes):
        return None
    named = {name: sizes[name] for name in request.sizes}
    rows = len(kept) if frame.counts_rows(size, request) else request.rows
    return Request(request.origin, values, named, rows, request.label)


def _length(tree: Node, sizes: Mapping[str, int]) -> int:
    try:
        return evaluate(tree, sizes)
    except (KeyError, ZeroDivisionError):
        return -1


def _is_answerable(use: SignatureUse, sizes: Mapping[str, int]) -> bool:
    """Whether no output's expression becomes a negative length."""
    dims = [dim for each in use.outputs if isinstance(each.shape, Ranked) for dim in each.shape.dims]
    return all(
        _length(dim.tree, sizes) >= 0
        for dim in dims
        if isinstance(dim, Expr) and all(name in sizes for name in names_of(dim))
    )


def parts(count: int, low: int) -> Iterator[list[range | list[int]]]:
    """Yield, the smallest first, which of so many places to keep: single ones, halves, all but a piece."""
    least = max(low, min(1, count))
    if low < least:
        yield [range(0)]
    if least < count:
        yield [range(each, each + least) for each in _spread(count - least + 1)]
    size = count // 2
    while size >= 1:
        starts = range(0, count, size)
        pieces = [range(each, min(each + size, count)) for each in starts]
        if size > least and len(pieces) <= _WINDOWS:
            yield [each for each in pieces if least < len(each) < count]
        if len(pieces) <= _WINDOWS:
            yield [
                [at for at in range(count) if at not in piece]
                for piece in pieces
                if least <= count - len(piece)
            ]
        size //= 2


def _spread(count: int) -> list[int]:
    if count <= _WINDOWS:
        return list(range(count))
    return sorted({int(each) for each in np.linspace(0, count - 1, _WINDOWS)})


def without_optional(use: SignatureUse, request: Request) -> Iterator[Request]:
    """Yield the request without what the client may leave out: all of it first, then each alone."""
    absent = {tensor.name for tensor in use.inputs if tensor.optional is not None} & request.values.keys()
    groups = [frozenset(group) for group in use.together]
    bound = frozenset[str]().union(*groups)
    units = [each for each in groups if each <= absent] + [
        frozenset([each]) for each in sorted(absent - bound)
    ]
    for gone in dict.fromkeys([frozenset[str]().union(*units), *units]):
        left = {name: value for name, value in request.values.items() if name not in gone}
        if gone and left:
            yield _with(use, request, left)


def _with(use: SignatureUse, request: Request, values: Mapping[str, Value]) -> Request:
    """Return the request with these inputs alone, and the sizes that they have."""
    shapes = [each.shape for each in use.inputs if each.name in values and isinstance(each.shape, Ranked)]
    seen = {dim.name for shape in shapes for dim in shape.dims if isinstance(dim, Named)}
    sizes = {name: size for name, size in request.sizes.items() if name in seen}
    return replace(request, values=values, sizes=sizes)
