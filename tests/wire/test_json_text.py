"""Text as the server writes it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.wire.json_dialect import read
from sigpact.wire.json_text import object_on_lines, pretty, text_token


@given(st.text())
def test_text_tokens_are_json(text: str) -> None:
    """What is UTF-8 comes back through Python's `json`."""
    assert json.loads(text_token(text.encode(errors="surrogatepass")).decode(errors="surrogatepass")) == text


def test_text_tokens_escape_as_rapidjson_does() -> None:
    """Short escapes, upper-case digits; slashes, DEL and bytes that are not UTF-8 as they stand."""
    assert text_token(b'"\\\b\f\n\r\t\x00\x1f/\x7f\xff') == b'"\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001F/\x7f\xff"'


_PRETTY = [
    (b"{}", b"{}"),
    (b"[]", b"[]"),
    (
        b'{"a": [1, [2, "x"], {"b": null}], "c": true}',
        b'{\n    "a": [1, [2, "x"], {\n            "b": null\n        }],\n    "c": true\n}',
    ),
    # rapidjson's own text of doubles
    (
        b"[1e3, -0.0, 0.1, 3.4e38, 1e21, 1e-7, 123456.789, 10000000000.0, 1e-5]",
        b"[1000.0, -0.0, 0.1, 3.4e38, 1e21, 1e-7, 123456.789, 10000000000.0, 0.00001]",
    ),
    # NaN and infinities end the text
    (b'{"a": [1, NaN, 2]}', b'{\n    "a": [1, '),
    (b"Infinity", b""),
]


@pytest.mark.parametrize(("body", "expected"), _PRETTY)
def test_values_in_messages(body: bytes, expected: bytes) -> None:
    """Objects over lines, lists on one."""
    assert pretty(read(body), 1000) == expected


def test_values_in_messages_are_cut() -> None:
    """No message shows more than its limit, however deep and long the value."""
    assert pretty(read(b"[" * 100_000 + b"]" * 100_000), 256) == b"[" * 256
    assert pretty(read(b"[" + b"1," * 100_000 + b"1]"), 10) == b"[1, 1, 1, "


def test_objects_stand_on_lines() -> None:
    """Four spaces a level, a member a line."""
    assert object_on_lines([(b"a", b"1"), (b'"', b"2")], 1) == b'{\n        "a": 1,\n        "\\"": 2\n    }'
