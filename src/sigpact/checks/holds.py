"""`holds` over one answer: each clause row by row, with what its two sides were where it fails."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from sigpact.checks.breaches import Breach, is_sensitive, spoken
from sigpact.checks.python_checks import UNDECIDED, about, is_judged, judged
from sigpact.checks.related import Answers, Held, Key, sides
from sigpact.checks.shapes import bind
from sigpact.contract.model import Clause, Contract, Nested, SignatureUse, Tensor
from sigpact.expressions import Name, walk
from sigpact.findings import Level
from sigpact.tensors.dtypes import BY_NAME, DType, Kind
from sigpact.values.domains import is_bytes
from sigpact.values.drawable import sample_array
from sigpact.values.numerics import rounded, rounds
from sigpact.values.requests import Request
from sigpact.wire.arrays import Value

RULE: Final = "holds-broken"
_SHOWN: Final = 8
"""So many elements of a side are shown."""


def check_holds(
    contract: Contract,
    use: SignatureUse,
    request: Request,
    answer: Mapping[str, Value],
    served: Mapping[str, DType],
) -> Iterator[Breach]:
    """Yield a breach for each clause that does not hold in every row.

    A clause over an optional input that was left out, and has no `default`, says nothing of this call.
    """
    if not use.holds:
        return
    answers = Answers(_values(use, request, answer, served), request.rows, {}, _blobs(contract, use))
    by_side = _by_side(contract, use, request, answer, served)
    whole = all(each.name in answer for each in use.outputs)
    for index, clause in enumerate(use.holds):
        if not is_judged(clause) or not (whole if clause.check else _keys(clause) <= answers.values.keys()):
            continue
        found = judged(clause, by_side if clause.check else answers)
        if found.undecided is not None:
            yield _undecided(use, index, found)
        elif not found.rows.all():
            yield _breach(use, index, answers, found)


def _breach(use: SignatureUse, index: int, answers: Answers, found: Held) -> Breach:
    clause = use.holds[index]
    row = int(np.argmin(found.rows)) if len(found.rows) and not found.is_whole else None
    broken = int((~found.rows).sum())
    received = (
        _words(use, clause, found) or "; ".join(_shown(use, clause, answers, row)) or "it does not hold"
    )
    counts = (max(1, broken), max(1, len(found.rows)))
    at = ("holds", index)
    return Breach(RULE, at, row, about(clause), received, *counts, clause.text, share=clause.tolerance.share)


def _undecided(use: SignatureUse, index: int, found: Held) -> Breach:
    clause = use.holds[index]
    words = ": ".join(filter(None, (found.undecided, _words(use, clause, found))))
    received = f"check {clause.text} {words}"
    at = ("holds", index)
    return Breach(UNDECIDED, at, None, about(clause), received, 1, 1, clause.text, Level.UNDECIDED)


def _words(use: SignatureUse, clause: Clause, found: Held) -> str | None:
    """Return what is said of a clause; a project's own words may quote what is sensitive."""
    hidden = bool(found.problem) and clause.function is not None and is_sensitive(use)
    return spoken(found.problem, sensitive=True) if hidden else found.problem


def _shown(use: SignatureUse, clause: Clause, answers: Answers, row: int | None) -> Iterator[str]:
    hidden = any(_is_sensitive(use, name) for _, name in _keys(clause))
    for text, array in sides(clause, answers):
        in_rows = array.ndim and row is not None and array.shape[0] == answers.rows
        yield f"{text} = {_written(array[row] if in_rows else array, hidden=hidden)}"


def _is_sensitive(use: SignatureUse, name: str) -> bool:
    return any(each.sensitive for each in (*use.inputs, *use.outputs) if each.name == name)


def _written(found: object, *, hidden: bool) -> str:
    # NumPy's own bytes drop a trailing NUL.
    array = np.asarray(found, object if isinstance(found, bytes) else None)
    flat = array.reshape(-1)[:_SHOWN].tolist()
    if hidden:
        return spoken(array.tolist(), sensitive=True)
    said = [spoken(each, sensitive=False) for each in flat]
    if not array.ndim:
        return said[0]
    more = f", … ({array.size})" if array.size > _SHOWN else ""
    return f"[{', '.join(said)}{more}]"


def _keys(clause: Clause) -> set[Key]:
    return (
        {(None, each.name) for each in walk(clause.tree) if isinstance(each, Name)} if clause.tree else set()
    )


def _values(
    use: SignatureUse, request: Request, answer: Mapping[str, Value], served: Mapping[str, DType]
) -> dict[Key, Value]:
    """Return all that a clause may name: dimensions, inputs (or their defaults), outputs as served."""
    sizes = bind(use, request.sizes, {name: value.shape for name, value in answer.items()})
    found: dict[str, Value] = {
        name: Value(BY_NAME["int64"], np.asarray(size)) for name, size in sizes.items()
    }
    found |= {name: value for name, value in _inputs(use, request).items() if use.input(name) is not None}
    found |= _outputs(answer, served)
    return {(None, name): value for name, value in found.items()}


def _inputs(use: SignatureUse, request: Request) -> dict[str, Value]:
    """Return what was sent, and what counts for an optional input that was not."""
    left_out = {
        tensor.name: _default(tensor, tensor.optional.default)
        for tensor in use.inputs
        if tensor.optional is not None and tensor.optional.default is not None
    }
    return {**left_out, **request.values}


def _outputs(answer: Mapping[str, Value], served: Mapping[str, DType]) -> dict[str, Value]:
    return {name: _as_served(value, served.get(name)) for name, value in answer.items()}


def _default(tensor: Tensor, default: Nested) -> Value:
    named = (BY_NAME.get(word, _OF_KIND.get(word)) for word in tensor.dtypes)
    dtype = next((each for each in named if each is not None), _FLOAT)
    return Value(dtype, sample_array(default, dtype))


_FLOAT: Final = BY_NAME["float64"]
_OF_KIND: Final = {
    "integer": BY_NAME["int64"],
    "boolean": BY_NAME["bool"],
    "text": BY_NAME["string"],
    "bytes": BY_NAME["string"],
}


def _as_served(value: Value, dtype: DType | None) -> Value:
    """Return what was read from JSON as what was served: 0.100000001 was float32(0.1)."""
    if dtype is None or value.dtype.kind is not Kind.FLOAT or not rounds(dtype):
        return value
    return Value(dtype, rounded(dtype, value.array))


def _by_side(
    contract: Contract,
    use: SignatureUse,
    request: Request,
    answer: Mapping[str, Value],
    served: Mapping[str, DType],
) -> Answers:
    """Return what a check looks at: inputs, and outputs under an empty call."""
    sent: dict[Key, Value] = {(None, name): value for name, value in _inputs(use, request).items()}
    read: dict[Key, Value] = {("", name): value for name, value in _outputs(answer, served).items()}
    blobs: list[Key] = [(None, each.name) for each in (*use.inputs, *use.context) if is_bytes(contract, each)]
    blobs += [("", each.name) for each in use.outputs if is_bytes(contract, each)]
    return Answers({**sent, **read}, request.rows, {}, frozenset(blobs))


def _blobs(contract: Contract, use: SignatureUse) -> frozenset[Key]:
    return frozenset((None, each.name) for each in (*use.inputs, *use.outputs) if is_bytes(contract, each))
