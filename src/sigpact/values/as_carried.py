"""Literals of expressions as the tensors carry them that they are compared with."""

import numpy as np

from sigpact.expressions import Call, Index, Name, Node, Number, Unary
from sigpact.tensors.dtypes import Kind
from sigpact.values.numerics import rounded, rounds
from sigpact.values.operands import Operand


def as_carried(one: tuple[Node, Operand], other: tuple[Node, Operand]) -> tuple[Operand, Operand]:
    """Return two sides; a literal beside a tensor's own numbers as the tensor carries it, as bounds are.

    An answer of 0.6 in float32 is 0.60000002 here, and not above 0.6. What is computed is compared as it is.
    """
    (first, left), (second, right) = one, other
    if _is_literal(first) and _is_own(second):
        return _carried(left, right), right
    if _is_literal(second) and _is_own(first):
        return left, _carried(right, left)
    return left, right


def _carried(literal: Operand, tensor: Operand) -> Operand:
    if tensor.dtype.kind is not Kind.FLOAT or not rounds(tensor.dtype):
        return literal
    return Operand(rounded(tensor.dtype, literal.array).astype(np.float64), literal.dtype)


def _is_literal(node: Node) -> bool:
    return isinstance(node, Number) or (isinstance(node, Unary) and isinstance(node.operand, Number))


def _is_own(node: Node) -> bool:
    """Whether an expression is numbers of a tensor, and none that were made of them."""
    match node:
        case Name():
            return True
        case Index(value=value):
            return _is_own(value)
        case Call(function="min" | "max" | "sort" | "unique", arguments=arguments):
            return all(map(_is_own, arguments))
        case _:
            return False
