"""`diff`: who breaks between two versions, with and without contracts; what is equal is silent."""

import datetime as dt
import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sigpact.cli import main
from sigpact.clients.profile import PLAIN, Environment
from sigpact.engine.diff import diff, read_contracts
from sigpact.engine.sides import Side, side
from sigpact.engine.static import Loaded
from sigpact.errors import ConfigurationError
from sigpact.frozen import replace
from sigpact.report import diff_data
from sigpact.report.diff import render
from sigpact.report.difference import Diff
from sigpact.report.show import render_json, show
from sigpact.rules.callers import PREDICT
from sigpact.tensors.specs import Signature
from tests.rules.cases import signature
from tests.savedmodel.writer import write_export

ONE: dict[str, Any] = {"inputs": {"title": "string [?]"}, "outputs": {"genre": "string [?]"}}
SCORED: dict[str, Any] = {**ONE, "outputs": {"genre": "string [?]", "score": "float32 [?]"}}
TODAY = dt.date(2026, 8, 1)
VALIDATOR = jsonschema.Draft202012Validator(
    json.loads(resources.files("sigpact.report").joinpath("diff.schema.json").read_text(encoding="utf-8"))
)


def version(number: str, **signatures: dict[str, Any]) -> Side:
    """Return a version of these signatures."""
    made = tuple(signature(name, each) for name, each in sorted(signatures.items()))
    return Side("genre", number, Loaded(made), None)


def compared(old: dict[str, Any], new: dict[str, Any], **flags: bool) -> Diff:
    """Compare two versions of one signature."""
    sides = version("1", get=old), version("2", get=new)
    return diff(*sides, environment=Environment("e", replace(PLAIN, **flags)) if flags else None)


def verdicts(found: Diff) -> dict[str, str]:
    """Return the verdict for each kind of client of the only signature that changed."""
    (changed,) = found.signatures
    return {each.client: each.verdict for each in changed.clients}


def contract(folder: Path, client: str, **words: Any) -> Path:
    """Write a contract that reads one bare genre, unless it is told otherwise."""
    use = {
        "inputs": {"title": {"dtype": "text", "shape": ["batch"], "maxLength": 20}},
        "outputs": {"genre": {"dtype": "text", "shape": ["batch"]}},
        **words.pop("use", {}),
    }
    document = {"contract": 1, "client": client, "model": "genre", **words, "signatures": {"get": use}}
    file = folder / f"{client}.contract.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def test_equal_versions_are_told_in_one_line() -> None:
    """Nothing changed that a client could notice: names in the graph may differ."""
    renamed = {**ONE, "inputs": {"title": "string [?] @serving_default_title:7"}}
    found = compared(ONE, renamed)
    assert found.is_same
    assert found.exit_code == 0
    assert render(found) == "no difference: the signatures of genre@1 and genre@2 are equal\n"


def test_an_output_beside_the_only_one_breaks_rest_and_not_grpc() -> None:
    """What changed stands once, then who breaks, each group with its sentence."""
    found = compared(ONE, SCORED)
    assert verdicts(found) == dict.fromkeys(["row-bare", "row-named", "col-bare", "col-named"], "breaks") | {
        "grpc": "safe",
        "grpc-filter": "safe",
    }
    assert found.exit_code == 1
    assert render(found) == (
        "genre@1 -> genre@2: breaks clients of get\n\n"
        "get\n"
        "  changed   output 'score' is new: float32 [?]\n"
        "  breaks    REST\n"
        "              with several outputs each row is an object by name, "
        "where the client reads the bare value\n"
        "  safe      gRPC\n"
        "              the answer holds names; this client reads by name\n"
    )


TEMPERED = {"inputs": {"title": "string [?]", "t": "float32 []"}, "outputs": {"genre": "string [?]"}}


@pytest.mark.parametrize(
    ("old", "new", "verdict", "code", "headline"),
    [
        (ONE, SCORED, "breaks", 1, "breaks clients of get"),
        (
            SCORED,
            {**SCORED, "outputs": {**SCORED["outputs"], "why": "string [?]"}},
            "safe",
            0,
            "different, and nobody breaks",
        ),
        (
            {**ONE, "inputs": {"x": "float32 [?, 3]"}},
            {**ONE, "inputs": {"x": "float32 [?, 4]"}},
            "undecided",
            3,
            "undecided for clients of get: the signatures do not tell; --two-sided runs both",
        ),
        (
            ONE,
            {**ONE, "outputs": {"genre": "string [1]"}},
            "silent",
            1,
            "nobody fails, but clients of get get other values silently",
        ),
    ],
)
def test_the_first_line_and_the_exit_code(
    old: dict[str, Any], new: dict[str, Any], verdict: str, code: int, headline: str
) -> None:
    """The worst kind of client decides both."""
    found = compared(old, new)
    assert (found.verdict, found.exit_code) == (verdict, code)
    assert render(found).split("\n")[0] == f"genre@1 -> genre@2: {headline}"


