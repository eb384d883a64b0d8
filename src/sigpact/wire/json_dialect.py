"""The JSON that the server reads: rapidjson 1.1.0, iterative, with NaN and infinities, stopping when done.

It is not RFC 8259 (source: util/json_tensor.cc, ParseJson; rapidjson/reader.h of the release it pins):

* what follows the first complete value is ignored, and a NUL between tokens ends the document;
* `NaN`, `Inf` and `Infinity` are numbers, with or without `-`;
* bytes of strings are copied as they stand, UTF-8 or not; control characters are refused;
* a high surrogate needs a low one after it; a low surrogate alone becomes the three bytes that encode it;
* the first bytes of a byte order mark are skipped, each of them optional;
* members keep their order and their duplicates.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Final, Union

from sigpact.wire.json_numbers import exponent_overflows, overflows

Json = Union[None, bool, int, float, bytes, list["Json"], "JsonObject"]
"""A value. `int` is an integer literal that int64 or uint64 holds; every other number is a `float`.

Strings are their bytes, lists are lists. Nesting has no limit, so nothing may walk a value recursively.
"""


@dataclass(frozen=True, slots=True, eq=False)
class JsonObject:
    """An object: its members in order, duplicates included."""

    members: tuple[tuple[bytes, Json], ...]

    def values(self, key: bytes) -> tuple[Json, ...]:
        """Return the values of all members of that key, in order; `FindMember` finds the first."""
        return tuple(value for name, value in self.members if name == key)


class JsonError(ValueError):
    """The text is not JSON as the server reads it. `offset` counts bytes."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(f"{reason} at offset: {offset}")
        self.reason = reason
        self.offset = offset


_EMPTY: Final = "The document is empty."
_INVALID_VALUE: Final = "Invalid value."
_NO_NAME: Final = "Missing a name for object member."
_NO_COLON: Final = "Missing a colon after a name of object member."
_NO_COMMA_IN_OBJECT: Final = "Missing a comma or '}' after an object member."
_NO_COMMA_IN_LIST: Final = "Missing a comma or ']' after an array element."
_BAD_HEX: Final = "Incorrect hex digit after \\u escape in string."
_BAD_SURROGATE: Final = "The surrogate pair in string is invalid."
_BAD_ESCAPE: Final = "Invalid escape character in string."
_NO_QUOTE: Final = "Missing a closing quotation mark in string."
_TOO_BIG: Final = "Number too big to be stored in double."
_NO_FRACTION: Final = "Miss fraction part in number."
_NO_EXPONENT: Final = "Miss exponent in number."

_SPACE: Final = re.compile(rb"[ \t\n\r]*")
_VALUE: Final = re.compile(
    rb"""[ \t\n\r]*+(?:
      "([^"\\\x00-\x1f]*+)"                               # 1 text without escapes
    | (-?(?:0|[1-9][0-9]*+))(\.[0-9]*+)?([eE][+-]?[0-9]*+)?  # 2 whole, 3 fraction, 4 exponent: checked later
    | (\[) | (\{)                                         # 5, 6
    | (true|false|null|-?(?:NaN|Inf(?:inity|(?!i))))      # 7
    | (")                                                 # 8 text with escapes, or broken
    )""",
    re.VERBOSE,
)
_NUMBER: Final = rb"[ \t\n\r]*+-?(?:0|[1-9][0-9]{0,17}+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]{1,2}+)?[ \t\n\r]*+"
_NUMBERS: Final = re.compile(rb"\[(?:%b,)*+%b\]" % (_NUMBER, _NUMBER))
"""A list of numbers that every reader of JSON agrees on."""
_KEY: Final = re.compile(rb'[ \t\n\r]*+"([^"\\\x00-\x1f]*+)"[ \t\n\r]*+:')
_LIST_GOES_ON: Final = re.compile(rb"[ \t\n\r]*+([,\]])")
_OBJECT_GOES_ON: Final = re.compile(rb"[ \t\n\r]*+([,}])")
_EMPTY_LIST: Final = re.compile(rb"[ \t\n\r]*+\]")
_EMPTY_OBJECT: Final = re.compile(rb"[ \t\n\r]*+\}")
_PLAIN: Final = re.compile(rb'[^"\\\x00-\x1f]*+')
_HEX4: Final = re.compile(rb"[0-9a-fA-F]{4}")
_WORDS: Final = {
    b"true": True,
    b"false": False,
    b"null": None,
    b"NaN": math.nan,
    b"-NaN": math.nan,
    b"Inf": math.inf,
    b"-Inf": -math.inf,
    b"Infinity": math.inf,
    b"-Infinity": -math.inf,
}
_ESCAPES: Final = {
    ord('"'): b'"',
    ord("\\"): b"\\",
    ord("/"): b"/",
    ord("b"): b"\b",
    ord("f"): b"\f",
    ord("n"): b"\n",
    ord("r"): b"\r",
    ord("t"): b"\t",
}
_UINT64_MAX: Final = 2**64 - 1
_INT64_MIN: Final = -(2**63)
_LIST_OPENS: Final = object()
_OBJECT_OPENS: Final = object()


