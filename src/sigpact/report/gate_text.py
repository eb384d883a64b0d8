"""A gate's report for a terminal, on one screen: who breaks, is it news, the one request, who must act."""

from collections.abc import Iterator, Sequence
from typing import Final

from sigpact.findings import Answer, Finding, Level
from sigpact.report.gated import Gated, Outcome, Reason, Role, Row
from sigpact.report.model import Report
from sigpact.report.text import Paint, field, harmless
from sigpact.report.words import gate_sentence, overridden, sentence

_CUT: Final = 240
"""Characters of an answer that are shown."""
_SPOKEN: Final = {
    Reason.SATISFIED: "",
    Reason.NEW_BREAK: "new break",
    Reason.ALREADY_BROKEN: "already broken",
    Reason.FIRST_BREAK: "broken",
}
_BADNESS: Final = {Answer.YES: 0, Answer.UNKNOWN: 1, Answer.NO: 2}
_FULL: Final = 3
"""So many blocking rows are told with their request; the rest a line each. The JSON report has all."""


def render(report: Report, gate: Gated, *, colour: bool = False) -> str:
    """Return the decision first, then the matrix, what blocks, what is told, and what could go back out."""
    paint = Paint(on=colour)
    blocks = [
        "\n".join(map(str, report.problems)),
        _head(report, gate, paint),
        "\n".join(_overrides(gate)),
        "\n".join(_matrix(gate.rows, paint)),
        *("\n".join(each) for each in _blocking(report, gate, paint)),
        "\n".join(_told(gate)),
        "\n".join(_rollback(gate, paint)),
        "\n".join(report.notes),
        f"ticket: {gate.ticket}" if gate.ticket else "",
    ]
    return harmless("\n\n".join(block for block in blocks if block)) + "\n"


def _head(report: Report, gate: Gated, paint: Paint) -> str:
    if report.incomplete is not None or report.problems:
        return sentence(report)
    answer, colon, rest = gate_sentence(gate).partition(":")
    dry = " (dry run: nothing was run or written)" if gate.dry else ""
    loud = paint(answer, "unknown") if gate.outcome is Outcome.OVERRIDDEN else paint(answer)
    return f"{paint.bold(loud)}{colon}{rest}{dry}"


def _overrides(gate: Gated) -> Iterator[str]:
    for each in gate.overrides:
        yield overridden(each).replace("override", "OVERRIDE", 1)
        yield f"  when it is dealt with: sigpact gate --close {each.id} --because … --to {each.environment}"


def _matrix(rows: Sequence[Row], paint: Paint) -> Iterator[str]:
    """Yield a line for each client's release, a column for each version."""
    columns = list(dict.fromkeys((each.model, each.version, each.role) for each in rows))
    columns.sort(key=lambda each: (each[0], each[2] is not Role.CANDIDATE, -int(each[1] or -1)))
    names = [
        f"{model}@{version}" + (" (live)" if role is Role.LIVE else "") for model, version, role in columns
    ]
    # Of several contracts of one client the worst is shown: dict keeps the last.
    worst = sorted(rows, key=lambda each: (each.blocks, _BADNESS[each.answer]))
    cells = {(each.client, each.release, each.model, each.version, each.role): _cell(each) for each in worst}
    clients = list(dict.fromkeys((each.client, each.release) for each in rows))
    if not clients:
        return
    first = max(len(_who(*each)) for each in clients)
    lines = [[cells.get((*who, *column), "-") for column in columns] for who in clients]
    widths = [max(len(name), *(len(line[at]) for line in lines)) for at, name in enumerate(names)]
    yield "  ".join(
        [" " * first, *(f"{name:{width}}" for name, width in zip(names, widths, strict=True))]
    ).rstrip()
    for who, line in zip(clients, lines, strict=True):
        painted = [
            paint(f"{cell:{width}}", cell.partition(",")[0].strip("()"))
            for cell, width in zip(line, widths, strict=True)
        ]
        yield "  ".join([f"{_who(*who):{first}}", *painted]).rstrip()


