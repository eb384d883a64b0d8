"""`Target`: the signature that rows are for, with what reading each of them needs to know of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from sigpact.contract.build_values import Sizes, miscounted, misfits
from sigpact.contract.model import Contract, SignatureUse, Tensor
from sigpact.nearest import hint
from sigpact.rows.mistakes import RowMistakeError
from sigpact.tensors.dtypes import DType
from sigpact.tensors.shapes import Dim, Named, Ranked, names_of
from sigpact.values.domains import drawn_dtypes
from sigpact.values.examples import counted_rows
from sigpact.values.features import drawn_use
from sigpact.values.sizes import UNBOUNDED, is_open

_KNOWN: Final = 4096
_MOST: Final = 256
"""Rows that are put into one request, at most."""

Shapes = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The sizes of the dimensions' names in a request, and how many rows it counts as."""

    sizes: Mapping[str, int]
    rows: int


@dataclass(frozen=True, eq=False)
class Target:
    """One use of a contract; `drawn` has features as inputs with their rows in front."""

    contract: Contract
    use: SignatureUse
    _measured: dict[tuple[Shapes, Shapes], "Measured"] = field(default_factory=dict)

    @cached_property
    def drawn(self) -> SignatureUse:
        """The use as its requests hold it."""
        return drawn_use(self.contract, self.use)

    @cached_property
    def inputs(self) -> Mapping[str, Tensor]:
        """What may be sent, by name."""
        return {tensor.name: tensor for tensor in self.drawn.inputs}

    @cached_property
    def dtypes(self) -> Mapping[str, tuple[DType, ...]]:
        """The dtypes that the client has each input in hand in."""
        return {name: drawn_dtypes(self.contract, each) for name, each in self.inputs.items()}

    @property
    def is_rest(self) -> bool:
        """Whether bodies are JSON."""
        return self.contract.protocol == "rest"

    @cached_property
    def folder(self) -> str:
        """The contract's own folder."""
        return os.path.realpath(Path(self.contract.file).parent)

    def shown(self, file: str) -> str:
        """Return a file's path as a message shows it: beside the contract."""
        return os.path.normpath(Path(self.contract.file).parent / os.path.relpath(file, self.folder))

    def require_inputs(self, names: Mapping[str, object]) -> None:
        """Raise `RowMistakeError` where an input is not declared, or one that is always sent is lacking."""
        for name in names:
            if name not in self.inputs:
                raise RowMistakeError(f"{name!r} is no input of {self.use.name!r}; {hint(name, self.inputs)}")
        lacking = [
            name for name, tensor in self.inputs.items() if tensor.optional is None and name not in names
        ]
        if lacking:
            raise RowMistakeError(f"the row does not send {', '.join(lacking)}")
        for group in self.drawn.together:
            there = [name for name in group if name in names]
            if there and len(there) < len(group):
                raise RowMistakeError(f"{', '.join(group)} are sent together, the row sends {there[0]} alone")

    def measured(self, inputs: Shapes, outputs: Shapes = ()) -> "Measured":
        """Return what a row measures: most rows measure the same, and that is looked at once.

        Raises `RowMistakeError` where sizes do not agree with each other or with the contract.
        """
        known = self._measured.get((inputs, outputs))
        if known is None:
            if len(self._measured) >= _KNOWN:
                self._measured.clear()
            sizes = self._bound(inputs, outputs)
            known = Measured(sizes, counted_rows(self.contract, self.drawn, dict(inputs)))
            self._measured[inputs, outputs] = known
        return known

    def _bound(self, inputs: Shapes, outputs: Shapes) -> dict[str, int]:
        sizes = Sizes("row")
        dims = {each.name: each for each in self.contract.dims}
        given = dict(inputs)
        if self.is_rest and self.drawn.body == "row" and len({shape[:1] for shape in given.values()}) > 1:
            said = ", ".join(f"{name} {list(shape)}" for name, shape in inputs)
            raise RowMistakeError(f"a row request has as many rows in every input, found {said}")
        for name, tensor in self.inputs.items():
            for message in misfits(dims, tensor, given[name], sizes) if name in given else ():
                raise RowMistakeError(message)
        found = dict(sizes.named)
        for name, shape in outputs:
            output = self.use.output(name)
            for message in misfits(dims, output, shape, sizes) if output is not None else ():
                raise RowMistakeError(message)
        for _, message in miscounted(sizes):
            raise RowMistakeError(message)
        return found

    @cached_property
    def batch(self) -> str | None:
        """The name of the dimension along which rows can be put together; None where they cannot be."""
        firsts = {_first(tensor) for tensor in self.drawn.inputs}
        first = next(iter(firsts)) if len(firsts) == 1 else None
        if not isinstance(first, Named) or any(map(_adds_up, self.drawn.inputs)):
            return None
        others = [dim for tensor in (*self.drawn.inputs, *self.drawn.outputs) for dim in _inner(tensor)]
        return None if any(first.name in names_of(dim) for dim in others) else first.name

    @cached_property
    def answers_by_row(self) -> frozenset[str]:
        """The outputs whose rows are those of the request."""
        named = (each.name for each in self.use.outputs if _first(each) == Named(self.batch or ""))
        return frozenset(named)

    @cached_property
    def most(self) -> int:
        """How many rows are put into one request: as many as the contract lets the client send."""
        bounds = None if self.batch is None else self.contract.bounds(self.batch)
        most = UNBOUNDED if bounds is None or bounds.maximum is None else bounds.maximum
        return max(1, min(_MOST, most))


def _first(tensor: Tensor) -> Dim | None:
    shape = tensor.shape
    return None if is_open(tensor) or not isinstance(shape, Ranked) or not shape.dims else shape.dims[0]


def _inner(tensor: Tensor) -> tuple[Dim, ...]:
    """Return the dimensions of one row."""
    return tensor.shape.dims[1:] if isinstance(tensor.shape, Ranked) else ()


def _adds_up(tensor: Tensor) -> bool:
    """Whether a word about the whole tensor speaks of all rows together."""
    rank = len(_inner(tensor)) + 1
    axes = [around.axis for around in (tensor.sums_to, tensor.norm) if around is not None]
    axes += [] if tensor.unique is None else [tensor.unique]
    axes += [] if tensor.sorted is None else [-1]
    return any(axis % rank == 0 for axis in axes)
