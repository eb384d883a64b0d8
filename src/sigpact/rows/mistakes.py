"""What is wrong with files of real rows, and what of them was passed over."""

from dataclasses import dataclass, field
from typing import Final

from sigpact.findings import Problem, Span
from sigpact.values.requests import Place

_TOLD: Final = 20
"""So many mistakes of one signature's rows are told, then a count: a file may have a million."""


class RowMistakeError(ValueError):
    """A row is wrong; `reason` is a clause, `column` where in the line, from 1."""

    def __init__(self, reason: str, column: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column


class ForeignRowError(Exception):
    """A row is another signature's or another API's: it is passed over."""

    def __init__(self, signature: str) -> None:
        super().__init__(signature)
        self.signature = signature


class RefusedRowError(Exception):
    """A row was recorded as refused: what a version should do with it nobody said."""


@dataclass(slots=True, eq=False)
class Seen:
    """What reading the rows of one signature told; it is filled while they are read."""

    problems: list[Problem] = field(default_factory=list)
    wrong: int = 0
    foreign: int = 0
    refused: int = 0

    def tell(self, span: Span, reason: str) -> None:
        """Record a mistake."""
        self.wrong += 1
        if len(self.problems) < _TOLD:
            self.problems.append(Problem(span, reason))

    def tell_of(self, place: Place, reason: str, column: int = 1) -> None:
        """Record a mistake of a row."""
        if place.is_record:
            self.tell(Span(place.shown, 1, 1), f"record {place.number}: {reason}")
        else:
            self.tell(Span(place.shown, place.number, column), reason)

    @property
    def mistakes(self) -> tuple[Problem, ...]:
        """Return the mistakes, the last of which counts those that are not told."""
        told = sorted(self.problems, key=lambda each: each.span)
        if self.wrong <= len(told):
            return tuple(told)
        more = f"{self.wrong - len(self.problems):,} more rows are wrong"
        return (*told, Problem(told[-1].span, more))
