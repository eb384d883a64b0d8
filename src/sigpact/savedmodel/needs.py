"""Who needs the files that an export lacks: each signature, and the load; told by walking the graph.

Source: tensorflow/cc/saved_model/loader.cc (what is restored, what is run after it).
"""

from collections.abc import Iterable, Iterator
from typing import Final

from sigpact.frozen import frozen
from sigpact.savedmodel.features import MAX_STEPS
from sigpact.savedmodel.files import INDEX, Absent, Lack, Missing
from sigpact.savedmodel.graph import CALLS, PASSING, Graph, GraphError, Node, Scope, target
from sigpact.savedmodel.reader import serving_meta_graph
from sigpact.savedmodel.wire import Buffer, Message, chunks, whole

_VARIABLES: Final = frozenset({"VarHandleOp", "VariableV2", "Variable"})
_READERS: Final = {"ReadFile": 0, "InitializeTableFromTextFile": 1, "InitializeTableFromTextFileV2": 1}
"""Ops that open a file, and which of their inputs names it."""
_CARRIERS: Final = (
    PASSING | CALLS | {"AssignVariableOp", "ReadVariableOp", "VarIsInitializedOp", "Assign", "IdentityN"}
)
"""Ops that pass a name on to where it is looked at again, or that keep it."""
_RESTORERS: Final = frozenset({"RestoreV2", "Restore", "RestoreSlice"})
_INIT: Final = "__saved_model_init_op"
_INIT_COLLECTIONS: Final = ("saved_model_main_op", "legacy_init_op")


def needs(buffer: Buffer, absent: Absent) -> Iterator[Missing]:
    """Yield who needs what is absent, certain or not. Raises `WireError`."""
    meta = serving_meta_graph(whole(buffer, MAX_STEPS))
    if meta is None:
        return
    told = _Needs(Graph(meta.message(2)), meta)
    if absent.index:
        yield from told.variables()
    yield from told.shards(absent.shards)
    for name, tensor in absent.assets:
        yield from told.asset(f"assets/{name}", target(tensor))


@frozen
class _Needs:
    """Who needs what is missing: each signature, and the init op."""

    graph: Graph
    meta: Message

    def variables(self) -> Iterator[Missing]:
        """Yield the signatures that read variables which nothing else initializes."""
        for name, fetches in self._signatures():
            try:
                initialized = _variable_names(self.graph.reached(_init_ops(self.meta)))
                read = sorted(_variable_names(self.graph.reached(fetches)) - initialized)
            except GraphError as error:
                yield Missing(Lack.VARIABLES, INDEX, name, certain=False, reason=f"the graph {error}")
                continue
            if read:
                listed = ", ".join(read[:3]) + (f" and {len(read) - 3} more" if len(read) > 3 else "")
                reason = f"it reads {listed}, which nothing restores"
                yield Missing(Lack.VARIABLES, INDEX, name, certain=True, reason=reason)

    def shards(self, absent: tuple[str, ...]) -> Iterator[Missing]:
        """Yield the data files that the restore op reads: without them the version does not load."""
        if not absent:
            return
        restore = self.meta.message(3).text(3)
        try:
            reads = any(node.op in _RESTORERS for _, node in self.graph.reached([restore] if restore else []))
        except GraphError as error:
            yield Missing(Lack.VARIABLES, absent[0], None, certain=False, reason=f"the graph {error}")
            return
        if reads:
            reason = f"the load fails: {INDEX} is there, and what it points at is restored"
            yield Missing(Lack.VARIABLES, absent[0], None, certain=True, reason=reason)

    def asset(self, file: str, placeholder: str) -> Iterator[Missing]:
        """Yield who reads a file that is not there."""
        whom: list[tuple[str | None, tuple[str, ...]]] = [(None, _init_ops(self.meta)), *self._signatures()]
        for name, fetches in whom:
            try:
                names = frozenset({placeholder, *self._holders(placeholder)})
                uses = [_opens(self.graph, *each, names) for each in self.graph.reached(fetches)]
            except GraphError as error:
                yield Missing(Lack.ASSET, file, name, certain=False, reason=f"the graph {error}")
                continue
            if True in uses:
                what = "the load fails: the init op reads it" if name is None else "it opens the file"
                yield Missing(Lack.ASSET, file, name, certain=True, reason=what)
            elif False in uses:
                reason = "the graph passes the file's name on, and does not say to what end"
                yield Missing(Lack.ASSET, file, name, certain=False, reason=reason)

    def _holders(self, placeholder: str) -> Iterator[str]:
        """Yield the variables that the init op puts the file's name into, as TF2's exporter has it."""
        for scope, node in self.graph.reached(_init_ops(self.meta)):
            if node.op == "AssignVariableOp" and scope is self.graph.root and len(node.inputs) > 1:
                value = scope.origin(node.inputs[1])
                if value is not None and value[1].name == placeholder:
                    yield target(node.inputs[0])

    def _signatures(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        definitions = self.meta.entries(5)
        for name in sorted(definitions):
            if not name.startswith("__saved_model_"):
                infos = definitions[name].entries(2).values()
                yield name, tuple(filter(None, (each.text(1) for each in infos)))


def _opens(graph: Graph, scope: Scope, node: Node, names: frozenset[str]) -> bool | None:
    """Return whether a node opens the file of that name; `False`: it takes the name, to whatever end."""
    taken = [at for at, each in enumerate(node.inputs) if _is_name(graph, scope, each, names)]
    if not taken or node.op in _CARRIERS or node.op in graph.functions:
        return None
    return scope.once and _READERS.get(node.op) in taken


def _is_name(graph: Graph, scope: Scope, reference: str, names: frozenset[str]) -> bool:
    origin = scope.origin(reference)
    if origin is not None and origin[1].op == "ReadVariableOp":
        origin = origin[0].origin(origin[1].inputs[0])
    return origin is not None and origin[0] is graph.root and origin[1].name in names


def _variable_names(nodes: Iterable[tuple[Scope, Node]]) -> set[str]:
    return {_shared_name(node) for _, node in nodes if node.op in _VARIABLES}


def _shared_name(node: Node) -> str:
    shared = chunks(node.attribute("shared_name"), 2)
    return (shared[-1].decode(errors="backslashreplace") if shared else "") or node.name


def _init_ops(meta: Message) -> tuple[str, ...]:
    """Return what the loader runs after restoring: the init op of TF2, or the main op of a collection."""
    definitions, collections = meta.entries(5), meta.entries(4)
    if _INIT in definitions:
        infos = definitions[_INIT].entries(2).values()
        return tuple(filter(None, (each.text(1) for each in infos)))
    found = (collections[each] for each in _INIT_COLLECTIONS if each in collections)
    return tuple(_text(each) for value in found for each in chunks(value.message(1), 1))


def _text(name: bytes) -> str:
    return name.decode(errors="backslashreplace")
