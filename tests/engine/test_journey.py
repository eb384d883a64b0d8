"""One request's way for every kind of client: what is sent, what the model gets, what the client has."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sigpact.contract.load import load
from sigpact.contract.model import TensorExample
from sigpact.engine.dynamic import alone
from sigpact.engine.journey import Arrival, Garbled, Journey, Read, Sent
from sigpact.frozen import replace
from sigpact.runtime.fake import FakeSession, Function
from sigpact.runtime.protocol import Crashed, Hung, Refused
from sigpact.tensors.specs import Signature
from sigpact.values.examples import request_of
from sigpact.wire.arrays import Value, value
from sigpact.wire.client_writes import CannotWrite
from tests.engine.world import crash
from tests.rules.cases import CLIENTS, signature

PAIR = signature("f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]", "z": "string [?]"}})
SINGLE = signature("f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}})


def journey(
    folder: Path,
    client: str,
    found: Signature = PAIR,
    outputs: str = "{y: {dtype: float32}, z: {dtype: text}}",
) -> Journey:
    """Return the way of one kind of client that sends `x` and reads what it is told to."""
    words = dict(CLIENTS[client])
    protocol = words.pop("protocol", "rest")
    file = folder / "a.contract.yaml"
    file.write_text(
        f"contract: 1\nclient: app\nmodel: m\nprotocol: {protocol}\nsignatures:\n  f:\n"
        + "".join(f"    {key}: {json.dumps(word)}\n" for key, word in words.items())
        + "    inputs: {x: {dtype: float32, shape: [batch]}}\n"
        + f"    outputs: {outputs}\n"
        + "    examples: [{name: one, inputs: {x: [1.5, 2]}}]\n",
        encoding="utf-8",
    )
    contract = load(file)
    return Journey(contract, contract.signatures[0], (found,), "m", "1")


def travelled(way: Journey, function: Function) -> tuple[Sent, Arrival]:
    """Send the contract's example to a version that is a function."""
    (example,) = way.use.examples
    assert isinstance(example, TensorExample)
    sent = way.send(request_of(way.contract, way.use, example))
    return sent, alone(way, FakeSession({"f": function}), sent)


