"""`labels:` a version whose labels changed places is told by its positions, at the line of the labels."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sigpact.engine.replay import State, replay
from sigpact.runtime.fake import Function
from sigpact.serving.given import given
from sigpact.wire.arrays import Value, value
from tests.engine.world import World, rules, verdicts
from tests.rules.cases import signature

SCORES = signature("s", {"inputs": {"x": "float32 [?]"}, "outputs": {"scores": "float32 [?,3]"}})
CONTRACT = """\
contract: 1
client: app
model: m
protocol: grpc
signatures:
  s:
    inputs: {x: {dtype: float32, shape: [batch], minimum: 0, maximum: 1}}
    outputs:
      scores:
        dtype: float32
        shape: [batch, 3]
        labels: {from: labels.txt}
"""
EXAMPLES = """\
    examples:
      - {name: low, inputs: {x: [0]}, outputs: {scores: [[0, 0.5, 1]]}}
      - {name: high, inputs: {x: [1]}, outputs: {scores: [[1, 0.5, 0]]}}
"""


def ordered(*order: int) -> Function:
    """Return a function that answers x, a half and 1 - x in this order."""

    def function(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        rows = [[x, 0.5, 1 - x] for x in feeds["x"].array.tolist()]
        return {"scores": value("float32", [[row[at] for at in order] for row in rows])}

    return function


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


@pytest.fixture
def labelled(world: World) -> World:
    """A world with a file of labels and three versions: as it was, two swapped, something else."""
    world.contract(CONTRACT + EXAMPLES)
    (Path(world.contracts) / "labels.txt").write_text("Action\nComedy\nDrama\n")
    world.version("m/1", SCORES, s=ordered(0, 1, 2))
    world.version("m/2", SCORES, s=ordered(1, 0, 2))
    world.version("m/3", SCORES, s=ordered(0, 0, 0))
    return world


def test_the_finding_says_which_labels_changed_places(labelled: World) -> None:
    """Beside the examples that fail; where no order explains them, these alone are told."""
    report = labelled.verify(keep=True)
    assert verdicts(report) == {("app", "1"): "yes", ("app", "2"): "no", ("app", "3"): "no"}
    (found,) = [each for each in report.findings if each.rule == "labels-permuted"]
    assert (found.version, found.span.line) == ("2", 12)
    assert found.message == (
        "output 'scores': labels Action (0) and Comedy (1) changed places: so every example comes right"
    )
    assert found.witness is not None
    assert all(each.not_checked == () for each in report.verdicts)
    assert set(rules(report)) == {"labels-permuted", "example-mismatch"}


def test_it_can_be_replayed(labelled: World) -> None:
    """The kept example fails again, and is fixed once the labels are back."""
    labelled.verify(keep=True)
    cases = labelled.root / ".sigpact" / "cases"
    models = given([labelled.models])
    again = {each.title.split(":")[0]: each.state for each in replay(None, cases, models, labelled.backend)}
    assert again["labels-permuted"] == State.FAILS
    labelled.version("m/2", SCORES, s=ordered(0, 1, 2))
    fixed = {each.title.split(":")[0]: each.state for each in replay(None, cases, models, labelled.backend)}
    assert fixed["labels-permuted"] == State.FIXED


def test_labels_without_examples_are_not_checked(world: World) -> None:
    """Their number is; what they mean is not, and the verdict says so."""
    world.contract(CONTRACT)
    (Path(world.contracts) / "labels.txt").write_text("Action\nComedy\nDrama\n")
    world.version("m/1", SCORES, s=ordered(0, 1, 2))
    (verdict,) = world.verify().verdicts
    assert verdict.not_checked == ("s: labels of scores beyond their number: no example has its values",)


def test_another_number_of_positions_is_a_no(world: World) -> None:
    """Whatever the shape says."""
    world.contract(CONTRACT.replace("shape: [batch, 3]", "shape: [batch, null]"))
    (Path(world.contracts) / "labels.txt").write_text("Action\nComedy\n")
    world.version("m/1", SCORES, s=ordered(0, 1, 2))
    (found,) = [each for each in world.verify().findings if each.level == "error"]
    assert found.rule == "answer-shape-changed"
    assert found.expected == "2 positions along axis -1, one for each label"
