"""Texts that an automaton accepts, of lengths that are asked for: walks through it that can still arrive.

Anchors and word boundaries are passed as if they held: whoever asks matches the texts afterwards.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from re import _constants as sre  # type: ignore[attr-defined]  # as in `automaton`
from typing import Any, Final

import numpy as np

from sigpact.values.automaton import Automaton, Edge, reads
from sigpact.values.texts import ALPHABETS

LONGEST: Final = 512
"""No walk is longer: what a pattern needs is filled up from there."""
_SHARE_OF_PLAIN: Final = 0.5
_PLAIN: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,:/@+"
_EVERY: Final = "".join(dict.fromkeys(_PLAIN + "".join(map(chr, range(128))) + "".join(ALPHABETS)))


class Walks:
    """The ways through an automaton, by how many characters they read."""

    def __init__(self, automaton: Automaton, most: int) -> None:
        self._edges = automaton.edges
        self._first = automaton.first
        self._back = self._arriving(automaton.accept, min(most, LONGEST))
        self._used: set[tuple[int, int]] = set()

    @property
    def lengths(self) -> list[int]:
        """How many characters a whole walk may read."""
        return [length for length, nodes in enumerate(self._back) if self._first in nodes]

    def text(self, length: int, rng: np.random.Generator) -> str:
        """Return the text of one walk of a length, by ways that none has taken yet where there are any."""
        node, found = self._first, []
        for left in range(length, 0, -1):
            ways = [
                (at, number, edge)
                for at in self._reach(node)
                for number, edge in enumerate(self._edges[at])
                if edge[0] == "read" and edge[2] in self._back[left - 1]
            ]
            fresh = [way for way in ways if way[:2] not in self._used] or ways
            at, number, edge = fresh[int(rng.integers(len(fresh)))]
            self._used.add((at, number))
            found.append(_character(edge, rng))
            node = edge[2]
        return "".join(found)

    def _reach(self, start: int) -> list[int]:
        seen, waiting = {start}, [start]
        while waiting:
            for kind, _, target in self._edges[waiting.pop()]:
                if kind == "free" and target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return sorted(seen)

    def _arriving(self, accept: int, most: int) -> list[set[int]]:
        """Return the nodes from which the end is reached with 0, 1, … characters."""
        free: dict[int, list[int]] = {}
        read: dict[int, list[int]] = {}
        for node, edges in enumerate(self._edges):
            for kind, test, target in edges:
                if kind == "free":
                    free.setdefault(target, []).append(node)
                elif any(_characters(_hashable(test))):
                    read.setdefault(target, []).append(node)
        layers = [_closed({accept}, free)]
        for _ in range(most):
            before = {node for target in layers[-1] for node in read.get(target, ())}
            layers.append(_closed(before, free))
        return layers


def _closed(nodes: set[int], free: dict[int, list[int]]) -> set[int]:
    seen, waiting = set(nodes), list(nodes)
    while waiting:
        for node in free.get(waiting.pop(), ()):
            if node not in seen:
                seen.add(node)
                waiting.append(node)
    return seen


def _character(edge: Edge, rng: np.random.Generator) -> str:
    usual, others = _characters(_hashable(edge[1]))
    some = usual if usual and (not others or rng.random() < _SHARE_OF_PLAIN) else others
    return some[int(rng.integers(len(some)))]


def _hashable(test: Any) -> Any:
    return tuple(_hashable(each) for each in test) if isinstance(test, list | tuple) else test


@cache
def _characters(test: Any) -> tuple[str, str]:
    """Return plain characters that a test reads, and others; both are empty where it reads none of them."""
    operator, argument, _ = test
    named = chr(argument) if operator is sre.LITERAL else _named(argument) if operator is sre.IN else ""
    categories = operator is sre.IN and any(item is sre.CATEGORY for item, _ in argument)
    # ECMA 262 knows ASCII alone in \d, \w and \s.
    tried = "".join(dict.fromkeys(named + _EVERY))
    found = [
        each for each in tried if (not categories or each in named or each.isascii()) and reads(test, each)
    ]
    plain = "".join(each for each in found if each in _PLAIN)
    others = "".join(each for each in found if each not in _PLAIN)
    return plain, others


def _named(argument: Sequence[tuple[Any, Any]]) -> str:
    """Return what a set names itself: its letters, and the ends and the middle of its ranges."""
    found = []
    for item, value in argument:
        if item is sre.LITERAL:
            found.append(chr(value))
        elif item is sre.RANGE:
            low, high = value
            found += [chr(each) for each in (low, high, (low + high) // 2, *range(low, min(high, low + 64)))]
    return "".join(each for each in found if not "\ud800" <= each <= "\udfff")


def texts_of(
    automaton: Automaton, bounds: tuple[int, int], count: int, rng: np.random.Generator
) -> Iterator[str]:
    """Yield about `count` texts of lengths within bounds: the ends first, then all lengths that there are.

    Where walks are too short, something stands before or behind: the pattern may be found inside.
    """
    low, high = bounds
    walks = Walks(automaton, high)
    lengths = walks.lengths
    inside = [each for each in lengths if low <= each <= high]
    ends = [*inside[:2], *inside[-2:]] if inside else []
    for at in range(count if lengths else 0):
        if inside and (at < len(ends) or at % 4):
            length = ends[at] if at < len(ends) else inside[int(rng.integers(len(inside)))]
            yield walks.text(length, rng)
            continue
        core = walks.text(lengths[min(len(lengths) - 1, int(rng.integers(8)))], rng)
        wanted = (low, high, int(rng.integers(low, high, endpoint=True)))[at // 4 % 3]
        filling = "".join(_PLAIN[each] for each in rng.integers(0, len(_PLAIN), max(0, wanted - len(core))))
        cut = int(rng.integers(0, len(filling), endpoint=True))
        before, after = filling[:cut], filling[cut:]
        if rng.random() < _SHARE_OF_PLAIN:  # a word apart
            before, after = before[:-1] + " " * bool(before), " " * bool(after) + after[1:]
        yield before + core + after
