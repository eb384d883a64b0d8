"""A writer of saved_model.pb in pure Python: exports for tests, made without TensorFlow.

    write_export(tmp_path / "genre" / "1", [signature])

The functions below it (`varint`, `number`, `chunk`) write single fields, for files that are wrong on purpose.
Field numbers: tensorflow/core/protobuf/{saved_model,meta_graph}.proto, core/framework/tensor.proto.
"""

import struct
from collections.abc import Iterable
from pathlib import Path

from sigpact.tensors.dtypes import DType
from sigpact.tensors.shapes import Fixed, Ranked, Shape
from sigpact.tensors.specs import Default, Encoding, Signature, TensorSpec

PACK = {
    "float32": "f", "float64": "d", "int8": "b", "int16": "h", "int32": "i", "int64": "q",
    "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q", "bool": "?",
}  # fmt: skip


def write_export(folder: Path, signatures: Iterable[Signature], tags: Iterable[str] = ("serve",)) -> Path:
    """Write `folder/saved_model.pb` with one meta graph of these signatures, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saved_model.pb").write_bytes(saved_model([meta_graph(signatures, tags)]))
    return folder


def varint(value: int) -> bytes:
    """Write a base-128 number; a negative one in ten bytes, as protobuf does."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    """Write a field with a varint."""
    return varint(field << 3) + varint(value)


def chunk(field: int, content: bytes | str) -> bytes:
    """Write a field with a length before its content: bytes, text or a message."""
    data = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(data)) + data


def saved_model(meta_graphs: Iterable[bytes]) -> bytes:
    """Write a SavedModel of schema version 1."""
    return number(1, 1) + b"".join(chunk(2, graph) for graph in meta_graphs)


def meta_graph(
    signatures: Iterable[Signature], tags: Iterable[str] = ("serve",), tensorflow_version: str = "2.21.0"
) -> bytes:
    """Write a MetaGraphDef; its graph_def has a node for each tensor."""
    info = b"".join(chunk(4, tag) for tag in tags) + chunk(5, tensorflow_version)
    signatures = tuple(signatures)
    entries = b"".join(chunk(5, chunk(1, each.name) + chunk(2, signature_def(each))) for each in signatures)
    return chunk(1, info) + chunk(2, graph_def(signatures)) + entries


def graph_def(signatures: Iterable[Signature]) -> bytes:
    """Write a GraphDef with a node for each tensor that is said to be in it, and one beside them."""
    nodes = {"node": node("node", "")}  # of no op: no TensorFlow loads it
    for signature in signatures:
        nodes |= {_node_of(spec): node(_node_of(spec), "NoOp") for spec in signature.outputs if spec.in_graph}
    for signature in signatures:
        nodes |= {_node_of(spec): placeholder(spec) for spec in signature.inputs if spec.in_graph}
    return b"".join(nodes.values())


def placeholder(spec: TensorSpec) -> bytes:
    """Write the placeholder of an input as a field of a GraphDef."""
    dtype = chunk(5, chunk(1, "dtype") + chunk(2, number(6, spec.fed_as.number)))
    return chunk(1, chunk(1, _node_of(spec)) + chunk(2, "Placeholder") + dtype)


def _node_of(spec: TensorSpec) -> str:
    return spec.tensor.partition(":")[0]


def node(name: str, op: str, *inputs: str) -> bytes:
    """Write a NodeDef as a field of a GraphDef, without attributes."""
    return chunk(1, chunk(1, name) + chunk(2, op) + b"".join(chunk(3, each) for each in inputs))


def signature_def(signature: Signature) -> bytes:
    """Write a SignatureDef."""
    parts = [chunk(1, chunk(1, each.name) + chunk(2, tensor_info(each))) for each in signature.inputs]
    parts += [chunk(2, chunk(1, each.name) + chunk(2, tensor_info(each))) for each in signature.outputs]
    parts.append(chunk(3, signature.method_name))
    parts += [chunk(4, chunk(1, each.name) + chunk(2, tensor_proto(each))) for each in signature.defaults]
    return b"".join(parts)


def tensor_info(spec: TensorSpec) -> bytes:
    """Write a TensorInfo in its encoding."""
    match spec.encoding:
        case Encoding.DENSE:
            where = chunk(1, spec.tensor)
        case Encoding.COO_SPARSE:
            where = chunk(4, chunk(1, spec.tensor) + chunk(2, "indices:0") + chunk(3, "dense_shape:0"))
        case Encoding.COMPOSITE:
            where = chunk(5, chunk(2, chunk(1, "values:0")) + chunk(2, chunk(1, "row_splits:0")))
    return where + number(2, spec.dtype.number) + chunk(3, tensor_shape(spec.shape))


def tensor_shape(shape: Shape) -> bytes:
    """Write a TensorShapeProto; every length that is not fixed is -1."""
    if not isinstance(shape, Ranked):
        return number(3, 1)
    sizes = [dim.size if isinstance(dim, Fixed) else -1 for dim in shape.dims]
    return b"".join(chunk(2, number(1, size)) for size in sizes)


def tensor_proto(default: Default) -> bytes:
    """Write a TensorProto: strings as string_val, all else as tensor_content."""
    shape = b"".join(chunk(2, number(1, size)) for size in default.shape)
    return number(1, default.dtype.number) + chunk(2, shape) + _values(default.dtype, default)


def _values(dtype: DType, default: Default) -> bytes:
    values = default.values or ()
    if dtype.name == "string":
        return b"".join(chunk(8, each) for each in values if isinstance(each, bytes))
    if dtype.name not in PACK:
        return chunk(4, b"")
    return chunk(4, struct.pack(f"<{len(values)}{PACK[dtype.name]}", *values))
