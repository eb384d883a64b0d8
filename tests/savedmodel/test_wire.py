"""The wire format: what is read, what is refused, and that pieces of a message are the message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.savedmodel import wire
from sigpact.savedmodel.wire import Message, WireError, fixed, read_field, signed, texts, varints, whole
from tests.savedmodel.writer import chunk, number, varint


@given(st.integers(0, 2**64 - 1))
def test_a_varint_comes_back(value: int) -> None:
    """Every number of 64 bits is read as it was written."""
    assert whole(number(3, value)).number(3) == value


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_negative_number_comes_back(value: int) -> None:
    """A number in two's complement, ten bytes long when negative, is read with its sign."""
    assert signed(whole(number(3, value)).number(3), 64) == value


def test_a_number_is_cut_to_64_bits() -> None:
    """Ten bytes have room for 70 bits; protobuf drops those above the 64th."""
    assert whole(b"\x08" + b"\xff" * 9 + b"\x7f").number(1) == 2**64 - 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x00\x01", "field number 0 at byte 0"),
        (b"\x80\x80\x80\x80\x80\x01\x00", "field number 4294967296 at byte 0"),
        (b"\x0b\x0c", "a group, which no SavedModel has, at byte 0"),
        (b"\x0c", "a group, which no SavedModel has, at byte 0"),
        (b"\x0e", "wire type 6, which no SavedModel has, at byte 0"),
        (b"\x0f", "wire type 7, which no SavedModel has, at byte 0"),
        (b"\x08" + b"\xff" * 10 + b"\x01", "a number of more than ten bytes at byte 1"),
        (b"\x08", "a number that is cut short at byte 1"),
        (b"\x08\xff", "a number that is cut short at byte 1"),
        (b"\x80", "a number that is cut short at byte 0"),
        (b"\x0d\x00\x00\x00", "a field that wants 4 bytes, of which 3 are there, at byte 0"),
        (b"\x09\x00", "a field that wants 8 bytes, of which 1 are there, at byte 0"),
        (b"\x0a\x05ab", "a field that wants 5 bytes, of which 2 are there, at byte 0"),
        (b"\x08\x01\x0a" + varint(2**63), f"wants {2**63:,} bytes, of which 0 are there, at byte 2"),
    ],
)
def test_what_is_no_message_is_refused(data: bytes, reason: str) -> None:
    """Each way not to be a protobuf message has a reason and a place."""
    with pytest.raises(WireError) as caught:
        list(whole(data).fields())
    assert str(caught.value).endswith(reason)


def test_unknown_fields_are_stepped_over() -> None:
    """All four wire types that protobuf writes are skipped where nobody asks for the field."""
    data = number(9, 300) + b"\x49" + b"12345678" + chunk(9, b"\xff\xff") + b"\x4d" + b"1234" + number(1, 7)
    assert whole(data).number(1) == 7


def test_a_known_field_of_another_wire_type_is_unknown() -> None:
    """A text where a number belongs, and the other way round, is as if it were not there."""
    message = whole(number(2, 5) + number(1, 6) + chunk(1, "five"))
    assert (message.number(1), message.text(2), list(message.messages(2))) == (6, "", [])


def test_the_last_scalar_counts() -> None:
    """Of a scalar that occurs twice the last one is meant."""
    message = whole(number(1, 5) + number(1, 6) + chunk(2, "a") + chunk(2, "b"))
    assert (message.number(1), message.text(2)) == (6, "b")


def test_the_last_of_equal_map_keys_counts() -> None:
    """A map entry replaces the one before of the same key; it is not merged with it."""
    entries = chunk(5, chunk(1, "k") + chunk(2, number(1, 1) + number(2, 2)))
    entries += chunk(5, chunk(1, "k") + chunk(2, number(1, 3)))
    found = whole(entries).entries(5)["k"]
    assert (found.number(1), found.number(2)) == (3, 0)


def test_a_map_entry_may_lack_its_key_or_value() -> None:
    """An entry without a key has the key "", one without a value an empty one."""
    found = whole(chunk(5, chunk(2, number(1, 1))) + chunk(5, chunk(1, "k"))).entries(5)
    assert {key: value.number(1) for key, value in found.items()} == {"": 1, "k": 0}


FIELDS = st.lists(
    st.one_of(
        st.builds(number, st.integers(1, 3), st.integers(0, 300)),
        st.builds(chunk, st.integers(1, 3), st.text(max_size=3)),
    ),
    max_size=8,
)


@given(FIELDS, st.integers(0, 8))
def test_a_message_in_pieces_is_the_message(fields: list[bytes], cut: int) -> None:
    """A message field that occurs twice reads as one whose bytes are those of both (merge)."""
    pieces = chunk(4, b"".join(fields[:cut])) + number(1, 9) + chunk(4, b"".join(fields[cut:]))
    merged, joined = whole(pieces).message(4), whole(b"".join(fields))
    assert merged.size == joined.size
    for each in (1, 2, 3):
        assert merged.number(each) == joined.number(each)
        assert texts(merged, each) == texts(joined, each)


def test_numbers_are_read_packed_or_not() -> None:
    """A repeated number may come one by one, packed, and as both."""
    assert list(varints(whole(number(1, 1) + chunk(1, varint(2) + varint(300)) + number(1, 3)), 1)) == [
        1,
        2,
        300,
        3,
    ]
    floats = b"\x0d\x00\x00\x80\x3f" + chunk(1, b"\x00\x00\x00\x40\x00\x00\x40\x40")
    assert list(fixed(whole(floats), 1, "f")) == [1.0, 2.0, 3.0]
    assert list(fixed(whole(b"\x09" + bytes(6) + b"\xf0\x3f"), 1, "d")) == [1.0]


def test_a_packed_list_that_does_not_come_out_even_is_refused() -> None:
    """Bytes over in a packed list of floats, or a packed number cut short, are an error."""
    with pytest.raises(WireError, match="3 bytes over"):
        list(fixed(whole(chunk(1, b"1234567")), 1, "f"))
    with pytest.raises(WireError, match="cut short"):
        list(varints(whole(chunk(1, b"\x01\xff")), 1))


def test_texts_must_be_utf8() -> None:
    """As in protobuf, a text that is no UTF-8 is refused, also where it is not the one that counts."""
    with pytest.raises(WireError, match="not UTF-8 at byte 2"):
        whole(chunk(1, b"\xff") + chunk(1, "a")).text(1)


def test_a_text_without_end_is_refused() -> None:
    """A name of more than a mebibyte would only take memory."""
    with pytest.raises(WireError, match="a name of 1,048,577 bytes"):
        whole(chunk(1, b"a" * (wire.MAX_TEXT + 1))).text(1)


def test_a_message_of_too_many_fields_is_refused() -> None:
    """The steps through one file are counted over all of its messages."""
    message = Message(number(1, 1) * 10, ((0, 20),), wire._Steps(25))
    assert message.number(1) == 1
    assert message.within(tuple(message.fields())).size == 10
    with pytest.raises(WireError, match="fields at byte 8"):
        list(message.fields())


def test_a_field_knows_its_place() -> None:
    """`start` and `end` enclose the content alone."""
    found = read_field(b"xx" + chunk(300, b"abc"), 2, 8)
    assert (found.number, found.start, found.end) == (300, 5, 8)
