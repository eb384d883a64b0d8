"""`diff --two-sided`: the smallest request that the old version answers and the new one does not."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigpact.clients.profile import Environment, ServerProfile
from sigpact.engine.diff import diff, read_contracts
from sigpact.engine.sides import Side
from sigpact.engine.static import Loaded
from sigpact.engine.twosided import first_difference, two_sided
from sigpact.errors import ConfigurationError, ContractError
from sigpact.frozen import replace
from sigpact.report import diff_data
from sigpact.report.diff import render
from sigpact.report.difference import Diff, Met
from sigpact.runtime.fake import FakeBackend, Function
from sigpact.runtime.protocol import Refused
from sigpact.wire.arrays import Value, value
from tests.engine.test_diff import ONE, SCORED, TODAY, VALIDATOR, contract, version
from tests.rules.cases import signature


def genre(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer one genre for each title."""
    return {"genre": value("string", ["Drama"] * len(feeds["title"].array))}


def scored(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer a genre and a score for each title."""
    return {**genre(feeds), "score": value("float32", [0.5] * len(feeds["title"].array))}


def ran(
    old: tuple[Any, Function],
    new: tuple[Any, Function],
    *contracts: str,
    environment: Environment | None = None,
) -> Diff:
    """Compare two versions of one signature and run both."""
    sides = tuple(
        replace(version(number, get=spec), folder=f"/{number}")
        for number, (spec, _) in zip("12", (old, new), strict=True)
    )
    backend = FakeBackend({"/1": {"get": old[1]}, "/2": {"get": new[1]}})
    loaded = read_contracts(contracts) if contracts else ()
    found = diff(sides[0], sides[1], loaded, TODAY, environment)
    return two_sided(found, sides[0], sides[1], loaded, backend)


def met(found: Diff, client: str) -> Met:
    """Return what one kind of client met."""
    return next(each for signature in found.signatures for each in signature.clients if each.client == client)


def test_a_break_is_shown_by_one_request_with_both_answers() -> None:
    """One row, the shortest text; the token where the answers begin to differ is marked."""
    found = ran((ONE, genre), (SCORED, scored))
    seen = met(found, "row-bare").witness
    assert seen is not None
    assert len(json.loads(seen.request)["instances"]) == 1
    assert (seen.old, seen.new) == (
        '{"predictions": ["Drama"]}',
        '{"predictions": [{"genre": "Drama", "score": 0.5}]}',
    )
    assert seen.old[slice(seen.old_token[0], sum(seen.old_token))] == '"Drama"'
    assert seen.new[slice(seen.new_token[0], sum(seen.new_token))] == "{"
    assert met(found, "grpc").witness is None
    lines = render(found).split("\n")
    at = next(index for index, line in enumerate(lines) if line.endswith(seen.new))
    assert lines[at - 2].endswith(seen.request)
    assert lines[at - 1].endswith(seen.old)
    assert lines[at + 1].index("^") == lines[at].index('{"genre"')
    VALIDATOR.validate(json.loads(diff_data.render(found)))


def test_a_refused_request_is_shown_with_the_servers_words() -> None:
    """GRPC with an input that is gone: the old answer, and the refusal."""
    two = {"inputs": {"title": "string [?]", "t": "float32 [?]"}, "outputs": ONE["outputs"]}
    found = ran((two, genre), (ONE, genre))
    seen = met(found, "grpc").witness
    assert seen is not None
    assert seen.request.startswith("get(")
    assert "genre=['Drama']" in seen.old
    assert seen.new.startswith("INVALID_ARGUMENT: input size does not match signature")


def whole(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer the sum of whole numbers, whatever their width."""
    return {"y": value("int64", [0] * len(feeds["x"].array))}


def test_what_breaks_at_the_bounds_alone_is_found_there() -> None:
    """int64 to int32 over REST: small numbers pass, so the whole range of the dtype is tried."""
    old, new = (
        {"inputs": {"x": f"{dtype} [?]"}, "outputs": {"y": "int64 [?]"}} for dtype in ("int64", "int32")
    )
    seen = met(ran((old, whole), (new, whole)), "row-bare").witness
    assert seen is not None
    (sent,) = json.loads(seen.request)["instances"]
    assert not -(2**31) <= sent < 2**31
    assert "400" in seen.new


WIDE, NARROW = ({**ONE, "inputs": {"title": f"string [?, {size}]"}} for size in (3, 4))


def test_what_is_undecided_is_settled_by_running() -> None:
    """Alike on both: safe. Refused by the new one: broken. Other values: undecided still."""

    def refuses(feeds: Mapping[str, Value]) -> Any:
        return genre(feeds) if feeds["title"].shape[1] == 4 else Refused("INVALID_ARGUMENT", "Matrix size")

    def other(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"genre": value("string", ["Comedy"] * len(feeds["title"].array))}

    alike = ran((WIDE, genre), (NARROW, genre))
    assert alike.exit_code == 0
    assert "requests ran alike on both versions" in render(alike)
    broken = ran((WIDE, genre), (NARROW, refuses))
    assert broken.exit_code == 1
    assert {each.verdict for each in broken.signatures[0].clients} == {"breaks"}
    assert met(broken, "grpc").witness is not None
    differs = ran((WIDE, genre), (NARROW, other))
    assert differs.exit_code == 3
    assert met(differs, "grpc").ran > 0


def test_requests_that_the_old_version_refuses_tell_nothing() -> None:
    """A model that answers nothing of what is tried leaves the verdict as it was, without a witness."""

    def never(_: Mapping[str, Value]) -> Any:
        return Refused("INVALID_ARGUMENT", "not a JPEG")

    found = ran((ONE, never), (SCORED, never))
    assert (met(found, "row-bare").verdict, met(found, "row-bare").witness) == ("breaks", None)
    undecided = ran((WIDE, never), (NARROW, never))
    assert undecided.exit_code == 3


def test_the_old_version_answers_what_is_shown() -> None:
    """What is smaller and refused by both shows no break."""

    def three(feeds: Mapping[str, Value]) -> Any:
        if any(len(each) < 3 for each in feeds["title"].array):
            return Refused("INVALID_ARGUMENT", "too short")
        return genre(feeds)

    seen = met(ran((ONE, three), (SCORED, scored)), "row-bare").witness
    assert seen is not None
    assert json.loads(seen.request)["instances"] == ["aaa"]
    assert seen.old == '{"predictions": ["Drama"]}'


def test_a_lost_batch_is_shown_by_two_rows() -> None:
    """Silent: the answer is shorter than the request, which one row cannot show."""

    def first(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"genre": Value(genre(feeds)["genre"].dtype, genre(feeds)["genre"].array[:1])}

    found = ran((ONE, genre), ({**ONE, "outputs": {"genre": "string [1]"}}, first))
    seen = met(found, "row-bare").witness
    assert seen is not None
    assert len(json.loads(seen.request)["instances"]) == 2
    assert seen.new == '{"predictions": ["Drama"]}'


def test_contracts_bring_their_own_requests(tmp_path: Path) -> None:
    """The witness lies in the contract's domain; a sensitive one is not shown."""
    domain = {"dtype": "text", "shape": ["batch"], "enum": ["Jaws"]}
    contract(tmp_path, "app", use={"inputs": {"title": domain}})
    contract(tmp_path, "bank", use={"inputs": {"title": {**domain, "sensitive": True}}})
    found = ran((ONE, genre), (SCORED, scored), str(tmp_path))
    assert found.contracts is not None
    app, bank = found.contracts
    assert app.witness is not None
    assert json.loads(app.witness.request)["instances"] == ["Jaws"]
    assert (bank.verdict, bank.witness) == ("breaks", None)
    assert bank.ran > 0
    assert "Jaws" in render(found)


def test_contracts_bring_their_real_rows(tmp_path: Path) -> None:
    """A number without a domain has no other requests; the row that is shown stays what it is."""
    use = {
        "inputs": {"x": {"dtype": "number", "shape": ["batch"]}},
        "outputs": {"y": {"dtype": "number", "shape": ["batch"]}},
        "rows_from": "rows.jsonl",
    }
    contract(tmp_path, "app", use=use)
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"inputs": {"x": [12345.678]}}\n', encoding="utf-8")
    one = {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}}
    two = {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]", "z": "float32 [?]"}}
    sides = ((one, lambda feeds: {"y": feeds["x"]}), (two, lambda feeds: {"y": feeds["x"], "z": feeds["x"]}))
    found = ran(*sides, str(tmp_path))
    assert found.contracts is not None
    (app,) = found.contracts
    assert app.witness is not None
    assert json.loads(app.witness.request)["instances"] == [12345.678]
    rows.write_text("[]\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"rows\.jsonl:1:1: a row is a JSON object"):
        ran(*sides, str(tmp_path))


def test_a_snapshot_cannot_be_run() -> None:
    """The message says what to name instead."""
    sides = version("1", get=ONE), version("2", get=SCORED)
    with pytest.raises(ConfigurationError, match="genre@1 is a snapshot, which cannot be run"):
        two_sided(diff(*sides), *sides, (), FakeBackend({}))


def test_versions_that_do_not_load() -> None:
    """The new one goes live nowhere; an old one that does not load is called by nobody."""
    old, new = (
        Side("genre", n, Loaded((signature("get", s),)), f"/{n}") for n, s in (("1", ONE), ("2", SCORED))
    )
    found = two_sided(diff(old, new), old, new, (), FakeBackend({"/1": {"get": genre}}))
    assert found.unloadable == "there is no version in /2"
    assert found.exit_code == 1
    with pytest.raises(ConfigurationError, match="genre@1 does not load"):
        two_sided(diff(old, new), old, new, (), FakeBackend({"/2": {"get": scored}}))


@pytest.mark.parametrize(
    ("old", "new", "tokens"),
    [
        ("[1, 2]", "[1, 3]", ("2", "3")),
        ('["a b"]', '["a c"]', ('"a b"', '"a c"')),
        ("[1.0]", "[1]", ("1.0", "1")),
        ("[1]", "[1, 2]", ("]", ",")),
        ("[1", "[1]", ("", "]")),
        ("same", "same", ("", "")),
    ],
)
def test_the_first_token_that_differs(old: str, new: str, tokens: tuple[str, str]) -> None:
    """Strings and numbers are one token each; where one text ends, its end is marked."""
    marks = first_difference(old, new)
    assert (
        tuple(text[at : at + length] for text, (at, length) in zip((old, new), marks, strict=True)) == tokens
    )


def test_arrays_of_nan_are_the_same_values() -> None:
    """NaN for NaN is no other answer."""

    def nan(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"genre": value("float32", np.full(len(feeds["title"].array), np.nan))}

    wide, narrow = ({**each, "outputs": {"genre": "float32 [?]"}} for each in (WIDE, NARROW))
    found = ran((wide, nan), (narrow, nan))
    assert met(found, "grpc").verdict == "safe"


def test_both_sides_are_run_as_the_environment_serves_them() -> None:
    """A total beside a batch is refused where the server batches, in its words, and answered elsewhere."""
    totalled = {**ONE, "outputs": {**ONE["outputs"], "total": "float32 []"}}

    def total(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        return {**genre(feeds), "total": value("float32", 1.0)}

    assert met(ran((ONE, genre), (totalled, total)), "grpc").verdict == "safe"
    batching = Environment("production", ServerProfile(batching=True))
    found = met(ran((ONE, genre), (totalled, total), environment=batching), "grpc")
    assert found.verdict == "breaks"
    assert found.witness is not None
    assert "Batched output tensor has 0 dimensions" in found.witness.new
