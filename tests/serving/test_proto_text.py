"""The reader of text protos: what it reads, what it refuses where, and the server's own parser beside it."""

import importlib.util
import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sigpact.errors import ConfigurationError
from sigpact.serving.config import SERVER
from sigpact.serving.proto_fields import Message
from sigpact.serving.proto_text import parse

ORACLE = Path(__file__).with_name("oracle.py")
WHOLE = """\
# what is live
model_config_list {
  config {
    name: "genre"
    base_path: '/models/' "genre"
    model_platform: "tensorflow"
    model_version_policy { specific { versions: 4 versions: 6 } }
    version_labels { key: "stable" value: 4 }
    version_labels: { key: "canary", value: 6 };
  }
  config: < name: "embed", base_path: "/models/embed"; model_type: TENSORFLOW >
}
"""


def plain(message: Message) -> dict[str, Any]:
    """Return what is set in a message, as the oracle tells it: a default is not set."""
    found: dict[str, Any] = {}
    for each in message.values:
        content = plain(each.content) if isinstance(each.content, Message) else each.content
        if each.field == "version_labels" and isinstance(content, dict):
            found.setdefault(each.field, {})[content.get("key", "")] = content.get("value", 0)
        elif each.field in {"config", "versions"}:
            found.setdefault(each.field, []).append(content)
        elif content in ("", 0):
            found.pop(each.field, None)
        else:
            found[each.field] = content
    return found


def read(text: str) -> dict[str, Any]:
    """Read a text as ModelServerConfig."""
    return plain(parse(text, "f", SERVER))


def test_a_whole_file() -> None:
    """Comments, both brackets, with and without colons, separators or none, literals side by side."""
    assert read(WHOLE) == {
        "model_config_list": {
            "config": [
                {
                    "name": "genre",
                    "base_path": "/models/genre",
                    "model_platform": "tensorflow",
                    "model_version_policy": {"specific": {"versions": [4, 6]}},
                    "version_labels": {"stable": 4, "canary": 6},
                },
                {"name": "embed", "base_path": "/models/embed", "model_type": 1},
            ]
        }
    }


def config(inside: str) -> dict[str, Any]:
    """Read the fields of one model."""
    found: dict[str, Any] = read(f"model_config_list {{ config {{ {inside} }} }}")["model_config_list"][
        "config"
    ][0]
    return found


VALUES: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    (r"name: 'a\n\t\\\'\"\?\a\b\f\r\v'", {"name": "a\n\t\\'\"?\a\b\f\r\v"}),
    (r'name: "\101\x42\x4\u00e9\U0001F600\ud83d\ude00\303\251"', {"name": "AB\x04é😀😀é"}),
    ("name: 'é' # '\n", {"name": "é"}),
    ("name: '\\U00110000'", {"name": "\\U00110000"}),
    ("name: '' name: 'a'", {"name": "a"}),
    ("version_labels: [{key: 'a' value: 1}, <key: 'b' value: -2>]", {"version_labels": {"a": 1, "b": -2}}),
    ("version_labels {key: 'a' value: 1} version_labels {key: 'a' value: 2}", {"version_labels": {"a": 2}}),
    ("version_labels {}", {"version_labels": {"": 0}}),
    ("version_labels: []", {}),
    (
        "model_version_policy {specific {versions: [1, 0x1F, 010, - 9223372036854775808]}}",
        {"model_version_policy": {"specific": {"versions": [1, 31, 8, -(2**63)]}}},
    ),
    (
        "model_version_policy {latest {num_versions: 4294967295}}",
        {"model_version_policy": {"latest": {"num_versions": 2**32 - 1}}},
    ),
    ("model_type: 7", {"model_type": 7}),
    (
        "logging_config {sampling_config {sampling_rate: -.5e1f}}",
        {"logging_config": {"sampling_config": {"sampling_rate": -5.0}}},
    ),
    (
        "logging_config {sampling_config {sampling_rate: inf}}",
        {"logging_config": {"sampling_config": {"sampling_rate": float("inf")}}},
    ),
]


@pytest.mark.parametrize(("text", "found"), VALUES)
def test_values(text: str, found: dict[str, Any]) -> None:
    """Each way to write a value."""
    assert config(text) == found


