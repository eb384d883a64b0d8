"""Why a request fails: a row of it, its company, or chance; each is told for what it is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from sigpact.engine.options import Options
from sigpact.engine.replay import State, replay
from sigpact.engine.verify import verify
from sigpact.findings import Answer, Finding, Level
from sigpact.runtime.fake import FakeBackend, FakeSession, Function
from sigpact.runtime.protocol import Crashed, Hung, Outcome, Refused
from sigpact.serving.given import given
from sigpact.wire.arrays import Array, Value, value
from tests.engine.world import NUMBER, NUMBERS, World, only, verdicts

Feeds = Mapping[str, Value]
BATCH = "dims: {batch: {min: 1, max: 8}}\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


def of(apply: Callable[[Array], Array]) -> Function:
    """Make a version of what is done to the numbers of a call."""
    return lambda feeds: {"y": value("float32", np.asarray(apply(feeds["x"].array), np.float32))}


def crowded(x: Array) -> Array:
    """Leave the domain wherever there are two rows or more."""
    return x + 1.5 * (len(x) > 1)


def found(world: World, function: Function, contract: str = NUMBERS, dims: str = BATCH) -> Finding:
    """Return the one finding about a version."""
    world.contract(contract.replace("signatures:", f"{dims}signatures:"))
    world.version("m/1", NUMBER, f=function)
    return only(world.verify(keep=True))


def rows(finding: Finding) -> int:
    """Return how many rows the request has that shows a finding."""
    assert finding.witness is not None
    return finding.witness.request.count(",") + 1


def test_a_row_that_passes_alone_is_told_with_its_company(world: World) -> None:
    """Two rows, and what the one is answered without the other."""
    told = found(world, of(crowded))
    assert (told.rule, told.level, told.at) == ("batch-not-invariant", Level.ERROR, ("outputs", "y"))
    assert "maximum 1; beside the other rows only: row 0 alone is answered y=[0.0]" in told.message
    assert rows(told) == 2
    assert verdicts(world.verify()) == {("app", "1"): "no"}


@pytest.mark.parametrize(
    ("contract", "dims", "least"),
    [
        (NUMBERS, "dims: {batch: {min: 3, max: 8}}\n", 3),
        (NUMBERS + "    properties: {equivariant: batch}\n", BATCH, 2),
        (NUMBERS.replace("y: {", "y: {unique: 0, "), BATCH, 2),
    ],
)
def test_rows_that_are_no_calls_alone_or_one_thing_keep_their_rule(
    world: World, contract: str, dims: str, least: int
) -> None:
    """A client that never sends one row, candidates of one ranking, values that are unique in a call."""

    def apply(x: Array) -> Array:
        return crowded(x) + ("unique" in contract) * np.arange(len(x)) / 100

    told = found(world, of(apply), contract, dims)
    assert (told.rule, rows(told)) == ("output-value-outside", least)
    assert "alone" not in told.message


def test_a_row_that_fails_alone_is_shown_rather_than_one_that_does_not(world: World) -> None:
    """Though the other is easier to read."""

    def apply(x: Array) -> Array:
        return np.asarray(x + 1.5 * ((len(x) == 2) | ((x > 0.99) & (x < 1))))

    told = found(world, of(apply))
    assert (told.rule, rows(told)) == ("output-value-outside", 1)


def test_noise_is_no_company(world: World) -> None:
    """What is above the bound beside others, and within tolerance of what it is alone, is above the bound."""
    told = found(world, of(lambda x: x * (1 + 2e-7 * (len(x) > 1))))
    assert (told.rule, rows(told)) == ("output-value-outside", 2)


def test_a_whole_call_keeps_its_rule_and_shows_the_least_batch(world: World) -> None:
    """What has no row is no matter of company."""

    def picky(feeds: Feeds) -> Feeds | Outcome:
        crowd = len(feeds["x"].array) > 4
        return Refused("INVALID_ARGUMENT", "a crowd") if crowd else {"y": feeds["x"]}

    told = found(world, picky)
    assert (told.rule, rows(told)) == ("request-refused", 5)
    assert told.message.startswith(
        "INVALID_ARGUMENT: a crowd; 5 rows are the fewest that were found to fail ("
    )


def alternating(failing: Outcome | None, every: int) -> Function:
    """Fail each so many calls: with an outcome, or outside of the domain."""
    calls = count(1)

    def function(feeds: Feeds) -> Feeds | Outcome:
        bad = next(calls) % every == 0
        return (
            failing if bad and failing is not None else {"y": value("float32", feeds["x"].array + 1.5 * bad)}
        )

    return function


@pytest.mark.parametrize("failing", [None, Refused("INTERNAL", "no luck")])
def test_what_fails_at_times_is_told_with_the_counts(world: World, failing: Outcome | None) -> None:
    """The answer that is shown is one that failed."""
    told = found(world, alternating(failing, 5))
    assert told.rule == "answer-not-deterministic"
    assert "; 2 of 10 times that the same request was sent (" in told.message
    assert told.witness is not None
    (number,) = re.findall(r"^y=\[([\d.]+)\]$", told.witness.answer) or [None]
    assert told.witness.answer.startswith("INTERNAL") if number is None else float(number) > 1
    assert (number is None) is (failing is not None)


def test_what_is_not_seen_again_still_counts(world: World) -> None:
    """The answer did break the contract, in the request that is shown."""
    calls = count()
    told = found(world, of(lambda x: x + 1.5 * (next(calls) == 12)))
    assert (told.rule, told.level) == ("answer-not-deterministic", Level.ERROR)
    assert "; 1 of 101 times that the same request was sent (" in told.message


def test_a_crash_at_times_is_a_crash(world: World) -> None:
    """It takes the server with it, however seldom."""
    told = found(world, alternating(Crashed("SIGSEGV", ""), 10))
    assert (told.rule, told.level) == ("model-crashed", Level.ERROR)
    assert "times that the same request was sent" in told.message


def test_one_delay_is_undecided(world: World) -> None:
    """It may have been this machine: not a no, and not a yes."""
    calls = count()
    world.contract(NUMBERS)
    world.version("m/1", NUMBER, f=lambda feeds: Hung(10.0) if next(calls) == 9 else {"y": feeds["x"]})
    report = world.verify()
    (told,) = report.findings
    assert (told.rule, told.level) == ("model-hung", Level.UNDECIDED)
    assert "; 1 of 2 times that the same request was sent" in told.message
    assert report.verdicts[0].verdict is Answer.UNKNOWN


@dataclass
class Fresh:
    """Loads a version whose answers depend on how many it gave before, in this process."""

    folder: str

    def load(self, export: str) -> FakeSession:
        """See `Backend.load`."""
        assert export == self.folder
        calls = count()
        return FakeSession({"f": of(lambda x: x + 1.5 * (next(calls) >= 5))})

    def describe(self) -> str:
        """See `Backend.describe`."""
        return "functions"

    def close(self) -> None:
        """See `Backend.close`."""


def test_what_fails_in_a_process_that_has_answered_before_is_told_so(world: World) -> None:
    """Each time here, and not in a fresh one."""
    world.contract(NUMBERS)
    folder = str(world.version("m/1", NUMBER, f=of(crowded)))
    options = Options(rows=20, cases=None)
    report = verify([world.contracts], [world.models], options, lambda: Fresh(folder), world.said.append)
    told = only(report)
    assert told.rule == "answer-not-deterministic"
    assert "; 10 of 11 times that the same request was sent, and not in a fresh process (" in told.message


@dataclass
class Remembering:
    """Loads a version that answers well what it was asked first, in this process, and nothing else."""

    folder: str

    def load(self, export: str) -> FakeSession:
        """See `Backend.load`."""
        assert export == self.folder
        first: list[float] = []

        def answer(x: Array) -> Array:
            first.extend(x[:1] if not first else ())
            return np.asarray(x + 1.5 * (x != first[0]))

        return FakeSession({"f": of(answer)})

    def describe(self) -> str:
        """See `Backend.describe`."""
        return "functions"

    def close(self) -> None:
        """See `Backend.close`."""


def test_what_never_fails_in_a_fresh_process_is_not_said_to_be_fixed(world: World) -> None:
    """Nor is it seen again by one request: whoever verifies again sees."""
    world.contract(NUMBERS)
    backend = Remembering(str(world.version("m/1", NUMBER, f=of(crowded))))
    options = Options(rows=20, cases=str(world.root / "cases"))
    told = only(verify([world.contracts], [world.models], options, lambda: backend, world.said.append))
    assert told.rule == "answer-not-deterministic"
    (again,) = replay(None, world.root / "cases", given([world.models]), backend)
    assert (again.state, again.detail[:30]) == (State.CANNOT_RUN, "it failed after other requests")


def test_nothing_sensitive_is_told_of_the_answer_alone(world: World) -> None:
    """That it is another one is enough."""
    told = found(world, of(crowded), NUMBERS.replace("y: {", "y: {sensitive: true, "))
    assert told.rule == "batch-not-invariant"
    assert "row 0 alone is answered otherwise (" in told.message
    assert "0.0" not in told.message


@pytest.mark.parametrize("function", [of(crowded), alternating(None, 5)])
def test_a_kept_case_fails_until_it_is_mended(world: World, function: Function) -> None:
    """By what its request shows, whatever rule it is told under."""
    told = found(world, function)
    assert told.witness is not None
    cases = world.root / ".sigpact" / "cases"
    models = given([world.models])
    (again,) = replay(told.witness.case, cases, models, world.backend)
    assert (again.state, again.title.split(":")[0]) == (State.FAILS, told.rule)
    mended = FakeBackend({path: {"f": of(lambda x: x)} for path in world.functions})
    assert replay(told.witness.case, cases, models, mended)[0].state is State.FIXED


def test_examples_are_sent_again_too(world: World) -> None:
    """An example that is answered otherwise at times only is told so, with the example as it stands."""
    examples = "    examples: [{name: half, inputs: {x: [0.5]}, outputs: {y: [0.5]}}]\n"
    told = found(world, alternating(None, 2), NUMBERS.replace("}\n    outputs", "}\n    outputs") + examples)
    assert told.rule == "answer-not-deterministic"
