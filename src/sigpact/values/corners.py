"""The edges of the domain of one element: its ends, their neighbours, and what models trip over between."""

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sigpact.tensors.dtypes import DType
from sigpact.values.domains import Blobs, Choices, Complexes, Elements, Floats, Integers, Texts
from sigpact.values.numerics import has_infinity, limits, next_above, next_below
from sigpact.values.texts import LONGEST, MOULDS

Element = int | float | complex | bool | bytes


@dataclass(frozen=True, slots=True, eq=False)
class Corner:
    """An element at the edge of its domain. `is_bound`: one of the ends, worth every position."""

    label: str
    element: Element
    is_bound: bool = False


def corners(elements: Elements, *, finite: bool) -> tuple[Corner, ...]:
    """Return the edges of a domain, the ends first; not `finite` adds NaN and the infinities to floats."""
    match elements:
        case Floats(dtype=dtype):
            return (*_float_corners(elements), *([] if finite else _not_finite(dtype)))
        case Integers():
            return _integer_corners(elements)
        case Complexes(part=part):
            return _complex_corners(part, finite=finite)
        case Texts(low=low, high=high):
            return _text_corners(low, high)
        case Blobs(low=low, high=high):
            return _blob_corners(low, high)
        case Choices():
            return _choice_corners(elements)


def _choice_corners(choices: Choices) -> tuple[Corner, ...]:
    word = "member" if choices.whole else "example"
    labels = choices.labels or tuple(f"{word} {at + 1}" for at in range(len(choices.values)))
    pairs = zip(labels, choices.values, strict=True)
    return tuple(Corner(label, each, is_bound=choices.whole) for label, each in pairs)


def _not_finite(dtype: DType) -> tuple[Corner, ...]:
    found = (Corner("NaN", np.nan), Corner("infinity", np.inf), Corner("-infinity", -np.inf))
    return found if has_infinity(dtype) else found[:1]


def _complex_corners(part: Floats | Choices, *, finite: bool) -> tuple[Corner, ...]:
    """Return each edge in both parts, then in one with the other at its simplest, then both ends mixed."""
    edges = [(each.label, _real(each), each.is_bound) for each in corners(part, finite=finite)]
    usual = min((number for _, number, _ in edges if math.isfinite(number)), key=abs)
    found = [
        *(Corner(f"{label} in both parts", complex(number, number), bound) for label, number, bound in edges),
        *(Corner(f"{label} in the real part", complex(number, usual)) for label, number, _ in edges),
        *(Corner(f"{label} in the imaginary part", complex(usual, number)) for label, number, _ in edges),
    ]
    for (label, real, _), (other, imaginary, _) in itertools.permutations(edges[:2], 2):
        found.append(Corner(f"{label} and {other}", complex(real, imaginary), is_bound=True))
    return _distinct(found)


def _real(corner: Corner) -> float:
    """Return the element of a corner of numbers."""
    if isinstance(corner.element, complex | bytes):
        raise TypeError("only a real number is one")
    return float(corner.element)


def _float_corners(elements: Floats) -> tuple[Corner, ...]:
    low, high, dtype = elements.low, elements.high, elements.dtype
    if elements.step is not None:
        least, most = elements.counts
        low, high = elements.multiple(least), elements.multiple(most)
        # Where floats are farther apart than multiples, each of them is one.
        above = max(elements.multiple(least + 1), next_above(dtype, low))
        below = min(elements.multiple(most - 1), next_below(dtype, high))
    else:
        above, below = next_above(dtype, low), next_below(dtype, high)
    edge = limits(dtype)
    named = [
        Corner("the minimum", low, is_bound=True),
        Corner("the maximum", high, is_bound=True),
        Corner("just above the minimum", above),
        Corner("just below the maximum", below),
        *(Corner(f"{number:g}", number) for number in (0.0, -0.0, 1.0, -1.0)),
        *(Corner(f"the least normal {sign}", float(f"{sign}1") * edge.least_normal) for sign in "+-"),
        *(Corner(f"the least subnormal {sign}", float(f"{sign}1") * edge.least_subnormal) for sign in "+-"),
    ]
    return _distinct([each for each in named if _exactly_inside(elements, _real(each))])


def _exactly_inside(elements: Floats, number: float) -> bool:
    if not elements.low <= number <= elements.high:
        return False
    if elements.step is None or number == 0:
        return True
    nearest = round(Fraction(number) / elements.step)
    return any(elements.multiple(count) == number for count in (nearest - 1, nearest, nearest + 1))


def _integer_corners(elements: Integers) -> tuple[Corner, ...]:
    least, most = elements.counts
    step = elements.step
    named = [
        Corner("the minimum", least * step, is_bound=True),
        Corner("the maximum", most * step, is_bound=True),
        Corner("just above the minimum", (least + 1) * step),
        Corner("just below the maximum", (most - 1) * step),
        *(Corner(str(number), number) for number in (0, 1, -1)),
    ]
    kept = [
        each for each in named
        if elements.low <= _whole(each) <= elements.high and _whole(each) % step == 0
    ]  # fmt: skip
    return _distinct(kept)


def _whole(corner: Corner) -> int:
    """Return the element of a corner of whole numbers."""
    if not isinstance(corner.element, int):
        raise TypeError("only a whole number is one")
    return corner.element


def _text_corners(low: int, high: int) -> tuple[Corner, ...]:
    found = [Corner("the empty text", b"", is_bound=True)] if low == 0 else []
    for mould in LONGEST:
        text = mould.cast(high, high)
        if text:
            found.append(Corner(mould.label, text.encode(), is_bound=True))
    if 0 < low < high:
        found.append(
            Corner("the shortest text", b"word "[:5] * (low // 5) + b"word "[: low % 5], is_bound=True)
        )
    if low <= 1 <= high:
        found.append(Corner("one character", b"a"))
    moulded = ((mould.label, mould.cast(low, high)) for mould in MOULDS)
    found += [Corner(label, text.encode()) for label, text in moulded if text is not None]
    return _distinct(found)


def _blob_corners(low: int, high: int) -> tuple[Corner, ...]:
    named = [
        Corner("no bytes", b"", is_bound=True),
        Corner("the most bytes", b"\xff" * high, is_bound=True),
        Corner("the fewest bytes", b"\x80" * low, is_bound=True),
        *(
            Corner(label, (body * (max(low, min(high, 8)))))
            for label, body in (
                ("zero bytes", b"\0"),
                ("bytes that are no UTF-8", b"\xfe"),
                ("letters", b"a"),
            )
        ),
    ]
    return _distinct([each for each in named if low <= len(bytes(each.element)) <= high])  # type: ignore[arg-type]


def _distinct(found: list[Corner]) -> tuple[Corner, ...]:
    """Keep the first of corners with the same value; 0.0 and -0.0 are not the same."""
    kept = dict[str, Corner]()
    for each in found:
        kept.setdefault(repr(each.element), each)
    return tuple(kept.values())
