"""Canonical bytes and names of folders: one content, one form."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.store.written import canonical, escaped, folder_name, parsed, unescaped

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(DATA)
def test_canonical_bytes_are_read_as_what_they_were(data: Any) -> None:
    """A round trip, on one line of UTF-8."""
    found = canonical(data)
    assert parsed(found) == data
    assert found.endswith(b"\n")
    assert found.count(b"\n") == 1


@pytest.mark.parametrize(
    "data",
    [
        b'{"b":1,"a":2}\n',  # keys in another order
        b'{"a": 2}\n',  # a blank
        b'{"a":2}',  # no line break
        b'{"a":2}\n\n',
        b'{"a":2,"a":2}\n',  # a key twice
        b'{"a":1e0}\n',  # a number that is written otherwise
        b'{"a":NaN}\n',
        b'{"a":"\\u00e9"}\n',  # an escape for a character that needs none
        b'\xef\xbb\xbf{"a":2}\n',
        '{"a":2}\n'.encode("utf-16"),
        b'{"a":2',
        b"",
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_any_other_form_is_refused(data: bytes) -> None:
    """Else one content would have two digests, or a torn file be read."""
    with pytest.raises(ValueError, match=r"."):
        parsed(data)


@pytest.mark.parametrize("data", [float("nan"), float("inf"), "\ud800"])
def test_what_is_no_json_is_not_written(data: object) -> None:
    """At the writer, not at the next reader."""
    with pytest.raises(ValueError, match=r"."):
        canonical(data)


@given(TEXTS.filter(bool))
def test_any_name_is_a_folder_and_back(text: str) -> None:
    """Without a slash, a capital, a blank or a leading dot, whatever the name has."""
    folder = escaped(text)
    assert unescaped(folder) == text
    assert set(folder) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-%ABCDEF")
    assert not folder.startswith(".")


@given(TEXTS.filter(bool), TEXTS.filter(bool))
def test_two_names_are_two_folders_even_where_case_does_not_count(one: str, other: str) -> None:
    """`Genre` and `genre` are two models."""
    assert (escaped(one).lower() == escaped(other).lower()) == (one == other)


@pytest.mark.parametrize("folder", ["", ".", "..", "A", "%41%", "%zz", "%61", "a b", "%ff", "%C3", ".a"])
def test_folders_that_no_name_has_are_refused(folder: str) -> None:
    """`%61` is `a` written otherwise."""
    with pytest.raises(ValueError, match=r"."):
        unescaped(folder)


def test_a_name_that_is_too_long_is_told() -> None:
    """Before a file system says so in its own words."""
    assert folder_name("a" * 200) == "a" * 200
    with pytest.raises(
        ValueError, match=r"^the name 'é+'… is too long: its folder would have 600 characters$"
    ):
        folder_name("é" * 100)
