"""Random tensors of an input: elements of its domain, shaped by the words that speak of whole tensors.

`norm`, `sumsTo`, `sorted` and `unique` shape the draws, and what comes out still lies in the domain:
it is verified, and what cannot be made so is not drawn.
"""

from typing import Final

import numpy as np

from sigpact.contract.model import Around
from sigpact.tensors.dtypes import Kind
from sigpact.values.domains import Blobs, Choices, Elements, Floats, Integers, NotDrawnError, Texts
from sigpact.values.draw import Shape, choices_array, draw_elements
from sigpact.values.drawable import Drawn
from sigpact.values.membership import has_norm, has_sum, inside, is_sorted, is_unique
from sigpact.values.numerics import rounded
from sigpact.wire.arrays import Array

_ROUNDS: Final = 50
"""How often a repair is tried before an input counts as not drawable."""
_SPAN: Final = 100.0
"""How much larger than their sum numbers are drawn at most."""
_SPECIAL_ROWS: Final = 0.05
"""The share of rows with a NaN or an infinity, where these are admitted."""


def draw_tensor(drawn: Drawn, shape: Shape, rng: np.random.Generator) -> Array:
    """Return a random tensor of a shape that satisfies every word of the input.

    Raises `NotDrawnError` where the words contradict each other or `_ROUNDS` repairs did not do.
    """
    array = np.asarray(_draw_plain(drawn, shape, rng))
    if drawn.is_shaped:
        array = _shaped(drawn, array, rng)
        if not satisfies(drawn, array):
            raise NotDrawnError(
                f"{_words(drawn)} could not be satisfied within its bounds and shape {list(shape)}"
            )
    elif not drawn.tensor.finite and drawn.dtype.kind is Kind.FLOAT:
        _put_specials(array, rng)
    return array


def axes_of(drawn: Drawn) -> tuple[int, ...]:
    """Return the axes that the words about the whole speak of."""
    tensor = drawn.tensor
    found = [tensor.unique] + [around.axis for around in (tensor.norm, tensor.sums_to) if around is not None]
    found += [-1] if tensor.sorted is not None else []
    return tuple(axis for axis in found if axis is not None)


def _words(drawn: Drawn) -> str:
    tensor = drawn.tensor
    words = {"norm": tensor.norm, "sumsTo": tensor.sums_to, "sorted": tensor.sorted, "unique": tensor.unique}
    return " and ".join(f"`{word}`" for word, said in words.items() if said is not None)


def _draw_plain(drawn: Drawn, shape: Shape, rng: np.random.Generator) -> Array:
    if not drawn.columns:
        return draw_elements(drawn.elements, shape, rng)
    if not shape or shape[-1] != len(drawn.columns):
        raise NotDrawnError(f"has {len(drawn.columns)} columns, and its last dimension is another")
    return np.stack([draw_elements(each, shape[:-1], rng) for each in drawn.columns], axis=-1)


def _put_specials(array: Array, rng: np.random.Generator) -> None:
    if not array.size:
        return
    flat = array.reshape(array.shape[0] if array.ndim else 1, -1)
    rows = np.flatnonzero(rng.random(len(flat)) < _SPECIAL_ROWS)
    places = rng.integers(0, flat.shape[1], len(rows))
    flat[rows, places] = np.array([np.nan, np.inf, -np.inf])[rng.integers(0, 3, len(rows))]


def satisfies(drawn: Drawn, array: Array) -> bool:
    """Whether a tensor of numbers satisfies the input's bounds, and any tensor the words about its whole."""
    tensor = drawn.tensor
    checks = [_all_inside(drawn, array)]
    if tensor.norm is not None:
        checks.append(bool(has_norm(array, tensor.norm, drawn.dtype).all()))
    if tensor.sums_to is not None:
        checks.append(bool(has_sum(array, tensor.sums_to, drawn.dtype).all()))
    if tensor.unique is not None:
        checks.append(bool(is_unique(array, tensor.unique).all()))
    if tensor.sorted is not None:
        checks.append(bool(is_sorted(array, tensor.sorted).all()))
    return all(checks)


def _all_inside(drawn: Drawn, array: Array) -> bool:
    if drawn.columns:
        return all(_elements_inside(each, array[..., at]) for at, each in enumerate(drawn.columns))
    return _elements_inside(drawn.elements, array)


def _elements_inside(elements: Elements, array: Array) -> bool:
    match elements:
        case Floats() | Integers():
            return bool(inside(elements, array).all())
        case Choices():
            return bool(np.isin(array, choices_array(elements)).all())
        case Texts() | Blobs():
            return True


def _shaped(drawn: Drawn, array: Array, rng: np.random.Generator) -> Array:
    tensor = drawn.tensor
    if tensor.norm is not None and tensor.sums_to is not None:
        raise NotDrawnError("`norm` and `sumsTo` together are not drawn; give samples or examples")
    for around in (tensor.norm, tensor.sums_to):
        _require_axis(around, array)
    if tensor.norm is not None:
        array = _with_norm(_bounds(drawn, "norm"), tensor.norm, array, rng)
    if tensor.sums_to is not None:
        array = _with_sum(_bounds(drawn, "sumsTo"), tensor.sums_to, array, rng)
    if tensor.unique is not None:
        array = _made_unique(drawn, array, tensor.unique, rng)
    if tensor.sorted is not None and array.ndim:
        array = np.sort(array, axis=-1)
        array = array if tensor.sorted == "ascending" else array[..., ::-1]
    return np.ascontiguousarray(array) if array.ndim else np.asarray(array)


def _require_axis(around: Around | None, array: Array) -> None:
    if around is not None and not -array.ndim <= around.axis < array.ndim:
        raise NotDrawnError(f"has no axis {around.axis}: its shape is {list(array.shape)}")


