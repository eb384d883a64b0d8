"""Where a signature's tensors are in the graph: looked up by stepping over its nodes, name by name.

The server does not look when it loads a version: a tensor that is not there fails every call that feeds or
fetches it (direct_session.cc). Names are those of the graph's own nodes; functions have none that it knows.
"""

from collections.abc import Iterator
from typing import Final

from sigpact.frozen import replace
from sigpact.savedmodel.graph import target
from sigpact.savedmodel.wire import BYTES, Field, Message, WireError, read_field, read_varint, signed
from sigpact.tensors.dtypes import DType, by_number
from sigpact.tensors.specs import Encoding, Signature, TensorSpec

MAX_NODES: Final = 2_000_000
"""So many nodes are stepped over, in less than two seconds; of a larger graph nothing is said."""
_PLACEHOLDERS: Final = frozenset({"Placeholder", "PlaceholderV2", "PlaceholderWithDefault"})
_NODE: Final = 0x0A
"""The tag of field 1 with a length: `GraphDef.node`, and in a NodeDef its name."""


def located(signatures: tuple[Signature, ...], graph: Message) -> tuple[Signature, ...]:
    """Return the signatures with what their GraphDef says of their tensors: absent, or fed as another dtype.

    They come back as they are where the graph has no node at all, is damaged or too large.
    """
    specs = [spec for each in signatures for spec in (*each.inputs, *each.outputs)]
    wanted = {target(spec.tensor) for spec in specs if spec.encoding is Encoding.DENSE and spec.tensor}
    try:
        found = _nodes(graph, wanted)
        return signatures if found is None else tuple(_located(each, found) for each in signatures)
    except (WireError, IndexError):
        return signatures


def _located(signature: Signature, nodes: dict[str, Message]) -> Signature:
    inputs = tuple(_fed(_looked_up(spec, nodes), nodes) for spec in signature.inputs)
    outputs = tuple(_looked_up(spec, nodes) for spec in signature.outputs)
    return replace(signature, inputs=inputs, outputs=outputs)


def _looked_up(spec: TensorSpec, nodes: dict[str, Message]) -> TensorSpec:
    there = spec.encoding is not Encoding.DENSE or target(spec.tensor) in nodes
    return spec if there else replace(spec, in_graph=False)


def _fed(spec: TensorSpec, nodes: dict[str, Message]) -> TensorSpec:
    node = nodes.get(target(spec.tensor)) if spec.encoding is Encoding.DENSE else None
    dtype = None if node is None else _placeholder_dtype(node)
    return spec if dtype in {None, spec.dtype} else replace(spec, placeholder=dtype)


def _placeholder_dtype(node: Message) -> DType | None:
    """Return the dtype that a placeholder takes; of any other op, nothing."""
    attribute = node.entries(5).get("dtype") if node.text(2) in _PLACEHOLDERS else None
    number = 0 if attribute is None else signed(attribute.number(6), 32)
    return by_number(number) if number else None


def _nodes(graph: Message, wanted: set[str]) -> dict[str, Message] | None:
    """Return the nodes of these names; `None` where the graph has no node, or too many to look at."""
    names = {each.encode() for each in wanted}
    found: dict[str, Message] = {}
    count = 0
    for name, start, end in _named(graph):
        count += 1
        if count > MAX_NODES:
            return None
        if name in names:
            found[name.decode()] = graph.within((Field(1, BYTES, start, end),))
        if len(found) == len(names):
            break
    return found if count else None


def _named(graph: Message) -> Iterator[tuple[bytes, int, int]]:
    """Yield each node's name, and where the node starts and ends.

    What every writer writes, a name first, is read in place: 100,000 nodes take 0.15 s.
    """
    buffer = graph.buffer
    for begin, end in graph.pieces:
        at = begin
        while at < end:
            if buffer[at] != _NODE:
                at = read_field(buffer, at, end).end
                continue
            size, start = read_varint(buffer, at + 1, end)
            at = start + size
            if at > end:
                raise WireError(start, "a node that ends after its graph")
            length = buffer[start + 1] if size > 1 and buffer[start] == _NODE else size
            if length < 0x80 and length + 2 <= size:
                yield buffer[start + 2 : start + 2 + length], start, at
            else:
                yield _name(graph, start, at), start, at


def _name(graph: Message, start: int, end: int) -> bytes:
    """Return the name of a node, wherever in it that stands. Raises `WireError`."""
    return graph.within((Field(1, BYTES, start, end),)).text(1).encode()
