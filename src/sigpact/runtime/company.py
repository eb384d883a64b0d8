"""Whether calls may run side by side: only where a call finds nothing that others left behind.

What keeps state between calls (random numbers, counters, queues) gives the same answers in a second run
only if the calls come in the same order. TensorFlow's own table of ops says which do.
"""

import mmap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol

from sigpact.runtime.library import StatusError
from sigpact.savedmodel.features import MAX_STEPS
from sigpact.savedmodel.graph import Graph
from sigpact.savedmodel.reader import FILE, serving_meta_graph
from sigpact.savedmodel.wire import Message, whole

_MOST: Final = 5_000
"""Nodes to look at: it takes a tenth of a second, and what has more is kept busy by one call."""

_UNCHANGED: Final = frozenset(
    {
        *("Assert", "CheckNumerics", "CheckNumericsV2", "GuaranteeConst"),
        *("Case", "If", "PartitionedCall", "StatefulPartitionedCall", "While", "XlaCallModule"),
        *("ReadVariableOp", "ResourceGather", "ResourceGatherNd", "VarHandleOp", "VarIsInitializedOp"),
        *("HashTable", "HashTableV2", "LookupTableFind", "LookupTableFindV2", "LookupTableSizeV2"),
        *("MutableDenseHashTableV2", "MutableHashTableOfTensorsV2", "MutableHashTableV2"),
        *("StackV2", "StackCloseV2", "StackPopV2", "StackPushV2"),
        *("TensorArrayV3", "TensorArrayCloseV3", "TensorArrayConcatV3", "TensorArrayGatherV3"),
        *("TensorArrayReadV3", "TensorArrayScatterV3", "TensorArraySizeV3", "TensorArraySplitV3"),
        *("TensorArrayWriteV3", "Variable", "VariableShape", "VariableV2"),
    }
)
"""Ops that TensorFlow calls stateful and that only read, run functions (which are looked at), or keep what
they keep within one call."""


class Ops(Protocol):
    """What knows the ops of a graph."""

    def definition(self, op: str) -> bytes:
        """See `Model.definition`."""
        ...


def is_independent(ops: Ops, export: str, tensors: Iterable[str]) -> bool:
    """Whether fetching these tensors depends on nothing but what is fed; `False` where that is not clear."""
    clear: set[str] = set()
    try:
        for count, op in enumerate(_reached(export, tensors)):
            if count >= _MOST or (op not in clear and _keeps(ops, op)):
                return False
            clear.add(op)
    except (OSError, ValueError):  # WireError and GraphError are ValueErrors
        return False
    return True


def _reached(export: str, tensors: Iterable[str]) -> Iterator[str]:
    with (
        Path(export, FILE).open("rb") as handle,
        mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as buffer,
    ):
        meta = serving_meta_graph(whole(buffer, MAX_STEPS))
        if meta is None:
            raise ValueError("no meta graph to serve")
        graph = Graph(meta.message(2))
        for _, node in graph.reached(tensors):
            if node.op not in graph.functions:
                yield node.op


def _keeps(ops: Ops, op: str) -> bool:
    """Whether an op is stateful or takes a reference, by its OpDef (core/framework/op_def.proto)."""
    if op in _UNCHANGED:
        return False
    try:
        definition = whole(ops.definition(op))
    except StatusError:
        return True
    return bool(definition.number(17)) or any(_is_reference(each) for each in definition.messages(2))


def _is_reference(argument: Message) -> bool:
    return bool(argument.number(16))
