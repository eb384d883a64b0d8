"""A classify or regress answer -> values by output name, as the client reads it.

Over REST `{"results": [[[label, score], …], …]}` or `{"results": [value, …]}`
(util/json_tensor.cc:1068-1127); over gRPC a ClassificationResponse or RegressionResponse
(apis/classification.proto, regression.proto), whose labels are proto3 strings: UTF-8.
"""

from collections.abc import Mapping
from typing import Final

from sigpact.clients.kinds import NOT_FINITE_READERS, Inference
from sigpact.contract.model import SignatureUse, Tensor
from sigpact.tensors.shapes import Ranked
from sigpact.wire.answer_values import Fault, to_value
from sigpact.wire.arrays import Value
from sigpact.wire.client_reads import Unreadable, not_json, parse

_KEY: Final = "results"


def read_inference_answer(
    kind: Inference, use: SignatureUse, body: bytes
) -> Mapping[str, Value] | Unreadable:
    """Read the outputs that the contract declares from a REST body."""
    parsed = parse(body)
    if isinstance(parsed, Unreadable):
        return parsed
    document, is_strict = parsed
    rows = document.get(_KEY) if isinstance(document, dict) else None
    if not isinstance(rows, list):
        return Unreadable(None, f"there is no list `{_KEY}` in it")
    found = _columns(kind.verb, rows)
    if not is_strict and kind.language not in NOT_FINITE_READERS:
        return not_json(kind.language, found)
    values = {}
    for tensor in use.outputs:
        value = to_value(found[tensor.name], tensor, kind.language)
        if isinstance(value, Fault):
            return Unreadable(tensor.name, value.reason)
        values[tensor.name] = _as_declared(tensor, value)
    return values


def _columns(verb: str, rows: list[object]) -> dict[str, object]:
    """Return what stands in the rows by output; the server writes pairs of a label and a score."""
    if verb == "regress":
        return {"outputs": rows}
    pairs = [row if isinstance(row, list) else [] for row in rows]
    return {
        name: [[pair[at] for pair in row if isinstance(pair, list)] for row in pairs]
        for at, name in enumerate(("classes", "scores"))
    }


def received(use: SignatureUse, answer: Mapping[str, Value]) -> Mapping[str, Value] | Unreadable:
    """Return the outputs that the contract declares of a gRPC answer."""
    for label in answer["classes"].array.reshape(-1).tolist() if "classes" in answer else ():
        try:
            label.decode()
        except UnicodeDecodeError:
            return Unreadable(
                "classes", f"the label {label[:40]!r} is not UTF-8, which a proto3 string must be"
            )
    return {tensor.name: _as_declared(tensor, answer[tensor.name]) for tensor in use.outputs}


def _as_declared(tensor: Tensor, value: Value) -> Value:
    """Return regressions as `[batch, 1]` to a client that says so: the API gives a number a row."""
    is_column = tensor.name == "outputs" and isinstance(tensor.shape, Ranked) and len(tensor.shape.dims) == 2
    return Value(value.dtype, value.array.reshape(-1, 1)) if is_column else value
