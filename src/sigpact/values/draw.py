"""Random elements of a domain, many at a time. Nothing is drawn and thrown away."""

import math
from dataclasses import replace
from fractions import Fraction
from typing import Final

import numpy as np

from sigpact.tensors.dtypes import Kind
from sigpact.values.domains import Blobs, Choices, Complexes, Elements, Floats, Integers, Texts
from sigpact.values.numerics import EXACT, multiples, rounded
from sigpact.values.texts import draw_blobs, draw_texts
from sigpact.wire.arrays import Array, numpy_dtype

_EVEN: Final = 0.75
"""So many of the rows are spread evenly, the others are near zero, at any magnitude."""
_LARGE: Final = 1e38

Shape = tuple[int, ...]


def draw_elements(elements: Elements, shape: Shape, rng: np.random.Generator) -> Array:
    """Return an array of a shape whose every element lies in the domain."""
    count = int(np.prod(shape, dtype=np.int64))
    match elements:
        case Floats():
            return _draw_floats(elements, shape, rng)
        case Integers():
            return _draw_integers(elements, shape, rng)
        case Complexes(dtype=dtype, part=part):
            real, imaginary = (draw_elements(part, shape, rng) for _ in range(2))
            return np.asarray(real + 1j * imaginary, numpy_dtype(dtype))
        case Texts(low=low, high=high):
            return draw_texts(count, low, high, rng).reshape(shape)
        case Blobs(low=low, high=high):
            return draw_blobs(count, low, high, rng).reshape(shape)
        case Choices():
            if elements.pool:
                elements = replace(elements, values=elements.pool)
            return choices_array(elements)[rng.integers(0, len(elements.values), shape)]


def choices_array(elements: Choices) -> Array:
    """Return the values of a choice as one array of its dtype."""
    values = np.empty(len(elements.values), numpy_dtype(elements.dtype))
    values[:] = elements.values
    return values


def _draw_integers(elements: Integers, shape: Shape, rng: np.random.Generator) -> Array:
    low, high = elements.counts
    counts = _draw_whole((low, high), shape, np.uint64 if elements.dtype.kind is Kind.UINT else np.int64, rng)
    # Where zero is the only multiple, the step itself may lie outside the dtype.
    step = elements.step if (low, high) != (0, 0) else 1
    return np.asarray(counts * counts.dtype.type(step), numpy_dtype(elements.dtype))


def _draw_floats(elements: Floats, shape: Shape, rng: np.random.Generator) -> Array:
    if elements.step is not None:
        return _draw_multiples(elements, elements.step, shape, rng)
    made = _spread(elements, shape, rng)
    rows = made.reshape(shape[0] if shape else 1, math.prod(shape[1:]))
    few = np.flatnonzero(rng.random(len(rows)) >= _EVEN)
    anchor = rows.dtype.type(min(max(0.0, elements.low), elements.high))
    scales = (10.0 ** (-8 * rng.random((len(few), 1)))).astype(rows.dtype)
    rows[few] = anchor + (rows[few] - anchor) * scales
    return _clipped(elements, rounded(elements.dtype, made))


def _spread(elements: Floats, shape: Shape, rng: np.random.Generator) -> Array:
    """Return numbers from `low` to `high`, all as likely; in float32 where that is fine enough."""
    low, high = elements.low, elements.high
    kind = np.float32 if elements.dtype.bits <= 32 and max(abs(low), abs(high)) < _LARGE else np.float64
    shares = rng.random(shape, kind)
    if max(abs(low), abs(high)) >= _LARGE:
        # The difference may overflow: the bounds may be the dtype's own.
        return np.asarray(low * (1 - shares) + high * shares)
    np.multiply(shares, kind(high - low), out=shares)
    return np.add(shares, kind(low), out=shares)


def _draw_multiples(elements: Floats, step: Fraction, shape: Shape, rng: np.random.Generator) -> Array:
    low, high = elements.counts
    if max(abs(low), abs(high)) * step.numerator < EXACT:
        return rounded(elements.dtype, multiples(step, _draw_whole((low, high), shape, np.int64, rng)))
    plain = _draw_floats(replace(elements, step=None), shape, rng).astype(np.float64)
    exact = rounded(elements.dtype, multiples(step, np.rint(plain / float(step))))
    # Beyond, products are not exact; and farther out floats are farther apart than multiples: each is one.
    beyond = (np.abs(plain) >= EXACT / step.denominator) & (np.abs(plain) < 2 * EXACT * float(step))
    exact[beyond] = [elements.multiple(round(Fraction(each) / step)) for each in plain[beyond].tolist()]
    far = np.abs(plain) >= max(EXACT / step.denominator, 2 * EXACT * float(step))
    made: Array = np.where(far, rounded(elements.dtype, plain), exact)
    least, most = elements.multiple(low), elements.multiple(high)
    return np.clip(made, made.dtype.type(least), made.dtype.type(most))


def _clipped(elements: Floats, array: Array) -> Array:
    clipped: Array = np.clip(
        array, array.dtype.type(elements.low), array.dtype.type(elements.high), out=array
    )
    return clipped


def _by_row(shape: Shape) -> Shape:
    """Return the shape of one number a row, to be broadcast over the row."""
    return (*shape[:1], *(1 for _ in shape[1:]))


def _draw_whole(
    bounds: tuple[int, int], shape: Shape, kind: type[np.int64] | type[np.uint64], rng: np.random.Generator
) -> Array:
    """Return whole numbers of a kind, a quarter of the rows with small magnitudes."""
    low, high = bounds
    even = np.asarray(rng.integers(low, high, shape, dtype=kind, endpoint=True))
    if high - low < 1 << 10:
        return even
    anchor = kind(min(max(0, low), high))
    shifts = np.where(
        rng.random(_by_row(shape)) < _EVEN, 0, rng.integers(0, (high - low).bit_length(), _by_row(shape))
    )
    return np.asarray(anchor + ((even - anchor) >> shifts.astype(kind)), kind)
