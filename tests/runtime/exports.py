"""Builds small exports with TensorFlow, and asks TensorFlow's own Python session about them.

Run as a script with a folder: pytest itself never imports TensorFlow. `signatures.json` holds what their
SignatureDefs say, `oracle.json` what `Session._make_callable_from_options` answers to the calls of `ORACLE`.
"""

# mypy: disable-error-code="untyped-decorator"
# TensorFlow has no types.

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2, saved_model_pb2

ECHOED = (
    *("float32", "float64", "float16", "bfloat16", "float8_e5m2", "float8_e4m3fn"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("bool", "complex64", "complex128", "string"),
    *("qint8", "quint8", "qint16", "quint16", "qint32"),
    *("int4", "uint4", "int2", "uint2"),
    *("float8_e4m3fnuz", "float8_e4m3b11fnuz", "float8_e5m2fnuz"),
)
_N = tf.TensorSpec([], tf.int64, name="n")


def _table(folder: Path) -> Any:
    folder.mkdir(parents=True)
    words = folder / "words.txt"
    words.write_text("drama\ncomedy\n")
    source = tf.lookup.TextFileInitializer(
        str(words),
        tf.string,
        tf.lookup.TextFileIndex.WHOLE_LINE,
        tf.int64,
        tf.lookup.TextFileIndex.LINE_NUMBER,
    )
    return tf.lookup.StaticHashTable(source, -1)


class Plain(tf.Module):  # type: ignore[misc]
    """What the tests need of a version that behaves, and of one that does not."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.weights = tf.Variable(tf.reshape(tf.range(12.0), [4, 3]))
        self.total = tf.Variable(0, dtype=tf.int64)
        self.table = _table(folder)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="title")])
    def text(self, title: Any) -> Any:
        """Upper case, and the length in bytes."""
        return {"upper": tf.strings.upper(title), "length": tf.strings.length(title)}

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])
    def matmul(self, x: Any) -> Any:
        """A product with a variable."""
        return {"y": x @ self.weights}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="word")])
    def lookup(self, word: Any) -> Any:
        """Look a word up in a table that the init op fills from an asset."""
        return {"at": self.table.lookup(word)}

    @tf.function(input_signature=[_N])
    def hog(self, n: Any) -> Any:
        """Allocate n floats."""
        return {"y": tf.reduce_max(tf.random.uniform([n]))}

    @tf.function(input_signature=[_N])
    def unique(self, n: Any) -> Any:
        """Allocate memory for n integers that TensorFlow does not ask politely for."""
        return {"y": tf.size(tf.unique(tf.range(n))[0])}

    @tf.function(input_signature=[_N])
    def loop(self, n: Any) -> Any:
        """Count to n by twos: for ever, if n is odd."""
        return {"y": tf.while_loop(lambda i: i != n, lambda i: (i + 2,), (tf.constant(0, tf.int64),))[0]}

    @tf.function(input_signature=[_N])
    def add(self, n: Any) -> Any:
        """Keep a sum."""
        return {"total": self.total.assign_add(n) + 0}

    @tf.function(input_signature=[_N])
    def noisy(self, n: Any) -> Any:
        """Print to both streams."""
        tf.print("to standard output", n, output_stream=sys.stdout)
        tf.print("to standard error", n, output_stream=sys.stderr)
        return {"n": tf.identity(n)}

    @tf.function(
        input_signature=[tf.TensorSpec([], tf.float32, name="x"), tf.TensorSpec([], tf.float32, name="by")]
    )
    def scaled(self, x: Any, by: Any = tf.constant(3.0)) -> Any:  # noqa: B008 - a default of the signature
        """Multiply, by 3 where nothing else is said."""
        return {"y": x * by}


def _echo(dtype: str) -> Callable[..., Any]:
    @tf.function(input_signature=[tf.TensorSpec(None, dtype, name="x")])
    def echo(x: Any) -> Any:
        return {"y": tf.identity(x)}

    return echo  # type: ignore[no-any-return]


def plain(folder: Path) -> None:
    """Export `Plain`, and a function for each dtype that gives back what it gets."""
    module = Plain(folder.parent / "assets")
    names = ("text", "matmul", "lookup", "hog", "unique", "loop", "add", "noisy", "scaled")
    functions = {name: getattr(module, name) for name in names}
    for dtype in ECHOED:
        functions[f"echo_{dtype}"] = _echo(dtype)
    module.echoes = list(functions.values())
    tf.saved_model.save(module, str(folder), signatures=functions)


def _v1_signature(inputs: dict[str, Any], outputs: dict[str, Any]) -> Any:
    info = tf.compat.v1.saved_model.build_tensor_info

    def infos(tensors: dict[str, Any]) -> dict[str, Any]:
        return {name: info(tensor) for name, tensor in tensors.items()}

    return tf.compat.v1.saved_model.build_signature_def(
        infos(inputs), infos(outputs), "tensorflow/serving/predict"
    )


def _v1_export(
    folder: Path, build: Callable[[], tuple[dict[str, Any], Any]], tags: tuple[str, ...] = ("serve",)
) -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        signatures, main_op = build()
        builder = tf.compat.v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, list(tags), signatures, main_op=main_op)
        builder.save()


def tf1() -> tuple[dict[str, Any], None]:
    """Signatures as code of TensorFlow 1 made them, and some that no code should make."""
    x = tf.compat.v1.placeholder(tf.float32, name="x")
    y = tf.multiply(x, 2.0, name="y")
    failing = tf.debugging.check_numerics(y / 0.0, "no such luck", name="failing")
    sparse = tf.sparse.SparseTensor(tf.zeros([1, 1], tf.int64), tf.zeros([1]), tf.constant([3], tf.int64))
    handle = tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[], shared_name="v")
    variant = tf.raw_ops.EmptyTensorList(element_shape=[1], max_num_elements=1, element_dtype=tf.float32)
    signatures = {
        "double": _v1_signature({"x": x}, {"y": y}),
        "twice": _v1_signature({"x": x}, {"a": y, "b": y}),
        "partly": _v1_signature({"x": x}, {"good": y, "bad": failing}),
        "sparse": _v1_signature({"x": x}, {"y": sparse}),
        "resource": _v1_signature({"x": x}, {"y": handle}),
        "variant": _v1_signature({"x": x}, {"y": variant}),
        "absent": _v1_signature({"x": x}, {"y": y}),
        "beyond": _v1_signature({"x": x}, {"y": y}),
        "unfed": _v1_signature({}, {"y": y}),
        "nothing": _v1_signature({"x": x}, {}),
    }
    signatures["absent"].outputs["y"].name = "nope:0"
    signatures["beyond"].outputs["y"].name = "y:5"
    return signatures, None


def endless() -> tuple[dict[str, Any], Any]:
    """An init op that never ends."""
    end = tf.while_loop(lambda i: i != 1, lambda i: (i + 2,), (tf.constant(0, tf.int64),))
    return {}, tf.group(end)


def bursting() -> tuple[dict[str, Any], Any]:
    """An init op that takes memory until the process is ended."""
    unique, _ = tf.unique(tf.range(tf.cast(tf.random.uniform([]) + (1 << 24), tf.int64)))
    return {}, tf.group(tf.debugging.Assert(tf.size(unique) > 0, [unique]))


def signatures_of(folder: Path) -> dict[str, Any]:
    """Return the SignatureDefs of an export as plain data."""
    message = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    found: dict[str, Any] = {}
    for name, definition in message.meta_graphs[0].signature_def.items():
        found[name] = {
            "inputs": {alias: [info.dtype, info.name] for alias, info in definition.inputs.items()},
            "outputs": {alias: [info.dtype, info.name] for alias, info in definition.outputs.items()},
            "defaults": {
                alias: tf.make_ndarray(default).tolist() for alias, default in definition.defaults.items()
            },
        }
    return found


ORACLE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("plain", "text", {"title": ["héé", "", "x" * 40, "y" * 22, "z" * 23]}),
    ("plain", "text", {"title": "a scalar where a vector is declared"}),
    ("plain", "text", {"title": []}),
    ("plain", "text", {"title": [1.5]}),
    ("plain", "matmul", {"x": [[1.0, 2.0, 3.0, 4.0]]}),
    ("plain", "matmul", {"x": [[1.0, 2.0, 3.0]]}),
    ("plain", "matmul", {"x": [[1, 2, 3, 4]]}),
    ("plain", "lookup", {"word": ["comedy", "none", "drama"]}),
    ("tf1", "double", {"x": [1.0, 2.0]}),
    ("tf1", "double", {"x": [True]}),
    ("tf1", "twice", {"x": 1.0}),
    ("tf1", "partly", {"x": 1.0}),
    ("tf1", "sparse", {"x": 1.0}),
    ("tf1", "absent", {"x": 1.0}),
    ("tf1", "beyond", {"x": 1.0}),
    ("tf1", "unfed", {}),
    ("tf1", "nothing", {"x": 1.0}),
)
"""Export, signature and feeds. Floats are sent as float32, integers as int64."""


def _array(elements: Any) -> Any:
    array = np.asarray(elements)
    match array.dtype.kind:
        case "U":
            return np.vectorize(lambda text: text.encode(), otypes=[object])(array)
        case "f" if array.size:
            return array.astype(np.float32)
        case "f":
            return array.astype(object)
        case _:
            return array


def oracle(root: Path, signatures: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what TensorFlow's own session answers to each call of `ORACLE`."""
    found = []
    for export, name, feeds in ORACLE:
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            tf.compat.v1.saved_model.loader.load(session, ["serve"], str(root / export))
            definition = signatures[export][name]
            aliases = sorted(definition["outputs"])
            options = config_pb2.CallableOptions(
                feed=[definition["inputs"][alias][1] for alias in feeds],
                fetch=[definition["outputs"][alias][1] for alias in aliases],
            )
            answer: dict[str, Any]
            try:
                call = session._make_callable_from_options(options)  # no public way is as lax
                answers = call(*map(_array, feeds.values()))
                answer = {
                    "outputs": {alias: _plain(got) for alias, got in zip(aliases, answers, strict=True)}
                }
            except tf.errors.OpError as error:
                answer = {"code": error.error_code, "message": error.message}
            found.append({"export": export, "signature": name, "feeds": feeds, **answer})
    return found


def _plain(answer: Any) -> Any:
    elements = answer.tolist() if isinstance(answer, np.ndarray | np.generic) else answer
    if isinstance(elements, bytes):
        return elements.decode()
    return [_plain(each) for each in elements] if isinstance(elements, list) else elements


def main(root: Path) -> None:
    """Build everything below a folder."""
    plain(root / "plain")
    _v1_export(root / "tf1", tf1)
    _v1_export(root / "endless", endless)
    _v1_export(root / "bursting", bursting)
    _v1_export(root / "other_tag", tf1, ("serve", "gpu"))
    shutil.copytree(root / "plain", root / "no_variables")
    shutil.rmtree(root / "no_variables" / "variables")
    (root / "garbage").mkdir()
    (root / "garbage" / "saved_model.pb").write_bytes(b"\xff" * 100)
    signatures = {name: signatures_of(root / name) for name in ("plain", "tf1")}
    (root / "signatures.json").write_text(json.dumps(signatures))
    (root / "oracle.json").write_text(json.dumps(oracle(root, signatures)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
