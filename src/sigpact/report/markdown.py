"""A report as Markdown, for a comment on a pull request or a job's summary."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from sigpact.findings import Answer, Finding, Level
from sigpact.report.gated import Gated, Row
from sigpact.report.model import Report
from sigpact.report.words import sentence

MARK: Final = "<!-- sigpact -->"
"""The first line: whoever updates a comment finds it by this."""
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~!@])")
_SIGNS: Final = {Answer.YES: "✅", Answer.NO: "❌", Answer.UNKNOWN: "❔"}
_SHOWN: Final = 10
"""So many findings in full; a comment is read on a screen, and GitHub takes 65,536 characters."""
_LONG: Final = 1_500


def render(report: Report) -> str:
    """Return the report as Markdown that ends in a newline."""
    blocks = [
        MARK,
        f"### {_sign(report)} sigpact: {_escaped(sentence(report))}",
        "\n".join(_overrides(report.gate)),
        "\n".join(f"- {_escaped(str(each.span))}: {_escaped(each.message)}" for each in report.problems),
        "\n".join(_table(report)),
        *_findings(report),
        "\n".join(_rollback(report.gate)),
        "\n".join(f"- {_escaped(note)}" for note in report.notes),
        _ticket(report.gate),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _sign(report: Report) -> str:
    """Return the sign of the whole; with mistakes, or not completed, it is no yes whatever the answer was."""
    return {0: _SIGNS[Answer.YES], 1: _SIGNS[Answer.NO]}.get(report.exit_code, _SIGNS[Answer.UNKNOWN])


def _escaped(text: str) -> str:
    """Return a text in which nothing is Markdown, HTML or a mention."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    """Return a text as code that no backtick in it can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _table(report: Report) -> Iterator[str]:
    if report.gate is not None:
        yield from _rows(report.gate.rows)
        return
    if not report.verdicts:
        return
    yield "| client | version | verdict | evidence |"
    yield "| --- | --- | --- | --- |"
    for each in report.verdicts:
        verdict = f"{each.verdict} (pending)" if each.status == "pending" else str(each.verdict)
        shown = f"{each.evidence.total_rows:,} rows" if each.evidence.total_rows else "compared"
        cells = (each.client, f"{each.model}@{each.version}", f"{_SIGNS[each.verdict]} {verdict}", shown)
        yield _line(cells)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(_escaped, cells))} |"


def _rows(rows: Iterable[Row]) -> Iterator[str]:
    rows = list(rows)
    if not rows:
        return
    yield "| client | version | answer | reason | who acts |"
    yield "| --- | --- | --- | --- | --- |"
    for each in rows:
        sign = _SIGNS[each.answer] if each.blocks or each.answer is Answer.YES else "⚠️"
        version = f"{each.model}@{each.version}" + (" (live)" if each.role == "live" else "")
        reason = f"{each.reason}: {each.detail}" if each.detail else str(each.reason)
        yield _line((f"{each.client}@{each.release}", version, f"{sign} {each.answer}", reason, each.act))


def _findings(report: Report) -> Iterator[str]:
    errors = [each for each in report.findings if each.level in {Level.ERROR, Level.UNDECIDED}]
    for each in errors[:_SHOWN]:
        yield "\n".join(_finding(each))
    if len(errors) > _SHOWN:
        yield f"… and {len(errors) - _SHOWN} more findings."


def _finding(finding: Finding) -> Iterator[str]:
    where = f"{finding.client} with {finding.model}@{finding.version}"
    span = f"<code>{_html(str(finding.span))}</code>"
    yield f"<details><summary><b>{_html(finding.rule)}</b> · {_html(where)} · {span}</summary>"
    yield ""
    yield _escaped(finding.message)
    yield ""
    yield f"- expected: {_escaped(finding.expected)}"
    yield f"- received: {_escaped(finding.received)}"
    yield f"- why: {_escaped(finding.why)}"
    yield f"- model team: {_escaped(finding.mend_model)}"
    yield f"- client: {_escaped(finding.mend_client)}"
    if finding.witness is not None:
        yield ""
        yield _code(_cut(finding.witness.curl or finding.witness.request))
        yield ""
        yield _code(_cut(finding.witness.answer))
    yield ""
    yield "</details>"


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}… ({len(text):,} characters)"


def _rollback(gate: Gated | None) -> Iterator[str]:
    if gate is None or not gate.earlier:
        return
    yield "<details><summary>Which earlier version could go back out now</summary>"
    yield ""
    yield from _rows(gate.earlier)
    yield ""
    yield "</details>"


def _overrides(gate: Gated | None) -> Iterator[str]:
    for each in gate.overrides if gate is not None else ():
        until = f"until {each.until}" if each.is_open else f"ran out {each.until} and was not closed"
        told = f"of {each.subject} by {each.by}, {until}: {each.reason} ({each.ticket})"
        yield f"> ⚠️ **override** `{each.id}` {_escaped(told)}"


def _ticket(gate: Gated | None) -> str:
    return f"Gate ticket: `{gate.ticket}`" if gate is not None and gate.ticket else ""
