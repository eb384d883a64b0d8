"""Types and dimensions of expressions, as far as they are known before anything runs."""

from collections.abc import Mapping
from typing import Final

from sigpact.contract.mistakes import Mistake, listed, perhaps
from sigpact.expressions import (
    Binary,
    Call,
    Compare,
    Index,
    ListOf,
    Name,
    Node,
    Number,
    Slice,
    Text,
    Unary,
    children,
)
from sigpact.frozen import frozen
from sigpact.tensors.shapes import Dim, Fixed, Named, Ranked, Shape

Dims = tuple[Dim, ...] | None
"""The dimensions of a value; None where they are not known."""


@frozen
class Known:
    """What is known of a value before anything runs: `number`, `text`, `boolean` or `other`, and its dims."""

    type: str
    dims: Dims = None


SCALAR: Final = Known("number", ())
UNKNOWN: Final = Known("other")
_TYPE_OF_FAMILY: Final = {
    "number": "number",
    "integer": "number",
    "text": "text",
    "string": "text",
    "bytes": "text",
    "boolean": "boolean",
}


def known(family: str, shape: Shape) -> Known:
    """Return what is known of a tensor."""
    ranked = isinstance(shape, Ranked) and not shape.leading
    return Known(
        _TYPE_OF_FAMILY.get(family, "other"), shape.dims if isinstance(shape, Ranked) and ranked else None
    )


@frozen
class Names:
    """The names that a clause may use."""

    plain: Mapping[str, Known]
    calls: Mapping[str, Mapping[str, Known] | None]
    """Of a relation: outputs by call; None where the contract does not declare the call's signature."""
    refused: Mapping[str, tuple[Mistake, str]]
    """Names that exist and may not be used here, with the reason."""
    what: str
    """What a plain name is: `input or dimension`."""


class Wrong(Exception):  # noqa: N818 (it carries one mistake to the clause, and goes no further)
    """What cannot be in an expression; `at` is an offset in its text."""

    def __init__(self, mistake: Mistake, at: int, message: str) -> None:
        super().__init__(message)
        self.mistake = mistake
        self.at = at
        self.message = message


_SAME: Final = frozenset(["abs", "round", "floor", "ceil", "sqrt", "exp", "log"])
_REDUCE: Final = frozenset(["sum", "mean", "any", "all", "argmax", "argmin"])
_NUMERIC: Final = _SAME | {"sum", "mean"}
_TEXTUAL: Final = frozenset(["lower", "upper", "strip", "startswith", "endswith", "contains"])
_OF_TWO: Final = frozenset(["startswith", "endswith", "contains"])
_WITH_AXIS: Final = frozenset(
    ["min", "max", "sum", "mean", "any", "all", "argmax", "argmin", "sort", "unique"]
)
_RESULT: Final = {
    **dict.fromkeys((*_NUMERIC, "len", "shape", "argmax", "argmin"), "number"),
    **dict.fromkeys(("any", "all", *_OF_TWO), "boolean"),
    **dict.fromkeys(("lower", "upper", "strip"), "text"),
}


