"""`Written` -> YAML text, in the one layout.

A collection stands on one line, in brackets, where it fits there, has no comment inside and does not want
lines (`order`). Otherwise each entry has a line of its own; a list of scalars alone fills lines in brackets.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from sigpact.authoring.layout.nodes import (
    Alias,
    Comment,
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Written,
    has_comments,
    is_open,
)
from sigpact.authoring.layout.yaml_scalars import anchored, in_brackets
from sigpact.frozen import replace

WIDTH: Final = 100
"""Characters of a line; a comment beside something may go beyond it, and so may what cannot be broken."""
_STEP: Final = "  "
_SECTIONS: Final = frozenset({"dims", "types", "signatures", "relations", "regressions"})
"""Keys of the document that an empty line stands before."""


def laid_out(written: Written) -> str:
    """Return the text of a file whose root is arranged."""
    lines = [] if written.version is None else [f"%YAML {written.version}", "---"]
    lines += _comments(written.head)
    if written.gap and written.head:
        lines.append("")
    match written.root:
        case (Mapping() | Sequence()) as root if root.entries:
            lines += _block(root, WIDTH, is_root=True)
        case root:
            lines.append(one_line(root) or "")
    return written.end.join([*lines, ""])


def one_line(node: Node) -> str | None:
    """Return a value as it stands on one line inside brackets, or `None` where it cannot."""
    match node:
        case Alias(name=name):
            return f"*{name}"
        case Scalar(lines=lines):
            return in_brackets(node) if len(lines) == 1 else None
    if node.entries and (node.in_lines or has_comments(node)):
        return None
    parts = [_part(each) for each in node.entries]
    inside = ", ".join(each for each in parts if each is not None)
    whole = f"{{{inside}}}" if isinstance(node, Mapping) else f"[{inside}]"
    return None if None in parts else anchored(node.anchor, whole)


def _part(entry: Entry) -> str | None:
    value = one_line(entry.value)
    return value if entry.key is None or value is None else f"{in_brackets(entry.key)}: {value}"


def _block(node: Mapping | Sequence, room: int, *, is_root: bool = False) -> list[str]:
    """Return a collection with a line, or more, for each entry; `room` is the width that is left."""
    lines: list[str] = []
    before: Entry | None = None
    for each in map(_hoisted, node.entries):
        above, own = _entry(each, room)
        gap = each.above[0].gap if each.above else each.gap
        gap = gap or (is_root and each.name in _SECTIONS)
        if before is not None and gap and not is_open(before.value):
            lines.append("")
        lines += above
        if each.above and each.gap:
            lines.append("")
        lines += own
        before = each
    if node.tail and node.tail[0].gap and before is not None and not is_open(before.value):
        lines.append("")
    return [*lines, *_comments(node.tail)]


def _hoisted(entry: Entry) -> Entry:
    """Return an item above which stands what is said above its own first entry: that shares its line."""
    match entry:
        case Entry(key=None, value=(Mapping() | Sequence()) as node) if node.entries and node.anchor is None:
            first = _hoisted(node.entries[0])
            inside = (replace(first, above=()), *node.entries[1:])
            return replace(entry, value=replace(node, entries=inside), above=(*entry.above, *first.above))
        case _:
            return entry


def _comments(comments: Iterable[Comment]) -> list[str]:
    """Return comments, an empty line between them where there was one."""
    lines: list[str] = []
    for each in comments:
        lines += ["", each.text] if each.gap and lines else [each.text]
    return lines


def _entry(entry: Entry, room: int) -> tuple[list[str], list[str]]:
    """Return the comments above an entry, and its own lines."""
    above = _comments(entry.above)
    lead = "-" if entry.key is None else f"{anchored(entry.key.anchor, entry.key.lines[0])}:"
    beside = "" if entry.beside is None else f"  {entry.beside}"
    match entry.value:
        case Alias(name=name):
            return above, [f"{lead} *{name}{beside}"]
        case Scalar() as scalar:
            return above, _scalar(scalar, lead, beside)
        case collection:
            return _collection(collection, lead, above, beside, room)


def _scalar(scalar: Scalar, lead: str, beside: str) -> list[str]:
    first, *others = scalar.lines
    lines = [f"{lead} {anchored(scalar.anchor, first)}", *_indented(others)]
    at = 0 if scalar.is_block else -1
    lines[at] += beside
    return lines


def _collection(
    node: Mapping | Sequence, lead: str, above: list[str], beside: str, room: int
) -> tuple[list[str], list[str]]:
    line = one_line(node)
    if line is not None and len(lead) + 1 + len(line) <= room:
        return above, [f"{lead} {line}{beside}"]
    lead = lead if node.anchor is None else f"{lead} &{node.anchor}"
    if _may_fill(node):
        return above, _filled(node, lead, beside, room)
    lines = _block(node, room - len(_STEP))
    if lead != "-":
        return above, [f"{lead}{beside}", *_indented(lines)]
    # The first entry stands behind the dash, and what is said above it stands above the dash.
    above += [beside.strip()] if beside else []
    while lines[0].startswith("#") or not lines[0]:
        above.append(lines.pop(0))
    return above, [f"- {lines[0]}", *_indented(lines[1:])]


def _may_fill(node: Mapping | Sequence) -> bool:
    """Whether this is a list of scalars that stand in brackets."""
    if isinstance(node, Mapping) or node.in_lines or has_comments(node):
        return False
    return all(isinstance(each.value, Scalar | Alias) and one_line(each.value) for each in node.entries)


def _filled(node: Mapping | Sequence, lead: str, beside: str, room: int) -> list[str]:
    """Return a list in brackets over several lines, as much in each as there is room for."""
    lines = ["["]
    for at, each in enumerate(node.entries):
        text = f"{one_line(each.value)}{']' if at == len(node.entries) - 1 else ','}"
        if len(lines[-1].strip()) > 1 and len(_STEP) + len(lines[-1]) + 1 + len(text) > room:
            lines.append(f" {text}")
        else:
            lines[-1] += text if len(lines[-1].strip()) <= 1 and lines[-1] == "[" else f" {text}"
    lines[-1] += beside
    if lead == "-":
        return [f"- {lines[0]}", *_indented(lines[1:])]
    return [lead, *_indented(lines)]


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"{_STEP}{each}" if each else "" for each in lines)
