"""What a change of answers shows: which requests, and which of their rows, are answered otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.authoring.strength.mutations import Altered, Mutant
from sigpact.authoring.strength.playing import altered
from sigpact.authoring.strength.scene import Scene, Take
from sigpact.checks.compare import deviations
from sigpact.contract.model import Tolerance
from sigpact.engine.dynamic import arrived
from sigpact.engine.journey import Read
from sigpact.engine.witness import difficulty
from sigpact.values.requests import Origin, Request, row_of
from sigpact.wire.arrays import Array

_LOOKED: Final = 64
"""So many rows that show a change are compared for the one that is easiest to read."""
_OFFERED: Final = 2
_WORD: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A request that is answered otherwise, and which of its rows are."""

    take: Take
    rows: Array


def shows(scene: Scene, mutant: Altered) -> Iterator[Shown]:
    """Yield the requests that are answered otherwise when they are sent once more."""
    alter = mutant.make(scene)
    for take in scene.takes:
        if take.sent.call is None or take.outcome is None:
            continue
        other = arrived(scene.journey, take.sent, altered(take.sent.call, take.outcome, alter, 1))
        count = 1 if take.request is None else take.request.rows
        rows = np.zeros(count, bool)
        if not isinstance(other, Read) or not isinstance(take.arrival, Read):
            rows[:] = type(other) is not type(take.arrival)
        else:
            pair = (take.arrival.answer, other.answer)
            for each in deviations(scene.use, pair, take.arrival.served, Tolerance()):
                rows |= each.rows if each.rows.shape == rows.shape else each.rows.any()
        if rows.any():
            yield Shown(take, rows)


def shown_by(scene: Scene, mutant: Mutant) -> Iterator[Request]:
    """Yield requests that show a change, of one row or, where it takes company, two: the easiest first."""
    if not isinstance(mutant, Altered):
        return
    found: list[Request] = []
    for shown in shows(scene, mutant):
        request = shown.take.request
        if request is None or shown.take.example is not None:
            continue
        rows = shown.rows.nonzero()[0].tolist()
        found += [row_of(request, row) if mutant.by_row else _pair(request, row) for row in rows]
        if len(found) >= _LOOKED:
            break
    found.sort(key=lambda each: (each.origin is not Origin.FILE, _strangeness(each)))
    yield from found[:_OFFERED]


def _strangeness(request: Request) -> tuple[int, int]:
    """Return how hard a request is to read; what is very short is no better than a word."""
    odd, length = difficulty(request)
    return odd, max(length, _WORD)


def _pair(request: Request, row: int) -> Request:
    """Return a row with the one before it: whose answer it gets."""
    if row == 0 or any(value.shape[:1] != (request.rows,) for value in request.values.values()):
        return request
    both = np.array([row - 1, row])
    values = {name: type(each)(each.dtype, each.array[both]) for name, each in request.values.items()}
    batches = [name for name, size in request.sizes.items() if size == request.rows]
    sizes = {**request.sizes, **dict.fromkeys(batches[:1], 2)}
    return Request(request.origin, values, sizes, 2, request.label)
