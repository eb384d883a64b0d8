"""`--update-examples`: which answers are written down, where, and when none is."""

import base64
import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigpact.contract.extents import extents
from sigpact.contract.source import parse
from sigpact.engine.updating import examples
from sigpact.frozen import replace
from sigpact.report.model import Report
from sigpact.runtime.fake import Function
from sigpact.runtime.protocol import Hung, Outcome, Refused
from sigpact.wire.arrays import Value, value
from tests.contract.layouts import Layout
from tests.engine.world import APP, GENRE, NUMBER, NUMBERS, World, answering, drama, rules, same
from tests.rules.cases import signature


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


def updated(world: World, text: str, name: str = "app") -> tuple[Report, str]:
    """Verify with updating, and return the report and what the contract says then."""
    file = world.contract(text, name)
    report = world.verify(rows=0, update_examples=True)
    return report, file.read_bytes().decode()


GENRE_EXAMPLE = f"""{APP}\
    examples:
      - name: one   # as seen in May
        inputs: {{title: [x, yy]}}
        outputs: {{genre: ['Comedy',  Drama]}}  # odd
"""


def test_the_answer_is_written_where_the_old_one_stands(world: World) -> None:
    """The element that differs and nothing else; that run is a no, the next a yes that writes nothing."""
    world.version("genre/1", GENRE, get_genre=drama)
    report, text = updated(world, GENRE_EXAMPLE)
    assert text == GENRE_EXAMPLE.replace("'Comedy'", "'Drama'")
    assert (report.answer, report.exit_code, rules(report)) == ("no", 1, ["example-mismatch"])
    (file,) = report.rewritten
    assert (file.answers, file.diff.splitlines()[2:]) == (
        1,
        [
            "@@ -11,4 +11,4 @@",
            "     examples:",
            "       - name: one   # as seen in May",
            "         inputs: {title: [x, yy]}",
            "-        outputs: {genre: ['Comedy',  Drama]}  # odd",
            "+        outputs: {genre: ['Drama',  Drama]}  # odd",
        ],
    )
    again = world.verify(rows=0, update_examples=True)
    assert (again.exit_code, again.rewritten, again.notes) == (0, (), ())
    assert world.verify(rows=0).exit_code == 0


def test_without_being_asked_nothing_is_written(world: World) -> None:
    """An example that is answered otherwise is a finding."""
    world.version("genre/1", GENRE, get_genre=drama)
    file = world.contract(GENRE_EXAMPLE)
    report = world.verify(rows=0)
    assert (report.exit_code, report.rewritten) == (1, ())
    assert file.read_text(encoding="utf-8") == GENRE_EXAMPLE


def test_a_pending_contract_is_rewritten_and_that_run_is_no_yes(world: World) -> None:
    """A breach of a pending contract does not block; a file that was rewritten does, once."""
    world.version("genre/1", GENRE, get_genre=drama)
    text = f"status: pending\n{GENRE_EXAMPLE}"
    assert updated(world, text)[0].exit_code == 1
    assert world.verify(rows=0, update_examples=True).rewritten == ()


def numbers(outputs: str, said: str = "") -> str:
    """Return a contract over numbers with one example."""
    text = NUMBERS.replace("minimum: 0, maximum: 1}\n    outputs", "minimum: 0, maximum: 10}\n    outputs")
    return f"{text}    examples: [{{inputs: {{x: [0.5, 0.25]}}, outputs: {{y: {outputs}}}{said}}}]\n"


