"""Arrays as JSON text."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.wire.json_arrays import (
    booleans,
    floats,
    integers,
    on_lines,
    on_one_line,
    rows_on_one_line,
    tokens,
)

_SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


@given(_SHAPES)
def test_one_line_is_the_layout_of_python(shape: tuple[int, ...]) -> None:
    """Brackets, commas, one space, as `json.dumps` has them; empty lists too."""
    array = np.arange(math.prod(shape)).reshape(shape)
    assert on_one_line(integers(array.reshape(-1).tolist()), shape) == json.dumps(array.tolist()).encode()


@given(_SHAPES, st.integers(0, 2))
def test_an_element_a_line_is_the_indented_layout_of_python(shape: tuple[int, ...], level: int) -> None:
    """Four spaces a level, from the level on where the list stands."""
    array = np.arange(math.prod(shape)).reshape(shape)
    expected = json.dumps(array.tolist(), indent=4).replace("\n", "\n" + " " * 4 * level)
    assert on_lines(integers(array.reshape(-1).tolist()), shape, level) == expected.encode()


@given(_SHAPES.filter(bool))
def test_rows_are_the_items_of_the_outermost_list(shape: tuple[int, ...]) -> None:
    """Each as it would be written alone."""
    array = np.arange(math.prod(shape)).reshape(shape)
    rows = rows_on_one_line(integers(array.reshape(-1).tolist()), shape)
    assert rows == [json.dumps(row).encode() for row in array.tolist()]


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        (tokens([b'"%d"', b'"%%"']), b'["%d", "%%"]'),
        (integers([-1, 2**64 - 1]), b"[-1, 18446744073709551615]"),
        (booleans(np.array([True, False])), b"[true, false]"),
        (floats(np.array([0.5, np.nan])), b"[0.5, NaN]"),
    ],
    ids=["texts", "integers", "booleans", "floats"],
)
def test_elements(elements: object, expected: bytes) -> None:
    """Each kind as JSON has it; a `%` in a text is a text."""
    assert on_one_line(elements, (2,)) == expected  # type: ignore[arg-type]  # a table's row
