"""`given`: what a client makes sure of before it sends. Comparisons are built, all else is filtered.

A comparison with a constant narrows the domain before anything is drawn; one between two inputs is mended by
changing places where both still lie in their domains. What does not hold then is left out, row by row where
rows can be told apart.
"""

import itertools
from collections.abc import Iterator
from typing import Final

import numpy as np

from sigpact.contract.model import Clause, Contract, DimBounds, Domain, SignatureUse, Tensor
from sigpact.expressions import Binary, Compare, Name, Node, Number, Unary, names_in
from sigpact.frozen import replace
from sigpact.tensors.shapes import Named, Ranked, names_of
from sigpact.values.admitted import admitted
from sigpact.values.domains import Floats, Integers, NotDrawnError, is_bytes
from sigpact.values.drawable import drawable
from sigpact.values.evaluate import Scope, evaluate
from sigpact.values.membership import inside
from sigpact.values.operands import EvaluationError
from sigpact.values.requests import Request
from sigpact.wire.arrays import Array, Value

LEAST: Final = 0.1
"""Under this share of rows kept, the clause is a mistake of the contract."""
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


def narrowed(contract: Contract, use: SignatureUse) -> tuple[Contract, SignatureUse]:
    """Return both with the bounds that comparisons with constants give, and without `given`."""
    inputs = {tensor.name: tensor for tensor in use.inputs}
    dims = {each.name: each for each in contract.dims}
    named = {name for tensor in use.inputs for name in _dims_of(tensor)}
    for name, operator, number in _bounds(use.given):
        if name in inputs and not inputs[name].columns:
            tensor = inputs[name]
            inputs[name] = replace(tensor, domain=_tightened(tensor.domain, operator, number))
        elif name in named:
            dims[name] = _tightened_dim(dims.get(name, DimBounds(name, None, None, ())), operator, number)
    return (
        replace(contract, dims=tuple(dims.values())),
        replace(use, inputs=tuple(inputs.values()), given=()),
    )


def _dims_of(tensor: Tensor) -> Iterator[str]:
    dims = tensor.shape.dims if isinstance(tensor.shape, Ranked) else ()
    yield from (name for dim in dims for name in names_of(dim))


def _links(clauses: tuple[Clause, ...]) -> Iterator[tuple[Node, str, Node]]:
    """Yield the comparisons that must hold: all of a chain, both sides of `and`."""
    pending: list[Node] = [each.tree for each in clauses if each.tree is not None]
    while pending:
        match pending.pop(0):
            case Binary(operator="and", left=left, right=right):
                pending += [left, right]
            case Compare(operators=operators, operands=operands):
                for operator, (left, right) in zip(operators, itertools.pairwise(operands), strict=True):
                    yield left, operator, right
            case _:
                pass


def _bounds(clauses: tuple[Clause, ...]) -> Iterator[tuple[str, str, float]]:
    """Yield name, operator and number of each comparison of a name with a constant."""
    for left, operator, right in _links(clauses):
        if operator not in _MIRRORED:
            continue
        for name, number, said in ((left, right, operator), (right, left, _MIRRORED[operator])):
            constant = _constant(number)
            if isinstance(name, Name) and name.call is None and constant is not None:
                yield name.name, said, constant


def _constant(node: Node) -> float | None:
    match node:
        case Number(value=value) if not isinstance(value, bool):
            return value
        case Unary(operator="-", operand=Number(value=value)) if not isinstance(value, bool):
            return -value
        case _:
            return None


def _tightened(domain: Domain, operator: str, number: float) -> Domain:
    below, above = domain.maximum, domain.minimum
    open_below, open_above = domain.exclusive_maximum, domain.exclusive_minimum
    if operator in {"<=", "=="}:
        below = number if below is None else min(below, number)
    if operator in {">=", "=="}:
        above = number if above is None else max(above, number)
    if operator == "<":
        open_below = number if open_below is None else min(open_below, number)
    if operator == ">":
        open_above = number if open_above is None else max(open_above, number)
    return replace(
        domain, minimum=above, maximum=below, exclusive_minimum=open_above, exclusive_maximum=open_below
    )