def _bounds(drawn: Drawn, word: str) -> Floats | Integers:
    elements = drawn.elements
    if drawn.columns or not isinstance(elements, Floats | Integers):
        raise NotDrawnError(f"`{word}` together with columns, enum or samples is not drawn")
    if (elements.step or 1) != 1 or (isinstance(elements, Floats) and elements.step is not None):
        raise NotDrawnError(f"`{word}` together with multipleOf is not drawn")
    return elements


def _with_norm(bounds: Floats | Integers, norm: Around, array: Array, rng: np.random.Generator) -> Array:
    if isinstance(bounds, Integers):
        raise NotDrawnError("`norm` of whole numbers is not drawn; give samples or examples")
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
    made = np.clip(rounded(bounds.dtype, drawn), low, high).astype(array.dtype)
    return _mended(made, norm, bounds, rng)


def _mended(array: Array, norm: Around, bounds: Floats, rng: np.random.Generator) -> Array:
    """Replace the slices that the repairs left with another length by others of the same tensor."""
    good = has_norm(array, norm, bounds.dtype)
    if good.all() or not good.any():
        return array
    slices = np.moveaxis(array, norm.axis, -1)
    kept = slices[good]
    slices[~good] = kept[rng.integers(0, len(kept), int((~good).sum()))]
    return array


def _with_sum(bounds: Floats | Integers, total: Around, array: Array, rng: np.random.Generator) -> Array:
    """Share out at random what the least values leave over, and what exceeds a bound where there is room."""
    # Parts of 1e300 that cancel out add up to nothing in floats: wide bounds are drawn narrower.
    span, axis = _SPAN * max(1.0, abs(total.value)), total.axis
    low, high = max(float(bounds.low), -span), min(float(bounds.high), span)
    count = array.shape[axis]
    over = total.value - count * low
    if count == 0 or over < 0 or total.value > count * high:
        raise NotDrawnError(f"cannot add up to {total.value:g}: {count} numbers from {low:g} to {high:g}")
    shares: Array = np.asarray(rng.standard_exponential(array.shape)) + np.finfo(np.float64).tiny
    shares /= shares.sum(axis=axis, keepdims=True)
    drawn: Array = np.asarray(np.minimum(low + shares * over, high))
    left = total.value - drawn.sum(axis=axis, keepdims=True)
    room = high - drawn
    drawn = drawn + left * room / np.maximum(room.sum(axis=axis, keepdims=True), np.finfo(np.float64).tiny)
    if isinstance(bounds, Integers):
        drawn = _rounded_sum(drawn, total)
    made = rounded(bounds.dtype, drawn) if isinstance(bounds, Floats) else drawn
    return np.clip(made, low, high).astype(array.dtype)


def _rounded_sum(drawn: Array, total: Around) -> Array:
    """Return whole numbers with the same sum: down, and up again where the greatest parts were lost."""
    floor = np.floor(drawn + 1e-9)
    lost = np.rint(total.value - floor.sum(axis=total.axis, keepdims=True))
    order = np.argsort(np.argsort(-(drawn - floor), axis=total.axis), axis=total.axis)
    return np.asarray(floor + (order < lost))


def _made_unique(drawn: Drawn, array: Array, axis: int, rng: np.random.Generator) -> Array:
    if not -array.ndim <= axis < array.ndim:
        raise NotDrawnError(f"has no axis {axis}: its shape is {list(array.shape)}")
    moved = np.moveaxis(array, axis, -1)
    few = None if drawn.columns else _few(drawn.elements)
    if few is not None:
        return np.moveaxis(_without_repeats(few, moved.shape, rng), -1, axis)
    made = np.array(moved)
    for _ in range(_ROUNDS):
        repeated = _repeats(made)
        if not repeated.any():
            break
        fresh = np.moveaxis(_draw_plain(drawn, array.shape, rng), axis, -1)
        made[repeated] = fresh[repeated]
    return np.moveaxis(made, -1, axis)


def _few(elements: Elements) -> Array | None:
    """Return all values of a domain that has few, sorted; None of one that has many."""
    match elements:
        case Choices():
            return choices_array(elements)
        case Integers():
            low, high = elements.counts
            if high - low < 4096:
                whole = [count * elements.step for count in range(low, high + 1)]
                return choices_array(Choices(elements.dtype, tuple(whole)))
    return None


def _without_repeats(values: Array, shape: Shape, rng: np.random.Generator) -> Array:
    if shape[-1] > len(values):
        raise NotDrawnError(f"cannot be unique: {shape[-1]} different values of {len(values)}")
    slices = int(np.prod(shape[:-1], dtype=np.int64))
    order = np.argsort(rng.random((slices, len(values))), axis=1)[:, : shape[-1]]
    return np.asarray(values[order].reshape(shape))


def _repeats(array: Array) -> Array:
    """Return where a value of the last axis stood before in its slice."""
    order = np.argsort(array, axis=-1, kind="stable")
    ordered = np.take_along_axis(array, order, axis=-1)
    again = np.zeros(array.shape, bool)
    again[..., 1:] = ordered[..., 1:] == ordered[..., :-1]
    repeated = np.zeros(array.shape, bool)
    np.put_along_axis(repeated, order, again, axis=-1)
    return repeated


def capacity(elements: Elements) -> float:
    """Return how many different values a domain has, at most; infinite where it is a great many."""
    match elements:
        case Choices(values=values):
            return len(values)
        case Integers():
            low, high = elements.counts
            return high - low + 1
        case Floats(low=low, high=high, step=step):
            return (
                1
                if low == high
                else float("inf")
                if step is None
                else elements.counts[1] - elements.counts[0] + 1
            )
        case Texts(high=high) | Blobs(high=high):
            return 1 if high == 0 else float("inf")
