"""Plain data as a person writes it into a contract: on one line, quotes only where they are needed."""

import json
import re
from typing import Final

Data = None | bool | int | float | str | list["Data"] | dict[str, "Data"]

_PLAIN: Final = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_./'&+() -]*[A-Za-z0-9_.')])?")
_WORDS: Final = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n"])
"""Not plain in any version of YAML: whoever reads the contract may know an older one."""


def as_json(data: Data) -> str:
    """Return data as JSON on one line."""
    return json.dumps(data, ensure_ascii=False)


def as_yaml(data: Data) -> str:
    """Return data as YAML in flow style, on one line."""
    match data:
        case dict():
            return "{" + ", ".join(f"{as_yaml(key)}: {as_yaml(each)}" for key, each in data.items()) + "}"
        case list():
            return f"[{', '.join(map(as_yaml, data))}]"
        case str():
            plain = _PLAIN.fullmatch(data) and data.lower() not in _WORDS
            return data if plain else f'"{"".join(map(_escaped, data))}"'
        case float():
            return _with_point(repr(data))
        case _:
            return json.dumps(data)


def _with_point(number: str) -> str:
    """Return a float as older YAML reads it too: `1e-05` would be a text there, `1.0e-05` is a number."""
    mantissa, exponent, power = number.partition("e")
    return f"{mantissa}{'' if '.' in mantissa or not exponent else '.0'}{exponent}{power}"


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    if character.isprintable():
        return character
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character)
    return named or (f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}")
