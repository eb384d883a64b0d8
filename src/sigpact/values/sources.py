"""`Source`: what the requests of one signature are drawn from, and the drawing of one block of rows."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sigpact.contract.model import Tensor
from sigpact.tensors.shapes import Expr, Fixed, Named, Ranked, names_of
from sigpact.values.domains import NotDrawnError
from sigpact.values.drawable import Drawn
from sigpact.values.pools import Pool
from sigpact.values.requests import Origin, Request
from sigpact.values.shaping import draw_tensor
from sigpact.values.sizes import CALL_NUMBERS, Layout, Sizes
from sigpact.wire.arrays import Array, Value

ATTEMPTS: Final = 20
"""How many layouts are tried before an input counts as not drawable."""
_SAME: Final = 3
USUAL: Final = 4
"""The size of a name where something else is tried."""


@dataclass(frozen=True, slots=True)
class Source:
    """A signature's inputs (each in every dtype), which of them are sent together, and the sizes of calls."""

    inputs: tuple[tuple[Drawn, ...], ...]
    presences: tuple[frozenset[str], ...]
    sizes: Sizes
    rows: int
    seed: tuple[int, int]
    leadings: tuple[int, ...] = (1,)
    """How many leading dimensions `"..."` stands for, each in turn."""

    @property
    def variants(self) -> int:
        """How many dtypes the input with the most has."""
        return max((len(each) for each in self.inputs), default=1)

    @property
    def every(self) -> frozenset[str]:
        """The names of all inputs."""
        return frozenset(each[0].tensor.name for each in self.inputs)

    @property
    def has_wholes(self) -> bool:
        """Whether a whole input is one answer of another signature, whose rows belong together."""
        return any(pool.is_whole(name) for pool in self.pools for name in pool.tensors)

    def stacks(self, layout: Layout) -> bool:
        """Whether rows can be drawn together and cut into calls: only the first dimension speaks of them."""
        if self.has_wholes:
            return False
        return self.sizes.counts_rows(layout) and all(
            self._is_rowwise(each[0].tensor, len(layout.shape(each[0].tensor))) for each in self.inputs
        )

    def _is_rowwise(self, tensor: Tensor, rank: int) -> bool:
        axes = self.sizes.weights[tensor.name].axes
        if any(axis % rank == 0 for axis in axes):
            return False
        names = () if self.sizes.batch is None else self.sizes.batch.names
        dims = tensor.shape.dims if isinstance(tensor.shape, Ranked) else ()
        later = dims if isinstance(tensor.shape, Ranked) and tensor.shape.leading else dims[1:]
        first = dims[: len(dims) - len(later)]
        return not any(name in names for dim in later for name in names_of(dim)) and not any(
            isinstance(dim, Expr | Fixed) for dim in first
        )

    def with_rows(self, layout: Layout, rows: int) -> Layout:
        """Return the layout with another number of rows; only where it `stacks`."""
        if self.sizes.batch is None:
            return layout
        nulls = {
            key: rows if self.sizes.row_body and key[1] == 0 else size for key, size in layout.nulls.items()
        }
        sizes = {**layout.sizes, **dict.fromkeys(self.sizes.batch.names, rows)}
        return replace(layout, sizes=sizes, nulls=nulls)

    def most_rows(self, layout: Layout) -> int:
        """Return how many rows a call of this layout has at most."""
        batch = self.sizes.batch
        if batch is None:
            return 1
        one_row = self.sizes.numbers(self.with_rows(layout, 1))
        return max(batch.low, min(batch.high, int(CALL_NUMBERS / max(one_row, 1))))

    def small_layout(self, rng: np.random.Generator, *, rows: int = 1, leading: int | None = None) -> Layout:
        """Return a layout of small sizes, of these rows where that is allowed.

        Raises `NotDrawnError` where there are no possible sizes.
        """
        told = self.leadings[0] if leading is None else leading
        made = self.sizes.attempt(self._usual(rows), rng, leading=told)
        return self.sizes.layout({}, rng, leading=told) if made is None else made

    def any_layout(self, rng: np.random.Generator) -> Layout:
        """Return a layout of any sizes."""
        return self.sizes.layout({}, rng, leading=self.leadings[0])

    def sized_layout(self, fixed: Mapping[str, int], rng: np.random.Generator) -> Layout | None:
        """Return a layout with these sizes, the others small or else at random; None where there is none."""
        made, leading = self.usual_layout(fixed, rng), self.leadings[0]
        if made is not None:
            return made
        try:
            return self.sizes.layout(fixed, rng, leading=leading)
        except NotDrawnError:
            return None

    def usual_layout(self, fixed: Mapping[str, int], rng: np.random.Generator) -> Layout | None:
        """Return a layout with these sizes, the others small; None where these do not go together."""
        sizes, leading = self.sizes, self.leadings[0]
        made = sizes.attempt({**self._usual(USUAL), **fixed}, rng, leading=leading)
        return made or sizes.attempt(fixed, rng, leading=leading)

    def _usual(self, rows: int) -> dict[str, int]:
        return {
            name: min(each.high, max(each.low, rows if each is self.sizes.batch else USUAL))
            for each in self.sizes.ranges
            for name in each.names
        }

    def blocks(self, layout: Layout, number: int, rng: np.random.Generator) -> Iterator["Block"]:
        """Yield one call in this layout, or in a random one where its words cannot be satisfied in this.

        Nothing is yielded where they could not be satisfied in any that was tried.
        """
        for _ in range(ATTEMPTS):
            block = self.block_in(layout, number, rng)
            if block is not None:
                yield block
                return
            layout = self.sizes.layout({}, rng, leading=layout.leading)

    def block_in(self, layout: Layout, number: int, rng: np.random.Generator) -> "Block | None":
        """Return one call in this layout; None where its words could not be satisfied, tried a few times."""
        for _ in range(_SAME):
            try:
                return Block(self, layout, number, self.draw(layout, number, rng), self.every)
            except NotDrawnError:
                continue
        return None

    def variant(self, number: int) -> Iterator[Drawn]:
        """Yield each input in one of its dtypes."""
        return (each[number % len(each)] for each in self.inputs)

    def draw(self, layout: Layout, number: int, rng: np.random.Generator) -> dict[str, Array]:
        """Return random tensors of all inputs in one layout.

        Raises `NotDrawnError` where words on whole tensors cannot be satisfied at these sizes.
        """
        shapes = {drawn.tensor.name: layout.shape(drawn.tensor) for drawn in self.variant(number)}
        made = {
            drawn.tensor.name: draw_tensor(drawn, shapes[drawn.tensor.name], rng)
            for drawn in self.variant(number)
            if drawn.pool is None
        }
        for pool in self.pools:
            made |= pool.pick(shapes, rng)
        return made

    @property
    def pools(self) -> tuple[Pool, ...]:
        """What other signatures answered, where inputs are drawn from that."""
        return tuple(dict.fromkeys(each[0].pool for each in self.inputs if each[0].pool is not None))

    def by_name(self, number: int) -> Mapping[str, Drawn]:
        """Return each input by name in one of its dtypes."""
        return {drawn.tensor.name: drawn for drawn in self.variant(number)}


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Drawn tensors of one layout and variant: one call, or rows to be cut into calls."""

    source: Source
    layout: Layout
    number: int
    arrays: Mapping[str, Array]
    present: frozenset[str]

    def request(self, origin: Origin, label: str = "") -> Request:
        """Return the whole block as one call."""
        drawn = self.source.by_name(self.number)
        values = {
            name: Value(drawn[name].dtype, array)
            for name, array in self.arrays.items()
            if name in self.present
        }
        return Request(origin, values, self._sizes(), self.source.sizes.rows(self.layout), label)

    def _sizes(self) -> dict[str, int]:
        """Return the sizes of the names that the inputs of this call have, the absent ones left out."""
        shapes = [
            drawn.tensor.shape
            for drawn in self.source.variant(self.number)
            if drawn.tensor.name in self.present and isinstance(drawn.tensor.shape, Ranked)
        ]
        seen = {dim.name for shape in shapes for dim in shape.dims if isinstance(dim, Named)}
        return {name: size for name, size in self.layout.sizes.items() if name in seen}

    def cut(self, rows: list[int]) -> Iterator["Block"]:
        """Yield calls of so many rows each; they are views of this block."""
        start = 0
        for count in rows:
            arrays = {name: array[start : start + count] for name, array in self.arrays.items()}
            yield replace(self, layout=self.source.with_rows(self.layout, count), arrays=arrays)
            start += count


def numbers_a_row(source: Source, layout: Layout) -> float:
    """Return how many numbers a row of this layout has, over all inputs."""
    if source.stacks(layout):
        return source.sizes.numbers(source.with_rows(layout, 1))
    return source.sizes.numbers(layout) / max(1, source.sizes.rows(layout))


def call_rows(
    total: int,
    bounds: tuple[int, int],
    rng: np.random.Generator,
    wanted: list[int],
    *,
    varied: bool = True,
) -> list[int]:
    """Return the rows of calls that make `total`: half of them in calls of the most, the rest of all sizes.

    Sizes that are `wanted` come before others, and are taken out of the list. Where sizes are no matter any
    more (`varied` is false) all are as wide as may be. Only where the least is above 1 may the last call make
    it a few more.
    """
    low, high = max(1, bounds[0]), max(1, bounds[1])
    if not varied:
        calls = [high] * (total // high)
        left = total - sum(calls)
        return [*calls, max(low, left)] if left else calls
    half = (total + 1) // 2
    calls = [high] * (half // high) or [max(low, half)]
    while (left := total - sum(calls)) > 0:
        if size := next((each for each in wanted if low <= each <= min(high, left)), None):
            wanted.remove(size)
            calls.append(size)
            continue
        spread = low + int(math.expm1(rng.random() * math.log1p(high - low + 1)))
        calls.append(max(low, min(high, left, spread)))
    return calls
