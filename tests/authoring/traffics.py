"""Traffic for tests: signatures and calls to draw, as JSON Lines or records, and a version that answers."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sigpact.authoring.init import Asked, write
from sigpact.authoring.sources import sources
from sigpact.authoring.traffic import read
from sigpact.contract.model import Contract
from sigpact.frozen import replace
from sigpact.rows.mistakes import Seen
from sigpact.rows.real import real_requests
from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.tensors.shapes import Dim, Fixed, Ranked, Unknown, dims_of
from sigpact.tensors.specs import Signature, TensorSpec
from sigpact.wire.arrays import Value, value
from sigpact.wire.refusal import Refusal
from sigpact.wire.server_writes import write_answer
from tests.rows.logs import frame, predict_log
from tests.savedmodel.test_tensors import proto
from tests.savedmodel.writer import PACK, chunk

DTYPES = ("float32", "float64", "int32", "int64", "uint8", "string", "bool")
NAMES = st.sampled_from(
    ["x", "title", "dense_26", "batch", "length", "a b", "n:o", "é", "input", "true", "b_bytes"]
)


@dataclass(frozen=True)
class World:
    """One signature and the calls that were made to it: inputs and outputs of each by name."""

    signature: Signature
    body: str
    calls: tuple[tuple[dict[str, Value], dict[str, Value]], ...]
    named: bool = False

    def lines(self) -> str:
        """Return the calls as JSON Lines of bodies with their answers."""
        return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in map(self._line, self.calls))

    def _line(self, call: tuple[dict[str, Value], dict[str, Value]]) -> dict[str, Any]:
        sent, got = call
        tensors = {name: _json(each, name) for name, each in sent.items()}
        is_bare = len(tensors) == 1 and not self.named
        request: dict[str, Any] = {"signature_name": self.signature.name}
        if self.body == "columnar":
            request["inputs"] = next(iter(tensors.values())) if is_bare else tensors
        else:
            rows = next(iter(tensors.values()))
            one_by_one = [{name: each[at] for name, each in tensors.items()} for at in range(len(rows))]
            request["instances"] = rows if is_bare else one_by_one
        answer = write_answer(self.body, got)
        assert not isinstance(answer, Refusal)
        return {"request": request, "response": json.loads(answer)}

    def records(self) -> bytes:
        """Return the calls as a TFRecord of PredictionLog."""
        logs = (
            predict_log(self.signature.name, *({n: _proto(v) for n, v in side.items()} for side in call))
            for call in self.calls
        )
        return b"".join(map(frame, logs))

    def answer(self, feeds: Mapping[str, Value]) -> dict[str, Value]:
        """Answer nothing that was not answered before: each row is one of those recorded, by turns."""
        rows = max((each.shape[0] for each in feeds.values() if each.shape), default=1)
        found = {}
        for spec in self.signature.outputs:
            known = np.concatenate([got[spec.name].array for _, got in self.calls])
            found[spec.name] = Value(spec.dtype, known[np.arange(rows) % len(known)])
        return found


def _json(tensor: Value, name: str) -> Any:
    if tensor.dtype.kind is not Kind.STRING:
        return tensor.array.tolist()
    flat = tensor.array.reshape(-1).tolist()
    is_bytes = name.endswith("_bytes")
    array = np.empty(len(flat), object)
    array[:] = [{"b64": base64.b64encode(each).decode()} if is_bytes else each.decode() for each in flat]
    return array.reshape(tensor.shape).tolist()


def _proto(tensor: Value) -> bytes:
    flat = tensor.array.reshape(-1)
    if tensor.dtype.kind is Kind.STRING:
        return proto("string", tensor.shape, b"".join(chunk(8, each) for each in flat))
    code = np.dtype(PACK[tensor.dtype.name]).newbyteorder("<")
    return proto(tensor.dtype.name, tensor.shape, chunk(4, flat.astype(code).tobytes()))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a signature whose inputs and outputs all have rows in front, and calls to it."""
    names = draw(st.lists(NAMES, min_size=2, max_size=5, unique=True))
    cut = draw(st.integers(1, len(names) - 1))
    fronts: list[Dim] = [Unknown(), Unknown(), Fixed(2)]
    front = draw(st.sampled_from(fronts))
    inner = {name: draw(st.lists(st.integers(1, 3), max_size=2)) for name in names}
    made = {name: _spec(draw, name, front, inner[name]) for name in names}
    inputs, outputs = (tuple(made[each] for each in sorted(part)) for part in (names[:cut], names[cut:]))
    signature = Signature(draw(st.sampled_from(["f", "serving_default", "a: b"])), "", inputs, outputs)
    pools = {name: draw(_pool(made[name].dtype.name, name)) for name in names}
    calls = []
    varies = draw(st.booleans())
    for _ in range(draw(st.integers(1, 12))):
        rows = 2 if front == Fixed(2) else draw(st.integers(1, 9))
        if varies:
            inner |= _lengths(inputs, draw(st.integers(1, 6)))
        tensors = {name: draw(_tensor(made[name], (rows, *inner[name]), pools[name])) for name in names}
        calls.append(({n: tensors[n] for n in names[:cut]}, {n: tensors[n] for n in names[cut:]}))
    return World(signature, draw(st.sampled_from(["row", "columnar"])), tuple(calls), draw(st.booleans()))


