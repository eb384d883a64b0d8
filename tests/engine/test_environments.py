"""`[tool.sigpact.environments]`: what may be said, what is told when it is wrong, and what it changes."""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from sigpact.cli import main
from sigpact.clients.profile import PLAIN, Environment, ServerProfile, as_data
from sigpact.contract.load import load
from sigpact.engine.journey import Journey
from sigpact.engine.options import Options, configured
from sigpact.engine.replay import State, replay
from sigpact.engine.run import Result, Run, settle
from sigpact.engine.served import CallError, load_version
from sigpact.errors import ConfigurationError
from sigpact.findings import Evidence, Finding, Level, Span
from sigpact.report import data
from sigpact.report.text import render
from sigpact.runtime.protocol import Refused
from sigpact.savedmodel.versions import resolve_models
from sigpact.serving.given import given
from sigpact.tensors.specs import Signature
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import Value, value
from tests.engine.world import NUMBER, NUMBERS, World, only, rules, same
from tests.rules.cases import signature

PRODUCTION = '[tool.sigpact.environments.production.server]\nbatching = true\nversion = "2.14.1"\n'
BATCHING = Environment("production", ServerProfile(batching=True))


def project(folder: Path, text: str) -> Path:
    """Write a pyproject.toml and return its folder."""
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("[tool.sigpact.environments.e]\n", PLAIN),
        ("[tool.sigpact.environments.e.server]\n", PLAIN),
        ("[tool.sigpact.environments.e.server]\nbatching = true\n", ServerProfile(batching=True)),
        ("[tool.sigpact.environments.e.server]\nbatching = false\n", PLAIN),
        (
            "[tool.sigpact.environments.e.server]\nmethod_name_check = true\n",
            ServerProfile(method_name_check=True),
        ),
        ('[tool.sigpact.environments.e.server]\nversion = "2.14"\n', ServerProfile(version=(2, 14))),
        ('[tool.sigpact.environments.e.server]\nversion = "2.0.1"\n', ServerProfile(version=(2, 0, 1))),
    ],
)
def test_what_a_table_means(text: str, server: ServerProfile, tmp_path: Path) -> None:
    """Whatever is left out is off."""
    found = configured(project(tmp_path, text))
    assert found.environment("e") == Environment("e", server)
    assert found.environment(None) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.sigpact]\nenvironments = 3\n", "[tool.sigpact] environments is 3; expected a table for each"),
        ("[tool.sigpact]\nenvironment = 'e'\n", "has no key 'environment'; did you mean 'environments'?"),
        (
            "[tool.sigpact.environments]\ne = 3\n",
            "[tool.sigpact.environments.e] is 3; expected a table of keys and values",
        ),
        (
            "[tool.sigpact.environments.e]\nservr = {}\n",
            "[tool.sigpact.environments.e] has no key 'servr'; did you mean 'server'?",
        ),
        (
            "[tool.sigpact.environments.e]\nserver = true\n",
            "[tool.sigpact.environments.e.server] is True; expected a table of keys and values",
        ),
        (
            "[tool.sigpact.environments.e.server]\nbaching = true\n",
            "[tool.sigpact.environments.e.server] has no key 'baching'; did you mean 'batching'?",
        ),
        (
            "[tool.sigpact.environments.e.server]\nport = 8501\n",
            "has no key 'port'; there is batching, method_name_check, version",
        ),
        ("[tool.sigpact.environments.e.server]\nbatching = 1\n", "batching is 1; expected true or false"),
        (
            "[tool.sigpact.environments.e.server]\nmethod_name_check = 'on'\n",
            "method_name_check is 'on'; expected true or false",
        ),
        (
            "[tool.sigpact.environments.e.server]\nversion = 2.14\n",
            'version is 2.14; expected a release of TensorFlow Serving, from 2.0 on, in quotes: "2.14"',
        ),
        *(
            (f"[tool.sigpact.environments.e.server]\nversion = '{each}'\n", f"version is {each!r}; expected")
            for each in ("", "latest", "2", "1.15", "2.14.1.2", "v2.14", "2.x", "\uff12.14")
        ),
    ],
)
def test_mistakes_are_one_clear_line(
    text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """File and key, what was found, what was expected; exit 2, chosen or not."""
    monkeypatch.chdir(project(tmp_path, text))
    with pytest.raises(ConfigurationError) as raised:
        configured(tmp_path)
    assert str(tmp_path / "pyproject.toml") in str(raised.value)
    assert told in str(raised.value)
    assert main(["check", "contracts", "--models", "models"]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "verify", "diff"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PRODUCTION, "[tool.sigpact.environments] has no 'prodution'; did you mean 'production'?"),
        ("[tool.sigpact]\nrows = 1\n", "[tool.sigpact.environments] has no 'prodution'; there is none"),
    ],
)
def test_an_unknown_environment(
    command: str,
    text: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever names one that is not there is told which there are, and nothing is judged."""
    world = World(tmp_path)
    world.contract(NUMBERS)
    old, new = world.version("m/1", NUMBER), world.version("m/2", NUMBER)
    monkeypatch.chdir(project(tmp_path, text))
    paths = [str(old), str(new)] if command == "diff" else ["contracts", "--models", "models"]
    assert main([command, *paths, "--environment", "prodution"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"sigpact: {tmp_path / 'pyproject.toml'}: {told}\n")


def test_no_file_that_names_one(tmp_path: Path) -> None:
    """Without a file there is no environment."""
    found = configured(project(tmp_path, "[project]\nname = 'x'\n"))
    with pytest.raises(ConfigurationError, match=r"no pyproject\.toml speaks of sigpact: .*there is none"):
        found.environment("production")


LABELLED = signature(
    "f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]", "labels": "string [12]"}}
)


@pytest.mark.parametrize("command", ["check", "diff"])
def test_the_command_line_judges_for_the_environment(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Chosen: labels beside a batch break gRPC clients, and the report says where."""
    world = World(tmp_path)
    world.contract(NUMBERS)
    old, new = world.version("old/m/1", NUMBER), world.version("m/2", LABELLED)
    monkeypatch.chdir(project(tmp_path, PRODUCTION))
    told = [str(old), str(new), "contracts"] if command == "diff" else ["contracts", "--models", "models/m"]
    assert main([command, *told]) == 0
    assert "environment" not in capsys.readouterr().out
    assert main([command, *told, "--environment", "production"]) == 1
    assert capsys.readouterr().out.startswith("environment production: batching, release 2.14.1\n\n")
    assert main([command, *told, "--environment", "production", "--format", "json"]) == 1
    written = json.loads(capsys.readouterr().out)
    schema = json.loads(
        resources.files("sigpact.report")
        .joinpath(f"{'diff' if command == 'diff' else 'report'}.schema.json")
        .read_text(encoding="utf-8")
    )
    jsonschema.Draft202012Validator(schema).validate(written)
    assert written["environment"] == {
        "name": "production",
        "server": {"batching": True, "method_name_check": False, "version": "2.14.1"},
    }


def constant(_: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer one number, however many are asked for."""
    return {"y": value("float32", [0.5])}


def scalar(_: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer a number without a batch."""
    return {"y": value("float32", 0.5)}


UNSAID = signature("f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}})
LOOSE = NUMBERS.replace("y: {dtype: float32, shape: [batch],", "y: {dtype: float32,")
COLUMNS = LOOSE.replace("protocol: grpc", "protocol: rest").replace("  f:\n", "  f:\n    body: columnar\n")
TWO = """\
contract: 1
client: app
model: m
protocol: grpc
signatures:
  f:
    inputs:
      a: {dtype: float32, minimum: 0, maximum: 1%s}
      b: {dtype: float32, minimum: 0, maximum: 1%s}
    outputs:
      y: {dtype: float32}
"""
PAIR = signature("f", {"inputs": {"a": "float32", "b": "float32"}, "outputs": {"y": "float32 [?]"}})


def first(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Give the first input back."""
    return {"y": feeds["a"]}


@pytest.mark.parametrize("contract", [LOOSE, COLUMNS], ids=["grpc", "columnar"])
@pytest.mark.parametrize(
    ("function", "told"),
    [(constant, "0th dimension does not equal the sum"), (scalar, "Batched output tensor has 0 dimensions")],
)
def test_what_no_signature_shows_is_refused_where_the_server_batches(
    contract: str, function: object, told: str, tmp_path: Path
) -> None:
    """The output's rank is not declared: the server cuts the real tensor, and so does a run."""
    world = World(tmp_path)
    world.contract(contract)
    world.version("m/1", UNSAID, f=function)  # type: ignore[arg-type]
    assert world.verify().exit_code == 0
    report = world.verify(environment=BATCHING)
    assert report.environment == BATCHING
    found = only(report)
    assert found.rule == "request-refused"
    assert told in found.received
    assert found.received.startswith("FAILED_PRECONDITION" if contract is LOOSE else "400 ")


@pytest.mark.parametrize(
    ("shapes", "static", "level", "ran"),
    [
        # two lengths, a scalar: read off the contract, and the witness is refused in the server's words
        (("[n]", "[m]"), "input-batch-refused", "error", "equal 0th-dimension size"),
        (("[n]", "[]"), "input-batch-refused", "error", "at least one dimension"),
        (("[n]", "[n]"), None, "error", None),
        (("[n]", "[n, 3]"), None, "error", None),
    ],
)
def test_what_is_fed_is_refused_where_the_server_batches(
    shapes: tuple[str, str], static: str | None, level: str, ran: str | None, tmp_path: Path
) -> None:
    """Static and dynamic agree, and without the flag nothing is said."""
    world = World(tmp_path)
    world.contract(TWO % tuple(f", shape: {each}" for each in shapes))
    world.version("m/1", PAIR, f=first)
    assert (world.check().exit_code, world.verify().exit_code) == (0, 0)
    checked, verified = world.check(environment=BATCHING), world.verify(environment=BATCHING)
    expected = [] if static is None else [static] * (2 if "m" in shapes[1] else 1)
    assert set(rules(checked, level)) == set(rules(verified, level)) == set(expected)
    if ran is not None:
        assert any(each.witness and ran in each.witness.answer for each in verified.findings)


@pytest.mark.parametrize(
    ("rule", "then"),
    [
        ("input-batch-refused", "input-batch-unpromised"),
        ("input-precision-refused", "input-dtype-unpromised"),
    ],
)
def test_what_is_undecided_is_settled_by_running(rule: str, then: str) -> None:
    """`given` may keep inputs alike, integers without bounds may all be small: running tells."""
    finding = Finding(
        *(rule, Level.UNDECIDED, "app", None, "m", "1", "f", ("inputs", "x"), "fed"),
        *(Span("a", 1, 1), "perhaps refused", "a", "b", "why", "model", "client"),
    )
    ran = Result((), Evidence(rows=(("random", 9),)))
    (found,) = settle(Result((finding,)), ran).findings
    assert (found.rule, found.level) == (then, Level.WARNING)


def test_given_may_keep_inputs_alike(tmp_path: Path) -> None:
    """What the client makes sure of is not read off the contract: requests that keep to it are run."""
    world = World(tmp_path)
    world.contract(TWO % (", shape: [n]", ", shape: [m]") + "    given: [n == m]\n")
    world.version("m/1", PAIR, f=first)
    assert world.check(environment=BATCHING).exit_code == 3
    report = world.verify(environment=BATCHING)
    assert (report.exit_code, rules(report, "warning")) == (0, ["input-batch-unpromised"])


RELATED = (
    NUMBERS
    + """\
relations:
  - name: twice the same
    inputs: {x: f.x}
    calls:
      one: {signature: f, inputs: {x: x}}
      two: {signature: f, inputs: {x: x}}
    holds: [one.y == two.y]
"""
)


def test_calls_of_relations_meet_the_chosen_server(tmp_path: Path) -> None:
    """They travel as all calls do."""
    world = World(tmp_path)
    world.contract(RELATED.replace("y: {dtype: float32, shape: [batch],", "y: {dtype: float32,"))
    world.version("m/1", UNSAID, f=constant)
    assert world.verify().exit_code == 0
    report = world.verify(keep=True, environment=BATCHING)
    told = [each for each in report.findings if "relation" in each.message or each.at[:1] == ("relations",)]
    assert {each.rule for each in report.findings} == {"request-refused"}
    assert told
    kept = (tmp_path / ".sigpact" / "cases").glob("*[0-9a-f].json")
    assert {json.loads(file.read_text(encoding="utf-8"))["environment"]["name"] for file in kept} == {
        "production"
    }


FIXED = signature("f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [1]"}})


def test_the_witness_is_a_request_that_is_refused(tmp_path: Path) -> None:
    """One row would be answered: an output of one row fits it."""
    world = World(tmp_path)
    world.contract(NUMBERS.replace("y: {dtype: float32, shape: [batch]", "y: {dtype: float32, shape: [1]"))
    world.version("m/1", FIXED, f=constant)
    found = only(world.verify(environment=BATCHING))
    assert found.rule == "output-batch-refused"
    assert found.witness is not None
    assert "0th dimension does not equal the sum" in found.witness.answer


METHOD = signature(
    "f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}, "method": "tensorflow/serving/x"}
)


@pytest.mark.parametrize(
    ("server", "rule", "answer"),
    [
        (PLAIN, None, None),
        (ServerProfile(batching=True), None, None),
        (
            ServerProfile(method_name_check=True),
            "signature-method-refused",
            "INTERNAL: Expected prediction signature method_name",
        ),
    ],
)
def test_method_names(server: ServerProfile, rule: str | None, answer: str | None, tmp_path: Path) -> None:
    """The rule says it, and the request that shows it is refused as the server refuses it."""
    world = World(tmp_path)
    world.contract(NUMBERS)
    world.version("m/1", METHOD, f=same)
    report = world.verify(environment=Environment("e", server))
    assert rules(report) == ([] if rule is None else [rule])
    if answer is not None:
        witness = only(report).witness
        assert witness is not None
        assert answer in witness.answer


SHARED = signature(
    "f",
    {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?] @P:0", "z": "float32 [?] @P:0"}},
)


def test_a_shared_tensor_has_no_witness(tmp_path: Path) -> None:
    """A run here does not mix up what the batching session does: a right answer would be shown as wrong."""
    world = World(tmp_path)
    world.contract(NUMBERS)
    world.version("m/1", SHARED, f=lambda feeds: {"y": feeds["x"], "z": feeds["x"]})
    assert world.verify().exit_code == 0
    found = only(world.verify(environment=BATCHING))
    assert (found.rule, found.witness) == ("output-tensor-shared", None)


OPTIONAL = NUMBERS.replace(
    "    outputs:",
    "      t: {dtype: float32, shape: [], minimum: 0, maximum: 1, optional: true}\n    outputs:",
)
DEFAULTED = signature(
    "f",
    {
        "inputs": {"x": "float32 [?]", "t": "float32 []"},
        "outputs": {"y": "float32 [?]"},
        "defaults": {"t": 0.5},
    },
)


@pytest.mark.parametrize(
    ("server", "rule", "answer"),
    [
        (PLAIN, None, ""),
        (ServerProfile(version=(2, 14)), None, ""),
        (ServerProfile(version=(2, 13)), "input-default-removed", "Missing but required: {t}"),
        (ServerProfile(batching=True), "input-batch-refused", "must have at least one dimension"),
    ],
)
def test_defaults(server: ServerProfile, rule: str | None, answer: str, tmp_path: Path) -> None:
    """A scalar default: fed since 2.14, and never where the server batches."""
    world = World(tmp_path)
    world.contract(OPTIONAL)
    world.version("m/1", DEFAULTED, f=same)
    report = world.verify(environment=Environment("e", server))
    assert {each.rule for each in report.findings if each.level == "error"} == ({rule} if rule else set())
    if rule:
        assert any(each.witness and answer in each.witness.answer for each in report.findings)


def test_a_kept_case_is_replayed_where_it_failed(tmp_path: Path) -> None:
    """It fails on the server that batches, whatever is chosen now, until the version is mended."""
    world = World(tmp_path)
    world.contract(LOOSE)
    world.version("m/1", UNSAID, f=constant)
    report = world.verify(keep=True, environment=BATCHING)
    (case,) = {each.witness.case for each in report.findings if each.witness}
    found = replay(case, tmp_path / ".sigpact" / "cases", given([world.models]), world.backend)
    assert [(each.state, each.title) for each in found] == [
        (State.FAILS, "request-refused: app with m@1, f in production")
    ]
    world.version("m/1", UNSAID, f=same)
    found = replay(case, tmp_path / ".sigpact" / "cases", given([world.models]), world.backend)
    assert found[0].state is State.FIXED


def test_a_static_case_is_replayed_where_it_failed(tmp_path: Path) -> None:
    """The signatures are compared for that server again."""
    world = World(tmp_path)
    world.contract(NUMBERS)
    world.version("m/1", METHOD, f=same)
    server = ServerProfile(method_name_check=True, version=(2, 20))
    world.verify(keep=True, environment=Environment("e", server))
    found = replay(None, tmp_path / ".sigpact" / "cases", given([world.models]), world.backend)
    assert [each.state for each in found] == [State.FAILS]


@pytest.mark.parametrize(
    ("called", "server", "told"),
    [
        (METHOD, ServerProfile(method_name_check=True), "INTERNAL: Expected prediction signature"),
        (UNSAID, ServerProfile(batching=True), "FAILED_PRECONDITION: Batched output tensor"),
    ],
)
def test_hand_written_tests_call_the_chosen_server(
    called: Signature, server: ServerProfile, told: str, tmp_path: Path
) -> None:
    """`sigpact_version` refuses what the server would."""
    world = World(tmp_path)
    world.version("m/1", called, f=constant)
    for chosen in (PLAIN, server):
        run = Run(Options(environment=Environment("e", chosen)), lambda: world.backend)
        version = load_version("m@1", resolve_models([world.models]), run)
        if chosen == PLAIN:
            assert version["f"](x=[1.0, 2.0])["y"].tolist() == [0.5]
        else:
            with pytest.raises(CallError, match=told):
                version["f"](x=[1.0, 2.0])


def test_reports_name_the_environment(tmp_path: Path) -> None:
    """In text on top, in JSON under its key; nothing where none was chosen."""
    world = World(tmp_path)
    world.contract(NUMBERS)
    world.version("m/1", NUMBER, f=same)
    plain, chosen = world.check(), world.check(environment=Environment("staging", PLAIN))
    assert (plain.environment, data.as_data(plain)["environment"]) == (None, None)
    assert render(chosen) == f"environment staging: no flags\n\n{render(plain)}"
    assert data.as_data(chosen)["environment"] == as_data(Environment("staging", PLAIN))


def test_a_profile_in_words() -> None:
    """As the report has it."""
    server = ServerProfile(batching=True, method_name_check=True, version=(2, 4, 0))
    assert str(server) == "batching, method-name check, release 2.4.0"
    assert (server.feeds_defaults, server.checks_precision) == (False, True)
    assert (PLAIN.feeds_defaults, PLAIN.checks_precision) == (True, False)


def test_old_releases_see_the_literals_of_every_row(tmp_path: Path) -> None:
    """JavaScript writes 20000000 for 20000000.0: static, in the witness, and where no body is written."""
    world = World(tmp_path)
    world.contract(
        NUMBERS.replace("protocol: grpc", "language: javascript")
        .replace("minimum: 0, maximum: 1}\n    outputs", "enum: [1, 20000000]}\n    outputs")
        .replace("y: {dtype: float32, shape: [batch], minimum: 0, maximum: 1}", "y: {dtype: float32}")
    )
    world.version("m/1", NUMBER, f=same)
    assert world.verify().exit_code == 0
    found = only(world.verify(environment=Environment("old", ServerProfile(version=(2, 4)))))
    assert found.rule == "input-precision-refused"
    assert found.witness is not None
    assert "without loss of precision" in found.witness.answer
    contract = load(str(tmp_path / "contracts" / "app.contract.yaml"))
    request = Request(Origin.RANDOM, {"x": value("float32", [2e7, 1])}, {"batch": 2}, 2)
    for server, refused in ((ServerProfile(version=(2, 4)), True), (PLAIN, False)):
        way = Journey(contract, contract.signatures[0], (NUMBER,), "m", "1", server)
        assert isinstance(way.send_short(request).failure, Refused) is refused


NOTHING = signature("f", {"inputs": {}, "outputs": {"y": "float32 [?]"}})


def test_a_call_without_inputs_has_no_batch(tmp_path: Path) -> None:
    """GRPC may call a signature without inputs; the batching session refuses it."""
    world = World(tmp_path)
    world.contract(
        "contract: 1\nclient: app\nmodel: m\nprotocol: grpc\nsignatures:\n  f:\n    inputs: {}\n"
        "    outputs: {y: {dtype: float32}}\n"
    )
    world.version("m/1", NOTHING, f=constant)
    assert (world.check().exit_code, world.check(environment=BATCHING).exit_code) == (0, 1)
    found = only(world.verify(environment=BATCHING))
    assert (found.rule, found.at) == ("input-batch-refused", ("inputs",))
