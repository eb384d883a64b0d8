"""The schemas of bodies, and the law: they admit what the checks admit, as far as JSON Schema can say it."""

import json
import math
from decimal import Decimal
from pathlib import Path as File
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from sigpact.checks.answers import check_answer
from sigpact.checks.body_schema import validator
from sigpact.clients.bodies import answer_schema, request_schema
from sigpact.clients.kinds import Inference, client_kind
from sigpact.contract.build import build
from sigpact.contract.load import load
from sigpact.contract.model import Contract, SignatureUse
from sigpact.contract.source import parse
from sigpact.engine.journey import Journey
from sigpact.errors import ConfigurationError
from sigpact.values.plan import plan
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import value
from sigpact.wire.client_reads import Unreadable
from sigpact.wire.inference_answers import read_inference_answer
from sigpact.wire.server_writes import write_answer
from tests.clients.drawn_bodies import FLOAT32, LAW, built, contents, documents, why_not

ROOT = File(__file__).parents[2]
CONTRACTS = sorted(
    [*(ROOT / "contracts").rglob("*.contract.*"), *(ROOT / "tests/cases/contracts").glob("every*")]
)

UNSAYABLE = ("ragged", "without a point", "loses digits")
"""Why a client cannot read what JSON Schema takes: two lengths that differ, 2.0 for an integer."""


@settings(LAW)
@given(st.data())
def test_answers(data: st.DataObject) -> None:
    """An answer is valid exactly where the client can read it and every check passes."""
    document, outputs = data.draw(documents(sent=False))
    contract, mistakes = built(document)
    assume(not mistakes and contract is not None)
    if contract is None:
        return
    (use,) = contract.signatures
    row = use.body == "row"
    content = data.draw(contents(outputs, row=row, bare=use.answer == "bare"))
    body = json.dumps({"predictions" if row else "outputs": content, "more": 1})
    valid = validator(answer_schema(contract, use)).is_valid(json.loads(body))
    why = why_not(contract, use, body.encode())
    event(f"valid {valid}, {'passes' if why is None else why.split(':')[0]}")
    if why is None:
        assert valid, body
    elif not any(each in why for each in UNSAYABLE):
        assert not valid, (why, body)


@settings(LAW)
@given(st.data())
def test_requests(data: st.DataObject) -> None:
    """A request is valid exactly where a contract may have it as an example that is answered."""
    document, inputs = data.draw(documents(sent=True))
    contract, mistakes = built(document)
    assume(not mistakes and contract is not None)
    if contract is None:
        return
    (use,) = contract.signatures
    row = use.body == "row"
    request = {
        "signature_name": "s",
        "instances" if row else "inputs": data.draw(contents(inputs, row=row, bare=not use.named, sent=True)),
    }
    document["signatures"]["s"]["examples"] = [{"request": request}]
    _, mistakes = built(document)
    valid = validator(request_schema(contract, use)).is_valid(request)
    event(f"valid {valid}, {mistakes[:1]}")
    if not mistakes:
        assert valid, request
    elif not any("item" in each or "is 1 in this" in each or "is 2 in this" in each for each in mistakes):
        assert not valid, (mistakes, request)


def rest_uses() -> list[Any]:
    """Return the signatures of all contracts at hand that are called over REST."""
    found = []
    for file in CONTRACTS:
        contract = load(file)
        if contract.protocol == "rest":
            found += [
                pytest.param(contract, use, id=f"{contract.client}-{use.name}") for use in contract.signatures
            ]
    return found


@pytest.mark.parametrize(("contract", "use"), rest_uses())
def test_what_is_drawn_and_written_is_valid(contract: Contract, use: SignatureUse) -> None:
    """Boundaries and random rows, in the body that the client writes."""
    schema = request_schema(contract, use)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator.check_schema(answer_schema(contract, use))
    journey = Journey(contract, use, (), "m", "1")
    check = validator(schema)
    for request in plan(contract, use, rows=50, seed=1).requests:
        sent = journey.send(request)
        assert sent.body is not None
        check.validate(json.loads(sent.body))