@pytest.mark.parametrize(
    ("before", "answer", "after"),
    [
        # the shortest decimal that is the float32
        ("[0.5, 0.5]", [0.5, 0.1], "[0.5, 0.1]"),
        ("[0.5, 0.5]", [0.1234567, 1e-30], "[0.1234567, 1e-30]"),
        # what is near enough stays
        ("[0.500001, 0.5]", [0.5, 0.75], "[0.500001, 0.75]"),
        ("{approx: [0.52, 0.5], atol: 0.05}", [0.5, 0.75], "{approx: [0.52, 0.75], atol: 0.05}"),
        ("{atol: 0.05, approx: [0.4, 0.5]}", [0.5, 0.75], "{atol: 0.05, approx: [0.5, 0.75]}"),
        ("{approx: [1, 1]}", [1.0, 0.0], "{approx: [1, 0.0]}"),
    ],
)
def test_numbers(world: World, before: str, answer: list[float], after: str) -> None:
    """Element by element, as short as the client may write them."""
    world.version("m/1", NUMBER, f=answering(y=("float32", answer)))
    report, text = updated(world, numbers(before))
    assert text == numbers(after)
    assert report.rewritten[0].answers == 1


def test_over_rest_a_number_is_what_the_json_says(world: World) -> None:
    """Nine digits of a float32 are a double to the client: exact means that double."""
    text = numbers("[0.5, 0.5]", said=", exact: true").replace("protocol: grpc", "language: python")
    world.version("m/1", NUMBER, f=answering(y=("float32", [0.5, 0.29727958])))
    _, after = updated(world, text)
    assert "y: [0.5, 0.297279567]" in after
    assert "example-mismatch" not in rules(world.verify(rows=0))


RAW = f"""{APP}\
    examples:
      - request: {{signature_name: get_genre, instances: [x, yy]}}
        response: {{predictions: [Comedy, Drama]}}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{predictions: [Comedy, Drama]}", "{predictions: [Drama, Drama]}"),
        ('{predictions: ["Comedy"]}', '{predictions: ["Drama", "Drama"]}'),
        ("{outputs: [Drama]}", "{predictions: [Drama, Drama]}"),
        ("[Comedy]", "{predictions: [Drama, Drama]}"),
    ],
)
def test_raw_responses(world: World, before: str, after: str) -> None:
    """What differs in the body, as small as it can be; where the body has another form, all of it."""
    world.version("genre/1", GENRE, get_genre=drama)
    text = RAW.replace("{predictions: [Comedy, Drama]}", before)
    assert updated(world, text)[1] == text.replace(before, after)
    assert world.verify(rows=0).exit_code == 0


def test_json_contracts(world: World) -> None:
    """A JSON file stays the JSON that it is."""
    world.version("genre/1", GENRE, get_genre=drama)
    data = parse(RAW, "c.yaml").tree.data
    file = Path(world.contracts) / "app.contract.json"
    file.parent.mkdir()
    text = json.dumps(data, indent=3)
    file.write_text(text, encoding="utf-8")
    assert world.verify(rows=0, update_examples=True).rewritten[0].file == str(file)
    assert file.read_text(encoding="utf-8") == text.replace(
        '"Comedy",\n                     "Drama"', '"Drama",\n                     "Drama"'
    )


BLOBS = signature("f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "string [?]"}})


@pytest.mark.parametrize(
    ("dtype", "before", "answer", "after"),
    [
        ("bytes", '[{b64: "eA=="}]', b"y", '[{b64: "eQ=="}]'),
        ("bytes", "[{b64: eAo}]", b"y\n", '[{b64: "eQo="}]'),
        ("string", '[{b64: "eA=="}]', b"y", '[{b64: "eQ=="}]'),
        ("string", "[x]", b"why", "[why]"),
        ("string", "[x]", b"\xff", '[{b64: "/w=="}]'),
        ("string", "[x]", "Übermut, \u2028".encode(), '["Übermut, \\u2028"]'),
    ],
)
def test_strings_and_bytes(world: World, dtype: str, before: str, answer: bytes, after: str) -> None:
    """Bytes are base64; a string is a text where it is one and was written as one."""
    text = f"""\
contract: 1
client: app
model: m
protocol: grpc
signatures:
  f:
    inputs: {{x: {{dtype: float32, shape: [batch], minimum: 0, maximum: 1}}}}
    outputs: {{y: {{dtype: {dtype}, shape: [batch]}}}}
    examples: [{{inputs: {{x: [1]}}, outputs: {{y: {before}}}}}]
