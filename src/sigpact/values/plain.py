"""How hard an element is to read, and what its domain admits that is easier.

A number is simpler with fewer decimals, then nearer to zero, then positive; a text is simpler when it is
shorter, then where its characters are plainer (`a`, letters, digits, then all else).
"""

import math
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

import numpy as np

from sigpact.tensors.dtypes import DType, Kind
from sigpact.values.domains import Blobs, Choices, Complexes, Elements, Floats, Integers, Texts
from sigpact.values.membership import TextRules, inside
from sigpact.values.numerics import as_float, rounded, rounds
from sigpact.values.patterns import PatternTimeoutError
from sigpact.wire.arrays import numpy_dtype

Element = int | float | bool | bytes
Cost = tuple[int, int, float, int]
"""Not finite, then length or decimals, then magnitude or how odd the characters are, then negative."""

_PLAIN: Final = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RANKS: Final = {character: rank for rank, character in enumerate(_PLAIN)}
_ODD: Final = 100
_EMPTY: Final = 0.5
"""An empty text comes after `a`: it looks like a case of its own, and is shown where it is one."""
_HALVINGS: Final = 6
"""Halves, quarters and so on are tried: few digits in every float dtype."""
_MEMBERS: Final = 64
"""Of a long list of members or decimals, so many are proposed at once."""


@dataclass(frozen=True, slots=True)
class Plain:
    """The domain of one element, ready to be asked; `rules` are those of its strings.

    `written` is the dtype whose digits a person sees: over REST a float32 is written as a double.
    """

    elements: Elements
    written: DType
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
        return min(found, key=lambda each: cost(each, self.written), default=None)

    def first(self) -> list[Element]:
        """Return elements among which the simplest is, in the domain or not."""
        match self.elements:
            case Floats(low=low, high=high, step=step):
                on_step = [] if step is None else [as_float(each * step) for each in self.elements.counts]
                ends = [*rounder(low, self), *rounder(high, self)]
                return [*self.carried([0.0, 1.0, -1.0, low, high, *on_step]), *ends]
            case Integers(low=low, high=high, step=step):
                counts = self.elements.counts
                return [0, *(each * step for each in counts if low <= each * step <= high)]
            case Complexes():
                return []
            case Choices(values=values):
                return sorted(values, key=lambda each: cost(each, self.written))[:_MEMBERS]
            case Texts(low=low, high=high) | Blobs(low=low, high=high):
                return [b"a" * min(max(low, 1), high), b"a" * low]

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
            return 0, max(1, len(text)), sum(map(_rank, text)) if text else _EMPTY, 0
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


def rounder(element: Element, plain: Plain) -> list[Element]:
    """Return a number with fewer decimals, rounded either way."""
    if not isinstance(element, float):
        return []
    exact = shortest(element, plain.written)
    places = decimals(element, plain.written)
    most = min(places, _MEMBERS // 2)
    kept = sorted({places * each // most for each in range(most)}) if most else []
    units = [Decimal(1).scaleb(-each) for each in kept]
    units += [Decimal(1) / 2**each for each in range(1, _HALVINGS + 1)]
    return plain.carried(
        float((exact / unit).to_integral_value(way) * unit)
        for unit in units
        for way in (ROUND_FLOOR, ROUND_CEILING)
    )


class Best:
    """The simplest element so far, and what is simpler in the domain than it."""

    def __init__(self, element: Element, plain: Plain) -> None:
        self.element = element
        self._plain = plain

    def simpler(self, candidates: Iterable[Element]) -> list[Element]:
        """Return the candidates that lie in the domain and are simpler, the simplest first."""
        mine = cost(self.element, self._plain.written)
        costs = {each: cost(each, self._plain.written) for each in self._plain.admitted(candidates)}
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
