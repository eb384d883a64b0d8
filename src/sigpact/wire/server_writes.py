"""Tensors -> the body of a predict answer, exactly as the server writes it (util/json_tensor.cc:877-1139)."""

import base64
from collections.abc import Mapping

from sigpact.clients.literals import BYTES_SUFFIX
from sigpact.tensors.dtypes import Kind
from sigpact.wire.arrays import Value
from sigpact.wire.elements import spoken_dtype
from sigpact.wire.json_arrays import (
    Elements,
    booleans,
    floats,
    integers,
    on_lines,
    on_one_line,
    rows_on_one_line,
    tokens,
)
from sigpact.wire.json_text import object_on_lines, text_token
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
    columns: list[tuple[bytes, Elements, tuple[int, ...]]] = []
    level = 2 if len(outputs) == 1 else 3
    for name, value in outputs.items():
        elements = _elements(name, value, level + len(value.shape) - 1)
        if isinstance(elements, Refusal):
            return elements
        columns.append((_key(name), elements, value.shape))
    text = _bare_rows(*columns[0][1:]) if len(columns) == 1 else _named_rows(columns)
    return object_on_lines([(b"predictions", text)], 0)


def _bare_rows(elements: Elements, shape: tuple[int, ...]) -> bytes:
    text = on_one_line(elements, shape)
    return text[:-1] + b"\n    ]" if shape[0] else text


def _named_rows(columns: list[tuple[bytes, Elements, tuple[int, ...]]]) -> bytes:
    texts = [[(key, row) for row in rows_on_one_line(elements, shape)] for key, elements, shape in columns]
    rows = [object_on_lines(row, 2) for row in zip(*texts, strict=True)]
    return on_lines(tokens(rows), (len(rows),), 1)


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
        elements = _elements(name, value, level + len(value.shape))
        if isinstance(elements, Refusal):
            return elements
        members.append((_key(name), on_lines(elements, value.shape, level)))
    text = members[0][1] if len(members) == 1 else object_on_lines(members, 1)
    return object_on_lines([(b"outputs", text)], 0)


def _elements(name: str, value: Value, level: int) -> Elements | Refusal:
    """Return the elements as text, in C order; `level` is how deep they stand (AddSingleValueAndAdvance)."""
    flat = value.array.reshape(-1)
    if not flat.size:
        return tokens(())
    if not value.dtype.in_json:
        return _invalid(f"Failed to write JSON value for tensor type: {spoken_dtype(value.dtype)}")
    match value.dtype.kind:
        case Kind.FLOAT:
            return floats(flat)
        case Kind.BOOL:
            return booleans(flat)
        case Kind.STRING:
            return tokens(_strings(flat.tolist(), level if name.endswith(BYTES_SUFFIX) else None))
        case _:
            return integers(flat.tolist())


def _strings(strings: list[bytes], b64_level: int | None) -> list[bytes]:
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
