"""What a verdict rests on, in sentences: the text report and pytest's summary show the same."""

from collections.abc import Iterator
from typing import Final

from sigpact.findings import Evidence, Timing

NOISY: Final = 1.2
"""From here on it is worth a word that the machine was not itself."""


def sentences(evidence: Evidence) -> Iterator[str]:
    """Yield what is to be said beside the counts, a line each."""
    yield from evidence.notes
    yield from map(_timed, evidence.timings)


def _timed(timing: Timing) -> str:
    figures = ", ".join(
        f"{name} {value:.3g} ms ({_span(low, high)})" for name, value, low, high in timing.percentiles
    )
    rows = "1 row" if timing.batch == 1 else f"{timing.batch:,} rows"
    calls = f"{timing.calls:,} {'call' if timing.calls == 1 else 'calls'}"
    told = f"{timing.signature}: latency of {rows}: {figures}; {calls}"
    if timing.noise >= NOISY:
        told += f"; the machine's own speed varied by a factor of {timing.noise:.1f}"
    if timing.against is not None:
        version, value, low, high = timing.against
        told += f"; {value:.3g} times as long as version {version} ({_span(low, high)})"
    return told


def _span(low: float, high: float | None) -> str:
    return f"{low:.3g} or more" if high is None else f"{low:.3g} to {high:.3g}"
