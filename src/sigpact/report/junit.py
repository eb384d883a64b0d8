"""A report as JUnit XML: a test suite for each version, a test case for each client of it."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET  # only written, never parsed

from sigpact.findings import Answer, Finding, Level, Verdict
from sigpact.report.gated import Outcome, Row
from sigpact.report.model import Report
from sigpact.report.text import render_findings
from sigpact.report.words import overridden, sentence, xml_text


def render(report: Report) -> str:
    """Return the report as XML. Of a gate the rows are the cases, else the verdicts; mistakes are errors."""
    root = ET.Element("testsuites", name="sigpact")
    cases = list(_gate_cases(report) if report.gate is not None else _verdict_cases(report))
    for suite in dict.fromkeys(name for name, _ in cases):
        _suite(root, suite, [case for name, case in cases if name == suite])
    mistakes = list(_mistakes(report))
    if mistakes:
        _suite(root, "contracts", mistakes)
    if not cases and not mistakes:
        _suite(root, "sigpact", [_case("sigpact", "nothing was checked", "error", "nothing was checked", "")])
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(root: ET.Element, name: str, cases: list[ET.Element]) -> None:
    counts = {
        tag: str(sum(case.find(tag) is not None for case in cases)) for tag in ("failure", "error", "skipped")
    }
    suite = ET.SubElement(
        root,
        "testsuite",
        name=xml_text(name),
        tests=str(len(cases)),
        failures=counts["failure"],
        errors=counts["error"],
        skipped=counts["skipped"],
    )
    suite.extend(cases)


def _case(suite: str, name: str, tag: str | None, message: str, text: str) -> ET.Element:
    case = ET.Element("testcase", classname=xml_text(f"sigpact.{suite}"), name=xml_text(name), time="0")
    if tag is not None:
        ET.SubElement(case, tag, message=xml_text(message)).text = xml_text(text)
    return case


def _verdict_cases(report: Report) -> Iterator[tuple[str, ET.Element]]:
    for verdict in report.verdicts:
        suite = f"{verdict.model}@{verdict.version}" if verdict.version else verdict.model
        yield suite, _verdict_case(report, suite, verdict)


def _verdict_case(report: Report, suite: str, verdict: Verdict) -> ET.Element:
    key = (verdict.client, verdict.model, verdict.version)
    found = [each for each in report.findings if (each.client, each.model, each.version) == key]
    serious = [each for each in found if each.level in {Level.ERROR, Level.UNDECIDED}]
    text = render_findings(serious)
    if verdict.verdict is Answer.YES:
        return _case(suite, verdict.client, None, "", "")
    if verdict.status == "pending":
        return _case(suite, verdict.client, "skipped", f"pending: {_first(serious, verdict)}", text)
    tag = "failure" if verdict.verdict is Answer.NO else "error"
    return _case(suite, verdict.client, tag, _first(serious, verdict), text)


def _first(findings: list[Finding], verdict: Verdict) -> str:
    if findings:
        return f"{findings[0].rule}: {findings[0].message}"
    return "; ".join(verdict.not_checked) or "nothing was checked"


def _gate_cases(report: Report) -> Iterator[tuple[str, ET.Element]]:
    gate = report.gate
    if gate is None:
        return
    suite = f"{gate.subject} to {gate.environment}"
    for row in gate.rows:
        yield suite, _row_case(report, suite, row)
    for override in gate.overrides:
        yield suite, _case(suite, f"override {override.id}", "skipped", overridden(override), "")
    if not any(row.blocks for row in gate.rows) and gate.answer is not Answer.YES:
        yield suite, _case(suite, "the gate", "error", str(gate.outcome), sentence(report))


def _row_case(report: Report, suite: str, row: Row) -> ET.Element:
    name = f"{row.client}@{row.release} with {row.model}@{row.version}"
    key = (row.client, row.model, row.version)
    text = render_findings(
        each
        for each in report.findings
        if each.fingerprint in row.findings and (each.client, each.model, each.version) == key
    )
    message = f"{row.reason}: {row.detail}"
    if row.blocks and not _is_overridden(report):
        return _case(suite, name, "failure" if row.answer is Answer.NO else "error", message, text)
    return _case(suite, name, None if row.answer is Answer.YES else "skipped", message, text)


def _is_overridden(report: Report) -> bool:
    """Whether somebody opened the gate by hand: then no case may stop the pipeline, and each says why not."""
    return report.gate is not None and report.gate.outcome is Outcome.OVERRIDDEN


def _mistakes(report: Report) -> Iterator[ET.Element]:
    for each in report.problems:
        yield _case("contracts", str(each.span), "error", each.message, str(each))
    if report.incomplete is not None:
        yield _case("contracts", "the run", "error", "not completed", report.incomplete)
