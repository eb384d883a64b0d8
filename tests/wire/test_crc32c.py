"""CRC32C: the vectors of RFC 3720 (appendix B.4), and its definition bit by bit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.wire.crc32c import crc32c, masked_crc32c
from tests.rows.logs import slow_crc32c


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_published_vectors(data: bytes, crc: int) -> None:
    """Short data goes byte by byte."""
    assert crc32c(data) == crc


def test_the_mask() -> None:
    """Rotated by 15 bits and a constant added (crc32c.h), as in a record that TensorFlow 2.21 wrote."""
    assert masked_crc32c(b"") == 0xA282EAD8
    assert masked_crc32c(bytes(8)) == 0x07980329


@given(st.integers(0, 6000), st.binary(min_size=1, max_size=64))
def test_lanes_give_what_bytes_give(size: int, seed: bytes) -> None:
    """Long data is read in lanes that are combined, whatever is left over at the end."""
    data = (seed * (size // len(seed) + 1))[:size]
    assert crc32c(data) == slow_crc32c(data)