REFUSED: list[tuple[str, str]] = [
    (
        "model_config_lst {}",
        "f:1:1: ModelServerConfig has no field 'model_config_lst'; did you mean 'model_config_list'",
    ),
    (
        "custom_model_config {}",
        "f:1:1: custom_model_config is loaded by code of the server's own: sigpact reads model_config_list",
    ),
    (
        "model_config_list {\n config {\n  nam: 'x'",
        "f:3:3: ModelConfig has no field 'nam'; did you mean 'name'?",
    ),
    ("model_config_list {\n config {", "f:2:10: the file ends inside ModelConfig: '}' is missing"),
    ("model_config_list <}", "f:1:20: found '}', expected a field of ModelConfigList: config"),
    ("model_config_list {}}", "f:1:21: found '}', expected a field of ModelServerConfig: model_config_list"),
    ("model_config_list: 3", "f:1:20: found '3' for model_config_list, expected '{'"),
    (
        "model_config_list {} model_config_list {}",
        "f:1:22: field 'model_config_list' is set twice; the server takes it once",
    ),
]
INSIDE: list[tuple[str, str]] = [
    ("name 'x'", "found \"'x'\" after name, expected ':'"),
    ("name: x", "found 'x' for name, expected string"),
    ("name: 'x", "a text that does not end on its line"),
    ("name: 'x\n'", "a text that does not end on its line"),
    ("name: '\\q'", "an escape that stands for nothing: '\\' is written '\\\\'"),
    ("name: '\\U00200000'", "an escape that stands for nothing: '\\' is written '\\\\'"),
    ("name: '\\xff'", "a text that is not UTF-8"),
    ("name: '\\ud83d'", "a text that is not UTF-8"),
    ("name: ['a']", "found '[' for name, expected string"),
    ("name: 'a' name: 'a'", "field 'name' is set twice; the server takes it once"),
    ("name: 'a';; name: 'b'", "found ';', expected a field of ModelConfig: name, base_path"),
    ("version_labels {key: 'a' key: 'b'}", "field 'key' is set twice; the server takes it once"),
    ("version_labels {value: 9223372036854775808}", "found '9223372036854775808' for value, expected int64"),
    ("version_labels {value: 1.5}", "found '1.5' for value, expected int64"),
    ("version_labels {value: 09}", "found '09' for value, expected int64"),
    ("version_labels {value: 1a}", "found '1' for value, expected int64"),
    ("version_labels {value: '1'}", "found \"'1'\" for value, expected int64"),
    ("version_labels: [{}", "found '}' in the list of version_labels, expected ',' or ']'"),
    ("version_labels: [{},]", "found ']' for version_labels, expected '{'"),
    ("model_version_policy {latest {num_versions: -1}}", "found '-' for num_versions, expected uint32"),
    ("model_version_policy {latest {} all {}}", "'all' is set beside 'latest'; the server takes one of them"),
    ("model_version_policy {all {versions: 1}}", "All has no field 'versions'; there is none"),
    (
        "model_type: TENSORFLO",
        "found 'TENSORFLO' for model_type, expected MODEL_TYPE_UNSPECIFIED or TENSORFLOW or OTHER",
    ),
    ("name: " + "9" * 100_000, "found '" + "9" * 40 + "'… for name, expected string"),
    ("model_type: " + "9" * 100_000, "found '" + "9" * 40 + "'… for model_type"),
]


@pytest.mark.parametrize(
    ("text", "message"),
    [*REFUSED, *((f"model_config_list {{ config {{ {each} }} }}", f": {told}") for each, told in INSIDE)],
)
def test_refusals(text: str, message: str) -> None:
    """The first mistake, in one line, with its place, what was found, and what was expected."""
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert re.match(r"f:\d+:\d+: ", str(caught.value))


def test_what_is_nested_is_driven_by_the_schema() -> None:
    """A file cannot make the reader go deep, nor take long over many fields."""
    with pytest.raises(ConfigurationError, match="f:1:38: ModelConfig has no field 'config'"):
        read("model_config_list { config { " + "        config { " * 100_000)
    assert (
        len(read("model_config_list {" + "config {}" * 50_000 + "}")["model_config_list"]["config"]) == 50_000
    )


WORDS = [
    *(
        "{",
        "}",
        "<",
        ">",
        "[",
        "]",
        ":",
        ",",
        ";",
        "-",
        "#",
        "\n",
        " ",
        "'",
        '"',
        "\\",
        ".",
        "\ufeff",
        "\x01",
    ),
    *(
        "name",
        "base_path",
        "config",
        "model_config_list",
        "version_labels",
        "key",
        "value",
        "specific",
        "all",
    ),
    *("versions", "latest", "num_versions", "model_type", "TENSORFLOW", "OTHER", "inf", "nan", "true"),
    *("'a'", '"b"', "''", "0", "1", "-1", "010", "09", "0x1F", "1.5", "1e3", "1a", "9223372036854775808"),
    *("4294967296", r"'\x41'", r"'\400'", r"'\q'", r"'\u00e9'", "# x\n", "'a' 'b'", "name: 'x'", "value: 3"),
    *("version_labels {}", "version_labels: [{key: 'k'}]", "model_version_policy {}", "logging_config {}"),
    *("model_version_policy { all {} }", "sampling_config { sampling_rate: .5 }", "[1, 2]", "{ key: 'a' }"),
]
_PIECE = re.compile(r"\s+|[A-Za-z_]+|'[^']*'|\"[^\"]*\"|[0-9]+|.", re.DOTALL)


def texts() -> list[str]:
    """Return texts to read on both sides: those above, and a whole file with pieces lost, moved, put in."""
    chance = random.Random(7)  # noqa: S311 - the same damage in every run
    pieces = _PIECE.findall(WHOLE)
    made = []
    for _ in range(3_000):
        here = list(pieces)
        for _ in range(chance.choice([1, 1, 2, 3])):
            at = chance.randrange(len(here))
            match chance.randrange(4):
                case 0:
                    here[at : at + chance.choice([1, 1, 5])] = []
                case 1:
                    here.insert(at, chance.choice(WORDS))
                case 2:
                    here[at] = chance.choice(WORDS)
                case _:
                    here.insert(at, chance.choice(here))
        made.append("".join(here))
    whole = (f"model_config_list {{ config {{ {each[0]} }} }}" for each in (*VALUES, *INSIDE))
    return [WHOLE, "", " # only a comment", *(each for each, _ in REFUSED), *whole, *made]


@pytest.mark.tensorflow
@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed")
def test_the_servers_parser_agrees(tmp_path: Path) -> None:
    """On thousands of texts, what is read is the same, and what is refused is."""
    asked = [each for each in texts() if "custom_model_config" not in each]
    (tmp_path / "texts.json").write_text(json.dumps([each.encode().hex() for each in asked]))
    subprocess.run([sys.executable, str(ORACLE), str(tmp_path)], check=True, capture_output=True)
    answers = json.loads((tmp_path / "answers.json").read_text())
    assert sum(each is not None for each in answers) > 300
    assert sum(each is None for each in answers) > 1_000
    for text, answer in zip(asked, answers, strict=True):
        try:
            found: dict[str, Any] | None = read(text)
        except ConfigurationError:
            found = None
        assert repr(found) == repr(answer) or found == answer, text
