"""What each element of a tensor may be, merged and rounded to a dtype: the `Elements` of a domain.

Bounds are compared after rounding them to the tensor's dtype, as the language says: float32(0.1) is
not above `maximum: 0.1`. An exclusive bound is the neighbour of the rounded bound.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from sigpact.contract.model import Contract, Domain, Number, Tensor
from sigpact.tensors.dtypes import BY_NAME, DType
from sigpact.values.numerics import (
    as_float,
    exact_step,
    next_above,
    next_below,
    round_one,
    rounds,
)

_KINDS = {"number": "float64", "integer": "int64", "text": "string", "bytes": "string", "boolean": "bool"}


class NotDrawnError(Exception):
    """Values cannot be drawn honestly. `reason` is one clause for the report."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Undrawable:
    """An input (or a whole signature) that nothing is generated for, and why. Examples still run."""

    tensor: str
    """The input's name; the signature's where nothing at all is generated for it."""
    reason: str

    def __str__(self) -> str:
        return f"{self.tensor}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Floats:
    """Floats from `low` to `high`, both included, infinite where not bounded; multiples of `step`."""

    dtype: DType
    low: float
    high: float
    step: Fraction | None = None

    @property
    def counts(self) -> tuple[int, int]:
        """The least and greatest count of steps whose rounded product lies within the bounds."""
        if self.step is None:
            raise ValueError("only multiples are counted")
        low = math.ceil(Fraction(self.low) / self.step)
        high = math.floor(Fraction(self.high) / self.step)
        # A bound that is itself a multiple was rounded to the dtype, perhaps past the exact product.
        low -= self.multiple(low - 1) >= self.low
        high += self.multiple(high + 1) <= self.high
        return low, high

    def multiple(self, count: int) -> float:
        """Return `count` steps, rounded to the dtype once."""
        return round_one(self.dtype, as_float(count * (self.step or Fraction(1))))


@dataclass(frozen=True, slots=True)
class Integers:
    """Whole numbers from `low` to `high`, both included, within their dtype; multiples of `step`."""

    dtype: DType
    low: int
    high: int
    step: int = 1

    @property
    def counts(self) -> tuple[int, int]:
        """The least and greatest count of steps within the bounds."""
        return -(-self.low // self.step), self.high // self.step


@dataclass(frozen=True, slots=True)
class Choices:
    """One of these values (texts as bytes). `whole`: these are all there are, not a pool of examples."""

    dtype: DType
    values: tuple[int | float | bool | bytes, ...]
    whole: bool = True
    labels: tuple[str, ...] = ()
    """What is special about each, of images."""
    pool: tuple[bytes, ...] = ()
    """What random rows have instead, if anything."""
    weight: float = 0.0
    """What one of the pool counts against the budget, in numbers."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Valid UTF-8 of `low` to `high` characters (code points)."""

    dtype: DType
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Blobs:
    """Any bytes, `low` to `high` of them."""

    dtype: DType
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Complexes:
    """Complex numbers whose real and imaginary part each lie in `part`."""

    dtype: DType
    part: Floats | Choices


Elements = Floats | Integers | Complexes | Choices | Texts | Blobs


def drawn_dtypes(contract: Contract, tensor: Tensor) -> tuple[DType, ...]:
    """Return the dtypes in which the client has this input in hand, in the contract's order.

    Over gRPC the contract's own; over REST `number` is float64 and `integer` int64, as JSON has them.
    """
    dtypes = tuple(BY_NAME[_KINDS.get(name, name)] for name in tensor.dtypes)
    return dtypes[:1] if contract.protocol == "rest" else dtypes


_BOTH: Final[Mapping[str, Callable[[Any, Any], object]]] = {
    **dict.fromkeys(("minimum", "exclusive_minimum", "min_length"), max),
    **dict.fromkeys(("maximum", "exclusive_maximum", "max_length"), min),
    "enum": lambda first, second: tuple(each for each in first if each in second),
}
"""How two of a word are one."""


def both(first: Domain, second: Domain) -> Domain:
    """Return what lies in two domains, an input's own and that of one of its columns.

    Raises `NotDrawnError` where each has a word that does not go together with the other's.
    """
    words: dict[str, Any] = {}
    for name in Domain.__annotations__:
        one, other = getattr(first, name), getattr(second, name)
        if one is None or other is None or one == other:
            words[name] = other if one is None else one
        elif name in _BOTH:
            words[name] = _BOTH[name](one, other)
        else:
            raise NotDrawnError(f"has another `{name}` than the input as a whole")
    return Domain(**words)


def is_bytes(contract: Contract, tensor: Tensor) -> bool:
    """Whether a string tensor is any bytes, counted in bytes: `bytes`, or REST's `string` under `…_bytes`."""
    if "bytes" in tensor.dtypes:
        return True
    return contract.protocol == "rest" and "string" in tensor.dtypes and tensor.name.endswith("_bytes")


def part_dtype(dtype: DType) -> DType:
    """Return the float dtype of the parts of a complex dtype."""
    return BY_NAME[f"float{dtype.bits // 2}"]


@lru_cache(maxsize=4096)
def numbers(domain: Domain, dtype: DType) -> Floats | Integers:
    """Return the bounds of numbers; a side without one has the dtype's own, of floats an infinity."""
    return _integers(domain, dtype) if dtype.is_integer else _floats(domain, dtype)


def _floats(domain: Domain, dtype: DType) -> Floats:
    low, high = -math.inf, math.inf
    if domain.minimum is not None:
        low = _bound(dtype, domain.minimum)
    if domain.exclusive_minimum is not None:
        low = max(low, next_above(dtype, _bound(dtype, domain.exclusive_minimum)))
    if domain.maximum is not None:
        high = _bound(dtype, domain.maximum)
    if domain.exclusive_maximum is not None:
        high = min(high, next_below(dtype, _bound(dtype, domain.exclusive_maximum)))
    return Floats(dtype, low, high, _step(domain))


def _bound(dtype: DType, number: Number) -> float:
    return round_one(dtype, number) if rounds(dtype) else as_float(number)


def _step(domain: Domain) -> Fraction | None:
    return None if domain.multiple_of is None else exact_step(domain.multiple_of)


def _integers(domain: Domain, dtype: DType) -> Integers:
    low, high = dtype.minimum, dtype.maximum
    if domain.minimum is not None:
        low = max(low, _whole(domain.minimum, math.ceil, low))
    if domain.exclusive_minimum is not None:
        low = max(low, _whole(domain.exclusive_minimum, math.floor, low - 1) + 1)
    if domain.maximum is not None:
        high = min(high, _whole(domain.maximum, math.floor, high))
    if domain.exclusive_maximum is not None:
        high = min(high, _whole(domain.exclusive_maximum, math.ceil, high + 1) - 1)
    step = _step(domain)
    # The whole multiples of 3/2 are the multiples of 3: of a reduced fraction, those of its numerator.
    return Integers(dtype, low, high, 1 if step is None else step.numerator)


def _whole(number: Number, rounding: Callable[[Number], int], unbounded: int) -> int:
    return rounding(number) if math.isfinite(as_float(number)) or isinstance(number, int) else unbounded
