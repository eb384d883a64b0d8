"""A report as SARIF 2.1.0: results at the contract's lines, rules with their help, stable fingerprints.

Source: OASIS, Static Analysis Results Interchange Format Version 2.1.0.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sigpact.findings import Finding, Level, Problem, Span
from sigpact.report.gated import Row
from sigpact.report.model import Report
from sigpact.report.words import OUTCOMES, overridden, sentence
from sigpact.rules.registry import Rule, catalogue

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {
    Level.ERROR: "error",
    Level.UNDECIDED: "warning",
    Level.WARNING: "warning",
    Level.ADVICE: "note",
}
_MISTAKE: Final = "contract-invalid"
_GATE: Final = "gate-"
"""Before the reason of a row that blocks without a finding, it is the id of a result."""


def render(report: Report) -> str:
    """Return the report as SARIF text that ends in a newline."""
    results = [*_findings(report), *_problems(report), *_rows(report)]
    used = dict.fromkeys(each["ruleId"] for each in results)
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "sigpact", "rules": [_rule(each) for each in used]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(report: Report) -> dict[str, Any]:
    """The run itself; what is wrong with it as a whole stands here, as it has no line."""
    told = [] if report.incomplete is None else [report.incomplete]
    if report.exit_code not in {0, 1}:
        told.append(sentence(report))
    opened = report.gate.overrides if report.gate is not None else ()
    return {
        "executionSuccessful": report.incomplete is None,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": [
            *({"level": "error", "message": {"text": each}} for each in dict.fromkeys(told)),
            *({"level": "warning", "message": {"text": overridden(each)}} for each in opened),
        ],
    }


def _findings(report: Report) -> Iterator[dict[str, Any]]:
    quiet = _not_blocking(report)
    for each in report.findings:
        level = _LEVELS[each.level]
        if level == "error" and (each.fingerprint, each.version) in quiet:
            level = "note"  # waived, pending, or so today already: told, and no reason to stop
        text = f"{each.client} with {each.model}@{each.version}: {each.message}. {_mend(each)}"
        yield {
            "ruleId": each.rule,
            "level": level,
            "message": {"text": text},
            "locations": [_location(each.span, each)],
            "partialFingerprints": {"sigpact/v1": each.fingerprint},
            "properties": {
                "client": each.client,
                "model": each.model,
                "version": each.version,
                "expected": each.expected,
                "received": each.received,
            },
        }


def _not_blocking(report: Report) -> set[tuple[str, str]]:
    """Return findings, by fingerprint and version, that count for no verdict that could stop anything."""
    if report.gate is not None:
        rows = report.gate.rows
        stops = {(mark, row.version) for row in rows if row.blocks for mark in row.findings}
        return {(mark, row.version) for row in rows for mark in row.findings} - stops
    pending = {
        (each.client, each.model, each.version) for each in report.verdicts if each.status == "pending"
    }
    return {
        (each.fingerprint, each.version)
        for each in report.findings
        if (each.client, each.model, each.version) in pending
    }


def _mend(finding: Finding) -> str:
    parts = [("Model team", finding.mend_model), ("Client", finding.mend_client)]
    return " ".join(f"{who}: {what}" for who, what in parts if what)


def _problems(report: Report) -> Iterator[dict[str, Any]]:
    for each in report.problems:
        yield {
            "ruleId": _MISTAKE,
            "level": "error",
            "message": {"text": each.message},
            "locations": [_location(each.span)],
            "partialFingerprints": {"sigpact/v1": _problem_mark(each)},
        }


def _problem_mark(problem: Problem) -> str:
    import hashlib  # noqa: PLC0415 - only a report with mistakes needs it

    return hashlib.sha256(f"{_uri(problem.span.file)}\x1f{problem.message}".encode()).hexdigest()[:16]


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    """Yield what keeps a gate shut without being a breach: it has no line of a contract."""
    for row in report.gate.rows if report.gate is not None else ():
        if row.blocks and not row.findings:
            text = f"{row.client}@{row.release} with {row.model}@{row.version}: {row.detail or row.reason}"
            yield {
                "ruleId": f"{_GATE}{row.reason}",
                "level": "error",
                "message": {"text": text},
                "properties": _row_data(row),
            }


def _row_data(row: Row) -> dict[str, Any]:
    return {"client": row.client, "release": row.release, "model": row.model, "version": row.version}


def _location(span: Span, finding: Finding | None = None) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(span.file)},
            "region": {"startLine": max(1, span.line), "startColumn": max(1, span.column)},
        }
    }
    if finding is not None and finding.signature:
        name = ".".join([finding.signature, *map(str, finding.at)])
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "member"}]
    return location


def _uri(file: str) -> str:
    """Return a path as a reference: relative to the current folder where it lies below it."""
    from urllib.parse import quote  # noqa: PLC0415 - only this format needs it

    path = Path(file)
    here = Path.cwd()
    if path.is_absolute() and path.is_relative_to(here):
        path = path.relative_to(here)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _rule(name: str) -> dict[str, Any]:
    found = catalogue().get(name)
    return _documented(found) if found is not None else _undocumented(name)


def _documented(rule: Rule) -> dict[str, Any]:
    text = "\n\n".join(f"{heading}\n{body}" for heading, body in rule.parts.items())
    markdown = "\n\n".join(f"## {heading}\n\n{body}" for heading, body in rule.parts.items())
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.parts["What it does"]},
        "help": {"text": text, "markdown": markdown},
    }


def _undocumented(name: str) -> dict[str, Any]:
    if name == _MISTAKE:
        title = "A contract, waiver or configuration is wrong."
        remedy = "Mend the line that the message names; nothing was checked with it."
    else:
        title = f"The gate stays shut: {name.removeprefix(_GATE)}."
        remedy = "The message says who has to do what. Outcomes of a gate: " + "; ".join(
            f"{outcome}: {told}" for outcome, told in OUTCOMES.items()
        )
    return {"id": name, "shortDescription": {"text": title}, "help": {"text": remedy, "markdown": remedy}}
