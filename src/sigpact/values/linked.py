"""Sizes that expressions link: which ends of their ranges no shapes go with, by arithmetic on intervals.

Of `(n-400)//160+1` no `n` below 400 makes one frame. What is cut off here goes with nothing; what is left may
still not go together, and is tried.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sigpact.expressions import Binary, Call, Name, Node, Number, Unary, names_in

Interval = tuple[float, float]
Spans = Mapping[str, tuple[int, int]]
"""By name: the least and the greatest size."""

_ANY: Final[Interval] = (-math.inf, math.inf)
_ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class Link:
    """An expression over names that is `least` or more and `most` or less in every call."""

    tree: Node
    least: int
    most: float = math.inf

    def allows(self, spans: Mapping[str, Interval]) -> bool:
        """Whether some sizes within the spans may satisfy it."""
        low, high = interval(self.tree, spans)
        return low <= self.most and high >= self.least

    @property
    def names(self) -> frozenset[str]:
        """The names that it speaks of."""
        return frozenset(names_in(self.tree))


def tightened(links: Sequence[Link], groups: Sequence[tuple[str, ...]], spans: Spans) -> Spans | None:
    """Return the spans without ends that no link allows; None where nothing is left.

    The names of a group have one size.
    """
    found = dict(spans)
    for _ in range(_ROUNDS):
        before = dict(found)
        for group in groups:
            for link in links:
                if link.names.isdisjoint(group):
                    continue
                low, high = found[group[0]]
                ends = [_end(link, group, found, (low, high), up=up) for up in (True, False)]
                if None in ends:
                    return None
                found |= dict.fromkeys(group, (ends[0] or 0, ends[1] or 0))
        if found == before:
            return found
    return found


def _end(link: Link, group: tuple[str, ...], spans: Spans, span: tuple[int, int], *, up: bool) -> int | None:
    """Return the first size that a link allows, upwards from a span's least or downwards from its most."""
    low, high = span
    if low > high or not link.allows({**spans, **dict.fromkeys(group, span)}):
        return None
    if low == high:
        return low
    middle = (low + high) // 2
    halves = ((low, middle), (middle + 1, high))
    found = (_end(link, group, spans, half, up=up) for half in (halves if up else halves[::-1]))
    return next((each for each in found if each is not None), None)


def interval(tree: Node, spans: Mapping[str, Interval]) -> Interval:
    """Return bounds of a dimension expression whose names lie within spans; exact where these are points."""
    match tree:
        case Number(value=int() as value):
            return value, value
        case Name(name=name) if name in spans:
            return spans[name]
        case Unary(operator="-", operand=operand):
            low, high = interval(operand, spans)
            return -high, -low
        case Binary(operator=sign, left=left, right=right):
            return _binary(sign, interval(left, spans), interval(right, spans))
        case Call(function="min" | "max" as name, arguments=arguments) if arguments:
            choose = min if name == "min" else max
            found = [interval(each, spans) for each in arguments]
            return choose(low for low, _ in found), choose(high for _, high in found)
        case _:
            return _ANY


def _binary(sign: str, left: Interval, right: Interval) -> Interval:
    if not all(map(math.isfinite, (*left, *right))):
        return _ANY
    found = _ANY
    match sign:
        case "+":
            found = left[0] + right[0], left[1] + right[1]
        case "-":
            found = left[0] - right[1], left[1] - right[0]
        case "*":
            found = _hull(a * b for a in left for b in right)
        case "//" if right[0] > 0 or right[1] < 0:
            found = _hull(a // b for a in left for b in right)
        case "%" if right[0] > 0:
            is_point = left[0] == left[1] and right[0] == right[1]
            found = (left[0] % right[0], left[0] % right[0]) if is_point else (0, right[1] - 1)
    return found


def _hull(found: Iterator[float]) -> Interval:
    every = list(found)
    return min(every), max(every)
