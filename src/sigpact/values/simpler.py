"""Simpler elements: for one number or text of a domain the candidates that a person reads more easily.

A number is simpler with fewer decimals, then nearer to zero, then positive; a text is simpler when it is
shorter, then where its characters are plainer (`a`, letters, digits, then all else). What is proposed lies in
the domain. The searches are generators: each yields candidates, the simplest first, and is sent the first of
them that still does what it should (`None`: none of them does).
"""

import math
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from sigpact.tensors.dtypes import DType, Kind
from sigpact.values.domains import Blobs, Choices, Elements, Floats, Integers, Texts
from sigpact.values.membership import TextRules, inside
from sigpact.values.numerics import rounded, rounds
from sigpact.values.patterns import PatternTimeoutError
from sigpact.wire.arrays import numpy_dtype

Element = int | float | bool | bytes
Cost = tuple[int, int, float, int]
"""Not finite, then length or decimals, then magnitude or how odd the characters are, then negative."""
Search = Generator[Sequence[Element], int | None, None]

_PLAIN: Final = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RANKS: Final = {character: rank for rank, character in enumerate(_PLAIN)}
_ODD: Final = 100
_POINTS: Final = 15
"""Between two bounds so many points are asked at once."""
_DIGITS: Final = 17
"""A double has no more; further digits of a large one are not told apart."""
_MEMBERS: Final = 64
"""Of a long list of members or pieces, so many are proposed at once."""


@dataclass(frozen=True, slots=True)
class Plain:
    """The domain of one element, ready to be asked; `rules` are those of its strings."""

    elements: Elements
    rules: TextRules | None = None

    def admitted(self, candidates: Iterable[Element]) -> list[Element]:
        """Return which of some candidates lie in the domain, each once, in their order."""
        found = list(dict.fromkeys(candidates))
        if isinstance(self.elements, Floats | Integers):
            return [each for each in found if self._holds(self.elements, each)]
        if self.rules is None or (isinstance(self.elements, Choices) and self.elements.whole):
            members = self.elements.values if isinstance(self.elements, Choices) else ()
            return [each for each in found if each in members]
        texts = [each for each in found if isinstance(each, bytes)]
        try:
            faults = self.rules.faults(texts)
        except PatternTimeoutError:
            return []
        return [each for each, fault in zip(texts, faults, strict=True) if fault is None]

    @staticmethod
    def _holds(bounds: Floats | Integers, element: Element) -> bool:
        if isinstance(element, bytes):
            return False
        if isinstance(bounds, Integers) and not bounds.dtype.minimum <= element <= bounds.dtype.maximum:
            return False
        return bool(inside(bounds, np.asarray([element], numpy_dtype(bounds.dtype)))[0])

    def simplest(self) -> Element | None:
        """Return the simplest element that there is; of a pattern or a format, of those in its pool."""
        found = self.admitted(self.first())
        return min(found, key=lambda each: cost(each, self.elements.dtype), default=None)

    def first(self) -> list[Element]:
        """Return elements among which the simplest is, in the domain or not."""
        match self.elements:
            case Floats(low=low, high=high, step=step):
                on_step = [] if step is None else [float(each * step) for each in self.elements.counts]
                ends = [*_rounder(low, self), *_rounder(high, self)]
                return [*self.carried([0.0, 1.0, -1.0, low, high, *on_step]), *ends]
            case Integers(low=low, high=high, step=step):
                counts = self.elements.counts
                return [0, *(each * step for each in counts if low <= each * step <= high)]
            case Choices(values=values):
                return sorted(values, key=lambda each: cost(each, self.elements.dtype))[:_MEMBERS]
            case Texts(low=low) | Blobs(low=low):
                return [b"a" * low]

    def carried(self, numbers: Iterable[float]) -> list[Element]:
        """Return numbers as the dtype carries them."""
        array = np.asarray(list(numbers), np.float64)
        made = rounded(self.elements.dtype, array) if rounds(self.elements.dtype) else array
        return [float(each) for each in made]


def cost(element: Element, dtype: DType) -> Cost:
    """Return how hard an element is to read."""
    match element:
        case bytes():
            text = characters(element)
            return 0, len(text), float(sum(_rank(each) for each in text)), 0
        case float() if not math.isfinite(element):
            return 1, 0, 0.0, 0
        case float():
            return 0, decimals(element, dtype), abs(element), int(math.copysign(1, element) < 0)
        case _:
            return 0, 0, abs(element), int(element < 0)


def _rank(character: str) -> int:
    return _RANKS.get(character, _ODD + ord(character))


def characters(element: bytes) -> str:
    """Return bytes as characters: those of UTF-8, else one for each byte."""
    try:
        return element.decode()
    except UnicodeDecodeError:
        return element.decode("latin-1")


def shortest(element: float, dtype: DType) -> Decimal:
    """Return the shortest decimal that rounds to a float of a dtype."""
    carried = numpy_dtype(dtype).type(element) if dtype.kind is Kind.FLOAT else np.float64(element)
    return Decimal(np.format_float_scientific(carried, unique=True, trim="-"))


def decimals(element: float, dtype: DType) -> int:
    """Return how many digits stand behind the point."""
    exponent = shortest(element, dtype).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def search(element: Element, plain: Plain) -> Search:
    """Propose simpler elements for one, until none that is proposed does."""
    if isinstance(element, bytes):
        yield from _texts(element, plain)
    elif isinstance(plain.elements, Choices):
        yield from _members(element, plain)
    else:
        yield from _numbers(element, plain)


