"""Tensors whose slices add up to a number, or have a Euclidean length: `sumsTo` and `norm`."""

import math
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np

from sigpact.contract.model import Around
from sigpact.tensors.dtypes import BY_NAME, DType
from sigpact.values.domains import Choices, Floats, Integers, NotDrawnError
from sigpact.values.drawable import Drawn
from sigpact.values.membership import has_norm, has_sum
from sigpact.values.numerics import multiples, rounded, rounds
from sigpact.values.tolerances import language_nearness
from sigpact.wire.arrays import Array

_ROUNDS: Final = 50
"""How often a length is repaired at most."""
_SPAN: Final = 100.0
"""How much larger than their sum numbers are drawn at most."""
_VALUES: Final = 64
"""So many of a domain's single values are combined."""
_SUMS: Final = 4096
"""So many sums are remembered after each part."""


def slack_of(total: Around, dtype: DType) -> float:
    """Return how far a slice may be from the number that is wanted."""
    if total.atol is not None:
        return total.atol
    how = language_nearness(dtype)
    return how.rtol * abs(total.value) + how.atol


def with_norm(drawn: Drawn, norm: Around, array: Array, rng: np.random.Generator) -> Array:
    """Return a tensor of this shape whose slices have the Euclidean length.

    Raises `NotDrawnError` where the domain has no such values, or none were found.
    """
    elements = _numbers(drawn, "norm")
    if isinstance(elements, Floats) and elements.step is None:
        made = _floats_of_norm(elements, norm, array, rng)
        return _mended(made, has_norm(made, norm, drawn.dtype), norm.axis, rng)
    # The root of whole numbers is a float, with a float's tolerance.
    slack = slack_of(norm, BY_NAME["float64"] if drawn.dtype.is_integer else drawn.dtype)
    values = _up_to(elements, norm.value + slack, rng)
    # |x| within `slack` of n: x² is within slack * (2n - slack) of n².
    squared = max(slack * (2 * norm.value - slack), slack * slack if slack > norm.value else 0.0)
    return _combined(
        values, np.square(values, dtype=np.float64), (norm.value**2, squared), (array, norm.axis), rng
    )


def with_sum(drawn: Drawn, total: Around, array: Array, rng: np.random.Generator) -> Array:
    """Return a tensor of this shape whose slices add up to the number; raises as `with_norm`."""
    elements = _numbers(drawn, "sumsTo")
    slack = slack_of(total, drawn.dtype)
    match elements:
        case Choices():
            values = np.asarray(elements.values, array.dtype)
            return _combined(
                values, values.astype(np.float64), (total.value, slack), (array, total.axis), rng
            )
        case Floats(step=None):
            made = rounded(
                elements.dtype, _shared_out((elements.low, elements.high), total, slack, array, rng)
            )
            made = np.clip(made, elements.low, elements.high).astype(array.dtype)
            return _mended(made, has_sum(made, total, drawn.dtype), total.axis, rng)
        case Integers(step=1):
            return _counted((elements.low, elements.high), total, slack, array, rng).astype(array.dtype)
    step = Fraction(elements.step or 1)
    counts = Around(float(round(total.value / float(step))), total.axis, 0.0)
    made = _counted(elements.counts, counts, 0.0, array, rng)
    if isinstance(elements, Integers):
        return np.asarray(made * elements.step, array.dtype)
    made = rounded(elements.dtype, multiples(step, made))
    return _mended(made, has_sum(made, total, drawn.dtype), total.axis, rng)


def _numbers(drawn: Drawn, word: str) -> Floats | Integers | Choices:
    elements = drawn.elements
    if drawn.columns or not isinstance(elements, Floats | Integers | Choices):
        raise NotDrawnError(f"`{word}` of {'columns' if drawn.columns else drawn.dtype} is not drawn")
    return elements


def _floats_of_norm(bounds: Floats, norm: Around, array: Array, rng: np.random.Generator) -> Array:
    low, high, length = bounds.low, bounds.high, norm.value
    drawn: Array = np.asarray(rng.standard_normal(array.shape))
    if low >= 0:
        drawn = np.abs(drawn)
    elif high <= 0:
        drawn = -np.abs(drawn)
    for _ in range(_ROUNDS):
        size = np.sqrt(np.sum(np.square(drawn), axis=norm.axis, keepdims=True))
        drawn = drawn * (length / np.maximum(size, np.finfo(np.float64).tiny))
        clipped = np.clip(drawn, low, high)
        if np.allclose(clipped, drawn, rtol=1e-9, atol=1e-12):
            break
        drawn = clipped
    return np.clip(rounded(bounds.dtype, drawn), low, high).astype(array.dtype)


def _mended(array: Array, good: Array, axis: int, rng: np.random.Generator) -> Array:
    """Replace the slices that rounding and repairs left with another total by others of the same tensor."""
    if good.all() or not good.any():
        return array
    slices = np.moveaxis(array, axis, -1)
    kept = slices[good]
    slices[~good] = kept[rng.integers(0, len(kept), int((~good).sum()))]
    return array


