"""`Choice`: the few rows of traffic that show the most, to be the examples of a contract."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sigpact.authoring.calls import Held
from sigpact.authoring.facts import Shown
from sigpact.contract.model import Nested
from sigpact.rows.elements import nested
from sigpact.wire.arrays import Array

MOST: Final = 6
"""So many examples at most."""
_MOST_ELEMENTS: Final = 64
_MOST_CHARACTERS: Final = 400
"""An example has no more numbers, and no more characters: it is to be read."""
_MOST_ANSWERS: Final = 4

Row = Mapping[str, Array]


@dataclass(slots=True)
class Choice:
    """The rows that are special so far: `best` has for each reason how special, and the row."""

    first: Shown | None = None
    best: dict[str, tuple[float, Shown]] = field(default_factory=dict)
    answers: dict[object, Shown] = field(default_factory=dict)

    def add(self, inputs: Mapping[str, Held], outputs: Mapping[str, Held], rows: int | None) -> None:
        """Look at every row of a call; without a common number of rows, at the call as one."""
        sent = {name: each.array for name, each in inputs.items()}
        got = {name: each.array for name, each in outputs.items()}
        if sum(each.size for each in sent.values()) > _MOST_ELEMENTS * (rows or 1):
            return
        for row in range(1 if rows is None else rows):
            part = sent if rows is None else {name: each[row : row + 1] for name, each in sent.items()}
            told = {
                name: each if rows is None else each[row : row + 1]
                for name, each in got.items()
                if rows is None or (each.ndim and each.shape[0] == rows)
            }
            self._row(part, told)

    def _row(self, sent: Row, got: Row) -> None:
        if sum(map(_characters, sent.values())) > _MOST_CHARACTERS:
            return
        if self.first is None:
            self.first = _shown("the first request", sent, got)
        for why, value in _special(sent):
            before = self.best.get(why)
            if before is None or value > before[0]:
                self.best[why] = value, _shown(why, sent, got)
        self._answer(sent, got)

    def _answer(self, sent: Row, got: Row) -> None:
        """Keep a row for each answer, where the answer has a label."""
        for name, array in got.items():
            label = array.reshape(-1)[0] if array.size else None
            key = (name, label)
            if isinstance(label, str) and len(self.answers) < _MOST_ANSWERS and key not in self.answers:
                self.answers[key] = _shown(f"{name} is {label[:40]}", sent, got)
            return

    @property
    def shown(self) -> tuple[Shown, ...]:
        """The rows, each once: extremes first, then one for each of some answers."""
        rows = [each for _, each in self.best.values()] + [*self.answers.values()]
        if not rows and self.first is not None:
            rows = [self.first]
        unlike = {repr(each.inputs): each for each in reversed(rows)}
        chosen = [each for each in rows if unlike[repr(each.inputs)] is each]
        return tuple(chosen[:MOST])


def _special(sent: Row) -> Iterator[tuple[str, float]]:
    """Yield in what a row may be the most special, and how much it is."""
    for name, array in sent.items():
        flat = array.reshape(-1)
        if not flat.size:
            continue
        if flat.dtype == object:
            sizes = [len(each) for each in flat.tolist()]
            yield f"the shortest {name}", -min(sizes)
            yield f"the longest {name}", max(sizes)
        elif flat.dtype.kind in "iuf" and np.isfinite(flat).all():
            yield f"the least {name}", -float(flat.min())
            yield f"the greatest {name}", float(flat.max())


def _characters(array: Array) -> int:
    flat = array.reshape(-1)
    if flat.dtype != object:
        return 8 * flat.size
    return sum(len(each) for each in flat.tolist())


def _shown(why: str, sent: Row, got: Row) -> Shown:
    return Shown(why, _nested(sent), _nested({name: each for name, each in got.items() if each.size <= 8}))


def _nested(row: Row) -> tuple[tuple[str, Nested], ...]:
    return tuple((name, nested(each.reshape(-1).tolist(), each.shape)) for name, each in row.items())
