"""A relation's `holds` over the answers of several calls, row by row; ties between scores are no breach."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sigpact.checks.ties import ties
from sigpact.contract.model import Clause, Tolerance
from sigpact.expressions import Binary, Compare, Name, Node, Unary, children, walk
from sigpact.frozen import replace as changed
from sigpact.values.evaluate import Scope, evaluate
from sigpact.values.operands import EvaluationError
from sigpact.wire.arrays import Array, Value

Key = tuple[str | None, str]
"""A drawn input by (None, name), what was read by (call, output)."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What one chain of calls drew and read; `scores` has the output that decides a label, by its key."""

    values: Mapping[Key, Value]
    rows: int
    scores: Mapping[Key, Key]
    blobs: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """For which rows a clause holds, how many for a tie alone, and what is to be said of it.

    `problem`: why it has no value, or what a check said; `is_whole`: it fails for the whole call.
    `undecided`: how a check ended without an answer; then no row fails, and nothing is known.
    """

    rows: Array
    ties: int = 0
    problem: str | None = None
    is_whole: bool = False
    undecided: str | None = None


def held(clause: Clause, answers: Answers) -> Held:
    """Return where a clause holds; one that has no value for these answers holds nowhere."""
    tree = clause.tree
    if tree is None:
        raise ValueError(f"{clause.text} is no expression")
    try:
        strict = _rows(evaluate(_near(tree, clause.tolerance), _scope(clause, answers)), answers.rows)
        tied = _tied(tree, clause, answers)
        if tied is None or strict.all():
            return Held(strict)
        rows = _rows(evaluate(_near(tree, clause.tolerance), _scope(clause, tied)), answers.rows)
    except EvaluationError as error:
        return Held(np.zeros(answers.rows, bool), problem=f"it has no value: {error.message}")
    return Held(strict | rows, int((rows & ~strict).sum()))


def sides(clause: Clause, answers: Answers) -> Iterator[tuple[str, Array]]:
    """Yield each side of the comparison that fails, as it is written, with its value."""
    scope = _scope(clause, answers)
    try:
        failing = _failing(_near(clause.tree, clause.tolerance), scope) if clause.tree is not None else None
        for text, node in _operands(clause, failing):
            yield text, evaluate(node, scope)
    except EvaluationError:
        return


def _scope(clause: Clause, answers: Answers) -> Scope:
    return Scope(answers.values, {}, answers.blobs, clause.tolerance)


def _rows(found: Array, rows: int) -> Array:
    if found.dtype.kind != "b":
        raise EvaluationError(0, "a clause holds or does not, and this does neither")
    if found.ndim and found.shape[0] == rows:
        return np.asarray(found.all(axis=tuple(range(1, found.ndim))))
    return np.full(rows, bool(found.all()))


def _near(node: Node, said: Tolerance) -> Node:
    """Return the tree with `~=` for `==` between two calls, unless the clause says `exact`.

    It is the same for all but floats.
    """
    if said.exact:
        return node
    match node:
        case Compare(operators=("!=",), operands=(left, right)) if _is_between(left, right):
            return Unary(node.at, "not", changed(node, operators=("~=",)))
        case Compare(operators=operators, operands=operands):
            pairs = zip(operators, operands, operands[1:], strict=False)
            return changed(
                node,
                operators=tuple("~=" if each == "==" and _is_between(*two) else each for each, *two in pairs),
            )
        case Unary(operator="not"):
            return changed(node, operand=_near(node.operand, said))
        case Binary(operator="and" | "or"):
            return changed(node, left=_near(node.left, said), right=_near(node.right, said))
        case _:
            return node


def _is_between(left: Node, right: Node) -> bool:
    """Whether two sides speak of answers of different calls."""
    ours, theirs = _calls(left), _calls(right)
    return bool(ours and theirs and len(ours | theirs) > 1)


def _calls(node: Node) -> set[str]:
    return {each.call for each in walk(node) if isinstance(each, Name) and each.call is not None}


