"""What counts and what does not: whose business a change is, which version is changed, what is unknown."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sigpact.authoring.strength import measuring
from sigpact.authoring.strength.playing import key_of
from sigpact.cli.strength import _ROWS
from sigpact.engine.options import Options
from sigpact.report import strength_data, strength_text
from sigpact.report.strength import Outcome, Tried
from sigpact.runtime.fake import FakeBackend, FakeSession
from sigpact.runtime.protocol import Call, Unloadable
from sigpact.runtime.protocol import Outcome as Came
from sigpact.wire.arrays import Value, value
from tests.authoring.strength.models import STRONG, WEAK, Films, films, only, over_rest
from tests.engine.world import APP, GENRE, NUMBER, SCORED, drama, same, scored

SCHEMA = Path(strength_data.__file__).with_name("strength.schema.json")


@pytest.fixture
def here(tmp_path: Path) -> Films:
    """A world with the model of films."""
    return films(tmp_path)


@pytest.fixture
def empty(tmp_path: Path) -> Films:
    """A world without any model."""
    here = films(tmp_path / "elsewhere")
    here.world.root = tmp_path / "here"
    return here


def of(found: tuple[Tried, ...], mutation: str, *at: str) -> Tried:
    """Return what became of one change."""
    (tried,) = [each for each in found if each.mutation == mutation and (not at or each.at == at)]
    return tried


def test_the_only_output_of_a_rest_answer_has_no_name(empty: Films) -> None:
    """Renamed it is the same answer: no hole. Another output beside it is noticed."""
    empty.world.contract(APP)
    empty.world.version("genre/1", GENRE, get_genre=drama)
    tried = only(empty.measure()).tried
    assert of(tried, "output-renamed").outcome is Outcome.NO_MATTER
    assert "does not read it" in of(tried, "output-renamed").by
    assert of(tried, "output-added").by == "output-added-to-single"
    assert of(tried, "input-renamed").outcome is Outcome.NO_MATTER


def test_an_output_that_nobody_reads_is_nobodys_business(empty: Films) -> None:
    """Over gRPC it may change as it likes."""
    empty.world.contract(APP.replace("model: genre", "model: genre\nprotocol: grpc"))
    empty.world.version("genre/1", SCORED, get_genre=scored)
    tried = only(empty.measure()).tried
    changes = [each for each in tried if each.at == ("outputs", "score")]
    aspects = ("dtype-widened", "dtype-replaced", "dimension", "renamed", "removed")
    assert {each.mutation for each in changes} == {f"output-{each}" for each in aspects}
    assert {each.outcome for each in changes} == {Outcome.NO_MATTER}


def test_a_signature_that_nothing_names_may_go(here: Films) -> None:
    """It is told, and does not count."""
    measured = only(here.measure(STRONG))
    assert [each.outcome for each in measured.tried if each.signature == "other"] == [Outcome.NO_MATTER]
    assert measured.counted == measured.noticed


def test_a_signature_that_a_relation_calls_may_not_go(empty: Films) -> None:
    """Nor what the relation sends it and reads of it."""
    empty.world.contract(
        "contract: 1\nclient: app\nmodel: m\nprotocol: grpc\nsignatures:\n  f:\n"
        "    inputs: {x: {dtype: float32, shape: [batch], minimum: 0, maximum: 1}}\n"
        "    outputs: {y: {dtype: float32, shape: [batch]}}\n"
        "relations:\n  - name: alike\n    inputs: {x: f.x}\n    calls:\n"
        "      one: {signature: f, inputs: {x: x}}\n      two: {signature: g, inputs: {x: x}}\n"
        "    holds: [one.y == two.y]\n"
    )
    other = type(NUMBER)("g", NUMBER.method_name, NUMBER.inputs, NUMBER.outputs)
    empty.world.version("m/1", NUMBER, other, f=same, g=same)
    tried = only(empty.measure()).tried
    mine = [each for each in tried if each.signature == "g"]
    assert of(tuple(mine), "signature-removed").by == "relation-cannot-run"
    assert of(tuple(mine), "output-renamed").by == "relation-cannot-run"
    assert of(tried, "noise").by == "relation-broken"


@pytest.mark.parametrize(
    ("properties", "mutation"),
    [({"deterministic": False}, "not-deterministic"), ({"batch_invariant": False}, "company")],
)
def test_what_the_contract_says_need_not_be_is_no_hole(
    here: Films, properties: Mapping[str, bool], mutation: str
) -> None:
    """`false` is a word of the contract's."""
    use = {**WEAK["signatures"]["judge"], "properties": dict(properties)}
    tried = of(only(here.measure({**WEAK, "signatures": {"judge": use}})).tried, mutation)
    assert (tried.outcome, tried.by) == (
        Outcome.NO_MATTER,
        f"the contract says {next(iter(properties))}: false",
    )


