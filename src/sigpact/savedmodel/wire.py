"""A reader of protobuf's wire format, for the few fields of a SavedModel that matter here.

It steps over what nobody asks for by its length prefix, so a graph of a gigabyte costs one step and no
memory. It only ever goes down fields that a caller names: there is no recursion that a file can drive.

Semantics of https://protobuf.dev/programming-guides/encoding: of a scalar the last one counts; a message
that occurs again is merged, which is the same as reading both encodings as one; of equal map keys the
last entry counts; a known field under another wire type is an unknown field.
"""

import mmap
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from sigpact.frozen import field, frozen

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5
_GROUPS: Final = (3, 4)

MAX_STEPS: Final = 1_000_000
"""Fields stepped over in one file: a signature of 20,000 tensors takes half. Bounds time, not size."""
MAX_TEXT: Final = 1 << 20

Buffer = mmap.mmap | bytes


class WireError(ValueError):
    """The bytes are no protobuf message. `at` is the offset in the file, `reason` a clause."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(at, reason)
        self.at = at
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason} at byte {self.at}"


class Field(NamedTuple):
    """One field on the wire: `start` and `end` enclose its content, `value` is that of a varint.

    (A named tuple: there is one for each step, and a frozen class takes longer to make.)
    """

    number: int
    wire: int
    start: int
    end: int
    value: int = 0


class _Steps:
    """How many steps may be taken, and were, over all messages of a file."""

    __slots__ = ("most", "taken")

    def __init__(self, most: int = MAX_STEPS) -> None:
        self.most = most
        self.taken = 0


@frozen
class Message:
    """One message: the pieces of a buffer that encode it, in order (several where it was merged)."""

    buffer: Buffer
    pieces: tuple[tuple[int, int], ...]
    _steps: _Steps = field(default_factory=_Steps, compare=False)

    @property
    def size(self) -> int:
        """The number of bytes that encode it."""
        return sum(end - start for start, end in self.pieces)

    def fields(self) -> Iterator[Field]:
        """Yield every field, in the file's order. Raises `WireError`."""
        for start, end in self.pieces:
            at = start
            while at < end:
                found = read_field(self.buffer, at, end)
                self._steps.taken += 1
                if self._steps.taken == self._steps.most:
                    raise WireError(at, f"more than {self._steps.most:,} fields")
                yield found
                at = found.end

    def messages(self, number: int) -> Iterator["Message"]:
        """Yield each occurrence of a repeated message field."""
        for each in self.fields():
            if each.number == number and each.wire == BYTES:
                yield self.within((each,))

    def message(self, number: int) -> "Message":
        """Return a message field, all of its occurrences merged; empty where there is none."""
        return self.within(
            tuple(each for each in self.fields() if each.number == number and each.wire == BYTES)
        )

    def within(self, fields: tuple[Field, ...]) -> "Message":
        """Return the message that these fields of it encode together."""
        return Message(self.buffer, tuple((each.start, each.end) for each in fields), self._steps)

    def entries(self, number: int) -> dict[str, "Message"]:
        """Return a `map<string, message>` field: key to value."""
        return {entry.text(1): entry.message(2) for entry in self.messages(number)}

    def text(self, number: int) -> str:
        """Return a string field, `""` where it is absent. Raises `WireError` where it is no UTF-8."""
        return (texts(self, number) or ("",))[-1]

    def number(self, number: int) -> int:
        """Return a varint field as it stands, without a sign; 0 where it is absent."""
        found = [each.value for each in self.fields() if each.number == number and each.wire == VARINT]
        return found[-1] if found else 0


def whole(buffer: Buffer, steps: int = MAX_STEPS) -> Message:
    """Return the message that a whole buffer encodes; `steps` is how many fields may be stepped over."""
    return Message(buffer, ((0, len(buffer)),), _Steps(steps))


def texts(message: Message, number: int) -> tuple[str, ...]:
    """Return each occurrence of a string field. Raises `WireError` where one is no UTF-8."""
    return tuple(read_text(message.buffer, *each.pieces[0]) for each in message.messages(number))


def chunks(message: Message, number: int) -> tuple[bytes, ...]:
    """Return each occurrence of a bytes field."""
    return tuple(message.buffer[slice(*each.pieces[0])] for each in message.messages(number))


def signed(value: int, bits: int) -> int:
    """Return an unsigned value, cut to that many bits, as a number in two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def varints(message: Message, number: int) -> Iterator[int]:
    """Yield the values of a repeated varint field, packed or not."""
    for each in message.fields():
        if each.number != number:
            continue
        if each.wire == VARINT:
            yield each.value
        elif each.wire == BYTES:
            at = each.start
            while at < each.end:
                value, at = read_varint(message.buffer, at, each.end)
                yield value


def fixed(message: Message, number: int, code: str) -> Iterator[float]:
    """Yield the values of a repeated `float` (code `f`) or `double` (`d`) field, packed or not."""
    size = struct.calcsize(code)
    for each in message.fields():
        if each.number != number or each.wire not in {BYTES, FIXED32 if size == 4 else FIXED64}:
            continue
        count, rest = divmod(each.end - each.start, size)
        if rest:
            raise WireError(each.start, f"a list of {size}-byte numbers has {rest} bytes over")
        yield from struct.unpack(f"<{count}{code}", message.buffer[each.start : each.end])


def read_field(buffer: Buffer, at: int, end: int) -> Field:
    """Read the field that begins at an offset, inside a message that ends at `end`.

    Raises `WireError`.
    """
    tag, start = read_varint(buffer, at, end)
    number, wire = tag >> 3, tag & 7
    if not 0 < number < 1 << 29:
        raise WireError(at, f"field number {number}")
    match wire:
        case 0:
            value, stop = read_varint(buffer, start, end)
            return Field(number, wire, start, stop, value)
        case 1:
            stop = start + 8
        case 2:
            length, start = read_varint(buffer, start, end)
            stop = start + length
        case 5:
            stop = start + 4
        case _:
            kind = "a group" if wire in _GROUPS else f"wire type {wire}"
            raise WireError(at, f"{kind}, which no SavedModel has,")
    if stop > end:
        raise WireError(at, f"a field that wants {stop - start:,} bytes, of which {end - start:,} are there,")
    return Field(number, wire, start, stop)


def read_varint(buffer: Buffer, at: int, end: int) -> tuple[int, int]:
    """Return the base-128 number at an offset, cut to 64 bits, and the offset after it."""
    if at < end and buffer[at] < 0x80:
        return buffer[at], at + 1
    value = 0
    for index, position in enumerate(range(at, min(at + 10, end))):
        byte = buffer[position]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & ((1 << 64) - 1), position + 1
    raise WireError(at, "a number of more than ten bytes" if at + 10 <= end else "a number that is cut short")


def read_text(buffer: Buffer, start: int, end: int) -> str:
    """Return the text between two offsets. Raises `WireError` where it is no UTF-8 or too long."""
    if end - start > MAX_TEXT:
        raise WireError(start, f"a name of {end - start:,} bytes")
    try:
        return buffer[start:end].decode()
    except UnicodeDecodeError:
        raise WireError(start, "a name that is not UTF-8") from None
