"""Python checks from end to end: who may name them, what they find, how they fail."""

import datetime as dt
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from sigpact.engine.options import configured
from sigpact.engine.registered import Registered
from sigpact.engine.replay import State, replay
from sigpact.errors import ConfigurationError
from sigpact.findings import Answer
from sigpact.report.data import as_data
from sigpact.report.model import Report
from sigpact.serving.given import given
from sigpact.wire.arrays import Value, value
from tests.engine.test_relations import EMBED, FROM_E, numbers, pairs, total
from tests.engine.world import World, only, rules, verdicts
from tests.rules.cases import signature

ROOT = Path(__file__).parents[2]
RANKED = signature("rank", {"inputs": {"n": "int64 [?]"}, "outputs": {"ranking": "int64 [?, 4]"}})
CONTRACT = """\
contract: 1
client: shop
model: m
protocol: PROTOCOL
signatures:
  rank:
    inputs:
      n: {dtype: int64, shape: [batch], minimum: 0, maximum: 9}
    outputs:
      ranking: {dtype: int64, shape: [batch, 4]MORE}
    holds:
      - {check: is_permutation, because: the shelf shows each item once}
"""


def readme_example() -> str:
    """Return the check that the README shows: it must run."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = [block.partition("```")[0] for block in text.split("```python\n")[1:]]
    (example,) = (block for block in found if "def is_permutation" in block)
    return example


def ranks(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Rank four candidates; for 7 one of them twice."""
    rows = [[0, 1, 2, 2] if n == 7 else [3, 2, 1, 0] for n in feeds["n"].array.tolist()]
    return {"ranking": value("int64", np.array(rows).reshape(-1, 4))}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A ranking, one contract of which is broken for 7; modules of the test are forgotten in the end."""
    made = World(tmp_path)
    made.version("m/1", RANKED, rank=ranks)
    path, before = list(sys.path), set(sys.modules)
    yield made
    sys.path[:] = path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(world: World, code: str | None = None, *, protocol: str = "grpc", more: str = "") -> None:
    """Write the contract, the project's module and its registration."""
    world.contract(CONTRACT.replace("PROTOCOL", protocol).replace("MORE", more))
    register(world, code)


def register(world: World, code: str | None = None, target: str = "own_checks:is_permutation") -> None:
    """Write the project's module and its registration."""
    (world.root / "own_checks.py").write_text(code or readme_example(), encoding="utf-8")
    (world.root / "pyproject.toml").write_text(
        f'[tool.sigpact.checks]\nis_permutation = "{target}"\n', encoding="utf-8"
    )


def verify(world: World, **options: object) -> Report:
    """Verify with what the project registered."""
    return world.verify(200, checks=configured(world.root).checks, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", ["grpc", "rest"])
def test_the_example_of_the_readme_finds_the_smallest_row(world: World, protocol: str) -> None:
    """By its name, what it relies on, the line of the clause, the row alone; over both protocols."""
    write(world, protocol=protocol)
    found = only(verify(world))
    assert (found.rule, found.at, found.span.line) == ("holds-broken", ("holds", 0), 12)
    assert found.expected == (
        "check is_permutation: The ranking names every candidate once. (the shelf shows each item once)"
    )
    assert found.message.startswith("is_permutation does not hold: it returned False (")
    assert found.witness is not None
    assert "7" in found.witness.request
    assert "[0,1,2,2]" in found.witness.answer.replace(" ", "")


def test_a_check_that_holds_is_a_yes(world: World) -> None:
    """Nothing is listed as not checked; without running it is."""
    write(world, "def is_permutation(inputs, outputs):\n    assert outputs['ranking'].min() >= 0\n")
    report = verify(world)
    assert (report.findings, report.verdicts[0].verdict) == ((), Answer.YES)
    assert report.verdicts[0].not_checked == ()
    assert world.check().verdicts[0].not_checked == ("rank: holds check is_permutation",)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (", f'{row} has one twice'", "[0, 1, 2, 2] has one twice"),
        ("", "assert len(set(row)) == 4"),
    ],
)
def test_an_assertion_is_shrunk_like_the_others(world: World, message: str, told: str) -> None:
    """It tells of no row, and the smallest request that raises it has one."""
    write(
        world,
        "def is_permutation(inputs, outputs):\n"
        "    for row in outputs['ranking'].tolist():\n"
        "        assert len(set(row)) == 4MESSAGE\n".replace("MESSAGE", message),
    )
    found = only(verify(world))
    assert found.received == told
    assert found.witness is not None
    assert found.witness.request == "rank(n=[7])"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return outputs['rank']", "raised KeyError (own_checks.py:2): 'rank'"),
        ("return 7", "returned int, expected a boolean for each of 1 row, one for all, a text or None"),
    ],
)
def test_a_check_that_cannot_say_is_unknown(world: World, body: str, told: str) -> None:
    """A line with the check and what happened, and the smallest request; no yes and no no."""
    write(world, f"def is_permutation(inputs, outputs):\n    {body}\n")
    report = verify(world)
    assert report.verdicts[0].verdict is Answer.UNKNOWN
    (found,) = report.findings
    assert (found.rule, str(found.level)) == ("holds-undecided", "undecided")
    assert found.received == f"check is_permutation {told}"
    assert found.witness is not None
    assert found.witness.request == "rank(n=[0])"
    assert "\n" not in found.message