INFERENCE = """\
contract: 1
client: c
model: m
signatures:
  s:
    verb: {verb}
    inputs:
      age: {{dtype: int64, shape: [], minimum: 17, maximum: 90}}
      words: {{dtype: text, shape: [2], maxLength: 3, optional: true}}
      more: {{dtype: float32, shape: [n], minimum: 0, maximum: 1, optional: true}}
    context:
      place: {{dtype: text, shape: []}}
    together: [[words, more]]
    outputs: {outputs}
"""
CLASSES = (
    "{classes: {dtype: text, shape: [batch, 2], enum: [a, b]}, "
    "scores: {dtype: float32, shape: [batch, 2], maximum: 0.9}}"
)
REGRESSIONS = "{outputs: {dtype: float32, shape: [batch, 1], minimum: 0}}"


def inference(verb: str, outputs: str) -> tuple[Contract, SignatureUse]:
    """Build the contract of a client that classifies or regresses."""
    contract = build(parse(INFERENCE.format(verb=verb, outputs=outputs), "c.yaml"))
    return contract, contract.signatures[0]


@pytest.mark.parametrize(
    ("verb", "outputs", "results"),
    [
        ("classify", CLASSES, [[["a", 0.5], ["b", 0.9]], [["b", 0.0], ["b", -1.0]]]),
        ("classify", CLASSES, [[["a", 0.899999976], ["b", 0.9]]]),
        ("classify", CLASSES, [[["a", 0.95], ["b", 0.9]]]),
        ("classify", CLASSES, [[["c", 0.5], ["b", 0.9]]]),
        ("classify", CLASSES, [[["a", 0.5]]]),
        ("classify", CLASSES, [["a", 0.5]]),
        ("classify", CLASSES, {}),
        ("classify", "{scores: {dtype: float32, shape: [batch, null]}}", [[["c", 0.5]]]),
        ("classify", "{scores: {dtype: float32, shape: [batch, null]}}", [[["c", "x"]]]),
        ("regress", REGRESSIONS, [0.5, 0.0]),
        ("regress", REGRESSIONS, [0.5, -1.0]),
        ("regress", "{outputs: {dtype: number, shape: [batch]}}", [[0.5]]),
        ("regress", REGRESSIONS, ["x"]),
        ("regress", REGRESSIONS, 0.5),
        ("regress", "{outputs: {dtype: number, shape: [batch]}}", [0.5]),
    ],
)
def test_results(verb: str, outputs: str, results: Any) -> None:
    """Answers of classify and regress: valid where the client can read them and every check passes."""
    contract, use = inference(verb, outputs)
    body = {"results": results}
    kind = client_kind(contract, use)
    assert isinstance(kind, Inference)
    read = read_inference_answer(kind, use, json.dumps(body).encode())
    request = Request(Origin.EXAMPLE, {}, {}, len(results) if isinstance(results, list) else 1)
    floats = {} if isinstance(read, Unreadable) else dict.fromkeys(("scores", "outputs"), FLOAT32)
    passes = not isinstance(read, Unreadable) and not list(
        check_answer(contract, use, request, read, served=floats)
    )
    assert validator(answer_schema(contract, use)).is_valid(body) is passes


@pytest.mark.parametrize(
    ("example", "valid"),
    [
        ({"age": 17}, True),
        ({"age": [17]}, True),
        ({"age": [17, 18]}, False),
        ({"age": 16}, False),
        ({}, False),
        ({"age": 17, "words": ["a", "b"], "more": []}, True),
        ({"age": 17, "words": ["a", "b"], "more": 0.5}, True),
        ({"age": 17, "words": ["a", "b"]}, False),
        ({"age": 17, "words": ["a"], "more": [1.0]}, False),
        ({"age": 17, "words": ["a", "long"], "more": [1.0]}, False),
        ({"age": 17, "other": 1}, False),
    ],
)
def test_features(example: dict[str, Any], valid: bool) -> None:  # noqa: FBT001 - a column of the table
    """Requests of classify and regress: flat features, optional ones, those that go together."""
    contract, use = inference("classify", CLASSES)
    body: Any = {"signature_name": "s", "context": {"place": "here"}, "examples": [example]}
    assert validator(request_schema(contract, use)).is_valid(body) is valid


def test_a_schema_reads_as_its_contract() -> None:
    """Nothing is in it that the contract does not say, so that a person can read it."""
    contract = load(ROOT / "contracts/mobile-app/genre.contract.yaml")
    made = answer_schema(contract, contract.signatures[0])
    assert made["title"] == "what mobile-app reads of the answers of get_genre"
    assert {key: made[key] for key in ("type", "required")} == {"type": "object", "required": ["predictions"]}
    genre = {"type": "string", "enum": list(contract.signatures[0].outputs[0].domain.enum or ())}
    assert made["properties"] == {"predictions": {"type": "array", "items": genre}}
    assert "$defs" not in made