def _shared_out(
    bounds: tuple[float, float], total: Around, slack: float, array: Array, rng: np.random.Generator
) -> Array:
    """Share out at random what the least values leave over, and what exceeds a bound where there is room."""
    # Parts of 1e300 that cancel out add up to nothing in floats: wide bounds are drawn narrower.
    span, axis = _SPAN * max(1.0, abs(total.value)), total.axis
    low, high = max(bounds[0], -span), min(bounds[1], span)
    count = array.shape[axis]
    over = total.value - count * low
    if over < -slack or total.value - slack > count * high:
        raise NotDrawnError(f"cannot add up to {total.value:g}: {count} numbers from {low:g} to {high:g}")
    shares: Array = np.asarray(rng.standard_exponential(array.shape)) + np.finfo(np.float64).tiny
    shares /= shares.sum(axis=axis, keepdims=True)
    drawn: Array = np.asarray(np.minimum(low + shares * max(0.0, over), high))
    left = total.value - drawn.sum(axis=axis, keepdims=True)
    room: Array = high - drawn
    whole = np.maximum(room.sum(axis=axis, keepdims=True), np.finfo(np.float64).tiny)
    made: Array = drawn + left * room / whole
    return made


def _counted(
    bounds: tuple[int, int], total: Around, slack: float, array: Array, rng: np.random.Generator
) -> Array:
    """Return whole numbers that add up: shared out, rounded down, and up again where the most was lost."""
    drawn = _shared_out((float(bounds[0]), float(bounds[1])), total, slack, array, rng)
    floor = np.floor(drawn + 1e-9)
    lost = np.rint(total.value - floor.sum(axis=total.axis, keepdims=True))
    order = np.argsort(np.argsort(-(drawn - floor), axis=total.axis), axis=total.axis)
    return np.asarray(floor + (order < lost)).astype(np.int64)


def _up_to(elements: Floats | Integers | Choices, most: float, rng: np.random.Generator) -> Array:
    """Return values of a domain of magnitude `most` or less; of many those nearest 0, and some others."""
    if isinstance(elements, Choices):
        found = np.asarray(elements.values, np.float64)
        return found[np.abs(found) <= most]
    low, high = elements.counts
    step = Fraction(elements.step or 1)
    most = min(most, float(1 << 31))
    low, high = max(low, -math.floor(most / step)), min(high, math.floor(most / step))
    if low > high:
        return np.empty(0)
    if high - low < _VALUES:
        counts = np.arange(low, high + 1)
    else:
        middle = min(max(0, low), high - _VALUES // 2)
        near = np.arange(middle, middle + _VALUES // 2) - _VALUES // 4 * (middle - _VALUES // 4 >= low)
        counts = np.unique([*near, low, high, *rng.integers(low, high, _VALUES // 2 - 2, endpoint=True)])
    return np.asarray(
        rounded(elements.dtype, multiples(step, counts)) if rounds(elements.dtype) else counts * int(step)
    )


def _combined(
    values: Array,
    parts: Array,
    wanted: tuple[float, float],
    where: tuple[Array, int],
    rng: np.random.Generator,
) -> Array:
    """Return a tensor of `values` whose slices' `parts` add up to `wanted` (a number, and how near)."""
    array, axis = where
    count = array.shape[axis]
    layers = _reachable(tuple(parts.tolist()), count, wanted)
    if layers is None:
        raise NotDrawnError(f"no {count} of its values were found that come to the number that is wanted")
    slices = array.size // max(1, count)
    sums = layers[count][rng.integers(0, len(layers[count]), slices)]
    made = np.empty((slices, count), values.dtype)
    for at in range(count - 1, -1, -1):
        possible = _among(sums[:, np.newaxis] - parts, layers[at], _grain(wanted, count))
        chosen = np.argmax(possible * rng.random(possible.shape), axis=1)
        made[:, at] = values[chosen]
        sums = sums - parts[chosen]
    moved = np.moveaxis(array, axis, -1).shape
    return np.moveaxis(rng.permuted(made, axis=1).reshape(moved), -1, axis).astype(array.dtype)


def _grain(wanted: tuple[float, float], count: int) -> float:
    """Return how far apart two sums are at least that are told apart."""
    return max(wanted[1] / (4 * max(1, count)), abs(wanted[0]) * 1e-12, 1e-12)


def _among(sums: Array, known: Array, grain: float) -> Array:
    at = np.clip(np.searchsorted(known, sums), 1, max(1, len(known) - 1))
    near = np.minimum(np.abs(known[at - 1] - sums), np.abs(known[np.minimum(at, len(known) - 1)] - sums))
    return np.asarray(near <= grain * 2)


@lru_cache(maxsize=64)
def _reachable(parts: tuple[float, ...], count: int, wanted: tuple[float, float]) -> tuple[Array, ...] | None:
    """Return the sums of 0, 1, … `count` parts from which the number can be reached; None if it cannot."""
    target, near = wanted
    single = np.asarray(parts)
    if not single.size:
        return None
    grain = _grain(wanted, count)
    layers = [np.zeros(1)]
    for done in range(1, count + 1):
        sums = np.unique(np.rint(np.add.outer(layers[-1], single).reshape(-1) / grain)) * grain
        left = count - done
        sums = sums[
            (sums + left * single.min() <= target + near) & (sums + left * single.max() >= target - near)
        ]
        if len(sums) > _SUMS:
            sums = sums[np.linspace(0, len(sums) - 1, _SUMS).astype(int)]
        layers.append(sums)
    return tuple(layers) if layers[-1].size else None
