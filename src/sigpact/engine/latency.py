"""`latency`: how long calls take in the version's own process, and beside another version's.

What is measured is the session's work for a request that has arrived: no network, no JSON.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as copied
from typing import Final

from sigpact.checks.latency import Interval, decide, needed, noise, ratio, undisturbed
from sigpact.contract.model import Latency, SignatureUse, VersionRef
from sigpact.engine.dynamic import arrivals_of
from sigpact.engine.journey import Journey, Read
from sigpact.engine.run import Result, Run
from sigpact.engine.selection import Binding, other_version
from sigpact.engine.static import Told, found
from sigpact.engine.stopwatch import Budget, Side, measure
from sigpact.engine.tally import failure
from sigpact.engine.timed_rows import timed_requests
from sigpact.findings import Answer, Evidence, Finding, Level, Timing
from sigpact.frozen import replace
from sigpact.report.evidence import NOISY
from sigpact.runtime.protocol import Session, Unloadable
from sigpact.values.requests import Request

LIMIT: Final = "latency-above-limit"
PREVIOUS: Final = "latency-above-previous"
_SHARES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_SECONDS: Final = 5.0
"""So long calls are made, of two versions together."""
_ENFORCED: Final = 30.0
"""So long where a limit blocks that fewer calls could not decide."""
_PAIRS: Final = 12
"""Blocks of each of two versions, at least, where their ratio blocks."""
_UNSURE: Final = "; whether it is above cannot be told"
_WHY: Final = "the client waits for the answer, and wrote down how long it can"


@dataclass(frozen=True, slots=True, eq=False)
class _Stage:
    """One use at one version, and what its contract says of time."""

    binding: Binding
    use: SignatureUse
    said: Latency

    @property
    def batch(self) -> int:
        """The rows of each request."""
        return self.said.batch or 1

    @property
    def limits(self) -> dict[str, float]:
        """The limits in milliseconds, by percentile."""
        limits = {"p50": self.said.p50_ms, "p95": self.said.p95_ms, "p99": self.said.p99_ms}
        return {name: limit for name, limit in limits.items() if limit is not None}

    @property
    def budget(self) -> Budget:
        """How long is measured: longer where a limit blocks and could not be decided otherwise."""
        if not self.said.enforce:
            return Budget(_SECONDS, _SECONDS)
        calls = max((needed(_SHARES[name]) for name in self.limits), default=0)
        return Budget(_SECONDS, _ENFORCED, calls, 0 if self.said.at_most is None else _PAIRS)


def measured(run: Run, binding: Binding, use: SignatureUse) -> Result:
    """Measure one use at one version; the figures are evidence, the limits findings.

    Nothing else may run meanwhile. Raises `RuntimeUnavailableError` where there is no TensorFlow.
    """
    if use.latency is None:
        return Result()
    stage, journey = _Stage(binding, use, use.latency), run.journey(binding, use)
    session = run.session(binding.version.path)
    if isinstance(session, Unloadable):
        return _unmeasured(stage, f"the version does not load: {session.reason}")
    requests = timed_requests(journey, session, stage.batch, run.options.seed)
    if not requests:
        return _unmeasured(stage, f"no request of {_rows(stage.batch)} can be drawn")
    ours = _side(journey, session, requests)
    if isinstance(ours, str):
        return _unmeasured(stage, ours)
    against = stage.said.against
    theirs = None if against is None else _other(run, binding, journey, requests, against)
    sides = (ours,) if theirs is None or isinstance(theirs, str) else (ours, theirs)
    failed = measure([each.side for each in sides], stage.budget)
    if failed is not None:
        which = next(each for each in sides if each.side is failed.side)
        return _unmeasured(stage, f"{which.name}{failure(journey.contract, use, failed.outcome).received}")
    return _judged(stage, sides, theirs if isinstance(theirs, str) else None)


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """A version that is measured; `name` is what it is called where it is another one: `version 2: `."""

    side: Side
    version: str
    name: str = ""


def _side(
    journey: Journey, session: Session, requests: Sequence[Request | bytes], name: str = ""
) -> _Measured | str:
    """Return a version with its calls, or why it has no latency: each request is answered once before."""
    sent = [journey.post(each) if isinstance(each, bytes) else journey.send_short(each) for each in requests]
    for arrival in arrivals_of(journey, session, sent):
        if not isinstance(arrival, Read):
            return f"{name}{failure(journey.contract, journey.use, arrival).received}"
    side = Side(session, tuple(each.call for each in sent if each.call is not None))
    return _Measured(side, journey.version, name)


def _other(
    run: Run, binding: Binding, journey: Journey, requests: Sequence[Request | bytes], wanted: VersionRef
) -> _Measured | str:
    version = other_version(binding, wanted)
    if isinstance(version, str):
        return version
    if version.number == binding.version.number:
        return f"version {version.number} is the one that is checked"
    name = f"version {version.number}: "
    loaded = run.signatures(replace(binding, version=version))
    if loaded.reason is not None:
        return name + loaded.reason
    session = run.session(version.path)
    if isinstance(session, Unloadable):
        return name + session.reason
    there = copied(journey, signatures=loaded.signatures, version=str(version.number))
    return _side(there, session, requests, name)


def _judged(stage: _Stage, sides: tuple[_Measured, ...], missing: str | None) -> Result:
    """Return figures and findings; `missing` is why there is no other version to compare with."""
    name, ours = stage.use.name, sides[0].side
    factor = noise([spin for each in sides for block in each.side.blocks for spin in block.spins])
    times = {key: _in_ms(undisturbed(ours.samples, share)) for key, share in _SHARES.items()}
    findings: list[Finding] = []
    for key, limit in stage.limits.items():
        findings += _limited(stage, key, times[key].slowed(factor), limit, (len(ours.samples), factor))
    against = None
    if len(sides) > 1 and stage.said.at_most is not None:
        blocks = [[block.seconds for block in each.side.blocks] for each in sides]
        times_as_long = ratio(*blocks)
        findings += _compared(stage, sides[1].version, times_as_long, stage.said.at_most, len(blocks[0]))
        against = (sides[1].version, *_plain(times_as_long))
    percentiles = tuple((key, *_plain(each)) for key, each in times.items())
    timing = Timing(name, stage.batch, len(ours.samples), percentiles, factor, against)
    unlooked = () if missing is None else (f"{name}: latency against another version: {missing}",)
    return Result(tuple(findings), Evidence(timings=(timing,)), unlooked)


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said of a limit: what it is about, what that is, what was allowed, what leaves it in doubt."""

    about: str
    value: str
    limit: str
    doubt: str


