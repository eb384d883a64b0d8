"""A regular expression as an automaton: matched in time linear in the text, whatever the pattern.

Thompson's construction over the tree that `re` itself parses, so that the meaning is Python's; the sets
of nodes that characters lead to are remembered. Look-around, back-references, possessive repeats, flags
and anything of more than `_MOST_NODES` nodes are left to others.
"""

import re
from collections.abc import Iterable
from re import _constants as sre  # type: ignore[attr-defined]  # the parser of `re` has no public name
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any, Final

_MOST_NODES: Final = 5_000
_MOST_MEMORIES: Final = 20_000


class NotRegularError(Exception):
    """No automaton of a bearable size says this."""


_LAST_LINE_FEED: Final = "\n$"
_START, _WORD, _OTHER = range(3)
"""What stands before a position: the beginning of the text, a word character, another."""

Edge = tuple[str, object, int]
"""(`read`, the test of a character, target) or (`free`, the condition of an anchor or None, target)."""


def _is_word(character: str) -> bool:
    return character == "_" or character.isalnum()


class Automaton:
    """Nodes with edges; sets of nodes are followed, and each step from a set is remembered."""

    def __init__(self, source: str) -> None:
        self._edges: list[list[Edge]] = []
        tree = sre_parser.parse(source)
        self._flags: int = tree.state.flags
        if self._flags & (re.IGNORECASE | re.ASCII | re.MULTILINE):
            raise NotRegularError
        self._first = self._node()
        self._accept = self._sequence(tree, self._first)
        self.edges = tuple(map(tuple, self._edges))
        self.first, self.accept = self._first, self._accept
        self._memory: dict[tuple[frozenset[int], int, str], tuple[frozenset[int], bool]] = {}

    def finds(self, text: str) -> bool:
        """Whether the pattern is found anywhere in the text."""
        states, before = frozenset([self._first]), _START
        for at, character in enumerate(text):
            # `$` stands before a line feed that is the last character, too.
            is_last = character == "\n" and at == len(text) - 1
            key = (states, before, _LAST_LINE_FEED if is_last else character)
            known = self._memory.get(key)
            if known is None:
                known = self._step(*key)
                if len(self._memory) >= _MOST_MEMORIES:
                    self._memory.clear()
                self._memory[key] = known
            states, accepted = known
            if accepted:
                return True
            before = _WORD if _is_word(character) else _OTHER
        return self._accept in self._closure(states, before, None)

    def _step(self, states: frozenset[int], before: int, character: str) -> tuple[frozenset[int], bool]:
        reached = self._closure(states, before, character)
        character = character[:1]
        moved = {self._first}
        for node in reached:
            moved.update(
                target
                for kind, test, target in self._edges[node]
                if kind == "read" and reads(test, character)
            )
        return frozenset(moved), self._accept in reached

    def _closure(self, states: frozenset[int], before: int, after: str | None) -> set[int]:
        seen, waiting = set(states), list(states)
        while waiting:
            for kind, anchor, target in self._edges[waiting.pop()]:
                if kind == "free" and target not in seen and _holds(anchor, before, after):
                    seen.add(target)
                    waiting.append(target)
        return seen

    def _node(self) -> int:
        if len(self._edges) >= _MOST_NODES:
            raise NotRegularError
        self._edges.append([])
        return len(self._edges) - 1

    def _edge(self, start: int, kind: str, test: object, target: int | None = None) -> int:
        end = self._node() if target is None else target
        self._edges[start].append((kind, test, end))
        return end

    def _sequence(self, parts: Iterable[tuple[Any, Any]], start: int) -> int:
        for operator, argument in parts:
            start = self._part(operator, argument, start)
        return start

    def _part(self, operator: Any, argument: Any, start: int) -> int:
        match operator:
            case sre.LITERAL | sre.NOT_LITERAL | sre.ANY | sre.IN:
                return self._edge(start, "read", (operator, argument, bool(self._flags & re.DOTALL)))
            case sre.AT:
                return self._edge(start, "free", _anchor(argument))
            case sre.SUBPATTERN:
                if argument[1] or argument[2]:
                    raise NotRegularError
                return self._sequence(argument[3], start)
            case sre.BRANCH:
                return self._branch(argument[1], start)
            case sre.MAX_REPEAT | sre.MIN_REPEAT:
                least, most, parts = argument
                return self._repeat(least, most, parts, start)
            case _:
                raise NotRegularError

    def _branch(self, ways: Iterable[Any], start: int) -> int:
        end = self._node()
        for way in ways:
            self._edge(self._sequence(way, self._edge(start, "free", None)), "free", None, end)
        return end

    def _repeat(self, least: int, most: Any, parts: Any, start: int) -> int:
        for _ in range(least):
            start = self._sequence(parts, self._edge(start, "free", None))
        if most is sre.MAXREPEAT:
            loop = self._edge(start, "free", None)
            self._edge(self._sequence(parts, self._edge(loop, "free", None)), "free", None, loop)
            return self._edge(loop, "free", None)
        end = self._node()
        for _ in range(int(most) - least):
            self._edge(start, "free", None, end)
            start = self._sequence(parts, self._edge(start, "free", None))
        return self._edge(start, "free", None, end)


def _anchor(argument: Any) -> str:
    names = {
        sre.AT_BEGINNING: "start",
        sre.AT_BEGINNING_STRING: "start",
        sre.AT_END: "end",
        sre.AT_END_STRING: "very end",
        sre.AT_BOUNDARY: "boundary",
        sre.AT_NON_BOUNDARY: "inside",
    }
    if argument not in names:
        raise NotRegularError
    return names[argument]


def _holds(anchor: object, before: int, after: str | None) -> bool:
    match anchor:
        case None:
            return True
        case "start":
            return before == _START
        case "very end":
            return after is None
        case "end":
            return after is None or after == _LAST_LINE_FEED
    if before == _START and after is None:
        # `re` finds neither \b nor \B in the empty text (before Python 3.14).
        return False
    boundary = (before == _WORD) != (after is not None and _is_word(after[:1]))
    return boundary if anchor == "boundary" else not boundary


def reads(test: Any, character: str) -> bool:
    """Whether the test of an edge reads a character."""
    operator, argument, dot_all = test
    code = ord(character)
    match operator:
        case sre.LITERAL:
            return bool(code == argument)
        case sre.NOT_LITERAL:
            return bool(code != argument)
        case sre.ANY:
            return dot_all or character != "\n"
    negated = argument[0][0] is sre.NEGATE
    return negated != any(_in(item, value, character) for item, value in argument[negated:])


def _in(item: Any, value: Any, character: str) -> bool:
    match item:
        case sre.LITERAL:
            return bool(ord(character) == value)
        case sre.RANGE:
            return bool(value[0] <= ord(character) <= value[1])
    name = str(value).removeprefix("CATEGORY_")
    return name.startswith("NOT_") != _CATEGORIES[name.removeprefix("NOT_")](character)


_CATEGORIES: Final = {
    "DIGIT": str.isdecimal,
    "SPACE": str.isspace,
    "WORD": _is_word,
}
