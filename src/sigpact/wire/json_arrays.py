"""Arrays as JSON text: the brackets of a shape are laid out first, then one `%` fills all elements in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.wire.arrays import Array
from sigpact.wire.float_text import float_tokens
from sigpact.wire.json_text import new_line


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of a tensor in C order: `conversion` stands for each in the text, `values` fill these."""

    conversion: bytes
    values: tuple[object, ...]


def tokens(written: Iterable[bytes]) -> Elements:
    """Return elements that are text already."""
    return Elements(b"%b", tuple(written))


def integers(numbers: Iterable[int]) -> Elements:
    """Return integers: their digits."""
    return Elements(b"%d", tuple(numbers))


def booleans(flags: Array) -> Elements:
    """Return `true` and `false`."""
    return tokens(np.array([b"false", b"true"], object)[flags.astype(np.intp)])


def floats(numbers: Array) -> Elements:
    """Return float32 or float64 numbers as the server writes them."""
    return tokens(float_tokens(numbers))


@dataclass(frozen=True, slots=True)
class _Layout:
    """What stands around and between the items of a list, by how deep it lies in the array."""

    opens: Callable[[int], bytes]
    between: Callable[[int], bytes]
    closes: Callable[[int], bytes]


_ONE_LINE: Final = _Layout(lambda _: b"[", lambda _: b", ", lambda _: b"]")
_ROWS: Final = _Layout(
    lambda depth: b"[" if depth else b"",
    lambda depth: b", " if depth else b"\0",  # no token holds one: strings escape it
    lambda depth: b"]" if depth else b"",
)


def on_one_line(elements: Elements, shape: tuple[int, ...]) -> bytes:
    """Return nested lists on a single line."""
    return _filled(elements, shape, _ONE_LINE)


def rows_on_one_line(elements: Elements, shape: tuple[int, ...]) -> list[bytes]:
    """Return the items of the outermost list, each on a single line."""
    return _filled(elements, shape, _ROWS).split(b"\0") if shape[0] else []


def on_lines(elements: Elements, shape: tuple[int, ...], level: int) -> bytes:
    """Return nested lists with an element a line. `level` is how deep the outermost stands."""
    layout = _Layout(
        lambda depth: b"[" + new_line(level + depth + 1),
        lambda depth: b"," + new_line(level + depth + 1),
        lambda depth: new_line(level + depth) + b"]",
    )
    return _filled(elements, shape, layout)


def _filled(elements: Elements, shape: tuple[int, ...], layout: _Layout) -> bytes:
    """Return nested lists of that shape: first of the same conversion everywhere, then of the elements."""
    text = elements.conversion
    for depth, size in reversed(list(enumerate(shape))):
        items = (text + layout.between(depth)) * (size - 1) + text
        text = layout.opens(depth) + items + layout.closes(depth) if size else b"[]"
    return text % elements.values
