"""Expressions of contracts -> NumPy arrays, whole tensors at a time.

| in the contract | here |
| --- | --- |
| integers, dimensions | int64; uint64 where one does not fit, which is then compared, not computed with |
| floats | float64 |
| booleans | bool |
| texts | objects of `bytes`, compared as bytes |

NumPy's broadcasting and NaN: a comparison with NaN is false. Whole numbers neither wrap nor lose digits, nor
are they divided by zero: that is an `EvaluationError`, as is a shape that does not fit. Nothing but what
`expressions` parses is ever run, and no result has more than `MOST` elements.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sigpact.contract.model import Tolerance
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
)
from sigpact.tensors.dtypes import Kind
from sigpact.values.as_carried import as_carried
from sigpact.values.functions import FUNCTIONS
from sigpact.values.operands import (
    FLOAT64,
    INT64,
    INTEGERS,
    EvaluationError,
    Operand,
    booleans,
    coarser,
    coarsest,
    numbers_of,
    objects,
    require_room,
    with_array,
)
from sigpact.values.tolerances import EQUAL, near, nearness
from sigpact.wire.arrays import Array, Value


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What names mean: tensors by (call, name), the call `None` outside of relations; dimensions by name."""

    values: Mapping[tuple[str | None, str], Value]
    sizes: Mapping[str, int] = field(default_factory=dict)
    blobs: frozenset[tuple[str | None, str]] = frozenset()
    """Strings of any bytes, whose length counts bytes, not characters."""
    tolerance: Tolerance = field(default_factory=Tolerance)
    """What the clause says of `~=`."""


def evaluate(tree: Node, scope: Scope) -> Array:
    """Return the value of an expression. Raises `EvaluationError`."""
    return operand(tree, scope).array


def operand(tree: Node, scope: Scope) -> Operand:
    """Return the value of an expression with what tolerances need to know of it. Raises `EvaluationError`."""
    with np.errstate(all="ignore"):
        return _Evaluator(scope).of(tree)


