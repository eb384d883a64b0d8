"""TensorFlow's own reading of SignatureDefs and TensorProtos, to compare ours with.

Run as `python oracle.py FOLDER`, in a process of its own. Makes exports in `FOLDER/exports`, reads
`FOLDER/blobs.json` (SavedModels, in hex) and `FOLDER/tensors.json` (TensorProtos, in hex), and writes
`FOLDER/answers.json`: `exports` and `blobs` in the form of a snapshot's meta graphs (`None` where protobuf
refuses), `tensors` as lists of values (`None` where TensorFlow refuses), `numbers` the fields' numbers.
"""

import base64
import importlib
import json
import math
import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf
from tensorflow.core.framework import tensor_pb2, tensor_shape_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

# Imported so because protobuf has no types, and where TensorFlow is absent it is not even there.
DecodeError = importlib.import_module("google.protobuf.message").DecodeError
UnknownFieldSet = importlib.import_module("google.protobuf.unknown_fields").UnknownFieldSet
MESSAGES = (
    saved_model_pb2.SavedModel,
    meta_graph_pb2.MetaGraphDef,
    meta_graph_pb2.MetaGraphDef.MetaInfoDef,
    meta_graph_pb2.SignatureDef,
    meta_graph_pb2.TensorInfo,
    meta_graph_pb2.TensorInfo.CooSparse,
    tensor_shape_pb2.TensorShapeProto,
    tensor_shape_pb2.TensorShapeProto.Dim,
    tensor_pb2.TensorProto,
)
PSEUDO = {"__saved_model_init_op", "__saved_model_train_op"}


def read(data: bytes) -> list[dict[str, Any]] | None:
    """Return the meta graphs of a SavedModel as protobuf reads them, None where it refuses."""
    model = saved_model_pb2.SavedModel()
    try:
        model.ParseFromString(data)
    except DecodeError:
        return None
    if any(map(loses_entries, model.meta_graphs)):
        return None
    return [graph(each) for each in model.meta_graphs]


def loses_entries(proto: Any) -> bool:
    """Whether this protobuf dropped a map entry because of an unknown field in it; the server's keeps it.

    (Python's protobuf is upb, which moves such an entry to the unknown fields as a whole.)
    """
    maps = [(proto, {5})] + [(each, {1, 2, 4}) for each in proto.signature_def.values()]
    return any(
        each.field_number in numbers and each.wire_type == 2
        for message, numbers in maps
        for each in UnknownFieldSet(message)
    )


def graph(proto: Any) -> dict[str, Any]:
    """Return one meta graph in the form of a snapshot."""
    return {
        "tags": sorted(set(proto.meta_info_def.tags)),
        "tensorflow_version": proto.meta_info_def.tensorflow_version or None,
        "signatures": {
            name: {
                "method_name": signature.method_name,
                "inputs": {
                    alias: info(each) | located(each, proto) | placed(each, proto)
                    for alias, each in signature.inputs.items()
                },
                "outputs": {
                    alias: info(each) | located(each, proto) for alias, each in signature.outputs.items()
                },
                "defaults": {alias: default(each) for alias, each in signature.defaults.items()},
            }
            for name, signature in proto.signature_def.items()
            if name not in PSEUDO
        },
    }


def info(proto: Any) -> dict[str, Any]:
    """Return one TensorInfo in the form of a snapshot."""
    which = proto.WhichOneof("encoding") or "name"
    names = {"name": proto.name, "coo_sparse": proto.coo_sparse.values_tensor_name, "composite_tensor": ""}
    encoding = {"name": "dense", "coo_sparse": "coo_sparse", "composite_tensor": "composite"}[which]
    unknown = proto.tensor_shape.unknown_rank or not proto.HasField("tensor_shape")
    shape = None if unknown else [each.size if each.size >= 0 else None for each in proto.tensor_shape.dim]
    return {"dtype": dtype(proto.dtype), "shape": shape, "tensor": names[which], "encoding": encoding}


def located(proto: Any, graph: Any) -> dict[str, Any]:
    """Say that the graph has no node for a TensorInfo, if it has any node at all."""
    names = {each.name for each in graph.graph_def.node}
    dense = proto.WhichOneof("encoding") in {None, "name"}
    return {"in_graph": False} if dense and names and node_of(proto) not in names else {}


def placed(proto: Any, graph: Any) -> dict[str, Any]:
    """Return the dtype of the placeholder behind a TensorInfo, where it is another."""
    dense = proto.WhichOneof("encoding") in {None, "name"}
    for each in graph.graph_def.node:
        if dense and each.name == node_of(proto) and each.op == "Placeholder" and "dtype" in each.attr:
            number = each.attr["dtype"].type
            return {} if number in {0, proto.dtype} else {"placeholder": dtype(number)}
    return {}


def node_of(proto: Any) -> str:
    """Return the node that a TensorInfo names."""
    return str(proto.name).removeprefix("^").partition(":")[0]


def dtype(number: int) -> str:
    """Return TensorFlow's name of a dtype."""
    if number == 0:
        return "invalid"
    try:
        return str(tf.as_dtype(number).name)
    except (TypeError, KeyError):
        return f"unknown_dtype_{number}"


