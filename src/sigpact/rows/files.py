"""Files of rows, line by line or record by record: memory holds one at a time, whatever the file holds."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from sigpact.rows.mistakes import RowMistakeError
from sigpact.wire.tfrecord import HEAD_BYTES, TornRecordError, begins_record, read_records

MAX_LINE: Final = 256 << 20
"""A line is no longer: more than any server takes in one request."""
_BOM: Final = b"\xef\xbb\xbf"
_SPACE: Final = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line or record, as it is in the file. `number` counts from 1, blank lines too."""

    number: int
    content: bytes
    is_record: bool


class UnreadableFileError(ValueError):
    """A file cannot be read, or not further than this. `number` is the line or record, if it is one."""

    def __init__(self, reason: str, number: int = 0, *, is_record: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.number = number
        self.is_record = is_record


def entries(path: str) -> Iterator[Entry]:
    """Yield the lines of JSON Lines that are not blank, or the records of a TFRecord.

    Raises `UnreadableFileError`.
    """
    try:
        with Path(path).open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            head = stream.read(HEAD_BYTES)
            stream.seek(0)
            if _is_records(head):
                yield from _records(stream, size)
            else:
                yield from _lines(stream)
    except OSError as error:
        raise UnreadableFileError(f"it cannot be read: {error.strerror}") from None


def _is_records(head: bytes) -> bool:
    """Tell the two formats apart by how a file begins, not by its name."""
    if head.startswith(b"\x1f\x8b"):
        raise UnreadableFileError("it is compressed with gzip: unpack it, TensorFlow Serving does not either")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFileError("it is UTF-16; JSON Lines are UTF-8: save it as UTF-8")
    if begins_record(head):
        return True
    if b"\0" in head:  # as in every length below 2^56, and in no text
        reason = "it is neither JSON Lines nor a TFRecord: the checksum of its first length is wrong"
        raise UnreadableFileError(reason, 1, is_record=True)
    return False


def _records(stream: BinaryIO, size: int) -> Iterator[Entry]:
    try:
        for number, record in enumerate(read_records(stream, size), start=1):
            yield Entry(number, record, is_record=True)
    except TornRecordError as error:
        raise UnreadableFileError(error.reason, error.number, is_record=True) from None


def _lines(stream: BinaryIO) -> Iterator[Entry]:
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise UnreadableFileError(f"the line is over {MAX_LINE >> 20} MiB", number)
        content = line.removeprefix(_BOM) if number == 1 else line
        content = content.strip(_SPACE)
        if content:
            yield Entry(number, content, is_record=False)


def text_of(entry: Entry) -> str:
    """Return the text of a line. Raises `RowMistakeError`."""
    try:
        return entry.content.decode()
    except UnicodeDecodeError as error:
        raise RowMistakeError(
            f"byte 0x{entry.content[error.start]:02x} is not UTF-8", error.start + 1
        ) from None
