"""Values as YAML that the loader reads back the same: scalars, flow lists and flow mappings on one line."""

import math
import re
import struct
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.@/+-]*(?: [A-Za-z0-9_.@/+-]+)*", re.ASCII)
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
"""Words that YAML, 1.1 or 1.2, takes for something else than a text."""
_ODD: Final = re.compile(
    "[^\\x20-\\x7e\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
_ESCAPED: Final[Mapping[str, str]] = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class Pairs(tuple[tuple[str, "Yaml"], ...]):
    """A mapping, in the order in which it is written."""

    __slots__ = ()


Yaml = int | float | bool | str | bytes | None | Pairs | tuple["Yaml", ...]
"""A value: a tuple is a list; bytes are `{b64: …}`."""


def text(value: str) -> str:
    """Return a text as a scalar: plain where nothing can go wrong, else in double quotes."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    escaped = "".join(_ESCAPED.get(each, each) for each in value)
    return f'"{_ODD.sub(_code, escaped)}"'


def _code(match: re.Match[str]) -> str:
    point = ord(match.group())
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def number(value: float) -> str:
    """Return a number as YAML 1.2 has it, with a point where it is a float."""
    if isinstance(value, int):
        return str(value)
    if math.isfinite(value):
        return repr(value)
    return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"


def flow(value: Yaml) -> str:
    """Return a value on one line."""
    match value:
        case Pairs():
            return "{" + ", ".join(f"{text(key)}: {flow(each)}" for key, each in value) + "}"
        case tuple():
            return "[" + ", ".join(map(flow, value)) + "]"
        case bytes():
            return f"{{b64: {text(b64encode(value).decode())}}}"
        case str():
            return text(value)
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case _:
            return number(value)


def short(value: float) -> float:
    """Return the shortest decimals that are the same number in 32 bits, where it is one of those."""
    if isinstance(value, int):
        return value
    try:
        if struct.unpack("<f", struct.pack("<f", value))[0] != value:
            return value
    except OverflowError:
        return value
    for digits in range(1, 9):
        short = float(f"{value:.{digits}g}")
        if struct.unpack("<f", struct.pack("<f", short))[0] == value:
            return short
    return value


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 row`, `1,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
