"""The formats for machines and pages: each valid, none steered by what stands in a report, none too kind."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from sigpact.findings import Answer
from sigpact.frozen import replace
from sigpact.report import badge, github, junit, markdown, sarif
from sigpact.report.data import as_data
from sigpact.report.gated import Outcome, Reason, Role
from sigpact.report.model import Report
from sigpact.report.words import OUTCOMES
from tests.report.reports import (
    ALL,
    AWKWARD,
    BREAK,
    BROKEN_OFF,
    CASES,
    GATED,
    MISTAKEN,
    NO_CONTRACT,
    NOTHING,
    OPENED,
    OVERRIDDEN,
    SATISFIED,
    VERIFIED,
)
from tests.report.test_data import SCHEMA, VALIDATOR

SARIF = jsonschema.Draft4Validator(json.loads((CASES / "sarif" / "sarif-2.1.0-rtm.5.json").read_text()))
every = pytest.mark.parametrize("report", ALL.values(), ids=ALL)


@every
def test_json_follows_the_schema(report: Report) -> None:
    """Of gates too."""
    VALIDATOR.validate(json.loads(json.dumps(as_data(report))))


def test_the_schema_knows_the_closed_sets() -> None:
    """A reason or an outcome that is new in the code is new in the schema."""
    definitions: dict[str, Any] = SCHEMA["$defs"]
    assert definitions["row"]["properties"]["reason"]["enum"] == [str(each) for each in Reason]
    assert definitions["row"]["properties"]["role"]["enum"] == [str(each) for each in Role]
    assert set(definitions["gate"]["properties"]["outcome"]["enum"]) == {str(each) for each in Outcome}
    assert set(OUTCOMES) == set(Outcome)


@every
def test_sarif_is_valid(report: Report) -> None:
    """By the schema of the standard's authors; every result has a rule with help."""
    log = json.loads(sarif.render(report))
    SARIF.validate(log)
    (run,) = log["runs"]
    rules = {each["id"]: each for each in run["tool"]["driver"]["rules"]}
    assert {each["ruleId"] for each in run["results"]} == set(rules)
    assert all(each["help"]["text"] and each["shortDescription"]["text"] for each in rules.values())


def results(report: Report) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the SARIF results by rule and client."""
    (run,) = json.loads(sarif.render(report))["runs"]
    return {(each["ruleId"], each.get("properties", {}).get("client", "")): each for each in run["results"]}


def test_sarif_points_at_the_contract_and_keeps_fingerprints() -> None:
    """Its place is the line that somebody can edit, its mark the finding's own."""
    found = results(VERIFIED)
    breach = found["output-missing", "app"]
    assert breach["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "contracts/app.contract.yaml"},
        "region": {"startLine": 9, "startColumn": 7},
    }
    assert breach["partialFingerprints"] == {"sigpact/v1": BREAK.fingerprint}
    assert {key: each["level"] for key, each in found.items()} == {
        ("output-missing", "app"): "error",
        ("output-missing", "lab"): "note",  # pending
        ("domain-undeclared", "app"): "note",
        ("output-shape-changed", "web"): "warning",
    }


def test_sarif_tells_what_keeps_a_gate_shut_without_a_breach() -> None:
    """No evidence is an error there, though no line of a contract is wrong."""
    found = results(GATED)
    assert found["gate-evidence-missing", "web"]["level"] == "error"
    assert found["output-missing", "lab"]["level"] == "note"


def test_sarif_of_a_run_that_failed_says_so() -> None:
    """An empty list of results would look like a clean run."""
    (run,) = json.loads(sarif.render(BROKEN_OFF))["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"]
    for report in (NOTHING, NO_CONTRACT):
        (run,) = json.loads(sarif.render(report))["runs"]
        assert run["invocations"][0]["toolExecutionNotifications"], report
    (run,) = json.loads(sarif.render(SATISFIED))["runs"]
    assert run["invocations"][0]["toolExecutionNotifications"] == []


def test_files_elsewhere_have_an_address(tmp_path: Path) -> None:
    """A relative reference is relative to where the command ran."""
    away = replace(BREAK, span=replace(BREAK.span, file=str(tmp_path / "a b.yaml")))
    here = replace(BREAK, span=replace(BREAK.span, file=str(Path.cwd() / "contracts" / "ü.yaml")))
    uris = [
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for one in (away, here)
        for each in results(replace(VERIFIED, findings=(one,))).values()
    ]
    assert uris == [(tmp_path / "a b.yaml").as_uri(), "contracts/%C3%BC.yaml"]


@every
def test_junit_is_xml_with_true_counts(report: Report) -> None:
    """A parser reads it whatever a server said; at least one case, and none passes that was no yes."""
    root = ET.fromstring(junit.render(report))  # noqa: S314 - our own text
    cases = root.findall(".//testcase")
    assert cases
    for suite in root.findall("testsuite"):
        inner = suite.findall("testcase")
        assert suite.get("tests") == str(len(inner))
        for word, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(word) == str(sum(case.find(tag) is not None for case in inner))
    wrong = any(case.find("failure") is not None or case.find("error") is not None for case in cases)
    assert wrong == (report.exit_code != 0)


