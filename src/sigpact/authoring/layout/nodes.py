"""A contract file as it is written: values with their quotes, anchors and comments, without their layout."""

from typing import Final

from sigpact.frozen import frozen


@frozen
class Comment:
    """A comment on lines of its own: one of them, with its `#`; `gap`: an empty line stands before it."""

    text: str
    gap: bool = False


@frozen
class Scalar:
    """A value as it is written, quotes and all.

    `lines` has more than one for a text over several, the others without their indentation. `is_block`: the
    first line is the header `|` or `>`; `keeps`: empty lines at its end are part of it (`|+`).
    """

    lines: tuple[str, ...]
    is_plain: bool = False
    is_block: bool = False
    keeps: bool = False
    anchor: str | None = None


@frozen
class Alias:
    """`*name`: the value of an anchor, once more."""

    name: str


@frozen
class Entry:
    """One entry of a mapping, or one item of a sequence (no key).

    `key` is as it is written, `name` what it says. Comments stand `above` it and `beside` it; `gap`: an empty
    line stands before it, below those above.
    """

    value: "Node"
    key: Scalar | None = None
    name: str | None = None
    above: tuple[Comment, ...] = ()
    beside: str | None = None
    gap: bool = False


@frozen
class Mapping:
    """Entries with keys; `tail` are the comments after the last. `in_lines`: each is on a line of its own."""

    entries: tuple[Entry, ...] = ()
    tail: tuple[Comment, ...] = ()
    anchor: str | None = None
    in_lines: bool = False


@frozen
class Sequence:
    """Entries without keys; `tail` and `in_lines` as of a mapping."""

    entries: tuple[Entry, ...] = ()
    tail: tuple[Comment, ...] = ()
    anchor: str | None = None
    in_lines: bool = False


Node = Scalar | Alias | Mapping | Sequence


@frozen
class Written:
    """A file: the comments that begin it, its value, and how its lines end.

    `version` is that of a `%YAML` line; `gap`: an empty line stands after the head.
    """

    root: Node
    head: tuple[Comment, ...] = ()
    gap: bool = False
    version: str | None = None
    end: str = "\n"


EMPTY: Final = Scalar(("null",), is_plain=True)
"""How an empty value is written."""


def has_comments(node: Node) -> bool:
    """Whether a comment stands anywhere inside a value."""
    match node:
        case Mapping(entries=entries, tail=tail) | Sequence(entries=entries, tail=tail):
            return bool(tail) or any(
                each.above or each.beside is not None or has_comments(each.value) for each in entries
            )
        case _:
            return False


def has_anchors(node: Node) -> bool:
    """Whether a value, or one inside it, has an anchor or is an alias."""
    match node:
        case Alias():
            return True
        case Scalar(anchor=anchor):
            return anchor is not None
        case Mapping(entries=entries, anchor=anchor) | Sequence(entries=entries, anchor=anchor):
            keys = (each.key for each in entries if each.key is not None)
            inside = any(has_anchors(each.value) for each in entries)
            return inside or anchor is not None or any(each.anchor is not None for each in keys)


def is_open(node: Node) -> bool:
    """Whether empty lines after a value would be part of it: its last scalar keeps them."""
    match node:
        case Scalar(keeps=keeps):
            return keeps
        case Mapping(entries=(*_, last), tail=()) | Sequence(entries=(*_, last), tail=()):
            return is_open(last.value)
        case _:
            return False
