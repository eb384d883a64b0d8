"""Bodies whose every part is plain, read whole arrays at a time.

Plain is what each reader of JSON takes for the same, in the forms that predict requests and answers have: an
object whose members are tensors, objects of tensors, or rows that are such objects. Numbers are not read here
but cut out as text. The rest is `NotPlainError`: it may be right or wrong, slow readers judge it.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final, NoReturn, TypeVar, Union

from sigpact.wire.number_text import MAX_RANK, NotPlainError, Numbers

Leaf = Union[Numbers, str, bool, None, list["Leaf"]]  # noqa: UP007  # `|` takes no name in quotes
"""A tensor: numbers as text; all else as `json` reads it."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of objects that all have the same keys: the tensor of each key."""

    columns: dict[str, Leaf]


Content = Leaf | Rows | dict[str, Leaf]
_Value = TypeVar("_Value")

_SPACE: Final = "[ \t\n\r]*+"
_KEY: Final = re.compile(rf'{_SPACE}"([^"\\\x00-\x1f]*+)"{_SPACE}:{_SPACE}')
_OBJECT_OPENS: Final = re.compile(rf"{_SPACE}\{{")
_OBJECT_GOES_ON: Final = re.compile(rf"{_SPACE}([,}}])")
_ROWS_OPEN: Final = re.compile(rf"\[(?={_SPACE}\{{)")
_LIST_GOES_ON: Final = re.compile(rf"{_SPACE}([,\]])")
_NUMBERS_OPEN: Final = re.compile(r"[\[ \t\n\r]*+[-0-9]")
_TEXT: Final = r'("[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+")'
_NUMBER_TEXT: Final = "([-+.0-9eE]++)"
_NUMBER: Final = re.compile(_NUMBER_TEXT)
_MANY: Final = 1 << 12
"""So many characters are worth a pattern of their own."""


def read_plain(body: bytes) -> dict[str, Content]:
    """Return the members of the object that a body is.

    Raises `NotPlainError`.
    """
    try:
        scan = _Scanner(body)
        members = scan.members(scan.content)
    except (ValueError, RecursionError) as error:
        raise NotPlainError from error
    if scan.text[scan.at :].strip(" \t\n\r"):
        raise NotPlainError
    return members


def flattened(leaf: Leaf) -> tuple[list[Leaf], tuple[int, ...]]:
    """Return the elements of nested lists in C order, and their shape.

    Raises `NotPlainError` where lists are empty, ragged or too deep.
    """
    items = [leaf]
    shape: tuple[int, ...] = ()
    while list in (types := set(map(type, items))):
        lists = [each for each in items if isinstance(each, list)]
        sizes = set(map(len, lists))
        if len(types) > 1 or len(sizes) > 1 or 0 in sizes or len(shape) == MAX_RANK:
            raise NotPlainError
        shape += tuple(sizes)
        items = list(chain.from_iterable(lists))
    return items, shape


class _Scanner:
    """Reads a text from `at` on."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.text = body.decode()
        self.at = 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Step over what must stand here."""
        found = pattern.match(self.text, self.at)
        if found is None:
            raise NotPlainError
        self.at = found.end()
        return found

    def members(self, value: Callable[[], _Value]) -> dict[str, _Value]:
        """Return the members of an object: at least one, each once, and not those of a base64 value."""
        self.take(_OBJECT_OPENS)
        members = {}
        while True:
            key = self.take(_KEY)[1]
            if key in members:
                raise NotPlainError
            members[key] = value()
            if self.take(_OBJECT_GOES_ON)[1] == "}":
                break
        if members.keys() == {"b64"}:
            raise NotPlainError
        return members

    def content(self) -> Content:
        """Return what may stand in the body's own object."""
        if self.text.startswith("{", self.at):
            return self.members(self.leaf)
        if _ROWS_OPEN.match(self.text, self.at):
            return self.rows()
        return self.leaf()

    def rows(self) -> Rows:
        """Return the columns of a list of objects."""
        self.at += 1
        columns: dict[str, list[Leaf]] = {}
        count = 0
        goes_on = ","
        while goes_on == ",":
            row = self.members(self.leaf)
            columns = columns or {key: [] for key in row}
            if columns.keys() != row.keys():
                raise NotPlainError
            for key, value in row.items():
                columns[key].append(value)
            count += 1 + self.rows_like(row, columns)
            goes_on = self.take(_LIST_GOES_ON)[1]
        return Rows({key: _column(values, count) for key, values in columns.items()})

    def rows_like(self, row: Mapping[str, Leaf], columns: Mapping[str, list[Leaf]]) -> int:
        """Read on while rows are written as this one, of texts and single numbers; say how many are."""
        if len(self.text) - self.at < _MANY or not all(map(_is_scalar, row.values())):
            return 0
        values = {key: _TEXT if isinstance(value, str) else _NUMBER_TEXT for key, value in row.items()}
        members = (
            f'{_SPACE}"{re.escape(key)}"{_SPACE}:{_SPACE}{each}{_SPACE}' for key, each in values.items()
        )
        pattern = f"(){_SPACE},{_SPACE}{{{','.join(members)}}}"  # with two groups a match is always a tuple
        start = self.at
        self.take(re.compile(f"(?:{pattern})*+"))
        found = re.compile(pattern).findall(self.text, start, self.at)
        for key, column in zip(row, [*zip(*found, strict=True)][1:], strict=False):  # of no rows, none
            texts = ",".join(column)
            is_text = isinstance(row[key], str)
            columns[key].extend(_DECODER.decode(f"[{texts}]") if is_text else [Numbers(texts.encode())])
        return len(found)

    def leaf(self) -> Leaf:
        """Return a tensor."""
        if _NUMBERS_OPEN.match(self.text, self.at):
            return self.numbers()
        value: Leaf
        value, self.at = _DECODER.raw_decode(self.text, self.at)
        return value

    def numbers(self) -> Numbers:
        """Cut out a number, or lists of numbers: up to the last bracket before a string or object ends it."""
        start = self.at
        if self.text[start] != "[":
            return Numbers(self.take(_NUMBER)[0].encode())
        quote = self.text.find('"', start)
        brace = self.text.find("}", start, quote if quote >= 0 else len(self.text))
        self.at = self.text.rfind("]", start, brace if brace >= 0 else quote) + 1
        if not self.at:
            raise NotPlainError
        # Where both count alike, the body's own bytes save a copy.
        is_ascii = self.text.isascii()
        text = self.body[start : self.at] if is_ascii else self.text[start : self.at].encode()
        if text.count(b"[") != text.count(b"]"):
            raise NotPlainError
        return Numbers(text)


def _is_scalar(value: Leaf) -> bool:
    return isinstance(value, str) or (isinstance(value, Numbers) and not value.is_list)


def _column(values: list[Leaf], count: int) -> Leaf:
    """Join numbers to a list. As brackets are balanced in each, and they are as many as rows, each is one."""
    numbers = [each.text for each in values if isinstance(each, Numbers)]
    if 0 < len(numbers) < len(values):
        raise NotPlainError
    if not numbers:
        return values
    numbers[0] = b"[" + numbers[0]
    numbers[-1] += b"]"
    return Numbers(b",".join(numbers), count)


def _not_plain(_constant: str) -> NoReturn:
    """Refuse `NaN` and `Infinity`."""
    raise NotPlainError


_DECODER: Final = json.JSONDecoder(parse_constant=_not_plain)
