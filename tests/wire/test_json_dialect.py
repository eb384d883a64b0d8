"""The reader of the server's JSON dialect: a table, a second opinion, and nesting without end."""

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigpact.wire.json_dialect import Json, JsonError, JsonObject, read

_ACCEPTED = [
    # words and numbers: a literal without point and exponent is an integer if int64 or uint64 holds it
    (b"null", None),
    (b" true ", True),
    (b"false", False),
    (b"-0", 0),
    (b"18446744073709551615", 18446744073709551615),
    (b"18446744073709551616", 18446744073709551616.0),
    (b"-9223372036854775808", -9223372036854775808),
    (b"-9223372036854775809", -9223372036854775809.0),
    (b"1.0", 1.0),
    (b"1e3", 1000.0),
    (b"1E+2", 100.0),
    (b"1e-400", 0.0),
    # not finite, by each of their names
    (b"Infinity", math.inf),
    (b"Inf", math.inf),
    (b"-Infinity", -math.inf),
    (b"-Inf", -math.inf),
    # as rapidjson reads digits: infinity here, an error below
    (b"9e308", math.inf),
    (b"1.8e308", math.inf),
    (b"0.1e309", 1e308),
    (b"1" + b"0" * 308, 1e308),
    # texts are bytes: escapes undone, everything else as it stands
    (rb'"a\"\\\/\b\f\n\r\tz"', b'a"\\/\b\f\n\r\tz'),
    (rb'"\u00e9\ud83d\ude00\u0000"', "é😀\0".encode()),
    (b'"\xff\x7f"', b"\xff\x7f"),
    (rb'"\udc00"', b"\xed\xb0\x80"),
    # stop when done; a NUL ends the document; a byte order mark, even a piece of one, is skipped
    (b"[1] garbage", [1]),
    (b"[1]\0]", [1]),
    (b"\xef\xbb\xbf[]", []),
    (b"\xbf[]", []),
    (b"[1, 2.5, -3e2]", [1, 2.5, -300.0]),
    (b'\t\r\n [ "a" , [ ] , [ 1 ] ] ', [b"a", [], [1]]),
]


@pytest.mark.parametrize(("body", "expected"), _ACCEPTED, ids=[repr(body[:30]) for body, _ in _ACCEPTED])
def test_accepts(body: bytes, expected: object) -> None:
    """What the server's reader accepts comes out with the type of its literal."""
    found = read(body)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("body", [b"NaN", b"-NaN"])
def test_nan_is_a_number(body: bytes) -> None:
    """NaN is a literal, with or without a sign."""
    found = read(body)
    assert isinstance(found, float)
    assert math.isnan(found)


def test_negative_zero_keeps_its_sign_as_a_double_only() -> None:
    """`-0.0` is negative zero, `-0` the integer zero."""
    found = read(b"-0.0")
    assert isinstance(found, float)
    assert math.copysign(1, found) == -1
    assert read(b"[-0]") == [0]


def test_objects_keep_order_and_duplicates() -> None:
    """Every member is there, in order, keys with a NUL included; `values` gives those of one key."""
    found = read(rb'{"b": 1, "a": {}, "b": null, "b\u0000c": 2, "\n": []}')
    assert isinstance(found, JsonObject)
    assert [key for key, _ in found.members] == [b"b", b"a", b"b", b"b\0c", b"\n"]
    assert found.values(b"b") == (1, None)
    assert found.values(b"missing") == ()


_REFUSED = [
    (b"", "The document is empty.", 0),
    (b" ", "The document is empty.", 1),
    (b"\0{}", "The document is empty.", 0),
    (b"]", "The document is empty.", 0),
    (b"[1,]", "Invalid value.", 3),
    (b"[,1]", "Invalid value.", 1),
    (b"[", "Invalid value.", 1),
    (b"tru", "Invalid value.", 3),
    (b"nope", "Invalid value.", 1),
    (b"-x", "Invalid value.", 1),
    (b"-true", "Invalid value.", 1),
    (b"-Na", "Invalid value.", 3),
    (b"Infin", "Invalid value.", 5),
    (b"+1", "Invalid value.", 0),
    (b".5", "Invalid value.", 0),
    (b"'a'", "Invalid value.", 0),
    (b"[1 /* no */]", "Missing a comma or ']' after an array element.", 3),
    (b"[01]", "Missing a comma or ']' after an array element.", 2),
    (b"[0x10]", "Missing a comma or ']' after an array element.", 2),
    (b"[1, 2", "Missing a comma or ']' after an array element.", 5),
    (b"[1}", "Missing a comma or ']' after an array element.", 2),
    (b'{"a": 1', "Missing a comma or '}' after an object member.", 7),
    (b'{"a": 1]', "Missing a comma or '}' after an object member.", 7),
    (b'{"a": 1,}', "Missing a name for object member.", 8),
    (b"{1: 2}", "Missing a name for object member.", 1),
    (b'{"a" 1}', "Missing a colon after a name of object member.", 5),
    (rb'{"\n" 1}', "Missing a colon after a name of object member.", 6),
    (b'{"a":}', "Invalid value.", 5),
    (b"1.", "Miss fraction part in number.", 2),
    (b"1.e5", "Miss fraction part in number.", 2),
    (b"1e", "Miss exponent in number.", 2),
    (b"1e+", "Miss exponent in number.", 3),
    (b"[1e309]", "Number too big to be stored in double.", 1),
    (b"0e309", "Number too big to be stored in double.", 0),
    (b"-0.1e310", "Number too big to be stored in double.", 0),
    (b"1e99999999999999999999", "Number too big to be stored in double.", 0),
    (b"2" + b"0" * 308, "Number too big to be stored in double.", 0),
    (b"1" + b"0" * 5000, "Number too big to be stored in double.", 0),
    (b'"a', "Missing a closing quotation mark in string.", 2),
    (b'"a\0b"', "Missing a closing quotation mark in string.", 2),
    (b'"a\x01b"', "Invalid escape character in string.", 2),
    (b'"a\nb"', "Invalid escape character in string.", 2),
    (rb'"a\x41"', "Invalid escape character in string.", 2),
    (rb'"\u12g4"', "Incorrect hex digit after \\u escape in string.", 1),
    (rb'"\u12', "Incorrect hex digit after \\u escape in string.", 1),
    (rb'"\ud800"', "The surrogate pair in string is invalid.", 1),
    (rb'"\ud800\n"', "The surrogate pair in string is invalid.", 1),
    (rb'"\ud800\ud800"', "The surrogate pair in string is invalid.", 1),
]


