"""Real rows as requests: what a line may hold, what is put together, and what is a mistake."""

import json
from pathlib import Path

import numpy as np
import pytest

from sigpact.rows.real import first_rows, real_requests, row_at
from sigpact.values.requests import Origin, row_of
from tests.rows.reading import NUMBERS, TITLES, read


def lines(*rows: object) -> str:
    """Write rows, a line each."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows)


def title(*texts: str, **outputs: object) -> dict[str, object]:
    """Return a row of titles, with what was answered."""
    return {"inputs": {"title": list(texts)}, **({"outputs": outputs} if outputs else {})}


def test_rows_of_one_are_put_together(tmp_path: Path) -> None:
    """As many as the contract lets the client send; each keeps its place and its answer."""
    rows = [title(f"t{at}", genre=[f"g{at}"]) for at in range(6)]
    made = read(tmp_path, TITLES, lines(*rows))
    assert [each.rows for each in made.requests] == [4, 2]
    first = made.requests[0]
    assert first.origin is Origin.FILE
    assert first.values["title"].array.tolist() == [b"t0", b"t1", b"t2", b"t3"]
    assert first.sizes == {"batch": 4}
    assert first.recorded is not None
    assert [each.number for each in first.recorded.places] == [1, 2, 3, 4]
    assert first.recorded.answer[0].value == ("g0", "g1", "g2", "g3")
    alone = row_of(first, 2)
    assert (alone.rows, alone.label, alone.sizes) == (1, f"{tmp_path}/rows.jsonl:3", {"batch": 1})
    assert alone.recorded is not None
    assert alone.recorded.answer[0].value == ("g2",)
    assert made.told == []


def test_rows_that_differ_are_not_put_together(tmp_path: Path) -> None:
    """Other sizes, other recorded outputs, more than one row; those alike need not stand side by side."""
    x = {"inputs": {"x": [[0.5, 1]], "k": [1]}}
    wide = {"inputs": {"x": [[0.5, 1, 0]], "k": [1]}}
    made = read(tmp_path, NUMBERS, lines(x, wide, {**x, "outputs": {"y": [1]}}, x, wide))
    found = sorted(
        (each.rows, each.sizes["n"], bool(each.recorded and each.recorded.answer)) for each in made.requests
    )
    assert found == [(1, 2, True), (2, 2, False), (2, 3, False)]
    both = {"inputs": {"x": [[0, 1], [1, 0]], "k": [1, 2]}}
    assert [each.rows for each in read(tmp_path, NUMBERS, lines(both, both)).requests] == [2, 2]


def test_rows_are_not_put_together_where_their_answer_has_no_rows(tmp_path: Path) -> None:
    """One of one row looks the same as one of one class."""
    text = TITLES.replace("genre: {dtype: text, shape: [batch]}", "genre: {dtype: text, shape: [k]}")
    rows = [title("a", genre=["x"]), title("b", genre=["y"]), title("c"), title("d")]
    made = read(tmp_path, text, lines(*rows))
    assert sorted(each.rows for each in made.requests) == [1, 1, 2]


@pytest.mark.parametrize(
    "word", ["unique: 0", "sorted: ascending", "norm: {value: 1, axis: 0}", "sumsTo: {value: 1, axis: 0}"]
)
def test_rows_are_not_put_together_where_a_word_adds_up_over_them(tmp_path: Path, word: str) -> None:
    """What holds of each row need not hold of all of them in one request."""
    text = f"""\
signatures:
  f:
    inputs: {{x: {{dtype: float32, shape: [batch], minimum: 0, maximum: 1, {word}}}}}
    outputs: {{y: {{dtype: float32, shape: [batch]}}}}
    rows_from: rows.jsonl
"""
    row = {"inputs": {"x": [1.0]}}
    made = read(tmp_path, text, lines(row, row))
    assert ([each.rows for each in made.requests], made.told) == ([1, 1], [])


def test_values_are_those_that_were_written(tmp_path: Path) -> None:
    """Numbers rounded to the dtype, whole floats for integers, NaN where the contract lets it be."""
    text = """\
signatures:
  f:
    inputs:
      x: {dtype: float32, shape: [batch], finite: false}
      k: {dtype: int64, shape: [batch]}
      b: {dtype: bool, shape: [batch]}
      s: {dtype: bytes, shape: [batch]}
    outputs: {}
    rows_from: rows.jsonl
