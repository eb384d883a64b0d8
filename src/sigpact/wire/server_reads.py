"""A predict request's body -> tensors, exactly as the server reads it (util/json_tensor.cc:434-704)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.tensors.specs import Signature, TensorSpec
from sigpact.wire.arrays import Value
from sigpact.wire.elements import elements_of, shape_of, tensor_of
from sigpact.wire.json_dialect import Json, JsonObject
from sigpact.wire.number_text import NotPlainError, Numbers
from sigpact.wire.plain_json import Content, Leaf, Rows, read_plain
from sigpact.wire.plain_tensors import read_tensor
from sigpact.wire.refusal import Refusal
from sigpact.wire.request_json import (
    RefusedError,
    echo,
    invalid,
    invalid_document,
    is_b64,
    name_of,
    read_document,
    signature_name,
)

DEFAULT_SIGNATURE: Final = "serving_default"
"""What an absent or empty `signature_name` means."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadRequest:
    """What the server understood. `format` is `row` or `columnar`, and so will be the answer.

    `signature_name` is as it was sent: empty where the default is meant.
    """

    format: str
    signature_name: str
    tensors: Mapping[str, Value]


SignatureOf = Callable[[str], Signature | None]
"""Returns the signature of a name, `None` where the version has none. An absent or empty name arrives as
`serving_default`."""


def read_request(
    body: bytes, signature_of: SignatureOf, server: ServerProfile = PLAIN
) -> ReadRequest | Refusal:
    """Read the body of a REST predict request: whole arrays at a time, or else value by value."""
    if server.checks_precision:
        return read_exactly(body, signature_of, server)
    try:
        return _read_plainly(read_plain(body), signature_of)
    except NotPlainError:
        return read_exactly(body, signature_of, server)


def _read_plainly(document: dict[str, Content], signature_of: SignatureOf) -> ReadRequest:
    """Read a body that holds nothing but a name and a tensor for each input; never refuse, but raise."""
    name = document.pop("signature_name", "")
    if isinstance(name, str) and not name.isprintable():
        raise NotPlainError  # half of a surrogate pair is refused, and what a NUL ends is not decided here
    signature = signature_of(name or DEFAULT_SIGNATURE) if isinstance(name, str) else None
    if not isinstance(name, str) or signature is None or len(document) != 1:
        raise NotPlainError
    match document.popitem():
        case "instances", Rows(columns):
            return ReadRequest("row", name, _tensors(columns, signature))
        case "instances", Numbers() | list() as rows:
            return ReadRequest("row", name, _tensors(_only(rows, signature), signature))
        case "inputs", dict(columns):
            return ReadRequest("columnar", name, _tensors(columns, signature))
        case "inputs", Numbers() | list() | str() | bool() as column:
            return ReadRequest("columnar", name, _tensors(_only(column, signature), signature))
        case _:
            raise NotPlainError


def _only(tensor: Leaf, signature: Signature) -> dict[str, Leaf]:
    if len(signature.inputs) != 1:
        raise NotPlainError
    return {signature.inputs[0].name: tensor}


def _tensors(leaves: Mapping[str, Leaf], signature: Signature) -> dict[str, Value]:
    if leaves.keys() != {spec.name for spec in signature.inputs}:
        raise NotPlainError
    return {spec.name: read_tensor(spec, leaves[spec.name]) for spec in signature.inputs}


def read_exactly(
    body: bytes, signature_of: SignatureOf, server: ServerProfile = PLAIN
) -> ReadRequest | Refusal:
    """Read any body value by value: the one truth of what is read and what refused, with which words."""
    try:
        document = read_document(body)
        name = signature_name(document)
        inputs = _inputs(name, signature_of(name or DEFAULT_SIGNATURE), server)
        instances, columns = document.values(b"instances"), document.values(b"inputs")
        if instances and columns:
            raise invalid_document(
                document,
                "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ",
            )
        if instances:
            return ReadRequest("row", name, _read_rows(document, instances[0], inputs))
        if columns:
            return ReadRequest("columnar", name, _read_columns(columns[0], inputs))
    except RefusedError as refused:
        return refused.refusal
    return Refusal("INVALID_ARGUMENT", "Missing 'inputs' or 'instances' key")


@dataclass(frozen=True, slots=True)
class _Input:
    """One input; `lossless`: numbers that a float would not hold are refused."""

    spec: TensorSpec
    lossless: bool

    def elements(self, item: Json, shape: tuple[int, ...]) -> Iterator[object]:
        """Yield the elements of an item; what is not taken is refused."""
        return elements_of(item, shape, self.spec.dtype, lossless=self.lossless)


def _inputs(name: str, signature: Signature | None, server: ServerProfile) -> dict[bytes, _Input]:
    """Return the inputs by name, in one order: the server's is that of a hash table."""
    if signature is None:
        raise invalid(f'Serving signature name: "{name or DEFAULT_SIGNATURE}" not found in signature def')
    if not signature.inputs:
        raise invalid(f"Failed to get input map for signature: {name or 'DEFAULT'}")
    lossless = server.checks_precision
    return {
        spec.name.encode(errors="surrogateescape"): _Input(spec, lossless=lossless)
        for spec in signature.inputs
    }


