"""Base64 as the server takes it."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.wire.b64 import decode

_TABLE = [
    (b"", b""),
    (b"aGk=", b"hi"),
    # padding may be missing or be dots, but not be of another length
    (b"aGk", b"hi"),
    (b"aGk.", b"hi"),
    (b"aA==", b"h"),
    (b"aA=.", b"h"),
    (b"aGk==", None),
    (b"aA=", None),
    (b"aGkh=", None),
    # white space is skipped wherever it stands
    (b" a\tG\nk\r=\v\f", b"hi"),
    # bits left over are dropped
    (b"aGl", b"hi"),
    # one digit too many, other alphabets, digits after padding
    (b"aGkha", None),
    (b"a", None),
    (b"-_8=", None),
    (b"!!", None),
    (b"aA==aA==", None),
]


@pytest.mark.parametrize(("text", "expected"), _TABLE)
def test_decode(text: bytes, expected: bytes | None) -> None:
    """Standard alphabet, padding optional, white space skipped; anything else is refused."""
    assert decode(text) == expected


@given(st.binary())
def test_decodes_what_is_encoded(data: bytes) -> None:
    """Every encoding comes back, with and without its padding."""
    text = base64.b64encode(data)
    assert decode(text) == decode(text.rstrip(b"=")) == data
