"""Reading traffic: the forms that it comes in, what is passed over, and what is refused, with its line."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from sigpact.authoring.fmt import formatted
from sigpact.authoring.lint import lint
from sigpact.contract.load import load
from sigpact.contract.model import Image
from sigpact.contract.source import parse
from sigpact.errors import ConfigurationError, ContractError
from sigpact.values.images import images_of
from tests.authoring.traffics import inited, rows_of
from tests.rows.logs import (
    Features,
    classes,
    floats,
    frame,
    infer_log,
    input_of,
    predict_log,
    regressions,
    strings,
)
from tests.rules.cases import signature
from tests.savedmodel.writer import write_export

GENRE = signature("f", {"inputs": {"title": "string [?]"}, "outputs": {"genre": "string [?]"}})


def of_lines(folder: Path, *rows: object) -> Path:
    """Write JSON Lines."""
    file = folder / "traffic.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return file


def of_records(folder: Path, *records: bytes) -> Path:
    """Write a TFRecord."""
    file = folder / "traffic.tfrecord"
    file.write_bytes(b"".join(map(frame, records)))
    return file


def pair(request: object, response: object) -> dict[str, Any]:
    """Make a line of a request and its answer."""
    return {"request": request, "response": response}


LONE = {"instances": ["a"]}
MISTAKES: list[tuple[list[object], str]] = [
    ([LONE, {"inputs": ["a"]}], "2:1: the body is columnar here and row before: one contract has one form"),
    ([LONE, {"instances": [1]}], "2:1: 'input' holds integer here and text before"),
    ([{"instances": ["a", 1]}], "1:1: 'input' holds values of several kinds"),
    ([{"instances": [None]}], "1:1: 'input' holds null"),
    ([{"instances": [[1], [1, 2]]}], "1:1: 'input' has lists of different lengths side by side"),
    ([{"instances": [{"x": 1}, {"y": 1}]}], "1:1: 'y' stands in one row of the request, not in the first"),
    ([{"instance": [1]}], "1:1: a body has exactly one of 'instances' and 'inputs', found none"),
    ([{"instances": ["\ud83d"]}], "1:1: 'input' has half of a surrogate pair, which is no character"),
    ([{"instances": [{"b64": "?"}]}], "1:1: 'input': '?' is not base64"),
    ([{"instances": [1 << 70]}], "1:1: 'input' has whole numbers that no integer dtype holds"),
    (
        [pair(LONE, {"outputs": [1]})],
        "1:1: the answer beside it has no 'predictions', as one to 'instances' has",
    ),
    (
        [pair(LONE, {"predictions": ["x"]}), pair(LONE, {"predictions": [{"g": "x", "h": 1}]})],
        "2:1: the answer holds objects by name here and bare values before",
    ),
    (
        [pair(LONE, {"predictions": [{"g": 1, "h": 1}]}), pair(LONE, {"predictions": [{"g": 1, "i": 1}]})],
        "2:1: the answer has g, i here, and g, h before: two versions answered",
    ),
    ([{"examples": [{"x": 1}]}], "1:1: classify or regress? the URL tells, and it is not here"),
]


@pytest.mark.parametrize(("rows", "told"), MISTAKES)
def test_what_is_wrong_with_a_row_is_told_with_its_line(
    tmp_path: Path, rows: list[object], told: str
) -> None:
    """Nothing is written of traffic that is not understood."""
    file = of_lines(tmp_path, *rows)
    with pytest.raises(ContractError) as caught:
        inited(file)
    assert str(caught.value).startswith(f"{file}:{told}")


def test_all_wrong_rows_are_told(tmp_path: Path) -> None:
    """One line each, up to twenty, and how many more there are."""
    file = of_lines(tmp_path, *[{"instances": [None]}] * 30)
    with pytest.raises(ContractError) as caught:
        inited(file)
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1].endswith("10 more rows are wrong")


def test_a_refused_request_says_nothing(tmp_path: Path) -> None:
    """What the server refused is no promise of the client."""
    refused = pair({"instances": [["nested"]]}, {"error": "no"})
    text = inited(of_lines(tmp_path, LONE, refused))
    assert "seen: 1 request with 1 row, 0 answers" in text
    with pytest.raises(ConfigurationError, match="there is no signature"):
        inited(of_lines(tmp_path, refused))


FORMS: list[tuple[object, list[str]]] = [
    (pair({"instances": ["a"]}, {"predictions": ["x"]}), ["body: row", "answer: bare"]),
    (pair({"instances": [{"t": "a"}]}, {"predictions": ["x"]}), ["body: row", "named: true", "answer: bare"]),
    (
        pair({"inputs": {"t": ["a"]}}, {"outputs": {"g": ["x"], "h": [1]}}),
        ["body: columnar", "named: true", "answer: named"],
    ),
    (pair({"inputs": ["a"]}, {"outputs": ["x"]}), ["body: columnar", "answer: bare"]),
    ({"inputs": {"t": ["a"]}, "outputs": {"g": ["x"]}}, []),
]


@pytest.mark.parametrize(("row", "words"), FORMS)
def test_the_form_is_as_it_was_seen(tmp_path: Path, row: object, words: list[str]) -> None:
    """Rows or columns, bare or named; a row of tensors says nothing of it."""
    lines = [each.strip() for each in inited(of_lines(tmp_path, row)).splitlines()]
    assert [each for each in lines if each.split(":")[0] in {"body", "named", "answer"}] == words


def test_names_that_are_not_on_the_wire_are_the_exports(tmp_path: Path) -> None:
    """Without an export any name will do."""
    file = of_lines(tmp_path, pair({"signature_name": "f", "instances": ["a"]}, {"predictions": ["x"]}))
    export = write_export(tmp_path / "m" / "1", [GENRE])
    assert "title: {dtype: text" in inited(export, file)
    alone = inited(file)
    assert "input: {dtype: text" in alone
    assert "any name will do for the input" in alone


CLASHES: list[tuple[dict[str, Any], str]] = [
    ({"instances": [{"name": "a"}]}, "the traffic sends 'name', and that is none of its inputs"),
    ({"instances": [1]}, "'title' holds values of kind integer in the traffic, and is string in the export"),
    ({"instances": [["a"]]}, "'title' has 2 dimensions in the traffic, [?] in the export"),
    ({"signature_name": "g", "instances": ["a"]}, "the traffic calls 'g', which "),
]


@pytest.mark.parametrize(("row", "told"), CLASHES)
def test_traffic_of_another_version_is_refused(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    """No contract is satisfied by both."""
    export = write_export(tmp_path / "m" / "1", [GENRE])
    with pytest.raises(ConfigurationError) as caught:
        inited(export, of_lines(tmp_path, {"signature_name": "f", **row}))
    assert told in str(caught.value)


def test_dimensions_that_vary_together_have_one_name(tmp_path: Path) -> None:
    """Over inputs and outputs; what had the same length in every call is fixed."""
    rows = []
    for number in range(12):
        rows_, length = 1 + number % 4, 2 + number % 5
        ids = [{"ids": [7] * length, "mask": [1] * length, "size": [0.5, 0.7]} for _ in range(rows_)]
        answers = [{"scores": [0.1] * length, "top": [1, 2, 3]} for _ in range(rows_)]
        rows.append(pair({"instances": ids}, {"predictions": answers}))
    text = inited(of_lines(tmp_path, *rows))
    for line in (
        "  batch: {min: 1, max: 8}",
        "  length: {min: 1, max: 10}",
        "ids: {dtype: integer, shape: [batch, length], enum: [7]}",
        "size: {dtype: number, shape: [batch, 2], minimum: 0, maximum: 1}",
        "scores: {dtype: number, shape: [batch, length], minimum: 0, maximum: 1}",
        "top: {dtype: integer, shape: [batch, 3], enum: [1, 2, 3]}",
    ):
        assert line in text


def test_lengths_that_once_differ_have_no_name_in_common(tmp_path: Path) -> None:
    """Nine calls of ten prove nothing."""
    rows = [{"inputs": {"a": [0.5] * n, "b": [0.5] * (n + (n == 9))}} for n in range(1, 11)]
    text = inited(of_lines(tmp_path, *rows))
    assert "a: {dtype: number, shape: [batch]" in text
    assert "b: {dtype: number, shape: [batch" not in text


def test_records_of_classify_are_features(tmp_path: Path) -> None:
    """The features of tf.Examples, those not always sent optional; labels and scores."""
    examples: list[Features] = [
        {"age": [n], "name": [b"n%d" % n], **({"odd": [0.5]} if n % 2 else {})} for n in range(1, 41)
    ]
    answer = classes([("yes", 0.75), ("no", 0.25)])
    file = of_records(tmp_path, *(infer_log(2, "f", input_of([each]), answer) for each in examples))
    text = inited(file, protocol="grpc")
    for line in (
        "verb: classify",
        "age: {dtype: int64, shape: [1], minimum: 0, maximum: 50}",
        "name: {dtype: text, shape: [1], minLength: 1, maxLength: 5}",
        "odd: {dtype: float32, shape: [1], optional: true, minimum: 0, maximum: 0.5}",
        'classes: {dtype: text, shape: [batch, 2], enum: ["no", "yes"]}',
    ):
        assert line in text

    draft = tmp_path / "draft.contract.yaml"
    draft.write_text(text, encoding="utf-8")
    assert rows_of(load(draft), file) == 40


def test_images_are_told_by_their_headers(tmp_path: Path) -> None:
    """Media type, sizes and modes, rounded outward; the images lie inside."""
    said = Image("image/png", (30, 90), (40, 40), ("RGB", "L"))
    made = images_of(said)
    data = [*made.pool, *(each for _, each in made.special)]
    rows = [{"inputs": [{"b64": b64encode(each).decode()}]} for each in data]
    file = of_lines(tmp_path, *rows)
    text = inited(file, examples=False)
    draft = tmp_path / "draft.contract.yaml"
    draft.write_text(text, encoding="utf-8")
    contract = load(draft)
    found = contract.signatures[0].inputs[0].domain.image
    assert found is not None
    assert found.media == "image/png"
    assert set(found.modes) == {"RGB", "L"}
    assert found.height[0] <= 30
    assert found.height[1] >= 90
    assert rows_of(contract, file) == len(rows)


def test_an_input_that_is_not_sent_clashes(tmp_path: Path) -> None:
    """Over REST each is sent in each request; over gRPC one with a default may be left out."""
    two = signature(
        "f", {"inputs": {"a": "float32 [?]", "b": "float32 [?]"}, "outputs": {"y": "float32 [?]"}}
    )
    export = write_export(tmp_path / "m" / "1", [two])
    sent = {"a": floats(1.0)}
    always = predict_log("f", {**sent, "b": floats(2.0)}, {"y": floats(1.0)})
    never = of_records(tmp_path, predict_log("f", sent, {"y": floats(1.0)}))
    for protocol in ("rest", "grpc"):
        with pytest.raises(ConfigurationError, match="does not send 'b', which the export needs"):
            inited(export, never, protocol=protocol)
    once = of_records(tmp_path, always, predict_log("f", sent, {"y": floats(1.0)}))
    with pytest.raises(ConfigurationError, match="does not always send 'b', which the export needs"):
        inited(export, once, protocol="grpc")
    assert "b: {dtype: float32, shape: [batch], optional: true" in inited(once, protocol="grpc")


def test_records_of_regress(tmp_path: Path) -> None:
    """Over REST as well: what logged them does not tell."""
    records = [infer_log(3, "f", input_of([{"age": [n]}]), regressions(0.1 * n)) for n in range(1, 13)]
    text = inited(of_records(tmp_path, *records), protocol="rest")
    assert "age: {dtype: integer, shape: [1], minimum: 0, maximum: 20}" in text
    assert "outputs: {dtype: number, shape: [batch]}" in text


def test_bytes_in_records_are_bytes_once_they_are_no_text(tmp_path: Path) -> None:
    """A text is no promise where the next value is none; lengths are counted in bytes then."""
    sent = [strings("é" * 3), strings(b"\xff\xfe")]
    records = [predict_log("f", {"blob": each}, {"y": floats(1.0)}) for each in sent]
    text = inited(of_records(tmp_path, *records), protocol="grpc")
    assert "blob: {dtype: bytes, shape: [batch], minLength: 1, maxLength: 10}" in text


@pytest.mark.parametrize("answered", [0.0, -0.0, 0.25])
def test_one_row_is_no_list_of_all_there_are(tmp_path: Path, answered: float) -> None:
    """Its elements are alike, however many: nothing is promised of the next row's."""
    row = {"instances": [[answered] * 64]}
    text = inited(of_lines(tmp_path, pair(row, {"predictions": [[answered] * 64]})))
    assert not [line for line in text.splitlines() if "enum: [" in line and "#" not in line]
    assert "shares or probabilities" not in text


