"""JSON text of nested lists of numbers -> one array: simdjson reads the numbers, brackets say the shape.

What is read here every reader of JSON agrees on: numbers as RFC 8259 has them, in lists of equal length, none
of them empty; doubles are rounded correctly. The rest is `NotPlainError`, and slow readers judge it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, cast

import numpy as np
import simdjson

from sigpact.wire.arrays import Array

MAX_RANK: Final = 32
"""The least that a release of NumPy has; deeper lists are not plain."""
_PIECE: Final = 1 << 18
"""About so many bytes are read at a time."""
_OPENING: Final = re.compile(rb"[\[ \t\n\r]*+")
_ALL_BUT_STRUCTURE: Final = b"0123456789+-.eE \t\n\r"


class NotPlainError(Exception):
    """The text holds what readers of JSON do not agree on, or what is too rare to be worth speed."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What looks like a number or nested lists of numbers. `rows`: how many items the outermost list has."""

    text: bytes
    rows: int | None = None

    @property
    def is_list(self) -> bool:
        """Whether it is no single number."""
        return self.text.startswith(b"[")

    def doubles(self) -> Array:
        """Return them as float64; `-0` without a point is 0.

        Raises `NotPlainError`.
        """
        return self._checked(_array(self.text, "d", np.float64))

    def integers(self) -> Array:
        """Return them as int64, or as uint64 where one of them needs it.

        Raises `NotPlainError`, also where a number has a point or an exponent.
        """
        try:
            return self._checked(_array(self.text, "i", np.int64))
        except NotPlainError:
            return self._checked(_array(self.text, "u", np.uint64))

    def _checked(self, array: Array) -> Array:
        if self.rows not in {None, len(array)}:
            raise NotPlainError
        return array


def _array(text: bytes, kind: Literal["d", "i", "u"], dtype: type) -> Array:
    parser = simdjson.Parser()
    try:
        arrays = []
        for piece in _pieces(text):
            numbers = cast(simdjson.Array, parser.parse(piece)).as_buffer(of_type=kind)
            arrays.append(_shaped(np.frombuffer(numbers, dtype), piece))
        return np.concatenate(arrays)
    except (ValueError, TypeError, RuntimeError) as error:
        # No JSON, not all numbers, too deep, too few for the shape, or pieces of several shapes.
        raise NotPlainError from error


def _pieces(text: bytes) -> Iterator[bytes]:
    """Yield the outermost list as several, each of some of its items: in pieces that stay in a cache.

    Where a cut is at the wrong depth, as may be in a ragged list, a piece is no JSON.
    """
    if not (text.startswith(b"[") and text.endswith(b"]")):
        raise NotPlainError
    depth = _OPENING.match(text)[0].count(b"[")  # type: ignore[index]  # it matches nothing too
    if depth > MAX_RANK:
        raise NotPlainError
    end_of_item = b"]" * (depth - 1) + b","
    start, stop = 1, len(text) - 1
    while start <= stop:
        found = text.find(end_of_item, start + _PIECE, stop)
        end = found + depth - 1 if found >= 0 else stop
        yield b"[%b]" % text[start:end]
        start = end + 1


def _shaped(flat: Array, text: bytes) -> Array:
    """Give numbers the shape of their lists, which may be ragged.

    An empty list looks as a list of one number does, once the numbers are out; then these are too few.
    """
    structure = text.translate(None, _ALL_BUT_STRUCTURE)
    shape = _shape(structure)
    if len(shape) > MAX_RANK or structure != _structure(shape):
        raise NotPlainError
    return flat.reshape(shape)


def _shape(structure: bytes) -> tuple[int, ...]:
    """Return the shape that the first list at each level gives, found by its length in bytes."""
    shape: tuple[int, ...] = ()
    length = 0
    depth = len(structure) - len(structure.lstrip(b"["))
    for level in reversed(range(depth)):
        closing = b"]" * (depth - level)
        size = (structure.find(closing) + len(closing) - level - 1) // (length + 1)
        length = size * (length + 1) + 1
        shape = (size, *shape)
    return shape


def _structure(shape: tuple[int, ...]) -> bytes:
    """Return lists of that shape without their elements."""
    text = b""
    for size in reversed(shape):
        text = b"[" + (text + b",") * (size - 1) + text + b"]"
    return text
