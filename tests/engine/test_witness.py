"""What a report shows of a request: the simplest one, as JSON that a shell passes on as it is."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.engine.journey import Garbled, Journey, Read, Sent
from sigpact.engine.witness import difficulty, spoken_arrival, spoken_value, witness
from sigpact.runtime.protocol import Call, Crashed, Hung, Refused
from sigpact.tensors.dtypes import BY_NAME
from sigpact.values.requests import Origin, Request, row_of
from sigpact.wire.arrays import Value, value
from sigpact.wire.client_writes import CannotWrite
from tests.engine.test_cases import case
from tests.engine.world import GENRE, World
from tests.values.builders import contract, tensor

SHELL = shutil.which("sh")
CURL = """\
curl() { printf '%s\\0' "$@" > arguments; }
"""


def way(client: str = "row", **words: Any) -> Journey:
    """Return a journey of a client of `s`."""
    made, use = contract(tensor("title", "text", "batch", **words), client=client)
    return Journey(made, use, (GENRE,), "genre", "3")


def command(body: bytes, folder: Path, model: str = "genre") -> list[bytes]:
    """Let a shell run the `curl` of a request, and return the arguments that curl gets."""
    if SHELL is None:
        pytest.skip("there is no sh")
    there = way()
    shown = witness(Journey(there.contract, there.use, (), model, "3"), Sent(None, body), None, Hung(1), None)
    assert shown.curl is not None
    (folder / "run").write_text(CURL + shown.curl + "\n", encoding="utf-8", newline="\n")
    subprocess.run([SHELL, "run"], cwd=folder, check=True)
    return (folder / "arguments").read_bytes().split(b"\0")[:-1]


BODIES = [
    b'{"instances": ["en"]}',
    b"""{"instances": ["it's"]}""",
    b"""{"instances": ["'", "''", "'\\"'"]}""",
    b'{"instances": ["$HOME `id` $(id) !! \\\\ * ~ # ; & | > <"]}',
    b'{"instances": ["two\\nlines"],\n  "signature_name": "s"}\n',
    '{"instances": ["é 😀 \u202e \u2028"]}'.encode(),
    b'{"instances": ["\\u0000\\u001b[2J"]}',
    b"@not-a-file",
    b"",
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_shell_passes_the_body_on_as_it_is(body: bytes, tmp_path: Path) -> None:
    """Quotes, dollars, line breaks and all of Unicode: what curl sends is what failed."""
    url = b"http://localhost:8501/v1/models/genre/versions/3:predict"
    assert command(body, tmp_path) == [url, b"-d", body]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60))