def test_an_example_of_a_listed_value_shows_nothing(tmp_path: Path) -> None:
    """Each value of an `enum` is sent anyway: of what is written lint says but that nobody gave an owner."""
    rows = [
        pair({"instances": [word]}, {"predictions": [label]})
        for word, label in [("en", "yes"), ("de", "no")] * 30
    ]
    text = inited(of_lines(tmp_path, *rows))
    assert "enum: [de, en]" in text
    assert "examples:" not in text
    assert lint(parse(text, "a.contract.yaml")) == ()


def test_what_is_written_is_as_fmt_lays_it_out(tmp_path: Path) -> None:
    """However long its lines would be."""
    sent = {"user id": 2**53 + 1, "items": [*range(20)], "language": "de", "price": 12.34567, "new": True}
    rows = [pair({"instances": [sent]}, {"predictions": [{"scores": [0.123456789] * 9}]})] * 3
    text = inited(of_lines(tmp_path, *rows))
    assert "examples:" in text
    assert formatted(parse(text, "a.contract.yaml")) == text


def test_an_error_alone_is_called_so(tmp_path: Path) -> None:
    """As `curl …/metadata` has it of a model that is not served."""
    with pytest.raises(ContractError, match="the server answered with an error"):
        inited(of_lines(tmp_path, {"error": "Servable not found for request: Latest(m)"}))


def test_null_in_an_answer_is_called_so(tmp_path: Path) -> None:
    """It is not a name that is missing."""
    row = pair({"instances": ["a"]}, {"predictions": [{"genre": "x", "score": None}]})
    with pytest.raises(ContractError, match="'predictions' holds null"):
        inited(of_lines(tmp_path, row))


def test_no_examples(tmp_path: Path) -> None:
    """Rows of traffic may be what nobody wants in a repository."""
    file = of_lines(tmp_path, {"instances": ["a secret"]})
    assert "a secret" in inited(file)
    assert "a secret" not in inited(file, examples=False)
