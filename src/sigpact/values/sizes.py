"""The sizes of a call: one for each dimension's name, first; then the shape of each input follows.

What a contract does not bound is drawn small: a name at 1 to 8, `null` at 1 to 4, no `shape` as one
dimension of the batch, a leading `"..."` as none or one (over REST rows, always the batch). The batch is
the name that stands first in every input's shape; over REST rows, where the list of instances makes
all first dimensions equal, all names that stand first are one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.contract.model import Tensor
from sigpact.tensors.shapes import (
    AnyRank,
    Dim,
    Expr,
    Fixed,
    Named,
    Ranked,
    Unknown,
    dims_of,
    evaluate,
    names_of,
)
from sigpact.values.domains import NotDrawnError
from sigpact.values.linked import Link, Spans, tightened
from sigpact.values.pools import Pool

UNBOUNDED: Final = 8
"""A name without an upper bound is drawn at this size or less."""
UNKNOWN: Final = 4
"""`null` is drawn at this size or less."""
ROWS: Final = ""
"""The name of a batch that has none in the contract; never in a `Request`."""
CALL_NUMBERS: Final = 2**22
"""How many numbers one call has at most, over all inputs."""
_TRIES: Final = 200


@dataclass(frozen=True, slots=True)
class Range:
    """Names that are equal in every call, and the sizes that they have, both included."""

    names: tuple[str, ...]
    low: int
    high: int

    def draw(self, rng: np.random.Generator) -> int:
        """Return the greatest size half of the time, else one spread over the magnitudes."""
        if rng.random() < 0.5:
            return self.high
        return min(self.high, self.low + int(math.expm1(rng.random() * math.log1p(self.high - self.low + 1))))


@dataclass(frozen=True, slots=True)
class Layout:
    """The sizes of one call: by name, of each `null` by input and axis, and how many leading dimensions."""

    sizes: Mapping[str, int]
    nulls: Mapping[tuple[str, int], int]
    leading: int

    def shape(self, tensor: Tensor) -> tuple[int, ...]:
        """Return the shape of an input.

        Raises `KeyError`, `ZeroDivisionError` or `ValueError` where an expression has no value.
        """
        if isinstance(tensor.shape, AnyRank):
            return (self.sizes[ROWS],)
        front = (self.sizes[ROWS],) * self.leading if tensor.shape.leading else ()
        return front + tuple(self._size(tensor, axis, dim) for axis, dim in enumerate(tensor.shape.dims))

    def _size(self, tensor: Tensor, axis: int, dim: Dim) -> int:
        match dim:
            case Fixed(size):
                return size
            case Named(name):
                return self.sizes[name]
            case Expr(_, tree):
                return evaluate(tree, self.sizes)
            case Unknown():
                return self.nulls[(tensor.name, axis)]


@dataclass(frozen=True, slots=True)
class Weight:
    """What an element of an input counts against the budget, the axes it needs, how many may be unique."""

    numbers: float
    axes: tuple[int, ...] = ()
    unique: int | None = None
    capacity: float = math.inf
    pool: Pool | None = None


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the calls of a signature may measure. `batch` is the range that counts rows, if there is one."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    ranges: tuple[Range, ...]
    batch: Range | None
    row_body: bool
    weights: Mapping[str, Weight]
    links: tuple[Link, ...] = ()
    """What expressions, columns and labels ask of the names."""
    claimed: tuple[Range, ...] = ()
    """The ranges as the contract has them, before what no shapes go with was cut off."""
    may_be_empty: bool = False
    """Whether expressions may come to 0: where no sizes make them more."""

    @property
    def has_leading(self) -> bool:
        """Whether the number of leading dimensions varies."""
        return not self.row_body and any(_is_leading(tensor) for tensor in self.inputs)

    def rows(self, layout: Layout) -> int:
        """Return as how many rows a call counts: the size of its batch, else 1."""
        if self.batch is None or not self.counts_rows(layout):
            return 1
        return layout.sizes[self.batch.names[0]]

    def counts_rows(self, layout: Layout) -> bool:
        """Whether the first dimension of every input is the batch in this layout."""
        return self.batch is not None and (layout.leading > 0 or not self.has_leading)

    def numbers(self, layout: Layout) -> float:
        """Return how many numbers a call has, over all inputs; a text counts as its longest in eights."""
        return sum(
            math.prod(layout.shape(tensor)) * self.weights[tensor.name].numbers for tensor in self.inputs
        )

    def layout(self, fixed: Mapping[str, int], rng: np.random.Generator, *, leading: int) -> Layout:
        """Draw a layout in which some names have these sizes.

        Raises `NotDrawnError` where no sizes were found that make all shapes.
        """
        for attempt in range(_TRIES):
            made = self._draw(fixed, rng, leading, attempt)
            if self.is_valid(made):
                return made
        raise NotDrawnError(self._why_not())

    def attempt(self, fixed: Mapping[str, int], rng: np.random.Generator, *, leading: int) -> Layout | None:
        """Return the layout of these sizes, if it is valid."""
        made = self._draw(fixed, rng, leading, _TRIES - 1)
        return made if self.is_valid(made) else None

    def _draw(self, fixed: Mapping[str, int], rng: np.random.Generator, leading: int, attempt: int) -> Layout:
        sizes = self._draw_sizes(fixed, rng, attempt)
        nulls = {
            (tensor.name, axis): sizes[ROWS]
            if self.row_body and axis == 0
            else counted(tensor, axis) or _draw_null(rng, attempt)
            for tensor in self.inputs
            if isinstance(tensor.shape, Ranked)
            for axis, dim in enumerate(tensor.shape.dims)
            if isinstance(dim, Unknown)
        }
        bound = dict(fixed)
        for pool in self._pools:
            made = _answered(pool, bound, rng)
            bound |= made[0]
            nulls |= made[1]
        for each in self.ranges:
            told = next((bound[name] for name in each.names if name in bound), None)
            sizes |= {} if told is None else dict.fromkeys(each.names, told)
        return Layout(sizes, nulls, leading if self.has_leading else 1)

    def _draw_sizes(self, fixed: Mapping[str, int], rng: np.random.Generator, attempt: int) -> dict[str, int]:
        """Draw a size of each name, the next one of what the others leave it."""
        sizes: dict[str, int] = {}
        spans = self.spans(fixed)
        for each in self.ranges:
            low, high = spans[each.names[0]]
            told = next((fixed[name] for name in each.names if name in fixed), None)
            # The last resort is the least of everything.
            drawn = low if attempt == _TRIES - 1 else Range(each.names, low, high).draw(rng)
            sizes |= dict.fromkeys(each.names, drawn if told is None else told)
            spans = self.spans({**fixed, **sizes}) if self.links else spans
        return sizes

    def spans(self, fixed: Mapping[str, int]) -> Spans:
        """Return what each name may measure beside fixed ones; its own bounds where nothing goes together."""
        told = {
            name: (fixed[key], fixed[key]) if (key := _key(each, fixed)) else (each.low, each.high)
            for each in self.ranges
            for name in each.names
        }
        return (
            tightened(self.links, [each.names for each in self.ranges], told) or told if self.links else told
        )

    @property
    def _pools(self) -> tuple[Pool, ...]:
        found = (self.weights[each.name].pool for each in self.inputs)
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def _why_not(self) -> str:
        ranges = ", ".join(
            f"{each.names[0]} {each.low}..{each.high}" for each in self.ranges if each.names[0] != ROWS
        )
        within = f"within {ranges}" if ranges else "are there that"
        if self._pools:
            answered = " and ".join(each.source.signature for each in self._pools)
            return f"no sizes {within} go with what {answered} answered"
        return f"no sizes {within} make all shapes possible in {CALL_NUMBERS:,} numbers a call"

    def is_valid(self, layout: Layout) -> bool:
        """Whether every shape can be made: positive expressions, equal rows, room for unique values."""
        try:
            shapes = {tensor.name: layout.shape(tensor) for tensor in self.inputs}
            return (
                all(self._is_possible(tensor, shapes[tensor.name], layout) for tensor in self.inputs)
                and all(pool.fitting(shapes) is not None for pool in self._pools)
                and all(_answer_is_possible(tensor, layout) for tensor in self.outputs)
                and (not self.row_body or len({shape[:1] for shape in shapes.values()}) <= 1)
                and self.numbers(layout) <= CALL_NUMBERS
            )
        except (KeyError, ZeroDivisionError, ValueError):
            return False

    def _is_possible(self, tensor: Tensor, shape: tuple[int, ...], layout: Layout) -> bool:
        weight = self.weights[tensor.name]
        if any(counted(tensor, axis) not in {None, size} for axis, size in enumerate(shape)):
            return False
        if isinstance(tensor.shape, Ranked):
            back = shape[len(shape) - len(tensor.shape.dims) :]
            least = [0 if self.may_be_empty else _least(dim, layout) for dim in tensor.shape.dims]
            if any(size < low for size, low in zip(back, least, strict=True)):
                return False
        if not all(-len(shape) <= axis < len(shape) for axis in weight.axes):
            return False
        return weight.unique is None or shape[weight.unique] <= weight.capacity


def _key(each: Range, fixed: Mapping[str, int]) -> str | None:
    return next((name for name in each.names if name in fixed), None)


def counted(tensor: Tensor, axis: int) -> int | None:
    """Return how long an axis must be for its columns or labels; None where nothing counts it."""
    rank = len(dims_of(tensor.shape))
    counts = [(-1, len(tensor.columns))] if tensor.columns else []
    counts += [] if tensor.labels is None else [(tensor.labels.axis, len(tensor.labels.names))]
    return next((count for at, count in counts if axis == (at if at >= 0 else at + rank)), None)


def _answered(
    pool: Pool, fixed: Mapping[str, int], rng: np.random.Generator
) -> tuple[dict[str, int], dict[tuple[str, int], int]]:
    """Return the sizes of names and `null`s that some answer of another signature has, beside fixed ones."""
    found = [(each.rows, pool.bindings(each, fixed)) for each in pool.stacks]
    possible = [(rows, each) for rows, each in found if each is not None]
    if not possible:
        return {}, {}
    weights = np.asarray([rows for rows, _ in possible], np.float64)
    return possible[int(rng.choice(len(possible), p=weights / weights.sum()))][1]


def _draw_null(rng: np.random.Generator, attempt: int) -> int:
    return 1 if attempt == _TRIES - 1 else int(rng.integers(1, UNKNOWN, endpoint=True))


def _least(dim: Dim, layout: Layout) -> int:
    """Return the least size that makes sense: an expression is 0 only where one of its names is."""
    if isinstance(dim, Expr):
        return 0 if any(layout.sizes.get(name) == 0 for name in names_of(dim)) else 1
    return 0


def _answer_is_possible(tensor: Tensor, layout: Layout) -> bool:
    """Whether an output's expressions over the inputs' names are no negative lengths."""
    if not isinstance(tensor.shape, Ranked):
        return True
    return all(
        evaluate(dim.tree, layout.sizes) >= 0
        for dim in tensor.shape.dims
        if isinstance(dim, Expr) and all(name in layout.sizes for name in names_of(dim))
    )


def _is_leading(tensor: Tensor) -> bool:
    return isinstance(tensor.shape, Ranked) and tensor.shape.leading


def is_open(tensor: Tensor) -> bool:
    """Whether the shape leaves the number of dimensions open, so that the batch stands first."""
    return isinstance(tensor.shape, AnyRank) or tensor.shape.leading


def first_dim(tensor: Tensor) -> Dim | None:
    """Return the first dimension that the contract writes; None where it writes none."""
    return tensor.shape.dims[0] if isinstance(tensor.shape, Ranked) and tensor.shape.dims else None