"""
    (tmp_path / "cat.jpg").write_bytes(b"\xff\xd8")
    row = '{"inputs": {"x": [NaN, 0.1], "k": [2.0, -9223372036854775808], "b": [true, false],'
    made = read(tmp_path, text, row + ' "s": [{"b64": "AP8="}, {"file": "cat.jpg"}]}}')
    assert made.told == []
    values = made.requests[0].values
    assert np.isnan(values["x"].array[0])
    assert values["x"].array[1] == np.float32(0.1)
    assert values["k"].array.tolist() == [2, -(2**63)]
    assert values["b"].array.tolist() == [True, False]
    assert values["s"].array.tolist() == [b"\0\xff", b"\xff\xd8"]


def test_a_file_of_bytes_stands_in_the_folder_of_the_contract(tmp_path: Path) -> None:
    """Files elsewhere are none of it, and one that is not there is told."""
    text = TITLES.replace("dtype: text, shape: [batch], minLength: 1", "dtype: bytes, shape: [batch]")
    rows = [{"inputs": {"title": [{"file": name}]}} for name in ("../outside", "/etc/hostname", "gone")]
    assert read(tmp_path, text, lines(*rows)).told == [
        "rows.jsonl:1:1: 'title': '../outside' lies outside the contract's folder",
        "rows.jsonl:2:1: 'title': '/etc/hostname' lies outside the contract's folder",
        "rows.jsonl:3:1: 'title': 'gone' cannot be read: No such file or directory",
    ]


WRONG_TITLES = [
    # (line, the message)
    ('{"inputs": {"titel": ["x"]}}', "'titel' is no input of 'get_genre'; did you mean 'title'?"),
    ('{"inputs": {}}', "the row does not send title"),
    ('{"inputs": {"title": [1]}}', "'title' wants a text, found 1"),
    ('{"inputs": {"title": "x"}}', "the value has shape [], 'title' has [batch]"),
    ('{"inputs": {"title": [["x"], "y"]}}', "'title' has lists of different lengths side by side"),
    ('{"inputs": {"title": ["x", ["y"]]}}', "'title' has a list where a value stands beside"),
    ('{"inputs": {"title": [null]}}', "'title' wants a text, found nothing"),
    (
        '{"inputs": {"title": [{"b65": "x"}]}}',
        '\'title\' has an object that is neither {"b64": …} nor {"file": …}',
    ),
    ('{"inputs": {"title": [""]}}', "'' has 0 characters, fewer than minLength 1 of 'title'"),
    ('{"inputs": {"title": ["ok", "ok", "ok", "ok", "ok"]}}', "'batch' is 5 here, its max under 'dims' is 4"),
    ('{"inputs": ["x"], "outputs": {}}', "'inputs' and 'outputs' hold tensors by name"),
    (
        '{"inputs": {"title": ["x"]}, "ouputs": {}}',
        "unknown key 'ouputs' beside inputs: did you mean 'outputs'?",
    ),
    (
        '{"inputs": {"title": ["x"]}, "time": 7}',
        "unknown key 'time' beside inputs: what is no part of the row goes under 'meta'",
    ),
    (
        '{"inputs": {"title": ["x"]}, "outputs": {"gnre": ["x"]}}',
        "'gnre' is no output of 'get_genre'; did you mean 'genre'?",
    ),
    ('{"inputs": {"title": ["x"]}, "outputs": {"genre": [1]}}', "'genre' wants a text, found 1"),
    (
        '{"inputs": {"title": ["x"]}, "outputs": {"genre": ["a", "b"]}}',
        "'batch' is 1 in this row, and 2 here",
    ),
    (
        '{"input": {"title": ["x"]}}',
        "a row has 'inputs', 'instances', 'examples' or 'request'; found input; did you mean 'inputs'?",
    ),
    ("{}", "a row has 'inputs', 'instances', 'examples' or 'request'; found nothing"),
    (
        '{"inputs": {"title": ["x"]}, "outputs": {"genre": {"approx": ["x"], "atoll": 1}}}',
        "'genre' has an unknown key 'atoll'; did you mean 'atol'?",
    ),
]


@pytest.mark.parametrize(("line", "message"), WRONG_TITLES)
def test_what_is_wrong_with_a_row_is_told(tmp_path: Path, line: str, message: str) -> None:
    """At its line, with the nearest right word; the rows beside it are sent."""
    made = read(tmp_path, TITLES, f'{{"inputs": {{"title": ["before"]}}}}\n{line}\n')
    assert made.told == [f"rows.jsonl:2:1: {message}"]
    assert [each.rows for each in made.requests] == [1]


WRONG_NUMBERS = [
    ('{"inputs": {"x": [[0, 1.5]], "k": [1]}}', "1.5 breaks maximum 1 of 'x'"),
    ('{"inputs": {"x": [[0, true]], "k": [1]}}', "'x' wants a number, found true"),
    ('{"inputs": {"x": [["0"]], "k": [1]}}', "'x' wants a number, found '0'"),
    ('{"inputs": {"x": [[NaN]], "k": [1]}}', "nan is not finite, unlike the values of 'x'"),
    ('{"inputs": {"x": [[1]], "k": [1.5]}}', "'k' wants a whole number, found 1.5"),
    ('{"inputs": {"x": [[1]], "k": [128]}}', "'k': 128 is outside int8"),
    ('{"inputs": {"x": [[1]], "k": [true]}}', "'k' wants a whole number, found true"),
    ('{"inputs": {"x": [[1]], "k": [1, 1]}}', "'batch' is 1 in this row, and 2 here"),
]


@pytest.mark.parametrize(("line", "message"), WRONG_NUMBERS)
def test_what_is_wrong_with_numbers_is_told(tmp_path: Path, line: str, message: str) -> None:
    """No number is made of what is none, and none is cut to fit."""
    assert read(tmp_path, NUMBERS, line).told == [f"rows.jsonl:1:1: {message}"]


def test_one_bad_row_of_many_is_told_alone(tmp_path: Path) -> None:
    """The others of its request are sent as they are."""
    made = read(tmp_path, TITLES, lines(title("a"), title("b" * 21), title("c"), title("d")))
    assert made.told == [f"rows.jsonl:2:1: {'b' * 21!r} has 21 characters, more than maxLength 20 of 'title'"]
    assert [each.values["title"].array.tolist() for each in made.requests] == [[b"a"], [b"c"], [b"d"]]


def test_a_sensitive_value_is_not_told(tmp_path: Path) -> None:
    """Neither its text nor its number."""
    text = TITLES.replace("maxLength: 20", "maxLength: 20, sensitive: true")
    made = read(tmp_path, text, lines(title("secret" * 9), {"inputs": {"title": [1]}}))
    assert made.told == [
        "rows.jsonl:1:1: a value has 54 characters, more than maxLength 20 of 'title'",
        "rows.jsonl:2:1: 'title' wants a text, found another value",
    ]


GIVEN = """\
dims: {batch: {max: 4}}
signatures:
  f:
    inputs:
      a: {dtype: int32, shape: [batch], minimum: 0, maximum: 9}
      b: {dtype: int32, shape: [batch], minimum: 0, maximum: 9, optional: true}
    outputs: {y: {dtype: int32, shape: [batch]}}
    given: [CLAUSE]
    rows_from: rows.jsonl
