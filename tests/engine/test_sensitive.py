"""`sensitive: true`: such values stand nowhere, whatever goes wrong with them."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from sigpact.report import data, text
from sigpact.runtime.protocol import Crashed, Outcome, Refused
from sigpact.wire.arrays import Value, value
from tests.engine.world import GENRE, World, texts_of

SECRET = "hunter2secret"  # noqa: S105 - what must not be seen
CONTRACT = f"""\
contract: 1
client: app
model: genre
signatures:
  get_genre:
    inputs:
      title: {{dtype: text, shape: [batch], enum: [{SECRET}], sensitive: IN}}
    outputs:
      genre: {{dtype: text, shape: [batch], maxLength: 3, sensitive: OUT}}
    examples:
      - {{name: one, inputs: {{title: [{SECRET}]}}, outputs: {{genre: [ok]}}}}
      - name: raw
        request: {{signature_name: get_genre, instances: [{SECRET}]}}
        response: {{predictions: [ok]}}
      - {{name: refused, inputs: {{title: [{SECRET}]}}, error: {{status: 400, contains: nothing}}}}
"""


def echo(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Give the secret back, too long."""
    return {"genre": feeds["title"]}


def refuse(feeds: Mapping[str, Value]) -> Outcome:
    """Quote it in a message."""
    return Refused("INVALID_ARGUMENT", f"cannot parse {feeds['title'].array.tolist()}")


def crash(feeds: Mapping[str, Value]) -> Outcome:
    """Quote it in the last words."""
    return Crashed("SIGABRT", f"check failed: {feeds['title'].array.tolist()}")


def number(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer with what a client of text cannot read."""
    return {"genre": value("int64", [4242424242] * len(feeds["title"].array))}


def garbled(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer with the secret in bytes that are no text."""
    return {"genre": value("string", [SECRET.encode() + b"\xff"] * len(feeds["title"].array))}


LEAKS = [
    # what is sent comes back in messages
    (("true", "false"), refuse),
    (("true", "false"), crash),
    # what is read, whatever is wrong with it
    (("false", "true"), echo),
    (("false", "true"), number),
    (("false", "true"), garbled),
    (("true", "true"), echo),
    (("true", "true"), refuse),
    (("true", "true"), garbled),
]


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
@pytest.mark.parametrize(("sides", "function"), LEAKS)
def test_a_sensitive_value_stands_nowhere(
    sides: tuple[str, str], function: object, protocol: str, tmp_path: Path
) -> None:
    """In no finding, no rendering, no kept case, no file, whichever way the value comes back."""
    written = CONTRACT.replace("IN}", f"{sides[0]}}}").replace("OUT}", f"{sides[1]}}}")
    if protocol == "grpc":
        written = written.split("      - name: raw")[0].replace(
            "model: genre", "model: genre\nprotocol: grpc"
        )
    world = World(tmp_path)
    world.contract(written)
    world.version("genre/1", GENRE, get_genre=function)  # type: ignore[arg-type]
    report = world.verify(rows=50, keep=True)
    assert report.exit_code == 1
    texts = [*texts_of(report), text.render(report), data.render(report)]
    secret = "4242424242" if function is number else SECRET
    assert not [each for each in texts if secret in each]
    assert not (tmp_path / ".sigpact").exists()


def test_an_output_that_is_not_sensitive_is_shown_and_the_request_is_not(tmp_path: Path) -> None:
    """Each tensor speaks for itself; a request is shown only where nothing in the call is sensitive."""
    world = World(tmp_path)
    world.contract(CONTRACT.replace("IN}", "true}").replace("OUT}", "false}"))
    world.version(
        "genre/1",
        GENRE,
        get_genre=lambda feeds: {"genre": value("string", ["long"] * feeds["title"].array.size)},
    )
    found = [each for each in world.verify().findings if each.rule == "output-value-outside"]
    assert found
    assert all('"long"' in each.received for each in found)
    assert all(each.witness is not None and each.witness.answer == "(sensitive)" for each in found)


def test_what_is_not_sensitive_is_kept_and_shown(tmp_path: Path) -> None:
    """The same breach without the word: the test above would see a leak."""
    world = World(tmp_path)
    world.contract(CONTRACT.replace("IN}", "false}").replace("OUT}", "false}"))
    world.version("genre/1", GENRE, get_genre=refuse)
    report = world.verify(keep=True)
    assert SECRET in text.render(report)
    assert SECRET in data.render(report)
    kept = list((tmp_path / ".sigpact" / "cases").glob("*.json"))
    assert any(SECRET in each.read_text(encoding="utf-8") for each in kept)


def test_a_digest_tells_requests_apart(tmp_path: Path) -> None:
    """Two people can see that they speak of the same request without seeing it."""
    world = World(tmp_path)
    world.contract(CONTRACT.replace("IN}", "true}").replace("OUT}", "true}"))
    world.version("genre/1", GENRE, get_genre=echo)
    witnesses = [each["witness"]["request"] for each in json.loads(data.render(world.verify()))["findings"]]
    assert all(each.startswith("(sensitive, sha256:") for each in witnesses)