class Types:
    """Walks a tree from the leaves up; the first thing that cannot be is raised as `Wrong`."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def of(self, node: Node) -> Known:
        """Return what is known of a node's value."""
        match node:
            case Name():
                return self._name(node)
            case Unary() | Binary():
                return self._operation(node)
            case Compare():
                return self._comparison(node)
            case Call():
                return self._call(node)
            case _:
                return self._value(node)

    def _value(self, node: Node) -> Known:
        match node:
            case Number(value=value):
                return Known("boolean" if isinstance(value, bool) else "number", ())
            case Text():
                return Known("text", ())
            case ListOf(items=items):
                found = {self.of(item).type for item in items}
                return Known(found.pop() if len(found) == 1 else "other")
            case Index(value=value, indices=indices):
                for each in indices:
                    self._index(each)
                return Known(self.of(value).type)
            case _:
                return UNKNOWN

    def _index(self, node: Node) -> None:
        for part in children(node) if isinstance(node, Slice) else (node,):
            if self.of(part).type in {"text", "boolean"}:
                raise Wrong(Mistake.TYPES_CLASH, part.at, "an index is a whole number")

    def _name(self, node: Name) -> Known:
        if node.call is not None:
            return self._output(node, node.call)
        names = self._names
        if node.name in names.refused:
            mistake, message = names.refused[node.name]
            raise Wrong(mistake, node.at, message)
        if node.name not in names.plain:
            known_names = [*names.plain, *names.calls]
            near = perhaps(node.name, known_names) or f": there are {listed(known_names)}"
            raise Wrong(Mistake.UNKNOWN_NAME, node.at, f"{node.name!r} is no {names.what} here{near}")
        return names.plain[node.name]

    def _output(self, node: Name, call: str) -> Known:
        calls = self._names.calls
        if call not in calls:
            near = perhaps(call, calls) or (f": there are {listed(calls)}" if calls else "")
            what = "no call of this relation" if calls else "no call: only relations have calls"
            raise Wrong(Mistake.UNKNOWN_CALL, node.at, f"{call!r} is {what}{near}")
        outputs = calls[call]
        if outputs is None:
            return UNKNOWN
        if node.name not in outputs:
            near = perhaps(node.name, outputs) or f": there are {listed(outputs)}"
            raise Wrong(Mistake.UNKNOWN_OUTPUT, node.at, f"{node.name!r} is no output of call {call!r}{near}")
        return outputs[node.name]

    def _operation(self, node: Unary | Binary) -> Known:
        if isinstance(node, Unary):
            operand = self.of(node.operand)
            if node.operator == "not":
                return Known("boolean", operand.dims)
            self._wants_number(operand, node.operator, node.at)
            return Known("number", operand.dims)
        left, right = self.of(node.left), self.of(node.right)
        dims = _broadcast(left.dims, right.dims, node.at)
        if node.operator in {"and", "or"}:
            return Known("boolean", dims)
        self._wants_number(left, node.operator, node.at)
        self._wants_number(right, node.operator, node.at)
        return Known("number", dims)

    def _wants_number(self, operand: Known, operator: str, at: int) -> None:
        if operand.type == "text":
            raise Wrong(Mistake.TYPES_CLASH, at, f"{operator!r} computes with numbers, found a text")

    def _comparison(self, node: Compare) -> Known:
        left = self.of(node.operands[0])
        dims = left.dims
        for operator, operand in zip(node.operators, node.operands[1:], strict=True):
            right = self.of(operand)
            if operator == "in" and not isinstance(operand, ListOf):
                raise Wrong(
                    Mistake.TYPES_CLASH, operand.at, "'in' wants a list: genre in ['Drama', 'Comedy']"
                )
            if {left.type, right.type} in ({"text", "number"}, {"text", "boolean"}):
                message = f"{operator!r} compares a {left.type} with a {right.type}"
                raise Wrong(Mistake.TYPES_CLASH, operand.at, message)
            dims = dims if operator == "in" else _broadcast(dims, right.dims, operand.at)
            left = right
        return Known("boolean", dims)

    def _call(self, node: Call) -> Known:
        count = len(node.arguments)
        wanted = 2 if node.function in _OF_TWO else 1
        if count != wanted and not (node.function in {"min", "max"} and node.axis is None):
            message = f"{node.function}() takes {wanted} argument{'s' * (wanted > 1)}, found {count}"
            raise Wrong(Mistake.TYPES_CLASH, node.at, message)
        arguments = [self.of(each) for each in node.arguments]
        for argument, part in zip(arguments, node.arguments, strict=True):
            self._check_argument(node.function, argument, part.at)
        first = arguments[0]
        axis = self._axis(node, first)
        result = _RESULT.get(node.function, first.type)
        if {"text", "number"} <= {each.type for each in arguments}:
            raise Wrong(Mistake.TYPES_CLASH, node.at, f"{node.function}() mixes texts and numbers")
        return Known(result, _dims_after(node, arguments, axis))

    def _check_argument(self, function: str, argument: Known, at: int) -> None:
        if function in _NUMERIC and argument.type == "text":
            raise Wrong(Mistake.TYPES_CLASH, at, f"{function}() takes numbers, found a text")
        if function in _TEXTUAL and argument.type in {"number", "boolean"}:
            raise Wrong(Mistake.TYPES_CLASH, at, f"{function}() takes texts, found a {argument.type}")

    def _axis(self, node: Call, first: Known) -> int | None:
        match node.axis:
            case None:
                return None
            case Number(value=int() as value) if not isinstance(value, bool):
                axis = value
            case Unary(operator="-", operand=Number(value=int() as value)) if not isinstance(value, bool):
                axis = -value
            case other:
                raise Wrong(Mistake.TYPES_CLASH, other.at, "axis is a whole number such as -1")
        if node.function not in _WITH_AXIS:
            raise Wrong(Mistake.TYPES_CLASH, node.axis.at, f"{node.function}() has no axis")
        if first.dims is not None and not -len(first.dims) <= axis < len(first.dims):
            message = f"axis {axis} is not in [{', '.join(map(str, first.dims))}]"
            raise Wrong(Mistake.AXIS_OUTSIDE, node.axis.at, message)
        return axis


def _dims_after(node: Call, arguments: list[Known], axis: int | None) -> Dims:
    dims = arguments[0].dims
    if dims is None:
        return None
    if node.function in _SAME or node.function in _TEXTUAL or node.function in {"len", "sort"}:
        return dims
    if axis is not None and node.function in _REDUCE | {"min", "max"}:
        return dims[: axis % len(dims)] + dims[axis % len(dims) + 1 :]
    return None


def _broadcast(left: Dims, right: Dims, at: int) -> Dims:
    """Return the dims of two operands together; raise where two names or two lengths meet that differ."""
    if left is None or right is None:
        return None
    length = max(len(left), len(right))
    one = (Fixed(1),)
    padded = (one * (length - len(left)) + left, one * (length - len(right)) + right)
    return tuple(_together(a, b, at) for a, b in zip(*padded, strict=True))


def _together(left: Dim, right: Dim, at: int) -> Dim:
    match left, right:
        case (Named(a), Named(b)) if a != b:
            raise Wrong(
                Mistake.DIMS_CLASH, at, f"dimensions {a!r} and {b!r} stand beside each other: they differ"
            )
        case (Fixed(a), Fixed(b)) if a != b and 1 not in {a, b}:
            raise Wrong(
                Mistake.DIMS_CLASH, at, f"dimensions of {a} and {b} stand beside each other: they differ"
            )
        case (Fixed(1), other):
            return other
        case _:
            return left
