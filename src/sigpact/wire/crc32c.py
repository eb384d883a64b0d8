"""CRC32C (RFC 3720, Castagnoli), masked as TFRecord stores it (tensorflow/core/lib/hash/crc32c.h)."""

from functools import cache
from typing import Final

import numpy as np

from sigpact.wire.arrays import Array

_POLYNOMIAL: Final = 0x82F63B78
_LANE: Final = 256
"""Long data is cut into lanes of so many bytes, which are read side by side, a byte of each at a time."""
_FEW_LANES: Final = 8
"""Below this, one byte after the other is as fast."""
_ONES: Final = 0xFFFFFFFF


def masked_crc32c(data: bytes) -> int:
    """Return the checksum as a TFRecord holds it: rotated, and a constant added."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & _ONES


def crc32c(data: bytes) -> int:
    """Return the CRC32C of some bytes."""
    count = len(data) // _LANE
    if count < _FEW_LANES:
        return _step(_ONES, data) ^ _ONES
    lanes = np.frombuffer(data, np.uint8, count * _LANE).reshape(count, _LANE)
    states = np.zeros(count, np.uint32)
    states[0] = _ONES
    for column in lanes.T:
        states = _next(states, column)
    crc = 0
    for each in states.tolist():
        crc = _shifted(crc) ^ each
    return _step(crc, data[count * _LANE :]) ^ _ONES


@cache
def _table() -> Array:
    """Return what each byte makes of an empty state."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(_POLYNOMIAL), table >> 1).astype(np.uint32)
    return table


@cache
def _listed() -> list[int]:
    found: list[int] = _table().tolist()
    return found


@cache
def _past_a_lane() -> list[list[int]]:
    """Return what a lane of zeros makes of each byte of a state: states are combined bit by bit."""
    states = (np.arange(256, dtype=np.uint32) << np.arange(0, 32, 8, dtype=np.uint32)[:, None]).ravel()
    zeros = np.zeros(len(states), np.uint8)
    for _ in range(_LANE):
        states = _next(states, zeros)
    found: list[list[int]] = states.reshape(4, 256).tolist()
    return found


def _next(states: Array, bytes_: Array) -> Array:
    return np.asarray(_table()[(states ^ bytes_) & 0xFF] ^ states >> 8)


def _step(state: int, data: bytes) -> int:
    table = _listed()
    for byte in data:
        state = table[(state ^ byte) & 0xFF] ^ state >> 8
    return state


def _shifted(state: int) -> int:
    first, second, third, fourth = _past_a_lane()
    return first[state & 0xFF] ^ second[state >> 8 & 0xFF] ^ third[state >> 16 & 0xFF] ^ fourth[state >> 24]