def test_a_rounded_double_is_silent_and_breaks_nobody_that_we_know() -> None:
    """float64 sent over REST to a float32: a warning, where gRPC breaks."""
    found = compared({**ONE, "inputs": {"x": "float64 [?]"}}, {**ONE, "inputs": {"x": "float32 [?]"}})
    assert verdicts(found)["row-bare"] == "silent"
    assert verdicts(found)["grpc"] == "breaks"
    (changed,) = found.signatures
    rest = next(each for each in changed.clients if each.client == "row-bare")
    assert [str(each.level) for each in rest.reasons if each.verdict == "silent"] == ["warning"]


def test_who_leaves_out_a_default_is_a_client_of_its_own() -> None:
    """Removing a defaulted input breaks who sends it; taking its default away breaks who does not."""
    old = {**TEMPERED, "defaults": {"t": 1.0}}
    assert verdicts(compared(old, ONE)) == {
        "col-named": "safe",
        "grpc": "breaks",
        "grpc-filter": "breaks",
        "grpc-omitting": "safe",
        "grpc-filter-omitting": "safe",
        "row-named": "breaks",
    }
    lost = compared(old, TEMPERED)
    assert {each for each, word in verdicts(lost).items() if word == "breaks"} == {
        "grpc-omitting",
        "grpc-filter-omitting",
    }
    assert "  breaks    gRPC that leaves out defaults\n" in render(lost)


def test_kinds_are_named_as_shortly_as_they_can_be_told_apart() -> None:
    """Bare and named clients fare differently where the only input is renamed."""
    text = render(compared(ONE, {**ONE, "inputs": {"name": "string [?]"}}))
    assert "  breaks    REST row (named values)\n" in text
    assert "           REST columnar (named values)\n" in text
    assert "           gRPC\n" in text
    assert "  safe      REST row (bare values), REST columnar (bare values)\n" in text
    gone = render(diff(version("1", get=ONE), version("2", other=ONE)))
    assert "  breaks    REST\n" in gone
    assert gone.startswith("genre@1 -> genre@2: breaks clients of get\n")
    assert "other\n  changed   the signature is new" in gone


def test_what_is_undecided_stands_apart_from_its_clients() -> None:
    """The longest verdict leaves room before the kinds."""
    text = render(compared(SCORED, {**SCORED, "outputs": {**SCORED["outputs"], "loss": "float32"}}))
    assert "\n  undecided REST row\n" in text


GRAPHS = [
    ({"x": "float32 [?] @-x:0"}, {"y": "float32 [?]"}, "breaks", None),
    ({"x": "float32 [?]"}, {"y": "float32 [?] @-y:0"}, "breaks", None),
    ({"x": "float32 [?] @x:0"}, {"y": "float32 [?] @x:0"}, "breaks", None),
    ({"x": "float32>int32 [?]"}, {"y": "float32 [?]"}, "breaks", "breaks"),
    ({"x": "int32>float32 [?]"}, {"y": "float32 [?]"}, "safe", "safe"),
]
"""What the new version has, and what gRPC clients meet there and on the way back (`None`: there are none)."""


@pytest.mark.parametrize(("inputs", "outputs", "grpc", "back"), GRAPHS)
def test_what_the_graph_makes_of_a_signature_is_a_change(
    inputs: dict[str, str], outputs: dict[str, str], grpc: str, back: str | None, tmp_path: Path
) -> None:
    """Read from exports and from a snapshot; REST clients break, and nobody called what never worked."""
    plain = {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}}
    broken = {"inputs": inputs, "outputs": outputs}
    exports(tmp_path, plain, broken)
    snapshot = tmp_path / "snapshot.json"
    snapshot.write_text(render_json(show([str(tmp_path / "genre")])), encoding="utf-8")
    for base in (tmp_path / "genre", snapshot):
        old, new = side(f"{base}@1"), side(f"{base}@2")
        found = diff(old, new)
        assert verdicts(found) == dict.fromkeys(PREDICT[:4], "breaks") | dict.fromkeys(PREDICT[4:], grpc)
        assert "graph" in {each.change for each in found.signatures[0].changes}
        VALIDATOR.validate(json.loads(diff_data.render(found)))
        assert verdicts(diff(new, old)) == (dict.fromkeys(PREDICT[4:], back) if back else {})
        assert diff(new, new).is_same


