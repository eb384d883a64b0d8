"""`--update-examples` in files of real rows: which lines change, what in them, and when none does."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigpact.engine.updating import lines
from sigpact.report.model import Report
from sigpact.report.text import render
from sigpact.runtime.fake import Function
from sigpact.runtime.protocol import Hung, Outcome, Refused
from sigpact.wire.arrays import Value, value
from tests.engine.world import GENRE, NUMBER, OPEN, ROWS, World, answering, crash, drama, rules
from tests.rows.logs import floats, frame, predict_log
from tests.rules.cases import signature

LABELLED = signature(
    "f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]", "label": "string [?]"}}
)


def labelled(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer a number with itself, and with the label b."""
    return {"y": feeds["x"], "label": value("string", ["b"] * feeds["x"].shape[0])}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


def updated(world: World, text: str, name: str = "rows.jsonl") -> tuple[Report, str]:
    """Verify with updating, and return the report and what the file of rows says then."""
    file = Path(world.contracts) / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode())
    report = world.verify(rows=0, update_examples=True)
    return report, file.read_bytes().decode()


def notes(report: Report) -> list[str]:
    """Return why lines were not rewritten, without the folder."""
    return [each.rpartition("rows.jsonl: ")[2] for each in report.notes]


COMEDIES = """\
{"inputs": {"title": ["Up"]}, "outputs": {"genre": ["Comedy"]}}

 {"inputs":{"title":["Jaws"]},"outputs":{"genre":["Drama"]},"meta": {"seen":  1}}
{"request": {"signature_name": "get_genre", "instances": ["Up"]}, "response": {"predictions":["Comedy"] }}\r
{"inputs": {"title": ["no answer"]}}
"""


def test_the_answer_is_written_where_the_old_one_stands(world: World) -> None:
    """What differs and nothing else, byte for byte; a no that once, and then a yes that writes nothing."""
    world.version("genre/1", GENRE, get_genre=drama)
    world.contract(ROWS)
    report, text = updated(world, COMEDIES)
    assert text == COMEDIES.replace("Comedy", "Drama")
    assert (report.answer, report.exit_code, set(rules(report))) == ("no", 1, {"example-mismatch"})
    (made,) = report.rewritten
    assert (made.file, made.answers) == (f"{world.contracts}/rows.jsonl", 2)
    assert made.diff.splitlines() == [
        f"--- {made.file}",
        f"+++ {made.file}",
        "@@ -1 +1 @@",
        '-{"inputs": {"title": ["Up"]}, "outputs": {"genre": ["Comedy"]}}',
        '+{"inputs": {"title": ["Up"]}, "outputs": {"genre": ["Drama"]}}',
        "@@ -4 +4 @@",
        *(
            f'{sign}{{"request": {{"signature_name": "get_genre", "instances": ["Up"]}}, '
            f'"response": {{"predictions":["{genre}"] }}}}'
            for sign, genre in (("-", "Comedy"), ("+", "Drama"))
        ),
    ]
    assert f"rewritten: 2 answers in {made.file}; look at the difference" in render(report, colour=False)
    again = world.verify(rows=0, update_examples=True)
    assert (again.exit_code, again.rewritten, again.notes) == (0, (), ())


def test_without_being_asked_nothing_is_written(world: World) -> None:
    """A row that is answered otherwise is a finding."""
    world.version("genre/1", GENRE, get_genre=drama)
    world.contract(ROWS)
    file = Path(world.contracts) / "rows.jsonl"
    file.write_text(COMEDIES, encoding="utf-8")
    report = world.verify(rows=0)
    assert (report.exit_code, report.rewritten, report.notes) == (1, (), ())
    assert file.read_text(encoding="utf-8") == COMEDIES.replace("\r", "")


@pytest.mark.parametrize(
    ("before", "answer", "after"),
    [
        ("[0.5]", 0.1, "[0.1]"),
        ("[0.500001]", 0.5, "[0.500001]"),
        ('{"approx": [0.4], "atol": 0.05}', 0.5, '{"approx": [0.5], "atol": 0.05}'),
        ('{"approx": [0.46], "atol": 0.05}', 0.5, '{"approx": [0.46], "atol": 0.05}'),
        ('{"atol": 0.05, "approx": [1]}', 1e-30, '{"atol": 0.05, "approx": [1e-30]}'),
    ],
)
def test_numbers(world: World, before: str, answer: float, after: str) -> None:
    """Only what is farther off than it may be, as short as it may be written."""
    world.version("m/1", NUMBER, f=answering(y=("float32", [answer])))
    world.contract(OPEN)
    line = '{{"inputs": {{"x": [1]}}, "outputs": {{"y": {}}}}}\n'
    assert updated(world, line.format(before))[1] == line.format(after)