def default(proto: Any) -> dict[str, Any]:
    """Return one TensorProto in the form of a snapshot; its values by TensorFlow's C++ reader."""
    return {
        "dtype": dtype(proto.dtype),
        "shape": [each.size for each in proto.tensor_shape.dim],
        "values": values(proto),
    }


def values(proto: Any) -> list[Any] | None:
    """Return the elements that `Tensor::FromProto` makes, texts where JSON has no such number."""
    if math.prod(each.size for each in proto.tensor_shape.dim) > 1_000_000:
        return None
    try:
        tensor = tf.io.parse_tensor(proto.SerializeToString(), proto.dtype)
        elements = tf.reshape(tensor, [-1]).numpy().tolist()
    except Exception:  # noqa: BLE001 - whatever TensorFlow refuses with, it refuses
        return None
    return [plain(each) for each in elements]


def plain(element: Any) -> Any:
    """Return an element as a snapshot writes it."""
    if isinstance(element, bytes):
        try:
            return element.decode()
        except UnicodeDecodeError:
            return {"b64": base64.b64encode(element).decode()}
    if isinstance(element, complex):
        return str(element)
    if element != element:  # noqa: PLR0124 - only NaN differs from itself
        return "NaN"
    if element in {float("inf"), float("-inf")}:
        return "Infinity" if element > 0 else "-Infinity"
    return element


class Scale(tf.Module):  # type: ignore[misc]
    """A model of TF2: a default, a ragged and a sparse output, a scalar, an unknown rank."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = tf.Variable(2.0)

    @tf.function(
        input_signature=[tf.TensorSpec([None, 3], tf.float32), tf.TensorSpec([], tf.float32, name="t")]
    )  # type: ignore[untyped-decorator]
    def scale(self, x: Any, t: Any = tf.constant(3.5)) -> Any:  # noqa: B008 - this is how a default is exported
        """Answer two outputs; `t` need not be sent."""
        return {"y": x * self.weight * t, "rows": tf.shape(x)[0]}

    @tf.function(input_signature=[tf.TensorSpec(None, tf.string, name="text")])  # type: ignore[untyped-decorator]
    def words(self, text: Any) -> Any:
        """Answer a ragged and a sparse tensor."""
        flat = tf.reshape(text, [-1])
        return {"words": tf.strings.split(flat), "sparse": tf.sparse.from_dense(tf.ones([2, 2]))}

    @tf.function(
        input_signature=[tf.TensorSpec([2], tf.string, name="s"), tf.TensorSpec([2, 2], tf.int64, name="n")]
    )  # type: ignore[untyped-decorator]
    def filled(
        self,
        s: Any = tf.constant(["é", "b"]),  # noqa: B008 - as above
        n: Any = tf.constant([[1, -2], [-2, -2]], tf.int64),  # noqa: B008 - as above
    ) -> Any:
        """Answer what it gets."""
        return {"s": s, "n": n}


def make_tf2(folder: str) -> None:
    """Export as TF2 does."""
    model = Scale()
    signatures = {"serving_default": model.scale, "words": model.words, "filled": model.filled}
    tf.saved_model.save(model, folder, signatures=signatures)


def make_tf1(folder: str) -> None:
    """Export as TF1 did: classify and regress, and a second meta graph with other tags."""
    v1 = tf.compat.v1
    build, saved = v1.saved_model.signature_def_utils, v1.saved_model
    builder = saved.builder.SavedModelBuilder(folder)
    with v1.Session(graph=tf.Graph()) as session:
        examples = v1.placeholder(tf.string, [None], name="examples")
        scores = tf.zeros([tf.shape(examples)[0], 3]) + v1.get_variable("w", [3])
        classes = tf.fill([tf.shape(examples)[0], 3], "c")
        session.run(v1.global_variables_initializer())
        signatures = {
            "classify": build.classification_signature_def(examples, classes, scores),
            "regress": build.regression_signature_def(examples, scores[:, 0]),
            "odd": build.build_signature_def({}, {}, "my/method"),
        }
        builder.add_meta_graph_and_variables(
            session, ["serve"], signature_def_map=signatures, main_op=tf.no_op()
        )
        builder.add_meta_graph(["serve", "gpu"])
    builder.save()


def field_numbers() -> dict[str, dict[str, int]]:
    """Return the number of each field of the messages that are read."""
    return {
        each.DESCRIPTOR.name: {one.name: one.number for one in each.DESCRIPTOR.fields} for each in MESSAGES
    }


def tensor_values(data: bytes) -> list[Any] | None:
    """Return the values of a TensorProto in wire format."""
    proto = tensor_pb2.TensorProto()
    proto.ParseFromString(data)
    return values(proto)


def main(folder: Path) -> None:
    """Answer everything in one go: the import is what takes time."""
    make_tf2(str(folder / "exports" / "tf2"))
    make_tf1(str(folder / "exports" / "tf1"))
    blobs = json.loads((folder / "blobs.json").read_text())
    tensors = json.loads((folder / "tensors.json").read_text())
    exports = sorted((folder / "exports").iterdir())
    answers = {
        "exports": {each.name: read((each / "saved_model.pb").read_bytes()) for each in exports},
        "blobs": [read(bytes.fromhex(each)) for each in blobs],
        "tensors": [tensor_values(bytes.fromhex(each)) for each in tensors],
        "numbers": field_numbers(),
    }
    (folder / "answers.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
