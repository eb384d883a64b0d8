"""`Pool`: rows that inputs with `from:` are drawn from; inputs of one source signature share its rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sigpact.contract.model import Tensor
from sigpact.tensors.dtypes import DType, Kind
from sigpact.tensors.shapes import Named, Ranked, Unknown, dims_of
from sigpact.values.domains import NotDrawnError
from sigpact.values.sourced import Sourced, Stack
from sigpact.wire.arrays import Array

Shapes = Mapping[str, tuple[int, ...]]
"""The shapes of inputs, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """What one other signature answered, by the input that is drawn from it."""

    source: Sourced
    stacks: tuple[Stack, ...]
    tensors: Mapping[str, Tensor]
    """The inputs; one that the contract gives no shape has that of the other signature's output."""

    def tail(self, name: str, stack: Stack) -> tuple[int, ...]:
        """Return the shape of an input's row, the last dimensions of the input."""
        return stack.values[name].shape[1:]

    def is_whole(self, name: str) -> bool:
        """Whether an answer makes all of an input: it has no dimension in front of that."""
        shape = self.tensors[name].shape
        open_ = isinstance(shape, Ranked) and shape.leading
        return not open_ and len(dims_of(shape)) == len(self.tail(name, self.stacks[0]))

    def dtype(self, name: str) -> DType:
        """Return the dtype in which the client has the input in hand."""
        return self.stacks[0].values[name].dtype

    def longest(self, name: str) -> int:
        """Return how many bytes the longest string of an input has; of numbers, 0."""
        arrays = [each.values[name].array for each in self.stacks]
        if self.dtype(name).kind is not Kind.STRING:
            return 0
        return max((len(each) for array in arrays for each in array.reshape(-1).tolist()), default=0)

    def fitting(self, shapes: Shapes) -> Stack | None:
        """Return the rows that make inputs of these shapes."""
        return next((stack for stack in self.stacks if self._fits(stack, shapes)), None)

    def _fits(self, stack: Stack, shapes: Shapes) -> bool:
        return all(
            len(shapes[name]) >= len(tail) and shapes[name][len(shapes[name]) - len(tail) :] == tail
            for name, tail in ((name, self.tail(name, stack)) for name in self.tensors if name in shapes)
        )

    def pick(self, shapes: Shapes, rng: np.random.Generator) -> Iterator[tuple[str, Array]]:
        """Yield random tensors of these shapes; inputs with the same rows in front have them of the same row.

        Raises `NotDrawnError` where there are no such rows.
        """
        stack = self.fitting(shapes)
        if stack is None:
            raise NotDrawnError(f"no answer of {self.source.signature} makes these sizes")
        picked: dict[tuple[int, ...], Array] = {}
        for name in (each for each in self.tensors if each in shapes):
            front = shapes[name][: len(shapes[name]) - len(self.tail(name, stack))]
            if front not in picked:
                picked[front] = rng.integers(0, stack.rows, front)
            yield name, stack.values[name].array[picked[front]]

    def bindings(
        self, stack: Stack, fixed: Mapping[str, int]
    ) -> tuple[dict[str, int], dict[tuple[str, int], int]] | None:
        """Return the sizes of names and of `null`s that a stack makes; `None` where others are fixed."""
        sizes: dict[str, int] = {}
        nulls: dict[tuple[str, int], int] = {}
        for name, tensor in self.tensors.items():
            dims = tensor.shape.dims if isinstance(tensor.shape, Ranked) else ()
            for axis, size in enumerate(reversed(self.tail(name, stack)), start=1):
                dim = dims[-axis] if axis <= len(dims) else None
                if isinstance(dim, Named) and sizes.setdefault(dim.name, fixed.get(dim.name, size)) != size:
                    return None
                if isinstance(dim, Unknown):
                    nulls[(name, len(dims) - axis)] = size
        return sizes, nulls
