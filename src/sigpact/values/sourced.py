"""`Sourced`: what another signature answered on its own domain, which inputs with `from:` are drawn from.

Nothing runs here: whoever runs the other signature hands its answers to `gather`, and the result to `plan`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.contract.model import SignatureUse
from sigpact.tensors.shapes import Ranked, Shape, names_of
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import Array, Value

NUMBERS: Final = 2**24
"""So many numbers of answers are kept; a text counts as its bytes in eights."""

_ORDER: Final = {Origin.FILE: 0, Origin.BOUNDARY: 1}
"""What came of real rows and of boundaries is sent on, in this order; of the rest as much as is drawn."""

Key = tuple[tuple[str, str, tuple[int, ...]], ...]
"""Of a stack: each output's name, dtype and shape without the rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Rows of one shape: by output, or by input in the end, a tensor whose first axis counts them.

    The rows that came of real ones and of boundaries stand first, and `labels` has one for each of these.
    """

    values: Mapping[str, Value]
    labels: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return next((value.shape[0] for value in self.values.values()), 0)


@dataclass(frozen=True, slots=True, eq=False)
class Sourced:
    """The answers of one signature: rows where each row of a request has one, else whole tensors."""

    signature: str
    stacks: tuple[Stack, ...]
    cut: bool = False
    """Whether it answered more than is kept."""

    @property
    def boundaries(self) -> int:
        """How many rows came of real ones and of boundaries."""
        return sum(len(each.labels) for each in self.stacks)

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(each.rows for each in self.stacks)


def gather(
    use: SignatureUse, outputs: tuple[str, ...], answers: Iterable[tuple[Request, Mapping[str, Value]]]
) -> Sourced:
    """Return what a signature answered in these outputs, read until there is enough of it."""
    kept: list[tuple[Request, Mapping[str, Value]]] = []
    numbers, cut = 0.0, False
    for request, answer in answers:
        if any(name not in answer for name in outputs):
            continue
        kept.append((request, {name: answer[name] for name in outputs}))
        numbers += sum(_numbers(answer[name].array) for name in outputs)
        if numbers > NUMBERS:
            cut = True
            break
    by_row = _is_by_row(use, outputs, kept)
    found: dict[Key, list[tuple[Request, Mapping[str, Value]]]] = {}
    for request, answer in kept:
        rows = answer if by_row else {name: _as_row(value) for name, value in answer.items()}
        key = tuple((name, value.dtype.name, value.shape[1:]) for name, value in rows.items())
        found.setdefault(key, []).append((request, rows))
    stacks = [_stack(each) for each in found.values()]
    return Sourced(use.name, tuple(each for each in stacks if each.rows), cut)


def _numbers(array: Array) -> float:
    if array.dtype != object:
        return array.size
    return array.size + sum(map(len, array.reshape(-1).tolist())) / 8


def _is_by_row(
    use: SignatureUse, outputs: tuple[str, ...], kept: list[tuple[Request, Mapping[str, Value]]]
) -> bool:
    """Whether every answer has a row for each row of its request, and rows say nothing of each other."""
    if any(_repeats_its_first(tensor.shape) for tensor in use.outputs if tensor.name in outputs):
        return False
    return all(value.shape[:1] == (request.rows,) for request, answer in kept for value in answer.values())


def _repeats_its_first(shape: Shape) -> bool:
    if not isinstance(shape, Ranked) or shape.leading or not shape.dims:
        return False
    first, *later = shape.dims
    return any(set(names_of(dim)) & set(names_of(first)) for dim in later)


def _as_row(value: Value) -> Value:
    return Value(value.dtype, value.array[np.newaxis])


def _stack(found: list[tuple[Request, Mapping[str, Value]]]) -> Stack:
    found = sorted(found, key=lambda pair: _ORDER.get(pair[0].origin, len(_ORDER)))
    labels = [
        label
        for request, answer in found
        if request.origin in _ORDER
        for label in _labels(request, next(iter(answer.values())).shape[0])
    ]
    values = {
        name: Value(first.dtype, np.concatenate([answer[name].array for _, answer in found]))
        for name, first in found[0][1].items()
    }
    return Stack(values, tuple(labels))


def _labels(request: Request, rows: int) -> list[str]:
    parts = request.label.split("; ")
    return parts if len(parts) == rows else [request.label] * rows