def test_a_row_is_asked_alone(world: World) -> None:
    """What is recorded of one row is what it is answered alone; what it is beside others has its own rule."""

    def company(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        x = feeds["x"].array
        return {"y": Value(feeds["x"].dtype, x + len(x) - 1)}

    world.version("m/1", NUMBER, f=company)
    world.contract(OPEN)
    text = "".join(
        f'{{"inputs": {{"x": [{at}]}}, "outputs": {{"y": [{y}]}}}}\n' for at, y in ((1, 1), (2, 7))
    )
    report, after = updated(world, text)
    assert after == text.replace("[7]", "[2.0]")
    assert report.rewritten[0].answers == 1


def _comedy(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    return {"genre": value("string", ["Comedy"] * len(feeds["title"].array))}


ONE = '{"inputs": {"title": ["Up"]}, "outputs": {"genre": ["Comedy"]}}\n'
TWO = '{"inputs": {"title": ["Up", "Jaws"]}, "outputs": {"genre": ["Comedy", "Comedy"]}}\n'


@pytest.mark.parametrize("text", [ONE, TWO])
@pytest.mark.parametrize("first", [_comedy, drama])
@pytest.mark.parametrize("second", [_comedy, drama])
def test_versions_that_disagree_write_nothing(
    world: World, first: Function, second: Function, text: str
) -> None:
    """One line holds for all versions: it changes where all agree, and never to and fro."""
    world.version("genre/1", GENRE, get_genre=first)
    world.version("genre/2", GENRE, get_genre=second)
    world.contract(ROWS)
    report, after = updated(world, text)
    if first is second:
        assert report.notes == ()
        assert (after == text) is (first is _comedy)
        return
    last, other = ("genre@2", "genre@1") if second is drama else ("genre@1", "genre@2")
    assert (after, report.rewritten) == (text, ())
    (note,) = notes(report)
    assert note.startswith(f"line 1 is not rewritten: {last} answers otherwise than {other}, and one line ")


def test_clients_that_share_a_file_share_its_lines(world: World) -> None:
    """What one of them reads changes for it alone; what both read must be right for both."""
    world.version("m/1", LABELLED, f=labelled)
    text = OPEN.replace("protocol: grpc", "protocol: rest\nlanguage: python")
    text = text.replace("    rows_from", "    answer: named\n    rows_from")
    world.contract(text.replace("client: app", "client: one"), "one")
    world.contract(
        text.replace("client: app", "client: two").replace("{y: {dtype: float32", "{label: {dtype: text"),
        "two",
    )
    line = (
        '{"request": {"signature_name": "f", "instances": [1.0]},'
        ' "response": {"predictions": [{"y": 1.0, "label": "a"}]}}\n'
    )
    report, after = updated(world, line)
    assert after == line.replace('"a"', '"b"')
    assert report.notes == ()


def _no_genre(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    return {"genre": value("string", ["Horror"] * len(feeds["title"].array))}


def test_what_breaks_the_contract_is_not_written_down(world: World) -> None:
    """It stays a finding; one sentence for all such lines."""
    world.version("genre/1", GENRE, get_genre=_no_genre)
    world.contract(ROWS)
    report, after = updated(world, COMEDIES)
    assert (after, report.rewritten, report.exit_code) == (COMEDIES, (), 1)
    (note,) = notes(report)
    assert note.startswith("line 1 and 2 more are not rewritten: what came is no answer that the contract ")
    assert note.endswith("(genre@1: output-value-outside)")


def test_what_crashes_is_not_written_down(world: World) -> None:
    """There is no answer to write."""
    world.version("genre/1", GENRE, get_genre=crash)
    world.contract(ROWS)
    report, after = updated(world, COMEDIES)
    assert (after, report.rewritten, report.exit_code) == (COMEDIES, (), 1)


def test_sensitive_values_are_not_written_down(world: World) -> None:
    """Nor shown."""
    world.version("genre/1", GENRE, get_genre=drama)
    world.contract(
        ROWS.replace(
            "{dtype: text, shape: [batch], enum", "{dtype: text, sensitive: true, shape: [batch], enum"
        )
    )
    report, after = updated(world, ONE)
    assert after == ONE
    assert "sensitive" in notes(report)[0]


def test_a_tfrecord_is_recorded_anew(world: World) -> None:
    """It is what a server logged: no sigpact writes such a log."""
    world.version("m/1", NUMBER, f=answering(y=("float32", [2.0])))
    world.contract(OPEN)
    file = Path(world.contracts) / "rows.jsonl"
    log = frame(predict_log("f", {"x": floats(1)}, {"y": floats(1)}))
    file.write_bytes(log * 2)
    report = world.verify(rows=0, update_examples=True)
    assert file.read_bytes() == log * 2
    assert notes(report) == [
        "record 1 and 1 more are not rewritten: a TFRecord is what a server logged: record it anew"
    ]


def test_a_file_that_changed_meanwhile_is_left_alone(world: World) -> None:
    """Line by line: what stands where it stood is rewritten."""
    file = Path(world.contracts) / "rows.jsonl"
    other = ONE.replace("Up", "Down")

    def editing(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        file.write_text(f"{other}{ONE}", encoding="utf-8")
        return drama(feeds)

    world.version("genre/1", GENRE, get_genre=editing)
    world.contract(ROWS)
    report, after = updated(world, ONE * 2)
    assert after == other + ONE.replace("Comedy", "Drama")
    assert notes(report) == ["line 1 is not rewritten: the file has changed since it was read: run again"]


def test_a_file_that_cannot_be_written_is_not_completed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 4, with the reason; the file is as it was."""
    world.version("genre/1", GENRE, get_genre=drama)
    world.contract(ROWS)

    def full(_file: str, _before: str, _text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lines, "replace_file", full)
    report, after = updated(world, ONE)
    assert (after, report.exit_code) == (ONE, 4)
    assert str(report.incomplete).endswith("rows.jsonl cannot be rewritten: No space left on device")


def test_what_two_clients_rely_on_is_right_for_both(world: World) -> None:
    """An answer that one of them does not admit is not written for the other."""
    world.version("m/1", LABELLED, f=labelled)
    text = OPEN.replace("shape: [batch]}}\n    rows", "shape: [batch]}, label: {dtype: text}}\n    rows")
    world.contract(text.replace("client: app", "client: one"), "one")
    world.contract(
        text.replace("client: app", "client: two").replace("{dtype: text}", "{dtype: text, enum: [a]}"), "two"
    )
    line = '{"inputs": {"x": [1.0]}, "outputs": {"y": [1.0], "label": ["a"]}}\n'
    report, after = updated(world, line)
    assert (after, report.rewritten) == (line, ())
    assert notes(report) == [
        "line 1 is not rewritten: what m@1 answers not every client admits (two: output-value-outside)"
    ]


@pytest.mark.parametrize(
    ("recorded", "answers", "expected"),
    [
        ('{"approx": [0.5], "atol": 0.05}', (0.53, 0.5625), '{"approx": [0.5625], "atol": 0.05}'),
        ('{"approx": [0.5], "atol": 0.05}', (0.46, 0.5625), None),
        ("[0.5]", (0.500004, 0.500008), "[0.500008]"),
        ("[0.5]", (0.5, 0.500008), None),
    ],
)
def test_a_tolerance_holds_for_all_versions(
    world: World, recorded: str, answers: tuple[float, float], expected: str | None
) -> None:
    """What another version answered as recorded is held against what would be recorded now."""
    for number, answer in enumerate(answers, 1):
        world.version(f"m/{number}", NUMBER, f=answering(y=("float32", [answer])))
    world.contract(OPEN)
    line = '{{"inputs": {{"x": [1]}}, "outputs": {{"y": {}}}}}\n'
    report, after = updated(world, line.format(recorded))
    assert after == line.format(expected or recorded)
    assert bool(report.notes) is (expected is None)


@pytest.mark.parametrize("other", ["crashes", "does not load", "refuses"])
def test_a_version_that_did_not_answer_may_answer_as_recorded(world: World, other: str) -> None:
    """Nothing is known of the line at that version: it stays."""

    def first(feeds: Mapping[str, Value]) -> Outcome | Mapping[str, Value]:
        if other == "refuses":
            return Refused("INVALID_ARGUMENT", "no")
        return crash(feeds) if b"fine" not in feeds["title"].array else _comedy(feeds)

    world.version("genre/1", GENRE, **({} if other == "does not load" else {"get_genre": first}))
    world.version("genre/2", GENRE, get_genre=drama)
    world.contract(f"{ROWS}dims: {{batch: {{min: 1, max: 1}}}}\n")
    text = "".join(ONE.replace("Up", each) for each in ("a", "b", "c", "fine"))
    report, after = updated(world, text)
    assert (after, report.rewritten) == (text, ())
    (note,) = notes(report)
    assert note.startswith("line 1 and 3 more are not rewritten: genre@1 did not answer it, and one line ")


def test_a_signature_that_does_not_fit_has_no_say(world: World) -> None:
    """It has no answer to any line, and never will."""
    other = {"inputs": {"title": "string [?]"}, "outputs": {"genre": "float32 [?]"}}
    world.version("genre/1", signature("get_genre", other), get_genre=crash)
    world.version("genre/2", GENRE, get_genre=drama)
    world.contract(ROWS)
    report, after = updated(world, ONE)
    assert after == ONE.replace("Comedy", "Drama")
    assert report.notes == ()


def test_an_answer_by_chance_is_not_written_down(world: World) -> None:
    """The next run would have another one: no run would ever pass."""
    calls = itertools.count(10)
    world.version("m/1", NUMBER, f=lambda _: {"y": value("float32", [next(calls)])})
    world.contract(OPEN)
    line = '{"inputs": {"x": [1]}, "outputs": {"y": [1]}}\n'
    report, after = updated(world, line)
    assert (after, report.rewritten) == (line, ())
    assert notes(report)[0].endswith("m@1 answers it otherwise each time (answer-not-deterministic)")


def test_what_is_not_asked_twice_is_not_written_down(world: World) -> None:
    """The run ended before, for what crashed: an answer may have been a chance."""
    calls = itertools.count(10)

    def crashing(feeds: Mapping[str, Value]) -> Outcome | Mapping[str, Value]:
        x = feeds["x"].array
        return (
            crash(feeds) if (x > 100).any() else {"y": Value(feeds["x"].dtype, x + np.float32(next(calls)))}
        )

    world.version("m/1", NUMBER, f=crashing)
    world.contract(OPEN)
    lines = ['{"inputs": {"x": [1, 2]}, "outputs": {"y": [0, 0]}}\n']
    lines += [f'{{"inputs": {{"x": [{at}, 101]}}, "outputs": {{"y": [0, 0]}}}}\n' for at in range(4)]
    report, after = updated(world, "".join(lines))
    assert (after, report.rewritten) == ("".join(lines), ())


def test_rows_that_hang_alone_are_asked_three_times_and_no_more(world: World) -> None:
    """Each costs seconds; what is not asked is not said to have crashed."""
    hung = []

    def alone(feeds: Mapping[str, Value]) -> Outcome | Mapping[str, Value]:
        if len(feeds["x"].array) > 1:
            return {"y": feeds["x"]}
        hung.append(1)
        return Hung(10.0)

    world.version("m/1", NUMBER, f=alone)
    world.contract(f"{OPEN}dims: {{batch: {{min: 1, max: 64}}}}\n")
    text = "".join(f'{{"inputs": {{"x": [{at}]}}, "outputs": {{"y": [-1]}}}}\n' for at in range(1, 200))
    file = Path(world.contracts) / "rows.jsonl"
    file.write_text(text, encoding="utf-8")
    report = world.verify(rows=0)
    assert {"model-hung"} <= set(rules(report)) <= {"model-hung", "example-mismatch"}
    assert any("stopped after 3 calls" in each for each in report.verdicts[0].evidence.notes)


def test_where_something_recorded_is_wrong_nothing_is_rewritten(world: World) -> None:
    """It is mended first: the run is not whole."""
    world.version("genre/1", GENRE, get_genre=drama)
    world.contract(ROWS)
    text = f"{ONE}{ONE.replace('title', 'titel')}"
    report, after = updated(world, text)
    assert (after, report.rewritten, report.exit_code) == (text, (), 2)
    assert report.notes == ("there are mistakes in examples or real rows: nothing is rewritten",)


def test_every_file_that_cannot_be_written_is_named(world: World) -> None:
    """And none of them is half written."""
    world.version("genre/1", GENRE, get_genre=drama)
    world.contract(ROWS.replace("rows.jsonl", "[rows.jsonl, more.jsonl]"))
    files = [Path(world.contracts) / name for name in ("more.jsonl", "rows.jsonl")]
    for file in files:
        file.write_text(ONE, encoding="utf-8")
        file.chmod(0o444)
    report = world.verify(rows=0, update_examples=True)
    told = "; ".join(f"{each} cannot be rewritten: it is read-only" for each in files)
    assert str(report.incomplete) == told
    assert [each.read_text(encoding="utf-8") for each in files] == [ONE, ONE]


def test_what_another_client_calls_sensitive_is_not_shown(world: World) -> None:
    """It is written, as the one who relies on it does not mind; where is told, and not what."""
    world.version("m/1", LABELLED, f=labelled)
    text = OPEN.replace("protocol: grpc", "protocol: rest\nlanguage: python")
    text = text.replace("    rows_from", "    answer: named\n    rows_from")
    label = text.replace("client: app", "client: one").replace("{y: {dtype: float32", "{label: {dtype: text")
    world.contract(label, "one")
    world.contract(text.replace("app", "two").replace("{x: {", "{x: {sensitive: true, "), "two")
    line = (
        '{"request": {"signature_name": "f", "instances": [0.625]},'
        ' "response": {"predictions": [{"y": 0.625, "label": "a"}]}}\n'
    )
    report, after = updated(world, line)
    assert after == line.replace('"a"', '"b"')
    (made,) = report.rewritten
    assert made.diff == "not shown, as a client has `sensitive` tensors there: line 1"
    assert "0.625" not in render(report, colour=False).partition("rewritten:")[2]


def test_a_number_that_json_has_no_form_for_is_left(world: World) -> None:
    """JSON Lines are JSON."""
    world.version("m/1", NUMBER, f=answering(y=("float32", [float("nan")])))
    world.contract(
        OPEN.replace("outputs: {y: {dtype: float32", "outputs: {y: {finite: false, dtype: float32")
    )
    line = '{"inputs": {"x": [1]}, "outputs": {"y": [1]}}\n'
    report, after = updated(world, line)
    assert after == line
    assert notes(report) == ["line 1 is not rewritten: JSON has no form for a number that is not finite"]


def test_many_and_long_lines_are_cut_where_they_are_shown(world: World) -> None:
    """The file has all of them."""
    world.version("genre/1", GENRE, get_genre=drama)
    world.contract(ROWS.replace("maxLength: 20", "maxLength: 700"))
    text = "".join(ONE.replace("Up", f"Up{at}{'p' * 600}") for at in range(30))
    report, after = updated(world, text)
    assert after == text.replace("Comedy", "Drama")
    (made,) = report.rewritten
    assert made.answers == 30
    shown = made.diff.splitlines()
    assert (len(shown), shown[-1]) == (2 + 3 * 20 + 1, "… and 10 more lines")
    assert all(len(each) < 420 for each in shown)
    assert all("Drama" in each for each in shown[4:-1:3])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([0, 0.25, 1, 0.1]),
            st.sampled_from([0, 0.25, -0.1, 1.0]),
            st.sampled_from(["a", "it's: 0.25, #ü", 'q"\\', "\n"]),
            st.sampled_from(["tensors", "pair", "bare", "approx"]),
            st.sampled_from(["", " ", "\t"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_written_passes(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, float, str, str, str, bool]]
) -> None:
    """Whatever a line looks like: rewritten, the same version passes, and requests are the same."""
    world = World(tmp_path_factory.mktemp("law"))
    made = signature(
        "f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]", "t": "string [?]"}}
    )

    def answer(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        x = feeds["x"].array
        return {
            "y": Value(feeds["x"].dtype, np.asarray(x / 3 * (x < 1), np.float32)),
            "t": value("string", [f"it's: {each:.2f}, #ü" for each in x.tolist()]),
        }

    world.version("m/1", made, f=answer)
    text = OPEN.replace("protocol: grpc", "protocol: rest\nlanguage: python")
    world.contract(
        text.replace(
            "float32, shape: [batch]}}\n    rows",
            "float32, shape: [batch]}, t: {dtype: text, shape: [batch]}}\n    rows",
        )
    )
    before = "".join(_line(*each) for each in rows)
    report, after = updated(world, before)
    assert report.notes == ()
    again = world.verify(rows=0, update_examples=True)
    assert (again.rewritten, again.notes, rules(again)) == ((), (), [])
    for old, new in zip(before.split("\n"), after.split("\n"), strict=True):
        assert _sent(old) == _sent(new)
        assert old[: len(old) - len(old.lstrip())] == new[: len(new) - len(new.lstrip())]


def _line(x: float, y: float, text: str, form: str, space: str, ascii_only: bool) -> str:  # noqa: FBT001 - drawn
    body = {"signature_name": "f", "instances": [x]}
    shown = {"approx": [y], "atol": 0.05} if form == "approx" else [y]
    row: dict[str, object] = {"inputs": {"x": [x]}, "outputs": {"y": shown, "t": [text]}}
    if form == "pair":
        row = {"request": body, "response": {"predictions": [{"y": y, "t": text}]}}
    if form == "bare":
        row = dict(body)
    return f"{space}{json.dumps(row, ensure_ascii=ascii_only)}{space}\n"


def _sent(line: str) -> object:
    if not line.strip():
        return line
    row = json.loads(line)
    return {key: each for key, each in row.items() if key not in {"outputs", "response"}}