def _who(client: str, release: str) -> str:
    return f"{client}@{release}"


def _cell(row: Row) -> str:
    spoken = _SPOKEN.get(row.reason, str(row.reason).replace("-", " "))
    said = f"{row.answer}, {spoken}" if spoken else str(row.answer)
    return said if row.blocks or row.answer is Answer.YES else f"({said})"


def _blocking(report: Report, gate: Gated, paint: Paint) -> Iterator[Iterator[str]]:
    blocking = [each for each in gate.rows if each.blocks]
    for at, each in enumerate(blocking):
        yield _break(report, each, paint) if at < _FULL else iter([_line(each)])


def _break(report: Report, row: Row, paint: Paint) -> Iterator[str]:
    owner = f"  (owner: {row.owner})" if row.owner else ""
    version = f"{row.model}@{row.version}" if row.version else row.model
    yield f"{paint.bold(f'{_who(row.client, row.release)} with {version}')}: {row.reason}{owner}"
    finding = _finding(report, row)
    if finding is None:
        yield from field("", row.detail)
    else:
        where = f" in {finding.signature}" if finding.signature else ""
        yield f"  {paint(str(finding.level))} {paint.bold(finding.rule)}{where}  {finding.span}"
        yield from field("", finding.message)
        yield from _answers(row)
        yield from field("model team", finding.mend_model)
        yield from field("client", finding.mend_client)
        more = len(set(row.findings)) - 1
        if more:
            yield from field("and", f"{more} more: --format json, or sigpact verify, has them all")
        if finding.level is Level.ERROR:
            yield from field("finding", f"{finding.fingerprint} (sigpact waive {finding.fingerprint} …)")
    if row.act:
        yield from field("must act", row.act)


def _answers(row: Row) -> Iterator[str]:
    if row.request:
        yield from field("request", row.request, wrap=False)
        yield from field("answer now", _cut(row.now), wrap=False)
        if row.before:
            yield from field("before", _cut(row.before), wrap=False)


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else f"{text[:_CUT]}… ({len(text):,} characters)"


def _finding(report: Report, row: Row) -> Finding | None:
    """Return the first finding of a row: that which is news."""
    place = (row.client, row.model, row.version)
    by_mark = {
        each.fingerprint: each for each in report.findings if (each.client, each.model, each.version) == place
    }
    return next((by_mark[each] for each in row.findings if each in by_mark), None)


def _told(gate: Gated) -> Iterator[str]:
    """Yield a line for each row that blocks nothing and is no plain yes."""
    told = [each for each in gate.rows if not each.blocks and each.reason is not Reason.SATISFIED]
    if told:
        yield "Told, and no reason to stop:"
    yield from (f"  {_line(each)}" for each in told)


def _line(row: Row) -> str:
    version = f"{row.model}@{row.version}" if row.version else row.model
    live = " (live)" if row.role is Role.LIVE else ""
    detail = f": {row.detail}" if row.detail else ""
    return f"{_who(row.client, row.release)} with {version}{live}: {row.reason}{detail}"


def _rollback(gate: Gated, paint: Paint) -> Iterator[str]:
    """Yield a line for each earlier version: could it go back out now."""
    versions = list(dict.fromkeys((each.model, each.version) for each in gate.earlier))
    if versions:
        yield "Could go back out now:"
    for model, version in versions:
        all_ = [each for each in gate.earlier if (each.model, each.version) == (model, version)]
        rows = [each for each in all_ if each.status == "active"]
        broken = [
            _who(each.client, each.release)
            for each in rows
            if each.answer is Answer.NO and each.reason is not Reason.WAIVED
        ]
        unknown = [_who(each.client, each.release) for each in rows if each.answer is Answer.UNKNOWN]
        if broken:
            said = f"{paint('no')}, it breaks {', '.join(broken)}"
        elif unknown or not rows:
            whom = ", ".join(unknown) or "anybody: no active contract binds it"
            said = f"{paint('unknown')}, not all was shown for {whom}"
        else:
            said = paint("yes")
        yield f"  {model}@{version}  {said}"
