"""What JSON says of one tensor -> its elements: of the declared type, in lists of equal lengths."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from sigpact.contract.mistakes import shown
from sigpact.contract.model import Nested, Tensor
from sigpact.contract.scope import decode_base64
from sigpact.rows.mistakes import RowMistakeError
from sigpact.rows.target import Target
from sigpact.tensors.dtypes import DType, Kind
from sigpact.values.domains import drawn_dtypes, is_bytes
from sigpact.values.numerics import rounded, rounds
from sigpact.wire.arrays import Value, value

Json = object
"""What Python's `json` makes of a document."""

_MAX_RANK: Final = 32
_TEXTS: Final[frozenset[type]] = frozenset([str])
_BYTES: Final[frozenset[type]] = frozenset([bytes])
_TYPES: Final[Mapping[Kind, tuple[frozenset[type], str]]] = {
    Kind.FLOAT: (frozenset([int, float]), "a number"),
    Kind.INT: (frozenset([int]), "a whole number"),
    Kind.UINT: (frozenset([int]), "a whole number"),
    Kind.BOOL: (frozenset([bool]), "true or false"),
}


def input_value(target: Target, name: str, written: Json) -> Value:
    """Return an input in the first dtype that the client may have it in. Raises `RowMistakeError`."""
    dtype = target.dtypes[name][0]
    flat, shape = _checked(target, target.inputs[name], dtype, written)
    try:
        with np.errstate(over="ignore"):
            made = value(dtype.name, flat).array
            array = (rounded(dtype, made) if rounds(dtype) else made).reshape(shape)
    except UnicodeEncodeError:
        raise RowMistakeError(f"{name!r} has half of a surrogate pair, which is no character") from None
    except (ValueError, OverflowError, TypeError) as error:
        raise RowMistakeError(f"{name!r} makes no {dtype}: {error}") from None
    return Value(dtype, array)


def output_value(target: Target, tensor: Tensor, written: Json) -> tuple[Nested, tuple[int, ...]]:
    """Return what is expected of an output, and its shape. Raises `RowMistakeError`."""
    dtypes = drawn_dtypes(target.contract, tensor)
    floats = [each for each in dtypes if each.kind is Kind.FLOAT]
    flat, shape = _checked(target, tensor, (floats or dtypes)[0], written)
    return nested(flat, shape), shape


def nested(flat: list[object], shape: tuple[int, ...]) -> Nested:
    """Return elements in C order as tuples of a shape."""
    if not shape:
        return flat[0]  # type: ignore[return-value]  # a scalar: its type was looked at
    size = len(flat) // shape[0] if shape[0] else 0
    return tuple(nested(flat[at * size : (at + 1) * size], shape[1:]) for at in range(shape[0]))


def _checked(
    target: Target, tensor: Tensor, dtype: DType, written: Json
) -> tuple[list[object], tuple[int, ...]]:
    flat, shape = flattened(tensor.name, written)
    if dtype.kind is Kind.STRING and dict in set(map(type, flat)):
        flat = [_decoded(target, tensor, each) if isinstance(each, dict) else each for each in flat]
    allowed, wanted = _types(target, tensor, dtype)
    found = set(map(type, flat)) - allowed
    if (
        float in found
        and dtype.is_integer
        and all(type(each) is not float or each.is_integer() for each in flat)
    ):
        flat = [int(each) if type(each) is float else each for each in flat]
        found.discard(float)
    if found:
        wrong = next(each for each in flat if type(each) in found)
        said = "another value" if tensor.sensitive else shown(wrong)
        raise RowMistakeError(f"{tensor.name!r} wants {wanted}, found {said}")
    if dtype.is_integer and flat:
        _require_range(tensor, dtype, flat)
    return flat, shape


def _require_range(tensor: Tensor, dtype: DType, flat: list[object]) -> None:
    for each in (min(flat), max(flat)):  # type: ignore[type-var]  # all are whole numbers
        if not dtype.minimum <= each <= dtype.maximum:  # type: ignore[operator]  # the same
            said = "a value" if tensor.sensitive else shown(each)
            raise RowMistakeError(f"{tensor.name!r}: {said} is outside {dtype}")


