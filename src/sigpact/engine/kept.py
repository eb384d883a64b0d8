"""`Kept`: what came of real rows that have recorded answers, held where those are to be updated."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigpact.checks.breaches import Breach
from sigpact.checks.examples import equal
from sigpact.contract.model import Tolerance
from sigpact.engine.journey import Arrival, Read
from sigpact.values.requests import Place, Request
from sigpact.wire.arrays import Value

UNSTEADY = Breach(
    "answer-not-deterministic", ("outputs",), None, "the same answer again", "another answer", 1, 1
)
"""What is wrong with an answer that is another one when the same request is sent again."""


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """Rows of one call that were answered as recorded: which they are, and the answer to all of the call.

    Where `rows` is `None` the call stands in one place, and all of it is meant. What was sent is not held.
    """

    places: tuple[Place, ...]
    rows: tuple[int, ...] | None
    answer: Mapping[str, Value]

    def of(self, row: int | None) -> Read:
        """Return the answer to one row, or to the call."""
        if row is None:
            return Read(self.answer)
        return Read(
            {name: Value(each.dtype, each.array[row : row + 1]) for name, each in self.answer.items()}
        )


@dataclass(slots=True, eq=False)
class Kept:
    """Real rows that are answered otherwise than recorded, with what is wrong; by file, the others."""

    others: list[tuple[Request, Arrival, tuple[Breach, ...]]] = field(default_factory=list)
    alike: dict[str, list[Alike]] = field(default_factory=dict)

    def add(self, alike: Alike) -> None:
        """Keep rows that were answered as recorded; those of one call stand in one file."""
        if alike.places:
            self.alike.setdefault(alike.places[0].file, []).append(alike)


def is_steady(first: Arrival, again: Arrival) -> bool:
    """Whether the same request was answered alike twice."""
    if not isinstance(first, Read) or not isinstance(again, Read):
        return type(first) is type(again)
    return all(
        name in again.answer
        and again.answer[name].shape == each.shape
        and bool(equal(again.answer[name], each.array, Tolerance()).all())
        for name, each in first.answer.items()
    )
