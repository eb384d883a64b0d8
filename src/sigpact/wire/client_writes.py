"""Values -> the body of a predict request, as the client's language writes it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from json import encoder

import numpy as np

from sigpact.clients.kinds import RestColumnar, RestRow
from sigpact.contract.model import SignatureUse
from sigpact.wire.arrays import Array, Value
from sigpact.wire.json_text import array_on_one_line, split
from sigpact.wire.languages import EXACT_INTEGERS, NOT_FINITE_WRITERS, ONLY_DOUBLES, double_tokens
from sigpact.wire.literals import Literal, literal_of, literals


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
        tokens = _tokens(kind.language, name, use, values[name])
        if isinstance(tokens, CannotWrite):
            return CannotWrite(f"{name}: {tokens.reason}")
        columns[name] = tokens
    shapes = {name: values[name].shape for name in order}
    content = _rows(kind, columns, shapes) if isinstance(kind, RestRow) else _columns(kind, columns, shapes)
    return content if isinstance(content, CannotWrite) else _body(signature, kind, content)


def _body(signature: str, kind: RestRow | RestColumnar, content: bytes) -> bytes:
    key = b"instances" if isinstance(kind, RestRow) else b"inputs"
    return b'{"signature_name": %b, "%b": %b}' % (_quoted(signature), key, content)


def _rows(
    kind: RestRow, columns: Mapping[str, list[bytes]], shapes: Mapping[str, tuple[int, ...]]
) -> bytes | CannotWrite:
    scalar = next((name for name, shape in shapes.items() if not shape), None)
    if scalar is not None:
        return CannotWrite(f"{scalar}: a scalar has no rows, and the row format sends rows")
    counts = {name: shape[0] for name, shape in shapes.items()}
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{name} has {count}" for name, count in counts.items())
        return CannotWrite(f"the row format needs as many rows in every input: {said}")
    texts = [
        [array_on_one_line(row, shapes[name][1:]) for row in split(tokens, counts[name])]
        for name, tokens in columns.items()
    ]
    if not kind.named:
        return _list(texts[0])
    names = list(columns)
    return _list([_object(names, row) for row in zip(*texts, strict=True)])


def _columns(
    kind: RestColumnar, columns: Mapping[str, list[bytes]], shapes: Mapping[str, tuple[int, ...]]
) -> bytes:
    texts = [array_on_one_line(tokens, shapes[name]) for name, tokens in columns.items()]
    return _object(list(columns), texts) if kind.named else texts[0]


def _list(items: list[bytes]) -> bytes:
    return b"[" + b", ".join(items) + b"]"


def _object(names: list[str], texts: tuple[bytes, ...] | list[bytes]) -> bytes:
    members = (_quoted(name) + b": " + text for name, text in zip(names, texts, strict=True))
    return b"{" + b", ".join(members) + b"}"


def _quoted(text: str) -> bytes:
    return encoder.encode_basestring(text).encode(errors="surrogateescape")


def _tokens(language: str, name: str, use: SignatureUse, value: Value) -> list[bytes] | CannotWrite:
    """Return the elements of one input as text, in C order."""
    flat = value.array.reshape(-1)
    match _literal(name, use, value):
        case Literal.NUMBER:
            return _numbers(language, flat)
        case Literal.INTEGER:
            return _integers(language, flat)
        case Literal.BOOLEAN:
            return [b"true" if each else b"false" for each in flat.tolist()]
        case Literal.BYTES:
            return [b'{"b64": "' + base64.b64encode(each) + b'"}' for each in flat.tolist()]
        case Literal.TEXT:
            return _texts(flat.tolist())
        case None:
            return CannotWrite(f"JSON has no form for {value.dtype}")


def _literal(name: str, use: SignatureUse, value: Value) -> Literal | None:
    """Return what the contract says; where it leaves a choice, or says nothing, what the value is."""
    tensor = use.input(name)
    declared = literals(tensor.dtypes, name) if tensor is not None else ()
    return declared[0] if len(declared) == 1 else literal_of(value.dtype, name)


def _numbers(language: str, flat: Array) -> list[bytes] | CannotWrite:
    numbers = flat.astype(np.float64)
    finite = np.isfinite(numbers)
    if finite.all():
        return double_tokens(language, numbers.tolist())
    if language not in NOT_FINITE_WRITERS:
        return CannotWrite(f"{language} does not write {numbers[~finite][0]} into JSON")
    tokens = double_tokens(language, numbers.tolist())
    return [_NOT_FINITE.get(token, token) for token in tokens]


_NOT_FINITE = {b"nan": b"NaN", b"inf": b"Infinity", b"-inf": b"-Infinity"}


def _integers(language: str, flat: Array) -> list[bytes] | CannotWrite:
    numbers = flat.tolist()
    if flat.dtype.kind == "f":
        fraction = next((each for each in numbers if not float(each).is_integer()), None)
        if fraction is not None:
            return CannotWrite(f"{fraction} is not an integer")
        numbers = [int(each) for each in numbers]
    if language in ONLY_DOUBLES:
        beyond = next((each for each in numbers if abs(each) > EXACT_INTEGERS), None)
        if beyond is not None:
            return CannotWrite(f"{language} has no integer {beyond}: beyond 2^53 it loses digits")
    return [b"%d" % each for each in numbers]


def _texts(strings: list[bytes]) -> list[bytes] | CannotWrite:
    try:
        return [_quoted(each.decode()) for each in strings]
    except UnicodeDecodeError as error:
        return CannotWrite(f"{error.object[:40]!r} is not UTF-8, so it is no JSON string")
