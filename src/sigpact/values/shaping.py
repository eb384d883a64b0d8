"""Random tensors of an input: elements of its domain, shaped by the words that speak of whole tensors.

`norm`, `sumsTo`, `sorted` and `unique` shape the draws, and what comes out still lies in the domain:
it is verified, and what cannot be made so is not drawn.
"""

from typing import Final

import numpy as np

from sigpact.contract.model import Around
from sigpact.tensors.dtypes import Kind
from sigpact.values.domains import Blobs, Choices, Complexes, Elements, Floats, Integers, NotDrawnError, Texts
from sigpact.values.draw import Shape, choices_array, draw_elements
from sigpact.values.drawable import Drawn
from sigpact.values.membership import has_norm, has_sum, inside, is_sorted, is_unique
from sigpact.values.numerics import has_infinity
from sigpact.values.totals import with_norm, with_sum
from sigpact.wire.arrays import Array

_ROUNDS: Final = 50
"""How often a repair is tried before an input counts as not drawable."""
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
    elif not drawn.tensor.finite and drawn.dtype.kind in {Kind.FLOAT, Kind.COMPLEX}:
        _put_specials(array, rng, only_nan=not has_infinity(drawn.dtype))
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


def _put_specials(array: Array, rng: np.random.Generator, *, only_nan: bool) -> None:
    if not array.size:
        return
    flat = array.reshape(array.shape[0] if array.ndim else 1, -1)
    rows = np.flatnonzero(rng.random(len(flat)) < _SPECIAL_ROWS)
    places = rng.integers(0, flat.shape[1], len(rows))
    flat[rows, places] = np.array([np.nan, np.inf, -np.inf])[rng.integers(0, 1 if only_nan else 3, len(rows))]


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
        case Complexes(part=part):
            return _elements_inside(part, array.real) and _elements_inside(part, array.imag)
        case Texts() | Blobs():
            return True


def _shaped(drawn: Drawn, array: Array, rng: np.random.Generator) -> Array:
    tensor = drawn.tensor
    if tensor.norm is not None and tensor.sums_to is not None:
        raise NotDrawnError("`norm` and `sumsTo` together are not drawn; give samples or examples")
    for around in (tensor.norm, tensor.sums_to):
        _require_axis(around, array)
    array = _with_total(drawn, array, rng)
    if tensor.unique is not None and (tensor.norm is not None or tensor.sums_to is not None):
        array = _unique_slices(drawn, array, tensor.unique, rng)
    elif tensor.unique is not None:
        array = _made_unique(drawn, array, tensor.unique, rng)
    if tensor.sorted is not None and array.ndim:
        array = in_order(array, tensor.sorted)
    return np.ascontiguousarray(array) if array.ndim else np.asarray(array)


def in_order(array: Array, direction: str) -> Array:
    """Return a tensor sorted along its last axis."""
    ordered: Array = np.sort(array, axis=-1)
    return ordered if direction == "ascending" else ordered[..., ::-1]


def _require_axis(around: Around | None, array: Array) -> None:
    if around is not None and not -array.ndim <= around.axis < array.ndim:
        raise NotDrawnError(f"has no axis {around.axis}: its shape is {list(array.shape)}")


def _with_total(drawn: Drawn, array: Array, rng: np.random.Generator) -> Array:
    tensor = drawn.tensor
    if tensor.norm is not None:
        return with_norm(drawn, tensor.norm, array, rng)
    return array if tensor.sums_to is None else with_sum(drawn, tensor.sums_to, array, rng)


def _unique_slices(drawn: Drawn, array: Array, axis: int, rng: np.random.Generator) -> Array:
    """Draw slices of the same total again until none has a value twice: a change would change the total."""
    _require_axis(Around(0.0, axis, None), array)
    made = np.array(np.moveaxis(array, axis, -1))
    for _ in range(_ROUNDS):
        again = ~is_unique(made, -1)
        if not again.any():
            break
        fresh = np.moveaxis(_with_total(drawn, array, rng), axis, -1)
        made[again] = fresh[again]
    return np.moveaxis(made, -1, axis)


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
        case Complexes(part=part):
            return capacity(part) ** 2
        case Texts(high=high) | Blobs(high=high):
            return 1 if high == 0 else float("inf")
