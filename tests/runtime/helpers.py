"""Calls of the exports that `exports.py` builds."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.protocol import Answered, Call, Outcome
from sigpact.runtime.session import TensorFlowSession
from sigpact.tensors.dtypes import BY_NAME, by_number
from sigpact.tensors.shapes import AnyRank
from sigpact.tensors.specs import Default, Signature, TensorSpec
from sigpact.wire.arrays import Value, value


@dataclass(frozen=True)
class Exports:
    """A folder of exports, and what their SignatureDefs say."""

    root: Path

    @cached_property
    def _signatures(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.root / "signatures.json").read_text())
        return found

    @cached_property
    def oracle(self) -> list[dict[str, Any]]:
        """What TensorFlow's own session answered."""
        found: list[dict[str, Any]] = json.loads((self.root / "oracle.json").read_text())
        return found

    def path(self, export: str) -> str:
        """The folder of one export."""
        return str(self.root / export)

    def call(self, export: str, name: str, /, **feeds: Value) -> Call:
        """A call of a signature of an export."""
        found = self._signatures[export][name]
        return Call(
            Signature(
                name,
                "tensorflow/serving/predict",
                _specs(found["inputs"]),
                _specs(found["outputs"]),
                tuple(
                    Default(alias, BY_NAME["float32"], (), (each,))
                    for alias, each in found["defaults"].items()
                ),
            ),
            feeds,
        )


def _specs(infos: dict[str, list[Any]]) -> tuple[TensorSpec, ...]:
    return tuple(
        TensorSpec(name, by_number(dtype), AnyRank(), at) for name, (dtype, at) in sorted(infos.items())
    )


def signature(
    *inputs: str, outputs: tuple[str, ...] = ("y",), defaults: tuple[Default, ...] = ()
) -> Signature:
    """A signature of float32 tensors, each named in the graph as its alias and `:0`."""
    return Signature(
        "f",
        "tensorflow/serving/predict",
        tuple(TensorSpec(name, BY_NAME["float32"], AnyRank(), f"{name}:0") for name in inputs),
        tuple(TensorSpec(name, BY_NAME["float32"], AnyRank(), f"{name}:0") for name in outputs),
        defaults,
    )


def number(n: int) -> Value:
    """An int64 scalar."""
    return value("int64", n)


def sent(elements: object, empty: str = "string") -> Value:
    """A value of the dtype that `exports.py` sends for these elements."""
    array = np.asarray(elements)
    dtype = {"U": "string", "f": "float32", "i": "int64", "b": "bool"}[array.dtype.kind]
    return value(dtype if array.size else empty, elements)


def plain(outcome: Outcome) -> dict[str, Any]:
    """The outputs of an answer as nested lists of numbers and text."""
    assert isinstance(outcome, Answered), outcome
    return {name: _text(each.array.tolist()) for name, each in outcome.outputs.items()}


def _text(elements: Any) -> Any:
    if isinstance(elements, list):
        return [_text(each) for each in elements]
    return elements.decode() if isinstance(elements, bytes) else elements


def loaded(backend: TensorFlowBackend, exports: Exports, export: str = "plain") -> TensorFlowSession:
    """Load what must load."""
    session = backend.load(exports.path(export))
    assert isinstance(session, TensorFlowSession), session
    return session


def processes_of(backend: TensorFlowBackend) -> list[int]:
    """The pids of the zygote and of the workers."""
    workers = [session._worker for session in backend._live]
    return [backend._zygote._process.pid, *(worker._pid for worker in workers if worker)]


def alive(pid: int) -> bool:
    """Whether a process runs: not ended, and not merely waiting for somebody to ask how it ended."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
