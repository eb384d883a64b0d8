"""The corners of `sumsTo` and `norm`: one position has the most or the least that the others leave it."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from sigpact.contract.model import Around
from sigpact.values.domains import Elements, Floats, Integers
from sigpact.wire.arrays import Array

_WIDEST: Final = 1e100
"""Bounds are taken no wider than floats can square and add up."""


def extreme_slices(
    elements: Elements, around: Around, word: str, places: Sequence[int], length: int
) -> Iterator[tuple[str, Array]]:
    """Yield slices with the total of `word` (`sum` or `norm`), each with a label.

    They may lie outside the domain where the bounds and the total contradict each other.
    """
    if not isinstance(elements, Floats | Integers):
        return
    power = 2 if word == "norm" else 1
    for low, high, sign in _ranges(elements, word):
        for place in places:
            parts = _extreme((low**power, high**power), around.value**power, length, place)
            for label, found in zip(("most", "least"), parts, strict=True):
                made = sign * np.maximum(np.asarray(found), 0) ** 0.5 if power == 2 else np.asarray(found)
                yield f"the {label} of the {word} at {place}", made


def _ranges(elements: Floats | Integers, word: str) -> Iterator[tuple[float, float, int]]:
    """Yield the bounds of one sign each where squares add up, else the bounds."""
    low, high = max(float(elements.low), -_WIDEST), min(float(elements.high), _WIDEST)
    if word != "norm":
        yield low, high, 1
        return
    if high >= 0:
        yield max(low, 0.0), high, 1
    if low < 0:
        yield max(-high, 0.0), -low, -1


def _extreme(
    bounds: tuple[float, float], total: float, length: int, place: int
) -> tuple[list[float], list[float]]:
    """Return numbers within bounds that add up, with the most that `place` can have, and with the least."""
    made = []
    for start, end in (bounds, bounds[::-1]):
        left, parts = total - start * length, [start] * length
        for at in (*range(place, length), *range(place)):
            step = min(left, end - start) if start < end else max(left, end - start)
            parts[at] += step
            left -= step
        made.append(parts)
    return made[0], made[1]
