"""A tf.Example as bytes, what the one input of a classify or regress signature is fed with; and back.

Field numbers: tensorflow/core/example/{example,feature}.proto. A message on the wire: `savedmodel/wire.py`.
"""

import struct
from collections.abc import Iterable, Mapping
from typing import Final

from sigpact.savedmodel.wire import Message, chunks, fixed, signed, varints
from sigpact.wire.inference import Feature

_FIELDS: Final = {"bytes": 1, "float": 2, "int64": 3}
"""Feature.kind: which list holds the values."""
_KINDS: Final = {number: kind for kind, number in _FIELDS.items()}


def serialized(features: Mapping[str, Feature]) -> bytes:
    """Return the tf.Example with these features; one without a kind holds nothing."""
    entries = (
        _field(1, _field(1, name.encode(errors="surrogateescape")) + _field(2, _feature(feature)))
        for name, feature in features.items()
    )
    return _field(1, b"".join(entries))


def parsed(example: Message) -> dict[str, Feature]:
    """Return the features of a tf.Example. Raises `WireError`."""
    return {name: _parsed(feature) for name, feature in example.message(1).entries(1).items()}


def _parsed(feature: Message) -> Feature:
    """Read a oneof: the list that comes last counts, and earlier ones of its kind with it."""
    kinds = [each.number for each in feature.fields() if each.number in _KINDS]
    if not kinds:
        return Feature()
    kind, values = _KINDS[kinds[-1]], feature.message(kinds[-1])
    if kind == "bytes":
        return Feature(kind, chunks(values, 1))
    if kind == "float":
        return Feature(kind, tuple(fixed(values, 1, "f")))
    return Feature(kind, tuple(signed(each, 64) for each in varints(values, 1)))


def _feature(feature: Feature) -> bytes:
    number = _FIELDS.get(feature.kind)
    return b"" if number is None else _field(number, _list(feature))


def _list(feature: Feature) -> bytes:
    """Return a BytesList, FloatList or Int64List; numbers are packed."""
    if feature.kind == "bytes":
        return b"".join(_field(1, each) for each in feature.values if isinstance(each, bytes))
    numbers = [each for each in feature.values if not isinstance(each, bytes)]
    if feature.kind == "float":
        return _field(1, struct.pack(f"<{len(numbers)}f", *numbers)) if numbers else b""
    return _field(1, _varints(int(each) for each in numbers)) if numbers else b""


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varints(numbers: Iterable[int]) -> bytes:
    """Return int64 numbers, each in two's complement."""
    return b"".join(_varint(each & (1 << 64) - 1) for each in numbers)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