def test_junit_has_a_case_for_each_client() -> None:
    """A break fails, the unknown is an error, what is pending is skipped."""
    root = ET.fromstring(junit.render(VERIFIED))  # noqa: S314 - our own text
    found = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert found == {"app": ["failure"], "lab": ["skipped"], "ops": [], "web": ["error"]}
    assert GATED.gate is not None
    root = ET.fromstring(junit.render(GATED))  # noqa: S314 - our own text
    found = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert found == {
        "app@4.3 with genre@7": ["failure"],
        "lab@4.3 with genre@7": ["skipped"],
        "ops@4.3 with genre@7": [],
        "web@4.3 with genre@7": ["error"],
        "ops@4.3 with genre@6": [],
        f"override {GATED.gate.overrides[0].id}": ["skipped"],
    }


@every
def test_annotations_are_one_command_a_line(report: Report) -> None:
    """No message can begin a command of its own."""
    lines = github.render(report).splitlines()
    assert all(re.match(r"::(error|warning|notice) [^\n:]*(:[^\n:]*)*::", each) for each in lines)
    overrides = () if report.gate is None else report.gate.overrides
    assert len(lines) == len(report.findings) + len(report.problems) + len(overrides) + 1
    last = lines[-1].partition(" ")[0]
    assert last == ("::notice" if report.exit_code == 0 else "::error")


def test_annotations_stand_at_the_line() -> None:
    """With the escapes that GitHub documents."""
    lines = github.render(VERIFIED).splitlines()
    assert lines[0].startswith(
        "::error file=contracts/app.contract.yaml,line=9,col=7,title=output-missing::app with genre@7: output"
    )
    assert "%0A::error::f%25g" in lines[0]
    gated = github.render(GATED).splitlines()
    assert [each.partition(" ")[0] for each in gated] == [
        "::error",
        "::notice",
        "::notice",
        "::warning",
        "::warning",  # an override that nobody closed
        "::error",
    ]


@every
def test_markdown_is_steered_by_nobody(report: Report) -> None:
    """A title that holds HTML, a table's bar, a mention or a fence stays text."""
    text = markdown.render(report)
    assert text.startswith(markdown.MARK)
    outside = re.sub(r"(?ms)^(`{3,})\n.*?\n\1$", "", text)
    assert "<c>" not in outside
    assert not re.search(r"(?<!\\)@team", outside)
    for line in outside.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in {5, 6}


def test_markdown_says_who_acts_and_what_could_go_back() -> None:
    """The table of a gate, the override that is open, the rollback matrix and the ticket."""
    text = markdown.render(GATED)
    assert "### ❌ sigpact: no: genre\\@7 to production: it breaks a client that works today" in text
    assert "**override** `0123456789ab`" in text
    assert "Which earlier version could go back out now" in text
    assert "Gate ticket: `t1.abc`" in markdown.render(OPENED)
    assert "Gate ticket" not in text


def test_many_findings_end_in_a_count() -> None:
    """A comment that is too long is refused by GitHub and seen by nobody."""
    many = replace(VERIFIED, findings=tuple(replace(BREAK, change=str(each)) for each in range(40)))
    text = markdown.render(many)
    assert text.count("<details>") == 10
    assert "… and 30 more findings." in text
    assert len(text) < 65_536


@pytest.mark.parametrize(
    ("report", "words", "colour"),
    [
        (SATISFIED, "yes", "#2e7d32"),
        (VERIFIED, "no", "#c62828"),
        (NOTHING, "unknown", "#8a6d00"),
        (MISTAKEN, "mistakes", "#8a6d00"),
        (BROKEN_OFF, "not completed", "#8a6d00"),
        (OVERRIDDEN, "overridden", "#8a6d00"),
        (OPENED, "yes", "#2e7d32"),
    ],
)
def test_a_badge_says_the_answer(report: Report, words: str, colour: str) -> None:
    """Green is for yes alone."""
    text = badge.render(report)
    root = ET.fromstring(text)  # noqa: S314 - our own text
    (title,) = root.iter("{http://www.w3.org/2000/svg}title")
    assert title.text is not None
    assert title.text.endswith(f": {words}")
    assert colour in text
    assert ("#2e7d32" in text) == (report.exit_code == 0 and report.answer is Answer.YES and words == "yes")


def test_a_badge_of_an_awkward_name_is_svg() -> None:
    """Names come from file names."""
    odd = replace(OPENED, gate=replace(OPENED.gate, subject=AWKWARD))
    ET.fromstring(badge.render(odd))  # noqa: S314 - our own text


@pytest.mark.parametrize(
    ("report", "sign"), [(MISTAKEN, "❔"), (BROKEN_OFF, "❔"), (OPENED, "✅"), (GATED, "❌")]
)
def test_markdown_has_the_sign_of_the_whole(report: Report, sign: str) -> None:
    """A yes beside a contract that could not be read is none."""
    assert markdown.render(report).splitlines()[2].startswith(f"### {sign}")
