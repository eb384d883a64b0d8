"""YAML text -> `Tree`: PyYAML's events, scalars of YAML 1.2's core, guards before anything is composed.

The events come from libyaml where PyYAML was built with it, else from PyYAML's own parser: the same
events, slower. Composing is done here because libyaml's composer recurses (200,000 brackets crash it).
"""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import yaml

from sigpact.contract.tree import MAX_DEPTH, MAX_DIGITS, MAX_NODES, SourceError, Tree
from sigpact.findings import Path

_NUMBER: Final = re.compile(
    r"(?P<int>[-+]?[0-9]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|0o(?P<octal>[0-7]+)|0x(?P<hex>[0-9a-fA-F]+)"
    r"|(?P<inf>[-+]?\.(?:inf|Inf|INF))|(?P<nan>\.(?:nan|NaN|NAN))"
)
_CONVERT: Final[dict[str, Callable[[str], int | float]]] = {
    "int": int,
    "float": float,
    "octal": lambda text: int(text, 0),
    "hex": lambda text: int(text, 0),
    "inf": lambda text: float(text.replace(".", "")),
    "nan": lambda text: float(text[1:]),
}
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]")
_WORDS: Final[dict[str, bool | None]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_FIRST_OF_NUMBER: Final = frozenset("+-.0123456789")
_PROPERTIES: Final = re.compile(r"&\S+\s+")

_HINTS: Final = (
    ("unknown escape", r"in double quotes a backslash begins an escape: write '\d' in single quotes"),
    ("cannot start any token", "a text with this character here wants quotes; indentation wants spaces"),
    ("tab character", "indentation wants spaces, not tabs"),
    ("expected ',' or ']'", "a text with a comma or brackets inside [ ] wants quotes"),
    ("expected ',' or '}'", "a text with a comma or brackets inside { } wants quotes"),
    ("mapping values are not allowed", "a text with ': ' inside wants quotes, or the indentation is off"),
)


class _Node:
    """A scalar (`value`), a list (`items`) or a mapping (`entries`), and how many nodes it expands to."""

    __slots__ = ("entries", "items", "offset", "size", "value")

    def __init__(
        self,
        offset: int,
        value: bool | float | str | None = None,  # noqa: FBT001 - a scalar of the file
        items: "list[_Node] | None" = None,
        entries: "dict[str, tuple[int, _Node]] | None" = None,
        size: int = 1,
    ) -> None:
        self.offset = offset
        self.value = value
        self.items = items
        self.entries = entries
        self.size = size


class _Open:
    """A collection whose end has not come: its node, its anchor, and the key that waits for its value."""

    __slots__ = ("anchor", "key", "node")

    def __init__(self, node: _Node, anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.key: tuple[str, int] | None = None


def fill(tree: Tree, text: str) -> None:
    """Fill a tree from YAML text. Raises `SourceError`."""
    try:
        root = _Composer(tree, text).compose(events(text))
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error) from None
    except yaml.reader.ReaderError as error:
        raise SourceError(*_unreadable(error, text)) from None
    tree.data = _flatten(tree, root, (), 1)


def events(text: str) -> "Iterator[yaml.Event]":
    """Yield the events of a text, as libyaml or PyYAML's own parser gives them."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    next_event = loader.get_event
    try:
        while (event := next_event()) is not None:
            yield event
    finally:
        loader.dispose()


def _syntax_error(error: yaml.MarkedYAMLError) -> SourceError:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or error.context or "cannot be read"
    hint = next((f"; {hint}" for sign, hint in _HINTS if sign in problem), "")
    context = f" {error.context}" if error.context and error.problem else ""
    return SourceError(mark.index if mark else 0, f"not YAML: {problem}{context}{hint}")


def _unreadable(error: yaml.reader.ReaderError, text: str) -> tuple[int, str]:
    at = min(error.position, len(text) - 1)
    if ord(text[at]) != error.character:
        # libyaml counts bytes here, PyYAML's own reader counts characters
        at = len(text.encode()[: error.position].decode(errors="ignore"))
    return (
        at,
        f"the character U+{error.character:04X} is not allowed in YAML: write it as an escape in quotes",
    )


class _Composer:
    """Builds nodes from events with a stack of its own, and refuses early."""

    def __init__(self, tree: Tree, text: str) -> None:
        self._tree = tree
        self._text = text
        self._open: list[_Open] = []
        self._anchors: dict[str, _Node | None] = {}
        self._root: _Node | None = None

    def compose(self, events: "Iterator[yaml.Event]") -> _Node:
        """Return the root of the only document."""
        take = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        for event in events:
            handle = take.get(type(event))
            if handle is not None:
                handle(event)
        if self._root is None:
            raise SourceError(0, "the file is empty; a contract begins with 'contract: 1'")
        return self._root

    def _document(self, event: Any) -> None:
        if self._root is not None:
            raise SourceError(
                event.start_mark.index, "a second document begins here; a file holds one contract"
            )

    def _scalar(self, event: Any) -> None:
        offset = self._offset(event)
        waits = self._open[-1] if self._open else None
        if waits is not None and waits.node.entries is not None and waits.key is None:
            if event.anchor is not None:
                self._anchors[event.anchor] = _Node(offset, event.value)
            self._key(waits, event, offset)
            return
        value = self._resolved(event.value, offset) if event.implicit[0] else event.value
        self._add(_Node(offset, value), event.anchor)

    def _key(self, waits: _Open, event: Any, offset: int) -> None:
        if event.implicit[0] and event.value == "<<":
            raise SourceError(offset, "merge keys '<<' are not YAML 1.2; 'types' and 'each' say a thing once")
        if event.implicit[0] and not event.value:
            raise SourceError(offset, "a key is missing before ':'")
        waits.key = (event.value, offset)

    def _start(self, event: Any) -> None:
        offset = self._offset(event)
        if len(self._open) >= MAX_DEPTH:
            raise SourceError(offset, f"nesting is over {MAX_DEPTH} levels")
        node = _Node(offset)
        if isinstance(event, yaml.MappingStartEvent):
            node.entries = {}
        else:
            node.items = []
        if self._open and self._open[-1].node.entries is not None and self._open[-1].key is None:
            raise SourceError(offset, "a key is a text, found a list or a mapping; quote it if it is a text")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Open(node, event.anchor))

    def _end(self, _event: Any) -> None:
        done = self._open.pop()
        self._add(done.node, done.anchor)

    def _alias(self, event: Any) -> None:
        name, offset = event.anchor, event.start_mark.index
        if name not in self._anchors:
            raise SourceError(
                offset, f"'*{name}' is a YAML alias and no anchor '&{name}' stands before it: quote it"
            )
        target = self._anchors[name]
        if target is None:
            raise SourceError(offset, f"the alias '*{name}' stands inside its own anchor: it never ends")
        waits = self._open[-1] if self._open else None
        if waits is not None and waits.node.entries is not None and waits.key is None:
            raise SourceError(offset, f"a key is a text, found the alias '*{name}': write the key itself")
        self._add(_Node(offset, target.value, target.items, target.entries, target.size), None)

    def _mistake(self, offset: int, message: str) -> None:
        self._tree.mistakes.append((offset, message))

    def _add(self, node: _Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.node.size += node.size
        if parent.node.size > MAX_NODES:
            raise SourceError(
                node.offset, f"aliases make this more than {MAX_NODES:,} values: write it out, shorter"
            )
        if parent.node.items is not None:
            parent.node.items.append(node)
        elif parent.node.entries is not None and parent.key is not None:
            self._entry(parent.node.entries, *parent.key, node)
            parent.key = None

    def _entry(self, entries: dict[str, tuple[int, _Node]], key: str, offset: int, node: _Node) -> None:
        first = entries.setdefault(key, (offset, node))
        if first[0] != offset:
            line = self._text.count("\n", 0, first[0]) + 1
            self._mistake(offset, f"{key!r} is written twice, first on line {line}: remove one")

    def _offset(self, event: Any) -> int:
        offset: int = event.start_mark.index
        if getattr(event, "tag", None) is not None:
            raise SourceError(offset, f"the tag '{event.tag}' is refused: a contract is plain data")
        if event.anchor is not None:
            match = _PROPERTIES.match(self._text, offset)
            return match.end() if match else offset
        return offset

    def _resolved(self, text: str, offset: int) -> bool | int | float | str | None:
        """Return what a plain scalar is in YAML 1.2's core schema."""
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in _FIRST_OF_NUMBER:
            return text
        match = _NUMBER.fullmatch(text)
        if match is None:
            return text
        if _LEADING_ZERO.match(text):
            self._mistake(
                offset, f"{text} has a leading zero: quote it if it is a text, else remove the zero"
            )
            return text
        return self._number(text, match, offset)

    def _number(self, text: str, match: re.Match[str], offset: int) -> int | float | str:
        if len(text) > MAX_DIGITS:
            self._mistake(
                offset, f"a number has at most {MAX_DIGITS} digits, found {len(text)}: is it a text?"
            )
            return text
        convert = _CONVERT[match.lastgroup or "float"]
        value = convert(text)
        if match.lastgroup == "float" and math.isinf(value):
            self._mistake(offset, f"{text} is beyond what a float64 holds; infinity is written .inf")
        return value


def _flatten(tree: Tree, node: _Node, path: Path, depth: int) -> object:
    """Return the data of a node; its places, and those of all below, go into the tree."""
    tree.values[path] = node.offset
    if node.items is None and node.entries is None:
        return node.value
    if depth > MAX_DEPTH:
        raise SourceError(node.offset, f"nesting is over {MAX_DEPTH} levels")
    tree.collections.add(path)
    if node.items is not None:
        return [_flatten(tree, item, (*path, index), depth + 1) for index, item in enumerate(node.items)]
    data = {}
    for key, (offset, value) in (node.entries or {}).items():
        below = (*path, key)
        tree.keys[below] = offset
        data[key] = _flatten(tree, value, below, depth + 1)
    return data
