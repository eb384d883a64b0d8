"""The statistics of latency: laws over given samples, and how often the intervals hold what they claim."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.checks.latency import (
    CONFIDENCE,
    Interval,
    _cumulative,
    decide,
    interval,
    needed,
    noise,
    percentile,
    ratio,
    undisturbed,
)
from sigpact.findings import Answer

SHARES = (0.5, 0.95, 0.99)
times = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=200)
shares = st.sampled_from(SHARES)


@given(times, shares)
def test_a_percentile_is_a_sample_that_so_many_do_not_exceed(samples: list[float], share: float) -> None:
    """And no smaller one is."""
    found = percentile(samples, share)
    assert found in samples
    assert sum(each <= found for each in samples) >= share * len(samples)
    assert sum(each < found for each in samples) < share * len(samples)


@given(times)
def test_percentiles_and_their_ends_are_ordered(samples: list[float]) -> None:
    """A greater share never has a smaller value, low or high."""
    found = [interval(samples, share) for share in SHARES]
    for each in found:
        assert each.low <= each.value <= each.high
    for one, other in itertools.pairwise(found):
        assert one.value <= other.value
        assert one.low <= other.low
        assert one.high <= other.high


@given(times, shares, st.floats(1, 10))
def test_slower_calls_have_a_later_interval(samples: list[float], share: float, factor: float) -> None:
    """All ends move with the samples."""
    one, other = interval(samples, share), interval([each * factor for each in samples], share)
    assert (one.value * factor, one.low * factor, one.high * factor) == (other.value, other.low, other.high)


@given(times, shares, st.floats(1e-6, 1e3), st.floats(1, 10))
def test_a_looser_limit_never_turns_a_yes_into_a_no(
    samples: list[float], share: float, limit: float, factor: float
) -> None:
    """Yes below, no above, unknown between; and noise takes a no away but never gives one."""
    found = interval(samples, share)
    order = [Answer.NO, Answer.UNKNOWN, Answer.YES]
    assert order.index(decide(found, limit)) <= order.index(decide(found, limit * factor))
    disturbed = decide(found.slowed(factor), limit)
    assert order.index(decide(found, limit)) <= order.index(disturbed)
    assert (disturbed is Answer.YES) == (decide(found, limit) is Answer.YES)


DRAWN: dict[str, Callable[[np.random.Generator, int], np.ndarray[Any, np.dtype[np.float64]]]] = {
    "even": lambda rng, count: rng.random(count),
    "long tail": lambda rng, count: rng.lognormal(0, 1, count),
    "two kinds of calls": lambda rng, count: rng.choice([1.0, 10.0], count, p=[0.9, 0.1]) + rng.random(count),
}
TRUE = {name: np.quantile(draw(np.random.default_rng(0), 2_000_000), SHARES) for name, draw in DRAWN.items()}


@pytest.mark.parametrize("count", [30, 100, 1000])
@pytest.mark.parametrize("name", DRAWN)
def test_intervals_hold_the_truth_as_often_as_they_claim(name: str, count: int) -> None:
    """Whatever the distribution: in 95 % of runs, and not in all of them."""
    rng, runs = np.random.default_rng(7), 600
    for share, true in zip(SHARES, TRUE[name], strict=True):
        found = [interval(DRAWN[name](rng, count).tolist(), share) for _ in range(runs)]
        held = sum(each.low <= true <= each.high for each in found) / runs
        assert held >= CONFIDENCE - 3 * math.sqrt(CONFIDENCE * (1 - CONFIDENCE) / runs)
        bounded = [each.high for each in found if math.isfinite(each.high)]
        assert bool(bounded) == (count >= needed(share))
        if count == 1000 and share == 0.5:
            assert held < 0.98


@pytest.mark.parametrize("count", [100, 300, 1000])
def test_a_machine_that_is_disturbed_at_times_gives_no_false_no(count: int) -> None:
    """In a part of the time others take the processor: the lower end stays under the truth, as claimed."""
    rng, runs = np.random.default_rng(11), 400
    true = TRUE["even"][1]
    held = {"quiet": 0, "disturbed": 0, "told": 0}
    for _ in range(runs):
        quiet = rng.random(count)
        segments = -(-count // 50)
        busy = np.repeat(rng.permutation(segments) < 0.4 * segments, 50)[:count]
        disturbed = np.where(busy, quiet * rng.uniform(1, 8, count), quiet)
        held["quiet"] += int(undisturbed(quiet.tolist(), 0.95).low <= true)
        held["disturbed"] += int(undisturbed(disturbed.tolist(), 0.95).low <= true)
        held["told"] += int(decide(undisturbed(disturbed.tolist(), 0.95), true / 2) is Answer.NO)
    assert held["quiet"] >= 0.97 * runs
    assert held["disturbed"] >= 0.97 * runs
    assert held["told"] >= 0.97 * runs


@pytest.mark.parametrize("share", SHARES)
def test_so_many_samples_are_needed_for_an_upper_end(share: float) -> None:
    """One fewer has none."""
    enough = needed(share)
    assert math.isfinite(interval([1.0] * enough, share).high)
    assert interval([1.0] * (enough - 1), share).high == math.inf


def test_the_binomial_is_the_one_of_counting() -> None:
    """Against all 2^8 outcomes of eight samples, each below the median or not."""
    outcomes = [each.bit_count() for each in range(256)]
    expected = [sum(each <= most for each in outcomes) / 256 for most in range(9)]
    assert _cumulative(8, 0.5) == pytest.approx(expected)


def test_a_ratio_of_blocks_forgets_how_fast_the_machine_was() -> None:
    """Each pair ran in one mood, however much moods differ."""
    rng = np.random.default_rng(3)
    moods = rng.uniform(1, 20, 40)
    ours = [(mood * rng.uniform(1.9, 2.1, 11)).tolist() for mood in moods]
    theirs = [(mood * rng.uniform(0.95, 1.05, 11)).tolist() for mood in moods]
    found = ratio(ours, theirs)
    assert 1.9 < found.low < found.value < found.high < 2.1
    assert ratio(ours[:3], theirs[:3]).high == math.inf


def test_noise_is_how_far_the_same_work_varied() -> None:
    """A single outlier is none; a tenth of the time is."""
    assert noise([1.0] * 99 + [50.0]) == 1
    assert noise([1.0] * 90 + [3.0] * 10) == 3


@pytest.mark.parametrize(
    ("limit", "answer"), [(1.0, Answer.NO), (2.0, Answer.UNKNOWN), (4.0, Answer.YES), (9.0, Answer.YES)]
)
def test_a_limit_inside_the_interval_is_unknown(limit: float, answer: Answer) -> None:
    """Wholly at or under is a yes, wholly above a no."""
    assert decide(Interval(3.0, 1.5, 4.0), limit) is answer
