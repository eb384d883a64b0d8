"""Shapes as a contract writes them: lengths, names, expressions of names."""

import re
from typing import Any, Final

from sigpact.contract.admit import cut_message
from sigpact.contract.mistakes import Mistake
from sigpact.contract.scope import Scope
from sigpact.expressions import Binary, Call, ExpressionError, Name, Node, Number, Unary, parse, walk
from sigpact.findings import Path
from sigpact.tensors.shapes import AnyRank, Dim, Expr, Fixed, Named, Ranked, Shape, Unknown, evaluate

_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*")
_WORDS: Final = frozenset(["and", "or", "not", "in", "true", "false"])
_OPERATORS: Final = frozenset(["+", "-", "*", "//", "%"])


def shape(scope: Scope, written: list[Any] | None, path: Path) -> Shape:
    """Return a shape; what is wrong with its dimensions is recorded."""
    if written is None:
        return AnyRank()
    leading = bool(written) and written[0] == "..."
    dims: list[Dim] = []
    for index, item in enumerate(written):
        if index == 0 and leading:
            continue
        if scope.document.is_cut((*path, index), item):
            scope.mistakes.add(Mistake.CUT_BY_YAML, (*path, index), cut_message(item))
            break
        dims.append(_dim(scope, (*path, index), item))
    return Ranked(tuple(dims), leading)


def _dim(scope: Scope, path: Path, item: int | str | None) -> Dim:
    if item is None:
        return Unknown()
    if isinstance(item, int):
        return Fixed(item)
    if _IDENTIFIER.fullmatch(item) and item not in _WORDS:
        return Named(item)
    if item == "...":
        scope.mistakes.add(
            Mistake.BAD_SHAPE, path, "'...' stands first in a shape: any number of leading dimensions"
        )
        return Unknown()
    try:
        return _computed(item, parse(item))
    except ExpressionError as error:
        scope.mistakes.add(Mistake.BAD_SHAPE, path, f"dimension {item!r}: {error.message}", at=error.at)
        return Unknown()


def _computed(text: str, tree: Node) -> Dim:
    """Return a dimension of an expression. Raises `ExpressionError` for what no dimension may use."""
    for node in walk(tree):
        match node:
            case Number(value=bool()) | Number(value=float()):
                raise ExpressionError(node.at, "a dimension is made of whole numbers")
            case Number() | Name(call=None) | Unary(operator="-") | Call(function="min" | "max", axis=None):
                continue
            case Binary(operator=operator) if operator in _OPERATORS:
                continue
            case Binary(operator="/"):
                raise ExpressionError(node.at, "a dimension is whole: write // instead of /")
            case _:
                message = "a dimension is made of whole numbers, names, + - * // %, min and max"
                raise ExpressionError(node.at, message)
    if isinstance(tree, Name):
        return Named(tree.name)
    if any(isinstance(node, Name) for node in walk(tree)):
        return Expr(text, tree)
    try:
        size = evaluate(tree, {})
    except ZeroDivisionError:
        raise ExpressionError(0, "it divides by zero") from None
    if size < 0:
        raise ExpressionError(0, f"a length is not negative, this is {size}; any length is written null")
    return Fixed(size)
