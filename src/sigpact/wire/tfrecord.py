"""TFRecord: frames of a length, its checksum, that many bytes, and theirs (tensorflow/core/lib/io/record_*).

It is read uncompressed, as TensorFlow Serving reads its warm-up file (saved_model_warmup_util.cc).
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from sigpact.wire.crc32c import masked_crc32c

_HEAD: Final = struct.Struct("<QI")
_CHECK: Final = struct.Struct("<I")
HEAD_BYTES: Final = _HEAD.size
MAX_BYTES: Final = 1 << 31
"""A protobuf message is no longer."""


class TornRecordError(ValueError):
    """The frames cannot be followed. `number` counts records from 1, `reason` is a clause."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(number, reason)
        self.number = number
        self.reason = reason


def begins_record(head: bytes) -> bool:
    """Whether a file that begins so is a TFRecord: its first length has the right checksum."""
    return len(head) >= HEAD_BYTES and _HEAD.unpack_from(head)[1] == masked_crc32c(head[:8])


def read_records(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the records of a file of so many bytes, one in memory at a time.

    Raises `TornRecordError`; a length is believed only as far as the file goes.
    """
    at, number = 0, 0
    while head := stream.read(HEAD_BYTES):
        number += 1
        if len(head) < HEAD_BYTES:
            raise TornRecordError(number, f"the file ends in its length, after {len(head)} bytes of it")
        length, check = _HEAD.unpack(head)
        if check != masked_crc32c(head[:8]):
            raise TornRecordError(number, f"the checksum of its length, at byte {at:,}, is wrong")
        at += HEAD_BYTES
        if length > MAX_BYTES or at + length + _CHECK.size > size:
            raise TornRecordError(
                number, f"it has {length:,} bytes, of which {max(0, size - at):,} are there"
            )
        data, end = stream.read(length), stream.read(_CHECK.size)
        if len(data) < length or len(end) < _CHECK.size:
            raise TornRecordError(number, "the file became shorter while it was read")
        if _CHECK.unpack(end)[0] != masked_crc32c(data):
            raise TornRecordError(number, f"the checksum of its {length:,} bytes is wrong")
        at += length + _CHECK.size
        yield data
