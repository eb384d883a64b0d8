"""What is said of tensors in the graph, beside TensorFlow's session: graphs written by hand, run just now."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigpact.rules.callers import caller, verdict
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.protocol import Answered, Call, Outcome, Refused, Unloadable
from sigpact.savedmodel.reader import read_export, serving_signatures
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.specs import Signature
from sigpact.wire.arrays import value
from tests.rules.cases import signature
from tests.savedmodel.writer import chunk, number, saved_model, signature_def

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]


def typed(name: str, op: str, attribute: str, *inputs: str) -> bytes:
    """Write a node of float32 as a field of a GraphDef."""
    fields = chunk(1, name) + chunk(2, op) + b"".join(chunk(3, each) for each in inputs)
    return chunk(1, fields + chunk(5, chunk(1, attribute) + chunk(2, number(6, BY_NAME["float32"].number))))


GRAPH = (
    typed("x", "Placeholder", "dtype")
    + typed("t", "Placeholder", "dtype")
    + typed("y", "Identity", "T", "x")
    + typed("z", "AddV2", "T", "y", "t")
    + chunk(4, number(1, 2000))
)
ONE = signature("f", {"inputs": {"x": "float32 [?] @x:0"}, "outputs": {"y": "float32 [?] @y:0"}})
CASES = [
    ("as it should be", {"x": "float32 [?] @x:0"}, {"y": "float32 [?] @y:0"}, "safe", ""),
    ("without indices", {"x": "float32 [?] @x"}, {"y": "float32 [?] @y"}, "safe", ""),
    ("two aliases", {"x": "float32 [?] @x:0"}, {"y": "float32 [?] @y:0", "w": "float32 [?] @y"}, "safe", ""),
    ("not in the graph", {"x": "float32 [?] @x:0"}, {"y": "float32 [?] @nope:0"}, "breaks", "not found in"),
    ("input not in it", {"x": "float32 [?] @nope:0"}, {"y": "float32 [?] @y:0"}, "breaks", "not found in"),
    ("fetched and fed", {"x": "float32 [?] @x:0"}, {"y": "float32 [?] @x:0"}, "breaks", "both fed and"),
    (
        "unread, fetched and fed",
        {"x": "float32 [?] @x:0"},
        {"y": "float32 [?] @y:0", "w": "float32 [?] @x"},
        "breaks",
        "both fed and",
    ),
    (
        "fed twice",
        {"x": "float32 [?] @x:0", "w": "float32 [?] @x"},
        {"y": "float32 [?] @y:0"},
        "breaks",
        "fed more than once",
    ),
    ("another dtype is declared", {"x": "int32 [?] @x:0"}, {"y": "float32 [?] @y:0"}, "safe", ""),
]


@pytest.fixture(scope="module")
def backend() -> Iterator[TensorFlowBackend]:
    """A backend for all cases."""
    with TensorFlowBackend() as made:
        yield made


def _written(folder: Path, said: Signature) -> Signature:
    info = chunk(1, chunk(4, "serve") + chunk(5, "2.21.0"))
    entry = chunk(5, chunk(1, said.name) + chunk(2, signature_def(said)))
    (folder / "saved_model.pb").write_bytes(saved_model([info + chunk(2, GRAPH) + entry]))
    (found,) = serving_signatures(read_export(folder))
    return found


def _ran(backend: TensorFlowBackend, folder: Path, found: Signature) -> Outcome:
    session = backend.load(str(folder))
    assert not isinstance(session, Unloadable), session
    fed = {spec.name: value("float32", [0.5, 1.5]) for spec in found.inputs}
    (outcome,) = session.run([Call(found, fed)])
    session.close()
    return outcome


@pytest.mark.parametrize(
    ("inputs", "outputs", "expected", "message"),
    [each[1:] for each in CASES],
    ids=[each[0] for each in CASES],
)
def test_the_session_says_what_is_said_here(
    inputs: dict[str, str],
    outputs: dict[str, str],
    expected: str,
    message: str,
    tmp_path: Path,
    backend: TensorFlowBackend,
) -> None:
    """A gRPC client that fetches everything breaks where the session refuses, and nowhere else."""
    found = _written(tmp_path, signature("f", {"inputs": inputs, "outputs": outputs}))
    outcome = _ran(backend, tmp_path, found)
    made = caller("grpc", ONE if len(inputs) == 1 else found)
    assert made is not None
    if len(inputs) == 1:
        assert verdict(made.meets((found,))) == expected
    else:
        assert made.exists() is (expected == "safe")
    assert isinstance(outcome, Refused if message else Answered), outcome
    assert message in getattr(outcome, "message", "")
