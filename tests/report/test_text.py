"""The report for a terminal: what stands where, whatever stands in names and answers."""

import json
import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.findings import Answer, Evidence, Finding, Level, Problem, Span, Verdict, Witness
from sigpact.frozen import replace
from sigpact.report.model import Report, VersionSeen
from sigpact.report.text import Paint, harmless, render, render_findings

FINDING = Finding(
    *(
        "output-missing",
        Level.ERROR,
        "app",
        "app@example.com",
        "genre",
        "3",
        "f",
        ("outputs", "y"),
        "missing",
    ),
    *(Span("a.contract.yaml", 4, 7), "output 'y' is not there", "an output 'y'", "z", "it finds nothing"),
    *("export it again", "stop reading it", Witness("REQUEST", "ANSWER", "curl REQUEST", "0123456789ab")),
)


def verdict(
    client: str = "app", version: str = "3", answer: Answer = Answer.NO, status: str = "active"
) -> Verdict:
    """Return a verdict on a version of genre."""
    return Verdict(client, "genre", version, answer, status, "full", Evidence(proved=22))


def report(*verdicts: Verdict, **words: object) -> Report:
    """Return a report of these verdicts."""
    made = {"findings": (), **words}
    return Report("full", (VersionSeen("genre", "3", "models/genre/3"),), verdicts, **made)  # type: ignore[arg-type]


def test_a_finding() -> None:
    """Every part under its label."""
    assert render_findings([FINDING]).splitlines() == [
        "  error output-missing in f  a.contract.yaml:4:7",
        "    output 'y' is not there",
        "    expected    an output 'y'",
        "    received    z",
        "    why         it finds nothing",
        "    request     curl REQUEST",
        "    answer      ANSWER",
        "    replay      sigpact replay 0123456789ab",
        "    model team  export it again",
        "    client      stop reading it",
    ]


def test_the_same_request_is_shown_once() -> None:
    """The second finding of one request refers to the first."""
    text = render(report(verdict(), findings=(FINDING, replace(FINDING, rule="output-dtype-changed"))))
    assert text.count("curl REQUEST") == 1
    assert "    request     the same as above" in text


def test_long_answers_are_cut_and_requests_are_not() -> None:
    """A request is there to be copied."""
    long = Witness("x" * 900, "y" * 900, "curl " + "x" * 900, None)
    text = render_findings([replace(FINDING, witness=long)])
    assert "    request     curl " + "x" * 900 in text.splitlines()
    assert f"    answer      {'y' * 300}… (900 characters)" in text
    assert "replay" not in text


def test_a_matrix_that_is_too_wide_becomes_a_list() -> None:
    """A line for each verdict, nothing left out."""
    many = [verdict(f"client-with-a-long-name-{number}", answer=Answer.YES) for number in range(6)]
    lines = render(report(*many)).splitlines()
    assert lines[:6] == [f"genre@3  yes  client-with-a-long-name-{number}" for number in range(6)]
    assert all(len(line) <= 110 for line in lines)


def test_cells_that_are_empty() -> None:
    """A client that binds another version has none here."""
    text = render(report(verdict("app", "1", Answer.YES), verdict("web", "2", Answer.YES)))
    assert text.splitlines()[:3] == [
        "         app        web",
        "genre@1  yes        -",
        "genre@2  -          yes",
    ]


ENDINGS: list[tuple[Report, str]] = [
    (report(verdict(answer=Answer.YES)), "yes: 1 client, 1 version, nothing breaks"),
    (report(verdict(), verdict("web", "3", Answer.NO)), "no: app with genre@3, web with genre@3"),
    (report(verdict("web", "3", Answer.UNKNOWN)), "unknown: web with genre@3"),
    (report(verdict(status="pending")), "unknown: no active contract was checked"),
    (report(), "unknown: no active contract was checked"),
    (report(verdict(), incomplete="out of memory"), "not completed: out of memory"),
    (
        report(problems=(Problem(Span("a", 1, 2), "x"), Problem(Span("a", 2, 2), "y"))),
        "2 mistakes in contracts; mend them first",
    ),
]


