"""`properties`: models with a fault that only another way of sending shows, and sound ones beside them."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from sigpact.engine.replay import State, replay
from sigpact.findings import Answer
from sigpact.report.model import Report
from sigpact.runtime.fake import Function
from sigpact.runtime.protocol import Outcome, Refused, Session, Unloadable
from sigpact.serving.given import given
from sigpact.wire.arrays import Array, Value, value
from tests.engine.world import World, only, rules
from tests.rules.cases import signature

SCORES = signature(
    "f", {"inputs": {"x": "float32 [?, ?]"}, "outputs": {"y": "float32 [?, ?]", "label": "string [?]"}}
)
CONTRACT = """\
contract: 1
client: app
model: m
protocol: {protocol}
dims: {{batch: {{min: {least}, max: 16}}, n: {{min: 2, max: 6}}}}
signatures:
  f:
    inputs:
      x: {{dtype: {dtype}, shape: [batch, n], minimum: 0, maximum: 1}}
    outputs:
      y: {{dtype: {dtype}, shape: [batch, n]}}
      label: {{dtype: {text}, shape: [batch]{scores}}}
    properties: {{{said}}}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


def _answer(y: Array, best: Array | None = None) -> Mapping[str, Value]:
    labels = [b"abcdef"[at : at + 1] for at in (y.argmax(axis=1) if best is None else best).tolist()]
    return {"y": value("float32", y), "label": value("string", labels)}


Apply = Callable[[Array], Array]


