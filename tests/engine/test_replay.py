"""`replay`: a kept case once more: fixed, fails, or cannot run, and nothing stops the others."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from sigpact.engine.replay import Replayed, State, replay
from sigpact.engine.replayed import exit_code, render_json, render_text
from sigpact.errors import ConfigurationError
from sigpact.runtime.protocol import Refused
from sigpact.serving.given import Given, given
from sigpact.wire.arrays import Value, value
from tests.engine.world import APP, GENRE, NUMBER, NUMBERS, SCORED, World, crash, drama, same, scored


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


def again(world: World, case: str | None = None, *, models: bool = True) -> tuple[Replayed, ...]:
    """Run the kept cases again."""
    found = given([world.models] if models else [])
    return replay(case, world.root / ".sigpact" / "cases", found, world.backend)


def kept(world: World) -> str:
    """Verify, and return the id of the one case that was kept."""
    report = world.verify(keep=True)
    cases = {each.witness.case for each in report.findings if each.witness is not None}
    (case,) = cases
    assert case is not None
    return case


EXAMPLE = f"{APP}    examples: [{{name: one, inputs: {{title: [x]}}, outputs: {{genre: [Drama]}}}}]\n"
RAW = f"""{APP}    examples:
      - name: raw
        request: {{signature_name: get_genre, instances: [x]}}
        response: {{predictions: [Drama]}}
"""


def comedy(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer what the examples do not expect."""
    return {"genre": value("string", ["Comedy"] * len(feeds["title"].array))}


