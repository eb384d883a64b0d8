"""Default values: a TensorProto in a SignatureDef -> a `Default`, as the server would feed it.

Source of fields: tensorflow/core/framework/tensor.proto; of how they fill a tensor: `Tensor::FromProto` in
core/framework/tensor.cc (too few values: the last one is repeated; none: zeros; too many: cut off).
"""

import math
import struct
from typing import Final

from sigpact.frozen import frozen
from sigpact.savedmodel.wire import Message, chunks, fixed, signed, varints
from sigpact.tensors.dtypes import DType, by_number
from sigpact.tensors.specs import Default

Element = int | float | bool | bytes

MAX_ELEMENTS: Final = 100_000
MAX_BYTES: Final = 1 << 20
"""Longer defaults are left undecoded (`values` is None): memory stays flat whatever the export holds."""

_CONTENT: Final = 4
_HALF: Final = 13
_FLOAT: Final = 5
_DOUBLE: Final = 6
_STRING: Final = 8
_BOOL: Final = 11


@frozen
class _Layout:
    """Where a dtype's values are: `code` packs one of them in tensor_content, `number` is its `*_val`."""

    code: str
    number: int


_LAYOUTS: Final = {
    "float32": _Layout("f", _FLOAT),
    "float64": _Layout("d", _DOUBLE),
    "float16": _Layout("e", _HALF),
    "bfloat16": _Layout("H", _HALF),
    "int8": _Layout("b", 7),
    "int16": _Layout("h", 7),
    "int32": _Layout("i", 7),
    "uint8": _Layout("B", 7),
    "uint16": _Layout("H", 7),
    "int64": _Layout("q", 10),
    "bool": _Layout("?", _BOOL),
    "uint32": _Layout("I", 16),
    "uint64": _Layout("Q", 17),
}


def default(name: str, proto: Message) -> Default:
    """Return the default that a TensorProto states; its values are None where they are not decoded.

    Not decoded are complex, quantized and other opaque dtypes, float8 and int4, strings in
    tensor_content, what is too long, and what the server could not decode either. Raises `WireError`.
    """
    dtype, shape = head(proto)
    if any(size < 0 for size in shape) or proto.size > MAX_BYTES or math.prod(shape) > MAX_ELEMENTS:
        return Default(name, dtype, shape, None)
    return Default(name, dtype, shape, elements(dtype, math.prod(shape), proto))


def head(proto: Message) -> tuple[DType, tuple[int, ...]]:
    """Return the dtype and the shape that a TensorProto states. Raises `WireError`."""
    dtype = by_number(signed(proto.number(1), 32))
    return dtype, tuple(signed(dim.number(1), 64) for dim in proto.message(2).messages(2))


def elements(dtype: DType, count: int, proto: Message) -> tuple[Element, ...] | None:
    """Return so many elements of a TensorProto, in C order; None where they are not decoded.

    Raises `WireError`.
    """
    content = (chunks(proto, _CONTENT) or (b"",))[-1]
    if dtype.name == "string":
        return None if content else _filled(chunks(proto, _STRING), count, b"")
    layout = _LAYOUTS.get(dtype.name)
    if layout is None:
        return None
    if content:
        return _from_content(dtype, layout, content, count)
    zero = False if dtype.name == "bool" else 0.0 if layout.number in {_FLOAT, _DOUBLE, _HALF} else 0
    return _filled(_from_field(dtype, layout, proto), count, zero)


def _filled(values: tuple[Element, ...], count: int, nothing: Element) -> tuple[Element, ...]:
    last = values[-1] if values else nothing
    return values[:count] + (last,) * (count - len(values))


def _from_content(dtype: DType, layout: _Layout, content: bytes, count: int) -> tuple[Element, ...] | None:
    if len(content) != count * struct.calcsize(layout.code):
        return None
    return _unpack(dtype, layout.code, content)


def _from_field(dtype: DType, layout: _Layout, proto: Message) -> tuple[Element, ...]:
    match layout.number:
        case 5:
            return tuple(fixed(proto, _FLOAT, "f"))
        case 6:
            return tuple(fixed(proto, _DOUBLE, "d"))
        case 11:
            return tuple(value != 0 for value in varints(proto, _BOOL))
        case number if number == _HALF:
            bits = [value & 0xFFFF for value in varints(proto, number)]
            return _unpack(dtype, layout.code, struct.pack(f"<{len(bits)}H", *bits))
        case number:
            return tuple(_integer(dtype, value) for value in varints(proto, number))


def _integer(dtype: DType, value: int) -> int:
    """Return what the server's cast to the dtype leaves of a number on the wire."""
    return signed(value, dtype.bits) if dtype.minimum else value & dtype.maximum


def _unpack(dtype: DType, code: str, data: bytes) -> tuple[Element, ...]:
    values: tuple[Element, ...] = struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data)
    if dtype.name != "bfloat16":
        return values
    return tuple(struct.unpack("<f", struct.pack("<I", int(each) << 16))[0] for each in values)
