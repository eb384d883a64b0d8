"""TFRecord: frames are followed as far as their checksums allow; no length is believed beyond the file."""

import importlib.util
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.wire.tfrecord import TornRecordError, begins_record, read_records
from tests.rows.logs import frame


def read(data: bytes) -> list[bytes]:
    """Read all records."""
    return list(read_records(io.BytesIO(data), len(data)))


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_records_come_back(records: list[bytes]) -> None:
    """Empty ones too; a file of nothing has none."""
    data = b"".join(map(frame, records))
    assert read(data) == records
    assert begins_record(data[:12]) is bool(records)


def test_fixed_bytes() -> None:
    """Records of `abc` and of nothing, as TensorFlow 2.21 wrote them."""
    data = "0300000000000000b099490e6162636e57f121000000000000000029039807d8ea82a2"
    assert read(bytes.fromhex(data)) == [b"abc", b""]


HOSTILE = [
    # What is in the file, which record is wrong, and why.
    (frame(b"abc")[:-1], 1, "it has 3 bytes, of which 6 are there"),
    (frame(b"abc") + frame(b"abc")[:7], 2, "the file ends in its length, after 7 bytes of it"),
    (frame(b"abc")[:12], 1, "it has 3 bytes, of which 0 are there"),
    (frame(b"abc", 1 << 62), 1, "it has 4,611,686,018,427,387,904 bytes, of which 7 are there"),
    (frame(b"abc", 2**64 - 1), 1, "it has 18,446,744,073,709,551,615 bytes, of which 7 are there"),
    (b"\x01" + frame(b"abc")[1:], 1, "the checksum of its length, at byte 0, is wrong"),
    (frame(b"abc").replace(b"abc", b"abd"), 1, "the checksum of its 3 bytes is wrong"),
    (frame(b"x") + b"\0" * 16, 2, "the checksum of its length, at byte 17, is wrong"),
]


@pytest.mark.parametrize(("data", "number", "reason"), HOSTILE)
def test_what_is_torn_is_told(data: bytes, number: int, reason: str) -> None:
    """Which record, and why; the records before it were read."""
    with pytest.raises(TornRecordError) as told:
        read(data)
    assert (told.value.number, told.value.reason) == (number, reason)


WRITES = """
import sys, tensorflow as tf
with tf.io.TFRecordWriter(sys.argv[1]) as writer:
    for size in (0, 1, 3, 255, 256, 2047, 2048, 70000):
        writer.write(bytes(at * 7 & 0xff for at in range(size)))
"""


@pytest.mark.tensorflow
@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed")
def test_what_tensorflow_writes(tmp_path: Path) -> None:
    """TensorFlow's own writer, which is a second implementation of the checksums."""
    file = tmp_path / "rows.tfrecord"
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", WRITES, str(file)], env=quiet, check=True, capture_output=True)
    sizes = (0, 1, 3, 255, 256, 2047, 2048, 70000)
    assert read(file.read_bytes()) == [bytes(at * 7 & 0xFF for at in range(size)) for size in sizes]
