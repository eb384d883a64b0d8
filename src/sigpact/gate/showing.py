"""The one request that shows a break, and both answers: the version's, and that of the one that is live."""

from collections.abc import Callable, Sequence
from typing import Final

from sigpact.findings import Finding
from sigpact.frozen import replace
from sigpact.gate.evidence import Known, Runs
from sigpact.gate.standing import Standing
from sigpact.report.gated import Reason, Role, Row

_SHOWN: Final = frozenset(
    {Reason.NEW_BREAK, Reason.FIRST_BREAK, Reason.RESULTS_DISAGREE, Reason.ALREADY_BROKEN}
)


def with_answers(
    row: Row, known: Known, standing: Standing, make: Callable[[], Runs] | None
) -> tuple[Row, Known]:
    """Return a row with its request and both answers, and what is known with the live version's answer.

    The live version is asked where nobody did so before and something can be run.
    """
    finding = _shown(row.findings, known.part.findings)
    if (
        row.role is not Role.CANDIDATE
        or row.reason not in _SHOWN
        or finding is None
        or finding.witness is None
    ):
        return row, known
    witness = finding.witness
    before = known.befores.get(finding.fingerprint)
    if before is None and make is not None and witness.case is not None and row.reason is Reason.NEW_BREAK:
        before = _asked(make(), witness.case, standing, row)
        known = replace(known, befores={**known.befores, finding.fingerprint: before or ""})
    return replace(
        row, request=witness.curl or witness.request, now=witness.answer, before=before or ""
    ), known


def _shown(marks: Sequence[str], findings: Sequence[Finding]) -> Finding | None:
    """Return the first finding of a row that has a request; the first marks are those that are news."""
    by_mark = {each.fingerprint: each for each in findings if each.witness is not None}
    return next((by_mark[each] for each in marks if each in by_mark), None)


def _asked(runs: Runs, case: str, standing: Standing, row: Row) -> str | None:
    live = [each for each in standing.live if str(each) != row.version]
    version = standing.version(live[-1]) if live else None
    return None if version is None else runs.answer(case, version.path)
