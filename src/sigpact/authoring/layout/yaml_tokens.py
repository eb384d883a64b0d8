"""YAML text -> `Token`s: PyYAML's events that stand for characters, each with the comments that follow it."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final, cast

import yaml

from sigpact.authoring.layout.nodes import Comment
from sigpact.authoring.layout.yaml_scalars import header_comment
from sigpact.contract.yaml_source import events
from sigpact.frozen import frozen

BREAK: Final = re.compile(r"\r\n|\n|\r")
_COMMENT: Final = re.compile("#[^\r\n\x85\u2028\u2029]*")
_ANCHOR: Final = re.compile(r"&[^\s,\[\]{}]+")
_SKIP: Final = re.compile("(?:[\\s\ufeff]|#[^\r\n\x85\u2028\u2029]*)*")
_INDICATORS: Final = " \t-?:"
"""What may stand on a line before its first value."""


@frozen
class Found:
    """A comment on a line of its own. `column` counts from 0; behind a dash it is -1: the next item's.

    `following` is the column of what comes after it, -1 at the end of the file.
    """

    column: int
    following: int
    comment: Comment


@frozen
class Token:
    """An event, without its anchor, which is a token before it (`anchor`, no event).

    `start` and `end` are offsets, equal where it stands for no character. `beside` are the comments on the
    line where it ends, `below` those on lines of their own until the next token.
    """

    event: Any
    start: int
    end: int
    anchor: str | None = None
    beside: tuple[str, ...] = ()
    below: tuple[Found, ...] = ()


class Text:
    """The characters of a file by line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in BREAK.finditer(text))]

    def line(self, offset: int) -> int:
        """Return the offset of the first character of a line."""
        return self._starts[bisect_right(self._starts, offset) - 1]

    def column(self, offset: int) -> int:
        """Return how many characters stand before an offset on its line."""
        return offset - self.line(offset)

    def begins_line(self, offset: int) -> bool:
        """Whether nothing but dashes and the like stands before an offset on its line."""
        return not self.text[self.line(offset) : offset].strip(_INDICATORS)

    def has_gap(self, offset: int) -> bool:
        """Whether an offset begins its line, and the line before is empty."""
        line = self.line(offset)
        before = self.text[self.line(line - 1) : line] if line else "x"
        return not before.strip() and self.begins_line(offset)

    def structural(self, offset: int) -> int:
        """Return the offset of the next character that is neither white space nor in a comment."""
        match = _SKIP.match(self.text, offset)
        return match.end() if match else offset


def tokens(source: str) -> tuple[Token, ...]:
    """Return the tokens of a text that could be read before; the first is the beginning of the document."""
    text = Text(source)
    plain = list(_plain(text))
    wide = [at for at, each in enumerate(plain) if at == 0 or each.end > each.start]
    for at, after in zip(wide, [*wide[1:], None], strict=True):
        token = plain[at]
        end = len(source) if after is None else plain[after].start
        beside, below = _between(text, token, end)
        plain[at] = Token(token.event, token.start, token.end, token.anchor, beside, below)
    return tuple(plain)


def comments(source: str) -> Iterator[str]:
    """Yield every comment of a text that could be read before."""
    for token in tokens(source):
        yield from token.beside
        yield from (each.comment.text for each in token.below)
        if isinstance(token.event, yaml.ScalarEvent):
            header = header_comment(source[token.start : token.end])
            yield from () if header is None else (header,)


def _plain(text: Text) -> Iterator[Token]:
    """Yield the tokens without comments."""
    for event in cast("Iterator[Any]", events(text.text)):
        start, end = event.start_mark.index, event.end_mark.index
        anchor = getattr(event, "anchor", None)
        if anchor is not None and not isinstance(event, yaml.AliasEvent):
            match = _ANCHOR.match(text.text, start)
            behind = match.end() if match else start
            yield Token(None, start, behind, anchor)
            start = min(text.structural(behind), end) if isinstance(event, yaml.ScalarEvent) else behind
        match event:
            case yaml.StreamStartEvent() | yaml.StreamEndEvent():
                continue
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                start = text.structural(start)
                end = start + (bool(event.flow_style) and text.text[start] in "{[")
            case yaml.DocumentStartEvent() | yaml.DocumentEndEvent():
                start = end
        yield Token(event, start, end, anchor)


def _between(text: Text, token: Token, end: int) -> tuple[tuple[str, ...], tuple[Found, ...]]:
    """Return the comments after a token: on its line, and on lines of their own."""
    beside: list[str] = []
    below: list[Found] = []
    is_first = isinstance(token.event, yaml.DocumentStartEvent)
    offset = 0 if is_first else token.end
    while match := _COMMENT.search(text.text, offset, end):
        offset = match.end()
        said, start = match.group().rstrip(), match.start()
        if not is_first and text.line(start) <= max(token.end - 1, 0):
            beside.append(said)
            continue
        dashed = bool(text.text[text.line(start) : start].strip())
        after = text.structural(start)
        following = text.column(after) if after < len(text.text) else -1
        column = -1 if dashed else text.column(start)
        below.append(Found(column, following, Comment(said, not dashed and text.has_gap(start))))
    return tuple(beside), tuple(below)