class _Column:
    """The values of one input, gathered row by row."""

    def __init__(self, read: _Input) -> None:
        self.spec = read.spec
        self._read = read
        self.size: int | None = None
        self.shape: tuple[int, ...] = ()
        self.values: list[object] = []

    def add(self, item: Json) -> None:
        """Append a row, which must have the shape of those before it (AddInstanceItem)."""
        shape = shape_of(item)
        before = len(self.values)
        self.values.extend(self._read.elements(item, shape))
        size = len(self.values) - before
        if self.size is None:
            self.size, self.shape = size, shape
        elif size != self.size:
            raise invalid(f"Expecting tensor size: {self.size} but got: {size}")
        elif shape != self.shape:
            raise invalid(f"Expecting shape {_spoken(self.shape)} but got: {_spoken(shape)}")

    def tensor(self, rows: int) -> Value:
        """Return the rows as one tensor; of values beyond (a key sent twice) the first count."""
        return tensor_of(self.spec, self.values[: rows * (self.size or 0)], (rows, *self.shape))


def _read_rows(document: JsonObject, rows: Json, inputs: dict[bytes, _Input]) -> dict[str, Value]:
    if not isinstance(rows, list):
        raise invalid_document(document, "Expecting 'instances' to be an list/array")
    if not rows:
        raise invalid_document(document, "No values in 'instances' array")
    if not isinstance(rows[0], JsonObject) and len(inputs) > 1:
        raise invalid(
            "instances is a plain list, but expecting list of objects as multiple input tensors required"
            " as per tensorinfo_map"
        )
    columns = _gather_named(rows, inputs) if _is_named(rows[0]) else _gather_bare(rows, inputs)
    return {column.spec.name: column.tensor(len(rows)) for column in columns}


def _gather_named(rows: list[Json], inputs: dict[bytes, _Input]) -> list[_Column]:
    """Read rows that are objects with exactly the signature's inputs."""
    columns = {name: _Column(each) for name, each in inputs.items()}
    for at, row in enumerate(rows):
        if not isinstance(row, JsonObject) or is_b64(row):
            raise invalid(f"Expecting object but got list at item {at} of input list")
        keys = {_add_member(columns, at, key.partition(b"\0")[0], item) for key, item in row.members}
        if keys != inputs.keys():
            raise invalid(
                f"Failed to process element: {at} of 'instances' list. JSON object: {echo(row)} keys must"
                f" be equal to: {','.join(map(name_of, sorted(inputs)))}"
            )
    return list(columns.values())


def _add_member(columns: Mapping[bytes, _Column], at: int, key: bytes, item: Json) -> bytes:
    """Append one member of a row; a key sent twice is appended twice. Return the key."""
    try:
        if key not in columns:
            raise invalid(f"JSON object: does not have named input: {name_of(key)}")
        columns[key].add(item)
    except RefusedError as error:
        raise _wrapped(f"Failed to process element: {at} key: {name_of(key)}", error) from error
    return key


def _gather_bare(rows: list[Json], inputs: dict[bytes, _Input]) -> list[_Column]:
    """Read rows that are values, into the first input (there may be several: then the call fails later)."""
    column = _Column(next(iter(inputs.values())))
    for at, row in enumerate(rows):
        if _is_named(row):
            raise invalid(f"Expecting value/list but got object at item {at} of input list")
        try:
            column.add(row)
        except RefusedError as error:
            raise _wrapped(f"Failed to process element: {at}", error) from error
    return [column]


def _wrapped(words: str, error: RefusedError) -> RefusedError:
    """Put words before a refusal, and make it INVALID_ARGUMENT whatever it was (563, 584)."""
    return invalid(f"{words} of 'instances' list. Error: {error.refusal}")


def _read_columns(columns: Json, inputs: dict[bytes, _Input]) -> dict[str, Value]:
    """Read each input's own tensor; keys that are no input are not looked at."""
    if isinstance(columns, JsonObject) and not is_b64(columns):
        return {each.spec.name: _read_column(_column(columns, name), each) for name, each in inputs.items()}
    if len(inputs) > 1:
        raise invalid(
            "inputs is a plain value/list, but expecting an object as multiple input tensors required as"
            " per tensorinfo_map"
        )
    return {each.spec.name: _read_column(columns, each) for each in inputs.values()}


def _read_column(item: Json, read: _Input) -> Value:
    shape = shape_of(item)
    return tensor_of(read.spec, list(read.elements(item, shape)), shape)


def _column(columns: JsonObject, name: bytes) -> Json:
    found = columns.values(name)
    if not found:
        raise invalid(f"Missing named input: {name_of(name)} in 'inputs' object.")
    return found[0]


def _spoken(shape: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, shape))}]"


def _is_named(item: Json) -> bool:
    return isinstance(item, JsonObject) and not is_b64(item)
