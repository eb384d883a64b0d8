"""`Gated`: what a gate decided, row by row; what `gate` adds to a `Report`."""

from enum import StrEnum
from typing import Final

from sigpact.findings import Answer
from sigpact.frozen import frozen


class Reason(StrEnum):
    """Why a row of the matrix has its answer: a closed set, one a row."""

    SATISFIED = "satisfied"
    """All that the environment demands was shown."""
    NEW_BREAK = "new-break"
    """The client works with what is live and would not with this version."""
    ALREADY_BROKEN = "already-broken"
    """Every breach is one that a live version has too."""
    FIRST_BREAK = "first-break"
    """A breach, and nothing is live to compare with."""
    PENDING = "pending"
    """A breach of a contract that is `status: pending`."""
    WAIVED = "waived"
    """Every breach that would block is waived, for a time, by somebody with a name."""
    UNDECIDED = "undecided"
    """What the export does not say was not settled by running."""
    EVIDENCE_MISSING = "evidence-missing"
    """No breach was found, and less was looked at than the environment demands."""
    RESULTS_DISAGREE = "results-disagree"
    """Of several results for the same contract and version at least one is a no, not explained so far."""
    CONTENT_CHANGED = "version-content-changed"
    """The folder is not the one that was recorded as live under this number."""
    VERSION_GONE = "version-missing"
    """The version was recorded as live and its folder is not there."""
    UNLOADABLE = "version-unloadable"
    """The server does not load the version."""
    UNKNOWN_CALLERS = "unknown-callers"
    """No contract names the model: what is live stands for whoever calls it."""
    STILL_BOUND = "still-bound"
    """Somebody can reach this version only, and it is to be unloaded."""
    NOT_BOUND = "not-bound"
    """Nobody needs this version, or the contract selects another."""
    RELEASE_LAPSED = "release-lapsed"
    """The client's release was not renewed in time and no longer counts."""
    CONTRACT_EXPIRED = "contract-expired"
    """The contract's `sunset` has passed."""


class Outcome(StrEnum):
    """What the gate says as a whole: the answer by name, a closed set."""

    SATISFIED = "satisfied"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    NO_CONTRACT = "no-contract"
    """No contract was found at all."""
    NOTHING_SELECTED = "nothing-selected"
    """Contracts there are, and none binds what is asked about."""
    NOTHING_DEPLOYED = "nothing-deployed"
    """A client asks, and no version is live."""
    FIRST_VERSION = "first-version"
    """Satisfied, with nothing live to compare with."""
    OVERRIDDEN = "overridden"
    """Not satisfied, and somebody with a reason let it through."""


class Role(StrEnum):
    """What a row's version is to the question."""

    CANDIDATE = "candidate"
    LIVE = "live"
    EARLIER = "earlier"
    """A version that could be rolled back to."""


@frozen
class Row:
    """One client with one version. `release` is the client's (`branch`: the contract as it is written now).

    `blocks`: whether the row keeps the gate shut. `detail` is one sentence, `act` who has to do what;
    `findings` are fingerprints of the findings that the row rests on.
    """

    client: str
    release: str
    model: str
    version: str
    role: Role
    answer: Answer
    reason: Reason
    blocks: bool
    detail: str = ""
    act: str = ""
    owner: str | None = None
    findings: tuple[str, ...] = ()
    request: str = ""
    """The one request that shows a break, as the client sends it."""
    now: str = ""
    """What the version answers to it."""
    before: str = ""
    """What the live version answers to it."""
    status: str = "active"
    """Of the contract: `pending` ones count for nothing."""


@frozen
class Override:
    """A gate that somebody opened by hand; loud until it is closed. Times are ISO 8601, UTC."""

    id: str
    subject: str
    environment: str
    reason: str
    ticket: str
    by: str
    at: str
    until: str
    is_open: bool


@frozen
class Gated:
    """The gate's decision: `subject` (`genre@7`, `mobile-app@4.3`) to an environment.

    `earlier` is the rollback matrix. `head` is the store's digest that the decision rests on, `ticket` what
    `deployed --gate-ticket` takes; both empty where there is no store, the ticket where the answer is no yes.
    """

    subject: str
    environment: str
    outcome: Outcome
    rows: tuple[Row, ...] = ()
    earlier: tuple[Row, ...] = ()
    overrides: tuple[Override, ...] = ()
    head: str = ""
    ticket: str = ""
    dry: bool = False
    """Nothing was run or written: the answer is what is known already."""
    unload: bool = False
    """The question was whether the subject may go away."""

    @property
    def answer(self) -> Answer:
        """Yes for what may go, no for what breaks somebody, else unknown."""
        return _ANSWERS.get(self.outcome, Answer.UNKNOWN)


_ANSWERS: Final = {
    Outcome.SATISFIED: Answer.YES,
    Outcome.FIRST_VERSION: Answer.YES,
    Outcome.OVERRIDDEN: Answer.YES,
    Outcome.BROKEN: Answer.NO,
}