def test_the_server_profile_counts() -> None:
    """A scalar output beside two others breaks gRPC only where the server batches."""
    new = {**SCORED, "outputs": {**SCORED["outputs"], "t": "float32 []"}}
    assert verdicts(compared(SCORED, new))["grpc"] == "safe"
    assert verdicts(compared(SCORED, new, batching=True))["grpc"] == "breaks"


def test_with_contracts_the_clients_have_names(tmp_path: Path) -> None:
    """Client, owner, line; a pending contract does not count, one for another model is left out."""
    contract(tmp_path, "app", owner="app@example.com")
    contract(tmp_path, "late", status="pending")
    contract(tmp_path, "stats", protocol="grpc", use={"filter": True})
    contract(tmp_path, "stranger", model="other")
    sides = version("1", get=ONE), version("2", get=SCORED)
    found = diff(*sides, read_contracts([str(tmp_path)]), TODAY)
    assert found.contracts is not None
    assert {each.client: each.verdict for each in found.contracts} == {
        "app": "breaks",
        "late": "breaks",
        "stats": "safe",
    }
    text = render(found)
    assert text.startswith("genre@1 -> genre@2: breaks app, late\n")
    assert "  breaks    app (app@example.com)\n" in text
    assert "app.contract.json:1:" in text
    assert "output-added-to-single" in text
    assert "late (no owner, pending: does not count)" in text
    assert found.exit_code == 1
    pending = diff(*sides, read_contracts([str(tmp_path / "late.contract.json")]), TODAY)
    assert pending.exit_code == 0


def test_contracts_decide_the_exit_code_where_there_are_some(tmp_path: Path) -> None:
    """A kind of client that nobody is breaks nobody."""
    contract(
        tmp_path, "stats", protocol="grpc", use={"inputs": {"title": {"dtype": "text", "shape": ["batch"]}}}
    )
    found = diff(version("1", get=ONE), version("2", get=SCORED), read_contracts([str(tmp_path)]), TODAY)
    assert found.exit_code == 0
    assert render(found).startswith("genre@1 -> genre@2: different, and nobody breaks\n")


def test_what_was_broken_before_is_not_blamed_on_the_change(tmp_path: Path) -> None:
    """A contract that the old version breaks too is counted apart."""
    contract(tmp_path, "app", use={"outputs": {"label": {"dtype": "text"}}, "answer": "named"})
    found = diff(version("1", get=SCORED), version("2", get=ONE), read_contracts([str(tmp_path)]), TODAY)
    assert found.contracts is not None
    (met,) = found.contracts
    assert met.already == 1
    assert {each.rule for each in met.findings} == {"output-removed-to-single"}
    assert "1 more, broken with the old version already" in render(found)


def test_contracts_that_do_not_bind_are_told(tmp_path: Path) -> None:
    """Expired, for other versions, for other models: then unknown callers decide, and a note says so."""
    contract(tmp_path, "old", sunset="2026-07-01")
    contract(tmp_path, "pinned", versions="1")
    found = diff(version("1", get=ONE), version("2", get=SCORED), read_contracts([str(tmp_path)]), TODAY)
    assert found.contracts is None
    assert found.exit_code == 1
    assert [note.partition(":")[0] for note in found.notes] == ["old", "pinned"]
    (tmp_path / "x").mkdir()
    contract(tmp_path / "x", "stranger", model="other")
    other = diff(
        version("1", get=ONE), version("2", get=SCORED), read_contracts([str(tmp_path / "x")]), TODAY
    )
    assert other.notes == ("no contract names the model genre; the verdicts speak of unknown callers",)


def test_a_version_that_does_not_load() -> None:
    """The old one keeps serving; what cannot be read here is undecided, an old one wrong."""
    some = version("1", get=ONE)
    damaged = diff(some, Side("genre", "2", Loaded(reason="the file is empty"), None))
    assert damaged.exit_code == 1
    assert "genre@2 does not load, so genre@1 keeps serving\n  the file is empty" in render(damaged)
    unread = diff(some, Side("genre", "2", Loaded(reason="as text", unknown=True), None))
    assert unread.exit_code == 3
    assert not unread.is_same
    with pytest.raises(ConfigurationError, match="genre@0 has no signatures to compare with: gone"):
        diff(Side("genre", "0", Loaded(reason="gone"), None), some)