"""
    world.version("m/1", BLOBS, f=lambda feeds: {"y": value("string", [answer] * len(feeds["x"].array))})
    assert updated(world, text)[1] == text.replace(before, after)


def _refuse(_: Mapping[str, Value]) -> Outcome:
    return Refused("INVALID_ARGUMENT", "no such title")


def _hang(_: Mapping[str, Value]) -> Outcome:
    return Hung(1.0)


@pytest.mark.parametrize(
    ("function", "broken"),
    [
        (_hang, None),
        (_refuse, None),
        (answering(genre=("string", ["Horror", "Drama"])), "output-value-outside"),
        (answering(genre=("string", ["Drama"])), "answer-shape-changed"),
        (answering(genre=("string", [b"\xff", b"x"])), None),
    ],
)
def test_what_breaks_the_contract_is_not_written_down(
    world: World, function: Function, broken: str | None
) -> None:
    """It stays a finding; where there was an answer, one line says why the example stays."""
    world.version("genre/1", GENRE, get_genre=function)
    report, text = updated(world, GENRE_EXAMPLE)
    assert (text, report.rewritten, report.exit_code) == (GENRE_EXAMPLE, (), 1)
    told = "what came is no answer that the contract admits (genre@1: {})"
    assert left(report) == (
        [] if broken is None else [f"12:9: example 'one' is not rewritten: {told.format(broken)}"]
    )


def left(report: Report) -> list[str]:
    """Return why examples were not rewritten, without the file."""
    return [each.partition("app.contract.yaml:")[2] for each in report.notes]


ERROR = (
    f"{APP}    examples: [{{name: one, inputs: {{title: [x]}}, error: {{status: 400, contains: JPEG}}}}]\n"
)


@pytest.mark.parametrize("function", [drama, _refuse])
def test_expected_errors_are_for_people(world: World, function: Function) -> None:
    """Neither an answer in an error's place nor another error is written down."""
    world.version("genre/1", GENRE, get_genre=function)
    report, text = updated(world, ERROR)
    assert text == ERROR
    (told,) = left(report)
    assert told.endswith("it expects an error, and errors are for people to judge")


def test_sensitive_values_are_not_written_down(world: World) -> None:
    """Nor do they stand in the lines around a change that is shown."""
    world.version("genre/1", GENRE, get_genre=drama)
    text = GENRE_EXAMPLE.replace(
        "{dtype: text, shape: [batch], enum", "{dtype: text, sensitive: true, shape: [batch], enum"
    )
    report, after = updated(world, text)
    assert after == text
    assert "sensitive" in left(report)[0]
    # Another signature's values, three lines below
    other = GENRE_EXAMPLE.partition("signatures:\n")[2].replace("get_genre", "other")
    other = other.replace("{dtype: text", "{samples: [secret], sensitive: true, dtype: text", 1)
    world.version("genre/1", GENRE, replace(GENRE, name="other"), get_genre=drama, other=drama)
    report, after = updated(world, GENRE_EXAMPLE + other)
    assert after.startswith(GENRE_EXAMPLE.replace("'Comedy'", "'Drama'"))
    assert "secret" not in report.rewritten[0].diff


def test_an_alias_is_left_alone(world: World) -> None:
    """What would change in two places is changed in none; the next example is."""
    world.version("genre/1", GENRE, get_genre=drama)
    text = f"""{APP}\
    examples:
      - {{name: one, inputs: {{title: [x]}}, outputs: {{genre: &comedy [Comedy]}}}}
      - {{name: two, inputs: {{title: [y]}}, outputs: {{genre: *comedy}}}}
      - {{name: three, inputs: {{title: [y]}}, outputs: {{genre: [Comedy]}}}}
"""
    report, after = updated(world, text)
    assert after == text.replace("genre: [Comedy]", "genre: [Drama]")
    assert [each.split(" is ")[1] for each in left(report)] == [
        "not rewritten: a YAML alias repeats it, so another place would change with it"
    ] * 2


