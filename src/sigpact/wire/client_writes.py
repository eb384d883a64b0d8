"""Values -> the body of a predict request, as the client's language writes it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from json import encoder

import numpy as np

from sigpact.clients.kinds import EXACT_INTEGERS, NOT_FINITE_WRITERS, ONLY_DOUBLES, RestColumnar, RestRow
from sigpact.clients.literals import Literal, literal_of, literals
from sigpact.contract.model import SignatureUse, Tensor
from sigpact.wire.arrays import Array, Value
from sigpact.wire.json_arrays import Elements, booleans, integers, on_one_line, rows_on_one_line, tokens
from sigpact.wire.languages import double_tokens


@dataclass(frozen=True, slots=True)
class CannotWrite:
    """The client has no way to put this into its body; `reason` is one clause."""

    reason: str


def write_request(
    kind: RestRow | RestColumnar, signature: str, use: SignatureUse, values: Mapping[str, Value]
) -> bytes | CannotWrite:
    """Write the body: the signature's name always, then `instances` or `inputs`.

    How an element is written follows from the dtype that the contract declares for its input; an input
    that `use` does not declare goes by the dtype of its value. `use` gives the order of the inputs.
    """
    if not kind.named and len(values) != 1:
        return CannotWrite(f"bare values carry exactly one input, and there are {len(values)}")
    order = [tensor.name for tensor in use.inputs if tensor.name in values]
    order += [name for name in values if name not in order]
    columns = {}
    for name in order:
        elements = written(kind.language, name, use.input(name), values[name])
        if isinstance(elements, CannotWrite):
            return CannotWrite(f"{name}: {elements.reason}")
        columns[name] = elements
    shapes = {name: values[name].shape for name in order}
    content = _rows(kind, columns, shapes) if isinstance(kind, RestRow) else _columns(kind, columns, shapes)
    return content if isinstance(content, CannotWrite) else _body(signature, kind, content)


def _body(signature: str, kind: RestRow | RestColumnar, content: bytes) -> bytes:
    key = b"instances" if isinstance(kind, RestRow) else b"inputs"
    return b'{"signature_name": %b, "%b": %b}' % (quoted(signature), key, content)


def _rows(
    kind: RestRow, columns: Mapping[str, Elements], shapes: Mapping[str, tuple[int, ...]]
) -> bytes | CannotWrite:
    scalar = next((name for name, shape in shapes.items() if not shape), None)
    if scalar is not None:
        return CannotWrite(f"{scalar}: a scalar has no rows, and the row format sends rows")
    counts = {name: shape[0] for name, shape in shapes.items()}
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{name} has {count}" for name, count in counts.items())
        return CannotWrite(f"the row format needs as many rows in every input: {said}")
    if not kind.named:
        return _columns(kind, columns, shapes)
    texts = [rows_on_one_line(elements, shapes[name]) for name, elements in columns.items()]
    names = list(columns)
    return b"[" + b", ".join([_object(names, row) for row in zip(*texts, strict=True)]) + b"]"


def _columns(
    kind: RestRow | RestColumnar, columns: Mapping[str, Elements], shapes: Mapping[str, tuple[int, ...]]
) -> bytes:
    texts = [on_one_line(elements, shapes[name]) for name, elements in columns.items()]
    return _object(list(columns), texts) if kind.named else texts[0]


def _object(names: list[str], texts: tuple[bytes, ...] | list[bytes]) -> bytes:
    members = (quoted(name) + b": " + text for name, text in zip(names, texts, strict=True))
    return b"{" + b", ".join(members) + b"}"


def quoted(text: str) -> bytes:
    """Return a text as a JSON string."""
    return encoder.encode_basestring(text).encode(errors="surrogateescape")


def written(language: str, name: str, tensor: Tensor | None, value: Value) -> Elements | CannotWrite:
    """Return the elements of one input as text, in C order; `tensor` is what the contract says of it."""
    flat = value.array.reshape(-1)
    match _literal(name, tensor, value):
        case Literal.NUMBER:
            return _numbers(language, flat)
        case Literal.INTEGER:
            return _integers(language, flat)
        case Literal.BOOLEAN:
            return booleans(flat)
        case Literal.BYTES:
            return tokens(b'{"b64": "' + base64.b64encode(each) + b'"}' for each in flat.tolist())
        case Literal.TEXT:
            return _texts(flat.tolist())
        case None:
            return CannotWrite(f"JSON has no form for {value.dtype}")


def _literal(name: str, tensor: Tensor | None, value: Value) -> Literal | None:
    """Return what the contract says; where it leaves a choice, or says nothing, what the value is."""
    declared = literals(tensor.dtypes, name) if tensor is not None else ()
    return declared[0] if len(declared) == 1 else literal_of(value.dtype, name)


def _numbers(language: str, flat: Array) -> Elements | CannotWrite:
    numbers = flat.astype(np.float64)
    digits = double_tokens(language, numbers)
    others = np.flatnonzero(~np.isfinite(numbers)).tolist()
    if others and language not in NOT_FINITE_WRITERS:
        return CannotWrite(f"{language} does not write {numbers[others[0]]} into JSON")
    for at in others:
        digits[at] = _NOT_FINITE[digits[at]]
    return tokens(digits)


_NOT_FINITE = {b"nan": b"NaN", b"inf": b"Infinity", b"-inf": b"-Infinity"}


def _integers(language: str, flat: Array) -> Elements | CannotWrite:
    if flat.dtype.kind == "f":
        flat = flat.astype(np.float64)
        fractions = flat[(flat != np.rint(flat)) | np.isinf(flat)]
        if fractions.size:
            return CannotWrite(f"{fractions[0]} is not an integer")
    if language in ONLY_DOUBLES:
        beyond = flat[(flat > EXACT_INTEGERS) | (flat < -EXACT_INTEGERS)]
        if beyond.size:
            return CannotWrite(f"{language} has no integer {int(beyond[0])}: beyond 2^53 it loses digits")
    return integers(map(int, flat.tolist()) if flat.dtype.kind == "f" else flat.tolist())


def _texts(strings: list[bytes]) -> Elements | CannotWrite:
    try:
        return tokens([quoted(each.decode()) for each in strings])
    except UnicodeDecodeError as error:
        return CannotWrite(f"{error.object[:40]!r} is not UTF-8, so it is no JSON string")
