"""`Call`: one request and its answer as traffic has them, before any contract says what they should be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sigpact.contract.mistakes import shown
from sigpact.contract.scope import decode_base64
from sigpact.rows.elements import Json, flattened
from sigpact.rows.mistakes import RowMistakeError
from sigpact.tensors.dtypes import Kind
from sigpact.wire.arrays import Array, Value

INPUT: Final = "input"
OUTPUT: Final = "output"
"""What the one input or output is called whose name is not on the wire."""
BYTES_OUTPUT: Final = "output_bytes"
"""The same of bytes: over REST they come under such a name alone."""
_FAMILIES: Final = {
    frozenset({int}): "integer",
    frozenset({float}): "number",
    frozenset({int, float}): "number",
    frozenset({bool}): "boolean",
    frozenset({str}): "text",
    frozenset({dict}): "bytes",
}


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One tensor of a call: its elements are numbers, booleans, or objects that are `str` or `bytes`."""

    family: str
    array: Array
    dtype: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One request to one signature. `body`, `named`, `answer_named`: see `facts.Traffic`."""

    signature: str
    verb: str
    inputs: Mapping[str, Held]
    outputs: Mapping[str, Held] = field(default_factory=dict)
    body: str | None = None
    named: bool | None = None
    answer_named: bool | None = None
    is_lenient: bool = False
    """Whether the answer's JSON holds what few readers take: NaN, infinity, whole numbers beyond 2^53."""


def held(name: str, written: Json) -> Held:
    """Return what JSON says of a tensor. Raises `RowMistakeError`."""
    flat, shape = flattened(name, written)
    types = frozenset(map(type, flat))
    family = _FAMILIES.get(types) if types else "number"
    if family is None:
        what = "holds null" if None in flat else "holds values of several kinds"
        raise RowMistakeError(f"{name!r} {what}: a tensor is all numbers, texts, booleans or bytes")
    if family in {"text", "bytes"}:
        array = np.empty(len(flat), object)
        array[:] = flat if family == "text" else [_decoded(name, each) for each in flat]
        _require_characters(name, array)
        return Held(family, array.reshape(shape))
    return Held(family, _numbers(name, flat, family).reshape(shape))


def _numbers(name: str, flat: list[object], family: str) -> Array:
    if family != "integer":
        return np.asarray(flat, np.float64 if family == "number" else bool)
    try:
        return np.asarray(flat, np.int64)
    except OverflowError:
        pass
    try:
        return np.asarray(flat, np.uint64)
    except OverflowError:
        raise RowMistakeError(f"{name!r} has whole numbers that no integer dtype holds") from None


def _decoded(name: str, written: object) -> bytes:
    match written:
        case {"b64": str() as text, **more} if not more:
            try:
                return decode_base64(text)
            except ValueError as error:
                raise RowMistakeError(f"{name!r}: {shown(text[:40])} is not base64: {error}") from None
        case _:
            raise RowMistakeError(f'{name!r} has an object that is no {{"b64": …}}')


def _require_characters(name: str, array: Array) -> None:
    for each in array:
        try:
            if isinstance(each, str):
                each.encode()
        except UnicodeEncodeError:
            raise RowMistakeError(f"{name!r} has half of a surrogate pair, which is no character") from None


def of_value(name: str, value: Value, *, as_text: bool) -> Held:
    """Return a recorded tensor; strings that are all UTF-8 are texts where they may be.

    Raises `RowMistakeError` for a dtype that no contract describes.
    """
    match value.dtype.kind:
        case Kind.STRING:
            texts = _texts(value.array) if as_text else None
            found = value.array if texts is None else texts
            return Held("bytes" if texts is None else "text", found, "string")
        case Kind.BOOL:
            return Held("boolean", value.array, "bool")
        case Kind.INT | Kind.UINT:
            return Held("integer", value.array, value.dtype.name)
        case Kind.FLOAT:
            wide = value.array.astype(np.float64)
            return Held("number", wide, value.dtype.name)
        case _:
            raise RowMistakeError(f"{name!r} is {value.dtype}, of which a contract says nothing")


def _texts(array: Array) -> Array | None:
    made = np.empty(array.size, object)
    try:
        made[:] = [each.decode() for each in array.reshape(-1)]
    except UnicodeDecodeError:
        return None
    return made.reshape(array.shape)
