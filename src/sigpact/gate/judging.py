"""From what is known of each client and version to the rows of the matrix. Pure: values in, rows out."""

from collections.abc import Callable, Sequence
from typing import Final

from sigpact.clients.demands import Demands
from sigpact.findings import Answer, Evidence, Finding, Level
from sigpact.frozen import field, frozen
from sigpact.report.gated import Outcome, Reason, Role, Row

Waived = Callable[[Finding], bool]

PASSING: Final = frozenset(
    {
        *(Reason.SATISFIED, Reason.ALREADY_BROKEN, Reason.PENDING, Reason.WAIVED),
        *(Reason.NOT_BOUND, Reason.RELEASE_LAPSED, Reason.CONTRACT_EXPIRED),
    }
)
"""The reasons that keep no gate shut; unknown callers do by the model's policy."""


@frozen
class Seen:
    """What is known of one contract at one version.

    `scope` is what was looked at, `checked` false where something that was to be run was not. `disagrees`: of
    the results for the same contract, content and options some are a no (these findings) and some are not.
    `trouble` is a reason that leaves nothing to be judged (content changed, version gone), `told` says it.
    """

    client: str
    release: str
    model: str
    version: str
    owner: str | None = None
    status: str = "active"
    scope: str = "full"
    checked: bool = True
    findings: tuple[Finding, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)
    not_checked: tuple[str, ...] = ()
    disagrees: bool = False
    trouble: Reason | None = None
    told: str = ""

    @property
    def is_served(self) -> bool:
        """Whether a server answers with this version: its folder is what it should be, and it loads."""
        return self.trouble is None and not any(each.rule == _UNLOADABLE for each in self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The breaches."""
        return tuple(each for each in self.findings if each.level is Level.ERROR)


@frozen
class Judged:
    """What a row says, before it is known whether it counts."""

    answer: Answer
    reason: Reason
    detail: str
    act: str = ""
    findings: tuple[str, ...] = ()


def row(seen: Seen, live: Sequence[Seen], role: Role, demands: Demands, waived: Waived) -> Row:
    """Return the row of one contract at one version.

    `live` is the same contract at each version that the client reaches now; empty: nothing is live.
    """
    found = _judged(seen, live, demands, waived)
    # A folder that is not the one that was recorded leaves open what is live at all.
    decides = role is Role.CANDIDATE or (role is Role.LIVE and seen.trouble is not None)
    blocks = found.reason not in PASSING and decides and seen.status == "active"
    return Row(
        seen.client, seen.release, seen.model, seen.version, role,
        found.answer, found.reason, blocks, found.detail, found.act, seen.owner, found.findings,
        status=seen.status,
    )  # fmt: skip


def _judged(seen: Seen, live: Sequence[Seen], demands: Demands, waived: Waived) -> Judged:
    if seen.trouble is not None:
        return Judged(Answer.NO, seen.trouble, seen.told, MODEL_TEAM)
    open_ = [each for each in seen.errors if not waived(each)]
    marks = tuple(each.fingerprint for each in seen.errors)
    if seen.errors and seen.status == "pending":
        return Judged(Answer.NO, Reason.PENDING, _told(seen.errors), findings=marks)
    if seen.errors and not open_:
        return _rest(seen, demands) or Judged(Answer.NO, Reason.WAIVED, _told(seen.errors), findings=marks)
    unloadable = [each for each in open_ if each.rule == _UNLOADABLE]
    if unloadable:
        return Judged(Answer.NO, Reason.UNLOADABLE, _told(unloadable), MODEL_TEAM, marks)
    if open_:
        found = _broken(open_, live, marks, disagrees=seen.disagrees)
        return (_rest(seen, demands) if found.reason is Reason.ALREADY_BROKEN else None) or found
    return _unbroken(seen, demands)


def _broken(
    errors: Sequence[Finding], live: Sequence[Seen], marks: tuple[str, ...], *, disagrees: bool
) -> Judged:
    """A breach that every version which the client reaches now has too is no news."""
    if not live:
        return Judged(Answer.NO, Reason.FIRST_BREAK, _told(errors), _EITHER, marks)
    fresh = [each for each in errors if not all(_had(one, each) for one in live)]
    marks = tuple(dict.fromkeys((*(each.fingerprint for each in fresh), *marks)))
    if not fresh:
        return Judged(Answer.NO, Reason.ALREADY_BROKEN, _told(errors), _CLIENT_TEAM, marks)
    if disagrees:
        told = f"one run found it and another did not, until a waiver explains it: {_told(fresh)}"
        return Judged(Answer.NO, Reason.RESULTS_DISAGREE, told, MODEL_TEAM, marks)
    return Judged(Answer.NO, Reason.NEW_BREAK, _told(fresh), _EITHER, marks)


def _rest(seen: Seen, demands: Demands) -> Judged | None:
    """Return what is not shown beside breaches that may stay; `None` where nothing is missing.

    What does not work at all cannot be looked at further; that is no excuse for everything else.
    """
    broken = {each.signature for each in seen.errors}
    if None in broken:
        return None
    undecided = [
        each for each in seen.findings if each.level is Level.UNDECIDED and each.signature not in broken
    ]
    if undecided:
        marks = tuple(each.fingerprint for each in undecided)
        return Judged(Answer.UNKNOWN, Reason.UNDECIDED, _told(undecided), _RUN, marks)
    if demands.evidence == "full" and seen.scope != "full":
        told = f"the version was compared and not run; beside that, {_told(seen.errors)}"
        return Judged(Answer.UNKNOWN, Reason.EVIDENCE_MISSING, told, _RUN)
    return None


def _had(live: Seen, finding: Finding) -> bool:
    """Whether a live version breaks the same clause, or nothing of the signature works there at all.

    What one run of it found and another did not excuses nobody.
    """
    return not live.disagrees and any(
        each.fingerprint == finding.fingerprint
        or (each.rule in _NOTHING_WORKS and each.signature == finding.signature)
        for each in live.errors
    )


def _unbroken(seen: Seen, demands: Demands) -> Judged:
    undecided = [each for each in seen.findings if each.level is Level.UNDECIDED]
    if undecided:
        marks = tuple(each.fingerprint for each in undecided)
        return Judged(Answer.UNKNOWN, Reason.UNDECIDED, _told(undecided), _RUN, marks)
    lacking = missing(seen, demands)
    if lacking:
        return Judged(Answer.UNKNOWN, Reason.EVIDENCE_MISSING, "; ".join(lacking), _RUN)
    rows = seen.evidence.total_rows
    shown = f"{rows:,} rows" if rows else f"{seen.evidence.proved:,} differences looked for"
    return Judged(Answer.YES, Reason.SATISFIED, shown)


def missing(seen: Seen, demands: Demands) -> tuple[str, ...]:
    """Return what an environment demands and nobody has shown."""
    found = [each for each in seen.not_checked if not demands.is_accepted(each)]
    if demands.evidence == "full" and seen.scope != "full":
        found.insert(0, "the version was compared and not run")
    elif demands.evidence == "full" and not seen.evidence.total_rows:
        found.insert(0, "no row ran")
    if seen.evidence.total_rows < demands.rows:
        found.insert(0, f"{seen.evidence.total_rows:,} rows ran, {demands.rows:,} are demanded")
    if not seen.checked and not found:
        found.append("something that was to be looked at was not")
    return tuple(found)


def outcome(rows: Sequence[Row], *, first: bool) -> Outcome:
    """Return what the rows amount to. `first`: nothing was live to compare with."""
    deciding = [each for each in rows if each.role is Role.CANDIDATE]
    blocking = [each for each in rows if each.blocks]
    if any(each.answer is Answer.NO for each in blocking):
        return Outcome.BROKEN
    if blocking:
        return Outcome.UNKNOWN
    if not any(each.reason in _COUNTED and each.status == "active" for each in deciding):
        return Outcome.NOTHING_SELECTED
    return Outcome.FIRST_VERSION if first else Outcome.SATISFIED


_COUNTED: Final = frozenset({Reason.SATISFIED, Reason.ALREADY_BROKEN, Reason.WAIVED, Reason.UNKNOWN_CALLERS})
"""Rows in which something that counts was looked at; a pending or expired contract alone opens no gate."""

_UNLOADABLE: Final = "version-unloadable"
"""Nobody is served by such a version, so no other is as bad; the server goes on with the one before."""
_NOTHING_WORKS: Final = frozenset(
    {
        "signature-missing",
        "signature-method-refused",
        "input-missing",
        "input-required-added",
    }
)
"""With such a breach every call of a signature fails: no clause about it ever passed there."""

MODEL_TEAM: Final = "the model's team"
_CLIENT_TEAM: Final = "the client's team: this is so today"
_EITHER: Final = "the model's team, or the client's before the release"
_RUN: Final = "whoever releases: run `sigpact gate` where TensorFlow is"


def _told(findings: Sequence[Finding]) -> str:
    first = findings[0]
    where = f" in {first.signature}" if first.signature else ""
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return f"{first.rule}{where}: {first.message}{more}"
