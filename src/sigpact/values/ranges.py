"""From a contract's dimensions to `Sizes`: which names are the batch, what bounds each, what links them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sigpact.contract.model import Contract, SignatureUse, Tensor
from sigpact.tensors.shapes import Expr, Fixed, Named, Ranked, dims_of, names_of
from sigpact.values.domains import NotDrawnError
from sigpact.values.linked import Link
from sigpact.values.sizes import ROWS, UNBOUNDED, Range, Sizes, Weight, counted, first_dim, is_open


def sizes_of(
    contract: Contract,
    use: SignatureUse,
    inputs: tuple[Tensor, ...],
    weights: Mapping[str, Weight],
    *,
    may_be_empty: bool = False,
) -> Sizes:
    """Return what the calls of a signature that sends these inputs may measure.

    `may_be_empty`: expressions may come to 0, which is no use but where there is nothing else.
    Raises `NotDrawnError` where no call can be made at all.
    """
    row_body = contract.protocol == "rest" and use.body == "row"
    closed = [first_dim(tensor) for tensor in inputs if not is_open(tensor)]
    if row_body and None in closed:
        raise NotDrawnError("an input is a scalar, and a REST row cannot send one")
    named = tuple(dict.fromkeys(dim.name for dim in closed if isinstance(dim, Named)))
    is_batch = bool(inputs) and (
        row_body or (len(named) <= 1 and all(isinstance(dim, Named) for dim in closed))
    )
    together = (*named, ROWS) if is_batch else (ROWS,)
    fixed = [dim.size for dim in closed if isinstance(dim, Fixed)] if row_body else []
    counts = _counts(inputs)
    fixed += [counts[name] for name in together if name in counts]
    batch = _range(contract, together, fixed, least=1 if row_body else 0)
    others = [
        _range(contract, (name,), [counts[name]] if name in counts else None)
        for name in _names(inputs)
        if name not in together
    ]
    ranges = (batch, *others) if is_batch or any(map(is_open, inputs)) else tuple(others)
    lows = {name: each.low for each in (batch, *others) for name in each.names}
    links = tuple(_links(inputs, use.outputs, {} if may_be_empty else lows))
    empty = next((each for each in ranges if each.low > each.high), None)
    if empty is not None:
        raise NotDrawnError(f"no size of {' = '.join(filter(None, empty.names))} lies within its bounds")
    told = batch if is_batch else None
    sizes = Sizes(inputs, use.outputs, ranges, told, row_body, weights, links, ranges, may_be_empty)
    spans = sizes.spans({})
    cut = tuple(Range(each.names, *spans[each.names[0]]) for each in ranges)
    return replace(sizes, ranges=cut, batch=cut[0] if is_batch else None)


def _links(
    inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...], lows: Mapping[str, int]
) -> Iterator[Link]:
    """Yield what shapes ask of their names: an expression is 1 or more where all its names are, by `lows`."""
    for tensor in inputs:
        for axis, dim in enumerate(dims_of(tensor.shape)):
            count = counted(tensor, axis)
            if isinstance(dim, Expr):
                least = int(all(lows.get(name, 0) > 0 for name in names_of(dim)))
                yield Link(dim.tree, least if count is None else count, math.inf if count is None else count)
    known = {name for tensor in inputs for dim in dims_of(tensor.shape) for name in names_of(dim)}
    for tensor in outputs:
        for dim in dims_of(tensor.shape):
            if isinstance(dim, Expr) and known.issuperset(names_of(dim)):
                yield Link(dim.tree, 0)


def _counts(inputs: tuple[Tensor, ...]) -> dict[str, int]:
    """Return the names whose size is a number of columns or labels."""
    found = [
        (dim.name, counted(tensor, axis))
        for tensor in inputs
        for axis, dim in enumerate(dims_of(tensor.shape))
        if isinstance(dim, Named)
    ]
    return {name: count for name, count in found if count is not None}


def _names(inputs: tuple[Tensor, ...]) -> tuple[str, ...]:
    shapes = [tensor.shape for tensor in inputs if isinstance(tensor.shape, Ranked)]
    return tuple(dict.fromkeys(name for shape in shapes for dim in shape.dims for name in names_of(dim)))


def _range(
    contract: Contract, names: tuple[str, ...], fixed: list[int] | None = None, *, least: int = 0
) -> Range:
    bounds = [each for each in map(contract.bounds, names) if each is not None]
    lows = [each.minimum for each in bounds if each.minimum is not None] + (fixed or [])
    highs = [each.maximum for each in bounds if each.maximum is not None] + (fixed or [])
    low = max([least, *lows]) if lows else 1
    return Range(names, low, min(highs) if highs else max(low, UNBOUNDED))
