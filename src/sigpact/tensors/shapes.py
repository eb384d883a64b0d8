"""Dimensions and shapes, closed alternatives instead of `None` and `-1`.

A contract writes `[batch, 64, 2*tokens, null]`, an export `[-1, 64]`: both become a `Shape`.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from sigpact.expressions import Binary, Call, Name, Node, Number, Unary, names_in
from sigpact.frozen import frozen


@frozen
class Fixed:
    """A length: `128`."""

    size: int

    def __str__(self) -> str:
        return str(self.size)


@frozen
class Named:
    """A length with one value in a call, over all inputs and outputs: `batch`."""

    name: str

    def __str__(self) -> str:
        return self.name


@frozen
class Expr:
    """A length computed from names: `2*tokens`. It never binds a name."""

    text: str
    tree: Node

    def __str__(self) -> str:
        return self.text


@frozen
class Unknown:
    """Any length: `null` in a contract, `-1` in an export."""

    def __str__(self) -> str:
        return "?"


Dim = Fixed | Named | Expr | Unknown


@frozen
class AnyRank:
    """Nothing is said, not even the number of dimensions."""

    def __str__(self) -> str:
        return "any shape"


@frozen
class Ranked:
    """Dimensions in order; `leading` stands for any number of dimensions before them (`"..."`)."""

    dims: tuple[Dim, ...]
    leading: bool = False

    def __str__(self) -> str:
        return f"[{', '.join((['...'] if self.leading else []) + [str(dim) for dim in self.dims])}]"


Shape = AnyRank | Ranked


def dims_of(shape: Shape) -> tuple[Dim, ...]:
    """Return the dimensions that a shape names; of any rank, none."""
    return shape.dims if isinstance(shape, Ranked) else ()


def is_vector(shape: Shape) -> bool:
    """Whether a declared shape is that of a vector of any length, or could be."""
    return isinstance(shape, AnyRank) or (len(shape.dims) == 1 and isinstance(shape.dims[0], Unknown))


def names_of(dim: Dim) -> Iterator[str]:
    """Yield the names that a dimension speaks of."""
    match dim:
        case Named(name):
            yield name
        case Expr(_, tree):
            yield from names_in(tree)
        case _:
            return


def evaluate(tree: Node, sizes: Mapping[str, int]) -> int:
    """Compute a dimension expression.

    Raises `KeyError` for a name without a size, `ZeroDivisionError`, and `ValueError` for a word that
    no dimension may use (`parse_dim` in the contract layer refuses those with a line).
    """
    match tree:
        case Number(value=int() as value):
            return value
        case Name(name=name):
            return sizes[name]
        case Unary(operator="-", operand=operand):
            return -evaluate(operand, sizes)
        case Binary(operator=sign, left=left, right=right) if sign in _OPERATORS:
            return _OPERATORS[sign](evaluate(left, sizes), evaluate(right, sizes))
        case Call(function="min", arguments=arguments, axis=None) if arguments:
            return min(evaluate(each, sizes) for each in arguments)
        case Call(function="max", arguments=arguments, axis=None) if arguments:
            return max(evaluate(each, sizes) for each in arguments)
        case _:
            raise ValueError("a dimension is made of whole numbers, names, + - * // %, min and max")


_OPERATORS: Final[dict[str, Callable[[int, int], int]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
}
