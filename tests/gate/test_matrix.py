"""The matrix from the store alone: which contracts it speaks of, and what it makes of results."""

from pathlib import Path
from typing import Any

import pytest

from sigpact.clients.demands import Demands
from sigpact.gate.matrix import matrix
from sigpact.store.acts import append
from sigpact.store.history import results
from sigpact.store.place import opened
from sigpact.store.records import Result
from tests.engine.world import APP, verdicts
from tests.gate.town import Town


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Versions 1 and 2 were judged, 3 was and is bad."""
    monkeypatch.chdir(tmp_path)
    made = Town(tmp_path)
    made.build(1, 2, 3, bad=(3,))
    made.world.contract(APP)
    made.open_store()
    made.deploy(1)
    for each in ("genre@2", "genre@3"):
        made.ask(each)
    return made


def answers(town: Town, **words: Any) -> dict[tuple[str, str], str]:
    """Return the verdicts of the matrix by client and version."""
    return verdicts(matrix(town.asked("", **words), ()))


def test_all_that_the_store_knows(town: Town) -> None:
    """Each client with each version; what the environment demands counts here as well."""
    assert answers(town) == {("app", "1"): "yes", ("app", "2"): "yes", ("app", "3"): "no"}
    assert answers(town, demands=Demands(rows=1_000))["app", "2"] == "unknown"


def test_a_contract_speaks_of_what_it_binds(town: Town) -> None:
    """Of no version that it does not select, and of none once it has expired."""
    pinned = APP.replace("model: genre\n", 'model: genre\nversions: ">=3"\n').replace("app", "pin")
    town.world.contract(pinned, "pin")
    town.world.contract(f"{APP.replace('client: app', 'client: old')}sunset: 2026-11-01\n", "old")
    assert {each for each in answers(town) if each[0] != "app"} == {("pin", "3")}


def test_a_pending_contract_does_not_speak_for_an_active_one(town: Town) -> None:
    """As in every other report."""
    town.world.contract(f"{APP.replace('enum: [Drama, Comedy]', 'enum: [Comedy]')}status: pending\n", "wish")
    town.ask("genre@2")
    assert answers(town)["app", "2"] == "yes"


@pytest.mark.parametrize(
    "change", [{"parts": 3}, {"parts": [3]}, {"parts": [{}]}, {"parts": [{"version": "x"}]}, {"evidence": {}}]
)
def test_a_result_of_another_form_says_nothing(town: Town, change: dict[str, Any]) -> None:
    """It is neither a yes nor the end of the matrix."""
    place = opened(town.store)
    body = next(each.body for each in results(place).records if isinstance(each.body, Result))
    payload: dict[str, Any] = {**body.payload, **change}
    if "evidence" in change:
        payload["parts"] = [{**each, "version": "9", **change} for each in payload["parts"]]
    append(place, Result(body.owner, body.at, payload))
    assert answers(town) == {("app", "1"): "yes", ("app", "2"): "yes", ("app", "3"): "no"}
    assert town.ask("genre@2").exit_code == 0
