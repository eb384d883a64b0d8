"""Calls with round numbers between the ends of a domain: where thresholds and bins are, exactly.

What `holds` is written with is such a place too, numbers with what is just below and above them: a clause
about "Hamlet" says nothing where nobody sends it. Rows of one number all over are round in another way: their
variance is nothing, and what it is computed as may be less.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from sigpact.contract.model import SignatureUse
from sigpact.expressions import Node, Number, Text, Unary, walk
from sigpact.tensors.dtypes import BY_NAME
from sigpact.values.domains import Elements, Floats, Integers, Texts
from sigpact.values.drawable import Drawn
from sigpact.values.numerics import next_above, next_below, round_one, rounds
from sigpact.values.requests import Origin, Request
from sigpact.values.sources import Source
from sigpact.wire.arrays import Array

_SHARES: Final = (*(Fraction(at, 10) for at in range(1, 10)), Fraction(1, 4), Fraction(3, 4), Fraction(1, 3))
"""How far between the least and the greatest."""
_ROUND: Final = [digit * Fraction(10) ** power for power in range(-2, 7) for digit in range(1, 10)]
_NUMBERS: Final = (
    *_ROUND,
    *(-each for each in _ROUND),
    *map(Fraction, (12, 15, 16, 18, 21, 24, 25, 32, 64, 65, 75, 99, 120, 128, 255, 256, 365, 366, 512, 1024)),
)
"""Where thresholds are, whatever the bounds: one digit and noughts, ages, sizes."""
_SAID: Final = 32
"""So much of `holds` at most."""
_ALIKE: Final = 32
"""So many rows have any one number all over."""
_COARSE: Final = 32
Said = Fraction | bytes
"""A number or a text of a clause."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A share of the way from the least to the greatest, or a text, or a number or what is beside it."""

    said: Said
    is_share: bool = False
    beside: int = 0


_USUAL: Final = (*(_Place(each, is_share=True) for each in _SHARES), *map(_Place, _NUMBERS))


def said_in(use: SignatureUse) -> tuple[Said, ...]:
    """Return the numbers and texts that a signature's `holds` is written with, each once."""
    trees = [each.tree for each in use.holds if each.tree is not None]
    return tuple(dict.fromkeys(said for tree in trees for said in _said(tree)))[:_SAID]


def _said(tree: Node) -> Iterator[Said]:
    for node in walk(tree):
        match node:
            case Unary(operator="-", operand=Number(value=value)):
                yield -Fraction(str(value))
            case Number(value=value) if not isinstance(value, bool):
                yield Fraction(str(value))
            case Text(value=text):
                yield text.encode(errors="surrogatepass")
            case _:
                pass


def between_requests(source: Source, said: Sequence[Said], rng: np.random.Generator) -> Iterator[Request]:
    """Yield calls with a row for each place, all inputs that have it there, where rows can be told apart."""
    layout = source.small_layout(rng) if source.inputs else None
    if layout is None or source.sizes.batch is None or not source.stacks(layout):
        return
    alike = (_Place(Fraction(each), is_share=True) for each in rng.random(_ALIKE))
    domains = [domain for drawn in source.variant(0) for domain in _domains(drawn)]
    every = [
        place
        for place in (*_USUAL, *_places(said), *alike)
        if any(_element(domain, place) is not None for domain in domains)
    ]
    most = source.most_rows(layout)
    for start in range(0, len(every), most):
        places = every[start : start + most]
        rows = max(len(places), source.sizes.batch.low)
        block = source.block_in(source.with_rows(layout, rows), 0, rng)
        if block is None:
            return
        found = [_put(drawn, block.arrays[drawn.tensor.name], places) for drawn in source.variant(0)]
        if any(found):
            yield block.request(Origin.BOUNDARY, f"places {start + 1} to {start + len(places)}")


def _places(said: Sequence[Said]) -> Iterator[_Place]:
    for each in said:
        yield from (_Place(each, beside=at) for at in ((0,) if isinstance(each, bytes) else (-1, 0, 1)))


def _put(drawn: Drawn, array: Array, places: Sequence[_Place]) -> bool:
    """Put a row at each place, as far as the domain has it; say whether it has any."""
    seen = False
    for column, elements in enumerate(_domains(drawn)):
        for row, place in enumerate(places):
            element = _element(elements, place)
            if element is not None:
                array[(row, ..., column) if drawn.columns else (row, ...)] = element
                seen = True
    return seen


def _domains(drawn: Drawn) -> tuple[Elements, ...]:
    """Return what the columns of an input are drawn from, or all of it; none where no row is a place."""
    if drawn.pool is not None or drawn.is_shaped:
        return ()
    return drawn.columns or (drawn.elements,)


def _element(elements: Elements, place: _Place) -> float | int | bytes | None:
    """Return the number or text of a place; `None` where the domain has none, or not this one."""
    if isinstance(place.said, bytes):
        length = len(place.said.decode(errors="replace"))
        fits = isinstance(elements, Texts) and elements.low <= length <= elements.high
        return place.said if fits else None
    return _number(elements, place.said, place)


def _number(elements: Elements, said: Fraction, place: _Place) -> float | int | None:
    if not isinstance(elements, Floats | Integers) or not math.isfinite(elements.high - elements.low):
        return None
    if elements.step not in {None, 1}:
        # Multiples are few, and drawn.
        return None
    low, high = Fraction(elements.low), Fraction(elements.high)
    wanted = low + (high - low) * said if place.is_share else said
    if not low <= wanted <= high:
        return None
    if isinstance(elements, Integers):
        found: float | int = round(wanted) + place.beside
    else:
        found = _float(elements, wanted, place.beside)
    return found if low <= found <= high else None


def _float(elements: Floats, wanted: Fraction, beside: int) -> float:
    if not rounds(elements.dtype):
        return float(wanted)
    found = round_one(elements.dtype, wanted)
    if not beside:
        return found
    # What is nearer than a float32 can tell, the model need not tell: it may take a double for one.
    coarse = BY_NAME["float32"] if elements.dtype.bits > _COARSE else elements.dtype
    return (next_above if beside > 0 else next_below)(coarse, round_one(coarse, wanted))
