"""Text as the server writes it."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigpact.wire.json_dialect import read
from sigpact.wire.json_text import (
    array_on_lines,
    array_on_one_line,
    float_tokens,
    list_on_lines,
    object_on_lines,
    pretty,
    text_token,
)

_SINGLES = [
    (1.0, "1.0"),
    (-0.0, "-0.0"),
    (9e6, "9e+06"),
    (999999, "999999.0"),
    (1234567, "1234567.0"),
    (16777216, "16777216.0"),
    (1 / 3, "0.333333343"),
    (0.1, "0.1"),
    (0.0001, "0.0001"),
    (3e-05, "3e-05"),
    (1e30, "1e+30"),
    (1e-45, "1.4013e-45"),
    (3.4028234663852886e38, "3.40282347e+38"),
    (math.nan, "NaN"),
    (math.inf, "Infinity"),
    (-math.inf, "-Infinity"),
]
_DOUBLES = [
    (1 / 3, "0.33333333333333331"),
    (0.1, "0.1"),
    (123456789.0, "123456789.0"),
    (1e16, "1e+16"),
    (5e-324, "4.94066e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (float(2**53), "9007199254740992.0"),
]


@pytest.mark.parametrize(
    ("dtype", "number", "expected"),
    [(np.float32, *row) for row in _SINGLES] + [(np.float64, *row) for row in _DOUBLES],
)
def test_float_text(dtype: type, number: float, expected: str) -> None:
    """Six digits where they suffice, else all; a whole number has `.0` unless it has an exponent."""
    assert float_tokens(np.array([number], dtype)) == [expected.encode()]


@settings(deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_float32_text_reads_back(numbers: list[float]) -> None:
    """Every float32 comes back from its text, which is six digits long if any six digits name it."""
    array = np.array(numbers, np.float32)
    for number, token in zip(array, float_tokens(array), strict=True):
        assert np.float32(token.decode()) == number
        six = np.float32(f"{number:.6g}") == number
        assert len(token.partition(b"e")[0].replace(b".0", b"").strip(b"-0.").replace(b".", b"")) <= (
            6 if six else 9
        )


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_float64_text_reads_back(number: float) -> None:
    """Every double comes back from its text, sign of zero included, and is never taken for an integer."""
    token = float_tokens(np.array([number]))[0]
    back = read(token)
    assert isinstance(back, float)
    assert (back, math.copysign(1, back)) == (number, math.copysign(1, number))


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


def test_layout() -> None:
    """Four spaces a level; lists on one line, or an element a line."""
    tokens = [b"1", b"2", b"3", b"4"]
    assert array_on_one_line(tokens, (2, 2)) == b"[[1, 2], [3, 4]]"
    assert array_on_one_line([], (2, 0)) == b"[[], []]"
    assert array_on_one_line([b"7"], ()) == b"7"
    assert array_on_lines(tokens[:2], (1, 2), 0) == b"[\n    [\n        1,\n        2\n    ]\n]"
    assert array_on_lines([], (0, 2), 1) == list_on_lines([], 1) == b"[]"
    assert object_on_lines([(b"a", b"1"), (b'"', b"2")], 1) == b'{\n        "a": 1,\n        "\\"": 2\n    }'