def _tightened_dim(bounds: DimBounds, operator: str, number: float) -> DimBounds:
    least, most = bounds.minimum, bounds.maximum
    if operator in {"<", "<=", "=="}:
        limit = int(np.ceil(number) - 1 if operator == "<" else np.floor(number))
        most = limit if most is None else min(most, limit)
    if operator in {">", ">=", "=="}:
        limit = int(np.floor(number) + 1 if operator == ">" else np.ceil(number))
        least = limit if least is None else max(least, limit)
    return replace(bounds, minimum=least, maximum=most)


class Given:
    """What a request must satisfy to be one that the client sends; `use` is the one with `given`."""

    def __init__(self, contract: Contract, use: SignatureUse) -> None:
        self._contract = contract
        self._use = use
        self._batches = {name for tensor in use.inputs for name in _first_of(tensor)}
        self.low = max([1, *(self._least(name) for name in self._batches)])
        self._blobs = frozenset((None, each.name) for each in use.inputs if is_bytes(contract, each))

    def holds(self, request: Request) -> bool:
        """Whether the request satisfies all clauses as it is."""
        return bool(self._rows(request).all())

    def kept(self, request: Request) -> Request | None:
        """Return what of the request satisfies all clauses, mended and cut to rows; `None`: nothing does."""
        request = self._mended(request)
        rows = self._rows(request)
        if rows.all():
            return request
        if not rows.any() or not self._has_rows(request):
            return None
        chosen = np.flatnonzero(rows)
        if len(chosen) < self.low:
            chosen = np.resize(chosen, self.low)
        values = {name: Value(value.dtype, value.array[chosen]) for name, value in request.values.items()}
        sizes = {name: len(chosen) if name in self._batches else size for name, size in request.sizes.items()}
        return Request(request.origin, values, sizes, len(chosen), request.label)

    def _least(self, name: str) -> int:
        bounds = self._contract.bounds(name)
        return (bounds.minimum if bounds is not None else None) or 0

    def _rows(self, request: Request) -> Array:
        """Return which rows satisfy all clauses; where rows cannot be told apart, all or none."""
        rows = np.ones(max(1, request.rows), bool)
        for clause in self._use.given:
            rows &= self.satisfying(clause, request)
        return rows

    def satisfying(self, clause: Clause, request: Request) -> Array:
        """Return which rows satisfy a clause; where rows cannot be told apart, all or none."""
        rows = np.ones(max(1, request.rows), bool)
        if clause.tree is None:
            return rows
        try:
            found = evaluate(clause.tree, self._scope(request))
        except EvaluationError:
            # It has no value for this call (an input is left out, shapes do not go together): not sent.
            return ~rows
        by_row = found.ndim and len(found) == len(rows)
        return np.asarray(rows & (found.reshape(len(rows), -1).all(axis=1) if by_row else found.all()))

    def broken(self, request: Request) -> Iterator[tuple[Clause, Array]]:
        """Yield the clauses that some rows do not satisfy, with a mask of those.

        A clause about an input that this call leaves out says nothing of it.
        """
        inputs = {tensor.name for tensor in self._use.inputs}
        for clause in self._use.given:
            named = inputs.intersection(() if clause.tree is None else names_in(clause.tree))
            if named <= request.values.keys() and not (rows := self.satisfying(clause, request)).all():
                yield clause, ~rows

    def _scope(self, request: Request) -> Scope:
        values: dict[tuple[str | None, str], Value] = {}
        for name, value in request.values.items():
            values[None, name] = value
        return Scope(values, request.sizes, self._blobs)

    def _has_rows(self, request: Request) -> bool:
        shapes = {tensor.name: tensor for tensor in self._use.inputs}
        return request.rows > 1 and all(
            value.shape[:1] == (request.rows,) and _is_rowwise(shapes[name], self._batches)
            for name, value in request.values.items()
        )

    def _mended(self, request: Request) -> Request:
        """Let elements of two inputs change places, or be the same, where their comparison asks for it.

        Only where both domains allow it. Of a chain the first may have to move on, past each of the links.
        """
        values = dict(request.values)
        links = [
            (left.name, operator, right.name)
            for left, operator, right in _links(self._use.given)
            if isinstance(left, Name) and isinstance(right, Name)
        ]
        for left, operator, right in links * len(links):
            if left not in values or right not in values:
                continue
            if operator == "==":
                values[right] = self._alike(values[left], right, values[right])
            elif operator in {"<", "<=", ">", ">="}:
                low, high = (left, right) if operator.startswith("<") else (right, left)
                values[low], values[high] = self._ordered(low, values[low], high, values[high])
        return Request(request.origin, values, request.sizes, request.rows, request.label)

    def _alike(self, wanted: Value, name: str, value: Value) -> Value:
        """Return a value with the rows of another, as far as they lie in its domain."""
        if wanted.dtype != value.dtype or wanted.shape != value.shape or not value.array.ndim:
            return value
        tensor = next(each for each in self._use.inputs if each.name == name)
        rows = admitted(self._contract, tensor, wanted)
        made = np.where(rows.reshape(-1, *(1,) * (value.array.ndim - 1)), wanted.array, value.array)
        return Value(value.dtype, made)

    def _ordered(self, low: str, least: Value, high: str, most: Value) -> tuple[Value, Value]:
        numeric = least.array.dtype.kind in "iuf" and least.dtype == most.dtype
        if not numeric or least.shape != most.shape:
            return least, most
        swap = (least.array > most.array) & self._fits(low, most) & self._fits(high, least)
        return (
            Value(least.dtype, np.where(swap, most.array, least.array)),
            Value(most.dtype, np.where(swap, least.array, most.array)),
        )

    def _fits(self, name: str, value: Value) -> Array:
        """Return where numbers lie in the domain of an input; nowhere if words on whole tensors shape it."""
        nowhere = np.zeros(value.shape, bool)
        tensor = next(each for each in self._use.inputs if each.name == name)
        try:
            drawn = next(
                (each for each in drawable(self._contract, tensor) if each.dtype == value.dtype), None
            )
        except NotDrawnError:
            return nowhere
        if (
            drawn is None
            or drawn.is_shaped
            or drawn.columns
            or not isinstance(drawn.elements, Floats | Integers)
        ):
            return nowhere
        return inside(drawn.elements, value.array)


def _first_of(tensor: Tensor) -> Iterator[str]:
    if isinstance(tensor.shape, Ranked) and tensor.shape.dims and not tensor.shape.leading:
        first = tensor.shape.dims[0]
        if isinstance(first, Named):
            yield first.name


def _is_rowwise(tensor: Tensor, batches: set[str]) -> bool:
    """Whether only the first dimension speaks of rows, and no word adds up over them."""
    dims = tensor.shape.dims[1:] if isinstance(tensor.shape, Ranked) else ()
    across = [around.axis for around in (tensor.sums_to, tensor.norm) if around is not None]
    return 0 not in across and not any(name in batches for dim in dims for name in names_of(dim))


def cut(request: Request, rows: int) -> Request:
    """Return the first rows of a request in which each input has as many."""
    if rows >= request.rows or any(value.shape[:1] != (request.rows,) for value in request.values.values()):
        return request
    values = {name: Value(value.dtype, value.array[:rows]) for name, value in request.values.items()}
    sizes = {name: rows if size == request.rows else size for name, size in request.sizes.items()}
    return Request(request.origin, values, sizes, rows, request.label)
