"""Raw REST examples: the whole answer is held against the contract, whether or not the example names one."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from sigpact.checks import body_schema
from sigpact.checks.breaches import Breach
from sigpact.engine import dynamic
from sigpact.runtime.fake import Function
from sigpact.wire.arrays import Value, value
from tests.engine.world import APP, GENRE, NUMBER, World, answering, drama, only, rules, same

RAW = f"{APP}    examples: [{{name: one, request: {{signature_name: get_genre, instances: [x]}}}}]\n"
NUMBERS = """\
contract: 1
client: app
model: m
language: python
signatures:
  f:
    inputs: {x: {dtype: number, shape: [batch]}}
    outputs: {y: {dtype: number, shape: [batch]}}
    holds: [y == x, len(y) == batch]
    examples: [{name: one, request: {signature_name: f, instances: [0.1, 0.5]}}]
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


@pytest.mark.parametrize(
    ("function", "found"),
    [
        (drama, []),
        (answering(genre=("string", ["Horror"])), ["output-value-outside"]),
        (answering(genre=("string", [["Drama"]])), ["answer-shape-changed"]),
        (answering(genre=("string", [b"\xff"])), ["answer-unreadable"]),
    ],
)
def test_what_the_contract_says_of_every_answer_is_said_of_this_one(
    world: World, function: Function, found: list[str]
) -> None:
    """An example without a response is one whose answer is held against the declared outputs."""
    world.version("genre/1", GENRE, get_genre=function)
    world.contract(
        RAW.replace("maxLength: 20", "maxLength: 0").replace("minLength: 1, ", "").replace("[x]", '[""]')
    )
    report = world.verify(rows=0)
    assert [each.rule for each in report.findings if each.span.line == 11] == found


def _halved(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    return {"y": value("float32", feeds["x"].array / 2)}


@pytest.mark.parametrize(("function", "found"), [(same, []), (_halved, ["holds-broken"])])
def test_holds_over_a_raw_request(world: World, function: Function, found: list[str]) -> None:
    """Clauses speak of its inputs as of any others, rounded as they were served."""
    world.version("m/1", NUMBER, f=function)
    world.contract(NUMBERS)
    assert rules(world.verify()) == found


def test_json_schema_speaks_where_the_checks_are_silent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One cause is told once: by the checks if they find it, else by the schema, with its place."""
    world.version("genre/1", GENRE, get_genre=answering(genre=("string", ["Horror"])))
    world.contract(RAW)
    assert "answer-schema-broken" not in rules(world.verify(rows=0))
    monkeypatch.setattr(dynamic, "breaches", lambda *_: ())
    found = only(world.verify(rows=0))
    assert (found.rule, found.span.line) == ("answer-schema-broken", 11)
    assert (
        found.message
        == "the answer to example 'one' is not what the contract declares: \"Horror\" at $.predictions[0]"
    )
    assert found.expected == 'enum ["Drama", "Comedy"]'
    assert found.witness is not None
    assert json.loads(found.witness.answer) == {"predictions": ["Horror"]}


def told(text: str, body: object) -> list[Breach]:
    """Return what JSON Schema finds in a body."""
    from sigpact.contract.build import build  # noqa: PLC0415 - used here alone
    from sigpact.contract.source import parse  # noqa: PLC0415 - the same

    contract = build(parse(text, "c.yaml"))
    (use,) = contract.signatures
    return list(body_schema.check_body(contract, use, use.examples[0], json.dumps(body).encode()))  # type: ignore[arg-type]


def test_sensitive_values_are_digests() -> None:
    """What came is not told where anything is sensitive."""
    (breach,) = told(
        RAW.replace("{dtype: text, shape: [batch], enum", "{dtype: text, sensitive: true, enum"),
        {"predictions": ["secret"]},
    )
    assert breach.received.startswith("sha256:")
    assert "secret" not in breach.received


def test_what_is_no_json_is_told_by_the_reader() -> None:
    """NaN is no JSON: the client that takes it is told by `finite`."""
    assert told(NUMBERS, {"predictions": [float("nan")]}) == []