def _limited(
    stage: _Stage, key: str, seen: Interval, limit: float, how: tuple[int, float]
) -> Iterator[Finding]:
    calls, factor = how
    doubts = []
    if math.isinf(seen.high):
        doubts.append(f"{calls:,} calls are too few, {needed(_SHARES[key])} would do")
    if factor >= NOISY:
        doubts.append(f"the machine's own speed varied by a factor of {factor:.1f}")
    value = f"{seen.value:.3g} ms ({_span(seen)} ms, {calls:,} calls)"
    words = _Words(f"{key} of {_rows(stage.batch)} a call", value, f"at most {limit:g} ms", "; ".join(doubts))
    yield from _told(stage, LIMIT, (key, f"{key}_ms"), words, decide(seen, limit))


def _compared(stage: _Stage, other: str, seen: Interval, most: float, blocks: int) -> Iterator[Finding]:
    doubt = f"{blocks} blocks of calls are too few" if math.isinf(seen.high) else ""
    value = f"{seen.value:.3g} times as long ({_span(seen)} times)"
    words = _Words(f"a call beside one of version {other}", value, f"at most {most:g} times", doubt)
    yield from _told(stage, PREVIOUS, ("at_most", "at_most"), words, decide(seen, most))


def _told(
    stage: _Stage, rule: str, place: tuple[str, str], words: _Words, answer: Answer
) -> Iterator[Finding]:
    """Yield what is above its limit; what cannot be told only where it would block."""
    if answer is Answer.YES or (answer is Answer.UNKNOWN and not stage.said.enforce):
        return
    unsure = "" if answer is Answer.NO else ": ".join(filter(None, (_UNSURE, words.doubt)))
    level = Level.ERROR if answer is Answer.NO else Level.UNDECIDED
    name, key = place
    told = Told(
        (*stage.said.path, key),
        stage.use.name,
        ("latency", name),
        name,
        f"{words.about}: {words.value}; the contract says {words.limit}{unsure}",
        f"{words.about}: {words.limit}",
        words.value,
        _WHY,
    )
    yield found(stage.binding, rule, level if stage.said.enforce else Level.ADVICE, told)


def _unmeasured(stage: _Stage, reason: str) -> Result:
    """Return that there is no latency: unknown where it blocks."""
    unlooked = (f"{stage.use.name}: latency: {reason}",)
    if not stage.said.enforce:
        return Result(not_checked=unlooked)
    rule = LIMIT if stage.limits else PREVIOUS
    told = Told(
        stage.said.path, stage.use.name, ("latency",), "none", f"there is no latency: {reason}",
        "calls that are answered", reason, _WHY,
    )  # fmt: skip
    return Result((found(stage.binding, rule, Level.UNDECIDED, told),), not_checked=unlooked)


def _in_ms(found: Interval) -> Interval:
    return Interval(found.value * 1000, found.low * 1000, found.high * 1000)


def _plain(found: Interval) -> tuple[float, float, float | None]:
    return found.value, found.low, None if math.isinf(found.high) else found.high


def _span(found: Interval) -> str:
    return f"{found.low:.3g} or more" if math.isinf(found.high) else f"{found.low:.3g} to {found.high:.3g}"


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"
