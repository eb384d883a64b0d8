"""Calls with round numbers between the ends of a domain: where thresholds and bins are, exactly."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import numpy as np

from sigpact.values.domains import Elements, Floats, Integers
from sigpact.values.drawable import Drawn
from sigpact.values.numerics import rounded, rounds
from sigpact.values.requests import Origin, Request
from sigpact.values.sources import Source
from sigpact.wire.arrays import Array

_SHARES: Final = (*(Fraction(at, 10) for at in range(1, 10)), Fraction(1, 4), Fraction(3, 4), Fraction(1, 3))
"""How far between the least and the greatest."""
_NUMBERS: Final = (0.5, -0.5, 0.1, 0.01, 10, 100, 1000)
"""Where thresholds are, whatever the bounds."""


def between_requests(source: Source, rng: np.random.Generator) -> Iterator[Request]:
    """Yield calls with a row for each place, all inputs of numbers there, where rows can be told apart."""
    layout = source.small_layout(rng) if source.inputs else None
    if layout is None or source.sizes.batch is None or not source.stacks(layout):
        return
    count = len(_SHARES) + len(_NUMBERS)
    most = source.most_rows(layout)
    for start in range(0, count, most):
        places = range(start, min(start + most, count))
        rows = max(len(places), source.sizes.batch.low)
        block = source.block_in(source.with_rows(layout, rows), 0, rng)
        if block is None:
            return
        found = [_put(drawn, block.arrays[drawn.tensor.name], places) for drawn in source.variant(0)]
        if any(found):
            yield block.request(Origin.BOUNDARY, f"round numbers {start + 1} to {places[-1] + 1}")


def _put(drawn: Drawn, array: Array, places: range) -> bool:
    """Put a row at each place, as far as the domain has it; say whether it has any."""
    if drawn.pool is not None or drawn.is_shaped:
        return False
    seen = False
    domains = drawn.columns or (drawn.elements,)
    for column, elements in enumerate(domains):
        for row, place in enumerate(places):
            number = _number(elements, place)
            if number is not None:
                at = (row, ..., column) if drawn.columns else (row, ...)
                array[at] = rounded(drawn.dtype, np.asarray(number)) if rounds(drawn.dtype) else number
                seen = True
    return seen


def _number(elements: Elements, place: int) -> float | int | None:
    """Return the number of a place; `None` where the domain has none, or not this one."""
    if not isinstance(elements, Floats | Integers) or not math.isfinite(elements.high - elements.low):
        return None
    if elements.step not in {None, 1}:
        # Multiples are few, and drawn.
        return None
    low, high = Fraction(elements.low), Fraction(elements.high)
    if place < len(_SHARES):
        found = low + (high - low) * _SHARES[place]
    else:
        found = Fraction(str(_NUMBERS[place - len(_SHARES)]))
    if not low <= found <= high:
        return None
    return round(found) if isinstance(elements, Integers) else float(found)