def _comedy(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    return {"genre": value("string", ["Comedy"] * len(feeds["title"].array))}


@pytest.mark.parametrize("first", [_comedy, drama])
@pytest.mark.parametrize("second", [_comedy, drama])
def test_versions_that_disagree_write_nothing(world: World, first: Function, second: Function) -> None:
    """One example holds for all versions: it changes where all agree, and never to and fro."""
    world.version("genre/1", GENRE, get_genre=first)
    world.version("genre/2", GENRE, get_genre=second)
    text = GENRE_EXAMPLE.replace("['Comedy',  Drama]", "['Comedy',  Comedy]")
    report, after = updated(world, text)
    if first is second:
        assert left(report) == []
        assert (after == text) is (first is _comedy)
        return
    assert (after, report.rewritten) == (text, ())
    (told,) = left(report)
    assert told == (
        "12:9: example 'one' is not rewritten: genre@2 answers otherwise than genre@1, and one example holds "
        "for all versions that the contract binds: narrow `versions`, or write a tolerance"
    )


def test_a_version_that_crashes_does_not_keep_the_others_from_it(world: World) -> None:
    """It answers nothing that the example could hold."""
    world.version("genre/1", GENRE, get_genre=drama)
    world.version("genre/2", GENRE, get_genre=_hang)
    report, after = updated(world, GENRE_EXAMPLE)
    assert after == GENRE_EXAMPLE.replace("'Comedy'", "'Drama'")
    assert sorted(set(rules(report))) == ["example-mismatch", "model-hung"]


def test_an_answer_by_chance_is_not_written_down(world: World) -> None:
    """It is asked for twice: the next run would have another one."""
    calls = itertools.count()

    def either(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        genre = ("Drama", "Comedy")[next(calls) % 2]
        return {"genre": value("string", [genre] * len(feeds["title"].array))}

    world.version("genre/1", GENRE, get_genre=either)
    report, after = updated(world, GENRE_EXAMPLE)
    assert (after, report.rewritten) == (GENRE_EXAMPLE, ())
    assert report.notes[0].endswith("genre@1 answers it otherwise each time (answer-not-deterministic)")


def test_a_file_that_changed_meanwhile_is_left_alone(world: World) -> None:
    """What somebody wrote while it ran is not overwritten; a comment more is no change."""
    file = world.contract(GENRE_EXAMPLE)

    def editing(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        file.write_text(text, encoding="utf-8")
        return drama(feeds)

    world.version("genre/1", GENRE, get_genre=editing)
    for text in (GENRE_EXAMPLE.replace("enum: [", "enum: [Western, "), "contract: 1\n"):
        file.write_text(GENRE_EXAMPLE, encoding="utf-8")
        report = world.verify(rows=0, update_examples=True)
        assert file.read_text(encoding="utf-8") == text
        assert [each.split(": ", 1)[1] for each in report.notes] == [
            "the file has changed since it was read; nothing is rewritten: run again"
        ]
    text = f"# hello\n{GENRE_EXAMPLE}"
    file.write_text(GENRE_EXAMPLE, encoding="utf-8")
    assert world.verify(rows=0, update_examples=True).rewritten
    assert file.read_text(encoding="utf-8") == text.replace("'Comedy'", "'Drama'")


def test_a_file_that_cannot_be_written_is_not_completed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 4, with the reason; the file is as it was."""
    world.version("genre/1", GENRE, get_genre=drama)

    def full(_file: str, _before: str, _text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(examples, "replace_file", full)
    report, text = updated(world, GENRE_EXAMPLE)
    assert (text, report.exit_code) == (GENRE_EXAMPLE, 4)
    assert str(report.incomplete).endswith("cannot be rewritten: No space left on device")


MIXED = signature(
    "f",
    {
        "inputs": {"x": "float32 [?]"},
        "outputs": {
            "number": "float32 [?, 2]",
            "text": "string [?]",
            "raw_bytes": "string [?]",
            "whole": "int64 [?]",
        },
    },
)


def _mixed(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    x = feeds["x"].array
    return {
        "number": value("float32", np.stack([x / 3, -x], 1)),
        "text": value("string", [f"it's: {each:.2f}, #ü" for each in x.tolist()]),
        "raw_bytes": value("string", [each.tobytes() for each in x]),
        "whole": value("int64", (x * 100).astype(np.int64)),
    }


@st.composite
def _contracts(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a contract whose examples may be right by chance, and seldom are."""
    protocol = draw(st.sampled_from(["rest", "grpc"]))
    return {
        "contract": 1,
        "client": "app",
        "model": "m",
        "protocol": protocol,
        **({"language": "python"} if protocol == "rest" else {}),
        "signatures": {
            "f": {
                "inputs": {"x": {"dtype": "float32", "shape": ["batch"], "minimum": 0, "maximum": 1}},
                "outputs": {
                    "number": {"dtype": "float32", "shape": ["batch", 2]},
                    "text": {"dtype": "text", "shape": ["batch"]},
                    "raw_bytes": {"dtype": "bytes", "shape": ["batch"]},
                    "whole": {"dtype": "int64", "shape": ["batch"]},
                },
                "examples": draw(st.lists(_examples(protocol), min_size=1, max_size=3)),
            }
        },
    }


@st.composite
def _examples(draw: st.DrawFn, protocol: str) -> dict[str, Any]:
    rows = draw(st.lists(st.sampled_from([0, 0.25, 1, 0.1]), min_size=1, max_size=3))
    numbers_ = [[draw(st.sampled_from([0, 0.5, -1.0])) for _ in range(2)] for _ in rows]
    texts = [draw(st.sampled_from(["it's: 0.00, #ü", "a", "null", "\n"])) for _ in rows]
    blobs = [{"b64": base64.b64encode(draw(st.binary(max_size=3))).decode()} for _ in rows]
    if protocol == "rest" and draw(st.booleans()):
        columns = zip(numbers_, texts, blobs, strict=True)
        predictions = [{"number": one, "text": two, "raw_bytes": three} for one, two, three in columns]
        instances = [draw(st.sampled_from([each, {"x": each}])) for each in rows[:1]] or []
        instances += [{"x": each} if isinstance(instances[0], dict) else each for each in rows[1:]]
        return {
            "request": {"signature_name": "f", "instances": instances},
            "response": {"predictions": draw(st.sampled_from([predictions, predictions[:-1], []]))},
        }
    outputs = {
        "number": draw(st.sampled_from([numbers_, {"approx": numbers_, "atol": 0.1}])),
        "text": texts,
        "raw_bytes": blobs,
    }
    return {"inputs": {"x": rows}, "outputs": {**outputs, "whole": [7 for _ in rows]}}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_law(world: World, data: st.DataObject) -> None:
    """In any layout: after an update all passes, only answers changed, and a second update writes nothing."""
    world.version("m/1", MIXED, f=_mixed)
    content = data.draw(_contracts())
    before = Layout(data.draw).document(content)
    first, after = updated(world, before)
    again = world.verify(rows=0, update_examples=True)
    assert (again.exit_code, again.rewritten) == (0, ()), after
    assert first.exit_code == (1 if before != after else 0)
    assert _without_answers(after) == _without_answers(before)


def _without_answers(text: str) -> str:
    """Return what a contract says but for the answers of its examples."""
    document = parse(text, "c.yaml")
    found = extents(document)
    answers = [
        path for path in found if "response" in path[4:5] or ("outputs" in path[4:5] and len(path) > 5)
    ]
    near = {path[:-1] for path in answers if path[-1:] == ("approx",)}
    places = {
        (found[path].start, found[path].end)
        for path in answers
        if path not in near and path[6:7] != ("atol",)
    }
    outer = [each for each in places if not any(a <= each[0] and each[1] <= b for a, b in places - {each})]
    for start, end in sorted(outer, reverse=True):
        text = text[:start] + text[end:]
    return text


def test_a_signature_as_floats_go_back(world: World) -> None:
    """An answer that is what was sent, to be sure that a request is never rewritten."""
    world.version("m/1", NUMBER, f=same)
    text = numbers("[0.5, 0.5]")
    assert updated(world, text)[1] == numbers("[0.5, 0.25]")