"""


def test_a_row_that_breaks_given_is_a_mistake(tmp_path: Path) -> None:
    """It is never mended; a clause about an input that is left out says nothing of the row."""
    rows = [{"inputs": {"a": [1], "b": [2]}}, {"inputs": {"a": [2], "b": [1]}}, {"inputs": {"a": [3]}}]
    made = read(tmp_path, GIVEN.replace("CLAUSE", "a <= b"), lines(*rows))
    assert made.told == ["rows.jsonl:2:1: it breaks `given` a <= b (app.contract.yaml:12:13)"]
    assert sorted(each.values["a"].array.tolist() for each in made.requests) == [[1], [3]]


def test_rows_go_alone_where_given_speaks_of_all_of_them(tmp_path: Path) -> None:
    """Each is one that the client sends, and together they are not."""
    rows = [{"inputs": {"a": [4], "b": [0]}}, {"inputs": {"a": [5], "b": [0]}}]
    made = read(tmp_path, GIVEN.replace("CLAUSE", "sum(a) <= 5"), lines(*rows))
    assert ([each.rows for each in made.requests], made.told) == ([1, 1], [])


def body(*titles: str, name: str | None = "get_genre") -> dict[str, object]:
    """Return a REST body."""
    return ({} if name is None else {"signature_name": name}) | {"instances": list(titles)}


def test_a_body_is_sent_as_it_was(tmp_path: Path) -> None:
    """Bare or with its response beside it, byte by byte; its values are the client's all the same."""
    text = '{"signature_name":"get_genre",  "instances":["Caf\\u00e9", "b"], "id": 1e2}'
    beside = f'{{ "response" : {{"predictions": ["Drama", "Comedy"]}}, "request" :{text} ,"meta": {{}} }}'
    made = read(tmp_path, TITLES, f"{text}\n{beside}\n", "rest")
    assert made.told == []
    first, second = made.requests
    assert first.body == second.body == text.encode()
    assert first.values["title"].array.tolist() == ["Café".encode(), b"b"]
    assert (first.rows, first.sizes) == (2, {"batch": 2})
    assert second.recorded is not None
    assert [each.value for each in second.recorded.answer] == [(b"Drama", b"Comedy")]
    assert row_of(second, 1).body is None


