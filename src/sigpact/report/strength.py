"""`Strength`: which changes of a version a contract notices, and which lines would notice the others."""

from collections.abc import Iterator
from enum import IntEnum, StrEnum
from typing import Final

from sigpact.findings import Path, Problem, Span
from sigpact.frozen import frozen

WHOLE: Final = 100


class Harm(IntEnum):
    """What a change does to a client that does not notice it, the worst first."""

    FAILS = 0
    """The client finds nothing, or cannot read what it finds."""
    MISLEADS = 1
    """The client reads the answer well, and it is the wrong one."""
    DRIFTS = 2
    """The answer is worse than it was: a bit off, not always the same, later."""


class Outcome(StrEnum):
    """What became of a change."""

    NOTICED = "noticed"
    MISSED = "missed"
    NO_MATTER = "no-matter"
    """It is not this client's business, or nothing that was sent shows it: neither noticed nor missed."""


@frozen
class Addition:
    """A line for a contract: `text` (YAML, of a JSON contract JSON) belongs under `path`.

    `span` is where that stands, or the nearest that does; `note` what a person should mind.
    """

    path: Path
    text: str
    span: Span
    note: str = ""


@frozen
class Tried:
    """One change of one signature. `what` says it in a sentence.

    `by` is the rule that noticed it, or why it does not matter; `clause` is what would notice it.
    """

    mutation: str
    harm: Harm
    signature: str
    at: Path
    what: str
    outcome: Outcome
    by: str = ""
    clause: Addition | None = None


@frozen
class Measured:
    """One contract at one version; `unknown` says why nothing was tried, if nothing was."""

    client: str
    model: str
    version: str
    file: str
    status: str
    tried: tuple[Tried, ...] = ()
    rows: int = 0
    notes: tuple[str, ...] = ()
    unknown: str | None = None

    @property
    def noticed(self) -> int:
        """How many changes the contract noticed."""
        return sum(each.outcome is Outcome.NOTICED for each in self.tried)

    @property
    def counted(self) -> int:
        """How many changes it should have noticed."""
        return sum(each.outcome is not Outcome.NO_MATTER for each in self.tried)

    @property
    def holes(self) -> tuple[Tried, ...]:
        """What it did not notice, the worst first."""
        missed = [each for each in self.tried if each.outcome is Outcome.MISSED]
        return tuple(sorted(missed, key=lambda each: each.harm))

    def reaches(self, percent: int) -> bool:
        """Whether so many of a hundred changes were noticed."""
        return self.noticed * WHOLE >= percent * self.counted


@frozen
class Strength:
    """What was tried on all contracts; each active one must notice `at_least` so many of a hundred."""

    contracts: tuple[Measured, ...]
    at_least: int = WHOLE
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 nothing was missed (or no more than is allowed), 1 holes, 2 wrong contracts, 3 unknown."""
        if self.problems:
            return 2
        active = list(self._active())
        if any(not each.reaches(self.at_least) for each in active if each.unknown is None):
            return 1
        known = [each for each in active if each.unknown is None and each.counted]
        return 0 if known and len(known) == len(active) else 3

    def _active(self) -> Iterator[Measured]:
        return (each for each in self.contracts if each.status == "active")
