"""A text as YAML writes it in double quotes."""

from typing import Final

_ESCAPES: Final = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


def quoted(text: str) -> str:
    """Return a text as YAML in double quotes, on one line."""
    return f'"{"".join(_ESCAPES.get(each) or _escaped(each) for each in text)}"'


def _escaped(character: str) -> str:
    """Return a character inside double quotes; what is not printable as YAML escapes it."""
    code = ord(character)
    if character.isprintable():
        return character
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
