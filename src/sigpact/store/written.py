"""Canonical bytes, their digest, and names as folders: one content has one form and one place."""

import json
import re
from hashlib import sha256
from typing import Final

_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._-")
_ESCAPED: Final = re.compile(r"(?:[a-z0-9_-]|%[0-9A-F]{2})(?:[a-z0-9._-]|%[0-9A-F]{2})*")
_LONGEST: Final = 200
"""Bytes of a folder's name; file systems end at 255."""


def canonical(data: object) -> bytes:
    """Return JSON with sorted keys and no blanks, in UTF-8, and a line break.

    Raises `ValueError` for what is no JSON (NaN), and for texts that are not Unicode (lone surrogates).
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def parsed(data: bytes) -> object:
    """Return what canonical bytes say. Raises `ValueError` for any other bytes, however similar."""
    try:
        found: object = json.loads(data.decode())
        is_canonical = canonical(found) == data
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not is_canonical:
        raise ValueError("not in canonical form: sorted keys, no blanks, each key once")
    return found


def digest(data: bytes) -> str:
    """Return the sha256 of bytes, in 64 hexadecimal digits."""
    return sha256(data).hexdigest()


def escaped(text: str) -> str:
    """Return a text in `a-z 0-9 . _ - %` alone: other bytes of its UTF-8 as `%4A`, a first dot as well.

    Capitals are escaped too: there are file systems on which `Genre` and `genre` are one name.
    """
    safe = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in text.encode())
    return f"%2E{safe[1:]}" if safe.startswith(".") else safe


def unescaped(text: str) -> str:
    """Return what `escaped` made of a text. Raises `ValueError` for what it never makes."""
    if _ESCAPED.fullmatch(text):
        found = re.sub(rb"%(..)", lambda match: bytes([int(match[1], 16)]), text.encode()).decode()
        if escaped(found) == text:
            return found
    raise ValueError(f"{text!r} is no name as the store writes it")


def folder_name(name: str) -> str:
    """Return the folder of a client or model. Raises `ValueError` where the name is too long for one."""
    found = escaped(name)
    if len(found) > _LONGEST:
        raise ValueError(
            f"the name {name[:40]!r}… is too long: its folder would have {len(found)} characters"
        )
    return found