def flattened(name: str, written: Json) -> tuple[list[object], tuple[int, ...]]:
    """Return the elements of nested lists in C order, and their shape. Raises `RowMistakeError`."""
    level: list[object] = [written]
    shape: list[int] = []
    while level and isinstance(level[0], list):
        size = len(level[0])
        if any(not isinstance(each, list) or len(each) != size for each in level):
            raise RowMistakeError(f"{name!r} has lists of different lengths side by side")
        level = [item for each in level for item in each]  # type: ignore[attr-defined]  # all are lists
        shape.append(size)
        if len(shape) > _MAX_RANK:
            raise RowMistakeError(f"{name!r} has lists over {_MAX_RANK} deep")
    if list in set(map(type, level)):
        raise RowMistakeError(f"{name!r} has a list where a value stands beside")
    return level, tuple(shape)


def _types(target: Target, tensor: Tensor, dtype: DType) -> tuple[frozenset[type], str]:
    if dtype.kind is not Kind.STRING:
        return _TYPES.get(dtype.kind, (frozenset(), f"{dtype}, which JSON Lines do not hold"))
    if is_bytes(target.contract, tensor):
        return _BYTES, '{"b64": …} or {"file": …}'
    if target.is_rest or "text" in tensor.dtypes:
        return _TEXTS, "a text"
    return _TEXTS | _BYTES, 'a text, {"b64": …} or {"file": …}'


def _decoded(target: Target, tensor: Tensor, written: dict[str, object]) -> bytes:
    """Return the bytes of `{"b64": …}` or `{"file": …}`, a file in the contract's own folder."""
    name = tensor.name
    match written:
        case {"b64": str() as text} if len(written) == 1:
            try:
                return decode_base64(text)
            except ValueError as error:
                said = "a text" if tensor.sensitive else shown(text[:40])
                raise RowMistakeError(f"{name!r}: {said} is not base64: {error}") from None
        case {"file": str() as file} if len(written) == 1:
            return _file(target, name, file)
        case _:
            raise RowMistakeError(f'{name!r} has an object that is neither {{"b64": …}} nor {{"file": …}}')


def _file(target: Target, name: str, file: str) -> bytes:
    try:
        real = os.path.realpath(Path(target.folder, file))
        if os.path.commonpath((real, target.folder)) != target.folder:
            raise RowMistakeError(f"{name!r}: {file!r} lies outside the contract's folder")
        return Path(real).read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, RowMistakeError):
            raise
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise RowMistakeError(f"{name!r}: {file!r} cannot be read: {reason}") from None


def adapted(target: Target, name: str, found: Value) -> Value:
    """Return a recorded tensor in a dtype that the client has it in; over REST numbers have no width.

    Raises `RowMistakeError` where the contract says another dtype.
    """
    dtypes, tensor = target.dtypes[name], target.inputs[name]
    if found.dtype.kind is Kind.STRING and not is_bytes(target.contract, tensor):
        _require_text(name, found)
    if found.dtype in dtypes:
        return found
    wanted = dtypes[0]
    alike = (wanted.kind is found.dtype.kind) or (wanted.is_integer and found.dtype.is_integer)
    if not target.is_rest or not alike:
        raise RowMistakeError(
            f"{name!r} is {found.dtype} in the record, and {' or '.join(map(str, dtypes))} here"
        )
    array = found.array
    if wanted.is_integer and array.size:
        _require_range(tensor, wanted, [int(array.min()), int(array.max())])
    with np.errstate(over="ignore"):
        return Value(wanted, value(wanted.name, array).array)


def _require_text(name: str, found: Value) -> None:
    for each in found.array.reshape(-1).tolist():
        try:
            each.decode()
        except UnicodeDecodeError:
            raise RowMistakeError(f"{name!r} has bytes that are not UTF-8, and is a text here") from None
