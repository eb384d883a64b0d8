"""Names of a contract as identifiers: ASCII, no keyword, each once; and texts as literals, safely."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_LETTERS: Final = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l"})
"""Latin letters that no decomposition makes ASCII."""
_ESCAPED: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def words(text: str) -> list[str]:
    """Return the ASCII words of a text; letters that have no ASCII form are told by number."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    plain = plain.translate(_LETTERS)
    said = "".join(each if each.isascii() else f" u{ord(each):x} " for each in plain)
    return re.findall(r"[A-Za-z0-9]+", said)


def as_written(text: str) -> str:
    """Return a name as it stands where it can: `dense_26:0` → `dense_26_0`."""
    stands = re.fullmatch(r"[A-Za-z]\w*", text, re.ASCII)
    return text if stands else _begun("_".join(words(text)), "v")


def pascal(text: str) -> str:
    """Return a name of a type: `black comedy` → `BlackComedy`."""
    return _begun("".join(each[:1].upper() + each[1:] for each in words(text)), "V")


def camel(text: str) -> str:
    """Return a name of a member in Swift: `Black Comedy` → `blackComedy`."""
    made = pascal(text)
    head = re.match(r"[A-Z]+(?![a-z])|[A-Z]", made)
    return made if head is None else made[: head.end()].lower() + made[head.end() :]


def constant(text: str) -> str:
    """Return a name of a member in Kotlin: `Black Comedy` → `BLACK_COMEDY`."""
    return _begun("_".join(words(text)).upper(), "V")


def _begun(name: str, letter: str) -> str:
    return name if name[:1].isalpha() else f"{letter}{name}" if name else f"{letter}_empty"


def unique(names: Iterable[str], reserved: frozenset[str]) -> list[str]:
    """Return names of which no two are alike, in upper or lower case, and none is reserved."""
    taken = set[str]()
    made = []
    for name in names:
        base = f"{name}_" if name in reserved else name
        found, count = base, 1
        while found.lower() in taken or found in reserved:
            count += 1
            found = f"{base.rstrip('_')}_{count}"
        taken.add(found.lower())
        made.append(found)
    return made


def quoted(text: str, escape: str) -> str:
    """Return a text in double quotes; what is not printable as `escape` formats its number.

    A `$` is escaped too where the escapes are Kotlin's, whose strings it would open a template in.
    """
    return f'"{"".join(_character(each, escape) for each in text)}"'


def _character(each: str, escape: str) -> str:
    if each in _ESCAPED:
        return _ESCAPED[each]
    if each == "$" and escape == KOTLIN:
        return "\\$"
    if each.isprintable():
        return each
    if escape == KOTLIN:
        units = each.encode("utf-16-be", "surrogatepass").hex()
        return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    return escape.format(ord(each))


PYTHON: Final = "\\U{:08x}"
TYPESCRIPT: Final = "\\u{{{:x}}}"
SWIFT: Final = TYPESCRIPT
KOTLIN: Final = "\\u"


def comment(text: str) -> str:
    """Return a text that ends no comment and begins none: one line, of printable characters."""
    plain = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
    return plain.replace("*/", "* /").replace("/*", "/ *")