def double(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Give twice the number, and a word."""
    x = feeds["x"].array
    return {"y": value("float32", x * 2), "z": value("string", ["é"] * len(x))}


BODIES: list[tuple[str, object, object]] = [
    (
        "row-bare",
        {"signature_name": "f", "instances": [1.5, 2.0]},
        {"predictions": [{"y": 3.0, "z": "é"}, {"y": 4.0, "z": "é"}]},
    ),
    (
        "row-named",
        {"signature_name": "f", "instances": [{"x": 1.5}, {"x": 2.0}]},
        {"predictions": [{"y": 3.0, "z": "é"}, {"y": 4.0, "z": "é"}]},
    ),
    (
        "col-bare",
        {"signature_name": "f", "inputs": [1.5, 2.0]},
        {"outputs": {"y": [3.0, 4.0], "z": ["é", "é"]}},
    ),
    (
        "col-named",
        {"signature_name": "f", "inputs": {"x": [1.5, 2.0]}},
        {"outputs": {"y": [3.0, 4.0], "z": ["é", "é"]}},
    ),
    ("grpc", None, None),
    ("grpc-filter", None, None),
]


@pytest.mark.parametrize(("client", "request_", "answer"), BODIES)
def test_every_kind_of_client_gets_its_answer(
    client: str, request_: object, answer: object, tmp_path: Path
) -> None:
    """The model gets the same tensor, the client reads the same values; only the bodies between differ."""
    seen: list[Any] = []

    def watched(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        seen.append((feeds["x"].dtype.name, feeds["x"].array.tolist()))
        return double(feeds)

    way = journey(tmp_path, client)
    sent, arrival = travelled(way, watched)
    assert seen == [("float32", [1.5, 2.0])]
    assert isinstance(arrival, Read)
    assert {name: each.array.tolist() for name, each in arrival.answer.items()} == {
        "y": [3.0, 4.0],
        "z": ["é".encode()] * 2,
    }
    assert way.is_rest == (request_ is not None)
    if request_ is None:
        assert (sent.body, arrival.body) == (None, None)
        return
    assert sent.body is not None
    assert arrival.body is not None
    assert (json.loads(sent.body), json.loads(arrival.body)) == (request_, answer)
    assert {name: each.name for name, each in arrival.served.items()} == {"y": "float32", "z": "string"}


def test_a_filter_names_what_the_contract_declares(tmp_path: Path) -> None:
    """Over gRPC `filter` fetches those outputs alone, without it all of them."""
    way = {each: journey(tmp_path, each, outputs="{y: {dtype: float32}}") for each in ("grpc", "grpc-filter")}
    answers = {client: travelled(each, double)[1] for client, each in way.items()}
    assert {client: sorted(each.answer) for client, each in answers.items() if isinstance(each, Read)} == {
        "grpc": ["y", "z"],
        "grpc-filter": ["y"],
    }


def test_a_bare_answer_is_read_whatever_the_output_is_called(tmp_path: Path) -> None:
    """The only output has no name on the wire, and its dtype is known all the same."""
    renamed = signature("f", {"inputs": {"x": "float32 [?]"}, "outputs": {"q": "float64 [?]"}})
    way = journey(tmp_path, "row-bare", renamed, "{y: {dtype: float32}}")
    _, arrival = travelled(way, lambda feeds: {"q": value("float64", feeds["x"].array)})
    assert isinstance(arrival, Read)
    assert arrival.answer["y"].array.tolist() == [1.5, 2.0]
    assert arrival.served["y"].name == "float64"


@pytest.mark.parametrize("client", CLIENTS)
def test_a_missing_signature_is_refused_as_the_server_does(client: str, tmp_path: Path) -> None:
    """Over REST with 400, over gRPC with FAILED_PRECONDITION; the model is never called."""
    other = signature("g", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}})
    sent, arrival = travelled(journey(tmp_path, client, other), double)
    assert sent.call is None
    assert isinstance(arrival, Refused)
    expected = "FAILED_PRECONDITION" if client.startswith("grpc") else "INVALID_ARGUMENT"
    assert arrival.status == expected
    assert '"f"' in arrival.message


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("outcome", [Refused("INTERNAL", "no"), Crashed("SIGSEGV", ""), Hung(10.0)])
def test_a_call_that_fails_arrives_as_it_ended(
    client: str, outcome: Refused | Crashed | Hung, tmp_path: Path
) -> None:
    """Nothing is written or read after it."""
    assert travelled(journey(tmp_path, client), lambda _: outcome)[1] == outcome


def test_what_a_language_cannot_write_is_not_sent(tmp_path: Path) -> None:
    """JavaScript has no way to write NaN: such a request never reaches the server."""
    way = journey(tmp_path, "row-bare")
    way = replace(way, contract=replace(way.contract, language="javascript"))
    (example,) = way.use.examples
    assert isinstance(example, TensorExample)
    request = request_of(way.contract, way.use, example)
    request.values["x"].array[0] = float("nan")  # the array is made anew for each request
    sent = way.send(request)
    assert isinstance(sent.failure, CannotWrite)
    assert alone(way, FakeSession({"f": crash}), sent) == sent.failure


def test_an_answer_that_json_cannot_carry_is_refused(tmp_path: Path) -> None:
    """The server fails the whole answer; gRPC carries it."""

    def half(_: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"y": value("float16", [1.0, 2.0])}

    rest = travelled(journey(tmp_path, "row-bare", SINGLE, "{y: {dtype: float32}}"), half)[1]
    grpc = travelled(journey(tmp_path, "grpc", SINGLE, "{y: {dtype: float32}}"), half)[1]
    assert isinstance(rest, Refused)
    assert "half" in rest.message
    assert isinstance(grpc, Read)


def test_an_answer_that_the_client_cannot_read_keeps_its_body(tmp_path: Path) -> None:
    """200 from the server, and nothing that the client can use: NaN is no JSON."""
    way = journey(tmp_path, "row-bare", SINGLE, "{y: {dtype: float32}}")
    _, arrival = travelled(way, lambda _: {"y": value("float32", [float("nan"), 1.0])})
    assert isinstance(arrival, Garbled)
    assert arrival.output == "y"
    assert b"NaN" in arrival.body


def test_outputs_of_different_batches_fail_row_answers_alone(tmp_path: Path) -> None:
    """Rows are cut along the first dimension; columns are not."""

    def uneven(_: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"y": value("float32", [1.0, 2.0]), "z": value("string", ["a"])}

    arrivals = {client: travelled(journey(tmp_path, client), uneven)[1] for client in CLIENTS}
    refused = {client for client, arrival in arrivals.items() if isinstance(arrival, Refused)}
    assert refused == {"row-bare", "row-named"}
