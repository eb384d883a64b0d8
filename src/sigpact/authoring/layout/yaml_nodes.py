"""YAML text -> `Written`: every comment is given to one entry.

On the line of something it stands `beside` it; on lines of its own it stands `above` what follows, or,
indented further than that, at the `tail` of what went before.
"""

from typing import Final

import yaml

from sigpact.authoring.layout import yaml_scalars
from sigpact.authoring.layout.nodes import Alias, Comment, Entry, Mapping, Node, Sequence, Written
from sigpact.authoring.layout.yaml_tokens import BREAK, Found, Text, Token, tokens
from sigpact.frozen import replace

_ENDS: Final = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class _Slot:
    """The comments of one entry while it is read."""

    def __init__(self, above: list[Comment]) -> None:
        self.above = above
        self._beside: list[str] = []

    def put_beside(self, comment: str) -> None:
        """Note a comment beside the entry; the one that was there moves above."""
        self.put_above([])
        self._beside = [comment]

    def put_above(self, comments: list[Comment]) -> None:
        """Note comments on lines of their own; the one that was beside comes before them."""
        self.above += [Comment(each) for each in self._beside]
        self.above += comments
        self._beside = []

    @property
    def beside(self) -> str | None:
        """The last comment beside the entry."""
        return self._beside[0] if self._beside else None


def written(text: str) -> Written:
    """Return the file of a text that could be read before (`contract.source.parse`)."""
    return _Reader(text).document()


class _Reader:
    """Goes through the tokens once; `_pending` are comments that stand before the next token."""

    def __init__(self, text: str) -> None:
        self._text = Text(text)
        self._tokens = tokens(text)
        self._at = 0
        self._pending: list[Found] = []

    def document(self) -> Written:
        """Read the only document."""
        slot = _Slot([])
        version = self._take(slot).event.version
        head, gap = self._head()
        root = self._value(slot)
        end = slot.above + [Comment(each) for each in (slot.beside,) if each is not None] + self._own()
        match root:
            case Mapping(entries=entries, tail=tail, anchor=anchor) if entries:
                root = Mapping(entries, (*tail, *end), anchor)
            case _:
                head += end
        first = BREAK.search(self._text.text)
        return Written(
            root,
            tuple(head),
            gap=gap,
            version=".".join(map(str, version)) if version else None,
            end="\r\n" if first and first.group() == "\r\n" else "\n",
        )

    def _head(self) -> tuple[list[Comment], bool]:
        """Take the comments that begin the file: up to the last empty line among them, or all."""
        gaps = [at for at, each in enumerate(self._pending) if at and each.comment.gap]
        if self._pending and self._text.has_gap(self._text.structural(self._tokens[1].start)):
            gaps.append(len(self._pending))
        upto = gaps[-1] if gaps else len(self._pending)
        found = [each.comment for each in self._pending[:upto]]
        self._pending = [
            replace(each, comment=replace(each.comment, gap=at > 0 and each.comment.gap))
            for at, each in enumerate(self._pending[upto:])
        ]
        return found, bool(gaps)

    def _take(self, slot: _Slot) -> Token:
        """Go on by one token; the comments on its line go beside the entry."""
        token = self._tokens[self._at]
        self._at += 1
        for each in token.beside:
            slot.put_beside(each)
        self._pending += token.below
        return token

    def _own(self) -> list[Comment]:
        found = [each.comment for each in self._pending]
        self._pending.clear()
        return found

    def _put_own(self, slot: _Slot) -> None:
        """Put what is pending above the entry, if anything is."""
        if self._pending:
            slot.put_above(self._own())

    def _anchor(self, slot: _Slot) -> str | None:
        if self._tokens[self._at].event is not None:
            return None
        self._put_own(slot)
        return self._take(slot).anchor

    def _value(self, slot: _Slot) -> Node:
        """Read a value; comments around it go into the slot of its entry, those inside stay inside."""
        anchor = self._anchor(slot)
        token = self._tokens[self._at]
        if token.end > token.start:
            self._put_own(slot)
        self._take(slot)
        match token.event:
            case yaml.AliasEvent():
                return Alias(str(token.event.anchor))
            case yaml.ScalarEvent():
                raw = self._text.text[token.start : token.end]
                if comment := yaml_scalars.header_comment(raw):
                    slot.put_beside(comment)
                return yaml_scalars.scalar(token.event, raw, anchor)
            case _:
                return self._collection(token, anchor, slot)

    def _collection(self, token: Token, anchor: str | None, slot: _Slot) -> Mapping | Sequence:
        is_mapping = isinstance(token.event, yaml.MappingStartEvent)
        entries = []
        while not isinstance(self._tokens[self._at].event, _ENDS):
            entries.append(self._entry(is_mapping=is_mapping))
        if not token.event.flow_style:
            tail = self._tail(self._text.column(token.start))
        else:
            tail = self._own() if token.end > token.start else []
        self._take(slot)
        if not entries and tail:
            slot.put_above(tail)
            tail = []
        return (Mapping if is_mapping else Sequence)(tuple(entries), tuple(tail), anchor)

    def _entry(self, *, is_mapping: bool) -> Entry:
        gap = self._text.has_gap(self._tokens[self._at].start)
        slot = _Slot(self._own())
        key, name = None, None
        if is_mapping:
            anchor = self._anchor(slot)
            token = self._take(slot)
            raw = self._text.text[token.start : token.end]
            key, name = yaml_scalars.key(token.event, raw, anchor), token.event.value
        value = self._value(slot)
        return Entry(value, key, name, tuple(slot.above), slot.beside, gap=gap)

    def _tail(self, column: int) -> list[Comment]:
        """Take the comments that belong to a collection in lines which ends here, at that column."""
        count = 0
        for each in self._pending:
            if each.column < column or each.column <= each.following:
                break
            count += 1
        found = [each.comment for each in self._pending[:count]]
        del self._pending[:count]
        return found