class _Evaluator:
    """Walks a tree from the leaves up; parsing bounds its depth."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def of(self, node: Node) -> Operand:  # noqa: C901, PLR0911 - one case for each kind of node
        match node:
            case Number(value=value):
                return _number(node.at, value)
            case Text(value=value):
                return Operand(objects([value.encode(errors="surrogatepass")], ()), INT64)
            case Name():
                return self._name(node)
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Compare():
                return self._compare(node)
            case Call():
                return FUNCTIONS[node.function](
                    node, [self.of(each) for each in node.arguments], self._axis(node)
                )
            case Index():
                return self._index(node)
            case ListOf():
                return self._list(node)
            case Slice():
                raise EvaluationError(node.at, "a slice stands inside brackets")

    def _axis(self, node: Call) -> int | None:
        return None if node.axis is None else self._whole(node.axis)

    def _whole(self, node: Node) -> int:
        found = self.of(node).array
        if found.ndim or found.dtype.kind not in "iu":
            raise EvaluationError(node.at, "expected one whole number")
        return int(found)

    def _name(self, node: Name) -> Operand:
        key = (node.call, node.name)
        if key in self._scope.values:
            return _tensor(self._scope.values[key], is_blob=key in self._scope.blobs)
        if node.call is None and node.name in self._scope.sizes:
            return Operand(np.asarray(self._scope.sizes[node.name], np.int64))
        raise EvaluationError(node.at, f"{_spoken(node)} has no value here")

    def _unary(self, node: Unary) -> Operand:
        found = self.of(node.operand)
        if node.operator == "not":
            return Operand(~booleans(node.at, found))
        numbers = numbers_of(node.at, found)
        return _computed(node.at, "-", [Operand(np.zeros((), np.int64)), numbers])

    def _binary(self, node: Binary) -> Operand:
        left, right = self.of(node.left), self.of(node.right)
        require_room(node.at, left.array, right.array)
        if node.operator in {"and", "or"}:
            first, second = booleans(node.at, left), booleans(node.at, right)
            return Operand(first & second if node.operator == "and" else first | second)
        return _computed(node.at, node.operator, [numbers_of(node.at, left), numbers_of(node.at, right)])

    def _compare(self, node: Compare) -> Operand:
        holds: Array | None = None
        before, left = node.operands[0], self.of(node.operands[0])
        for operator, part in zip(node.operators, node.operands[1:], strict=True):
            if operator == "in":
                found, right = self._member((before, left), part), left
            else:
                right = self.of(part)
                found = self._compared(part.at, operator, *as_carried((before, left), (part, right)))
            before = part
            if holds is not None:
                require_room(part.at, holds, found)
            holds, left = found if holds is None else holds & found, right
        return Operand(np.asarray(holds))

    def _member(self, left: tuple[Node, Operand], part: Node) -> Array:
        items = part.items if isinstance(part, ListOf) else ()
        found = np.zeros(left[1].array.shape, bool)
        for each in items:
            found |= self._compared(each.at, "==", *as_carried(left, (each, self.of(each))))
        return found

    def _compared(self, at: int, operator: str, left: Operand, right: Operand) -> Array:
        require_room(at, left.array, right.array)
        if (left.array.dtype == object) != (right.array.dtype == object):
            raise EvaluationError(at, f"{operator!r} compares a text with what is no text")
        if operator == "~=":
            return self._near(left, right)
        return np.asarray(_COMPARISONS[operator](left.array, right.array), bool)

    def _near(self, left: Operand, right: Operand) -> Array:
        first, second = np.broadcast_arrays(left.array, right.array)
        if first.dtype == object:
            return np.asarray(first == second, bool)
        how = nearness(coarser(left.dtype, right.dtype), self._scope.tolerance)
        whole = first.dtype.kind in "iub" and second.dtype.kind in "iub"
        if whole and self._scope.tolerance.rtol is None and self._scope.tolerance.atol is None:
            how = EQUAL
        return near(np.asarray(first), np.asarray(second), how)

    def _index(self, node: Index) -> Operand:
        found = self.of(node.value)
        if len(node.indices) > found.array.ndim:
            raise EvaluationError(
                node.at, f"{len(node.indices)} indices into a shape of {list(found.array.shape)}"
            )
        chosen = tuple(self._chosen(each) for each in node.indices)
        try:
            return with_array(found, np.asarray(found.array[chosen], found.array.dtype))
        except IndexError:
            said = ", ".join(str(each) for each in chosen if isinstance(each, int))
            raise EvaluationError(
                node.at, f"index {said} lies outside a shape of {list(found.array.shape)}"
            ) from None
        except ValueError:
            raise EvaluationError(node.at, "the step of a slice is not 0") from None

    def _chosen(self, node: Node) -> "int | slice":
        if not isinstance(node, Slice):
            return self._whole(node)
        return slice(
            *(None if each is None else self._whole(each) for each in (node.start, node.stop, node.step))
        )

    def _list(self, node: ListOf) -> Operand:
        items = [self.of(each) for each in node.items]
        shapes = {each.array.shape for each in items}
        texts = {each.array.dtype == object for each in items}
        if len(shapes) > 1 or len(texts) > 1:
            raise EvaluationError(node.at, "the items of a list are alike")
        if not items:
            return Operand(np.zeros(0, np.int64))
        return Operand(np.stack([each.array for each in items]), coarsest(items))


def _number(at: int, value: float) -> Operand:
    if isinstance(value, bool):
        return Operand(np.asarray(value))
    if isinstance(value, float):
        return Operand(np.asarray(value, np.float64), FLOAT64)
    if value > 2**64 - 1:
        raise EvaluationError(at, f"{value} is beyond every whole number of a tensor")
    return Operand(np.asarray(value, np.int64 if value <= INTEGERS.max else np.uint64))


def _tensor(value: Value, *, is_blob: bool) -> Operand:
    array, kind = value.array, value.dtype.kind
    match kind:
        case Kind.FLOAT:
            array = array.astype(np.float64)
        case Kind.INT | Kind.UINT:
            fits = array.dtype != np.uint64 or not array.size or int(array.max()) <= INTEGERS.max
            array = array.astype(np.int64) if fits else array
        case _:
            pass
    return Operand(array, value.dtype, is_blob)


_COMPARISONS: Final[Mapping[str, Callable[[Array, Array], Array]]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_ARITHMETIC: Final[Mapping[str, Callable[[Array, Array], Array]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.true_divide,
    "//": np.floor_divide,
    "%": np.mod,
}


def _computed(at: int, operator: str, sides: list[Operand]) -> Operand:
    """Return what an operator makes of numbers; whole numbers stay whole but under `/`."""
    left, right = (each.array for each in sides)
    dtype = coarsest(sides)
    whole = left.dtype.kind in "iu" and right.dtype.kind in "iu"
    if not whole or operator == "/":
        made = _ARITHMETIC[operator](left.astype(np.float64), right.astype(np.float64))
        return Operand(np.asarray(made), dtype if dtype.kind is Kind.FLOAT else FLOAT64)
    if np.dtype(np.uint64) in {left.dtype, right.dtype}:
        raise EvaluationError(at, f"{operator!r} computes in int64, and a number here is beyond it")
    if operator in {"//", "%"} and not right.all():
        raise EvaluationError(at, f"{operator!r} divides by zero")
    _require_exact(at, operator, left, right)
    return Operand(np.asarray(_ARITHMETIC[operator](left, right)))


def _require_exact(at: int, operator: str, left: Array, right: Array) -> None:
    """Raise where int64 might wrap; what comes near is computed once more in Python's integers."""
    rough = np.asarray(_ARITHMETIC[operator](left.astype(np.float64), right.astype(np.float64)))
    if not rough.size or np.abs(rough).max() < 2.0**62:
        return
    exact = np.asarray(_ARITHMETIC[operator](left.astype(object), right.astype(object)))
    if any(not INTEGERS.min <= int(each) <= INTEGERS.max for each in exact.reshape(-1).tolist()):
        raise EvaluationError(at, f"{operator!r} goes beyond int64")


def _spoken(node: Name) -> str:
    return node.name if node.call is None else f"{node.call}.{node.name}"
