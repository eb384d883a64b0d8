"""`Seen`: one output of one answer as the checks look at it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sigpact.checks.breaches import Breach, spoken
from sigpact.contract.model import Contract, Tensor
from sigpact.findings import Level
from sigpact.tensors.dtypes import BY_NAME, DType, Kind
from sigpact.values.numerics import rounded, rounds
from sigpact.wire.arrays import Array, Value


@dataclass(frozen=True, slots=True, eq=False)
class Wrong:
    """Where an array is wrong: `mask` over elements or slices, `worst` a flat index into it."""

    mask: Array
    worst: int


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """An output: what the contract says, the value, the rows of the request, the dtype that was served."""

    contract: Contract
    tensor: Tensor
    value: Value
    rows: int
    served: DType | None = None

    @property
    def is_rest(self) -> bool:
        """Whether the value was read from JSON."""
        return self.contract.protocol == "rest"

    def dtypes(self) -> tuple[DType, ...]:
        """Return the dtypes that bounds are rounded to: what was served, or what it may have been."""
        if not self.is_rest or self.value.dtype.kind is not Kind.FLOAT:
            return (self.value.dtype,)
        if self.served is not None:
            return (self.served,)
        named = tuple(BY_NAME[name] for name in self.tensor.dtypes if name in BY_NAME)
        floats = tuple(each for each in named if each.kind is Kind.FLOAT)
        return floats or (BY_NAME["float64"], BY_NAME["float32"])

    def numbers(self, dtype: DType) -> Array:
        """Return the numbers as values of a dtype: 0.100000001 in JSON was float32(0.1)."""
        return rounded(dtype, self.value.array) if rounds(dtype) else self.value.array

    def row_of(self, index: int, shape: tuple[int, ...]) -> int | None:
        """Return the row of a flat index; None where the first dimension is not the request's rows."""
        if not shape or shape[0] != self.rows:
            return None
        return int(np.unravel_index(index, shape)[0])

    def breach(self, rule: str, wrong: Wrong, expected: str, change: str) -> Breach:
        """Return a breach of elements: the worst of them, and how many."""
        shape = self.value.shape
        where = [int(each) for each in np.unravel_index(wrong.worst, shape)]
        element = self.value.array[tuple(where)]
        plain = element if isinstance(element, bytes) else element.item()
        said = spoken(plain, sensitive=self.tensor.sensitive)
        at = f" at {where}" if where else ""
        count = int(wrong.mask.sum())
        return Breach(
            rule,
            ("outputs", self.tensor.name),
            self.row_of(wrong.worst, shape),
            expected,
            f"{said}{at}",
            count,
            int(wrong.mask.size),
            change,
        )

    def undecided(self, rule: str, expected: str, received: str) -> Breach:
        """Return that something could not be decided: the verdict is unknown, not no."""
        at = ("outputs", self.tensor.name)
        return Breach(rule, at, None, expected, received, 0, self.value.array.size, level=Level.UNDECIDED)


def first_wrong(mask: Array) -> Iterator[Wrong]:
    """Yield the first place where a mask is true, if there is one."""
    if mask.any():
        yield Wrong(mask, int(np.argmax(mask)))


def farthest_wrong(mask: Array, distance: Array) -> Iterator[Wrong]:
    """Yield the place with the greatest distance where a mask is true, if there is one."""
    if mask.any():
        far = np.where(mask, np.nan_to_num(distance, nan=np.inf, posinf=np.finfo(np.float64).max), -1.0)
        yield Wrong(mask, int(np.argmax(far)))
