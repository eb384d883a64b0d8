"""Who uses what, and who blocks its removal: not the same question."""

from pathlib import Path

import pytest

from sigpact.clients.profile import PLAIN
from sigpact.contract.load import load
from sigpact.gate.gathering import Counted
from sigpact.gate.usage import usage
from sigpact.report.used import Thing
from tests.rules.cases import signature

GENRE = signature(
    "get_genre",
    {"inputs": {"title": "string [?]"}, "outputs": {"genre": "string [?]", "score": "float32 [?]"}},
)
EMBED = signature("embed", {"inputs": {"title": "string [?]"}, "outputs": {"embedding": "float32 [?, 4]"}})
OLD = signature("old", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}})

HEAD = "contract: 1\nclient: {}\nmodel: genre\n"
REST = """\
signatures:
  get_genre:
    answer: named
    inputs: {title: {dtype: text, shape: [batch], maxLength: 9}}
    outputs: {genre: {dtype: text, shape: [batch]}}
"""
GRPC = "protocol: grpc\n" + REST.replace("    answer: named\n", "")
RELATED = """\
protocol: grpc
signatures:
  embed:
    inputs: {title: {dtype: text, shape: [batch], maxLength: 9}}
    outputs: {embedding: {dtype: float32, shape: [batch, 4]}}
relations:
  - name: the same
    inputs: {title: embed.title}
    calls:
      one: {signature: get_genre, inputs: {title: title}}
      two: {signature: get_genre, inputs: {title: title}}
    holds: [one.score == two.score]
"""


def things(folder: Path, *texts: tuple[str, str]) -> dict[tuple[str, str], Thing]:
    """Return the usage of the three signatures by (signature, part)."""
    counted = []
    for client, text in texts:
        file = folder / f"{client}.contract.yaml"
        file.write_text(HEAD.format(client) + text, encoding="utf-8")
        counted.append(Counted(load(file), "1", ""))
    found = usage("genre", "7", (EMBED, GENRE, OLD), counted, PLAIN)
    return {(each.signature, "" if each.kind == "signature" else each.name): each for each in found}


def test_what_nobody_names_and_nobody_needs_is_free(tmp_path: Path) -> None:
    """A whole signature, for one."""
    found = things(tmp_path, ("rest", REST), ("grpc", GRPC))
    assert {key for key, each in found.items() if each.is_free} == {
        ("embed", ""), ("embed", "title"), ("embed", "embedding"), ("old", ""), ("old", "x"), ("old", "y"),
    }  # fmt: skip
    assert found["get_genre", ""].users == ("grpc@1", "rest@1")
    assert found["get_genre", "genre"].blockers == ("grpc@1", "rest@1")
    assert found["get_genre", "title"].blockers == ("grpc@1", "rest@1")


def test_an_output_that_nobody_reads_may_hold_the_form_of_the_answer(tmp_path: Path) -> None:
    """With one output left, rows are bare values: who reads objects breaks. Over gRPC nobody does."""
    found = things(tmp_path, ("rest", REST), ("grpc", GRPC))
    assert (found["get_genre", "score"].users, found["get_genre", "score"].blockers) == ((), ("rest@1",))
    assert not found["get_genre", "score"].is_free


def test_relations_use_what_they_name(tmp_path: Path) -> None:
    """Their calls are made by name: what they read counts as read."""
    found = things(tmp_path, ("lab", RELATED))
    assert found["get_genre", "score"].users == ("lab@1",)
    assert found["get_genre", "score"].blockers == ("lab@1",)
    assert found["get_genre", "genre"].is_free
    assert found["embed", "embedding"].blockers == ("lab@1",)


@pytest.mark.parametrize("other", ["genre2"])
def test_clients_of_other_models_do_not_count(other: str, tmp_path: Path) -> None:
    """A contract names its models."""
    file = tmp_path / "x.contract.yaml"
    file.write_text(HEAD.format("x").replace("genre", other) + REST, encoding="utf-8")
    found = usage("genre", "7", (GENRE,), [Counted(load(file), "1", "")], PLAIN)
    assert all(each.is_free for each in found)
