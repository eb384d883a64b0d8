"""A request and its answer as an example of a contract."""

import base64
from typing import Final

import numpy as np

from sigpact.authoring.strength.additions import Candidate
from sigpact.authoring.strength.scene import Scene, fitted
from sigpact.authoring.strength.written import Data, as_yaml
from sigpact.checks.breaches import is_sensitive
from sigpact.contract.model import Tensor
from sigpact.engine.dynamic import alone
from sigpact.engine.journey import Read
from sigpact.findings import Path
from sigpact.tensors.dtypes import DType, Kind
from sigpact.values.requests import Request
from sigpact.wire.arrays import Array, Value

_LONGEST: Final = 600
"""Characters of an example on one line."""
_MOST: Final = 200_000
"""Numbers of an example that is written out at all."""
_NAME: Final = "as version {} answers {}"
_SHORT: Final = 24


def example_of(scene: Scene, request: Request, at: Path) -> Candidate | None:
    """Return an example of a request with what the version answers; `None` where it is not to be written.

    Of an answer that is too long for a line the output that changed (`at`) will do; what is too long still
    belongs into a file of rows. What is `sensitive` is written nowhere.
    """
    size = sum(value.array.size for value in request.values.values())
    if is_sensitive(scene.use) or size > _MOST:
        return None
    arrival = alone(scene.journey, scene.player, scene.journey.send_short(request))
    if not isinstance(arrival, Read) or sum(each.array.size for each in arrival.answer.values()) > _MOST:
        return None
    inputs: Data = {
        name: plain(value, as_bytes=_is_bytes(scene, name)) for name, value in request.values.items()
    }
    outputs = {
        each.name: _expected(each, arrival.answer[each.name], arrival.served.get(each.name))
        for each in scene.use.outputs
        if each.name in arrival.answer
    }
    named = outputs if not at else {name: each for name, each in outputs.items() if name == at[-1]}
    path = scene.path("examples", len(scene.written.at(scene.path("examples")) or ()))
    for chosen in (outputs, named):
        said: Data = {"name": _name(scene, request), "inputs": inputs, "outputs": {**chosen}}
        if len(as_yaml(said)) <= _LONGEST:
            return Candidate(path, said, "if that is what it should answer")
    file = f"rows_from: golden/{scene.use.name}.jsonl"
    return Candidate(path, said, "real rows with the answers that they should have", instead=file)


def _name(scene: Scene, request: Request) -> str:
    """Return what an example is called: after the first thing that it sends."""
    firsts = [each.array.reshape(-1)[:1].tolist() for each in request.values.values()]
    first: list[object] = firsts[0] if firsts else []
    words = [each.decode(errors="replace") if isinstance(each, bytes) else str(each) for each in first]
    shown = " ".join("".join(each if each.isprintable() else " " for each in "".join(words)).split())
    return _NAME.format(scene.journey.version, shown[:_SHORT]).strip()


def _is_bytes(scene: Scene, name: str) -> bool:
    found = next((each for each in (*scene.use.inputs, *scene.use.context) if each.name == name), None)
    return found is not None and "bytes" in found.dtypes


def _expected(tensor: Tensor, value: Value, served: DType | None) -> Data:
    """Return what is expected of an output, floats with the digits of the dtype that was served."""
    if value.dtype.kind is not Kind.FLOAT:
        return plain(value, as_bytes="bytes" in tensor.dtypes)
    if served is None or served.kind is not Kind.FLOAT:
        return {"approx": plain(value)}
    return {"approx": plain(Value(served, fitted(Value(served, np.empty(0)), value.array)))}


def plain(value: Value, *, as_bytes: bool = False) -> Data:
    """Return a tensor as a contract writes it: nested lists, bytes that are no text as base64."""
    return _nested(value.array, as_bytes=as_bytes)


def _nested(array: Array, *, as_bytes: bool) -> Data:
    if array.ndim:
        return [_nested(array[at, ...], as_bytes=as_bytes) for at in range(len(array))]
    element = array[()]
    if isinstance(element, bytes):
        return _text(element, as_bytes=as_bytes)
    found: Data = element.item()
    return float(str(element)) if isinstance(found, float) else found


def _text(element: bytes, *, as_bytes: bool) -> Data:
    encoded: Data = {"b64": base64.b64encode(element).decode()}
    if as_bytes:
        return encoded
    try:
        return element.decode()
    except UnicodeDecodeError:
        return encoded
