"""Calls whose rows are special together: sizes of a batch, one row many times, all rows at one edge."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from sigpact.values.boundaries import whole_specials
from sigpact.values.drawable import Drawn
from sigpact.values.requests import Origin, Request
from sigpact.values.sizes import Layout
from sigpact.values.sources import Source, numbers_a_row
from sigpact.wire.arrays import Array

_ROWS: Final = 512
"""So many rows the calls of one kind have together,"""
_NUMBERS: Final = 1 << 20
"""and so many numbers, at most: images take their time."""
_AT_EDGE: Final = 128
"""Rows of a call that are all at one edge: as many of the longest texts cost a model what thousands cost."""
_EDGES: Final = 2
"""Of an input's edges so many fill whole calls: the least and the greatest, where there are bounds."""


def company_requests(source: Source, rng: np.random.Generator) -> Iterator[Request]:
    """Yield such calls, where rows can be told apart and more than one may be sent."""
    layout = source.small_layout(rng) if source.inputs else None
    if layout is None or source.sizes.batch is None or not source.stacks(layout):
        return
    least, most = max(1, source.sizes.batch.low), source.most_rows(layout)
    afforded = max(2, min(_ROWS, int(_NUMBERS / max(1.0, numbers_a_row(source, layout)))))
    for rows in _sizes(least, most, afforded):
        yield from _request(source, (layout, rows), f"{rows} rows", rng)
    for rows, edge in dict.fromkeys(_repeats(least, min(most, afforded))):
        if max(2, least) <= rows <= most:
            yield from _alike(source, (layout, rows), edge, rng)


def _repeats(least: int, most: int) -> Iterator[tuple[int, int | None]]:
    """Yield how often one row comes in a call, and at which edge its inputs are: any row, then the edges."""
    for rows in (max(2, least), most):
        yield rows, None
        yield from ((max(least, min(rows, _AT_EDGE)), edge) for edge in range(_EDGES))


def _sizes(least: int, most: int, afforded: int) -> Iterator[int]:
    """Yield sizes at which code takes another way: the powers of two and what is beside the ends."""
    told = 0
    for size in sorted({least + 1, most - 1, *(1 << power for power in range(1, 12))}):
        if least < size < most and told + size <= afforded:
            told += size
            yield size


def _request(
    source: Source, sized: tuple[Layout, int], label: str, rng: np.random.Generator
) -> Iterator[Request]:
    """Yield a call of so many random rows."""
    layout, rows = sized
    block = source.block_in(source.with_rows(layout, rows), 0, rng)
    if block is not None:
        yield block.request(Origin.BOUNDARY, label)


def _alike(
    source: Source, sized: tuple[Layout, int], edge: int | None, rng: np.random.Generator
) -> Iterator[Request]:
    """Yield a call of one row many times: any row, or one with every input at an edge."""
    layout, rows = sized
    block = source.block_in(source.with_rows(layout, rows), 0, rng)
    if block is None:
        return
    for drawn in source.variant(0):
        array = block.arrays[drawn.tensor.name]
        array[...] = array[:1] if edge is None else _edge(drawn, array, edge)
    label = f"one row {rows} times" if edge is None else f"edge {edge + 1} of every input, {rows} times"
    yield block.request(Origin.BOUNDARY, label)


def _edge(drawn: Drawn, array: Array, edge: int) -> Array:
    """Return a row at an edge of an input's domain; of one without such an edge, the first drawn."""
    edges = [] if drawn.pool is not None else list(whole_specials(drawn, (1, *array.shape[1:])))
    return edges[edge].array if edge < len(edges) else array[:1]
