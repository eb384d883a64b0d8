"""Defaults: a TensorProto fills a tensor as the server's `Tensor::FromProto` does."""

import math
import struct

import pytest

from sigpact.savedmodel.tensors import MAX_BYTES, MAX_ELEMENTS, Element, default
from sigpact.savedmodel.wire import whole
from sigpact.tensors.dtypes import BY_NAME
from tests.savedmodel.writer import chunk, number, varint


def proto(dtype: str, shape: tuple[int, ...], values: bytes) -> bytes:
    """Write a TensorProto around fields with values."""
    return (
        number(1, BY_NAME[dtype].number) + chunk(2, b"".join(chunk(2, number(1, n)) for n in shape)) + values
    )


def packed(field: int, *values: int) -> bytes:
    """Write a packed list of numbers."""
    return chunk(field, b"".join(map(varint, values)))


def floats(field: int, code: str, *values: float) -> bytes:
    """Write a packed list of floats (`f`) or doubles (`d`)."""
    return chunk(field, struct.pack(f"<{len(values)}{code}", *values))


TENSORS: list[tuple[str, tuple[int, ...], bytes, tuple[Element, ...] | None]] = [
    # Too few values: the last is repeated; none: zeros; too many: cut off.
    ("float32", (3,), floats(5, "f", 1.5, 2.5), (1.5, 2.5, 2.5)),
    ("float32", (2,), floats(5, "f", 1.5, 2.5, 3.5), (1.5, 2.5)),
    ("float32", (2,), b"", (0.0, 0.0)),
    ("float32", (), b"", (0.0,)),
    ("float32", (0,), floats(5, "f", 1.5), ()),
    ("string", (2,), b"", (b"", b"")),
    ("string", (3,), chunk(8, "a") + chunk(8, b"\xff\0"), (b"a", b"\xff\0", b"\xff\0")),
    ("bool", (3,), packed(11, 1, 0), (True, False, False)),
    ("bool", (2,), b"", (False, False)),
    # Each dtype in its own field.
    ("float64", (2,), floats(6, "d", 0.1, math.inf), (0.1, math.inf)),
    ("int8", (2,), packed(7, -1, 127), (-1, 127)),
    ("int16", (1,), packed(7, -(2**15)), (-(2**15),)),
    ("int32", (2,), packed(7, -(2**31)) + number(7, 5), (-(2**31), 5)),
    ("uint8", (1,), packed(7, 255), (255,)),
    ("uint16", (1,), packed(7, 65535), (65535,)),
    ("int64", (2,), packed(10, -(2**63), 2**63 - 1), (-(2**63), 2**63 - 1)),
    ("uint32", (1,), packed(16, 2**32 - 1), (2**32 - 1,)),
    ("uint64", (1,), packed(17, 2**64 - 1), (2**64 - 1,)),
    ("float16", (3,), packed(13, 0x3C00, 0xC000), (1.0, -2.0, -2.0)),
    ("bfloat16", (3,), packed(13, 0x3F80, 0xC040), (1.0, -3.0, -3.0)),
    # A number too large for its dtype is cast, as the server casts it.
    ("int8", (2,), packed(7, 300, 128), (44, -128)),
    ("uint8", (2,), packed(7, -1, 256), (255, 0)),
    # tensor_content: exactly the bytes, little-endian; it goes before the lists.
    ("float32", (2,), chunk(4, struct.pack("<2f", 1.5, -0.0)), (1.5, -0.0)),
    ("int64", (1, 2), chunk(4, struct.pack("<2q", 1, -2)), (1, -2)),
    ("uint16", (1,), chunk(4, b"\xff\x01"), (511,)),
    ("bool", (2,), chunk(4, b"\x01\x00"), (True, False)),
    ("float16", (1,), chunk(4, b"\x00\x3c"), (1.0,)),
    ("bfloat16", (1,), chunk(4, b"\x80\x3f"), (1.0,)),
    ("int32", (1,), chunk(4, struct.pack("<i", 7)) + packed(7, 8), (7,)),
    ("int32", (1,), chunk(4, b"") + packed(7, 8), (8,)),
    ("int32", (1,), chunk(4, b"1") + chunk(4, struct.pack("<i", 7)), (7,)),
    # What the server refuses.
    ("float32", (2,), chunk(4, struct.pack("<3f", 1, 2, 3)), None),
    ("float32", (2,), chunk(4, b"\0"), None),
    ("float32", (-1,), floats(5, "f", 1.5), None),
]
NOT_DECODED: list[tuple[str, tuple[int, ...], bytes]] = [
    ("complex64", (1,), floats(9, "f", 1, 2)),
    ("string", (1,), chunk(4, b"\x01a")),
    ("qint8", (1,), packed(7, 1)),
    ("int4", (1,), packed(7, 1)),
    ("float32", (MAX_ELEMENTS + 1,), floats(5, "f", 1.5)),
    ("string", (1,), chunk(8, b"a" * MAX_BYTES)),
]


@pytest.mark.parametrize(("dtype", "shape", "values", "expected"), TENSORS)
def test_values_are_the_servers(
    dtype: str, shape: tuple[int, ...], values: bytes, expected: tuple[Element, ...] | None
) -> None:
    """Dtype, shape and elements are what the server would feed; None where it would refuse."""
    found = default("x", whole(proto(dtype, shape, values)))
    assert (found.name, found.dtype.name, found.shape) == ("x", dtype, shape)
    assert repr(found.values) == repr(expected)  # repr tells -0.0 from 0.0 and True from 1


@pytest.mark.parametrize(("dtype", "shape", "values"), NOT_DECODED)
def test_what_is_not_decoded_says_so(dtype: str, shape: tuple[int, ...], values: bytes) -> None:
    """Rare dtypes and long defaults keep dtype and shape; their values are None, never a guess."""
    found = default("x", whole(proto(dtype, shape, values)))
    assert (found.dtype.name, found.shape, found.values) == (dtype, shape, None)


def test_an_unknown_rank_is_a_scalar() -> None:
    """The server takes a default of unknown rank for a scalar (serving-semantics 5)."""
    data = number(1, 1) + chunk(2, number(3, 1)) + floats(5, "f", 1.5)
    assert default("x", whole(data)).values == (1.5,)