def test_what_others_sent_is_passed_over(tmp_path: Path) -> None:
    """Counted; a file that has nothing for the signature is told."""
    made = read(tmp_path, TITLES, lines(body("a"), body("b", name="other"), body("c", name=None)), "rest")
    assert (len(made.requests), made.seen.foreign, made.told) == (1, 2, [])
    made = read(tmp_path, TITLES, lines(body("b", name="other"), body("c", name=None)), "rest")
    assert made.told == [
        "rows.jsonl:1:1: the file has no row for 'get_genre': its rows are for other, serving_default"
    ]


def test_what_was_refused_is_passed_over(tmp_path: Path) -> None:
    """Nobody said that it should be refused again, or answered."""
    made = read(tmp_path, TITLES, lines({"request": body("a"), "response": {"error": "no"}}), "rest")
    assert (made.requests, made.seen.refused, made.told) == ([], 1, [])


MINE = {"signature_name": "get_genre"}
WRONG_BODIES = [
    ({**MINE, "instances": []}, "'instances' is a list with at least one row, found an empty list"),
    (
        {**MINE, "instances": ["a", {"title": "b"}]},
        "the rows are all objects or all bare values, found both",
    ),
    ({**MINE, "instances": [{"titel": "a"}]}, "'titel' is no input of 'get_genre'; did you mean 'title'?"),
    (
        {**MINE, "instances": [{"title": "a", "more": 1}]},
        "'more' is no input of 'get_genre'; there is title",
    ),
    ({**MINE, "instances": ["a"], "inputs": ["a"]}, "a body has exactly one of 'instances' and 'inputs'"),
    ({**MINE, "inputs": ["a"]}, "the body has 'inputs', and the contract says 'body: row'"),
    ({"instances": ["a"], "signature_name": 7}, "'signature_name' is a text"),
    ({"request": ["a"]}, "'request' and 'response' are the JSON objects that were sent and answered"),
    ({"request": body("a"), "respones": {}}, "unknown key 'respones' beside request: did you mean 'resp"),
    (
        {"request": body("a"), "response": {"outputs": ["x"]}},
        "the client does not read the response beside it: ",
    ),
    ({**MINE, "instances": [["a", "b"]]}, "the value has shape [1, 2], 'title' has [batch]"),
]


@pytest.mark.parametrize(("row", "message"), WRONG_BODIES)
def test_what_is_wrong_with_a_body_is_told(tmp_path: Path, row: object, message: str) -> None:
    """As with an example: it must be one that this client sends."""
    (told,) = read(tmp_path, TITLES, lines(row), "rest").told
    assert told.startswith(f"rows.jsonl:1:1: {message}")


def test_a_body_is_no_row_of_a_grpc_client(tmp_path: Path) -> None:
    """It sends none; tensors that name their signature are."""
    made = read(tmp_path, TITLES, lines(body("a"), {"signature_name": "get_genre", **title("a")}))
    assert len(made.requests) == 1
    (told,) = made.told
    assert told.startswith("rows.jsonl:1:1: this is a REST body, and the contract is gRPC")


def test_files_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    """A row behind the first thousand is not looked at for the first ten."""
    made = read(tmp_path, TITLES, lines(title("a")))
    (tmp_path / "rows.jsonl").write_text(lines(*[title("a")] * 1000) + "no JSON\n", encoding="utf-8")
    some = list(first_rows(real_requests(made.contract, made.use, made.seen), 10))
    assert sum(each.rows for each in some) == 12
    assert made.told == []


def test_a_row_is_found_again(tmp_path: Path) -> None:
    """By file and line, while it holds the same values; with its answer as it stands there now."""
    made = read(tmp_path, TITLES, lines(title("a", genre=["x"]), title("b", genre=["y"])))
    place = (str((tmp_path / "rows.jsonl").resolve()), 2)
    second = row_of(made.requests[0], 1)
    found = row_at(made.contract, made.use, place, second)
    assert found is not None
    assert found.recorded is not None
    assert found.recorded.answer[0].value == ("y",)
    assert row_at(made.contract, made.use, (place[0], 1), second) is None
    assert row_at(made.contract, made.use, (place[0], 3), second) is None
    assert row_at(made.contract, made.use, ("elsewhere", 2), second) is None
