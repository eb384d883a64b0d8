"""The nodes of a graph_def and its functions that something depends on, decoded one by one from the file.

Field numbers: tensorflow/core/framework/{graph,node_def,function,op_def,attr_value}.proto.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from sigpact.frozen import field, frozen
from sigpact.savedmodel.wire import BYTES, Message, read_text

CALLS: Final = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
"""Ops that run the function in their attribute `f`, once and on what they are given."""
PASSING: Final = frozenset(
    {"Identity", "Reshape", "Squeeze", "ExpandDims", "StopGradient", "EnsureShape", "PreventGradient"}
)
"""Ops whose output has the elements of their first input, in the same order."""
_MAX_DEPTH: Final = 64
_MAX_CHAIN: Final = 2_000
_MAX_NODES: Final = 300_000


class GraphError(ValueError):
    """A graph that is not followed to its end; the text is a clause that says why."""


@frozen
class Node:
    """One NodeDef. `inputs` are the data inputs, `controls` the names of nodes that only run before it."""

    name: str
    op: str
    inputs: tuple[str, ...]
    controls: tuple[str, ...]
    message: Message

    def attribute(self, name: str) -> Message:
        """Return an AttrValue, empty where there is none."""
        found = self.message.entries(5).get(name)
        return self.message.within(()) if found is None else found


@frozen
class Scope:
    """The nodes of the graph, or of a function as one call of it sees them.

    `arguments` leads to what the caller feeds. In a scope that is not `once` (a branch, a loop, a dataset)
    the nodes run as often as something else decides, and the arguments lead nowhere.
    """

    nodes: dict[str, Message]
    arguments: dict[str, tuple["Scope", str] | None] = field(default_factory=dict)
    once: bool = True
    depth: int = 0

    def node(self, name: str) -> Node | None:
        """Return the node of that name."""
        message = self.nodes.get(name)
        return None if message is None else _node(message)

    def origin(self, reference: str) -> tuple["Scope", Node] | None:
        """Return where the elements of a tensor come from, through arguments and ops that pass them on.

        `None` where that is an argument that leads nowhere.
        """
        scope, at = self, reference
        for _ in range(_MAX_CHAIN):
            name = target(at)
            if name in scope.arguments:
                caller = scope.arguments[name]
                if caller is None:
                    return None
                scope, at = caller
                continue
            node = scope.node(name)
            if node is None or node.op not in PASSING or not node.inputs:
                return None if node is None else (scope, node)
            at = node.inputs[0]
        raise GraphError("goes round in a circle")


class Graph:
    """One graph_def; nothing of it is decoded before it is asked for."""

    def __init__(self, definition: Message) -> None:
        self._definition = definition
        self._bodies: dict[str, dict[str, Message]] = {}

    @cached_property
    def root(self) -> Scope:
        """The nodes of the graph itself."""
        return Scope(_by_name(self._definition, 1))

    @cached_property
    def functions(self) -> dict[str, Message]:
        """The function library: FunctionDefs by name."""
        library = self._definition.message(2)
        return {each.message(1).text(1): each for each in library.messages(1)}

    def reached(self, tensors: Iterable[str]) -> Iterator[tuple[Scope, Node]]:
        """Yield every node that these tensors of the root scope depend on, inside called functions too.

        Raises `GraphError` where that are too many.
        """
        stack = [(self.root, target(each)) for each in tensors]
        seen: set[tuple[int, str]] = set()
        scopes = [self.root]  # they are kept, so that no id is used again
        while stack:
            scope, name = stack.pop()
            if (id(scope), name) in seen or name in scope.arguments:
                continue
            seen.add((id(scope), name))
            node = scope.node(name)
            if node is None:
                continue
            if len(seen) > _MAX_NODES:
                raise GraphError(f"has more than {_MAX_NODES:,} nodes to look at")
            yield scope, node
            stack.extend((scope, target(each)) for each in (*node.inputs, *node.controls))
            for entered, results in self._entered(scope, node):
                scopes.append(entered)
                stack.extend((entered, target(each)) for each in results)

    def _entered(self, scope: Scope, node: Node) -> Iterator[tuple[Scope, tuple[str, ...]]]:
        """Yield the functions that a node runs: a scope each, and the names that are run for."""
        direct = node.op if node.op in self.functions else None
        if node.op in CALLS:
            direct = node.attribute("f").message(10).text(1)
        names = _function_names(node.message) if direct is None else (direct,)
        for name in names:
            definition = self.functions.get(name)
            if definition is None:
                continue
            if scope.depth >= _MAX_DEPTH:
                raise GraphError(f"has functions {_MAX_DEPTH} calls deep")
            names_in = [each.text(1) for each in definition.message(1).messages(2)]
            feeds = [(scope, each) for each in node.inputs]
            if direct is None or len(names_in) != len(feeds):
                arguments: dict[str, tuple[Scope, str] | None] = dict.fromkeys(names_in)
            else:
                arguments = dict(zip(names_in, feeds, strict=True))
            once = scope.once and direct is not None
            if name not in self._bodies:
                self._bodies[name] = _by_name(definition, 3)
            yield Scope(self._bodies[name], arguments, once, scope.depth + 1), tuple(_results(definition))


def target(reference: str) -> str:
    """Return the node, or argument, that `name`, `name:1`, `name:out:0` or `^name` speaks of."""
    return reference.removeprefix("^").partition(":")[0]


def _by_name(owner: Message, number: int) -> dict[str, Message]:
    return {_name(each): each for each in owner.messages(number)}


def _name(node: Message) -> str:
    """Return the name of a NodeDef, which every writer of protobuf writes first: one step for each node."""
    first = next(node.fields(), None)
    if first is None or first.number != 1 or first.wire != BYTES:
        return node.text(1)
    return read_text(node.buffer, first.start, first.end)


def _results(definition: Message) -> Iterator[str]:
    for number in (4, 6):  # ret, control_ret: map<string, string>
        for entry in definition.messages(number):
            yield entry.text(2)


def _node(message: Message) -> Node:
    found: dict[int, list[str]] = {1: [""], 2: [""], 3: []}
    for each in message.fields():
        if each.number in found and each.wire == BYTES:
            found[each.number].append(read_text(message.buffer, each.start, each.end))
    references = found[3]
    return Node(
        name=found[1][-1],
        op=found[2][-1],
        inputs=tuple(each for each in references if not each.startswith("^")),
        controls=tuple(each for each in references if each.startswith("^")),
        message=message,
    )


def _function_names(message: Message) -> tuple[str, ...]:
    """Return the functions that a node's attributes name: branches, bodies, what a dataset maps."""
    found: list[str] = []
    # Not `entries`: the keys, and reading each entry twice, are half of what walking a graph costs.
    for value in (each for entry in message.messages(5) for each in entry.messages(2)):
        for each in value.fields():
            if each.wire != BYTES or each.number not in {1, 10}:
                continue
            part = value.within((each,))
            found += [part.text(1)] if each.number == 10 else [one.text(1) for one in part.messages(9)]
    return tuple(found)
