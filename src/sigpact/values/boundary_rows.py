"""Boundary requests: special rows, alone and in pairs; each size at its least, its most, 1; absent inputs."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sigpact.tensors.shapes import Named, Ranked
from sigpact.values.boundaries import Special, alone_specials, whole_specials
from sigpact.values.draw import Shape
from sigpact.values.drawable import Drawn
from sigpact.values.pools import Pool
from sigpact.values.requests import Origin, Request
from sigpact.values.sizes import ROWS, Layout, Range
from sigpact.values.sourced import Stack
from sigpact.values.sources import ATTEMPTS, Block, Source
from sigpact.wire.arrays import Array

BOUNDARY_ROWS: Final = 256
"""How many special rows a signature has; of more, a sample is drawn and the rest counted."""
_SINGLES: Final = 4
"""So many times as many may be special in one input alone: of more than that, the first half and a sample."""
_PAIRED: Final = 3
"""So many of an input's specials are paired with another's."""
_MIXED: Final = 81
"""So many ways there are at most in which more than two inputs are special."""
_NEAR: Final = 256
"""So many sizes are looked at one by one where the least or the greatest is not possible."""
_CALL_ROWS: Final = 64
"""A call carries at most so many special rows."""

SpecialRow = Mapping[str, Special]
"""What is special in a row, by input; the inputs that are not in it are random."""


@dataclass(frozen=True, slots=True)
class SpecialRows:
    """The special rows that were chosen, and how many there were to choose from."""

    rows: tuple[SpecialRow, ...]
    total: int


def boundary_requests(source: Source, rng: np.random.Generator) -> Iterator[Request]:
    """Yield the calls with special rows in every dtype, then those with special sizes and absent inputs."""
    if not source.inputs:
        yield Block(source, Layout({}, {}, 1), 0, {}, frozenset()).request(Origin.BOUNDARY, "no inputs")
        return
    for number in range(source.variants):
        for block in source.blocks(source.small_layout(rng), number, rng):
            yield from _special_requests(source, block.layout, number, rng)
    yield from _answer_requests(source, rng)
    yield from _sample_requests(source, rng)
    yield from _size_requests(source, rng)
    yield from _presence_requests(source, rng)


def special_rows(source: Source, layout: Layout, number: int, rng: np.random.Generator) -> SpecialRows:
    """Return the special rows of all inputs in one layout: whole ones, pairs, then single positions."""
    most = BOUNDARY_ROWS // source.variants
    if not source.stacks(layout):
        most = max(1, most // max(1, source.sizes.rows(layout)))
    shapes = _special_shapes(source, layout, number)
    drawn_here = [each for each in source.variant(number) if each.pool is None]
    whole = {each.tensor.name: list(whole_specials(each, shapes[each.tensor.name])) for each in drawn_here}
    rows = list(_singles(whole))
    mixed, others = list(_mixed(whole)), list(_pairs(whole))
    for pool in source.pools:
        stack = pool.fitting(shapes)
        others += [] if stack is None else _answered_rows(pool, stack, shapes)
    total = len(rows) + len(mixed) + len(others)
    if total > most:
        half = _SINGLES * most // 2
        rows = [*rows[:half], *_sample(rows[half:], half)]
        left = max(most // 2, most - len(rows))
        mixed = mixed[: left // 2]
        return SpecialRows((*rows, *mixed, *_sample(others, left - len(mixed))), total)
    rows += [*mixed, *others]
    for drawn in drawn_here:
        found, there_are = alone_specials(
            drawn, shapes[drawn.tensor.name], rng, (most - len(rows)) // len(source.inputs)
        )
        rows += [{drawn.tensor.name: each} for each in found]
        total += there_are
    return SpecialRows(tuple(rows[:most]), total)


def _singles(whole: Mapping[str, list[Special]]) -> Iterator[SpecialRow]:
    """Yield the specials of each input alone, the first of all inputs before the second of any."""
    for rank in itertools.zip_longest(*whole.values()):
        yield from ({name: each} for name, each in zip(whole, rank, strict=True) if each is not None)


def _sample(rows: list[SpecialRow], most: int) -> list[SpecialRow]:
    """Return some of the rows, from the first to the last."""
    if len(rows) <= most:
        return rows
    return [rows[at] for at in sorted({int(each) for each in np.linspace(0, len(rows) - 1, most)})]


def _special_shapes(source: Source, layout: Layout, number: int) -> dict[str, Shape]:
    names = [drawn.tensor.name for drawn in source.variant(number)]
    return {name: _special_shape(source, layout, name) for name in names}


def _answered_rows(pool: Pool, stack: Stack, shapes: Mapping[str, Shape]) -> list[SpecialRow]:
    """Return what another signature answered on its boundaries, in all inputs that are drawn from it."""
    return [
        {
            name: Special(
                f"from {pool.source.signature} with {label}",
                np.broadcast_to(stack.values[name].array[row], shapes[name]),
            )
            for name in pool.tensors
            if name in shapes
        }
        for row, label in enumerate(stack.labels)
    ]


def _special_shape(source: Source, layout: Layout, name: str) -> Shape:
    one_row = source.with_rows(layout, 1) if source.stacks(layout) else layout
    return one_row.shape(next(each[0].tensor for each in source.inputs if each[0].tensor.name == name))


def _pairs(whole: Mapping[str, list[Special]]) -> Iterator[SpecialRow]:
    """Yield the first specials of every two inputs."""
    for first, second in itertools.combinations(whole, 2):
        for one, other in itertools.product(whole[first][:_PAIRED], whole[second][:_PAIRED]):
            yield {first: one, second: other}


def _mixed(whole: Mapping[str, list[Special]]) -> Iterator[SpecialRow]:
    """Yield the first specials of more than two inputs together: all ways, or of many some of them.

    All at their first and all at their second are among them.
    """
    several = {name: found[:_PAIRED] for name, found in whole.items() if found}
    if len(several) <= 2:
        return
    yield from (dict(zip(several, each, strict=True)) for each in _ways(list(several.values())))


def _ways(several: list[list[Special]]) -> Iterator[Sequence[Special]]:
    alike = [tuple(found[min(which, len(found) - 1)] for found in several) for which in range(2)]
    yield from alike
    if math.prod(map(len, several)) <= _MIXED:
        yield from (each for each in itertools.product(*several) if each not in alike)
        return
    rng = np.random.Generator(np.random.PCG64(5))
    yield from ([found[int(rng.integers(len(found)))] for found in several] for _ in range(_MIXED - 2))


def _special_requests(
    source: Source, layout: Layout, number: int, rng: np.random.Generator
) -> Iterator[Request]:
    yield from _row_requests(source, (layout, number), special_rows(source, layout, number, rng).rows, rng)


def _row_requests(
    source: Source, drawn_in: tuple[Layout, int], rows: tuple[SpecialRow, ...], rng: np.random.Generator
) -> Iterator[Request]:
    """Yield calls with these rows in a layout and a variant."""
    layout, number = drawn_in
    most = min(_CALL_ROWS, source.most_rows(layout)) if source.stacks(layout) else 1
    least = source.sizes.batch.low if source.sizes.batch is not None else 1
    for start in range(0, len(rows), most):
        chunk = rows[start : start + most]
        sized = source.with_rows(layout, max(len(chunk), least)) if source.stacks(layout) else layout
        block = source.block_in(sized, number, rng)
        if block is None:
            continue
        for at, row in enumerate(chunk):
            for name, special in row.items():
                place = slice(at, at + 1) if source.stacks(layout) else ...
                block.arrays[name][place] = special.array
        yield block.request(Origin.BOUNDARY, "; ".join(map(_label, chunk)))


def _label(row: SpecialRow) -> str:
    return " and ".join(f"{name}: {special.label}" for name, special in row.items())


def _size_requests(source: Source, rng: np.random.Generator) -> Iterator[Request]:
    """Yield each size at its least, its most, 1 and one below its most, then all at their least and most."""
    for number, (fixed, label) in enumerate((*special_sizes(source), *_almost_full(source))):
        layout = source.sized_layout(fixed, rng)
        if layout is None:
            continue
        block = source.block_in(layout, number, rng)
        if block is not None:
            yield block.request(Origin.BOUNDARY, label)
    for leading in source.leadings if source.sizes.has_leading else ():
        layout = source.small_layout(rng, leading=leading)
        label = f"{leading} leading dimensions"
        yield from (block.request(Origin.BOUNDARY, label) for block in source.blocks(layout, 0, rng))


def special_sizes(source: Source) -> Iterator[tuple[dict[str, int], str]]:
    """Yield the sizes that are worth a call of their own, by name, with a label."""
    ranges = [possible_range(source, each) for each in source.sizes.ranges]
    for each in ranges:
        for size, label in _edges(each):
            yield dict.fromkeys(each.names, size), f"{_spoken(each)} {label}: {size}"
    if len(ranges) > 1:
        yield {name: each.low for each in ranges for name in each.names}, "all sizes at their least"
        yield {name: each.high for each in ranges for name in each.names}, "all sizes at their most"


def _almost_full(source: Source) -> Iterator[tuple[dict[str, int], str]]:
    """Yield sizes inside a row with room for one more: what is full cannot be padded."""
    batch = source.sizes.batch
    inner = (each for each in source.sizes.ranges if batch is None or each.names != batch.names)
    for each in (possible_range(source, size) for size in inner):
        if each.high - 1 > max(1, each.low):
            yield (
                dict.fromkeys(each.names, each.high - 1),
                f"{_spoken(each)} one below its most: {each.high - 1}",
            )


def impossible_sizes(source: Source) -> Iterator[str]:
    """Yield the sizes at an end of a range that no shapes go with, in words."""
    rng = np.random.Generator(np.random.PCG64(4))
    for each, cut in zip(source.sizes.claimed, source.sizes.ranges, strict=True):
        possible = set(_edges(possible_range(source, cut)))
        yield from (
            f"{_spoken(each)} {label}: {size}"
            for size, label in _edges(each)
            if (size, label) not in possible
        )
    for fixed, label in special_sizes(source):
        if source.sized_layout(fixed, rng) is None:
            yield label


def possible_range(source: Source, each: Range) -> Range:
    """Return the least and the greatest size of a range that some shapes go with: of `n-2` no `n` below 3."""
    low = _nearest_possible(source, each, each.low, each.high)
    high = _nearest_possible(source, each, each.high, each.low)
    return each if low is None or high is None else replace(each, low=low, high=high)


def _nearest_possible(source: Source, each: Range, start: int, end: int) -> int | None:
    """Return the possible size nearest to the start: of the first ones exactly, farther off by halving."""
    rng, way = np.random.Generator(np.random.PCG64(3)), 1 if start <= end else -1

    def is_possible(off: int) -> bool:
        fixed = dict.fromkeys(each.names, start + way * off)
        return source.usual_layout(fixed, rng) is not None

    span = abs(end - start)
    near = next((off for off in range(min(span, _NEAR) + 1) if is_possible(off)), None)
    if near is not None:
        return start + way * near
    far = next(
        (
            off
            for off in (*(1 << bit for bit in range(_NEAR.bit_length(), span.bit_length())), span)
            if is_possible(off)
        ),
        None,
    )
    if far is None:
        return None
    not_yet = far // 2
    while far - not_yet > 1:
        middle = (far + not_yet) // 2
        far, not_yet = (middle, not_yet) if is_possible(middle) else (far, middle)
    return start + way * far


def _edges(each: Range) -> Iterator[tuple[int, str]]:
    yield each.low, "at its least"
    if each.low < 1 < each.high:
        yield 1, "at"
    if each.low < each.high:
        yield each.high, "at its most"


def _spoken(each: Range) -> str:
    return " = ".join(name for name in each.names if name != ROWS) or "rows"


def _answer_requests(source: Source, rng: np.random.Generator) -> Iterator[Request]:
    """Yield what other signatures answered on their boundaries in other sizes than the first layout has."""
    for pool in source.pools:
        small = pool.fitting(_special_shapes(source, source.small_layout(rng), 0))
        others = [each for each in pool.stacks if each.labels and each is not small]
        most = max(1, BOUNDARY_ROWS // max(1, len(others)))
        for stack in others[:BOUNDARY_ROWS]:
            layout = _layout_of(source, pool, stack, rng)
            if layout is not None:
                rows = _answered_rows(pool, stack, _special_shapes(source, layout, 0))
                yield from _row_requests(source, (layout, 0), tuple(rows[:most]), rng)


def _layout_of(source: Source, pool: Pool, stack: Stack, rng: np.random.Generator) -> Layout | None:
    """Return a layout in which the rows of a stack fit; `null`s come as they are drawn."""
    found = pool.bindings(stack, {})
    for _ in range(ATTEMPTS if found is not None else 0):
        layout = source.sized_layout(found[0] if found is not None else {}, rng)
        if layout is not None and pool.fitting(_special_shapes(source, layout, 0)) is stack:
            return layout
    return None


def _presence_requests(source: Source, rng: np.random.Generator) -> Iterator[Request]:
    if len(source.presences) == 1:
        return
    for number, present in enumerate(source.presences):
        absent = ", ".join(sorted(source.every - present))
        label = f"without {absent}" if absent else "with every input"
        for block in source.blocks(source.small_layout(rng, rows=2), number, rng):
            yield replace(block, present=present).request(Origin.BOUNDARY, label)


def _sample_requests(source: Source, rng: np.random.Generator) -> Iterator[Request]:
    """Yield each sample that is a row or a whole tensor, in sizes of its own."""
    for number in range(source.variants):
        for drawn in source.variant(number):
            for at, sample in enumerate(drawn.samples[:BOUNDARY_ROWS]):
                label = f"{drawn.tensor.name}: sample {at + 1}"
                yield from _sample_request(source, number, (drawn, sample), label, rng)


def _sample_request(
    source: Source, number: int, chosen: tuple[Drawn, Array], label: str, rng: np.random.Generator
) -> Iterator[Request]:
    drawn, sample = chosen
    if sample.ndim == 0 or not isinstance(drawn.tensor.shape, Ranked):
        return
    dims = drawn.tensor.shape.dims[-sample.ndim :]
    fixed = {dim.name: size for dim, size in zip(dims, sample.shape, strict=False) if isinstance(dim, Named)}
    layout = source.sized_layout(fixed, rng)
    if layout is None or layout.shape(drawn.tensor)[-sample.ndim :] != sample.shape:
        return
    for block in source.blocks(layout, number, rng):
        if block.layout is layout:
            block.arrays[drawn.tensor.name][...] = sample
            yield block.request(Origin.BOUNDARY, label)
