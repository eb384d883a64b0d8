"""Random requests: exactly the rows that were asked for, in calls of all sizes."""

import itertools
import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from sigpact.values.domains import NotDrawnError
from sigpact.values.requests import Origin, Request
from sigpact.values.sizes import Layout
from sigpact.values.sources import Block, Source, call_rows, numbers_a_row

_BLOCK_ROWS: Final = 2048
_BLOCK_NUMBERS: Final = 2**20
_PIECES: Final = 16
"""In so many blocks the rows are drawn where sizes, dtypes or optional inputs vary between blocks."""
_VARIED: Final = 16
"""In so many blocks calls are of all sizes; from then on rows are drawn for their values, in the widest."""
_BESIDE: Final = tuple(2**power + more for power in range(2, 12) for more in (-1, 1))
"""Sizes of calls beside those that code is made for: what is left over goes another way."""
_TRIED: Final = 5
"""After so many of these, sizes are taken in which the words have been satisfied before."""
_FAILURES: Final = 50
"""After so many blocks in a row whose words could not be satisfied, drawing ends."""


def random_requests(source: Source, rng: np.random.Generator) -> Iterator[Request]:
    """Yield random calls until their rows are what the source asks for."""
    left, failures = source.rows if source.inputs else 0, 0
    wanted = [*_BESIDE]
    for number in itertools.count():
        if left <= 0 or failures >= _FAILURES:
            return
        try:
            layout = (
                _layout(source, number, left, rng) if failures < _TRIED else _possible(source, number, rng)
            )
            block, rows = _block(source, (number, left, wanted), layout, rng)
        except NotDrawnError:
            failures += 1
            continue
        failures = 0
        left -= sum(rows)
        calls = block.cut(rows) if source.stacks(block.layout) else iter([block])
        yield from (call.request(Origin.RANDOM) for call in calls)


def _possible(source: Source, number: int, rng: np.random.Generator) -> Layout:
    """Return a layout in which the words could be satisfied just now.

    Raises `NotDrawnError` where there was none.
    """
    small = source.small_layout(rng, leading=source.leadings[number % len(source.leadings)])
    for block in source.blocks(small, number, rng):
        return block.layout
    raise NotDrawnError("could not be drawn in any sizes that were tried")


def _block(
    source: Source, place: tuple[int, int, list[int]], layout: Layout, rng: np.random.Generator
) -> tuple[Block, list[int]]:
    number, left, wanted = place
    rows = [source.sizes.rows(layout)]
    if source.stacks(layout):
        most = source.most_rows(layout)
        batch = source.sizes.batch
        bounds = batch.low if batch else 1, most
        total = _rows_of_block(source, layout, left, most)
        rows = call_rows(total, bounds, rng, wanted, varied=number < _VARIED)
        layout = source.with_rows(layout, sum(rows))
    present = source.presences[number % len(source.presences)]
    return Block(source, layout, number, source.draw(layout, number, rng), present), rows


def _layout(source: Source, number: int, left: int, rng: np.random.Generator) -> Layout:
    sizes, leading = source.sizes, source.leadings[number % len(source.leadings)]
    if sizes.batch is None or source.has_wholes:
        return sizes.layout({}, rng, leading=leading)
    least = dict.fromkeys(sizes.batch.names, max(1, sizes.batch.low))
    layout = sizes.layout(least, rng, leading=leading)
    if source.stacks(layout) or not sizes.counts_rows(layout):
        return layout
    size = max(sizes.batch.low, min(sizes.batch.draw(rng), left))
    fixed = {**layout.sizes, **dict.fromkeys(sizes.batch.names, size)}
    return sizes.attempt(fixed, rng, leading=leading) or layout


def _rows_of_block(source: Source, layout: Layout, left: int, most: int) -> int:
    sizes = source.sizes
    varies = len(sizes.ranges) > 1 or sizes.has_leading or source.variants > 1 or len(source.presences) > 1
    share = math.ceil(source.rows / _PIECES) if varies or layout.nulls else _BLOCK_ROWS
    affordable = int(_BLOCK_NUMBERS / max(1.0, numbers_a_row(source, layout)))
    return min(left, max(1, min(max(share, 2 * most), max(affordable, most))))