def test_a_shell_passes_any_body_on(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    """Whatever text a client may send. A NUL never stands in JSON."""
    assert command(body.encode(), tmp_path_factory.mktemp("shell"))[2] == body.encode()


def test_a_model_with_a_strange_name_is_quoted_as_well(tmp_path: Path) -> None:
    """The command is one that a person copies without looking."""
    url = command(b"{}", tmp_path, "my model; rm -rf x")[0]
    assert url == b"http://localhost:8501/v1/models/my model; rm -rf x/versions/3:predict"


def test_a_long_body_is_sent_from_the_kept_file() -> None:
    """Nobody reads two thousand characters of JSON; the file is sent as it is, line breaks too."""
    body = b'{"instances": ["' + b"x" * 3000 + b'"]}'
    kept = case(None, example="one", body=body.decode())
    shown = witness(way(), Sent(None, body), None, Hung(1), kept)
    assert shown.curl is not None
    assert shown.curl.endswith(f"--data-binary @.sigpact/cases/{kept.id}.request.json")
    assert len(shown.request) < 2100
    assert shown.request.endswith("… (3,019 characters)")
    assert shown.case == kept.id


def test_a_long_body_without_a_kept_file_is_shown_whole() -> None:
    """A command that cannot be run would be no witness."""
    body = b'{"instances": ["' + b"x" * 3000 + b'"]}'
    shown = witness(way(), Sent(None, body), None, Hung(1), None)
    assert shown.curl is not None
    assert body.decode() in shown.curl


def test_over_grpc_there_is_no_curl() -> None:
    """The request as a call with its tensors."""
    request = Request(Origin.RANDOM, {"title": value("string", ["Jaws"])}, {"batch": 1}, 1)
    shown = witness(way("grpc"), Sent(Call(GENRE, request.values)), request, Refused("INTERNAL", "no"), None)
    assert (shown.request, shown.answer, shown.curl) == ("s(title=['Jaws'])", "INTERNAL: no", None)


ARRIVALS = [
    (Read({"y": value("int32", [1])}, b'{\n    "predictions": [1\n    ]\n}'), '{"predictions": [1]}'),
    (Read({"y": value("float32", [[0.5]]), "z": value("string", "a")}), "y=[[0.5]], z='a'"),
    (Garbled("y", "NaN", b'{\n    "predictions": [NaN\n    ]\n}'), '{"predictions": [NaN]}'),
    (Refused("INVALID_ARGUMENT", 'no "f"'), '400 {"error": "no \\"f\\""}'),
    (CannotWrite("no NaN"), "no NaN"),
    (Crashed("SIGSEGV", "in op"), "the process ended (SIGSEGV): in op"),
    (Crashed(None, "out of memory"), "the process ended: out of memory"),
    (Hung(10.0), "nothing within 10 seconds"),
]


@pytest.mark.parametrize(("arrival", "said"), ARRIVALS)
def test_what_came_back_is_said_in_a_line(arrival: Any, said: str) -> None:
    """The body without its layout, tensors by name, or how the call ended."""
    assert spoken_arrival(arrival, rest=True).replace('{ "error"', '{"error"').replace(" }", "}") == said


@given(st.recursive(st.text() | st.integers() | st.booleans(), lambda each: st.lists(each, max_size=3)))
def test_folding_layout_keeps_the_json(nested: Any) -> None:
    """Only what stands between values goes: strings with blanks and brackets stay as they are."""
    body = json.dumps({"predictions": nested}, indent=4).encode()
    folded = spoken_arrival(Garbled(None, "", body), rest=True)
    assert json.loads(folded) == {"predictions": nested}
    assert "\n" not in folded


def test_long_tensors_are_shown_in_part() -> None:
    """Eight elements, and how many there are; strings that are no text as bytes."""
    assert spoken_value(value("int32", list(range(9)))) == "[0, 1, 2, 3, 4, 5, 6, 7, … 9 in all]"
    assert spoken_value(value("int32", list(range(8)))) == "[0, 1, 2, 3, 4, 5, 6, 7]"
    assert spoken_value(value("int32", [0] * 31 + [7])) == "[31 times 0, 7]"
    cut = spoken_value(value("int32", [*range(7), *[9] * 30, 7]))
    assert cut == "[0, 1, 2, 3, 4, 5, 6, 30 times 9, … 38 in all]"
    assert spoken_value(value("int32", [[0] * 9] * 9)) == "[9 times [9 times 0]]"
    assert spoken_value(value("string", [b"\xff", "é"])) == "[b'\\xff', 'é']"


def request(rows: int, **values: Value) -> Request:
    """Return a request of so many rows."""
    return Request(Origin.RANDOM, values, {"batch": rows, "k": 2}, rows)


def test_row_of_cuts_every_input() -> None:
    """One row of each, and the size of the batch with it; the other sizes stay."""
    found = row_of(request(3, a=value("int32", [1, 2, 3]), b=value("int32", [[1, 2], [3, 4], [5, 6]])), 1)
    assert {name: each.array.tolist() for name, each in found.values.items()} == {"a": [2], "b": [[3, 4]]}
    assert (dict(found.sizes), found.rows) == ({"batch": 1, "k": 2}, 1)


def test_row_of_leaves_what_has_no_rows() -> None:
    """A scalar beside rows, or a single row: nothing can be cut."""
    for whole in (
        request(3, a=value("int32", [1, 2, 3]), b=value("int32", 7)),
        request(1, a=value("int32", [1])),
    ):
        assert row_of(whole, 0) is whole


def test_the_simplest_request_is_the_one_that_a_person_reads() -> None:
    """Plain words before odd characters, short before long, round numbers before many digits."""
    texts = ["\t", "日本", "", "a long title", "ab", "abc"]
    found = min((request(1, a=value("string", [each])) for each in texts), key=difficulty)
    assert found.values["a"].array.tolist() == [b"ab"]
    numbers = [0.8229331374168396, 1.0, 1e-45, 12.5]
    found = min((request(1, a=value("float32", [each])) for each in numbers), key=difficulty)
    assert found.values["a"].array.tolist() == [1.0]


def test_difficulty_of_a_large_tensor_is_told_soon() -> None:
    """A million numbers are not spelled out to see that they are hard to read."""
    large = Value(BY_NAME["float32"], np.zeros(1_000_000, np.float32))
    assert difficulty(request(1, a=large)) > (0, 1_000_000)


def test_the_witness_is_the_simplest_row_that_fails(tmp_path: Path) -> None:
    """Of all rows that fail, the one that a person reads most easily."""
    world = World(tmp_path)
    world.contract(
        "contract: 1\nclient: app\nmodel: genre\nsignatures:\n  get_genre:\n"
        "    inputs: {title: {dtype: text, shape: [batch], maxLength: 9}}\n"
        "    outputs: {genre: {dtype: text, shape: [batch], enum: [Drama]}}\n"
    )
    world.version("genre/1", GENRE, get_genre=lambda feeds: {"genre": feeds["title"]})
    (found,) = world.verify(rows=200).findings
    assert found.witness is not None
    title = json.loads(found.witness.request)["instances"]
    assert title == ["a"]
