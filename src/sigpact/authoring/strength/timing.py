"""How long calls take, for the one mutation that is about time: a glimpse, no measurement."""

import math
from typing import Final

from sigpact.authoring.strength.mutations import Slowed
from sigpact.authoring.strength.scene import Scene, rows_of
from sigpact.checks.latency import percentile
from sigpact.contract.model import Latency
from sigpact.engine.timed_rows import timed_requests
from sigpact.runtime.protocol import Timed

_SECONDS: Final = 0.2
_TIMES: Final = 3.0
_LEAST: Final = 50.0
"""A limit allows so many times what calls took, and so many milliseconds at least: machines differ."""
_SHARES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def limit_ms(scene: Scene) -> tuple[int, int] | None:
    """Return the rows of a call as small as they come, and a limit for it in milliseconds."""
    calls = [each.sent.call for each in scene.takes if each.sent.call is not None]
    batch = min((rows_of(call) for call in calls if rows_of(call)), default=0)
    seconds = _seconds(scene, batch) if batch else None
    if seconds is None:
        return None
    return batch, _readable(max(_LEAST, _TIMES * 1000 * percentile(seconds, _SHARES["p95"])))


def is_above(scene: Scene, said: Latency, slowed: Slowed) -> bool:
    """Whether calls that take longer are above a limit."""
    if said.at_most is not None and slowed.factor > said.at_most:
        return True
    limits = {"p50": said.p50_ms, "p95": said.p95_ms, "p99": said.p99_ms}
    named = {name: limit for name, limit in limits.items() if limit is not None}
    seconds = _seconds(scene, said.batch or 1) if named else None
    if seconds is None:
        return False
    later = [slowed.of(each) for each in seconds]
    return any(1000 * percentile(later, _SHARES[name]) > limit for name, limit in named.items())


def _seconds(scene: Scene, batch: int) -> tuple[float, ...] | None:
    """Return what calls of so many rows took, measured once; `None` where there are none of that size."""
    known = scene.player.timings
    key = (scene.contract.file, scene.use.name, batch)
    if key not in known:
        known[key] = _glimpse(scene, batch)
    return known[key]


def _glimpse(scene: Scene, batch: int) -> tuple[float, ...] | None:
    journey, player = scene.journey, scene.player
    requests = timed_requests(journey, player, batch, scene.run.options.seed)
    sent = [journey.post(each) if isinstance(each, bytes) else journey.send_short(each) for each in requests]
    calls = [each.call for each in sent if each.call is not None]
    player.time(calls[:4], _SECONDS)  # the first ones prepare the graph
    found = player.time(calls, _SECONDS) if calls else None
    return found.seconds if isinstance(found, Timed) and found.seconds else None


def _readable(limit: float) -> int:
    """Return the next limit that has one digit; it is 1 at least."""
    step = int(10.0 ** math.floor(math.log10(limit)))
    return math.ceil(limit / step) * step