def test_grpc_has_no_bodies() -> None:
    """There is no JSON to speak of."""
    contract = load(ROOT / "contracts/analytics/genre.contract.json")
    for make in (answer_schema, request_schema):
        with pytest.raises(ConfigurationError, match="gRPC client has no JSON bodies"):
            make(contract, contract.signatures[0])


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (r"\Aab?\Z", r"^ab?(?![\s\S])"),
        (r"(?P<year>\d{4})-\1", r"(\d{4})-\1"),
        (r"\\Z[(?P<a>\]\d]x", r"\\Z[(?P<a>\]\d]x"),
        (r"(?P<a>x)(?P=a)", r"(?P<a>x)(?P=a)"),
        (r"^[]\\]+$", r"^[]\\]+$"),
    ],
)
def test_a_pattern_is_one_for_ecmascript_too(written: str, wanted: str) -> None:
    """Other anchors and named groups are Python's alone; what only looks like them stays."""
    tensor = {"dtype": "text", "shape": ["batch"]}
    head = {"contract": 1, "client": "c", "model": "m"}
    use = {"inputs": {"x": {**tensor, "pattern": written}}, "outputs": {"y": tensor}}
    contract = build(parse(json.dumps({**head, "signatures": {"s": use}}), "a.contract.json"))
    made = json.dumps(request_schema(contract, contract.signatures[0]))
    assert json.dumps(wanted) in made


def test_the_end_of_a_text_is_the_same_end() -> None:
    """As a validator reads it."""
    assert validator({"pattern": r"^ab?(?![\s\S])"}).is_valid("ab")
    assert not validator({"pattern": r"^ab?(?![\s\S])"}).is_valid("ab\n")


def test_a_pattern_that_takes_long_is_not_waited_for() -> None:
    """It comes from another team: an automaton reads it in one pass."""
    assert not validator({"pattern": "^(a+)+$"}).is_valid("a" * 40 + "b")


@settings(LAW, max_examples=50)
@given(st.data())
def test_whatever_is_drawn_of_any_contract_is_valid(data: st.DataObject) -> None:
    """Boundaries and random rows of random contracts, in the body that the client writes."""
    document, _ = data.draw(documents(sent=True))
    contract, mistakes = built(document)
    assume(not mistakes and contract is not None)
    if contract is None:
        return
    (use,) = contract.signatures
    check = validator(request_schema(contract, use))
    for request in plan(contract, use, rows=5, seed=data.draw(st.integers(0, 9))).requests:
        sent = Journey(contract, use, (), "m", "1").send(request)
        if sent.body is not None:
            check.validate(json.loads(sent.body))


@given(
    st.one_of(
        st.floats(-100, 100), st.floats(width=32, min_value=-100, max_value=100), st.decimals(-9, 9, places=2)
    ),
    st.sampled_from(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "const"]),
    st.integers(-2, 2),
)
def test_a_bound_is_that_of_the_float32_that_is_served(bound: float | Decimal, word: str, steps: int) -> None:
    """Nine digits of a float32 may lie beyond a bound that the float32 keeps: the schema admits them."""
    bound = float(bound)
    nearest = np.float32(bound)
    served = nearest
    for _ in range(abs(steps)):
        served = np.nextafter(served, np.float32(math.copysign(np.inf, steps)))
    outputs = {"y": {"dtype": "float32", "shape": ["b"], word: bound}}
    uses = {"s": {"inputs": {"x": {"dtype": "text"}}, "outputs": outputs}}
    document = {"contract": 1, "client": "c", "model": "m", "language": "python", "signatures": uses}
    contract, mistakes = built(document)
    assert contract is not None, mistakes
    body = write_answer("row", {"y": value("float32", [served])})
    assert isinstance(body, bytes)
    (use,) = contract.signatures
    keeps = {
        "minimum": served >= nearest,
        "maximum": served <= nearest,
        "exclusiveMinimum": served > nearest,
        "exclusiveMaximum": served < nearest,
        "const": served == nearest,
    }
    assert (why_not(contract, use, body) is None) is bool(keeps[word])
    valid = validator(answer_schema(contract, use)).is_valid(json.loads(body))
    assert valid or not keeps[word]
    # An exclusive bound is no number that is served, or is it: the schema need not tell which.
    assert not valid or keeps[word] or word.startswith("exclusive")
