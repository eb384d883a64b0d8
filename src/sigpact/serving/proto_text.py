"""protobuf's text format, for messages whose fields are known: text -> `Message`.

As google::protobuf::TextFormat::Parse reads it, which the server does: an unknown field, or one set twice,
is refused. The grammar is https://protobuf.dev/reference/protobuf/textformat-spec. What is nested is driven
by the schema alone, so a file cannot make it deep.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Final, NoReturn

from sigpact.errors import ConfigurationError
from sigpact.findings import Span
from sigpact.nearest import hint
from sigpact.serving.proto_fields import Choice, Field, Fields, Message, Real, Text, Value, Whole


def parse(text: str, file: str, root: Fields) -> Message:
    """Return the message that a text holds. Raises `ConfigurationError` at the first mistake."""
    return _Parser(text, file).whole(root)


_BLANK: Final = re.compile(r"(?:[ \t\n\v\f\r]|#[^\n]*)*")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fF]?")
_LITERAL: Final = re.compile(r"\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'")
_ESCAPE: Final = re.compile(
    r"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U(00[01][0-9a-fA-F]{5})|([abfnrtv\\?'\"])|)"
)
_ESCAPED: Final = dict(zip("abfnrtv\\?'\"", b"\a\b\f\n\r\t\v\\?'\"", strict=True))
_OCTAL: Final = re.compile(r"0[0-7]+")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]*")
_BYTES: Final = "surrogateescape"
_LAST: Final = 0x10FFFF
_DEFAULTS: Final = ("", 0)
_NOT_FINITE: Final = ("inf", "infinity", "nan")
_CLOSING: Final = {"{": "}", "<": ">"}
_SHOWN: Final = 40
"""Characters of a token that a message shows."""
_DIGITS: Final = 400
"""Python turns at most 4,300 digits into a number; no field takes a tenth as many."""


class _Parser:
    """Reads one text from its beginning to its end."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._lines = [0, *(each.end() for each in re.finditer("\n", text))]
        self._at = 0
        self._skip()

    def whole(self, root: Fields) -> Message:
        """Return the message of the whole text."""
        return Message(tuple(self._values(root, "")))

    def _values(self, of: Fields, end: str) -> Iterator[Value]:
        """Yield what is set, up to a closing bracket or, for `""`, the end of the text."""
        known = {each.name: each for each in of.fields}
        taken: dict[str, str] = {}
        while not self._ends(of, end):
            start = self._at
            field = self._field(of, known)
            self._claim(field, taken, start)
            span = self._span(start)
            for content in self._contents(field):
                if content in _DEFAULTS:
                    taken.pop(field.name, None)
                yield Value(field.name, span, content)
            _ = self._take(";") or self._take(",")

    def _ends(self, of: Fields, end: str) -> bool:
        if self._at == len(self._text):
            if end:
                self._fail(f"the file ends inside {of.name}: {end!r} is missing")
            return True
        return bool(end) and self._take(end)

    def _field(self, of: Fields, known: dict[str, Field]) -> Field:
        name = self._match(_WORD)
        if name is None:
            wanted = ", ".join(known)
            self._fail(f"found {self._found()}, expected a field of {of.name}: {wanted or 'it has none'}")
        if name not in known:
            self._fail(f"{of.name} has no field {name!r}; {hint(name, known)}", self._at - len(name))
        if refused := known[name].refused:
            self._fail(f"{name} {refused}", self._at - len(name))
        self._skip()
        return known[name]

    def _claim(self, field: Field, taken: dict[str, str], start: int) -> None:
        """Note that a field is set; one that may be set once, or a oneof, only once.

        (A scalar that was set to its default counts as not set.)
        """
        if field.name in taken.values() and not field.repeated:
            self._fail(f"field {field.name!r} is set twice; the server takes it once", start)
        other = taken.setdefault(field.oneof or field.name, field.name)
        if other != field.name:
            self._fail(f"{field.name!r} is set beside {other!r}; the server takes one of them", start)

    def _contents(self, field: Field) -> Iterator["str | int | float | Message"]:
        has_colon = self._take(":")
        match field.type:
            case Fields():
                wanted = "'{'"
            case _:
                wanted = str(field.type)
                if not has_colon:
                    self._fail(f"found {self._found()} after {field.name}, expected ':'")
        one = self._reader(field, wanted)
        if not (field.repeated and has_colon and self._take("[")):
            yield one()
        elif not self._take("]"):
            yield one()
            while self._take(","):
                yield one()
            if not self._take("]"):
                self._fail(f"found {self._found()} in the list of {field.name}, expected ',' or ']'")

    def _reader(self, field: Field, wanted: str) -> "Callable[[], str | int | float | Message]":
        def read() -> "str | int | float | Message":
            start = self._at
            found: str | int | float | Message | None
            match field.type:
                case Fields():
                    found = self._message(field.type)
                case Text():
                    found = self._string()
                case Choice():
                    found = self._choice(field.type)
                case Whole():
                    found = self._whole(field.type)
                case Real():
                    found = self._real()
            if found is None:
                self._at = start
                self._fail(f"found {self._found()} for {field.name}, expected {wanted}")
            self._skip()
            return found

        return read

    def _message(self, of: Fields) -> Message | None:
        opening = self._text[self._at : self._at + 1]
        if opening not in _CLOSING:
            return None
        self._take(opening)
        return Message(tuple(self._values(of, _CLOSING[opening])))

    def _string(self) -> str | None:
        start = self._at
        parts = []
        while (literal := self._match(_LITERAL)) is not None:
            parts.append(self._unescaped(literal[1:-1], self._at - len(literal) + 1))
            self._skip()
        if not parts:
            if self._text[start : start + 1] in {'"', "'"}:
                self._fail("a text that does not end on its line")
            return None
        try:
            # An escaped surrogate and its other half are one character.
            text = b"".join(parts).decode(errors="surrogatepass")
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._fail("a text that is not UTF-8", start)

    def _unescaped(self, inside: str, at: int) -> bytes:
        parts: list[bytes] = []
        end = 0
        for each in _ESCAPE.finditer(inside):
            parts += [inside[end : each.start()].encode(errors=_BYTES), self._escaped(each, at)]
            end = each.end()
        return b"".join((*parts, inside[end:].encode(errors=_BYTES)))

    def _escaped(self, match: re.Match[str], at: int) -> bytes:
        octal, hexadecimal, short, long, letter = match.groups()
        if letter:
            return bytes([_ESCAPED[letter]])
        if octal or hexadecimal:
            return bytes([int(octal or hexadecimal, 8 if octal else 16) & 0xFF])
        if not (short or long):
            self._fail("an escape that stands for nothing: '\\' is written '\\\\'", at + match.start())
        code = int(short or long, 16)
        # protobuf leaves what is no character as it is written.
        return chr(code).encode(errors="surrogatepass") if code <= _LAST else match.group().encode()

    def _choice(self, of: Choice) -> int | None:
        word = self._match(_WORD)
        if word is None:
            return self._whole(Whole(32))
        return dict(of.words).get(word)

    def _whole(self, of: Whole) -> int | None:
        negative = of.signed and self._take("-")
        token = self._match(_NUMBER)
        number = None if token is None or self._match(_WORD) else _integer(token)
        if number is None:
            return None
        least, most = (-(1 << of.bits - 1), (1 << of.bits - 1) - 1) if of.signed else (0, (1 << of.bits) - 1)
        value = -number if negative else number
        return value if least <= value <= most else None

    def _real(self) -> float | None:
        sign = -1 if self._take("-") else 1
        word = self._match(_WORD)
        if word is not None:
            return sign * float(word) if word.lower() in _NOT_FINITE else None
        token = self._match(_NUMBER)
        if token is None or self._match(_WORD):
            return None
        number = _integer(token)
        return sign * float(token.rstrip("fF") if number is None else number)

    def _match(self, pattern: re.Pattern[str]) -> str | None:
        """Take what a pattern matches here; the blanks after it are left."""
        found = pattern.match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found.group()

    def _take(self, symbol: str) -> bool:
        """Take a symbol and the blanks after it, if it stands here."""
        if not self._text.startswith(symbol, self._at):
            return False
        self._at += len(symbol)
        self._skip()
        return True

    def _skip(self) -> None:
        self._match(_BLANK)

    def _found(self) -> str:
        if self._at == len(self._text):
            return "the end of the file"
        for pattern in (_WORD, _NUMBER, _LITERAL):
            if token := pattern.match(self._text, self._at):
                return repr(token.group()) if len(token.group()) <= _SHOWN else f"{token.group()[:_SHOWN]!r}…"
        return repr(self._text[self._at])

    def _span(self, at: int) -> Span:
        line = bisect_right(self._lines, at)
        return Span(self._file, line, at - self._lines[line - 1] + 1)

    def _fail(self, message: str, at: int | None = None) -> NoReturn:
        raise ConfigurationError(f"{self._span(self._at if at is None else at)}: {message}")


def _integer(token: str) -> int | None:
    """Return an integer as C writes it, a leading zero for octal; `None` for what is none."""
    if token[:2] in {"0x", "0X"}:
        return int(token, 16)
    if _OCTAL.fullmatch(token):
        return int(token, 8)
    return int(token) if _DECIMAL.fullmatch(token) and len(token) <= _DIGITS else None
