"""At most so many findings of one kind for a signature, then a count of the rest."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from sigpact.findings import Finding
from sigpact.frozen import replace

MOST: Final = 8
"""So many findings of one kind a signature are told: who has read these knows what the rest is."""
_NAMED: Final = 12
"""So many of the rest are named."""

T = TypeVar("T")


def ranked(found: Iterable[T], kind: Callable[[T], Hashable]) -> Iterator[tuple[T, bool]]:
    """Yield each with whether it is among the first of its kind: what is told at length."""
    seen: dict[Hashable, int] = {}
    for each in found:
        mine = kind(each)
        seen[mine] = seen.get(mine, 0) + 1
        yield each, seen[mine] <= MOST


def capped(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings with at most `MOST` of a kind, those with a request first, and one for the rest.

    A kind is a rule and a level at one signature of one version for one client. It is how people are told:
    verdicts, waivers and reports as data have them all. What stands for the rest stands behind those of its
    kind that are shown.
    """
    ordered = sorted(enumerate(findings), key=lambda each: each[1].witness is None)
    shown = {at for (at, _), is_first in ranked(ordered, lambda each: _kind(each[1])) if is_first}
    rest: dict[Hashable, list[Finding]] = {}
    for at, each in enumerate(findings):
        if at not in shown:
            rest.setdefault(_kind(each), []).append(each)
    last = {_kind(findings[at]): at for at in sorted(shown)}
    return tuple(
        told
        for at, each in enumerate(findings)
        if at in shown
        for told in (each, *([_counted(rest[_kind(each)])] if _is_last(at, each, last, rest) else []))
    )


def _is_last(
    at: int, each: Finding, last: Mapping[Hashable, int], rest: Mapping[Hashable, list[Finding]]
) -> bool:
    kind = _kind(each)
    return last[kind] == at and kind in rest


def _kind(each: Finding) -> Hashable:
    whose = (each.span.file, each.client, each.model, each.version)
    return (*whose, each.signature, each.rule, each.level)


def _counted(rest: Sequence[Finding]) -> Finding:
    """Return the one finding that stands for the rest of a kind."""
    places = list(dict.fromkeys(_place(each) for each in rest))
    more = f" and {len(places) - _NAMED:,} others" if len(places) > _NAMED else ""
    told = f"{len(rest):,} more like the {MOST} that are shown: {', '.join(places[:_NAMED])}{more}"
    return replace(
        rest[0], at=("more",), change="more", message=told, witness=None,
        expected="", received="", why="", mend_model="", mend_client="",
    )  # fmt: skip


def _place(each: Finding) -> str:
    """Say what a finding is about, in the words of the contract."""
    if each.rule == "example-mismatch":
        return repr(each.change)
    return " ".join(map(str, each.at[1:])) or each.change
