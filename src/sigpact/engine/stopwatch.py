"""Calls made again and again, block after block, of one version or of two in turns: what each call took."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sigpact.checks.latency import percentile
from sigpact.runtime.protocol import Call, Crashed, Hung, Refused, Session, Timed

_CALLS: Final = 1000
"""So many calls are enough, if they took a second with all that is around them."""
_WARM: Final = 1.0
"""Seconds of calls that do not count, at most: the first ones prepare the graph."""
_BLOCK: Final = 0.05
"""Seconds that a block should take: neighbouring blocks see the machine in one mood."""
_BLOCK_CALLS: Final = 50
_BLOCK_BYTES: Final = 1 << 24
_PATIENCE: Final = 1.0
"""Seconds after which a block that was thought to be short ends."""
_AROUND: Final = 3.0
"""So many times as long as the calls themselves all that is around them may take."""


@dataclass(slots=True, eq=False)
class Side:
    """One version that is measured: its calls, and what they took, block by block."""

    session: Session
    calls: tuple[Call, ...]
    blocks: list[Timed] = field(default_factory=list)
    made: int = 0

    @property
    def samples(self) -> list[float]:
        """Seconds of every call."""
        return [each for block in self.blocks for each in block.seconds]

    def next_calls(self, count: int) -> list[Call]:
        """Return the next so many calls, all of them in turn."""
        chosen = [self.calls[(self.made + at) % len(self.calls)] for at in range(count)]
        self.made += count
        return chosen


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds of calls, over all sides; `most` where so many calls and blocks were not made by then."""

    seconds: float
    most: float
    calls: int = 0
    blocks: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """A side whose call was not answered, and how that ended."""

    side: Side
    outcome: Refused | Crashed | Hung


def measure(
    sides: Sequence[Side], budget: Budget, now: Callable[[], float] = time.monotonic
) -> Failed | None:
    """Fill the blocks of each side until the budget is spent; nothing where a call failed."""
    start, counts = now(), []
    for side in sides:
        warm = side.session.time(side.calls, _WARM)
        if not isinstance(warm, Timed):
            return Failed(side, warm)
        counts.append(_block_calls(side, warm))
    turn = list(sides)
    while not _is_spent(sides, budget, now() - start):
        for side in turn:
            block = side.session.time(side.next_calls(min(counts)), _PATIENCE)
            if not isinstance(block, Timed):
                return Failed(side, block)
            side.blocks.append(block)
        turn.reverse()  # whoever goes first finds another cache than who goes second
    return None


def _block_calls(side: Side, warm: Timed) -> int:
    """Return how many calls a block has: what a tenth of a blink allows, and a message can carry."""
    usual = percentile(warm.seconds[len(warm.seconds) // 2 :], 0.5)
    size = max(sum(value.array.nbytes for value in call.feeds.values()) for call in side.calls)
    most = min(_BLOCK_CALLS, _BLOCK_BYTES // max(1, size))
    return max(1, min(most, int(_BLOCK / max(usual, 1e-9))))


def _is_spent(sides: Sequence[Side], budget: Budget, elapsed: float) -> bool:
    calls = min(len(side.samples) for side in sides)
    took = sum(sum(side.samples) for side in sides)
    if calls >= _CALLS and max(took, elapsed) >= 1:
        return True
    spent = max(took, elapsed / _AROUND)
    is_enough = calls >= budget.calls and len(sides[0].blocks) >= budget.blocks
    return spent >= budget.most or (spent >= budget.seconds and is_enough and calls > 0)