def read(body: bytes) -> Json:
    """Return the first value of a document; what follows it is not looked at.

    Raises `JsonError`.
    """
    scan = _Scanner(body)
    containers: list[list[object]] = []
    keys: list[bytes | None] = []
    while True:
        value = scan.value()
        if value is _LIST_OPENS or value is _OBJECT_OPENS:
            key = scan.first_key() if value is _OBJECT_OPENS else None
            if key is not None or (value is _LIST_OPENS and not scan.skip(_EMPTY_LIST)):
                containers.append([])
                keys.append(key)
                continue
            value = [] if value is _LIST_OPENS else JsonObject(())
        while containers:
            key = keys[-1]
            containers[-1].append(value if key is None else (key, value))
            if scan.goes_on(in_list=key is None):
                if key is not None:
                    keys[-1] = scan.key()
                break
            ended = containers.pop()
            value = ended if keys.pop() is None else JsonObject(tuple(ended))  # type: ignore[arg-type]  # pairs
        else:
            return value  # type: ignore[return-value]  # the markers never come here


class _Scanner:
    """Reads tokens from `at` on."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0
        for each in b"\xef\xbb\xbf":
            if body[self.at : self.at + 1] == bytes([each]):
                self.at += 1
        self.start = self.at

    def skip(self, pattern: re.Pattern[bytes]) -> bool:
        """Step over a match, if there is one here."""
        found = pattern.match(self.body, self.at)
        if found is not None:
            self.at = found.end()
        return found is not None

    def value(self) -> object:
        """Return a scalar, or the marker of what opens here."""
        found = _VALUE.match(self.body, self.at)
        if found is None:
            raise self._no_value()
        self.at = found.end()
        match found.lastindex:
            case 1:
                return found[1]
            case 5:
                return self._list(found.start(5))
            case 6:
                return _OBJECT_OPENS
            case 7:
                return _WORDS[found[7]]
            case 8:
                return self._text()
            case _:
                return self._number(found)

    def _list(self, start: int) -> object:
        """Return a list of plain numbers in one go; of anything else, the marker."""
        numbers = _NUMBERS.match(self.body, start)
        if numbers is None:
            return _LIST_OPENS
        self.at = numbers.end()
        return json.loads(numbers[0])

    def first_key(self) -> bytes | None:
        """Return the first key of an object, or `None` where it ends at once."""
        return None if self.skip(_EMPTY_OBJECT) else self.key()

    def key(self) -> bytes:
        """Return a key and step over its colon."""
        found = _KEY.match(self.body, self.at)
        if found is not None:
            self.at = found.end()
            return found[1]
        self.skip(_SPACE)
        if self.body[self.at : self.at + 1] != b'"':
            raise JsonError(_NO_NAME, self.at)
        self.at += 1
        key = self._text()
        self.skip(_SPACE)
        if self.body[self.at : self.at + 1] != b":":
            raise JsonError(_NO_COLON, self.at)
        self.at += 1
        return key

    def goes_on(self, *, in_list: bool) -> bool:
        """Step over a comma (true) or the closing bracket (false)."""
        found = (_LIST_GOES_ON if in_list else _OBJECT_GOES_ON).match(self.body, self.at)
        if found is None:
            self.skip(_SPACE)
            raise JsonError(_NO_COMMA_IN_LIST if in_list else _NO_COMMA_IN_OBJECT, self.at)
        self.at = found.end()
        return found[1] == b","

    def _text(self) -> bytes:
        """Return a text whose opening quote was read, unescaped."""
        pieces = []
        while True:
            start = self.at
            self.skip(_PLAIN)
            pieces.append(self.body[start : self.at])
            match self.body[self.at : self.at + 1]:
                case b'"':
                    self.at += 1
                    return b"".join(pieces)
                case b"\\":
                    pieces.append(self._escape())
                case b"" | b"\0":
                    raise JsonError(_NO_QUOTE, self.at)
                case _:
                    raise JsonError(_BAD_ESCAPE, self.at)

    def _escape(self) -> bytes:
        start = self.at
        letter = self.body[start + 1 : start + 2]
        self.at += 2
        if letter and letter[0] in _ESCAPES:
            return _ESCAPES[letter[0]]
        if letter != b"u":
            raise JsonError(_BAD_ESCAPE, start)
        code = self._hex4(start)
        if 0xD800 <= code <= 0xDBFF:
            if self.body[self.at : self.at + 2] != b"\\u":
                raise JsonError(_BAD_SURROGATE, start)
            self.at += 2
            low = self._hex4(start)
            if not 0xDC00 <= low <= 0xDFFF:
                raise JsonError(_BAD_SURROGATE, start)
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        return chr(code).encode(errors="surrogatepass")

    def _hex4(self, start: int) -> int:
        found = _HEX4.match(self.body, self.at)
        if found is None:
            raise JsonError(_BAD_HEX, start)
        self.at = found.end()
        return int(found[0], 16)

    def _number(self, found: re.Match[bytes]) -> int | float:
        whole, fraction, exponent = found[2], found[3], found[4]
        digits = whole.lstrip(b"-")
        begin = found.start(2)
        if overflows(digits):
            raise JsonError(_TOO_BIG, begin)
        if fraction is None and exponent is None:
            value = int(whole)
            return value if _INT64_MIN <= value <= _UINT64_MAX else float(whole)
        if fraction == b".":
            raise JsonError(_NO_FRACTION, found.end(3))
        if exponent is not None:
            power = exponent[1:].lstrip(b"+-")
            if not power:
                raise JsonError(_NO_EXPONENT, found.end(4))
            if exponent[1:2] != b"-" and exponent_overflows(digits, fraction or b".", power):
                raise JsonError(_TOO_BIG, begin)
        return float(self.body[begin : self.at])

    def _no_value(self) -> JsonError:
        """Say what is wrong where no value can begin."""
        at_start = self.at == self.start
        self.skip(_SPACE)
        rest = self.body[self.at : self.at + 9]
        if at_start and (not rest or rest[0] in b"\0]},:"):
            return JsonError(_EMPTY, self.at)
        return JsonError(_INVALID_VALUE, self.at + _begun(rest))


def _begun(rest: bytes) -> int:
    """Return how many bytes of a word or of `-` were taken before it was known to be wrong."""
    minus = rest[:1] == b"-"
    words = (b"NaN", b"Infinity") if minus else (b"true", b"false", b"null", b"NaN", b"Infinity")
    lengths = (at for word in words for at in range(len(word) + 1) if rest[minus:].startswith(word[:at]))
    return minus + max(lengths)