def test_a_clause_that_the_version_does_not_keep_is_not_suggested(empty: Films) -> None:
    """It answers otherwise each time as it is."""
    turns = [0]

    def unsteady(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        turns[0] += 1
        return {"y": Value(feeds["x"].dtype, feeds["x"].array * 0 + turns[0] % 7)}

    empty.world.contract(
        "contract: 1\nclient: app\nmodel: m\nprotocol: grpc\nsignatures:\n  f:\n"
        "    inputs: {x: {dtype: float32, shape: [batch], minimum: 0, maximum: 1}}\n"
        "    outputs: {y: {dtype: float32, shape: [batch]}}\n"
    )
    empty.world.version("m/1", NUMBER, f=unsteady)
    tried = of(only(empty.measure()).tried, "not-deterministic")
    assert (tried.outcome, tried.by) == (Outcome.NO_MATTER, "no clause that this version keeps would notice")


def test_the_newest_version_that_keeps_the_contract_is_changed(empty: Films) -> None:
    """What breaks it already can show nothing; that it was passed over is told."""
    empty.world.contract(APP)
    empty.world.version("genre/1", GENRE, get_genre=drama)
    empty.world.version("genre/2", GENRE, get_genre=drama)
    empty.world.version("genre/3", SCORED, get_genre=scored)
    empty.world.version("genre/4", GENRE, get_genre=lambda _: {"genre": value("string", ["Horror"])})
    empty.world.version("genre/5", GENRE)
    measured = only(empty.measure())
    assert measured.version == "2"
    passed = [each.partition(" was")[0] for each in measured.notes if "passed over" in each]
    assert passed == ["genre@5", "genre@4", "genre@3"]
    assert "output-added-to-single in get_genre" in measured.notes[2]


def test_a_contract_that_no_version_keeps_is_unknown(empty: Films) -> None:
    """Never strong."""
    empty.world.contract(APP)
    empty.world.version("genre/3", SCORED, get_genre=scored)
    found = empty.measure()
    assert only(found).unknown == "genre@3: the contract is broken: output-added-to-single in get_genre"
    assert found.exit_code == 3


def test_a_contract_that_nothing_is_sent_of_is_unknown(empty: Films) -> None:
    """A number without bounds and without examples: only its signature could be changed."""
    empty.world.contract(
        "contract: 1\nclient: app\nmodel: m\nprotocol: grpc\nsignatures:\n  f:\n"
        "    inputs: {x: {dtype: float32, shape: [batch]}}\n"
        "    outputs: {y: {dtype: float32, shape: [batch]}}\n"
    )
    empty.world.version("m/1", NUMBER, f=same)
    found = empty.measure()
    assert only(found).unknown == "m@1: f: nothing was answered: no examples, and no rows can be made up"
    assert found.exit_code == 3


def test_an_input_without_a_domain_has_no_edge(empty: Films) -> None:
    """Nobody would see NaN there: a domain is what is missing."""
    empty.world.contract(
        "contract: 1\nclient: app\nmodel: m\nprotocol: grpc\nsignatures:\n  f:\n"
        "    inputs:\n      x: {dtype: float32, shape: [batch]}\n"
        "    outputs: {y: {dtype: float32, shape: [batch]}}\n"
        "    examples: [{name: one, inputs: {x: [0.25, 4]}, outputs: {y: [0.25, 4]}}]\n"
    )
    empty.world.version("m/1", NUMBER, f=same)
    tried = of(only(empty.measure()).tried, "nan-on-edge")
    assert tried.clause is not None
    assert (tried.clause.path, tried.clause.text) == (
        ("signatures", "f", "inputs"), "x: {dtype: float32, shape: [batch], minimum: 0.25, maximum: 4.0}"
    )  # fmt: skip


def test_a_pending_contract_does_not_count(here: Films) -> None:
    """It is measured and told."""
    found = here.measure({**WEAK, "status": "pending"})
    assert only(found).holes
    assert found.exit_code == 3
    here.write(STRONG, "strong")
    assert here.measure().exit_code == 0
    assert "(pending: does not count)" in strength_text.render(found)


def test_a_wrong_contract_does_not_stop_the_others(here: Films) -> None:
    """It is told with its line, and the exit code is 2."""
    here.write(STRONG)
    here.write({**WEAK, "modle": "x"}, "wrong")
    found = here.measure()
    assert found.exit_code == 2
    assert only(found).noticed
    assert "wrong.contract.yaml:" in strength_text.render(found)
    jsonschema.validate(strength_data.as_data(found), _schema())


@pytest.mark.parametrize(("percent", "code"), [(100, 1), (99, 1), (0, 0)])
def test_so_much_is_enough(here: Films, percent: int, code: int) -> None:
    """`--at-least` is asked of each contract by itself."""
    here.write(STRONG, "strong")
    here.write(WEAK, "weak")
    found = here.measure()
    assert type(found)(found.contracts, percent).exit_code == code


def test_sensitive_values_are_written_nowhere(here: Films) -> None:
    """What only an example would notice has no clause then, and no value of a request is in the report."""
    use = WEAK["signatures"]["judge"]
    inputs = {**use["inputs"], "title": {**use["inputs"]["title"], "sensitive": True}}
    found = here.measure({**WEAK, "signatures": {"judge": {**use, "inputs": inputs}}})
    assert "examples" not in strength_text.render(found)
    assert of(only(found).tried, "labels-swapped", "outputs", "genre").outcome is Outcome.NO_MATTER


class Counting(FakeBackend):
    """Counts the calls that reach a version."""

    asked: list[bytes] = []  # noqa: RUF012 - one test uses it

    def load(self, export: str) -> FakeSession | Unloadable:
        """Load a session that counts."""
        found = FakeBackend.load(self, export)
        return found if isinstance(found, Unloadable) else _Counting(found.functions, found.clock)


class _Counting(FakeSession):
    def run(self, calls: list[Call]) -> list[Came]:  # type: ignore[override] # the player hands over lists
        """Count, and run."""
        Counting.asked += [key_of(call) for call in calls]
        return FakeSession.run(self, calls)


def test_the_version_is_asked_nothing_twice(here: Films) -> None:
    """Answers are changed in flight; only whether a version is deterministic takes asking it again."""
    use = {**STRONG["signatures"]["judge"], "properties": {"batch_invariant": True, "deterministic": False}}
    here.write({**STRONG, "signatures": {"judge": use}})
    Counting.asked.clear()
    world = here.world
    options = Options(rows=60, cases=None)
    backend = Counting(world.functions, world.clocks)
    found = measuring.strength([world.contracts], [world.models], options, lambda: backend, world.said.append)
    assert only(found).noticed
    assert len(Counting.asked) == len(set(Counting.asked))


def test_the_report_in_text_and_json(here: Films) -> None:
    """A score, the holes with the lines that close them, the worst first; the same as data."""
    found = here.measure(over_rest(WEAK))
    text, data = strength_text.render(found), strength_data.as_data(found)
    jsonschema.validate(data, _schema())
    measured = only(found)
    head = f"app with films@1: noticed {measured.noticed} of {measured.counted}"
    assert text.splitlines()[0] == head
    assert data["contracts"][0]["noticed"] == measured.noticed
    harms = [each.harm for each in measured.holes]
    assert harms == sorted(harms)
    assert "    add under signatures.judge.outputs.genre  " in text
    assert "      enum: [Action, Comedy, Drama]  # what this version gave; complete it" in text.splitlines()


def _schema() -> Any:
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


def test_as_many_rows_as_properties_are_asked_about() -> None:
    """What was drawn once is not drawn again; the command line says the same number."""
    assert _ROWS == measuring.ROWS
