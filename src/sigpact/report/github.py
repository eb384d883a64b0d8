"""A report as workflow commands of GitHub Actions: an annotation at each line that somebody has to edit.

Source: GitHub Docs, "Workflow commands for GitHub Actions", section on setting messages.
"""

from collections.abc import Iterator

from sigpact.findings import Level, Span
from sigpact.report.model import Report
from sigpact.report.words import overridden, sentence


def render(report: Report) -> str:
    """Return one command a line: problems and breaches as errors, the rest as warnings and notices."""
    return "".join(f"{each}\n" for each in _commands(report))


def _commands(report: Report) -> Iterator[str]:
    for problem in report.problems:
        yield _command("error", "mistake", problem.message, problem.span)
    stops = _stopping(report)
    for each in report.findings:
        kind = {Level.ERROR: "error", Level.ADVICE: "notice"}.get(each.level, "warning")
        if kind == "error" and stops is not None and (each.fingerprint, each.version) not in stops:
            kind = "notice"
        told = f"{each.client} with {each.model}@{each.version}: {each.message}"
        if each.witness is not None:
            told += f"\n{each.witness.curl or each.witness.request}"
        yield _command(kind, each.rule, told, each.span)
    for override in report.gate.overrides if report.gate is not None else ():
        yield _command("warning", "override", overridden(override))
    yield _command("notice" if report.exit_code == 0 else "error", "sigpact", sentence(report))


def _stopping(report: Report) -> set[tuple[str, str]] | None:
    """Return the findings that keep a gate shut; `None` where no gate asked and every breach counts."""
    if report.gate is None:
        return None
    return {(mark, row.version) for row in report.gate.rows if row.blocks for mark in row.findings}


def _command(kind: str, title: str, message: str, span: Span | None = None) -> str:
    place = {} if span is None else {"file": span.file, "line": str(span.line), "col": str(span.column)}
    words = {**place, "title": title}
    told = ",".join(f"{key}={_property(value)}" for key, value in words.items())
    return f"::{kind} {told}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
