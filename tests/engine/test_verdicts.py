"""From findings to verdicts and exit codes: who counts, what is unknown, what is only reported."""

import datetime as dt
from pathlib import Path

import pytest

from sigpact.findings import Answer
from tests.engine.world import (
    APP,
    GENRE,
    NUMBER,
    NUMBERS,
    SCORED,
    World,
    drama,
    rules,
    same,
    scored,
    verdicts,
)

OTHER = APP.replace(
    "outputs:\n      genre: {dtype: text", "answer: named\n    outputs:\n      genre: {dtype: text"
)
"""The same client in a second contract, which reads by name."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world with a version that answers one output, and one that answers two."""
    made = World(tmp_path)
    made.version("genre/1", GENRE, get_genre=drama)
    made.version("genre/2", SCORED, get_genre=scored)
    return made


def test_of_two_contracts_of_one_client_the_worse_counts(world: World) -> None:
    """Each version breaks one of the two: no for both, one verdict each."""
    world.contract(APP, "bare")
    world.contract(OTHER, "named")
    report = world.verify()
    assert verdicts(report) == {("app", "1"): "no", ("app", "2"): "no"}
    assert len(report.verdicts) == 2
    assert rules(report) == ["output-removed-to-single", "output-added-to-single"]
    assert report.exit_code == 1


def test_evidence_of_two_contracts_adds_up(world: World) -> None:
    """Rows of both are counted in the one verdict."""
    world.contract(APP, "one")
    alone = world.verify().verdicts[0].evidence
    world.contract(APP, "two")
    both = world.verify().verdicts[0].evidence
    assert both.total_rows == 2 * alone.total_rows
    assert both.proved == 2 * alone.proved


@pytest.mark.parametrize("command", ["verify", "check"])
def test_a_pending_breach_is_reported_and_does_not_block(world: World, command: str) -> None:
    """The verdict is no, the status pending; what counts is the active client."""
    world.contract(f"{APP}status: pending\n".replace("client: app", "client: later"), "later")
    world.contract(OTHER.replace("versions: live", "") + 'versions: "2"\n')
    report = getattr(world, command)()
    assert verdicts(report) == {("later", "1"): "yes", ("later", "2"): "no", ("app", "2"): "yes"}
    assert {each.status for each in report.verdicts if each.client == "later"} == {"pending"}
    assert rules(report) == ["output-added-to-single"]
    assert (report.answer, report.exit_code) == (Answer.YES, 0)


def test_an_active_and_a_pending_contract_of_one_client(world: World) -> None:
    """The active one alone decides; the breach of the other is reported."""
    world.contract(OTHER + 'versions: "2"\n', "now")
    world.contract(f"{APP}status: pending\nversions: '2'\n", "later")
    report = world.verify()
    assert verdicts(report) == {("app", "2"): "yes"}
    assert report.verdicts[0].status == "active"
    assert rules(report) == ["output-added-to-single"]


def test_only_pending_contracts_are_unknown(world: World) -> None:
    """No active client was found: nobody may conclude that the version is safe."""
    world.contract(f"{APP}status: pending\nversions: '1'\n")
    report = world.verify()
    assert (verdicts(report), report.exit_code) == ({("app", "1"): "yes"}, 3)


def test_an_expired_contract_has_no_verdict(world: World) -> None:
    """From the day of its sunset on; a day before it binds."""
    world.contract(f"{APP}sunset: 2027-06-30\n")
    before, after = (world.verify(today=dt.date(2027, 6, day)) for day in (29, 30))
    assert (len(before.verdicts), before.exit_code) == (2, 1)
    assert (after.verdicts, after.exit_code) == ((), 3)
    assert after.expired == (("app", str(Path(world.contracts, "app.contract.yaml")), "2027-06-30"),)


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("model: genra", "no model 'genra' among those given; did you mean 'genre'?"),
        ("model: m", "no model 'm' among those given; there is genre"),
        ("model: genre\nversions: '>=7'", "no version satisfies 'versions: >=7'; there is 1, 2"),
        ("model: genre\nversions: {label: stable}", "label 'stable' is not known"),
    ],
)
def test_a_contract_that_binds_no_version_is_unknown(world: World, words: str, note: str) -> None:
    """Never yes, and the note says what there is, with the nearest name and the line."""
    world.contract(APP.replace("model: genre", words))
    report = world.verify()
    verdict = next(each for each in report.verdicts if each.client == "app")
    assert (verdict.verdict, verdict.version) == (Answer.UNKNOWN, "")
    assert verdict.not_checked == ("everything: no version is bound",)
    assert report.exit_code == 3
    line = 4 if "versions" in words else 3
    assert any(note in each and f"app.contract.yaml:{line}:" in each for each in report.notes)