@pytest.mark.parametrize(("made", "ending"), ENDINGS)
def test_the_last_line_is_the_answer(made: Report, ending: str) -> None:
    """Whoever reads one line reads that."""
    assert render(made).splitlines()[-1].startswith(ending)
    assert render(made).endswith("\n")


def test_warnings_stand_once_for_all_versions() -> None:
    """One line with the versions that it is about."""
    advice = replace(FINDING, level=Level.ADVICE, witness=None)
    text = render(report(verdict(answer=Answer.YES), findings=(advice, replace(advice, version="4"))))
    assert "a.contract.yaml:4:7: advice output-missing: output 'y' is not there (genre@3, genre@4)" in text


EVIL = "a\x1b[2J\x1b]0;owned\x07\r\x08\x9b31m\u202e\u2028\x00\ud800z"


@dataclass
class Spot:
    """A place where a text from elsewhere stands."""

    name: str
    made: Report


SPOTS = [
    *(
        Spot(name, report(verdict(), findings=(replace(FINDING, **{name: EVIL}),)))
        for name in ("signature", "message", "expected", "received", "why", "owner", "mend_model")
    ),
    Spot("request", report(verdict(), findings=(replace(FINDING, witness=Witness(EVIL, "a", EVIL)),))),
    Spot("answer", report(verdict(), findings=(replace(FINDING, witness=Witness("a", EVIL)),))),
    Spot("file", report(verdict(), findings=(replace(FINDING, span=Span(EVIL, 1, 1)),))),
    Spot("advice", report(verdict(), findings=(replace(FINDING, message=EVIL, level=Level.ADVICE),))),
    Spot("problem", report(problems=(Problem(Span("a", 1, 1), EVIL),))),
    Spot("note", report(notes=(EVIL,))),
    Spot("model", report(Verdict("app", EVIL, "3", Answer.NO, "active", "full"))),
    Spot("clause", report(Verdict("app", "m", "3", Answer.NO, "active", "full", not_checked=(EVIL,)))),
    Spot("evidence", report(Verdict("app", "m", "3", Answer.NO, "active", "full", Evidence(notes=(EVIL,))))),
    Spot("incomplete", report(incomplete=EVIL)),
]


@pytest.mark.parametrize("spot", SPOTS, ids=[each.name for each in SPOTS])
@pytest.mark.parametrize("colour", [False, True])
def test_nothing_steers_the_terminal(spot: Spot, colour: bool) -> None:  # noqa: FBT001 - parametrized
    """Escape sequences, line ends and directions in names and answers are shown, not obeyed."""
    text = re.sub(r"\x1b\[\d+m", "", render(spot.made, colour=colour))
    assert text.replace("\n", "").isprintable()
    assert "owned" in text


@given(st.text())
def test_a_request_stays_the_request(text: str) -> None:
    """What is escaped in JSON is the same JSON: the command still sends it."""
    body = json.dumps({"instances": [text]}, ensure_ascii=False)
    assert json.loads(harmless(body)) == {"instances": [text]}


def test_tabs_stay() -> None:
    """A contract in JSON is full of them, and so is its difference."""
    assert harmless('-\t"label": "\x1b"\r') == '-\t"label": "\\u001b"\\r'


def test_colours() -> None:
    """Words of a meaning are painted, others are not; switched off, none is."""
    on, off = Paint(on=True), Paint(on=False)
    assert (on("no"), off("no"), on("maybe")) == ("\x1b[31mno\x1b[0m", "no", "maybe")
    assert (on("(yes)  "), on.bold("x"), off.bold("x")) == ("\x1b[32m(yes)  \x1b[0m", "\x1b[1mx\x1b[0m", "x")