BROKEN = [
    # (contract, model, signature that breaks it, function, then the one that mends it)
    pytest.param(APP, "genre/1", (GENRE, crash), (GENRE, drama), id="crash"),
    pytest.param(APP, "genre/1", (SCORED, scored), (GENRE, drama), id="static break"),
    pytest.param(
        NUMBERS, "m/1", (NUMBER, lambda feeds: {"y": value("float32", feeds["x"].array + 2)}), (NUMBER, same),
        id="value over gRPC",
    ),
    pytest.param(
        EXAMPLE, "genre/1", (GENRE, comedy), (GENRE, drama), id="example",
    ),
    pytest.param(
        RAW, "genre/1", (GENRE, comedy), (GENRE, drama), id="raw example",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("contract", "place", "broken", "mended"), BROKEN)
def test_a_case_fails_until_the_version_is_mended(
    world: World, contract: str, place: str, broken: tuple[object, ...], mended: tuple[object, ...]
) -> None:
    """The same request, alone, in a fresh session: fails, and fixed once the version answers."""
    world.contract(contract)
    signature = "f" if place.startswith("m") else "get_genre"
    world.version(place, broken[0], **{signature: broken[1]})  # type: ignore[arg-type]
    case = kept(world)
    (found,) = again(world, case)
    assert (found.state, found.case) == (State.FAILS, case)
    assert found.title.endswith(f"app with {place.replace('/', '@')}, {signature}")
    world.version(place, mended[0], **{signature: mended[1]})  # type: ignore[arg-type]
    (found,) = again(world, case)
    assert found.state is State.FIXED
    assert found.detail


def test_the_export_is_found_where_it_was(world: World) -> None:
    """Without `--models` the case knows the folder; with them the version of that name counts."""
    world.contract(APP)
    world.version("genre/1", GENRE, get_genre=crash)
    kept(world)
    assert [each.state for each in again(world, models=False)] == [State.FAILS]


def test_another_failure_than_the_kept_one_is_fixed(world: World) -> None:
    """The case is about one breach: what else is wrong is for `verify` to say."""
    world.contract(APP)
    world.version("genre/1", GENRE, get_genre=crash)
    kept(world)
    world.version("genre/1", GENRE, get_genre=lambda _: Refused("INTERNAL", "no"))
    (found,) = again(world)
    assert found.state is State.FIXED
    assert found.detail.startswith("500 ")


def changed(world: World, what: str) -> None:
    """Change the world so that the case cannot run."""
    contract = Path(world.contracts, "app.contract.yaml")
    folder = Path(world.models, "genre", "1")
    case = next((world.root / ".sigpact" / "cases").glob("[0-9a-f]*[0-9a-f].json"))
    match what:
        case "contract gone":
            contract.unlink()
        case "contract bad":
            contract.write_text("contract: 2\n", encoding="utf-8")
        case "signature":
            contract.write_text(APP.replace("get_genre", "other"), encoding="utf-8")
        case "example":
            contract.write_text(APP, encoding="utf-8")
        case "export":
            (folder / "saved_model.pb").unlink()
        case "load":
            world.functions.clear()
        case "rule":
            case.write_text(case.read_text(encoding="utf-8").replace("example-mismatch", "no-such-rule"))


@pytest.mark.parametrize(
    ("what", "detail"),
    [
        ("contract gone", "the contract: "),
        ("contract bad", "the contract: "),
        ("signature", "the contract no longer calls 'get_genre'"),
        ("example", "the contract no longer has the example 'one'"),
        ("export", "saved_model.pb"),
        ("load", "the version does not load: "),
        ("rule", "there is no rule 'no-such-rule'"),
    ],
)
def test_what_is_gone_cannot_run(world: World, what: str, detail: str) -> None:
    """One line says why; never an exception."""
    world.contract(EXAMPLE)
    world.version("genre/1", GENRE, get_genre=comedy)
    kept(world)
    changed(world, what)
    (found,) = again(world)
    assert found.state is State.CANNOT_RUN
    assert detail in found.detail


def test_a_damaged_case_does_not_stop_the_others(world: World) -> None:
    """Among all cases it cannot run; asked for by its id it is a mistake of whoever asks."""
    world.contract(APP)
    world.version("genre/1", GENRE, get_genre=crash)
    case = kept(world)
    (world.root / ".sigpact" / "cases" / "000000000000.json").write_text("{", encoding="utf-8")
    assert [(each.case, each.state) for each in again(world)] == [
        ("000000000000", State.CANNOT_RUN),
        (case, State.FAILS),
    ]
    with pytest.raises(ConfigurationError, match="is no kept case"):
        again(world, "000000000000")


def test_nothing_kept_is_a_mistake_of_whoever_asks(world: World) -> None:
    """Nothing was run, and nobody should take that for a success."""
    with pytest.raises(ConfigurationError, match=r"no case is kept in .*; `sigpact verify` keeps what fails"):
        replay(None, world.root, Given(()), world.backend)


def test_a_contract_that_became_sensitive_shows_nothing(world: World) -> None:
    """The case was kept before; what comes back now is not printed."""
    world.contract(APP)
    world.version("genre/1", GENRE, get_genre=lambda _: Refused("INTERNAL", "quotes Jaws"))
    kept(world)
    world.contract(APP.replace("maxLength: 20}", "maxLength: 20, sensitive: true}"))
    (found,) = again(world)
    assert found.detail == "(sensitive)"


STATES = [
    ([State.FIXED], 0),
    ([State.FIXED, State.FAILS, State.CANNOT_RUN], 1),
    ([State.FIXED, State.CANNOT_RUN], 3),
    ([], 3),
]


@pytest.mark.parametrize(("states", "code"), STATES)
def test_exit_codes(states: list[State], code: int) -> None:
    """0 where all are fixed, 1 where one fails, 3 where one cannot run; of nothing, nothing is known."""
    assert exit_code([Replayed("a", each, "t", "d") for each in states]) == code


def test_renderings() -> None:
    """Two lines for each case, or JSON."""
    found = [Replayed("0123456789ab", State.FAILS, "model-crashed: app with genre@1, f", "é")]
    assert render_text(found) == "fails  0123456789ab  model-crashed: app with genre@1, f\n  é\n"
    text = render_json(found)
    assert text.isascii()
    assert json.loads(text)["replayed"][0] == {
        "case": "0123456789ab",
        "state": "fails",
        "title": "model-crashed: app with genre@1, f",
        "detail": "é",
    }
