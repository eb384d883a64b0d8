"""Tensors -> the body of a predict answer, exactly as the server writes it (util/json_tensor.cc:877-1139)."""

import base64
from collections.abc import Mapping

from sigpact.tensors.dtypes import Kind
from sigpact.wire.arrays import Value
from sigpact.wire.elements import spoken_dtype
from sigpact.wire.json_text import (
    array_on_lines,
    array_on_one_line,
    float_tokens,
    list_on_lines,
    object_on_lines,
    split,
    text_token,
)
from sigpact.wire.literals import BYTES_SUFFIX
from sigpact.wire.refusal import Refusal


def write_answer(request_format: str, outputs: Mapping[str, Value]) -> bytes | Refusal:
    """Write all outputs of a call; `request_format` is `row` or `columnar`, as the request was.

    One output is written bare, several under their names, in the order given (the server's own order is
    that of a hash table). The body need not be UTF-8, as strings are written as they stand, nor strict
    JSON: `NaN` and `Infinity` stand bare.
    """
    if not outputs:
        return _invalid("Cannot convert empty tensor map to JSON")
    return _write_rows(outputs) if request_format == "row" else _write_columns(outputs)


def error_body(message: str) -> bytes:
    """Return the body of an answer that is an error (json_tensor.cc:1129-1139)."""
    return object_on_lines([(b"error", text_token(message.encode(errors="surrogateescape")))], 0)


def _write_rows(outputs: Mapping[str, Value]) -> bytes | Refusal:
    wrong = _wrong_batch(outputs)
    if wrong is not None:
        return wrong
    columns = []
    level = 2 if len(outputs) == 1 else 3
    for name, value in outputs.items():
        tokens = _tokens(name, value, level + len(value.shape) - 1)
        if isinstance(tokens, Refusal):
            return tokens
        rows = (array_on_one_line(row, value.shape[1:]) for row in split(tokens, value.shape[0]))
        columns.append([(_key(name), row) for row in rows])
    if len(columns) == 1:
        text = b"[" + b", ".join(row for _, row in columns[0]) + (b"\n    ]" if columns[0] else b"]")
    else:
        text = list_on_lines([object_on_lines(row, 2) for row in zip(*columns, strict=True)], 1)
    return object_on_lines([(b"predictions", text)], 0)


def _wrong_batch(outputs: Mapping[str, Value]) -> Refusal | None:
    batch: int | None = None
    for name, value in outputs.items():
        if not value.shape:
            return _invalid(f"Tensor name: {name} has no shape information ")
        rows = value.shape[0]
        if batch is not None and rows != batch:
            return _invalid(f"Tensor name: {name} has inconsistent batch size: {rows} expecting: {batch}")
        batch = rows
    return None


def _write_columns(outputs: Mapping[str, Value]) -> bytes | Refusal:
    members = []
    level = 1 if len(outputs) == 1 else 2
    for name, value in outputs.items():
        tokens = _tokens(name, value, level + len(value.shape))
        if isinstance(tokens, Refusal):
            return tokens
        members.append((_key(name), array_on_lines(tokens, value.shape, level)))
    text = members[0][1] if len(members) == 1 else object_on_lines(members, 1)
    return object_on_lines([(b"outputs", text)], 0)


def _tokens(name: str, value: Value, level: int) -> list[bytes] | Refusal:
    """Return the elements as text, in C order; `level` is how deep they stand (AddSingleValueAndAdvance)."""
    flat = value.array.reshape(-1)
    if flat.size and not value.dtype.in_json:
        return _invalid(f"Failed to write JSON value for tensor type: {spoken_dtype(value.dtype)}")
    if not flat.size:
        return []
    match value.dtype.kind:
        case Kind.FLOAT:
            return float_tokens(flat)
        case Kind.BOOL:
            return [b"true" if each else b"false" for each in flat.tolist()]
        case Kind.STRING:
            return _string_tokens(flat.tolist(), level if name.endswith(BYTES_SUFFIX) else None)
        case _:
            return [b"%d" % each for each in flat.tolist()]


def _string_tokens(strings: list[bytes], b64_level: int | None) -> list[bytes]:
    """Return strings in quotes or, where a level is given, each as a base64 object at that level."""
    if b64_level is None:
        return [text_token(each) for each in strings]
    quoted = (b'"' + base64.b64encode(each) + b'"' for each in strings)
    return [object_on_lines([(b"b64", each)], b64_level) for each in quoted]


def _key(name: str) -> bytes:
    """Return a name as a key: it ends at a NUL, as C strings do."""
    return name.encode(errors="surrogateescape").partition(b"\0")[0]


def _invalid(message: str) -> Refusal:
    return Refusal("INVALID_ARGUMENT", message)
