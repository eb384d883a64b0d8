"""Logged requests as real rows: tensors of the contract's dtypes, features with rows in front."""

from pathlib import Path

import pytest

from tests.rows.logs import (
    classes,
    floats,
    frame,
    infer_log,
    input_of,
    multi_log,
    predict_log,
    strings,
)
from tests.rows.reading import NUMBERS, TITLES, read
from tests.savedmodel.test_tensors import packed, proto

REQUESTS = Path(__file__).parents[1] / "cases" / "rows" / "requests.tfrecord"
INFERENCE = """\
dims: {batch: {max: 4}}
signatures:
  classify:
    verb: classify
    inputs:
      age: {dtype: float32, shape: [], minimum: 0, maximum: 9}
      tag: {dtype: string, shape: [2], optional: true}
    context: {n: {dtype: int64, shape: [], minimum: 0, maximum: 9, optional: true}}
    outputs: {classes: {dtype: string, shape: [batch, k]}, scores: {dtype: float32, shape: [batch, k]}}
    rows_from: rows.jsonl
"""


def test_a_predict_request_is_sent_as_it_was(tmp_path: Path) -> None:
    """Its rows together, with what of its answer the contract declares; others are passed over."""
    made = read(tmp_path, TITLES, REQUESTS.read_bytes())
    assert made.told == []
    assert [each.values["title"].array.tolist() for each in made.requests] == [
        [b"Jaws", "Amélie".encode()],
        [b"Alien"],
    ]
    first, second = made.requests
    assert (first.rows, first.label) == (2, f"{tmp_path}/rows.jsonl: record 1")
    assert first.recorded is not None
    assert [(each.name, each.value) for each in first.recorded.answer] == [("genre", (b"Drama", b"Comedy"))]
    assert (second.recorded and second.recorded.answer) == ()
    assert made.seen.foreign == 7


def test_a_rest_client_has_its_numbers_without_a_width(tmp_path: Path) -> None:
    """What a gRPC client sent as float32 and int8 is a number to it; its own JSON follows when it is sent."""
    text = NUMBERS.replace("dtype: float32, shape: [batch, n]", "dtype: number, shape: [batch, n]")
    text = text.replace("dtype: int8", "dtype: integer").replace("dtype: float32", "dtype: number")
    record = predict_log("f", {"x": floats(0.5, 1.0, shape=(1, 2)), "k": proto("int8", (1,), packed(7, -3))})
    made = read(tmp_path, text, frame(record), "rest")
    assert made.told == []
    (request,) = made.requests
    assert {name: (each.dtype.name, each.array.tolist()) for name, each in request.values.items()} == {
        "x": ("float64", [[0.5, 1.0]]),
        "k": ("int64", [-3]),
    }
    assert request.body is None


WRONG = [
    # (record, the message)
    (predict_log("f", {"x": floats(0.5, shape=(1, 1))}), "the row does not send k"),
    (
        predict_log("f", {"x": proto("float64", (1, 1), b""), "k": proto("int8", (1,), b"")}),
        "'x' is float64 in the record, and float32 here",
    ),
    (
        predict_log("f", {"x": floats(1.5, shape=(1, 1)), "k": proto("int8", (1,), b"")}),
        "1.5 breaks maximum 1 of 'x'",
    ),
    (
        predict_log("f", {"x": floats(0.5, shape=(1, 1)), "kk": proto("int8", (1,), b"")}),
        "'kk' is no input of 'f'; did you mean 'k'?",
    ),
    (
        predict_log("f", {"x": floats(0.5), "k": proto("int8", (1,), b"")}),
        "the value has shape [1], 'x' has [batch, n]",
    ),
    (
        predict_log("f", {"x": proto("resource", (1,), b"")}),
        "no PredictionLog: 'x': no array carries resource",
    ),
    (predict_log("f", {"x": floats(0.5)})[:-3], "no PredictionLog: a field that wants"),
]


@pytest.mark.parametrize(("record", "message"), WRONG)
def test_what_is_wrong_with_a_record_is_told(tmp_path: Path, record: bytes, message: str) -> None:
    """With its number; the records after it are read."""
    good = predict_log("f", {"x": floats(0.5, shape=(1, 1)), "k": proto("int8", (1,), b"")})
    made = read(tmp_path, NUMBERS, frame(record) + frame(good))
    (told,) = made.told
    assert told.startswith(f"rows.jsonl:1:1: record 1: {message}")
    assert len(made.requests) == 1


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    """A text is UTF-8 when it is sent."""
    made = read(tmp_path, TITLES, frame(predict_log("get_genre", {"title": strings(b"\xff")})))
    assert made.told == ["rows.jsonl:1:1: record 1: 'title' has bytes that are not UTF-8, and is a text here"]


