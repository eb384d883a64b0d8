"""What sigpact says: where (`Span`), what is wrong (`Problem`, `Finding`), and the answer (`Verdict`).

Frozen values of the standard library only: every layer may speak of them.
"""

from enum import StrEnum
from typing import Final

from sigpact.frozen import field, frozen

Path = tuple[str | int, ...]
"""Where a value stands in a document: keys and indexes, as `jsonschema`'s `absolute_path`."""


@frozen
class Span:
    """A place in a file that a person edits: `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@frozen
class Problem:
    """One mistake in a file: the contract itself is wrong, no model has been looked at."""

    span: Span
    message: str

    def __str__(self) -> str:
        return f"{self.span}: {self.message}"


class Level(StrEnum):
    """How much a finding counts."""

    ERROR = "error"
    """The contract is broken: the verdict is no."""
    UNDECIDED = "undecided"
    """The export does not say; only running it can tell. Left so, the verdict is unknown."""
    WARNING = "warning"
    """The client works, by luck rather than by promise."""
    ADVICE = "advice"
    """Nothing is wrong; the contract could say more."""


@frozen
class Witness:
    """The smallest request that shows a finding, and what came back, as text for a person.

    `sensitive` inputs never reach it. `case` is the id that `sigpact replay` takes.
    """

    request: str
    answer: str
    curl: str | None = None
    case: str | None = None


@frozen
class Finding:
    """One breach of one contract by one version.

    `at` is the path inside the signature (`("outputs", "genre")`); `change` names what happened in
    words that survive retraining (`"dtype string -> int64"`): together with rule, client and
    signature it makes the fingerprint, so prose, witness and version numbers are free to change.
    """

    rule: str
    level: Level
    client: str
    owner: str | None
    model: str
    version: str
    signature: str | None
    at: Path
    change: str
    span: Span
    message: str
    expected: str
    received: str
    why: str
    mend_model: str
    mend_client: str
    witness: Witness | None = None

    @property
    def fingerprint(self) -> str:
        """16 hex digits over what happened to whom."""
        import hashlib  # noqa: PLC0415 - OpenSSL takes milliseconds to load, and a clean run has no fingerprint

        parts = (self.rule, self.client, self.model, self.signature or "", *map(str, self.at), self.change)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Findings in reading order: by place in the contract, then by rule."""
        return (self.client, self.model, _natural(self.version), self.span, self.rule, self.change)


def _natural(version: str) -> tuple[int, str]:
    return (int(version), "") if version.lstrip("-").isdigit() else (0, version)


class Answer(StrEnum):
    """What a verdict says. Anything that was not looked at is `unknown`, never `yes`."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_WORSE: Final = {Answer.YES: 0, Answer.UNKNOWN: 1, Answer.NO: 2}


def worst(answers: list[Answer]) -> Answer:
    """Return the worst of several answers; of none, `unknown`: nothing was checked."""
    return max(answers, key=_WORSE.__getitem__, default=Answer.UNKNOWN)


@frozen
class Timing:
    """How long the calls of one signature took, in milliseconds.

    `percentiles` has name, value, and between what it lies: the upper end is `None` where too few calls were
    made for one. `noise` is how many times as long the same work took the machine at its slowest as at its
    fastest meanwhile. `against` has another version, and how many times as long as that one's calls: value,
    from, to.
    """

    signature: str
    batch: int
    calls: int
    percentiles: tuple[tuple[str, float, float, float | None], ...]
    noise: float
    against: tuple[str, float, float, float | None] | None = None


@frozen
class Members:
    """Which members of its enum an output had, of how many there are."""

    output: str
    seen: frozenset[object]
    of: int


@frozen
class Shown:
    """What the rows of one signature showed, whatever part of checking it sent them.

    `answers` has a hash of each distinct answered row, up to about `COUNTED`. `boundaries` are boundary rows
    that were sent, of how many there are; `None` where that is not known. `examples_only` are inputs that
    nothing is made up for.
    """

    signature: str
    answered: int = 0
    answers: frozenset[int] = frozenset()
    members: tuple[Members, ...] = ()
    boundaries: tuple[int, int] | None = None
    examples_only: tuple[str, ...] = ()

    @property
    def distinct(self) -> int:
        """How many answered rows differ, `COUNTED` where it may be more."""
        return min(len(self.answers), COUNTED)

    @property
    def is_weak(self) -> bool:
        """Whether many rows showed one thing only: whatever was sent, a constant would have passed."""
        return self.answered >= MANY and len(self.answers) == 1


MANY: Final = 20
"""So many rows should not all be answered alike."""

COUNTED: Final = 20_000
"""Distinct answers are counted so far: they are the one thing that grows with rows."""


@frozen
class Evidence:
    """What a verdict rests on. Counts are rows sent to the version and judged."""

    proved: int = 0
    """Static differences looked for and decided, per signature and rule."""
    rows: tuple[tuple[str, int], ...] = ()
    """Rows by kind: examples, files, boundaries, random."""
    through_rest: int = 0
    """Rows that went the whole way through the JSON codec."""
    seed: int | None = None
    notes: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    timings: tuple[Timing, ...] = ()

    @property
    def total_rows(self) -> int:
        """All rows that ran."""
        return sum(count for _, count in self.rows)

    @property
    def distinct_answers(self) -> int:
        """Rows of answers that differ, signature by signature, each counted up to `COUNTED`."""
        return sum(each.distinct for each in self.shown)


@frozen
class Verdict:
    """May this client live with this version? One for each client and version."""

    client: str
    model: str
    version: str
    verdict: Answer
    status: str
    """`active`, or `pending`: reported, does not block."""
    scope: str
    """`static` or `full`: yes speaks for its scope only."""
    evidence: Evidence = field(default_factory=Evidence)
    not_checked: tuple[str, ...] = ()
