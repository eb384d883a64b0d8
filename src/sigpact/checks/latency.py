"""How long calls take: percentiles with confidence intervals, and what they say of a limit. Pure functions.

Intervals are those of order statistics: the share of calls under a percentile is binomial whatever the
distribution of times is, so they hold for any. What disturbs a machine makes no call faster: that a
percentile is under a limit is told by all calls, that it is above by those of the quietest times alone
(`undisturbed`), and only as far as the machine's own speed was steady (`noise`).
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sigpact.findings import Answer

CONFIDENCE: Final = 0.95
"""How often an interval holds the true value, at least."""

_PIECES: Final = 20
_PIECE: Final = 20
"""So many pieces at most, of so many calls at least: one is quiet or it is not."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value that was estimated, and between what it lies; `high` is infinite where too little was seen."""

    value: float
    low: float
    high: float

    def slowed(self, factor: float) -> "Interval":
        """Return what it is if the machine may have been so many times slower than it can be."""
        return Interval(self.value, self.low / factor, self.high)


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the least sample that so many of all (0 to 1) do not exceed."""
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]


def interval(samples: Sequence[float], share: float) -> Interval:
    """Return a percentile of what the samples were drawn from; below nothing it cannot lie."""
    ordered = sorted(samples)
    first, last = _ranks(len(ordered), share)
    low = 0.0 if first is None else ordered[first]
    high = math.inf if last is None else ordered[last]
    return Interval(percentile(ordered, share), low, high)


def undisturbed(samples: Sequence[float], share: float) -> Interval:
    """Return a percentile of samples in the order in which they came; `low` is that of the quietest.

    Where nothing disturbed, the quietest pieces are a bit faster by chance, and `low` a bit too low.
    """
    found = interval(samples, share)
    return Interval(found.value, min(found.low, interval(_quietest(samples), share).low), found.high)


def _quietest(samples: Sequence[float]) -> list[float]:
    """Return the quarter of some consecutive pieces that took least."""
    count = min(_PIECES, len(samples) // _PIECE)
    if count < 2:
        return list(samples)
    ends = [len(samples) * at // count for at in range(count + 1)]
    pieces = [samples[start:end] for start, end in itertools.pairwise(ends)]
    pieces.sort(key=lambda piece: sum(piece) / len(piece))
    return [each for piece in pieces[: (count + 3) // 4] for each in piece]


def needed(share: float) -> int:
    """Return how many samples a percentile needs for an upper end: all of fewer may well lie below it."""
    return math.ceil(math.log((1 - CONFIDENCE) / 2) / math.log(share))


def ratio(ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]]) -> Interval:
    """Return how many times as long our calls take as theirs, from blocks that were measured in turns.

    Neighbouring blocks ran on the same machine in the same mood: the median of their ratios.
    """
    pairs = zip(ours, theirs, strict=True)
    return interval([percentile(one, 0.5) / percentile(other, 0.5) for one, other in pairs], 0.5)


def noise(spins: Sequence[float]) -> float:
    """Return how many times as long the same work took at its slowest as at its fastest, ends cut off."""
    return percentile(spins, 0.95) / percentile(spins, 0.05)


def decide(found: Interval, limit: float) -> Answer:
    """Return whether a value is at most a limit: unknown where the limit lies inside the interval."""
    if found.high <= limit:
        return Answer.YES
    return Answer.NO if found.low > limit else Answer.UNKNOWN


@lru_cache
def _ranks(count: int, share: float) -> tuple[int | None, int | None]:
    """Return which ordered samples (from 0) the ends are; `None` where none is far enough out."""
    tail = (1 - CONFIDENCE) / 2
    below = _cumulative(count, share)
    # The sample at r (from 0) lies above the percentile where at most r samples lie below that, ...
    first = max((at for at in range(count) if below[at] <= tail), default=None)
    # ... and below it where more than r do.
    last = min((at for at in range(count) if 1 - below[at] <= tail), default=None)
    return first, last


def _cumulative(count: int, share: float) -> list[float]:
    """Return how likely it is that at most 0, 1, … of so many samples lie below a percentile."""
    total, found = 0.0, []
    for at in range(count + 1):
        ways = math.lgamma(count + 1) - math.lgamma(at + 1) - math.lgamma(count - at + 1)
        total += math.exp(ways + at * math.log(share) + (count - at) * math.log1p(-share))
        found.append(min(1.0, total))
    return found
