"""Whether `sumsTo`, `norm` and `unique` can be met at all within the bounds of the elements.

Only what no tensor satisfies, whatever its rounding, is told here; what is merely hard is drawn or not.
"""

import math
from collections.abc import Iterator, Mapping

from sigpact.contract.model import Around, DimBounds, Domain, Tensor
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import Fixed, Named, Ranked

Span = tuple[float, float]


def contradictions(tensor: Tensor, dims: Mapping[str, DimBounds]) -> Iterator[tuple[str, str]]:
    """Yield the words on the whole that nothing satisfies, each with the reason."""
    if tensor.columns:
        return
    span = _span(tensor)
    for word, around in (("sumsTo", tensor.sums_to), ("norm", tensor.norm)):
        lengths = None if around is None else _lengths(tensor, around.axis, dims)
        if around is None or lengths is None:
            continue
        least, most = (_sums if word == "sumsTo" else _norms)(span, lengths)
        slack = around.atol if around.atol is not None else 1e-2 * abs(around.value) + 1e-3
        if not least - slack <= around.value <= most + slack:
            how = "add up to" if word == "sumsTo" else "have the norm"
            yield word, f"{_many(lengths)} {_within(span)} cannot {how} {around.value:g}"
        elif word == "sumsTo" and _is_whole(tensor) and not _holds_whole(around):
            yield word, f"whole numbers cannot add up to {around.value:g}"
    lengths = None if tensor.unique is None else _lengths(tensor, tensor.unique, dims)
    different = _different(tensor)
    if lengths is not None and different is not None and lengths[0] > different:
        yield "unique", f"{_many(lengths)} are not all different where there are {different} values"


def _lengths(tensor: Tensor, axis: int, dims: Mapping[str, DimBounds]) -> Span | None:
    """Return how long an axis is at least and at most; None where nothing says so."""
    shape = tensor.shape
    if not isinstance(shape, Ranked) or not -len(shape.dims) <= axis < len(shape.dims):
        return None
    if shape.leading and axis >= 0:
        return None
    match shape.dims[axis]:
        case Fixed(size):
            return size, size
        case Named(name) if name in dims:
            said = dims[name]
            least = 1 if said.minimum is None else said.minimum
            return least, math.inf if said.maximum is None else said.maximum
        case _:
            return None


def _span(tensor: Tensor) -> Span:
    """Return the least and the greatest that an element may be, infinite where nothing is said."""
    said = tensor.domain
    members = [each for each in said.enum or () if isinstance(each, int | float)]
    if members:
        return float(min(members)), float(max(members))
    lows = [each for each in (said.minimum, said.exclusive_minimum) if each is not None]
    highs = [each for each in (said.maximum, said.exclusive_maximum) if each is not None]
    return _float(max(lows, default=-math.inf)), _float(min(highs, default=math.inf))


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.copysign(math.inf, number)


def _sums(span: Span, lengths: Span) -> Span:
    ends = [_times(length, end) for end in span for length in lengths]
    return min(ends), max(ends)


def _norms(span: Span, lengths: Span) -> Span:
    low, high = span
    least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return _times(math.sqrt(lengths[0]), least), _times(math.sqrt(lengths[1]), max(abs(low), abs(high)))


def _times(length: float, number: float) -> float:
    return 0.0 if 0 in (length, number) else length * number


def _is_whole(tensor: Tensor) -> bool:
    return all(name == "integer" or (name in BY_NAME and BY_NAME[name].is_integer) for name in tensor.dtypes)


def _holds_whole(around: Around) -> bool:
    return abs(around.value - round(around.value)) <= (around.atol or 0)


def _different(tensor: Tensor) -> int | None:
    """Return how many different values there are at most; None where there are many."""
    said: Domain = tensor.domain
    if said.enum is not None:
        return len(set(said.enum))
    if tensor.dtypes in {("bool",), ("boolean",)}:
        return 2
    low, high = _span(tensor)
    if not _is_whole(tensor) or not math.isfinite(low) or not math.isfinite(high):
        return None
    return max(0, math.floor(high) - math.ceil(low) + 1)


def _many(lengths: Span) -> str:
    if lengths[0] == lengths[1]:
        return f"{lengths[0]:g} values"
    more = f"to {lengths[1]:g} values" if math.isfinite(lengths[1]) else "values or more"
    return f"{lengths[0]:g} {more}"


def _within(span: Span) -> str:
    low, high = span
    said = [f"from {low:g}"] * math.isfinite(low) + [f"to {high:g}"] * math.isfinite(high)
    return " ".join(said) or "of any size"