def _of(apply: Apply) -> Function:
    def function(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        return _answer(apply(feeds["x"].array.astype(np.float32)))

    return function


_RANDOM = np.random.default_rng(0)


def noise(x: Array) -> Array:
    """As sound models differ between batch sizes."""
    return np.asarray(
        x * np.float32(0.5) + np.asarray(_RANDOM.normal(0, 1e-8, x.shape), np.float32), np.float32
    )


def _noisy_label(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Scores that are equal but for noise: the label is either."""
    x = feeds["x"].array
    y = np.zeros(x.shape, np.float32) + np.asarray(_RANDOM.normal(0, 1e-8, x.shape), np.float32)
    return _answer(y.astype(np.float32))


def _verify(world: World, said: str, function: Function, protocol: str = "grpc", **more: object) -> Report:
    rest = protocol == "rest"
    fields = {"least": 1, "scores": ""} | more
    world.contract(
        CONTRACT.format(
            said=said,
            protocol=protocol,
            dtype="number" if rest else "float32",
            text="text" if rest else "string",
            **fields,
        )
    )
    world.version("m/1", SCORES, f=function)
    return world.verify(rows=40)


_ALL = "deterministic: true, batch_invariant: true, equivariant: n"


@pytest.mark.parametrize("protocol", ["grpc", "rest"])
@pytest.mark.parametrize("least", [1, 4])
def test_a_sound_model_is_a_yes(world: World, protocol: str, least: int) -> None:
    """Float noise is below the language's tolerance; a label among equals is told by its scores."""
    report = _verify(
        world,
        "deterministic: true, batch_invariant: true",
        _of(noise),
        protocol,
        least=least,
        scores=", scores: y",
    )
    assert report.findings == ()
    verdict = report.verdicts[0]
    assert (verdict.verdict, verdict.not_checked) == (Answer.YES, ())
    assert any("batch_invariant over batch" in each for each in verdict.evidence.notes)


def test_what_cannot_be_read_says_nothing_of_the_rows_beside_it(world: World) -> None:
    """One row's NaN makes a whole REST body unreadable: its neighbours are answered as they are alone."""
    report = _verify(
        world,
        "batch_invariant: true",
        _of(lambda x: np.where(x.max(axis=1, keepdims=True) == 0, np.nan, x)),
        "rest",
    )
    assert rules(report) == ["answer-unreadable"]
    (left, compared) = (each for each in report.verdicts[0].evidence.notes if "batch_invariant" in each)
    assert left.endswith("rows not compared, in answers that the client cannot read")
    assert compared.endswith("rows compared")


@pytest.mark.parametrize("protocol", ["grpc", "rest"])
def test_padding_that_makes_an_answer_unreadable_is_told(world: World, protocol: str) -> None:
    """The same row is sent, padded: that its answer cannot be read any more is the padding's doing."""
    report = _verify(
        world,
        "padding_invariant: {n: 0}",
        _of(lambda x: np.where((x == 0).any(axis=1, keepdims=True), np.nan, x)),
        protocol,
    )
    assert "padding-not-invariant" in rules(report)


def test_no_batch_is_smaller_than_the_client_sends(world: World) -> None:
    """A model for large batches refuses small ones, which nobody sends."""
    made = CONTRACT.replace("max: 16", "max: 200").format(
        said="batch_invariant: true", protocol="grpc", dtype="float32", text="string", least=100, scores=""
    )
    world.contract(made)

    def large(feeds: Mapping[str, Value]) -> Outcome | Mapping[str, Value]:
        x = feeds["x"].array
        return Refused("INVALID_ARGUMENT", "too few") if len(x) < 100 else _answer(x)

    world.version("m/1", SCORES, f=large)
    report = world.verify(rows=400)
    assert rules(report) == []


def test_what_can_never_be_read_is_not_compared(world: World) -> None:
    """A property of which nothing was seen is not checked."""
    report = _verify(world, "batch_invariant: true", _of(lambda x: x * np.float32(np.nan)), "rest")
    assert rules(report) == ["answer-unreadable"]
    assert report.verdicts[0].not_checked == ("f: property batch_invariant: no rows to compare",)


def test_ties_are_no_breach_where_scores_are_named(world: World) -> None:
    """Without `scores:` the label differs for no reason that can be seen."""
    assert _verify(world, "deterministic: true", _noisy_label, scores=", scores: y").findings == ()
    world.functions.clear()
    assert only(_verify(world, "deterministic: true", _noisy_label)).rule == "answer-not-deterministic"


def test_a_share_of_the_rows_may_differ(world: World) -> None:
    """Half of the labels among equals flip at random: more than a hundredth, less than nine tenths."""
    assert _verify(world, "deterministic: {share: 0.1}", _noisy_label).findings == ()
    world.functions.clear()
    assert len(_verify(world, "deterministic: {share: 0.99}", _noisy_label).findings) == 1


def _dropout(x: Array) -> Array:
    return np.asarray(x * (_RANDOM.random(x.shape) < 0.9), np.float32)


def _batch_norm(x: Array) -> Array:
    return np.asarray(x - x.mean(axis=0), np.float32)


def _first_leaks(x: Array) -> Array:
    return np.asarray(x + x[:1, :1] * 0.1, np.float32)


def _only_alone(x: Array) -> Array:
    return np.asarray(x + (len(x) == 1), np.float32)


def _only_of_many(x: Array) -> Array:
    return np.asarray(x + (len(x) > 12), np.float32)


def _place(x: Array) -> Array:
    return np.asarray(x + np.arange(x.shape[1]) * 0.01, np.float32)


def _mean(x: Array) -> Array:
    return np.asarray(x - x.mean(axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize(
    ("said", "apply", "rule"),
    [
        ("deterministic: true", _dropout, "answer-not-deterministic"),
        ("batch_invariant: true", _batch_norm, "batch-not-invariant"),
        ("batch_invariant: true", _first_leaks, "batch-not-invariant"),
        ("batch_invariant: true", _only_alone, "batch-not-invariant"),
        ("batch_invariant: true", _only_of_many, "batch-not-invariant"),
        ("equivariant: n", _place, "answer-not-equivariant"),
        ("padding_invariant: {n: 0}", _mean, "padding-not-invariant"),
    ],
)
@pytest.mark.parametrize("protocol", ["grpc", "rest"])
def test_each_fault_is_found(world: World, said: str, apply: Apply, rule: str, protocol: str) -> None:
    """And told with the output, how many rows, and how far apart."""
    report = _verify(world, said, _of(apply), protocol)
    found = [each for each in report.findings if each.at[-1] == "y"]
    assert {each.rule for each in report.findings} == {rule}
    assert "apart at most" in found[0].received
    assert found[0].span.line == 13
    assert found[0].witness is not None


@pytest.mark.parametrize(
    ("said", "apply"),
    [
        ("equivariant: n", _mean),
        ("padding_invariant: {n: 0}", lambda x: x * 2),
        ("batch_invariant: true", _mean),
    ],
)
def test_what_the_property_does_not_speak_of_is_no_breach(world: World, said: str, apply: Apply) -> None:
    """A mean over a row is the same in any order and in any company."""

    def without_label(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        y = apply(feeds["x"].array.astype(np.float32))
        return _answer(y, np.zeros(len(y), int))

    assert _verify(world, said, without_label).findings == ()


SMALLEST = [
    ("deterministic: true", _dropout, "f(x=[[1.0, 1.0]]), and sent again: f(x=[[1.0, 1.0]])"),
    ("batch_invariant: true", _only_alone, "f(x=[[0.0, 0.0], [0.0, 0.0]]), and alone: f(x=[[0.0, 0.0]])"),
    ("equivariant: n", _place, "f(x=[[0.0, 0.0]]), and with n in the order [1, 0]: f(x=[[0.0, 0.0]])"),
    ("padding_invariant: {n: 0}", _mean, "and padded with 1 times 0 along n: f(x=[["),
]


@pytest.mark.parametrize(("said", "apply", "shown"), SMALLEST)
@pytest.mark.parametrize("protocol", ["grpc", "rest"])
def test_the_smallest_is_shown_and_fails_again(
    world: World, said: str, apply: Apply, shown: str, protocol: str
) -> None:
    """Until the version is mended, or the contract no longer says it."""
    _verify(world, said, _of(apply), protocol)
    report = world.verify(rows=40, keep=True)
    found = next(each for each in report.findings if each.at[-1] == "y")
    assert found.witness is not None
    assert found.witness.case is not None
    assert shown in found.witness.request or apply is _dropout  # which place is dropped is chance
    case, models, folder = found.witness.case, given([world.models]), world.root / ".sigpact" / "cases"
    (again,) = replay(case, folder, models, world.backend)
    assert again.state is State.FAILS
    (path,) = world.functions
    world.functions[path] = {"f": _of(lambda x: x * 0)}
    (again,) = replay(case, folder, models, world.backend)
    assert again.state is State.FIXED
    contract = Path(world.contracts) / "app.contract.yaml"
    contract.write_text(contract.read_text().replace(f"properties: {{{said}}}", ""))
    (again,) = replay(case, folder, models, world.backend)
    assert (again.state, again.detail) == (
        State.CANNOT_RUN, f"the contract no longer says {said.partition(':')[0]}",
    )  # fmt: skip


def test_company_takes_as_many_rows_as_it_takes(world: World) -> None:
    """Thirteen here: of sixteen that were sent three are left out, and all numbers are plain."""
    report = _verify(world, "batch_invariant: true", _of(_only_of_many))
    found = next(each for each in report.findings if each.at[-1] == "y")
    assert found.witness is not None
    assert "13 times [0.0, 0.0]" in found.witness.request


def test_late_rows_are_rows_as_well(world: World) -> None:
    """A batch as large as the contract allows is sent once, and in pieces; two of its rows show it."""

    def late(x: Array) -> Array:
        return np.asarray(x + (np.arange(len(x)) >= 100)[:, None], np.float32)

    world.contract(
        CONTRACT.format(
            said="batch_invariant: true", protocol="grpc", dtype="float32", text="string", scores="", least=1
        ).replace("max: 16", "max: 400")
    )
    world.version("m/1", SCORES, f=_of(late))
    found = next(each for each in world.verify(rows=40).findings if each.at[-1] == "y")
    assert found.rule == "batch-not-invariant"
    assert found.witness is not None
    assert re.search(r"10\d times \[0.0, 0.0\]\]\), and in a smaller batch: ", found.witness.request)
    assert found.received == "[1. 1.] and [0. 0.], 1 apart at most (1 of the value)"


def test_company_is_shown_with_two_rows(world: World) -> None:
    """One row beside one other, and alone: no more than it takes."""
    report = _verify(world, "batch_invariant: true", _of(_first_leaks))
    found = next(each for each in report.findings if each.at[-1] == "y")
    assert found.witness is not None
    together, _, alone = found.witness.request.partition(", and alone: ")
    assert (together.count("], ["), alone.count("], [")) == (1, 0)


def test_a_version_that_remembers_is_not_deterministic(world: World) -> None:
    """The same process answers alike, and a fresh one does not."""
    world.contract(
        CONTRACT.format(
            said="deterministic: true", protocol="grpc", dtype="float32", text="string", scores="", least=1
        )
    )
    loads: list[int] = []
    folder = world.version("m/1", SCORES, f=_of(noise))

    class Forgetful:
        def load(self, export: str) -> Session | Unloadable:
            loads.append(1)
            added = np.float32(len(loads) > 1)
            world.functions[str(folder)] = {"f": _of(lambda x: np.asarray(x + added, np.float32))}
            return world.backend.load(export)

        def describe(self) -> str:
            return "functions"

        def close(self) -> None:
            pass

    from sigpact.engine.options import Options  # noqa: PLC0415 - this test alone calls it by hand
    from sigpact.engine.verify import verify  # noqa: PLC0415 - the same

    report = verify(
        [world.contracts], [world.models], Options(rows=10, cases=None), Forgetful, world.said.append
    )
    found = next(each for each in report.findings if each.at[-1] == "y")
    assert "in a fresh process" in found.message


def test_a_property_that_compares_no_output_is_not_checked(world: World) -> None:
    """Rows were sent, and no output says which of its axes has them: that is no pass."""
    text = CONTRACT.format(
        said="batch_invariant: true", protocol="grpc", dtype="float32", text="string", least=1, scores=""
    )
    outputs = text.partition("    outputs:\n")[2].partition("    properties")[0]
    world.contract(text.replace(outputs, "      label: {dtype: string}\n"))
    world.version("m/1", SCORES, f=_of(noise))
    report = world.verify()
    told = "f: property batch_invariant: no rows to compare: no output has 'batch' in its shape, or no input"
    assert report.verdicts[0].not_checked == (told,)
    assert report.verdicts[0].verdict is Answer.UNKNOWN
