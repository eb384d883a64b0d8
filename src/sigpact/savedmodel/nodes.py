"""Whether a graph has the node that a TensorInfo names: looked for in the bytes, nothing is decoded."""

from typing import Final

from sigpact.savedmodel.wire import Message

_MOST: Final = 1 << 28
"""A graph of more bytes is not searched: what it names is taken to be there."""
_NAME: Final = b"\x0a"
"""The tag of NodeDef.name (node_def.proto), which every writer of protobuf writes so."""


def has_node(graph: Message, tensor: str) -> bool:
    """Whether a GraphDef may hold the node of a tensor `name:0`; certain only where it does not.

    A graph without any node says nothing.
    """
    if not graph.size or graph.size > _MOST or next(graph.fields()).number != 1:
        return True
    name = tensor.partition(":")[0].encode(errors="surrogateescape")
    wanted = _NAME + _varint(len(name)) + name
    return bool(name) and any(graph.buffer.find(wanted, start, end) >= 0 for start, end in graph.pieces)


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])
