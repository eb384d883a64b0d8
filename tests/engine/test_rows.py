"""Real rows from end to end: sent before what is made up, judged, compared, told by line, replayed."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from sigpact.engine.replay import Replayed, State, replay
from sigpact.findings import Answer
from sigpact.report.text import render
from sigpact.runtime.protocol import Outcome, Refused
from sigpact.serving.given import given
from sigpact.wire.arrays import Value, value
from tests.engine.world import (
    APP,
    GENRE,
    NUMBER,
    OPEN,
    ROWS,
    World,
    crash,
    drama,
    only,
    rules,
    same,
    verdicts,
)
from tests.rows.logs import floats, frame, predict_log
from tests.rules.cases import signature


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


def rows(world: World, *written: object, name: str = "rows.jsonl") -> None:
    """Write rows beside the contract, a line each; bytes and text as they are."""
    folder = Path(world.contracts)
    folder.mkdir(exist_ok=True)
    lines = [each if isinstance(each, str) else json.dumps(each) for each in written]
    (folder / name).write_text("".join(f"{each}\n" for each in lines), encoding="utf-8")


def title(text: str, genre: str | None = None) -> dict[str, object]:
    """Return a row of one title, with what was answered."""
    outputs = {} if genre is None else {"outputs": {"genre": [genre]}}
    return {"inputs": {"title": [text]}, **outputs}


def by_length(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Call short titles dramas, and others comedies."""
    return {
        "genre": value("string", ["Drama" if len(each) < 5 else "Comedy" for each in feeds["title"].array])
    }


def again(world: World, case: str | None) -> Replayed:
    """Run a kept case once more."""
    assert case is not None
    (found,) = replay(case, world.root / ".sigpact" / "cases", given([world.models]), world.backend)
    return found


def test_real_rows_are_sent_first_and_counted(world: World) -> None:
    """Through JSON all of them, before boundaries and random rows; what was recorded is compared."""
    rows(world, *[title(f"t{at}", "Drama") for at in range(20)], title("without an answer"))
    world.contract(ROWS)
    world.version("genre/1", GENRE, get_genre=drama)
    report = world.verify(rows=50)
    (verdict,) = report.verdicts
    assert (verdict.verdict, verdict.not_checked, report.findings) == (Answer.YES, (), ())
    assert list(dict(verdict.evidence.rows)) == ["files", "boundaries", "random"]
    assert dict(verdict.evidence.rows)["files"] == 21
    assert verdict.evidence.through_rest == verdict.evidence.total_rows
    assert "get_genre: 20 real rows compared with their recorded answers" in verdict.evidence.notes
    assert "21 files" in render(report, colour=False)


def test_an_answer_that_is_not_the_recorded_one_is_a_no(world: World) -> None:
    """How many rows, which one, what was recorded and what came; the line of `rows_from`."""
    answers = [
        title("Jaws", "Drama"),
        title("Aliens", "Drama"),
        title("Amadeus", "Drama"),
        title("Up", "Drama"),
    ]
    rows(world, *answers)
    world.contract(ROWS)
    world.version("genre/1", GENRE, get_genre=by_length)
    report = world.verify(keep=True)
    found = only(report)
    assert found.rule == "example-mismatch"
    shown = f"{world.contracts}/rows.jsonl:2"
    assert found.message == f"real rows are answered otherwise than recorded (2 of 4 rows), as in {shown}"
    assert (found.expected, found.received) == ('"Drama" at [0]', '"Comedy" at [0]')
    assert (found.span.line, found.change) == (11, "recorded answer")
    assert found.witness is not None
    assert found.witness.request == '{"signature_name": "get_genre", "instances": ["Aliens"]}'
    assert again(world, found.witness.case).state is State.FAILS
    world.version("genre/1", GENRE, get_genre=drama)
    assert again(world, found.witness.case).state is State.FIXED


def test_a_kept_row_that_is_no_longer_there_cannot_run(world: World) -> None:
    """Another row stands on its line: to replay that one would say nothing."""
    rows(world, title("Aliens", "Drama"))
    world.contract(ROWS)
    world.version("genre/1", GENRE, get_genre=by_length)
    found = only(world.verify(keep=True))
    rows(world, title("Another", "Drama"))
    assert found.witness is not None
    told = again(world, found.witness.case)
    assert told.state is State.CANNOT_RUN
    assert told.detail.endswith("rows.jsonl:1 no longer holds that row")


