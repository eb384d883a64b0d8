r"""JSON text -> `Tree`: RFC 8259, with the place of every key and value.

libyaml refuses `"\ud83d\ude00"`, tabs and U+007F, all good JSON, and `json` has no places.
"""

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined] # stubs leave it out
from typing import Final

from sigpact.contract.tree import MAX_DEPTH, MAX_DIGITS, SourceError, Tree
from sigpact.findings import Path

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_NUMBER: Final = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORD: Final = re.compile(r"[^\s,:\[\]{}\"]+")
_HALF: Final = re.compile("[\ud800-\udfff]")
_CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


def fill(tree: Tree, text: str) -> None:
    """Fill a tree from JSON text. Raises `SourceError`."""
    reader = _Reader(tree, text)
    start = reader.skip(0)
    if start == len(text):
        raise SourceError(0, 'the file is empty; a contract begins with {"contract": 1')
    tree.data, end = reader.value(start, (), 1)
    end = reader.skip(end)
    if end != len(text):
        raise reader.unexpected(end, "the end of the file")


class _Reader:
    """Recursive descent, bounded by `MAX_DEPTH`: every method takes an offset and returns the next."""

    def __init__(self, tree: Tree, text: str) -> None:
        self._tree = tree
        self._text = text

    def skip(self, at: int) -> int:
        """Return the offset of the next character that is no white space."""
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def unexpected(self, at: int, wanted: str) -> SourceError:
        """Return the error that names what stands at an offset."""
        if at >= len(self._text):
            return SourceError(at, f"not JSON: the file ends, expected {wanted}")
        match = _WORD.match(self._text, at)
        found = match.group()[:20] if match else self._text[at]
        hint = ""
        if found.startswith(("//", "/*", "#")):
            hint = "; JSON has no comments: a .yaml file has"
        elif found.startswith("'"):
            hint = "; texts are written in double quotes"
        return SourceError(at, f"not JSON: expected {wanted}, found {found!r}{hint}")

    def value(self, at: int, path: Path, depth: int) -> tuple[object, int]:
        """Read any value."""
        self._tree.values[path] = at
        first = self._text[at : at + 1]
        if first == '"':
            return self._string(at)
        if first in {"{", "["}:
            if depth > MAX_DEPTH:
                raise SourceError(at, f"nesting is over {MAX_DEPTH} levels")
            self._tree.collections.add(path)
            return self._object(at, path, depth) if first == "{" else self._array(at, path, depth)
        return self._scalar(at)

    def _scalar(self, at: int) -> tuple[object, int]:
        word = _WORD.match(self._text, at)
        if word is None:
            raise self.unexpected(at, "a value")
        text = word.group()
        if text in _CONSTANTS:
            return _CONSTANTS[text], word.end()
        match = _NUMBER.fullmatch(text)
        if match is None:
            raise self.unexpected(at, "a value")
        if len(text) > MAX_DIGITS:
            raise SourceError(at, f"a number has at most {MAX_DIGITS} digits; this has {len(text)}")
        if match[2] is None and match[3] is None:
            return int(text), word.end()
        number = float(text)
        if number in {float("inf"), float("-inf")}:
            self._tree.mistakes.append((at, f"{text} is beyond what a float64 holds"))
        return number, word.end()

    def _string(self, at: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self._text, at + 1, True)  # noqa: FBT003 (the signature of the standard library)
        except JSONDecodeError as error:
            what = error.msg.removesuffix(" at").removesuffix(" starting")
            raise SourceError(error.pos, f"not JSON: {what[0].lower()}{what[1:]}") from None
        if _HALF.search(text):
            raise SourceError(at, "half of a surrogate pair is no character: write both halves")
        return text, end

    def _array(self, at: int, path: Path, depth: int) -> tuple[list[object], int]:
        items: list[object] = []
        at = self.skip(at + 1)
        if self._text[at : at + 1] == "]":
            return items, at + 1
        while True:
            item, at = self.value(at, (*path, len(items)), depth + 1)
            items.append(item)
            at = self.skip(at)
            mark = self._text[at : at + 1]
            if mark == "]":
                return items, at + 1
            if mark != ",":
                raise self.unexpected(at, "',' or ']'")
            at = self.skip(at + 1)

    def _object(self, at: int, path: Path, depth: int) -> tuple[dict[str, object], int]:
        entries: dict[str, object] = {}
        at = self.skip(at + 1)
        if self._text[at : at + 1] == "}":
            return entries, at + 1
        while True:
            at = self._entry(entries, at, path, depth)
            mark = self._text[at : at + 1]
            if mark == "}":
                return entries, at + 1
            if mark != ",":
                raise self.unexpected(at, "',' or '}'")
            at = self.skip(at + 1)

    def _entry(self, entries: dict[str, object], at: int, path: Path, depth: int) -> int:
        """Read `key: value` and the space after it."""
        if self._text[at : at + 1] != '"':
            raise self.unexpected(at, "a key in double quotes")
        key, end = self._string(at)
        end = self.skip(end)
        if self._text[end : end + 1] != ":":
            raise self.unexpected(end, "':'")
        below = (*path, key)
        if key in entries:
            line = self._text.count("\n", 0, self._tree.keys[below]) + 1
            self._tree.mistakes.append((at, f"{key!r} is written twice, first on line {line}: remove one"))
            _, end = _Reader(Tree(), self._text).value(self.skip(end + 1), below, depth + 1)
            return self.skip(end)
        self._tree.keys[below] = at
        entries[key], end = self.value(self.skip(end + 1), below, depth + 1)
        return self.skip(end)
