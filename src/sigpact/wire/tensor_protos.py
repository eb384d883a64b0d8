"""A TensorProto -> a `Value`, as the server reads one that a gRPC client sent (core/framework/tensor.cc)."""

import math
from typing import Final

import numpy as np

from sigpact.savedmodel.tensors import elements, head
from sigpact.savedmodel.wire import Message, chunks, read_varint
from sigpact.tensors.dtypes import DType, Kind
from sigpact.wire.arrays import Array, Value, numpy_dtype

MAX_FILLED: Final = 1 << 24
"""A proto of a few bytes may state any shape: its last value stands for the rest. More is not laid out."""
_CONTENT: Final = 4


class TensorError(ValueError):
    """A TensorProto that the server could not read, or that no array holds; the message is a clause."""


def read_tensor_proto(proto: Message) -> Value:
    """Return the tensor. Raises `TensorError`, and `WireError` for bytes that are no message."""
    dtype, shape = head(proto)
    count = math.prod(shape)
    if any(size < 0 for size in shape) or count > max(MAX_FILLED, proto.size):
        raise TensorError(f"a tensor of shape {list(shape)}")
    try:
        made = numpy_dtype(dtype)
    except ValueError as error:
        raise TensorError(str(error)) from None
    content = (chunks(proto, _CONTENT) or (b"",))[-1]
    if content:
        return Value(dtype, _from_content(dtype, count, content).reshape(shape))
    told = min(count, proto.size + 1)  # each value has a byte at least: the last of these is repeated
    found = elements(dtype, told, proto)
    if found is None:
        raise TensorError(f"values of {dtype} are not read here")
    array = np.empty(count, made)
    array[:told] = found
    array[told:] = found[-1:]
    return Value(dtype, array.reshape(shape))


def _from_content(dtype: DType, count: int, content: bytes) -> Array:
    if dtype.kind is Kind.STRING:
        return _strings(count, content)
    if dtype.kind is Kind.FLOAT and dtype.bits == 8:
        raise TensorError(f"values of {dtype} are not read here")
    is_brain = dtype.name == "bfloat16"
    stored = np.dtype(np.uint16) if is_brain else numpy_dtype(dtype)
    if len(content) != count * stored.itemsize:
        wanted = f"{stored.itemsize * count:,} are wanted"
        raise TensorError(f"{count:,} values of {dtype} in {len(content):,} bytes, and {wanted}")
    array = np.frombuffer(content, stored.newbyteorder("<")).astype(stored)
    return (array.astype(np.uint32) << 16).view(np.float32) if is_brain else array


def _strings(count: int, content: bytes) -> Array:
    """Read strings as `Tensor::AsProtoTensorContent` packs them: all lengths, then all bytes."""
    at, lengths = 0, []
    for _ in range(count):
        length, at = read_varint(content, at, len(content))
        lengths.append(length)
    if at + sum(lengths) != len(content):
        raise TensorError(f"{count:,} strings of {sum(lengths):,} bytes in {len(content) - at:,}")
    array = np.empty(count, object)
    for index, length in enumerate(lengths):
        array[index] = content[at : at + length]
        at += length
    return array
