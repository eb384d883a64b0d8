"""What an example would have to say to be answered as it was: values by their place in the contract."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

import numpy as np

from sigpact.checks.examples import differences, differing, wanted_array
from sigpact.contract.model import Contract, Expected, Nested, RawExample, SignatureUse, TensorExample
from sigpact.findings import Path
from sigpact.tensors.dtypes import DType, Kind
from sigpact.values.domains import is_bytes
from sigpact.values.numerics import round_one, rounds
from sigpact.wire.arrays import Value

_NATIVE: Final = {"float32": np.float32, "float16": np.float16}
"""What NumPy itself writes as short as can be."""

Change = tuple[Path, object]
"""A place in the contract's document, and the plain data that is to stand there."""


def tensor_changes(
    contract: Contract, use: SignatureUse, example: TensorExample, answer: Mapping[str, Value]
) -> Iterator[Change]:
    """Yield what differs: single elements where the shape is the same, so that what is near enough stays."""
    for expected in example.outputs:
        tensor, value = use.output(expected.name), answer.get(expected.name)
        if tensor is None or value is None:
            continue
        near = (*expected.path, "approx")
        path = near if near in contract.spans else expected.path
        yield from _changes(path, expected, value, blob=is_bytes(contract, tensor))


def _changes(path: Path, expected: Expected, value: Value, *, blob: bool) -> Iterator[Change]:
    wanted = wanted_array(expected, value)
    if wanted is None or wanted.shape != value.shape:
        yield path, _data(value.dtype, value.array.tolist(), blob=blob)
        return
    for where in np.argwhere(differing(expected, value, wanted)).tolist():
        old, new = _at(expected.value, where), value.array[tuple(where)]
        plain = new if isinstance(new, bytes) else new.item()
        # Bytes stay bytes where they were written so.
        is_blob = blob or (isinstance(plain, bytes) and not isinstance(old, str))
        yield (*path, *where), _data(value.dtype, plain, blob=is_blob)


def _at(nested: Nested, where: list[int]) -> Nested:
    for index in where:
        nested = nested[index] if isinstance(nested, tuple) else nested
    return nested


def _data(dtype: DType, nested: object, *, blob: bool) -> object:
    """Return elements as a contract writes them."""
    match nested:
        case list():
            return [_data(dtype, each, blob=blob) for each in nested]
        case bytes():
            return _text(nested, blob=blob)
        case float() if dtype.kind is Kind.FLOAT and rounds(dtype):
            return _shortest(dtype, nested)
        case _:
            return nested


def _text(data: bytes, *, blob: bool) -> object:
    with suppress(UnicodeDecodeError):
        if not blob:
            return data.decode()
    return {"b64": base64.b64encode(data).decode()}


def _shortest(dtype: DType, number: float) -> float:
    """Return the shortest decimal that is this number in its dtype: 0.1, not 0.10000000149011612."""
    if dtype.name in _NATIVE:
        return float(str(_NATIVE[dtype.name](number)))
    for digits in range(1, 17):
        short = float(f"{number:.{digits}g}")
        if round_one(dtype, short) == number:
            return short
    return number


def raw_changes(example: RawExample, body: bytes) -> Iterator[Change]:
    """Yield what differs between an example's response and the body that came."""
    if example.response is None:
        return
    for each in differences(json.loads(example.response), json.loads(body), example.tolerance):
        yield (*example.path, "response", *each.path), each.found