class _Best:
    """The simplest element so far, and what is simpler in the domain than it."""

    def __init__(self, element: Element, plain: Plain) -> None:
        self.element = element
        self._plain = plain

    def simpler(self, candidates: Iterable[Element]) -> list[Element]:
        """Return the candidates that lie in the domain and are simpler, the simplest first."""
        mine = cost(self.element, self._plain.elements.dtype)
        costs = {each: cost(each, self._plain.elements.dtype) for each in self._plain.admitted(candidates)}
        return sorted((each for each in costs if costs[each] < mine), key=lambda each: costs[each])

    def tried(self, candidates: Iterable[Element]) -> Generator[Sequence[Element], int | None, bool]:
        """Ask for the simpler ones of some candidates; keep the first that does."""
        found = self.simpler(candidates)
        if not found:
            return False
        index = yield found
        if index is not None:
            self.element = found[index]
        return index is not None


def _members(element: Element, plain: Plain) -> Search:
    best = _Best(element, plain)
    yield from best.tried(plain.first())


def _numbers(element: float, plain: Plain) -> Search:
    """Try the simplest, then fewer decimals, then what is nearer to zero."""
    best = _Best(element, plain)
    yield from best.tried([*plain.first(), abs(element)])
    if not math.isfinite(best.element):  # type: ignore[arg-type]  # a number stays one
        return
    yield from best.tried(_rounder(best.element, plain))
    yield from _nearer(best, plain)


def _rounder(element: Element, plain: Plain) -> list[Element]:
    """Return a number with fewer decimals, rounded either way."""
    if not isinstance(element, float):
        return []
    exact = shortest(element, plain.elements.dtype)
    places = decimals(element, plain.elements.dtype)
    most = min(places, _MEMBERS // 2)
    kept = sorted({places * each // most for each in range(most)}) if most else []
    units = [Decimal(1).scaleb(-each) for each in kept]
    return plain.carried(
        float((exact / unit).to_integral_value(way) * unit)
        for unit in units
        for way in (ROUND_FLOOR, ROUND_CEILING)
    )


def _nearer(best: _Best, plain: Plain) -> Search:
    """Look for the least magnitude on the number's own grid, between what does not do and what does."""
    unit, count = _grid(best.element, plain)
    sign = -1 if count < 0 else 1
    low, high = -1, abs(count)
    points = [high >> each for each in range(1, high.bit_length() + 1)]
    while points:
        made = {_on_grid(sign * each, unit, plain): each for each in points}
        low, high = yield from _narrowed(best, made, (low, high))
        points = _between(low, high)


def _narrowed(
    best: _Best, made: Mapping[Element, int], bounds: tuple[int, int]
) -> Generator[Sequence[Element], int | None, tuple[int, int]]:
    """Ask for candidates by their places between two bounds; return the bounds that are left."""
    low, high = bounds
    if (yield from best.tried(made)):
        high = made[best.element]
    return max([low, *(each for each in made.values() if each < high)]), high


def _between(low: int, high: int) -> list[int]:
    width = high - low
    return sorted({low + width * each // (_POINTS + 1) for each in range(1, _POINTS + 1)} - {low})


def _grid(element: Element, plain: Plain) -> tuple[Fraction, int]:
    """Return the step of the numbers that are as round as this one, and how many steps it is."""
    if isinstance(element, bytes):
        raise TypeError("texts have no grid")
    if isinstance(plain.elements, Integers):
        return Fraction(plain.elements.step), int(element) // plain.elements.step
    step = plain.elements.step if isinstance(plain.elements, Floats) else None
    if step is None:
        exact = shortest(element, plain.elements.dtype)
        places = max(-decimals(element, plain.elements.dtype), exact.adjusted() + 1 - _DIGITS)
        step = Fraction(10) ** places
        return step, int(Fraction(exact) / step)
    return step, round(Fraction(element) / step)


def _on_grid(count: int, unit: Fraction, plain: Plain) -> Element:
    if isinstance(plain.elements, Integers):
        return int(count * unit)
    return plain.carried([float(count * unit)])[0]


def _texts(element: bytes, plain: Plain) -> Search:
    """Try the shortest, then the beginning, then without pieces, then with plainer characters."""
    best = _Best(element, plain)
    yield from best.tried(plain.first())
    if isinstance(plain.elements, Choices) and plain.elements.whole:
        return
    yield from _prefixes(best)
    for change in (_without, _plainer):
        size = max(1, len(characters(_bytes(best))) // 2)
        while size >= 1:
            pieces = _pieces(len(characters(_bytes(best))), size)
            improved = yield from best.tried(
                _encoded(change(characters(_bytes(best)), *each), _bytes(best)) for each in pieces
            )
            size = size if improved else size // 2


def _prefixes(best: _Best) -> Search:
    """Look for the shortest beginning that does."""
    low, high = -1, len(characters(_bytes(best)))
    while points := _between(low, high):
        text, like = characters(_bytes(best)), _bytes(best)
        made: dict[Element, int] = {_encoded(text[:each], like): each for each in points}
        low, high = yield from _narrowed(best, made, (low, high))


def _bytes(best: _Best) -> bytes:
    if not isinstance(best.element, bytes):
        raise TypeError("a text stays one")
    return best.element


def _encoded(text: str, like: bytes) -> bytes:
    try:
        like.decode()
    except UnicodeDecodeError:
        return text.encode("latin-1")
    return text.encode()


def _pieces(length: int, size: int) -> list[tuple[int, int]]:
    starts = range(0, length, size)
    return [(each, min(each + size, length)) for each in starts[:_MEMBERS]]


def _without(text: str, start: int, end: int) -> str:
    return text[:start] + text[end:]


def _plainer(text: str, start: int, end: int) -> str:
    return text[:start] + "a" * (end - start) + text[end:]
