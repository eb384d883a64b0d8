"""`verify` from end to end, with versions made of functions: what is found, and what does not stop it."""

import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from sigpact.engine.static import lacks_op
from sigpact.findings import Answer, Members
from sigpact.report.data import as_data
from sigpact.report.text import render
from sigpact.runtime.fake import Function
from sigpact.runtime.protocol import Crashed, Hung, Outcome, Refused
from sigpact.wire.arrays import Value, value
from tests.engine.world import (
    APP,
    GENRE,
    NUMBER,
    NUMBERS,
    SCORED,
    World,
    crash,
    drama,
    only,
    rules,
    same,
    scored,
    verdicts,
)
from tests.rules.cases import signature


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


def test_a_version_that_keeps_the_contract_is_a_yes(world: World) -> None:
    """With the evidence: boundaries and as many random rows as were asked for, all through JSON."""
    world.contract(APP)
    world.version("genre/1", GENRE, get_genre=drama)
    report = world.verify(rows=50)
    (verdict,) = report.verdicts
    assert (verdict.verdict, verdict.scope, verdict.not_checked) == (Answer.YES, "full", ())
    assert dict(verdict.evidence.rows)["random"] == 50
    assert dict(verdict.evidence.rows)["boundaries"] > 10
    assert verdict.evidence.through_rest == verdict.evidence.total_rows
    assert verdict.evidence.distinct_answers == 1
    (shown,) = verdict.evidence.shown
    assert shown.is_weak
    assert shown.answered == verdict.evidence.total_rows
    assert shown.members == (Members("genre", frozenset({"Drama"}), 2),)
    assert shown.boundaries == (27, 27)
    assert (report.findings, report.exit_code) == ((), 0)


