"""Clauses of `given` and `holds`: parsed, names resolved, types and dimensions checked where known."""

from typing import Any

from sigpact.contract.admit import BROKEN, cut_message
from sigpact.contract.clause_types import Names, Types, Wrong
from sigpact.contract.mistakes import Mistake
from sigpact.contract.model import Clause
from sigpact.contract.scope import Scope, tolerance
from sigpact.expressions import (
    ExpressionError,
    Node,
    parse,
)
from sigpact.findings import Path


def clauses(scope: Scope, names: Names, written: list[Any], path: Path) -> tuple[Clause, ...]:
    """Return the clauses of a list; what is wrong with each is recorded."""
    made: list[Clause] = []
    balance = 0
    for index, item in enumerate(written):
        place = (*path, index)
        if balance > 0:
            balance += _balance(item)
        elif scope.document.is_cut(place, item):
            balance = _balance(item)
            scope.mistakes.add(Mistake.CUT_BY_YAML, place, cut_message(item))
        elif item is not BROKEN:
            made.append(_clause(scope, names, item, place))
    return tuple(made)


def _balance(item: object) -> int:
    return item.count("(") - item.count(")") if isinstance(item, str) else 0


def _clause(scope: Scope, names: Names, item: Any, path: Path) -> Clause:
    if isinstance(item, str):
        return Clause(item, path, _tree(scope, names, item, path))
    because, allowed = item.get("because"), tolerance(item)
    if "check" in item:
        if path[-2] == "given":
            message = "a check stands in 'holds': what 'given' says shapes the draws, as an expression"
            scope.mistakes.add(Mistake.CHECK_IN_GIVEN, (*path, "check"), message)
        return Clause(item["check"], path, check=item["check"], because=because, tolerance=allowed)
    text, place = item.get("expr", ""), (*path, "expr")
    tree = _tree(scope, names, text, place) if text and not scope.mistakes.is_broken(place) else None
    return Clause(text, path, tree, because=because, tolerance=allowed)


def _tree(scope: Scope, names: Names, text: str, path: Path) -> Node | None:
    try:
        tree = parse(text)
    except ExpressionError as error:
        scope.mistakes.add(Mistake.BAD_EXPRESSION, path, error.message, at=error.at)
        return None
    try:
        result = Types(names).of(tree)
    except Wrong as error:
        scope.mistakes.add(error.mistake, path, error.message, at=error.at)
        return tree
    if result.type in {"number", "text"}:
        message = f"a clause holds or does not: this is a {result.type}, expected a comparison"
        scope.mistakes.add(Mistake.NOT_A_CONDITION, path, message, at=tree.at)
    return tree