def test_two_unbound_contracts_of_one_client_are_one_verdict(world: World) -> None:
    """One for each client and version, here too: active where one of the two is."""
    unbound = APP.replace("model: genre", "model: genra")
    world.contract(unbound, "one")
    world.contract(f"{unbound}status: pending\n", "two")
    (verdict,) = (each for each in world.verify().verdicts if each.client == "app")
    assert (verdict.client, verdict.model, verdict.status) == ("app", "genra", "active")


def test_a_model_that_no_contract_names_is_unknown(world: World) -> None:
    """It was given to be checked, and nothing was: never a yes, whatever the other models are."""
    world.contract(APP.replace("model: genre", "model: genre\nversions: '1'"))
    world.version("other/1", GENRE)
    report = world.verify()
    assert [(each.client, each.model) for each in report.verdicts if each.verdict is Answer.UNKNOWN] == [
        ("(no client)", "other")
    ]
    assert report.exit_code == 3


def test_a_contract_for_several_models_has_a_verdict_for_each(world: World) -> None:
    """One that is not there does not hide the other."""
    world.contract(APP.replace("model: genre", "model: [genre, films]") + "versions: '1'\n")
    report = world.verify()
    assert [(each.model, each.version, str(each.verdict)) for each in report.verdicts] == [
        ("genre", "1", "yes"),
        ("films", "", "unknown"),
    ]
    assert report.exit_code == 3


def test_one_bad_contract_does_not_stop_the_others(world: World) -> None:
    """All mistakes are told, the others have their verdicts, and the exit code says that one is wrong."""
    world.contract(APP.replace("minLength", "minLenght"), "bad")
    world.contract(f"{APP}versions: '1'\n")
    report = world.verify()
    assert [each.message for each in report.problems if "minLength" in each.message]
    assert (verdicts(report), report.exit_code) == ({("app", "1"): "yes"}, 2)


def test_a_model_that_no_contract_names_is_noted(world: World) -> None:
    """Nothing was checked for it, and nobody should think otherwise."""
    world.contract(f"{APP}versions: '1'\n")
    world.version("films/1", GENRE, get_genre=drama)
    notes = world.verify().notes
    assert "films: no contract names this model; nothing was checked for it" in notes


def test_a_contract_that_calls_nothing_is_a_mistake(world: World) -> None:
    """It would be a yes that says nothing."""
    world.contract("contract: 1\nclient: app\nmodel: genre\nsignatures: {}\n", "empty")
    report = world.check()
    assert (report.verdicts, len(report.problems), report.exit_code) == ((), 1, 2)


def test_nothing_that_runs_is_unknown(tmp_path: Path) -> None:
    """No domain, no examples: the signature fits, and yet nothing was run."""
    world = World(tmp_path)
    world.contract(NUMBERS.replace(", minimum: 0, maximum: 1}\n    outputs", "}\n    outputs"))
    world.version("m/1", NUMBER, f=same)
    report = world.verify()
    assert (verdicts(report), report.exit_code) == ({("app", "1"): "unknown"}, 3)
    assert rules(report, "advice") == ["domain-undeclared"]
    assert world.check().exit_code == 0


def test_versions_stand_in_order(tmp_path: Path) -> None:
    """By number, not by text: 2 before 10."""
    world = World(tmp_path)
    world.contract(APP)
    for number in (10, 2, 1):
        world.version(f"genre/{number}", GENRE, get_genre=drama)
    report = world.verify()
    assert [each.version for each in report.verdicts] == ["1", "2", "10"]
    assert [each.version for each in report.versions] == ["1", "2", "10"]
