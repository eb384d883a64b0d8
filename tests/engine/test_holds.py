"""`holds` from end to end: where a clause fails, what its sides were, how many rows may fail."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from sigpact.findings import Answer
from sigpact.wire.arrays import Value, value
from tests.engine.world import World, only
from tests.rules.cases import signature

PAIR = signature(
    "f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]", "z": "float32 [?, 2]"}}
)
CONTRACT = """\
contract: 1
client: app
model: m
protocol: {protocol}
signatures:
  f:
    inputs:
      x: {{dtype: {dtype}, shape: [batch], minimum: 0, maximum: 1}}
    outputs:
      y: {{dtype: {dtype}, shape: [batch]{more}}}
      z: {{dtype: {dtype}, shape: [batch, 2]}}
    holds:
      - {clause}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


def shares(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """`y` is `x`, `z` is `[x, 1 - x]`."""
    x = feeds["x"].array.astype(np.float32)
    return {"y": value("float32", x), "z": value("float32", np.stack([x, 1 - x], axis=-1))}


def _write(world: World, clause: str, protocol: str = "grpc", more: str = "") -> None:
    dtype = "number" if protocol == "rest" else "float32"
    world.contract(CONTRACT.format(clause=clause, protocol=protocol, dtype=dtype, more=more))
    world.version("m/1", PAIR, f=shares)


@pytest.mark.parametrize("protocol", ["grpc", "rest"])
@pytest.mark.parametrize(
    "clause",
    [
        "y ~= x", "z[:, 0] == y", '"sum(z, axis=-1) ~= 1"', "y <= 1 and y >= 0", "shape(z)[1] == 2",
        "batch >= 1", '"max(z, axis=-1) >= 0.5"', "x in [2] or y ~= x", '"all(z >= 0, axis=-1)"',
    ],
)  # fmt: skip
def test_what_holds_is_a_yes(world: World, protocol: str, clause: str) -> None:
    """Over both protocols: JSON's digits are no reason to differ."""
    _write(world, clause, protocol)
    report = world.verify()
    assert report.findings == ()
    assert report.verdicts[0].verdict is Answer.YES
    assert report.verdicts[0].not_checked == ()


def test_a_clause_that_fails_shows_both_sides_of_the_row(world: World) -> None:
    """With the reason that the contract gives, the line of the clause, and the smallest request."""
    _write(world, '{expr: "y >= 0.5 or z[:, 1] < 0.25", because: the app draws a bar}')
    found = only(world.verify())
    assert found.rule == "holds-broken"
    assert found.span.line == 13
    assert found.at == ("holds", 0)
    assert found.expected == "y >= 0.5 or z[:, 1] < 0.25 (the app draws a bar)"
    assert "y = 0.0" in found.received
    assert found.witness is not None
    assert found.witness.request == "f(x=[0.0])"


@pytest.mark.parametrize(
    ("clause", "sides"),
    [
        ("y >= 0.5", "y = 0.0"),
        ('"sum(z, axis=-1) ~= 2"', "sum(z, axis=-1) = 1.0"),
        ('"0.5 < y <= x"', "y = 0.0; x = 0.0"),
        ('"z[:, 0] > z[:, 1]"', "z[:, 0] = 0.0; z[:, 1] = 1.0"),
        ('"any(z > 1, axis=-1)"', "z = [0.0, 1.0]"),
        ('"y[7] >= 0"', "it has no value: index 7 lies outside a shape of [1]"),
    ],
)
def test_sides_are_those_of_the_failing_row(world: World, clause: str, sides: str) -> None:
    """Numbers beside a name are not repeated."""
    _write(world, clause)
    assert only(world.verify()).received == sides


@pytest.mark.parametrize(("share", "verdict"), [(0.3, Answer.YES), (0.9, Answer.NO)])
def test_a_share_of_all_rows_may_fail(world: World, share: float, verdict: Answer) -> None:
    """About half of the rows fail: counted over the run, not over a call."""
    _write(world, f"{{expr: y >= 0.5, share: {share}}}")
    report = world.verify(rows=1000)
    assert report.verdicts[0].verdict is verdict


def test_what_is_sensitive_is_not_printed(world: World) -> None:
    """A digest stands for the values of a clause that names it."""
    _write(world, "y >= 0.5", more=", sensitive: true")
    assert only(world.verify()).received.startswith("y = sha256:")


@pytest.mark.parametrize(("sent", "said"), [("\r\n", r'"\r\n"'), ("\0", r'"\u0000"'), ("é", '"é"')])
def test_what_cannot_be_seen_in_a_text_is_written_out(world: World, sent: str, said: str) -> None:
    """A line break and a NUL are what such a breach is about."""
    pair = signature("f", {"inputs": {"x": "string [?]"}, "outputs": {"y": "string [?]"}})
    text = CONTRACT.format(clause="y == x", protocol="grpc", dtype="text", more="")
    text = text.replace("minimum: 0, maximum: 1", f"enum: [{json.dumps(sent)}]")
    world.contract(text.replace("      z: {dtype: text, shape: [batch, 2]}\n", ""))
    world.version("m/1", pair, f=lambda feeds: {"y": value("string", [b""] * len(feeds["x"].array))})
    assert only(world.verify()).received == f'y = ""; x = {said}'
