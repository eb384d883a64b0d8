"""What a verdict rests on, in sentences: the text report and pytest's summary show the same."""

from collections.abc import Iterator, Sequence
from typing import Final

from sigpact.findings import COUNTED, Evidence, Shown, Timing

_KINDS: Final = ("examples", "files", "boundaries", "random")
"""Kinds of rows, in the order in which they are sent."""
NOISY: Final = 1.2
"""From here on it is worth a word that the machine was not itself."""


def counted(evidence: Sequence[Evidence]) -> str:
    """Say what was compared and run, of all of these together."""
    compared = "compared" if any(each.proved for each in evidence) else "nothing compared"
    kinds: dict[str, int] = {}
    for each in evidence:
        for kind, count in each.rows:
            kinds[kind] = kinds.get(kind, 0) + count
    if not sum(kinds.values()):
        return compared
    listed = ", ".join(f"{kinds[kind]:,} {kind}" for kind in sorted(kinds, key=_KINDS.index))
    rest = sum(each.through_rest for each in evidence)
    more = any(shown.distinct == COUNTED for each in evidence for shown in each.shown)
    distinct = _of(sum(each.distinct_answers for each in evidence), "distinct answer", or_more=more)
    return f"{compared}; {sum(kinds.values()):,} rows run ({listed}; {rest:,} through JSON; {distinct})"


def sentences(evidence: Evidence) -> Iterator[str]:
    """Yield what is to be said beside the counts, a line each: what is weak first."""
    for shown in evidence.shown:
        if shown.is_weak:
            yield f"{shown.signature}: weak evidence: {shown.answered:,} rows all had the same answer"
    yield from filter(None, map(_shown, evidence.shown))
    yield from evidence.notes
    yield from map(_timed, evidence.timings)


def boundaries_told(sent: int, there_are: int) -> str:
    """Say how many of the boundary values were sent; rows of that kind have special sizes as well."""
    return f"{sent:,} of {there_are:,} boundary values"


def _shown(shown: Shown) -> str:
    said = []
    if shown.answers:
        more = " or more" if shown.distinct == COUNTED else ""
        said.append(f"{_of(shown.answered, 'row')} answered, {shown.distinct:,}{more} distinct")
    said += [f"{each.output} gave {len(each.seen)} of {each.of} enum members" for each in shown.members]
    if shown.boundaries is not None:
        said.append(boundaries_told(*shown.boundaries))
    if shown.examples_only:
        said.append(f"{', '.join(shown.examples_only)}: examples only")
    return f"{shown.signature}: {'; '.join(said)}" if said else ""


def _of(count: int, word: str, *, or_more: bool = False) -> str:
    return f"{count:,}{' or more' * or_more} {word}{'s' * (count != 1)}"


def _timed(timing: Timing) -> str:
    figures = ", ".join(
        f"{name} {value:.3g} ms ({_span(low, high)})" for name, value, low, high in timing.percentiles
    )
    rows, calls = _of(timing.batch, "row"), _of(timing.calls, "call")
    told = f"{timing.signature}: latency of {rows}: {figures}; {calls}"
    if timing.noise >= NOISY:
        told += f"; the machine's own speed varied by a factor of {timing.noise:.1f}"
    if timing.against is not None:
        version, value, low, high = timing.against
        told += f"; {value:.3g} times as long as version {version} ({_span(low, high)})"
    return told


def _span(low: float, high: float | None) -> str:
    return f"{low:.3g} or more" if high is None else f"{low:.3g} to {high:.3g}"
