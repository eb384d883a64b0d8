"""Seconds for a part: what is left out where they are over, and that the evidence says so."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigpact.engine import budget
from sigpact.engine.budget import Budget
from sigpact.engine.dynamic import batched
from sigpact.report.model import Report
from sigpact.tensors.dtypes import BY_NAME
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import Value
from tests.engine.world import NUMBER, NUMBERS, World, rules, same

CUT = "a run that time cuts short does not repeat"


class Clock:
    """Stands still unless somebody lets it run."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """See `time.monotonic`."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that budgets look at."""
    made = Clock()
    monkeypatch.setattr(budget, "time", made)
    return made


def verified(tmp_path: Path, clock: Clock, more: str = "", **options: Any) -> tuple[Report, list[int]]:
    """Verify a sound model that takes a tenth of a second a row; return the rows of each call too."""
    calls: list[int] = []

    def slow(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        calls.append(feeds["x"].shape[0])
        clock.now += 0.1 * feeds["x"].shape[0]
        return same(feeds)

    world = World(tmp_path)
    world.contract(NUMBERS + more)
    world.version("m/1", NUMBER, f=slow)
    return world.verify(**options), calls


def notes(report: Report) -> list[str]:
    """The notes of the one verdict."""
    return [each for each in report.verdicts[0].evidence.notes if CUT in each]


def rows(report: Report) -> dict[str, int]:
    """The rows of the one verdict by kind."""
    return dict(report.verdicts[0].evidence.rows)


def test_random_rows_end_with_the_time_and_boundaries_do_not(tmp_path: Path, clock: Clock) -> None:
    """All boundaries, some random rows, a verdict that says it; what is on its way is waited for."""
    whole, _ = verified(tmp_path / "whole", clock, rows=10_000)
    assert (rows(whole)["random"], notes(whole)) == (10_000, [])
    report, _ = verified(tmp_path / "cut", clock, rows=10_000, time_budget=20)
    assert rows(report)["boundaries"] == rows(whole)["boundaries"]
    assert 0 < rows(report)["random"] < 5_000
    assert notes(report) == [f"f: random rows: stopped after 20 s: {CUT}"]
    assert report.exit_code == 0


@pytest.mark.parametrize(
    ("rows", "seconds", "most"), [(1, None, 32), (1, 5.0, 8), (64, None, 16), (64, 5.0, 2)]
)
def test_little_is_on_its_way_where_seconds_are_counted(rows: int, seconds: float | None, most: int) -> None:
    """What is on its way when the time is up is waited for, four messages of it, be it rows or calls."""
    requests = [Request(Origin.RANDOM, {}, {}, rows)] * 100
    sizes = [len(each) for each in batched(requests, Budget(seconds))]
    assert max(sizes) == most
    assert sum(sizes) == 100


def test_no_time_leaves_the_boundaries(tmp_path: Path, clock: Clock) -> None:
    """Nothing is never what was looked at."""
    report, _ = verified(tmp_path, clock, rows=100, time_budget=0)
    assert list(rows(report)) == ["boundaries"]
    assert notes(report) == [f"f: random rows: stopped after 0 s: {CUT}"]


def test_time_that_is_enough_is_not_told(tmp_path: Path, clock: Clock) -> None:
    """A run that was not cut repeats."""
    report, _ = verified(tmp_path, clock, rows=100, time_budget=1000)
    assert (rows(report)["random"], notes(report)) == (100, [])


@pytest.mark.parametrize("name", ["deterministic", "batch_invariant"])
def test_a_property_of_a_slow_model_is_cut_too(tmp_path: Path, clock: Clock, name: str) -> None:
    """By fifteen seconds where nothing is said, the small requests first."""
    said = f"    properties: {{{name}: true}}\n"
    report, calls = verified(tmp_path / "slow", clock, said, rows=0)
    assert notes(report) == [f"f: {name}: stopped after 15 s: {CUT}"]
    asked = sum(calls) - rows(report)["boundaries"]
    again, more = verified(tmp_path / "slower", clock, said, rows=0, time_budget=10_000)
    assert not notes(again)
    assert sum(more) - rows(again)["boundaries"] > asked > 0
    assert any(" rows compared" in each for each in report.verdicts[0].evidence.notes)


RELATION = """\
relations:
  - name: the same
    inputs: {x: f.x}
    calls: {one: {signature: f, inputs: {x: x}}}
    holds: [one.y == x]
"""


def test_a_relation_is_cut_too(tmp_path: Path, clock: Clock) -> None:
    """Each relation has the seconds of its own."""
    report, _ = verified(tmp_path, clock, RELATION, rows=0, relation_rows=10_000, time_budget=20)
    assert notes(report) == [f"relation the same: random rows: stopped after 20 s: {CUT}"]
    assert 0 < rows(report)["random"] < 5_000


def test_the_first_chunk_comes_in_any_case(clock: Clock) -> None:
    """A property that had no time at all would have compared nothing."""
    spent = Budget(1.0)
    clock.now = 5.0
    assert list(spent.chunks(range(5), 2)) == [[0, 1]]
    assert spent.cut
    whole = Budget(1.0)
    assert list(whole.chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert not whole.cut
    clock.now = 9.0
    assert list(whole.chunks([], 2)) == []
    assert not whole.cut


@pytest.mark.parametrize(
    ("shapes", "seconds", "sizes"),
    [
        ([(1,)] * 70, None, [32, 32, 6]),
        ([(512,)] * 5, None, [2, 2, 1]),
        ([(512,)] * 3, 5.0, [1, 1, 1]),
        ([(4, 1 << 18)] * 5, None, [2, 2, 1]),  # few rows of many numbers: images
    ],
)
def test_a_message_is_bounded_by_calls_rows_and_numbers(
    shapes: list[tuple[int, ...]], seconds: float | None, sizes: list[int]
) -> None:
    """Enough to keep the worker busy, little enough to hold; less where seconds are counted."""
    arrays = [np.broadcast_to(np.float32(0), shape) for shape in shapes]
    requests = [
        Request(Origin.RANDOM, {"x": Value(BY_NAME["float32"], each)}, {}, len(each)) for each in arrays
    ]
    assert [len(each) for each in batched(requests, Budget(seconds))] == sizes


def test_the_search_for_the_smallest_request_ends_with_its_time(clock: Clock, tmp_path: Path) -> None:
    """What takes ten seconds a call is shown with what was found in a minute."""
    world = World(tmp_path)
    calls: list[int] = []

    def slow(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        clock.now += 10 * bool(calls)
        calls.append(1)
        return {"y": Value(BY_NAME["float32"], np.asarray(feeds["x"].array + 2, np.float32))}

    world.contract(NUMBERS)
    world.version("m/1", NUMBER, f=slow)
    assert rules(world.verify(rows=1)) == ["output-value-outside"]
    assert len(calls) < 150