def test_classify(tmp_path: Path) -> None:
    """Examples alike make one call, with the context beside them and labels and scores as recorded."""
    made = read(tmp_path, INFERENCE, REQUESTS.read_bytes())
    assert made.told == []
    first, second = made.requests
    assert {name: each.array.tolist() for name, each in first.values.items()} == {
        "age": [3.5, 4.5],
        "tag": [[b"a", b"b"], [b"c", b"d"]],
        "n": 7,
    }
    assert first.recorded is not None
    assert {each.name: each.value for each in first.recorded.answer} == {
        "classes": ((b"x", b"y"), (b"x", b"y")),
        "scores": ((0.5, 0.25), (0.125, 1.0)),
    }
    assert second.values.keys() == {"age"}, "the task of a multi-inference request"


def test_examples_that_differ_are_calls_of_their_own(tmp_path: Path) -> None:
    """No tensor holds both, and the server answers each by itself; each keeps its own answer."""
    sent = input_of([{"age": [1.0]}, {"age": [2.0], "tag": [b"a", b"b"]}])
    record = infer_log(2, "classify", sent, classes([("x", 0.5)], [("y", 0.25)]))
    made = read(tmp_path, INFERENCE, frame(record))
    assert made.told == []
    assert [sorted(each.values) for each in made.requests] == [["age"], ["age", "tag"]]
    answers = [each.recorded.answer[0].value for each in made.requests if each.recorded]
    assert answers == [((b"x",),), ((b"y",),)]


def test_regress(tmp_path: Path) -> None:
    """A value an example, as the client declares it."""
    text = (
        INFERENCE[: INFERENCE.index("      tag")]
        .replace("classify", "regress")
        .replace("minimum: 0", "minimum: -9")
    )
    text += "    outputs: {outputs: {dtype: float32, shape: [batch, 1]}}\n    rows_from: rows.jsonl\n"
    made = read(tmp_path, text, REQUESTS.read_bytes())
    assert made.told == []
    answers = [each.recorded.answer[0].value for each in made.requests if each.recorded]
    assert answers == [((0.5,), (2.0,)), ((0.75,),)]
    assert made.requests[0].values["age"].array.tolist() == [3.5, -1.0]


FEATURES = [
    ([{"age": [3]}], "'age' is an int64 list in the record, and float32 here"),
    ([{"age": [1.0, 2.0]}], "'age' has 2 values, which make no []"),
    ([{"age": [10.0]}], "10.0 breaks maximum 9 of 'age'"),
    ([{"tag": [b"a", b"b"]}], "the row does not send age"),
    ([{"age": [1.0], "tag": [b"a"]}], "a dimension of 2 is 1 here"),
    ([{"age": [1.0], "tga": [b"a"]}], "'tga' is no input of 'classify'; did you mean 'tag'?"),
    ([], "there is no example in it"),
]


@pytest.mark.parametrize(("examples", "message"), FEATURES)
def test_what_is_wrong_with_features_is_told(
    tmp_path: Path, examples: list[dict[str, list[float]]], message: str
) -> None:
    """As with an example of the contract."""
    record = infer_log(2, "classify", input_of(examples))
    assert read(tmp_path, INFERENCE, frame(record)).told == [f"rows.jsonl:1:1: record 1: {message}"]


def test_a_classify_body(tmp_path: Path) -> None:
    """Over REST: single values and lists, the context, the results beside it; sent as it was."""
    text = (
        '{"signature_name": "classify", "context": {"n": 7}, "examples": '
        '[{"age": 1.5, "tag": ["a", "b"]}, {"age": [2.5], "tag": ["c", "d"]}]}'
    )
    response = '{"results": [[["x", 0.5]], [["y", 0.25]]]}'
    made = read(tmp_path, INFERENCE, f'{{"request": {text}, "response": {response}}}\n', "rest")
    assert made.told == []
    (request,) = made.requests
    assert request.body == text.encode()
    assert request.values["tag"].array.tolist() == [[b"a", b"b"], [b"c", b"d"]]
    assert request.values["age"].array.tolist() == [1.5, 2.5]
    assert request.recorded is not None
    assert request.recorded.answer[0].value == ((b"x",), (b"y",))


def test_a_task_of_another_signature_is_passed_over(tmp_path: Path) -> None:
    """A multi-inference request is the signature's where one of its tasks is."""
    sent = input_of([{"age": [1.0]}])
    made = read(tmp_path, INFERENCE, frame(multi_log([("regress", "regress")], sent)))
    assert made.told == ["rows.jsonl:1:1: the file has no row for 'classify': its rows are for regress"]
