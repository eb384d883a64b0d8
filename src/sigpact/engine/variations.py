"""What a property says must make no difference: the same rows, sent in another way.

A `Variation` is a pair of requests and how the second answer is brought back into the form of the first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sigpact.contract.model import Contract, Property, SignatureUse, Tensor
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.shapes import Named, Ranked, names_of
from sigpact.values.requests import Request
from sigpact.wire.arrays import Array, Value

Back = Callable[[Mapping[str, Value]], Mapping[str, Value]]
"""Brings an answer back into the form of the one that it is compared with."""


@dataclass(frozen=True, slots=True, eq=False)
class Variation:
    """`changed` must be answered as `base` is, once `ours` and `theirs` brought both into one form."""

    how: str
    base: Request
    changed: Request
    ours: Back
    theirs: Back
    rows: int
    """How many rows are compared."""


def axes_of(tensor: Tensor, name: str, rank: int) -> tuple[int, ...]:
    """Return the axes of a tensor, counted from the end, that a dimension's name stands at."""
    if not isinstance(tensor.shape, Ranked):
        return ()
    dims = tensor.shape.dims
    return tuple(
        at - len(dims)
        for at, dim in enumerate(dims)
        if isinstance(dim, Named) and dim.name == name and len(dims) <= rank
    )


def same(answer: Mapping[str, Value]) -> Mapping[str, Value]:
    """Leave an answer as it is."""
    return answer


def batches(
    contract: Contract,
    use: SignatureUse,
    said: Property,
    requests: Sequence[Request],
) -> Iterator[Variation]:
    """Yield rows alone, in other company, in another order and at another size, beside their batch."""
    name = said.over
    if name is None:
        return
    bounds = contract.bounds(name)
    low = max(1, (bounds.minimum if bounds is not None else None) or 1)
    high = (bounds.maximum if bounds is not None else None) or 8
    for pool in _pools(use, name, requests):
        yield from _wide(use, name, pool, (low, high))
        yield from _sized(use, name, pool, (low, high))
        size = min(pool.sizes[name], _ROWS)
        width = min(high, _WIDTH)
        for start in range(0, size, width):
            chosen = np.arange(start, min(start + width, size))
            if len(chosen) >= low:
                yield from _batch(use, name, pool, chosen, low)


_ROWS = 256
"""So many rows of one shape are tried."""
_WIDTH = 64
"""So many of them in one batch, and once all that there are: what goes wrong in company shows in less."""


_SIZES = (*range(2, 10), *(2**power + more for power in range(4, 10) for more in (-1, 0, 1)))
"""Sizes at which a model may take another way: small, odd, around what a block of rows holds."""


def _sized(use: SignatureUse, name: str, pool: Request, bounds: tuple[int, int]) -> Iterator[Variation]:
    """Send the first rows in batches of many sizes; of wide ones the last rows are compared."""
    low, high = bounds
    most = min(pool.sizes[name], high)
    width = min(most, max(low, _WIDTH))
    company = take(use, pool, name, np.arange(width))
    for size in (each for each in _SIZES if low <= each <= most and each != width):
        if size < width:
            yield _rows(use, name, "in a smaller batch", company, np.arange(size))
        else:
            wide = take(use, pool, name, np.arange(size))
            yield _rows(use, name, "in a smaller batch", wide, np.arange(size - width, size))


def _wide(use: SignatureUse, name: str, pool: Request, bounds: tuple[int, int]) -> Iterator[Variation]:
    """Send as many rows as the contract allows in one batch, and in pieces: late rows are rows as well."""
    low, high = bounds
    size = min(pool.sizes[name], high)
    if size <= _WIDTH:
        return
    company = take(use, pool, name, np.arange(size))
    for start in range(0, size, _WIDTH):
        piece = np.arange(start, min(start + _WIDTH, size))
        if len(piece) >= low:
            yield _rows(use, name, "in a smaller batch", company, piece)


