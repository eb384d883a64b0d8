"""Values -> a classify or regress request, as its client makes it: a REST body, or tf.Examples over gRPC.

A feature's value has the rows of the call in front, a context feature's has none. A list in a tf.Example has
no shape, so values are sent flat; over REST what is a single value (`[]`) is sent as a bare literal.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from sigpact.clients.kinds import Inference
from sigpact.contract.model import SignatureUse, Tensor
from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.wire.arrays import Array, Value
from sigpact.wire.client_writes import CannotWrite, quoted, written
from sigpact.wire.inference import Feature, InferenceRequest
from sigpact.wire.json_arrays import on_one_line, rows_on_one_line

_INT64 = BY_NAME["int64"]


def count_of(use: SignatureUse, values: Mapping[str, Value]) -> int:
    """Return how many examples a request has: the rows of its features; without any, one empty example."""
    counts = (values[tensor.name].shape[:1] for tensor in use.inputs if tensor.name in values)
    return next((count for (count,) in counts), 1)


def write_inference(kind: Inference, use: SignatureUse, values: Mapping[str, Value]) -> bytes | CannotWrite:
    """Write the REST body: the signature's name always, the context if there is one, then the examples."""
    columns: dict[str, list[bytes]] = {}
    context: dict[str, bytes] = {}
    for tensor, value in _sent(use, values):
        elements = written(kind.language, tensor.name, tensor, value)
        if isinstance(elements, CannotWrite):
            return CannotWrite(f"{tensor.name}: {elements.reason}")
        if tensor in use.context:
            context[tensor.name] = on_one_line(elements, _flat(value.shape))
        else:
            columns[tensor.name] = rows_on_one_line(elements, (value.shape[0], *_flat(value.shape[1:])))
    examples = [
        _object({name: texts[row] for name, texts in columns.items()}) for row in range(count_of(use, values))
    ]
    said = [b'"signature_name": ' + quoted(use.name)]
    said += [b'"context": ' + _object(context)] if context else []
    return b"{%b}" % b", ".join([*said, b'"examples": [%b]' % b", ".join(examples)])


def make_inference(use: SignatureUse, values: Mapping[str, Value]) -> InferenceRequest | CannotWrite:
    """Make the tf.Examples that a gRPC client sends: the list of each feature is that of its dtype."""
    examples: list[dict[str, Feature]] = [{} for _ in range(count_of(use, values))]
    context: dict[str, Feature] = {}
    for tensor, value in _sent(use, values):
        if value.dtype.kind is Kind.UINT and value.array.size and value.array.max() > _INT64.maximum:
            return CannotWrite(f"{tensor.name}: an int64 list does not hold {value.array.max()}")
        if value.dtype.kind in {Kind.COMPLEX, Kind.OPAQUE}:
            return CannotWrite(f"{tensor.name}: a tf.Example has no list for {value.dtype}")
        if tensor in use.context:
            context[tensor.name] = _feature(value, value.array)
        else:
            for example, row in zip(examples, value.array, strict=True):
                example[tensor.name] = _feature(value, np.asarray(row, value.array.dtype))
    return InferenceRequest(use.name, tuple(examples), context or None)


def _sent(use: SignatureUse, values: Mapping[str, Value]) -> Iterator[tuple[Tensor, Value]]:
    for tensor in (*use.inputs, *use.context):
        if tensor.name in values:
            yield tensor, values[tensor.name]


def _flat(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of the list that is sent; a single value is no list."""
    return (int(np.prod(shape)),) if shape else ()


def _object(members: Mapping[str, bytes]) -> bytes:
    return b"{%b}" % b", ".join(quoted(name) + b": " + text for name, text in members.items())


def _feature(value: Value, array: Array) -> Feature:
    flat = array.reshape(-1)
    match value.dtype.kind:
        case Kind.STRING:
            return Feature("bytes", tuple(flat.tolist()))
        case Kind.FLOAT:
            with np.errstate(over="ignore"):
                return Feature("float", tuple(flat.astype(np.float32).tolist()))
        case _:
            return Feature("int64", tuple(map(int, flat.tolist())))