def test_what_is_sensitive_is_not_quoted(world: World) -> None:
    """Neither by a message nor by an exception."""
    for code in ("return str(outputs['ranking'][0])", "raise ValueError(outputs['ranking'][0])"):
        write(world, f"def is_permutation(inputs, outputs):\n    {code}\n", more=", sensitive: true")
        (found,) = verify(world).findings
        assert "[" not in found.received
        assert "sha256:" in found.received
        sys.modules.pop("own_checks")


def test_a_check_that_nobody_registered_is_a_mistake_of_the_contract(world: World) -> None:
    """With its line and the nearest right word; nothing of that contract runs."""
    write(world)
    world.contract(
        CONTRACT.replace("PROTOCOL", "grpc").replace("MORE", "").replace("{check: is_", "{check: is")
    )
    report = verify(world)
    assert report.exit_code == 2
    (problem,) = report.problems
    assert str(problem).endswith(
        f":12:17: check 'ispermutation' is not registered in [tool.sigpact.checks] of"
        f" {world.root / 'pyproject.toml'}; did you mean 'is_permutation'?"
    )
    (problem,) = world.verify().problems
    assert problem.message == (
        "check 'ispermutation' is not registered; pyproject.toml would say"
        ' [tool.sigpact.checks] ispermutation = "module:function"'
    )
    assert world.check().problems == ()


@pytest.mark.parametrize(
    ("code", "target", "told"),
    [
        ("", "own_checks:is_permutation", "there is no is_permutation in own_checks"),
        ("is_permutation = 7", "own_checks:is_permutation", "is_permutation is no function"),
        (
            "1 / 0",
            "own_checks:is_permutation",
            "importing own_checks raised ZeroDivisionError: division by zero",
        ),
        ("import sys; sys.exit(3)", "own_checks:is_permutation", "importing own_checks raised SystemExit: 3"),
        ("", "own_chekcs:f", "importing own_chekcs raised ModuleNotFoundError: No module named 'own_chekcs'"),
    ],
)
def test_a_check_that_cannot_be_had_is_a_mistake_of_the_configuration(
    world: World, code: str, target: str, told: str
) -> None:
    """One line, before anything runs."""
    write(world)
    register(world, code + "\n", target)
    with pytest.raises(ConfigurationError) as caught:
        verify(world)
    assert str(caught.value) == (
        f'{world.root / "pyproject.toml"}: [tool.sigpact.checks] is_permutation = "{target}": {told}'
    )
    assert world.said == []


def test_what_no_contract_names_is_not_imported(world: World) -> None:
    """Registering runs nothing: not for other contracts, nor for comparing alone, nor once one expired."""
    write(world, "raise RuntimeError\n")
    world.check()
    named = (world.root / "contracts" / "app.contract.yaml").read_text()
    world.contract(named + "sunset: 2020-01-01\n")
    assert verify(world, today=dt.date(2026, 1, 1)).expired
    world.contract(named.replace("{check: is_permutation, because", "{expr: ranking >= 0, because"))
    assert verify(world).exit_code == 0
    assert "own_checks" not in sys.modules


def test_a_kept_case_runs_the_check_again(world: World) -> None:
    """It fails, and is fixed once the check is content."""
    write(world)
    found = only(verify(world, keep=True))
    assert found.witness is not None
    case, folder = found.witness.case, world.root / ".sigpact" / "cases"
    models = given([world.models])
    checks = configured(world.root).checks
    (again,) = replay(case, folder, models, world.backend, checks)
    assert again.state is State.FAILS
    sys.modules.pop("own_checks")
    register(world, "def is_permutation(inputs, outputs):\n    return True\n")
    assert replay(case, folder, models, world.backend, checks)[0].state is State.FIXED
    (again,) = replay(case, folder, models, world.backend, Registered())
    assert again.state is State.CANNOT_RUN
    assert "is not registered" in again.detail


@pytest.mark.parametrize(
    ("body", "rule", "verdict"),
    [
        ("return outputs['there.y'] == outputs['here.y']", [], "yes"),
        ("return inputs['x'] < 0.25", ["relation-broken"], "no"),
        ("return outputs['there.z']", ["holds-undecided"], "unknown"),
    ],
)
def test_a_relation_may_name_one(world: World, body: str, rule: list[str], verdict: str) -> None:
    """Inputs are what was drawn, an output is called as in an expression."""
    world.contract(numbers(holds="{check: is_permutation}"))
    world.version("m/1", EMBED, FROM_E, embed=pairs(1.0), from_e=total)
    register(world, f"def is_permutation(inputs, outputs):\n    return {body.removeprefix('return ')}\n")
    report = verify(world, keep=True)
    assert verdicts(report) == {("shop", "1"): verdict}
    assert rules(report) + rules(report, "undecided") == rule
    for each in report.findings:
        assert each.witness is not None
        assert each.witness.case is not None
        models = given([world.models])
        checks = configured(world.root).checks
        folder = world.root / ".sigpact" / "cases"
        (again,) = replay(each.witness.case, folder, models, world.backend, checks)
        assert again.state is State.FAILS
    json.dumps(as_data(report))