def _batch(use: SignatureUse, name: str, pool: Request, chosen: Array, low: int) -> Iterator[Variation]:
    company = take(use, pool, name, chosen)
    count = len(chosen)
    if low == 1:
        for row in range(count if count > 1 else 0):
            yield _rows(use, name, "alone", company, np.array([row]))
    if count > 1:
        yield _rows(use, name, "in another order", company, np.arange(count)[::-1])
    if count // 2 >= low:
        yield _rows(use, name, "in a smaller batch", company, np.arange(count // 2))
        others = np.setdiff1d(np.arange(pool.sizes[name]), chosen)[: count - count // 2]
        if len(others):
            yield _kept(use, name, pool, company, np.concatenate([chosen[: count // 2], others]))


def _rows(use: SignatureUse, name: str, how: str, base: Request, rows: Array) -> Variation:
    """Send some rows of a batch again, and compare them with themselves."""

    def ours(answer: Mapping[str, Value]) -> Mapping[str, Value]:
        return _along(use, name, answer, base.sizes[name], rows)

    return Variation(
        how,
        base,
        take(use, base, name, rows),
        ours,
        lambda answer: _along(use, name, answer, len(rows), None),
        len(rows),
    )


def _kept(use: SignatureUse, name: str, pool: Request, base: Request, rows: Array) -> Variation:
    """Send the first half of a batch in other company."""
    count = base.sizes[name] // 2
    first = np.arange(count)
    return Variation(
        "in other company", base, take(use, pool, name, rows),
        lambda answer: _along(use, name, answer, base.sizes[name], first),
        lambda answer: _along(use, name, answer, len(rows), first), count,
    )  # fmt: skip


def _along(
    use: SignatureUse, name: str, answer: Mapping[str, Value], size: int, rows: Array | None
) -> Mapping[str, Value]:
    """Return the chosen rows of each output that has the dimension; the others say nothing of rows."""
    found = {}
    for tensor in use.outputs:
        value = answer.get(tensor.name)
        axes = () if value is None else axes_of(tensor, name, value.array.ndim)
        if value is None or not axes:
            continue
        if any(value.shape[axis] != size for axis in axes):
            found[tensor.name] = value
            continue
        array = value.array
        for axis in axes if rows is not None else ():
            array = np.take(array, rows, axis=axis) if rows is not None else array
        found[tensor.name] = Value(value.dtype, array)
    return found


def _pools(use: SignatureUse, name: str, requests: Sequence[Request]) -> Iterator[Request]:
    """Join requests of the same inner sizes to one each, as long as they have rows that can be told apart."""
    groups: dict[object, list[Request]] = {}
    for request in requests:
        if name not in request.sizes or not request.values:
            continue
        shapes = []
        for tensor in use.inputs:
            value = request.values.get(tensor.name)
            axes = () if value is None else axes_of(tensor, name, value.array.ndim)
            if value is None:
                continue
            if axes and (len(axes) > 1 or value.array.ndim + axes[0] != 0):
                break
            inner = (
                value.shape[1:]
                if axes
                else (
                    value.array.tobytes()
                    if value.dtype.kind is not Kind.STRING
                    else repr(value.array.tolist())
                )
            )
            shapes.append((tensor.name, value.dtype.name, inner))
        else:
            if not _computed(use, name):
                groups.setdefault(tuple(shapes), []).append(request)
    for group in groups.values():
        yield _joined(use, name, group)


def _computed(use: SignatureUse, name: str) -> bool:
    """Whether an input's dimension is computed from the name: then rows cannot be taken out."""
    shapes = [tensor.shape for tensor in use.inputs if isinstance(tensor.shape, Ranked)]
    dims = [dim for shape in shapes for dim in shape.dims if not isinstance(dim, Named)]
    return any(name in names_of(dim) for dim in dims)


def _joined(use: SignatureUse, name: str, group: Sequence[Request]) -> Request:
    first = group[0]
    values = dict(first.values)
    for tensor in use.inputs:
        value = values.get(tensor.name)
        if value is not None and axes_of(tensor, name, value.array.ndim):
            values[tensor.name] = Value(
                value.dtype, np.concatenate([each.values[tensor.name].array for each in group])
            )
    size = sum(each.sizes[name] for each in group)
    return Request(first.origin, values, {**first.sizes, name: size}, size, first.label)


def take(use: SignatureUse, request: Request, name: str, rows: Array) -> Request:
    """Return a request with these places along a dimension, in this order."""
    values = {}
    for tensor in use.inputs:
        value = request.values.get(tensor.name)
        if value is None:
            continue
        array = value.array
        for axis in axes_of(tensor, name, array.ndim):
            array = np.take(array, rows, axis=axis)
        values[tensor.name] = Value(value.dtype, array)
    count = len(rows) if request.rows == request.sizes[name] else request.rows
    return Request(request.origin, values, {**request.sizes, name: len(rows)}, count, request.label)


def permutations(
    use: SignatureUse, said: Property, requests: Sequence[Request], rng: np.random.Generator
) -> Iterator[Variation]:
    """Yield each request with its places along a dimension in another order, twice where there are enough."""
    name = said.over or ""
    for request in requests:
        size = request.sizes.get(name, 0)
        orders = [np.arange(size)[::-1], rng.permutation(size)][: 1 if size == 2 else 2]
        for order in orders if size >= 2 else ():
            yield _permuted(use, name, request, order)


def _permuted(use: SignatureUse, name: str, request: Request, order: Array) -> Variation:
    def ours(answer: Mapping[str, Value]) -> Mapping[str, Value]:
        found = {}
        for tensor in use.outputs:
            value = answer.get(tensor.name)
            if value is None:
                continue
            array = value.array
            for axis in axes_of(tensor, name, array.ndim):
                array = np.take(array, order, axis=axis) if array.shape[axis] == len(order) else array
            found[tensor.name] = Value(value.dtype, array)
        return found

    how = f"with {name} in the order {order.tolist()[:8]}{'…' if len(order) > 8 else ''}"
    return Variation(how, request, take(use, request, name, order), ours, same, request.rows)


def paddings(
    contract: Contract,
    use: SignatureUse,
    said: Property,
    requests: Sequence[Request],
) -> Iterator[Variation]:
    """Yield each request with padding after the last place along a dimension: one place, and several."""
    name = said.over or ""
    bounds = contract.bounds(name)
    most = (bounds.maximum if bounds is not None else None) or 8
    for request in requests:
        size = request.sizes.get(name)
        if size is None:
            continue
        for more in sorted({1, max(1, (most - size) // 2), most - size}):
            if 0 < more <= most - size:
                yield _padded(use, said, request, more)


def _padded(use: SignatureUse, said: Property, request: Request, more: int) -> Variation:
    name = said.over or ""
    size = request.sizes[name]
    values = {}
    for tensor in use.inputs:
        value = request.values.get(tensor.name)
        if value is None:
            continue
        array = value.array
        for axis in axes_of(tensor, name, array.ndim):
            array = _longer(array, axis, more, said.padding)
        values[tensor.name] = Value(value.dtype, array)
    changed = Request(
        request.origin, values, {**request.sizes, name: size + more}, request.rows, request.label
    )

    def theirs(answer: Mapping[str, Value]) -> Mapping[str, Value]:
        return {each: _shorter(use, name, each, value, (size, more)) for each, value in answer.items()}

    return Variation(
        f"padded with {more} times {said.padding!r} along {name}",
        request,
        changed,
        same,
        theirs,
        request.rows,
    )


def _longer(array: Array, axis: int, more: int, padding: object) -> Array:
    shape = list(array.shape)
    shape[axis] = more
    fill = np.empty(shape, array.dtype)
    fill[...] = padding.encode() if isinstance(padding, str) else padding
    return np.concatenate([array, fill], axis=axis)


def _shorter(use: SignatureUse, name: str, output: str, value: Value, sizes: tuple[int, int]) -> Value:
    tensor = use.output(output)
    size, more = sizes
    array = value.array
    for axis in () if tensor is None else axes_of(tensor, name, array.ndim):
        if array.shape[axis] == size + more:
            array = np.take(array, np.arange(size), axis=axis)
    return Value(value.dtype, array)
