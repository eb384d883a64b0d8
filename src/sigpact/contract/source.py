"""`Document`: the text of a contract file as plain data, and the place of every key and value in it.

Data stays plain (dict, list, str, int, float, bool, None); places are kept beside it, by path.
"""

import os
import re
import stat
from bisect import bisect_right
from pathlib import Path as File
from typing import Final

from sigpact.contract.tree import SourceError, Tree
from sigpact.errors import ContractError
from sigpact.findings import Path, Problem, Span
from sigpact.frozen import frozen

MAX_BYTES: Final = 1 << 20
_BREAK: Final = re.compile(r"\r\n|\n|\r")
_RAW: Final = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|x..|u.{4}|U.{8}|.)|''|.", re.DOTALL)
"""One character of a quoted scalar as it is written: an escape, a doubled quote, or itself."""


@frozen
class Document:
    """A file that could be read: its data, and offsets into its text of values and keys by path."""

    file: str
    text: str
    tree: Tree
    lines: tuple[int, ...]
    """The offset of each line's first character."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the mistakes that did not stop the reading: duplicate keys, leading zeros."""
        return tuple(Problem(self.span_at(offset), message) for offset, message in self.tree.mistakes)

    def line_of(self, offset: int) -> int:
        """Return the line, from 1, of a character."""
        return bisect_right(self.lines, offset)

    def span_at(self, offset: int) -> Span:
        """Return the place of a character."""
        line = bisect_right(self.lines, offset)
        return Span(self.file, line, offset - self.lines[line - 1] + 1)

    def offset(self, path: Path) -> int:
        """Return where a path stands: a scalar and an item at itself, a collection at its key.

        Of an unknown path, its nearest known ancestor; of nothing, the beginning of the file.
        """
        while path and path not in self.tree.values:
            path = path[:-1]
        if path in self.tree.collections and path in self.tree.keys:
            return self.tree.keys[path]
        return self.tree.values.get(path, 0)

    def span(self, path: Path) -> Span:
        """Return the place of a path, as `offset` finds it."""
        return self.span_at(self.offset(path))

    def key_span(self, path: Path) -> Span:
        """Return the place of the last key of a path; of an item in a list, of the item."""
        found = self.tree.keys.get(path)
        return self.span(path) if found is None else self.span_at(found)

    def span_inside(self, path: Path, at: int) -> Span:
        """Return the place of the `at`-th character of a scalar; if it has many lines, of its beginning."""
        start = self.tree.values.get(path)
        if start is None:
            return self.span(path)
        quote = self.text[start : start + 1]
        end = _after(self.text, start + 1, at) if quote in {'"', "'"} else start + at
        one_line = quote not in {"|", ">"} and self.line_of(start) == self.line_of(end)
        return self.span_at(end if one_line else start)

    def is_cut(self, path: Path, value: object) -> bool:
        """Whether YAML ended the unquoted text at a path at a comma inside its parentheses."""
        if not isinstance(value, str) or value.count("(") <= value.count(")"):
            return False
        start = self.tree.values[path]
        end = start + len(value)
        return self.text[start:end] == value and self.text[end:].lstrip(" ").startswith(",")

    def spans(self) -> dict[Path, Span]:
        """Return the place of every path."""
        keys, collections, span_at = self.tree.keys, self.tree.collections, self.span_at
        return {
            path: span_at(keys.get(path, offset) if path in collections else offset)
            for path, offset in self.tree.values.items()
        }


def _after(text: str, start: int, count: int) -> int:
    """Return the offset after `count` characters of a quoted scalar whose first is at `start`."""
    double = text[start - 1] == '"'
    for _ in range(count):
        match = _RAW.match(text, start)
        if match is None:
            break
        whole = match.group()
        is_one = whole != "''" if double else not whole.startswith("\\")
        start = match.end() if is_one else start + 1
    return start


def read(path: str | os.PathLike[str]) -> Document:
    """Read a contract file: JSON where its name ends in `.json`, else YAML.

    Raises `ContractError` where there is no data to speak of: not readable, too large, not UTF-8, not
    YAML or JSON, or refused (tags, several documents, exploding aliases, deep nesting).
    """
    file = os.fspath(path)
    return parse(_text_of(file), file)


def parse(text: str, file: str) -> Document:
    """Return the document of a file's text. Raises `ContractError` as `read` does."""
    lines = (0, *(match.end() for match in _BREAK.finditer(text)))
    document = Document(file, text, Tree(), lines)
    try:
        if file.endswith(".json"):
            from sigpact.contract.json_source import fill  # noqa: PLC0415 (each format is paid for by its users)
        else:
            from sigpact.contract.yaml_source import fill  # noqa: PLC0415 (the same)
        fill(document.tree, text)
    except SourceError as error:
        problem = Problem(document.span_at(error.offset), error.message)
        raise ContractError((*document.problems, problem)) from None
    return document


def _refused(file: str, message: str, line: int = 1, column: int = 1) -> ContractError:
    return ContractError((Problem(Span(file, line, column), message),))


def _text_of(file: str) -> str:
    data = _bytes_of(file)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refused(file, "the file is UTF-16; a contract is UTF-8: save it as UTF-8")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        starts = [0, *(match.end() for match in _BREAK.finditer(before))]
        message = f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8"
        raise _refused(file, message, len(starts), len(before) - starts[-1] + 1) from None


def _bytes_of(file: str) -> bytes:
    try:
        mode = File(file).stat().st_mode
        if not stat.S_ISREG(mode):
            data, what = b"", "a folder" if stat.S_ISDIR(mode) else "no regular file"
        else:
            with File(file).open("rb") as stream:
                data, what = stream.read(MAX_BYTES + 1), None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _refused(file, f"the file cannot be read: {reason}") from None
    if what is not None:
        raise _refused(file, f"this is {what}; a contract is a file")
    if len(data) > MAX_BYTES:
        raise _refused(file, "the file is over 1 MiB; a contract is smaller: keep rows in files of their own")
    return data
