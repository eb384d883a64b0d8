"""Simpler elements: for one number or text of a domain the candidates that a person reads more easily.

What is proposed lies in the domain. The searches are generators: each yields candidates, the simplest first,
and is sent the first of them that still does what it should (`None`: none of them does).
"""

import math
from collections.abc import Generator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from sigpact.values.domains import Choices, Floats, Integers
from sigpact.values.plain import Best, Element, Plain, characters, decimals, rounder, shortest

Search = Generator[Sequence[Element], int | None, None]

_POINTS: Final = 15
"""Between two bounds so many points are asked at once."""
_DIGITS: Final = 17
"""A double has no more; further digits of a large one are not told apart."""
_PIECES: Final = 64
"""So many pieces of a text are proposed at once."""


def search(element: Element, plain: Plain) -> Search:
    """Propose simpler elements for one, until none that is proposed does."""
    if isinstance(element, bytes):
        yield from _texts(element, plain)
    elif isinstance(plain.elements, Choices):
        yield from _members(element, plain)
    else:
        yield from _numbers(element, plain)


def _members(element: Element, plain: Plain) -> Search:
    best = Best(element, plain)
    yield from best.tried(plain.first())


def _numbers(element: float, plain: Plain) -> Search:
    """Try the simplest, then fewer decimals, then what is nearer to zero."""
    best = Best(element, plain)
    yield from best.tried([*plain.first(), abs(element)])
    if not math.isfinite(best.element):  # type: ignore[arg-type]  # a number stays one
        return
    yield from best.tried(rounder(best.element, plain))
    yield from _nearer(best, plain)


def _nearer(best: Best, plain: Plain) -> Search:
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
    best: Best, made: Mapping[Element, int], bounds: tuple[int, int]
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
        exact = shortest(element, plain.written)
        places = max(-decimals(element, plain.written), exact.adjusted() + 1 - _DIGITS)
        step = Fraction(10) ** places
        return step, int(Fraction(exact) / step)
    return step, round(Fraction(element) / step)


def _on_grid(count: int, unit: Fraction, plain: Plain) -> Element:
    if isinstance(plain.elements, Integers):
        return int(count * unit)
    return plain.carried([float(count * unit)])[0]


def _texts(element: bytes, plain: Plain) -> Search:
    """Try the shortest, then the beginning, then without pieces, then with plainer characters."""
    best = Best(element, plain)
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


def _prefixes(best: Best) -> Search:
    """Look for the shortest beginning that does."""
    low, high = -1, len(characters(_bytes(best)))
    while points := _between(low, high):
        text, like = characters(_bytes(best)), _bytes(best)
        made: dict[Element, int] = {_encoded(text[:each], like): each for each in points}
        low, high = yield from _narrowed(best, made, (low, high))


def _bytes(best: Best) -> bytes:
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
    return [(each, min(each + size, length)) for each in starts[:_PIECES]]


def _without(text: str, start: int, end: int) -> str:
    return text[:start] + text[end:]


def _plainer(text: str, start: int, end: int) -> str:
    return text[:start] + "a" * (end - start) + text[end:]