def _lengths(inputs: tuple[TensorSpec, ...], length: int) -> dict[str, list[int]]:
    """Return the lengths behind the rows of each input: one for all that are open."""
    return {
        spec.name: [dim.size if isinstance(dim, Fixed) else length for dim in dims_of(spec.shape)[1:]]
        for spec in inputs
    }


def _spec(draw: st.DrawFn, name: str, front: Dim, inner: list[int]) -> TensorSpec:
    dims = [Fixed(each) if draw(st.booleans()) else Unknown() for each in inner]
    dtype = "string" if name.endswith("_bytes") else draw(st.sampled_from(DTYPES))
    return TensorSpec(name, BY_NAME[dtype], Ranked((front, *dims)), f"node_{name.encode().hex()}:0")


def _pool(dtype: str, name: str) -> st.SearchStrategy[list[Any]]:
    """Draw what elements are drawn from: a few values that repeat, or many."""
    found = BY_NAME[dtype]
    elements: st.SearchStrategy[Any]
    match found.kind:
        case Kind.STRING if name.endswith("_bytes"):
            elements = st.binary(max_size=12)
        case Kind.STRING:
            words = st.text(st.characters(codec="utf-8"), max_size=8)
            texts = (words, st.integers(0, 99_999).map(str), st.dates().map(str), st.uuids().map(str))
            elements = st.one_of(*texts).map(str.encode)
        case Kind.BOOL:
            elements = st.booleans()
        case Kind.FLOAT:
            whole = st.floats(allow_nan=False, allow_infinity=False, width=32 if found.bits == 32 else 64)
            elements = st.one_of(whole, st.floats(0, 1, width=32), st.integers(0, 5).map(float))
        case _:
            elements = st.one_of(st.integers(found.minimum, found.maximum), st.integers(0, 5))
    return st.lists(elements, min_size=1, max_size=12)


@st.composite
def _tensor(draw: st.DrawFn, spec: TensorSpec, shape: tuple[int, ...], pool: list[Any]) -> Value:
    turn, step = draw(st.integers(0, 50)), draw(st.integers(1, 5))
    flat = [pool[(turn + step * at) % len(pool)] for at in range(int(np.prod(shape)))]
    made = value(spec.dtype.name, flat)
    return Value(made.dtype, made.array.reshape(shape))


def inited(*named: str | Path, wanted: frozenset[str] = frozenset(), **asked: Any) -> str:
    """Return what `init` writes of some sources, for a client `app` of the model `m`."""
    found = sources([str(each) for each in named])
    known = {each.name: each for each in found.signatures or ()}
    seen = read(found.traffic, known, wanted) if found.traffic else None
    return write(found, seen, Asked(**{"client": "app", "model": "m", **asked}))


def rows_of(contract: Contract, file: Path) -> int:
    """Return how many rows of a file the contract reads; one that it does not admit is a failure."""
    (use,) = contract.signatures
    seen = Seen()
    found = sum(each.rows for each in real_requests(contract, replace(use, rows_from=(str(file),)), seen))
    assert seen.mistakes == ()
    return found
