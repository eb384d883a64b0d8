"""A report as JSON, in the form that `report.schema.json` publishes."""

import json
from typing import Any, Final

from sigpact.clients.profile import as_data as environment_data
from sigpact.findings import Evidence, Finding, Shown, Span, Timing, Verdict
from sigpact.report.gated_data import gated
from sigpact.report.model import Report

FORM: Final = 1
"""The version of the form; it grows when something is renamed or removed, not when something is added."""


def render(report: Report) -> str:
    """Return the report as JSON text that ends in a newline."""
    return json.dumps(as_data(report), indent=2) + "\n"


def as_data(report: Report) -> dict[str, Any]:
    """Return the report as plain lists and dicts."""
    return {
        "report": FORM,
        "scope": report.scope,
        "environment": environment_data(report.environment),
        "answer": str(report.answer),
        "exit_code": report.exit_code,
        "incomplete": report.incomplete,
        "versions": [
            {"model": each.model, "version": each.version, "path": each.path, "note": each.note}
            for each in report.versions
        ],
        "verdicts": [_verdict(each) for each in report.verdicts],
        "findings": [finding(each) for each in report.findings],
        "problems": [{**_span(each.span), "message": each.message} for each in report.problems],
        "expired": [{"client": client, "file": file, "sunset": day} for client, file, day in report.expired],
        "notes": list(report.notes),
        "gate": None if report.gate is None else gated(report.gate),
        "rewritten": [
            {"file": each.file, "answers": each.answers, "diff": each.diff} for each in report.rewritten
        ],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "model": verdict.model,
        "version": verdict.version,
        "client": verdict.client,
        "verdict": str(verdict.verdict),
        "status": verdict.status,
        "scope": verdict.scope,
        "evidence": evidence(verdict.evidence),
        "not_checked": list(verdict.not_checked),
    }


def evidence(found: Evidence) -> dict[str, Any]:
    """Return what a verdict rests on as plain data."""
    return {
        "proved": found.proved,
        "rows": dict(found.rows),
        "total_rows": found.total_rows,
        "through_rest": found.through_rest,
        "distinct_answers": found.distinct_answers,
        "seed": found.seed,
        "notes": list(found.notes),
        "signatures": [_shown(each) for each in found.shown],
        "timings": [_timing(each) for each in found.timings],
    }


def _shown(shown: Shown) -> dict[str, Any]:
    boundaries = None
    if shown.boundaries is not None:
        boundaries = dict(zip(("sent", "of"), shown.boundaries, strict=True))
    return {
        "signature": shown.signature,
        "answered": shown.answered,
        "distinct_answers": shown.distinct,
        "weak": shown.is_weak,
        "enum_members": [
            {"output": each.output, "seen": len(each.seen), "of": each.of} for each in shown.members
        ],
        "boundaries": boundaries,
        "examples_only": list(shown.examples_only),
    }


def _timing(timing: Timing) -> dict[str, Any]:
    against = None
    if timing.against is not None:
        version, *ratio = timing.against
        against = {"version": version, **dict(zip(("ratio", "low", "high"), ratio, strict=True))}
    return {
        "signature": timing.signature,
        "batch": timing.batch,
        "calls": timing.calls,
        "percentiles": [
            {"name": name, "ms": ms, "low": low, "high": high} for name, ms, low, high in timing.percentiles
        ],
        "noise": timing.noise,
        "against": against,
    }


def finding(found: Finding) -> dict[str, Any]:
    """Return a finding as plain data."""
    witness = found.witness
    return {
        "client": found.client,
        "owner": found.owner,
        "model": found.model,
        "version": found.version,
        **told(found),
        "witness": None
        if witness is None
        else {
            "request": witness.request,
            "answer": witness.answer,
            "curl": witness.curl,
            "case": witness.case,
        },
    }


def told(finding: Finding) -> dict[str, Any]:
    """Return what a finding says, whoever's it is and whatever shows it: what a report and a diff share."""
    return {
        "rule": finding.rule,
        "level": str(finding.level),
        "signature": finding.signature,
        "at": list(finding.at),
        **_span(finding.span),
        "message": finding.message,
        "expected": finding.expected,
        "received": finding.received,
        "why": finding.why,
        "mend": {"model": finding.mend_model, "client": finding.mend_client},
        "fingerprint": finding.fingerprint,
    }


def _span(span: Span) -> dict[str, Any]:
    return {"file": span.file, "line": span.line, "column": span.column}
