"""Plain parts of a predict request -> tensors as the server makes them, whole arrays at a time."""

import re
from typing import Final

import numpy as np

from sigpact.tensors.dtypes import DType, Kind
from sigpact.tensors.specs import TensorSpec
from sigpact.wire.arrays import Array, Value
from sigpact.wire.elements import integers_taken, tensor_of
from sigpact.wire.number_text import NotPlainError, Numbers
from sigpact.wire.plain_json import Leaf, flattened

_BIG_EXPONENT: Final = re.compile(rb"[eE]\+?[0-9]{3}")
_WINDOW: Final = 128
"""So many digits in a row are looked for; rapidjson may refuse 309 before a point, whatever follows."""


def read_tensor(spec: TensorSpec, leaf: Leaf) -> Value:
    """Return the tensor of one input.

    Raises `NotPlainError` wherever the server might refuse.
    """
    if isinstance(leaf, Numbers):
        numbers = _numbers(spec.dtype, leaf)
        return tensor_of(spec, numbers.reshape(-1), numbers.shape)
    items, shape = flattened(leaf)
    types = set(map(type, items))
    match spec.dtype.kind:
        case Kind.STRING if types == {str}:
            return tensor_of(spec, _encoded(items), shape)
        case Kind.BOOL if types == {bool}:
            return tensor_of(spec, items, shape)
        case _:
            raise NotPlainError


def _encoded(texts: list[Leaf]) -> list[bytes]:
    try:
        return [text.encode() for text in texts if isinstance(text, str)]
    except UnicodeEncodeError as error:  # half of a surrogate pair
        raise NotPlainError from error


def _numbers(dtype: DType, found: Numbers) -> Array:
    if dtype.name in {"float32", "float64"}:
        numbers = found.doubles()
        if _may_be_refused(found.text, numbers):
            raise NotPlainError
        return numbers
    bounds = integers_taken(dtype)
    if bounds is None:
        raise NotPlainError
    numbers = found.integers()
    if int(numbers.min()) < bounds[0] or bounds[1] < int(numbers.max()):
        raise NotPlainError
    return numbers


def _may_be_refused(text: bytes, numbers: Array) -> bool:
    """Whether a literal may be too big for rapidjson, which judges it while it reads (json_numbers)."""
    if (b"e" in text or b"E" in text) and not numbers.all() and _BIG_EXPONENT.search(text):
        return True  # perhaps of a zero
    windows = np.frombuffer(text, np.uint8, len(text) // _WINDOW * _WINDOW).reshape(-1, _WINDOW)
    return bool(((windows - np.uint8(ord("0"))).max(axis=1, initial=0) < 10).any())
