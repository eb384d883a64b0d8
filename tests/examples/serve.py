"""Runs versions of an export the way TensorFlow Serving does: a process that `test_genre.py` starts.

On standard input pickled calls, on standard output pickled answers: `(version, signature, inputs)` is
answered with the outputs by name, `(version,)` with the signatures' tensors by name, each `(dtype, shape)`.
"""

import os
import pickle
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import tensorflow as tf  # after the environment, which it reads when imported

Tensors = dict[str, tuple[str, list[int | None]]]


class Version:
    """One export in a session."""

    def __init__(self, path: Path) -> None:
        """Load the graph under the tag `serve`, and run its init op."""
        self.session = tf.compat.v1.Session(graph=tf.Graph())
        with self.session.graph.as_default():
            loaded = tf.compat.v1.saved_model.loader.load(self.session, ["serve"], str(path))
        self.signatures = loaded.signature_def

    def call(self, signature: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """The outputs, by name."""
        definition = self.signatures[signature]
        feeds = {definition.inputs[name].name: value for name, value in inputs.items()}
        fetches = {name: tensor.name for name, tensor in definition.outputs.items()}
        found: dict[str, Any] = self.session.run(fetches, feeds)
        return found

    def describe(self) -> dict[str, tuple[Tensors, Tensors]]:
        """Inputs and outputs of each signature that a client can call."""
        return {
            name: (_tensors(definition.inputs), _tensors(definition.outputs))
            for name, definition in self.signatures.items()
            if not name.startswith("__")
        }


def _tensors(found: Any) -> Tensors:
    """Type and shape of each tensor."""
    return {
        name: (tf.as_dtype(info.dtype).name, tf.TensorShape(info.tensor_shape).as_list())
        for name, info in found.items()
    }


def main(base: Path) -> None:
    """Answer calls until there are no more."""
    versions: dict[str, Version] = {}
    while True:
        try:
            version, *call = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the test that started this
        except EOFError:
            return
        if version not in versions:
            versions[version] = Version(base / version)
        answer = versions[version].call(*call) if call else versions[version].describe()
        sys.stdout.buffer.write(pickle.dumps(answer))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