def test_the_api_that_is_not_compared_is_undecided() -> None:
    """The features of a classify call stand in the graph: a signature that changed may have changed them."""
    old = {"inputs": {"inputs": "string [?]"}, "outputs": {"scores": "float32 [?, 3]"}}
    new = {**old, "outputs": {"scores": "float32 [?, 3]", "classes": "string [?, 3]"}}
    assert verdicts(compared(old, new))["classify"] == "undecided"


def exports(folder: Path, *versions: dict[str, Any]) -> Path:
    """Write a model with these versions of one signature."""
    for number, each in enumerate(versions, 1):
        made: list[Signature] = [signature("get", each)]
        write_export(folder / "genre" / str(number), made)
    return folder / "genre"


def test_every_form_satisfies_the_published_schema(tmp_path: Path) -> None:
    """Whatever a comparison finds, its JSON is as the schema says, and the schema leaves nothing open."""
    VALIDATOR.check_schema(VALIDATOR.schema)
    contract(tmp_path, "app")
    some = version("1", get=ONE)
    found = [
        compared(ONE, ONE),
        compared(ONE, SCORED),
        compared(TEMPERED, {**TEMPERED, "defaults": {"t": 1.0}, "method": ""}),
        diff(some, version("2", other=ONE)),
        diff(some, version("2", get=SCORED), read_contracts([str(tmp_path)]), TODAY),
        diff(some, Side("genre", "2", Loaded(reason="the file is empty"), None)),
    ]
    for each in found:
        VALIDATOR.validate(json.loads(diff_data.render(each)))
    schema: dict[str, Any] = dict(VALIDATOR.schema)  # type: ignore[arg-type]
    objects = [each for each in schema["$defs"].values() if each.get("type") == "object"]
    for each in (schema, *objects):
        assert each["additionalProperties"] is False
        assert set(each["required"]) == set(each["properties"])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit codes 0, 1, 2 and 3; JSON on demand; complaints on stderr in one line."""
    wide, narrow = ({**ONE, "inputs": {"title": f"string [?, {size}]"}} for size in (3, 4))
    base = exports(tmp_path, ONE, SCORED, ONE, wide, narrow)
    assert main(["diff", f"{base}@1", f"{base}@3"]) == 0
    assert main(["diff", f"{base}/1", f"{base}@2"]) == 1
    assert main(["diff", f"{base}@4", f"{base}@5"]) == 3
    capsys.readouterr()
    assert main(["diff", f"{base}@1", f"{base}@2", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    VALIDATOR.validate(document)
    assert document["signatures"][0]["clients"][0]["reasons"][0]["rule"] == "output-added-to-single"
    for wrong in ([f"{base}@1", f"{base}@9"], [f"{base}@1", f"{base}@2", str(tmp_path / "nothing")]):
        assert main(["diff", *wrong]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("sigpact: ")
        assert said.err.count("\n") == 1
    bad = contract(tmp_path, "bad", protocol="carrier-pigeon")
    assert main(["diff", f"{base}@1", f"{base}@2", str(bad)]) == 2
    assert "bad.contract.json:1:" in capsys.readouterr().err


def test_features_decide_for_classify() -> None:
    """A change of what the graph parses is told, and an unknown client sends what the old graph parsed."""
    base = {"inputs": {"inputs": "string [?]"}, "outputs": {"scores": "float32 [?, 3]"}}
    old = {**base, "features": {"x": "float32 [2]", "t": "float32 [] = 0.5"}}
    more = {**base, "features": {"x": "float32 [2]", "t": "float32 [] = 0.5", "n": "int64 []"}}
    assert verdicts(compared(old, more))["classify"] == "breaks"
    spare = {**base, "features": {"x": "float32 [2]", "t": "float32 [] = 0.5", "n": "int64 [] = 1"}}
    assert verdicts(compared(old, spare))["classify"] == "safe"
    assert verdicts(compared(old, {**base, "features": {"x": "float32 [2]"}}))["classify"] == "safe"
    other = {**base, "features": {"x": "float32 [2]", "t": "float32 [] = 0.25"}}
    assert verdicts(compared(old, other))["classify"] == "silent"
    loose = {**base, "features": {"x": "float32 sparse", "t": "float32 [] = 0.5"}}
    assert verdicts(compared(old, loose))["classify"] == "safe"
    assert verdicts(compared(loose, old))["classify"] == "breaks"
    unread = {**base, "features": "the graph hides"}
    assert verdicts(compared(old, unread))["classify"] == "undecided"
    for each in (more, spare, other, unread):
        VALIDATOR.validate(json.loads(diff_data.render(compared(old, each))))
    for each in (more, spare, other, unread):  # who calls predict may put anything into its tf.Examples
        assert verdicts(compared(old, each))["grpc"] == "undecided"
    (found,) = compared(old, more).signatures
    assert [each.message for each in found.changes] == ["feature 'n' is new: int64 [], required"]


CLASSIFY: dict[str, Any] = {
    "inputs": {"inputs": "string [?]"},
    "outputs": {"classes": "string [?, 3]", "scores": "float32 [?, 3]"},
}
_X = {"x": "float32 []"}


@pytest.mark.parametrize(
    "inputs", [{"x": {"dtype": "number", "shape": []}}, {}], ids=["listed", "none listed"]
)
@pytest.mark.parametrize(
    ("old", "new", "met"),
    [
        # what neither graph tells may have changed, for one reason or another
        ("decoded", "decoded", "undecided"),
        ("decoded", "mapped", "undecided"),
        (_X, "decoded", "undecided"),
        ({}, {}, "undecided"),
        (None, None, "undecided"),
        # what both tell has not
        (_X, _X, "safe"),
    ],
)
def test_features_that_are_in_doubt(
    inputs: dict[str, Any], old: Any, new: Any, met: str, tmp_path: Path
) -> None:
    """A contract of classify, whether it lists features or none, hears of doubt; so do unknown callers."""
    if met == "safe" and not inputs:
        inputs = {"x": {"dtype": "number", "shape": []}}
    use = {"verb": "classify", "inputs": inputs, "outputs": {"classes": {"dtype": "text"}}}
    file = contract(tmp_path, "app", use=use)
    before, after = (CLASSIFY | ({} if said is None else {"features": said}) for said in (old, new))
    found = diff(version("1", get=before), version("2", get=after), read_contracts([str(file)]))
    assert found.contracts is not None
    (one,) = found.contracts
    assert (one.verdict, [each.rule for each in one.findings]) == (
        met,
        ["feature-undetermined"] if met == "undecided" else [],
    )
    assert (found.exit_code, found.is_same) == ((3, False) if met == "undecided" else (0, True))
    VALIDATOR.validate(diff_data.as_data(found))
    assert ("no difference" in render(found)) is found.is_same


@pytest.mark.parametrize("folders", [True, False])
def test_features_of_one_graph_are_the_same(folders: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """Nobody can say what they are, and equal exports are silent all the same; others are not."""
    use = {
        "verb": "classify",
        "inputs": {"x": {"dtype": "number", "shape": []}},
        "outputs": {"classes": {"dtype": "text"}},
    }
    loaded = read_contracts([str(contract(tmp_path, "app", use=use))])
    one, other = (version(number, get=CLASSIFY | {"features": "decoded"}) for number in "11")
    if folders:
        one, other = (
            replace(each, folder=str(write_export(tmp_path / name, [signature("get", ONE)])))
            for each, name in ((one, "a/1"), (other, "b/1"))
        )
    found = diff(one, other, loaded)
    assert (found.is_same, found.exit_code, found.verdict) == (True, 0, "safe")
    if folders:
        with Path(other.folder or "", "saved_model.pb").open("ab") as file:
            file.write(b"\x08\x01")
        found = diff(one, other, loaded)
        assert (found.is_same, found.exit_code, found.verdict) == (False, 3, "undecided")
        unknown = diff(one, other)
        assert verdicts(unknown)["classify"] == "undecided"
        assert verdicts(unknown)["grpc"] == "undecided"


def test_contracts_are_judged_for_the_environment(tmp_path: Path) -> None:
    """What only a server with a flag refuses is found for contracts as it is for unknown callers."""
    file = contract(tmp_path, "app", protocol="grpc")
    sides = version("1", get=ONE), version("2", get={**ONE, "outputs": {**ONE["outputs"], "w": "float32 []"}})
    loaded = read_contracts([str(file)])
    assert diff(*sides, loaded).verdict == "safe"
    environment = Environment("production", replace(PLAIN, batching=True))
    found = diff(*sides, loaded, environment=environment)
    assert found.verdict == "breaks"
    assert found.contracts is not None
    assert [each.rule for each in found.contracts[0].findings] == ["output-batch-refused"]
    assert render(found).startswith("environment production: batching\n\n")
    same = diff(sides[0], sides[0], loaded, environment=environment)
    assert render(same).startswith("environment production: batching\n\nno difference")
