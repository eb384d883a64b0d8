"""Lines of JSON: the text of what was sent is cut out of its line as it stands, and lists become tensors."""

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sigpact.rows.elements import flattened, nested
from sigpact.rows.lines import _texts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=3), each, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=5), JSON, max_size=4),
    st.sampled_from([(",", ":"), (" , ", " : "), (",\t", "  :")]),
    st.booleans(),
)
def test_members_keep_their_text(row: dict[str, Any], between: tuple[str, str], ascii_: bool) -> None:  # noqa: FBT001 - it is drawn
    """Whatever the spaces and escapes: each text alone reads as its member does."""
    text = json.dumps(row, separators=between, ensure_ascii=ascii_)
    found = _texts(text)
    assert list(found) == list(row)
    for key, value in row.items():
        assert found[key] in text
        assert json.loads(found[key]) == value


@given(arrays(np.int64, array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)))
def test_lists_come_back_in_their_shape(array: np.ndarray[Any, np.dtype[np.int64]]) -> None:
    """Elements in C order, and tuples of them again; an empty list hides the sizes behind it."""
    flat, shape = flattened("x", array.tolist())
    assert flat == array.reshape(-1).tolist()
    assert shape == array.shape[: len(shape)]
    assert len(shape) == array.ndim or 0 in shape
    assert np.asarray(nested(flat, array.shape), np.int64).tolist() == array.tolist()