def test_a_row_that_differs_only_beside_others_is_no_breach(world: World) -> None:
    """It was recorded alone, and alone it is answered so; the evidence says it."""

    def averaged(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        x = feeds["x"].array
        return {"y": value("float32", np.full(x.shape, x.mean() if x.size else 0.0))}

    rows(world, *[{"inputs": {"x": [at]}, "outputs": {"y": [at]}} for at in range(8)])
    world.contract(OPEN)
    world.version("m/1", NUMBER, f=averaged)
    report = world.verify()
    (verdict,) = report.verdicts
    assert (verdict.verdict, rules(report)) == (Answer.YES, [])
    notes = " ".join(verdict.evidence.notes)
    assert "8 of them answered as recorded alone, and otherwise beside other rows" in notes


def test_a_number_without_a_domain_is_sent_real_rows_alone(world: World) -> None:
    """Nothing is made up and nothing is left unchecked; the evidence says so, and no advice is given."""
    rows(world, {"inputs": {"x": [3.5]}}, {"inputs": {"x": [-7e9]}})
    world.contract(OPEN)
    world.version("m/1", NUMBER, f=same)
    report = world.verify()
    (verdict,) = report.verdicts
    assert (verdict.verdict, verdict.not_checked, report.findings) == (Answer.YES, (), ())
    assert verdict.evidence.rows == (("files", 2),)
    (note,) = verdict.evidence.notes
    assert note.startswith("f: values of x: has no minimum, so nothing is made up")
    assert note.endswith("; real rows alone are sent")


def test_a_breach_by_a_real_row_shows_that_row(world: World) -> None:
    """It is cut out of its request, and made no simpler: a simpler one is none that was sent."""

    def refusing(feeds: Mapping[str, Value]) -> Mapping[str, Value] | Outcome:
        if any(len(each) > 7 for each in feeds["title"].array):
            return Refused("INVALID_ARGUMENT", "too long")
        return drama(feeds)

    rows(world, title("Jaws"), title("The Elephant Man"), title("Up"))
    text = ROWS.replace("maxLength: 20", "maxLength: 20, enum: [Jaws, Up, The Elephant Man]")
    world.contract(text)
    world.version("genre/1", GENRE, get_genre=refusing)
    report = world.verify(keep=True)
    found = next(each for each in report.findings if "rows.jsonl" in each.message)
    assert found.message.endswith(f", as in {world.contracts}/rows.jsonl:2")
    assert found.witness is not None
    assert '"instances": ["The Elephant Man"]' in found.witness.request
    assert again(world, found.witness.case).state is State.FAILS


def test_a_recorded_body_is_posted_as_it_was(world: World) -> None:
    """The witness is that body, and so is what a replay sends."""
    text = '{"signature_name":"get_genre","instances":["Ali\\u0065ns",  "Up"],"trace":1}'
    rows(world, f'{{"request": {text}, "response": {{"predictions": ["Drama", "Drama"]}}}}')
    world.contract(ROWS)
    world.version("genre/1", GENRE, get_genre=by_length)
    found = only(world.verify(keep=True))
    assert found.witness is not None
    assert found.witness.request == text
    assert found.message.endswith(f"(1 of 2 rows), as in {world.contracts}/rows.jsonl:1")
    assert again(world, found.witness.case).state is State.FAILS


def test_mistakes_in_rows_are_told_and_do_not_stop_others(world: World) -> None:
    """Exit code 2; the rows that are right ran, the verdict is unknown, the other client has its own."""
    rows(world, title("Jaws"), {"inputs": {"titel": ["x"]}}, title("x" * 21))
    world.contract(ROWS)
    world.contract(APP.replace("client: app", "client: other"), "other")
    world.version("genre/1", GENRE, get_genre=drama)
    world.version("genre/2", GENRE, get_genre=drama)
    report = world.verify()
    assert report.exit_code == 2
    assert [str(each).removeprefix(f"{world.contracts}/") for each in report.problems] == [
        "rows.jsonl:2:1: 'titel' is no input of 'get_genre'; did you mean 'title'?",
        f"rows.jsonl:3:1: {'x' * 21!r} has 21 characters, more than maxLength 20 of 'title'",
    ]
    found = verdicts(report)
    assert {found["app", "1"], found["app", "2"]} == {"unknown"}
    assert {found["other", "1"], found["other", "2"]} == {"yes"}
    mine = next(each for each in report.verdicts if each.client == "app")
    assert mine.not_checked == ("get_genre: the examples or real rows that are wrong",)
    assert dict(mine.evidence.rows)["files"] == 1


def test_a_file_without_a_row_for_the_signature_is_told(world: World) -> None:
    """Silently nothing would look like a check."""
    rows(world, {"signature_name": "other", "instances": ["x"]})
    world.contract(ROWS)
    world.version("genre/1", GENRE, get_genre=drama)
    (problem,) = world.verify().problems
    assert str(problem).endswith("the file has no row for 'get_genre': its rows are for other")


def test_examples_that_break_given_are_mistakes(world: World) -> None:
    """Tensors and bodies; one that is to be refused may break what it likes."""
    text = APP.replace("    outputs:", '    given: [title != "bad"]\n    outputs:')
    world.contract(f"""{text}    examples:
      - {{name: good, inputs: {{title: [good]}}}}
      - {{name: bad, inputs: {{title: [good, bad]}}}}
      - {{name: raw, request: {{signature_name: get_genre, instances: [bad]}}}}
      - {{name: refused, inputs: {{title: [bad]}}, error: {{status: 400}}}}
""")
    world.version("genre/1", GENRE, get_genre=drama)
    report = world.verify()
    assert report.exit_code == 2
    told = [str(each).removeprefix(f"{world.contracts}/app.contract.yaml:") for each in report.problems]
    reason = 'it breaks `given` title != "bad"'
    assert [each.partition(" (")[0] for each in told] == [
        f"14:9: example 'bad': {reason}",
        f"15:9: example 'raw': {reason}",
    ]
    assert dict(report.verdicts[0].evidence.rows)["examples"] == 2
    assert rules(report) == ["example-mismatch"]


def test_logged_requests_run(world: World) -> None:
    """TFRecords of PredictionLogs, with the answers in them."""
    Path(world.contracts).mkdir()
    records = [predict_log("f", {"x": floats(1.0, 2.0)}, {"y": floats(1.0, 3.0), "more": floats(0.0)})]
    (Path(world.contracts) / "rows.jsonl").write_bytes(b"".join(map(frame, records)))
    world.contract(OPEN)
    world.version("m/1", NUMBER, f=same)
    found = only(world.verify(keep=True))
    assert found.message.endswith(f"recorded (1 of 2 rows), as in {world.contracts}/rows.jsonl: record 1")
    assert (found.expected, found.received) == ("3.0 at [1]", "2.0 at [1]")
    assert found.witness is not None
    assert again(world, found.witness.case).state is State.FAILS


def test_crashes_end_the_part(world: World) -> None:
    """Three, as elsewhere: each costs seconds."""
    rows(world, *[{"inputs": {"x": [at, at]}} for at in range(9)])
    world.contract(OPEN)
    world.version("m/1", NUMBER, f=crash)
    report = world.verify()
    assert rules(report) == ["model-crashed"]
    assert "f: stopped after 3 calls that crashed or hung" in report.verdicts[0].evidence.notes


def test_properties_are_asked_about_real_rows(world: World) -> None:
    """A number without a domain has no others."""
    rows(world, *[{"inputs": {"x": [at, at + 1]}} for at in range(4)])
    world.contract(f"{OPEN}    properties: {{batch_invariant: true}}\n")

    def shifted(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        x = feeds["x"].array
        return {"y": value("float32", x + len(x))}

    world.version("m/1", NUMBER, f=shifted)
    world.version("m/2", NUMBER, f=same)
    report = world.verify()
    assert {each.version for each in report.findings} == {"1"}
    assert rules(report) == ["batch-not-invariant"]
    assert any("batch_invariant over batch" in each for each in report.verdicts[1].evidence.notes)


def test_relations_draw_real_rows_first(world: World) -> None:
    """Those of the one signature that they draw from; without a domain they are all there is."""
    rows(world, *[{"inputs": {"x": [at]}} for at in range(5)])
    world.contract(f"""{OPEN}relations:
  - name: twice
    inputs: {{x: f.x}}
    calls: {{one: {{signature: f, inputs: {{x: x}}}}, two: {{signature: f, inputs: {{x: one.y}}}}}}
    holds: [one.y == two.y]
""")
    world.version("m/1", NUMBER, f=same)
    world.version("m/2", NUMBER, f=lambda feeds: {"y": value("float32", feeds["x"].array + 1)})
    report = world.verify()
    assert "relation twice: 5 rows, 2 calls each; 5 distinct" in report.verdicts[0].evidence.notes
    assert [(each.rule, each.version) for each in report.findings] == [("relation-broken", "2")]


def test_what_comparing_leaves_open_is_settled_by_real_rows(world: World) -> None:
    """A shape that the export does not promise, of a number that nothing is made up for."""
    rows(world, {"inputs": {"x": [1.0, 2.0]}})
    world.contract(
        OPEN.replace("y: {dtype: float32, shape: [batch]}", "y: {dtype: float32, shape: [batch, 1]}")
    )
    unknown = signature("f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32"}})
    world.version("m/1", unknown, f=lambda feeds: {"y": value("float32", feeds["x"].array.reshape(-1, 1))})
    report = world.verify()
    assert (rules(report), rules(report, "warning")) == ([], ["output-shape-unpromised"])