@pytest.mark.parametrize(("body", "reason", "offset"), _REFUSED, ids=[repr(row[0][:30]) for row in _REFUSED])
def test_refuses(body: bytes, reason: str, offset: int) -> None:
    """What the server's reader refuses is refused with its reason and its offset."""
    with pytest.raises(JsonError) as caught:
        read(body)
    assert (caught.value.reason, caught.value.offset) == (reason, offset)
    assert str(caught.value) == f"{reason} at offset: {offset}"


def test_digits_of_the_fraction_raise_the_limit_of_the_exponent() -> None:
    """Each digit that rapidjson keeps allows one more: until 2^53 is reached, then 17 digits of all."""
    digits = b"1234567890123456789"
    for count, limit in ((1, 309), (10, 318), (16, 324), (17, 325), (19, 325)):
        number = b"0.%be%d" % (digits[:count], limit)
        assert read(number) == float(number), number
        with pytest.raises(JsonError):
            read(b"0.%be%d" % (digits[:count], limit + 1))


def test_a_million_brackets_are_read() -> None:
    """Nesting has no limit (the server's own test has a million brackets)."""
    found, depth = read(b"[" * 500_000 + b"]" * 500_000), 1
    while isinstance(found, list) and found:
        found, depth = found[0], depth + 1
    assert (found, depth) == ([], 500_000)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"":'])
def test_what_is_broken_deep_inside_is_found(opening: bytes) -> None:
    """An error at the bottom is an error, after any mix of brackets."""
    with pytest.raises(JsonError) as caught:
        read(opening * 50_000 + b"x")
    assert caught.value.offset == len(opening) * 50_000


_text = st.text(st.characters(codec="utf-8"))
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
    max_leaves=20,
)


def _as_python(value: Json) -> object:
    match value:
        case bytes():
            return value.decode()
        case list():
            return [_as_python(each) for each in value]
        case JsonObject():
            return {key.decode(): _as_python(each) for key, each in value.members}
        case _:
            return value


@settings(deadline=None)
@given(_json, st.sampled_from([(True, ",", ":"), (False, " , ", "\n:\t")]))
def test_agrees_with_python_on_what_python_writes(document: object, style: tuple[bool, str, str]) -> None:
    """A second opinion: `json.loads` of what `json.dumps` writes, with and without escapes."""
    escape, comma, colon = style
    text = json.dumps(document, ensure_ascii=escape, separators=(comma, colon))
    assert repr(_as_python(read(text.encode()))) == repr(json.loads(text))


_literal = st.one_of(
    st.integers(-(10**19), 10**20).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,19})?([eE][+-]?[0-9]{1,2})?", fullmatch=True),
)


@settings(deadline=None)
@given(st.lists(_literal, min_size=1, max_size=6), st.sampled_from([",", " ,\n"]))
def test_lists_of_numbers_are_read_as_their_elements_are(literals: list[str], separator: str) -> None:
    """The short cut for lists of numbers gives the same as reading each by itself."""
    found = read(f"[{separator.join(literals)}]".encode())
    assert repr(found) == repr([read(each.encode()) for each in literals])


@settings(deadline=None)
@given(st.binary(max_size=12))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """No text crashes the reader, and an error's offset lies inside the text."""
    offset = 0
    try:
        read(b"[" + body)
    except JsonError as error:
        offset = error.offset
    assert 0 <= offset <= len(body) + 1


def test_the_first_value_ends_where_python_says() -> None:
    """Of two values in a row only the first counts, whatever they are."""
    values = [b"1", b'"a"', b"[2]", b'{"a":3}', b"null"]
    for first, second in pairwise(values):
        assert repr(read(first + b" " + second)) == repr(read(first))