def _tied(tree: Node, clause: Clause, answers: Answers) -> Answers | None:
    """Return the answers with the other's label wherever scores are too near to tell; `None`: nowhere."""
    values, found = dict(answers.values), False
    for ours, theirs in _equated(tree):
        if ours not in answers.values or theirs not in answers.values:
            continue
        label, other = answers.values[ours], values[theirs]
        ties = _ties(answers, ours, theirs, clause.tolerance)
        if ties is None or label.shape != other.shape or not ties.any():
            continue
        values[theirs] = Value(other.dtype, np.where(ties, label.array, other.array))
        found = True
    return replace(answers, values=values) if found else None


def _equated(tree: Node) -> Iterator[tuple[Key, Key]]:
    """Yield the outputs of two calls that are compared with `==` or `~=`."""
    for node in walk(tree):
        if not isinstance(node, Compare):
            continue
        for operator, left, right in zip(node.operators, node.operands, node.operands[1:], strict=False):
            ours, theirs = _key(left), _key(right)
            if operator in {"==", "~="} and ours is not None and theirs is not None:
                yield ours, theirs


def _key(node: Node) -> Key | None:
    is_output = isinstance(node, Name) and node.call is not None
    return (node.call, node.name) if isinstance(node, Name) and is_output else None


def _ties(answers: Answers, ours: Key, theirs: Key, said: Tolerance) -> Array | None:
    """Return where the scores of either side are within tolerance of what the other side decided for."""
    shape = answers.values[ours].shape
    scores = [_scores(answers, each, shape) for each in (ours, theirs)]
    return ties(scores, said)


def _scores(answers: Answers, label: Key, shape: tuple[int, ...]) -> Value | None:
    found = answers.values.get(answers.scores.get(label, label))
    is_decided = label in answers.scores and found is not None and found.array.dtype.kind in "iuf"
    return (
        found if found is not None and is_decided and found.shape[:-1] == shape and found.shape[-1] else None
    )


def _failing(node: Node, scope: Scope) -> Node:
    """Return the innermost part of a clause that fails and says why."""
    if isinstance(node, Binary) and node.operator == "and":
        for each in (node.left, node.right):
            if not evaluate(each, scope).all():
                return _failing(each, scope)
    if isinstance(node, Unary) and isinstance(node.operand, Compare):
        return node.operand
    return node


def _operands(clause: Clause, failing: Node | None) -> Iterator[tuple[str, Node]]:
    if not isinstance(failing, Compare):
        found = walk(failing) if failing is not None else ()
        yield from ((_spoken(each), each) for each in found if isinstance(each, Name))
        return
    starts = [min(part.at for part in walk(each)) for each in failing.operands]
    ends = [*starts[1:], _end(clause, failing)]
    for node, start, end in zip(failing.operands, starts, ends, strict=True):
        if not children(node) and not isinstance(node, Name):
            continue
        yield (_spoken(node) if isinstance(node, Name) else _written(clause.text, start, end)), node


_BETWEEN: Final = re.compile(r"[\s(]*([=!<>~]+|\bin)?[\s(]*$")
"""What follows an operand, up to the next one."""


def _written(text: str, start: int, end: int) -> str:
    """Return an operand as it is written, with the brackets that are its own and no others."""
    piece = _BETWEEN.sub("", text[start:end])
    while piece.count(")") > piece.count("("):
        before = text[:start].rstrip()
        if before.endswith("("):
            start = len(before) - 1
            piece = text[start : text.index(piece, start) + len(piece)]
        else:
            piece = piece[: piece.rindex(")")].rstrip()
    return piece


def _spoken(name: Name) -> str:
    return name.name if name.call is None else f"{name.call}.{name.name}"


def _end(clause: Clause, failing: Compare) -> int:
    """Return where a comparison ends: with the clause, or where what follows it begins."""
    last = max(part.at for part in walk(failing))
    if clause.tree is None:
        return len(clause.text)
    later = [part.at for part in walk(clause.tree) if isinstance(part, Binary) and part.at > last]
    return min(later, default=len(clause.text))
