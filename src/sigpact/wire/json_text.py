"""JSON text as the server writes it: rapidjson's PrettyWriter, but for arrays.

A text is `bytes`: strings are written as they stand, UTF-8 or not.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final

from sigpact.wire.json_dialect import Json, JsonObject

_INDENT: Final = 4
_TO_ESCAPE: Final = re.compile(rb'["\\\x00-\x1f]')
_END: Final = object()
_SHORT_ESCAPES: Final = {
    b'"': rb"\"",
    b"\\": rb"\\",
    b"\b": rb"\b",
    b"\f": rb"\f",
    b"\n": rb"\n",
    b"\r": rb"\r",
    b"\t": rb"\t",
}


def text_token(text: bytes) -> bytes:
    """Return a string in quotes, escaped as rapidjson does (writer.h, WriteString)."""
    return b'"' + _TO_ESCAPE.sub(_escape, text) + b'"'


def _escape(found: re.Match[bytes]) -> bytes:
    return _SHORT_ESCAPES.get(found[0]) or b"\\u%04X" % found[0][0]


def pretty(value: Json, limit: int) -> bytes:
    """Return a value as the server's messages show it, cut to `limit` bytes.

    Objects are laid over lines, lists on one. NaN and infinities end the text where they stand, as
    rapidjson's writer refuses them.
    """
    text = bytearray()
    for piece in _pieces(value):
        if piece is None or len(text) > limit:
            break
        text += piece
    return bytes(text[:limit])


def _pieces(root: Json) -> Iterator[bytes | None]:
    """Yield the text piece by piece, without recursion; `None` for what cannot be written."""
    opened = [_parts(root, 0)]
    while opened:
        part = next(opened[-1], _END)
        if part is _END:
            opened.pop()
        elif isinstance(part, (list, JsonObject)):
            opened.append(_parts(part, len(opened)))
        else:
            yield part  # type: ignore[misc]  # text or None


def _parts(value: Json, level: int) -> Iterator[object]:
    """Yield the pieces of a value, and the lists and objects inside it as they are."""
    if isinstance(value, list):
        for at, item in enumerate(value):
            yield b", " if at else b"["
            yield item if isinstance(item, (list, JsonObject)) else _scalar(item)
        yield b"]" if value else b"[]"
    elif isinstance(value, JsonObject):
        for at, (key, item) in enumerate(value.members):
            yield (b"," if at else b"{") + new_line(level + 1) + text_token(key) + b": "
            yield item if isinstance(item, (list, JsonObject)) else _scalar(item)
        yield new_line(level) + b"}" if value.members else b"{}"
    else:
        yield _scalar(value)


def new_line(level: int) -> bytes:
    """Return a line break and the indentation of a level."""
    return b"\n" + b" " * (_INDENT * level)


def _scalar(item: object) -> bytes | None:
    match item:
        case None:
            return b"null"
        case bool():
            return b"true" if item else b"false"
        case bytes():
            return text_token(item)
        case float():
            return _dtoa(item) if math.isfinite(item) else None
        case _:
            return str(item).encode()


def _dtoa(number: float) -> bytes:
    """Return the shortest digits in the layout of rapidjson's `Prettify` (internal/dtoa.h)."""
    sign = "-" if math.copysign(1, number) < 0 else ""
    if not number:
        return f"{sign}0.0".encode()
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) + int(exponent or 0) - len(fraction)
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        text = digits.ljust(point, "0") + ".0"
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        text = f"{digits[0]}.{digits[1:]}".rstrip(".") + f"e{point - 1}"
    return (sign + text).encode()


def object_on_lines(members: Sequence[tuple[bytes, bytes]], level: int) -> bytes:
    """Return an object, one member a line: raw keys, written values. `level` is how deep it stands."""
    inner = new_line(level + 1)
    written = (inner + text_token(key) + b": " + value for key, value in members)
    return b"{" + b",".join(written) + new_line(level) + b"}"