def test_what_examples_and_values_showed_is_one(world: World) -> None:
    """A member or an answer that both had counts once; what one of them had counts."""
    wider = APP.replace("[Drama, Comedy]", "[Drama, Comedy, Horror]")
    world.contract(f"{wider}    examples: [{{inputs: {{title: [x]}}}}, {{inputs: {{title: [yy]}}}}]\n")
    titles = {b"x": "Comedy", b"yy": "Drama"}

    def answer(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        return {
            "genre": value("string", [titles.get(each, "Drama") for each in feeds["title"].array.tolist()])
        }

    world.version("genre/1", GENRE, get_genre=answer)
    report = world.verify()
    (shown,) = report.verdicts[0].evidence.shown
    assert shown.members == (Members("genre", frozenset({"Drama", "Comedy"}), 3),)
    assert report.verdicts[0].evidence.distinct_answers == 2
    assert render(report).count("genre gave 2 of 3 enum members; 27 of 27 boundary values") == 1
    told = as_data(report)["verdicts"][0]["evidence"]["signatures"]
    assert told == [
        {
            "signature": "get_genre", "answered": shown.answered, "distinct_answers": 2, "weak": False,
            "enum_members": [{"output": "genre", "seen": 2, "of": 3}],
            "boundaries": {"sent": 27, "of": 27}, "examples_only": [],
        }
    ]  # fmt: skip


def test_an_input_that_nothing_is_made_up_for_is_said(world: World) -> None:
    """Its rows are those of the examples, in every report."""
    open_ = NUMBERS.replace("minimum: 0, maximum: 1}\n    outputs", "maximum: 1}\n    outputs")
    world.contract(f"{open_}    examples: [{{inputs: {{x: [0.5]}}}}]\n")
    world.version("m/1", NUMBER, f=same)
    report = world.verify()
    assert rules(report, "advice") == ["domain-undeclared"]
    assert "  f: 1 row answered, 1 distinct; x: examples only" in render(report).splitlines()
    told = as_data(report)["verdicts"][0]["evidence"]["signatures"]
    assert (told[0]["examples_only"], told[0]["boundaries"]) == (["x"], None)


def test_nothing_is_said_of_boundaries_that_given_chooses(world: World) -> None:
    """How many of them it left out is not counted; what it kept of all is told."""
    world.contract(f"{NUMBERS}    given: [x != 1]\n")
    world.version("m/1", NUMBER, f=same)
    (shown,) = world.verify().verdicts[0].evidence.shown
    assert shown.boundaries is None


def test_boundaries_that_a_crash_left_unsent_are_not_counted(world: World) -> None:
    """A sample of many, and fewer than that were sent."""
    wide = NUMBERS.replace("[batch]", "[batch, 300]")
    spec = signature("f", {"inputs": {"x": "float32 [?, 300]"}, "outputs": {"y": "float32 [?, 300]"}})
    world.contract(wide)
    world.version("m/1", spec, f=crash)
    (shown,) = world.verify().verdicts[0].evidence.shown
    assert shown.boundaries is not None
    sent, there_are = shown.boundaries
    assert sent == dict(world.verify().verdicts[0].evidence.rows)["boundaries"] < 256 < there_are


def test_what_is_said_of_one_client_is_told_as_its(world: World) -> None:
    """Of a version with several clients; what is the same for all of them stands once."""
    world.contract(APP)
    world.contract(APP.replace("client: app", "client: web"), "web")
    world.contract(APP.replace("client: app", "client: tv").replace("Comedy]", "Comedy, Horror]"), "tv")
    world.version("genre/1", GENRE, get_genre=drama)
    lines = render(world.verify()).splitlines()
    assert "  get_genre: weak evidence: 99 rows all had the same answer" in lines
    alike = "get_genre: 99 rows answered, 1 distinct; genre gave 1 of"
    assert f"  app, web: {alike} 2 enum members; 27 of 27 boundary values" in lines
    assert f"  tv: {alike} 3 enum members; 27 of 27 boundary values" in lines


def test_every_broken_word_of_an_output_is_a_no(world: World) -> None:
    """A value outside of the contract, found by running alone, with the row that shows it."""
    world.contract(NUMBERS)
    world.version("m/1", NUMBER, f=lambda feeds: {"y": value("float32", feeds["x"].array * 2)})
    found = only(world.verify())
    assert found.rule == "output-value-outside"
    assert found.span.line == 10
    assert found.witness is not None
    assert found.witness.request == "f(x=[1.0])"
    assert found.witness.answer == "y=[2.0]"


@pytest.mark.parametrize(
    ("outcome", "rule"),
    [
        (Crashed("SIGSEGV", "in op MatMul"), "model-crashed"),
        (Crashed(None, ""), "model-crashed"),
        (Hung(10.0), "model-hung"),
        (Refused("INVALID_ARGUMENT", "no such title"), "request-refused"),
    ],
)
def test_a_call_without_an_answer_is_a_no_and_the_next_version_is_checked(
    world: World, outcome: Outcome, rule: str
) -> None:
    """Crash, hang and refusal are findings with the request that did it; nothing else suffers."""
    world.contract(APP)
    world.version("genre/1", GENRE, get_genre=lambda _: outcome)
    world.version("genre/2", GENRE, get_genre=drama)
    report = world.verify()
    assert verdicts(report) == {("app", "1"): "no", ("app", "2"): "yes"}
    assert only(report).rule == rule
    witness = only(report).witness
    assert witness is not None
    assert witness.curl is not None
    assert '"instances": ["' in witness.curl


def test_crashes_and_hangs_end_a_part_soon(world: World) -> None:
    """Each costs seconds: after three the rest of the part is left, and the evidence says so."""
    calls = []

    def crashing(_: object) -> Outcome:
        calls.append(1)
        return Crashed("SIGABRT", "")

    world.contract(NUMBERS)
    world.version("m/1", NUMBER, f=crashing)
    report = world.verify(rows=5000)
    assert (
        "f: stopped after 3 calls that crashed, hung or ran out of memory"
        in report.verdicts[0].evidence.notes
    )
    assert report.verdicts[0].evidence.total_rows < 5000
    assert only(report).received == "the process ended (SIGABRT)"


def test_properties_of_what_hangs_are_not_looked_at(world: World) -> None:
    """Every comparison would hang as well, ten seconds each; the report says what was left out."""
    world.contract(f"{NUMBERS}    properties: {{deterministic: true, batch_invariant: true}}\n")

    def hanging(feeds: Mapping[str, Value]) -> Outcome | Mapping[str, Value]:
        return Hung(10.0) if (feeds["x"].array == 1).any() else {"y": feeds["x"]}

    world.version("m/1", NUMBER, f=hanging)
    report = world.verify(rows=500)
    assert rules(report) == ["model-hung"]
    assert report.verdicts[0].not_checked == (
        "f: properties (values stopped after 3 calls that crashed, hung or ran out of memory)",
    )


def test_a_version_that_does_not_load_is_a_no_for_every_client(world: World) -> None:
    """Whether the export is damaged or the runtime refuses it; the ones around it are checked."""
    world.contract(APP)
    world.contract(APP.replace("client: app", "client: other"), "other")
    world.version("genre/1", GENRE, get_genre=drama)
    world.version("genre/2", GENRE)
    damaged = world.version("genre/3", GENRE)
    (damaged / "saved_model.pb").write_bytes(b"\xff\xff\xff")
    world.version("genre/4", GENRE, get_genre=drama)
    report = world.verify()
    assert {version for (_, version), word in verdicts(report).items() if word == "no"} == {"2", "3"}
    assert rules(report) == ["version-unloadable"] * 4
    assert all("never makes it live" in each.why for each in report.findings if each.level == "error")
    assert report.exit_code == 1


def test_an_export_that_cannot_be_read_here_is_unknown(world: World) -> None:
    """A proto-splitter export may well load on a server: nothing is known about it."""
    world.contract(APP)
    folder = world.version("genre/1", GENRE, get_genre=drama)
    (folder / "saved_model.pb").rename(folder / "saved_model.cpb")
    report = world.verify()
    assert verdicts(report) == {("app", "1"): "unknown"}
    assert report.verdicts[0].not_checked[0].startswith("everything: ")
    assert report.exit_code == 3


def test_a_static_break_is_shown_by_one_request_and_not_run_further(world: World) -> None:
    """The signature does not fit, so ten thousand rows would say the same ten thousand times."""
    world.contract(APP)
    world.version("genre/4", SCORED, get_genre=scored)
    report = world.verify(rows=1000)
    assert rules(report) == ["output-added-to-single"]
    assert report.verdicts[0].evidence.total_rows == 0
    assert report.verdicts[0].not_checked == ("get_genre: examples and values (the signature does not fit)",)
    witness = only(report).witness
    assert witness is not None
    assert '{"genre": "Drama", "score": 0.5}' in witness.answer


def test_what_is_declared_and_not_checked_is_listed(world: World) -> None:
    """Clauses that nothing looks at stand in the verdict: a yes speaks for the others only."""
    world.contract(
        f"{APP}    holds: ['len(genre) >= 1']\n    properties: {{deterministic: true}}\n"
        "regressions:\n"
        "  - {name: flips, signature: get_genre, against: previous, over: real.jsonl,"
        " agreement: {output: genre, at_least: 0.9}}\n"
    )
    (world.root / "contracts" / "real.jsonl").write_text("{}", encoding="utf-8")
    world.version("genre/1", GENRE, get_genre=drama)
    assert world.verify().verdicts[0].not_checked == ("regression: flips",)


CLASSIFY = """\
contract: 1
client: app
model: m
signatures:
  c:
    verb: classify
    inputs: {x: {dtype: float32, shape: [1], minimum: 0, maximum: 1}}
    outputs: {scores: {dtype: float32}}
    examples: [{name: one, inputs: {x: [[1.0]]}}]
"""


def scores(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer each example alike: `CLASSIFY`."""
    return {"scores": value("float32", [[0.25, 0.75]] * len(feeds["inputs"].array))}


SCORES = {"inputs": {"inputs": "string [?]"}, "outputs": {"scores": "float32 [?, 2]"}}
"""A graph that no file holds parses features that nobody knows."""


def test_classify_is_run(world: World) -> None:
    """Examples and rows go as tf.Examples through the JSON of the API; what no file shows was run."""
    world.contract(CLASSIFY)
    world.version("m/1", signature("c", SCORES), c=scores)
    report = world.verify()
    (verdict,) = report.verdicts
    assert (verdict.verdict, verdict.not_checked) == ("yes", ())
    assert verdict.evidence.through_rest == verdict.evidence.total_rows > 20
    assert rules(report, "warning") == ["feature-undetermined"]


def test_an_example_of_classify_is_compared(world: World) -> None:
    """What the answer's shape says is not what the example expects."""
    expected = "inputs: {x: [[1.0]]}, outputs: {scores: [[0.5, 0.5]]}"
    world.contract(CLASSIFY.replace("inputs: {x: [[1.0]]}", expected))
    world.version("m/1", signature("c", SCORES), c=scores)
    report = world.verify()
    assert rules(report) == ["example-mismatch"]
    assert only(report).received == "0.25 at [0, 0]"


def test_a_classify_client_of_a_missing_signature_is_a_no(world: World) -> None:
    """The server's own words for it show in the witness."""
    world.contract(CLASSIFY)
    world.version("m/1", NUMBER, f=same)
    report = world.verify()
    assert rules(report) == ["signature-missing"]
    witness = only(report).witness
    assert witness is not None
    assert witness.answer == '400 {"error": "No signature was found with the name: c"}'
    assert ":classify -d" in (witness.curl or "")


def test_progress_is_told_for_each_client_and_version(world: World) -> None:
    """What is worked on, before it is."""
    world.contract(APP)
    world.version("genre/1", GENRE, get_genre=drama)
    world.version("genre/2", GENRE, get_genre=crash)
    world.verify()
    assert world.said == ["genre@1 for app", "genre@2 for app"]


def test_the_same_seed_gives_the_same_report(world: World) -> None:
    """Rows come from the seed alone; another seed draws others."""
    world.contract(NUMBERS)
    world.version("m/1", NUMBER, f=same)
    first, again, other = (world.verify(rows=50, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.verdicts[0].evidence.seed == 1
    assert first.verdicts[0].evidence != other.verdicts[0].evidence


def test_a_version_is_let_go_before_the_next_is_loaded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions are closed as soon as all clients of a version have been served; here on one core."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    world.contract(APP)
    world.version("genre/1", GENRE, get_genre=drama)
    world.version("genre/2", GENRE, get_genre=drama)
    events: list[str] = []
    backend = world.backend

    class Watched:
        def load(self, export: str) -> object:
            events.append(f"load {Path(export).name}")
            session = backend.load(export)

            class Session:
                run = staticmethod(session.run)  # type: ignore[union-attr]
                stream = staticmethod(session.stream)  # type: ignore[union-attr]

                def close(self) -> None:
                    events.append(f"close {Path(export).name}")

            return Session()

        def describe(self) -> str:
            return "watched"

        def close(self) -> None:
            pass

    from sigpact.engine.options import Options  # noqa: PLC0415 - this test alone calls it by hand
    from sigpact.engine.verify import verify  # noqa: PLC0415 - the same

    options = Options(rows=1, cases=None)
    verify([world.contracts], [world.models], options, Watched, world.said.append)  # type: ignore[arg-type]
    assert events == ["load 1", "close 1", "load 2", "close 2"]


def test_two_versions_run_side_by_side(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits in its first call for the other; the report lists them in order all the same."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    meeting = threading.Barrier(2, timeout=30)
    met: set[str] = set()

    def meets(name: str) -> Function:
        def function(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
            if name not in met:
                met.add(name)
                meeting.wait()
            return same(feeds)

        return function

    world.contract(NUMBERS)
    for name in ("1", "2"):
        world.version(f"m/{name}", NUMBER, f=meets(name))
    report = world.verify()
    assert [(each.version, each.verdict) for each in report.verdicts] == [
        ("1", Answer.YES),
        ("2", Answer.YES),
    ]


def test_a_finding_has_everything_that_a_person_needs(world: World) -> None:
    """Owner, line, both sides, why, and what either team can do."""
    world.contract(APP)
    world.version(
        "genre/1",
        GENRE,
        get_genre=lambda feeds: {"genre": value("string", ["Horror"] * feeds["title"].array.size)},
    )
    found = only(world.verify())
    assert (found.rule, found.client, found.owner) == ("output-value-outside", "app", "app@example.com")
    assert (found.model, found.version, found.signature) == ("genre", "1", "get_genre")
    assert found.at == ("outputs", "genre")
    assert found.span.line == 10
    assert '"Horror"' in found.received
    assert all((found.expected, found.why, found.mend_model, found.mend_client))


@pytest.mark.parametrize("shape", ["[]", "[3]", "[tokens]"])
def test_inputs_without_a_common_batch_are_run(world: World, shape: str) -> None:
    """A scalar, a fixed length or another name beside the batch: such calls count as one row each."""
    world.contract(
        NUMBERS.replace("    outputs", f"      w: {{dtype: float32, shape: {shape}, enum: [1]}}\n    outputs")
    )
    pair = signature("f", {"inputs": {"w": "float32", "x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}})
    world.version("m/1", pair, f=same)
    report = world.verify()
    assert verdicts(report) == {("app", "1"): "yes"}
    assert dict(report.verdicts[0].evidence.rows)["random"] == 20


def test_an_op_that_only_a_server_has_is_unknown() -> None:
    """Serving is built with ops that TensorFlow alone lacks; an op without a name is a damaged graph."""
    told = lacks_op("Op type not registered 'WhitespaceTokenize' in binary running on vm.")
    assert told == (
        "everything: the TensorFlow here lacks the op 'WhitespaceTokenize', which a server may have"
    )
    assert lacks_op("Op type not registered '' in binary running on vm.") is None
    assert lacks_op("NOT_FOUND: variables") is None


def test_beyond_a_sample_rows_go_through_rest_where_json_would_tell(world: World) -> None:
    """A number that JSON has no form for is found after thousands of rows as on the first, as a body."""
    world.contract(NUMBERS.replace("protocol: grpc\n", "").replace("float32", "number"))
    seen = 0

    def late(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        nonlocal seen
        x = feeds["x"]
        seen += len(x.array)
        return (
            {"y": Value(x.dtype, np.where(x.array == x.array.max(), np.nan, x.array))}
            if seen > 2500
            else {"y": x}
        )

    world.version("m/1", NUMBER, f=same)
    world.version("m/2", NUMBER, f=late)
    report = world.verify(rows=3000)
    evidence = report.verdicts[0].evidence
    assert report.verdicts[0].verdict is Answer.YES
    assert 1000 <= evidence.through_rest < 2500 < evidence.total_rows
    found = only(report)
    assert found.rule == "answer-unreadable"
    assert "NaN" in found.message
