"""The verdict from two signatures against requests that really travel: written, read, run, answered, read.

`sigpact.wire` is a second implementation of the same rules: the codec, tested with the server's own cases.
Here both are asked about random pairs of versions, for every kind of client.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.contract.model import Contract, SignatureUse
from sigpact.engine.dynamic import alone
from sigpact.engine.journey import Journey
from sigpact.engine.tally import breaches
from sigpact.engine.twosided import _drawn
from sigpact.frozen import replace
from sigpact.rules.callers import OMITTING, PREDICT, Caller, caller, verdict
from sigpact.runtime.fake import FakeSession
from sigpact.runtime.protocol import Refused
from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.tensors.shapes import Fixed, Ranked, Unknown, dims_of
from sigpact.tensors.specs import Default, Signature, TensorSpec
from sigpact.values.plan import plan
from sigpact.values.requests import Request, row_of
from sigpact.wire.arrays import Value, numpy_dtype

_BATCH = Ranked((Unknown(),))
_INPUT_DTYPES = [
    "float16",
    "float32",
    "float64",
    "int8",
    "int32",
    "int64",
    "uint8",
    "uint32",
    "bool",
    "string",
    "float16",
]
_OUTPUT_DTYPES = [
    *("float32", "float64", "float16", "bool", "string", "int32", "int64", "uint16"),
]
_METHODS = ["", "tensorflow/serving/predict", "custom"]
_SERVERS = [
    PLAIN,
    ServerProfile(batching=True),
    ServerProfile(method_name_check=True),
    ServerProfile(version=(2, 12)),
    ServerProfile(version=(2, 4)),
    ServerProfile(batching=True, method_name_check=True, version=(2, 4)),
]
_SHAPES = [_BATCH, _BATCH, _BATCH, Ranked(()), Ranked((Fixed(1),)), Ranked((Unknown(), Fixed(2)))]


def _tensors(names: list[str], dtypes: list[str], shapes: list[Ranked]) -> st.SearchStrategy[Any]:
    made = st.builds(
        lambda dtype, shape: (BY_NAME[dtype], shape), st.sampled_from(dtypes), st.sampled_from(shapes)
    )
    return st.dictionaries(st.sampled_from(names), made, min_size=1, max_size=3).map(
        lambda found: tuple(TensorSpec(name, *found[name]) for name in sorted(found))
    )


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[Signature, Signature]:
    """Draw two versions that have something in common, so that not everything breaks."""
    old, new = (_signature(draw, _OUTPUT_DTYPES) for _ in range(2))
    keep_inputs, keep_outputs = draw(st.booleans()), draw(st.booleans())
    return old, Signature(
        "s",
        draw(st.sampled_from(_METHODS)),
        old.inputs if keep_inputs else new.inputs,
        old.outputs if keep_outputs else new.outputs,
        old.defaults if keep_inputs else new.defaults,
    )


def _signature(draw: st.DrawFn, dtypes: list[str]) -> Signature:
    inputs = draw(_tensors(["a", "b"], _INPUT_DTYPES, [_BATCH]))
    outputs = draw(_tensors(["y", "z", "y_bytes"], dtypes, _SHAPES))
    defaults = [_default(spec) for spec in inputs if spec.dtype.name == "float32" and draw(st.booleans())]
    scalar = draw(st.booleans())
    made = tuple(replace(each, shape=()) for each in defaults) if scalar else tuple(defaults)
    return Signature("s", draw(st.sampled_from(_METHODS)), inputs, outputs, made)


def _default(spec: TensorSpec) -> Default:
    return Default(spec.name, spec.dtype, (1,), (1.0,))


def _model(signature: Signature) -> FakeSession:
    """Return a model that answers as it declares, and whose graph takes the declared dtypes only."""

    def run(feeds: Mapping[str, Value]) -> Any:
        for spec in signature.inputs:
            if feeds[spec.name].dtype != spec.dtype:
                return Refused("INVALID_ARGUMENT", f"Expects {spec.dtype}")
        # A default of one row stands beside more rows of what was sent.
        rows = max((each.shape[0] for each in feeds.values() if each.shape), default=1)
        return {spec.name: _answer(spec, rows) for spec in signature.outputs}

    return FakeSession({"s": run})


def _answer(spec: TensorSpec, rows: int) -> Value:
    shape = tuple(dim.size if isinstance(dim, Fixed) else rows for dim in dims_of(spec.shape))
    array = np.empty(shape, numpy_dtype(spec.dtype))
    array[...] = b"a" if spec.dtype.kind is Kind.STRING else 0.5 if spec.dtype.kind is Kind.FLOAT else 1
    return Value(spec.dtype, array)


def _requests(contract: Contract, use: SignatureUse) -> Iterator[Request]:
    """Yield what a client sends; special rows alone too: an old version may answer one row and no more."""
    requests = list(islice(plan(contract, use, rows=10, seed=1).requests, 60))
    yield from requests
    wide = next((each for each in requests if each.rows > 1), None)
    if wide is not None:
        yield from (row_of(wide, row) for row in range(wide.rows))


def _fails(client: Caller, new: Signature, server: ServerProfile) -> list[bool]:
    """Send a client's requests to a version; return for each that the old one answers whether it fails."""
    found = []
    for whole in (False, True):
        contract = _drawn(client, whole=whole)
        (use,) = contract.signatures
        ways = [
            (Journey(contract, use, (each,), "m", "1", server), _model(each))
            for each in (client.signature, new)
        ]
        for request in _requests(contract, use):
            old_broken, new_broken = (
                bool(breaches(contract, use, request, alone(way, session, way.send(request))))
                for way, session in ways
            )
            if not old_broken:
                found.append(new_broken)
    return found


@pytest.mark.parametrize("server", _SERVERS, ids=str)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(pair=_pairs(), kind=st.sampled_from((*PREDICT, *OMITTING)))
def test_verdicts_are_what_requests_meet(
    pair: tuple[Signature, Signature], kind: str, server: ServerProfile
) -> None:
    """Safe: no request fails. Breaks: one does. Every client that exists has requests."""
    old, new = pair
    client = caller(kind, old)
    if client is None or not client.exists(server):
        return
    met = _fails(client, new, server)
    assert met, "no request was answered by the version that the client is made from"
    word = verdict(client.meets((new,), server))
    if word == "safe":
        assert not any(met)
    elif word == "breaks":
        assert any(met)
