"""The catalogue of mutations, and the laws that hold for all of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sigpact.authoring.strength.judging import notices
from sigpact.authoring.strength.mutations import Altered, Mutation, Restated, Slowed, catalogue
from sigpact.authoring.strength.playing import key_of
from sigpact.report.strength import Addition, Outcome, Tried
from sigpact.runtime.fake import Function
from sigpact.runtime.protocol import Call
from sigpact.wire.arrays import Value
from tests.authoring.strength.models import ALL, BOTH, FILMS, STRONG, WEAK, Films, added, films, judge, only

IDS = [each.id for each in catalogue()]
ALWAYS = {
    "signature-removed",
    "output-dtype-widened",
    "output-dtype-replaced",
    "output-renamed",
    "output-removed",
    "input-dtype",
    "input-renamed",
    "input-removed",
    "input-required",
    "nan-on-edge",
}
"""What any contract notices whose client it breaks: it names what it sends and reads, and wants numbers."""
SAFE = {"output-added"}
"""What no gRPC client need notice."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Tried, ...]]:
    """What becomes of each change under the weak contract and under the strong one."""
    found = {}
    for name, contract in BOTH:
        found[name] = only(films(tmp_path_factory.mktemp(name)).measure(contract)).tried
    return found


def of(tried: tuple[Tried, ...], mutation: str) -> list[Tried]:
    """Return what became of the changes of one mutation to what the client uses."""
    return [each for each in tried if each.mutation == mutation and each.signature == "judge"]


@pytest.mark.parametrize("mutation", catalogue(), ids=IDS)
def test_each_mutation_says_what_it_does(mutation: Mutation) -> None:
    """A line that says what is changed, and what a client sees of it; ids are kebab-case."""
    assert mutation.title.endswith(".")
    assert len(mutation.doc) > 40
    assert mutation.id == mutation.make.__name__.replace("_", "-")


@pytest.mark.parametrize("mutation", IDS)
def test_a_strong_contract_notices(measured: Mapping[str, tuple[Tried, ...]], mutation: str) -> None:
    """All that matters, by a rule; a mutation that changes nothing here would prove nothing."""
    tried = of(measured["strong"], mutation)
    outcomes = {each.outcome for each in tried}
    assert outcomes <= {Outcome.NOTICED, Outcome.NO_MATTER}, [each for each in tried if each.clause]
    assert Outcome.NOTICED in outcomes or mutation in SAFE


@pytest.mark.parametrize("mutation", IDS)
def test_a_weak_contract_misses(measured: Mapping[str, tuple[Tried, ...]], mutation: str) -> None:
    """What is not noticed by construction is missed, and each miss has a clause."""
    missed = [each for each in of(measured["weak"], mutation) if each.outcome is Outcome.MISSED]
    assert bool(missed) == (mutation not in ALWAYS | SAFE)
    assert all(each.clause is not None for each in missed)


@pytest.mark.parametrize("mutation", IDS)
def test_the_clause_that_is_suggested_notices(
    measured: Mapping[str, tuple[Tried, ...]], tmp_path: Path, mutation: str
) -> None:
    """Added as it stands, it parses, the version as it is keeps it, and the change is noticed."""
    for each in of(measured["weak"], mutation):
        if each.clause is not None:
            assert_closes(films(tmp_path), each, each.clause)


def assert_closes(here: Films, hole: Tried, clause: Addition) -> None:
    """Add a clause to the weak contract, and try everything again."""
    found = only(here.measure(added(WEAK, clause)))
    assert found.unknown is None
    (now,) = [each for each in found.tried if (each.mutation, each.at, each.signature) == key(hole)]
    assert now.outcome is Outcome.NOTICED
    assert here.world.verify().exit_code == 0


def key(tried: Tried) -> tuple[object, ...]:
    """Return which change it was."""
    return tried.mutation, tried.at, tried.signature


def test_all_clauses_together_close_all_holes(tmp_path: Path) -> None:
    """Whoever follows the report comes to an end, and to a contract that the version keeps."""
    here, contract = films(tmp_path), WEAK
    for _ in range(9):
        holes = only(here.measure(contract)).holes
        if not holes:
            break
        assert holes[0].clause is not None
        for clause in dict.fromkeys(each.clause for each in holes):
            assert clause is not None
            contract = added(contract, clause)
    assert here.measure().exit_code == 0
    assert here.world.verify().exit_code == 0


@pytest.mark.parametrize(("name", "contract"), ALL)
def test_judging_agrees_with_verify(tmp_path: Path, name: str, contract: dict[str, Any]) -> None:
    """A second implementation: a version that really answers or states so is verified or checked."""
    here = films(tmp_path / name)
    (scene,) = here.scene(contract)
    seen = set()
    for mutation in catalogue():
        for mutant in mutation.make(scene):
            noticed = notices(scene, mutant) is not None
            match mutant:
                case Altered():
                    alter = mutant.make(scene)
                    there = films(tmp_path / name)
                    there.world.version("films/1", FILMS, judge=altering(alter))
                    code = there.world.verify(rows=60).exit_code
                case Restated():
                    there = films(tmp_path / name)
                    there.world.version("films/1", *mutant.signatures, judge=judge)
                    code = there.world.check().exit_code
                case Slowed():
                    continue
            seen.add(mutation.id)
            assert noticed == (code != 0), (mutation.id, mutant.at, code)
    assert len(seen) > 20


def altering(alter: Any) -> Function:
    """Return the model with altered answers."""
    asked: dict[bytes, int] = {}

    def function(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        call = Call(FILMS, feeds)
        before = asked.get(key_of(call), 0)
        asked[key_of(call)] = before + 1
        outputs: Mapping[str, Value] = alter(call, judge(feeds), before)
        return outputs

    return function


def test_nothing_is_changed_that_was_there(tmp_path: Path) -> None:
    """Alterations make new arrays: what was recorded is what the version answered, to the end."""
    (scene,) = films(tmp_path).scene(STRONG)
    before = [repr({k: v.array.tolist() for k, v in t.outcome.outputs.items()}) for t in scene.takes]  # type: ignore[union-attr]
    for mutation in catalogue():
        for mutant in mutation.make(scene):
            notices(scene, mutant)
    after = [repr({k: v.array.tolist() for k, v in t.outcome.outputs.items()}) for t in scene.takes]  # type: ignore[union-attr]
    assert after == before
