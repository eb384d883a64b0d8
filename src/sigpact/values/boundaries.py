"""Special rows of one input: the edges of its domain, where models break.

A special is an array of the input's full rank: one row where rows can be stacked, else a whole tensor.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.values.corners import Corner, corners
from sigpact.values.domains import Elements, Floats, Integers, NotDrawnError
from sigpact.values.draw import Shape
from sigpact.values.drawable import Drawn
from sigpact.values.extremes import extreme_slices
from sigpact.values.numerics import rounded, rounds
from sigpact.values.shaping import draw_tensor, in_order, satisfies
from sigpact.wire.arrays import Array, numpy_dtype

_TOGETHER: Final = 1 << 18
"""So many numbers are drawn at once for specials in one position."""


@dataclass(frozen=True, slots=True, eq=False)
class Special:
    """A row (or a tensor) with something special. `is_alone`: in one position, the others are random."""

    label: str
    array: Array
    is_alone: bool = False


def whole_specials(drawn: Drawn, shape: Shape) -> Iterator[Special]:
    """Yield the specials that fill a row: each corner, each sample of an element, whole shapes."""
    if drawn.is_shaped:
        candidates = _shaped_candidates(drawn, shape)
    elif drawn.columns:
        candidates = _column_candidates(drawn, shape)
    else:
        edges = corners(drawn.elements, finite=drawn.tensor.finite)
        candidates = (Special(each.label, full(drawn, shape, each.element)) for each in edges)
    yield from (each for each in candidates if not drawn.is_shaped or satisfies(drawn, each.array))
    for at, sample in enumerate(drawn.samples):
        if sample.ndim == 0:
            yield Special(f"sample {at + 1}", full(drawn, shape, sample.item()))


def full(drawn: Drawn, shape: Shape, element: object) -> Array:
    """Return a tensor of one element."""
    array = np.empty(shape, numpy_dtype(drawn.dtype))
    array[...] = element
    return rounded(drawn.dtype, array) if rounds(drawn.dtype) else array


def _column_candidates(drawn: Drawn, shape: Shape) -> Iterator[Special]:
    edges = [corners(each, finite=drawn.tensor.finite) for each in drawn.columns]
    for which, label in ((0, "every column's first edge"), (1, "every column's second edge")):
        array = np.empty(shape, numpy_dtype(drawn.dtype))
        for at, found in enumerate(edges):
            array[..., at] = found[min(which, len(found) - 1)].element
        yield Special(label, array)


def _shaped_candidates(drawn: Drawn, shape: Shape) -> Iterator[Special]:
    tensor = drawn.tensor
    for word, around in (("norm", tensor.norm), ("sum", tensor.sums_to)):
        if around is None or not -len(shape) <= around.axis < len(shape) or not shape[around.axis]:
            continue
        length = shape[around.axis]
        share = around.value / (length**0.5 if word == "norm" else length)
        for part in (part for part in (share, -share) if _holds(drawn.elements, part)):
            yield Special(f"a {word} of equal parts, {part:g}", full(drawn, shape, part))
        for label, found in extreme_slices(drawn.elements, around, word, _spread(length, 16), length):
            array = full(drawn, shape, 0)
            np.moveaxis(array, around.axis, -1)[...] = found
            yield Special(f"{label} along axis {around.axis}", array)
    edges = corners(drawn.elements, finite=True)
    yield from (Special(each.label, full(drawn, shape, each.element)) for each in edges)


def _holds(elements: Elements, *parts: float) -> bool:
    if not isinstance(elements, Floats | Integers):
        return False
    return all(elements.low <= part <= elements.high for part in parts)


def _spread(length: int, most: int) -> list[int]:
    """Return positions from the first to the last, evenly spread where there are many."""
    return sorted({int(each) for each in np.linspace(0, length - 1, min(length, most))}) if length else []


def alone_specials(
    drawn: Drawn, shape: Shape, rng: np.random.Generator, most: int
) -> tuple[list[Special], int]:
    """Return specials with one corner in one position of a random row, and how many there are in all.

    At most `most`, bounds before other corners, positions at random where there are more. A row with one
    position has none: its corners fill it.
    """
    tensor = drawn.tensor
    # One changed number would change the norm or the sum.
    fixed = tensor.norm is not None or tensor.sums_to is not None
    if fixed or len(shape) < 2 or int(np.prod(shape, dtype=np.int64)) <= 1:
        return [], 0
    cells = _cells(drawn)
    runs = int(np.prod(shape[:-1] if drawn.columns else shape, dtype=np.int64))
    found: list[Special] = []
    for is_bound in (True, False):
        kind = [cell for cell in cells if cell[1].is_bound is is_bound]
        chosen = _some(runs * len(kind), most - len(found), rng)
        for at, array in zip(chosen, _tensors(drawn, shape, len(chosen), rng), strict=True):
            column, corner = kind[at % len(kind)]
            place = at // len(kind) * (len(drawn.columns) or 1) + column
            found += _alone(drawn, array, (place, corner))
    return found, runs * len(cells)


def _tensors(drawn: Drawn, shape: Shape, count: int, rng: np.random.Generator) -> Iterator[Array | None]:
    """Yield so many random tensors; `None` where words on the whole could not be satisfied."""
    if drawn.is_shaped:
        for _ in range(count):
            try:
                yield draw_tensor(drawn, shape, rng)
            except NotDrawnError:
                yield None
        return
    # Without such words rows are drawn all at once, as far as memory stays flat.
    most = max(1, _TOGETHER // math.prod(shape))
    for start in range(0, count, most):
        some = min(most, count - start)
        yield from draw_tensor(drawn, (some * shape[0], *shape[1:]), rng).reshape(some, *shape)


def _cells(drawn: Drawn) -> list[tuple[int, Corner]]:
    """Return each corner with its column; of an input without columns, with 0."""
    finite = drawn.tensor.finite
    return [
        (column, corner)
        for column, elements in enumerate(drawn.columns or (drawn.elements,))
        for corner in corners(elements, finite=finite)
        if corner.is_bound or isinstance(elements, Floats | Integers)
    ]


def _some(total: int, most: int, rng: np.random.Generator) -> list[int]:
    if total <= most:
        return list(range(total))
    return sorted(int(each) for each in rng.choice(total, max(0, most), replace=False, shuffle=False))


def _alone(drawn: Drawn, array: Array | None, cell: tuple[int, Corner]) -> Iterator[Special]:
    if array is None:
        return
    place, corner = cell
    where = tuple(int(each) for each in np.unravel_index(place, array.shape))
    array[where] = corner.element
    if drawn.tensor.sorted is not None:
        array = in_order(array, drawn.tensor.sorted)
    if not drawn.is_shaped or satisfies(drawn, array):
        yield Special(f"{corner.label} at {list(where)}", array, is_alone=True)
