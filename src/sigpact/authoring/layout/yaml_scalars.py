"""One YAML scalar as a `Scalar`: what may be kept as it is written, and what is written anew."""

import re
from typing import Any, Final

from sigpact.authoring.layout.nodes import EMPTY, Scalar
from sigpact.contract.yaml_quotes import quoted

_BREAK: Final = re.compile(r"\r\n|\n|\r")
_ODD_BREAK: Final = re.compile("[\x85\u2028\u2029]")
"""Line breaks of YAML 1.1 that are none in YAML 1.2: written as escapes, both read the same."""
_WANTS_QUOTES: Final = re.compile(r"[,\[\]{}?]|:$|:[\s,\[\]{}]|\s#|^[#&*!|>%@`'\"-]")
"""What a plain scalar inside brackets cannot have, or has another meaning by."""


def scalar(event: Any, raw: str, anchor: str | None) -> Scalar:
    """Return the scalar of an event; `raw` are its characters in the file."""
    if not raw:
        return Scalar(EMPTY.lines, is_plain=True, anchor=anchor)
    if _ODD_BREAK.search(raw):
        return Scalar((quoted(event.value),), anchor=anchor)
    if event.style in {"|", ">"}:
        return _block(event, raw, anchor)
    first, *others = _BREAK.split(raw)
    lines = (_trimmed(first), *(_trimmed(each.lstrip(" \t")) for each in others)) if others else (raw,)
    return Scalar(lines, is_plain=event.style in {None, ""}, anchor=anchor)


def key(event: Any, raw: str, anchor: str | None) -> Scalar:
    """Return the scalar of a key, which stands on one line."""
    made = scalar(event, raw, anchor)
    return made if len(made.lines) == 1 else Scalar((quoted(event.value),), anchor=anchor)


def header_comment(raw: str) -> str | None:
    """Return the comment behind the header of a block scalar, if it has one."""
    if not raw.startswith(("|", ">")):
        return None
    _, mark, comment = _BREAK.split(raw, 1)[0].partition("#")
    return f"#{comment}".rstrip() if mark else None


def in_brackets(one: Scalar) -> str:
    """Return a scalar of one line as it is written inside brackets."""
    text = one.lines[0]
    if one.is_plain and _WANTS_QUOTES.search(text) and not _is_number(text):
        plain = text.isprintable() and not {'"', "\\"} & set(text)
        text = f'"{text}"' if plain or not text.isprintable() else "'" + text.replace("'", "''") + "'"
    return anchored(one.anchor, text)


def anchored(anchor: str | None, text: str) -> str:
    """Return a text behind its anchor, if it has one."""
    return text if anchor is None else f"&{anchor} {text}"


def _is_number(text: str) -> bool:
    return (text[:1] == "-" and text[1:2].isdigit()) or text[:2] == "-."


def _trimmed(line: str) -> str:
    """Return a line without blanks at its end, unless a backslash makes them count."""
    short = line.rstrip(" \t")
    return line if short.endswith("\\") else short


def _block(event: Any, raw: str, anchor: str | None) -> Scalar:
    """Return a literal or folded scalar: what it says, its lines below a header of our own.

    One that ends in blanks is quoted: an empty line of the file could not be told from them.
    """
    content: str = event.value
    body = content.rstrip("\n")
    if not body.rsplit("\n", 1)[-1].strip():
        return Scalar((quoted(content),), anchor=anchor)
    lines = body.split("\n") if event.style == "|" else _folded(raw, content)
    breaks = len(content) - len(body)
    chomp = ("-", "")[breaks] if breaks < 2 else "+"
    first = next(each for each in lines if each)
    header = f"{event.style}{'2' if first.startswith((' ', chr(9))) else ''}{chomp}"
    return Scalar((header, *lines, *[""] * (breaks - 1)), is_block=True, keeps=chomp == "+", anchor=anchor)


def _folded(raw: str, content: str) -> list[str]:
    """Return the lines of a folded scalar, whose value does not tell where they were broken."""
    lines = _BREAK.split(raw)[1:]
    first = next(each for each in lines if each.strip())
    value = next(each for each in content.split("\n") if each)
    indent = _lead(first) - _lead(value)
    cut = [each[indent:] for each in lines]
    while not cut[-1]:
        cut.pop()
    return cut


def _lead(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
