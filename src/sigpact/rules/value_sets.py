"""The numbers that a client may send: sets that a contract's bounds make, compared exactly with dtypes."""

import math
from collections.abc import Iterator

from sigpact.contract.model import Domain, Number, Tensor
from sigpact.frozen import frozen
from sigpact.tensors.dtypes import BY_NAME, DType

_FEW = 4_096
"""So many values are looked at one by one."""


@frozen
class Whole:
    """The multiples of `step` from `least` to `most`; an end is `None` where the contract sets no bound."""

    least: int | None
    most: int | None
    step: int = 1

    @property
    def is_empty(self) -> bool:
        """Whether there is no value at all."""
        return self.least is not None and self.most is not None and self.least > self.most

    @property
    def is_open(self) -> bool:
        """Whether an end has no bound."""
        return self.least is None or self.most is None

    def ends(self) -> Iterator[int]:
        """Yield the values at the ends, where there are ends."""
        if not self.is_empty:
            yield from (each for each in (self.least, self.most) if each is not None)

    def within(self, least: int, most: int) -> bool:
        """Whether every value lies between two numbers, both included."""
        inside = all(least <= each <= most for each in self.ends())
        return self.is_empty or (inside and not self.is_open)

    def is_exact(self, mantissa: int) -> bool:
        """Whether a float of so many significant bits holds every value."""
        if self.is_empty:
            return True
        if self.least is None or self.most is None:
            return False
        if (self.most - self.least) // self.step < _FEW:
            return all(_is_exact(each, mantissa) for each in range(self.least, self.most + 1, self.step))
        # Among so many neighbours beyond the mantissa there is one that is odd in its last place.
        greatest = max(abs(self.least), abs(self.most))
        return greatest <= (self.step & -self.step) << mantissa


def whole_numbers(word: str, tensor: Tensor) -> tuple[Whole, ...]:
    """Return the integers that the contract lets a client send, as sets whose union they are."""
    dtype = BY_NAME.get(word)
    own = dtype if dtype is not None and dtype.is_integer else None
    return tuple(each for domain in domains_of(tensor) for each in _whole(domain, own))


def known_reals(tensor: Tensor) -> Iterator[float]:
    """Yield the ends and the members that the contract states of the numbers that a client may send."""
    for domain in domains_of(tensor):
        if domain.enum is not None:
            yield from (each for each in domain.enum if isinstance(each, int | float))
            continue
        bounds = (domain.minimum, domain.exclusive_minimum, domain.maximum, domain.exclusive_maximum)
        yield from (each for each in bounds if each is not None)


def domains_of(tensor: Tensor) -> list[Domain]:
    """Return the domains of an input's elements: one, or one for each column."""
    return [column.domain for column in tensor.columns] or [tensor.domain]


def is_whole(tensor: Tensor) -> bool:
    """Whether a contract lets only whole numbers be sent."""
    return all(_only_whole(domain) for domain in domains_of(tensor))


def _only_whole(domain: Domain) -> bool:
    if domain.enum is not None:
        return all(isinstance(each, int | float) and float(each).is_integer() for each in domain.enum)
    return domain.multiple_of is not None and float(domain.multiple_of).is_integer()


def _whole(domain: Domain, own: DType | None) -> Iterator[Whole]:
    bounds = Whole(_least(domain, own), _most(domain, own))
    step = 1 if domain.multiple_of is None else _whole_step(domain.multiple_of)
    if domain.enum is None:
        yield Whole(_up(bounds.least, step), _down(bounds.most, step), step)
        return
    for each in domain.enum:
        number = int(each) if isinstance(each, int | float) and float(each).is_integer() else None
        if number is not None and number % step == 0 and _admits(bounds, number):
            yield Whole(number, number)


def _least(domain: Domain, own: DType | None) -> int | None:
    found = [own.minimum] if own else []
    found += [math.ceil(domain.minimum)] if domain.minimum is not None else []
    found += [math.floor(domain.exclusive_minimum) + 1] if domain.exclusive_minimum is not None else []
    return max(found, default=None)


def _most(domain: Domain, own: DType | None) -> int | None:
    found = [own.maximum] if own else []
    found += [math.floor(domain.maximum)] if domain.maximum is not None else []
    found += [math.ceil(domain.exclusive_maximum) - 1] if domain.exclusive_maximum is not None else []
    return min(found, default=None)


def _admits(bounds: Whole, number: int) -> bool:
    low, high = bounds.least, bounds.most
    return (low is None or low <= number) and (high is None or number <= high)


def _whole_step(step: Number) -> int:
    """Return the step between the whole multiples of a number: 3 of 1.5."""
    if isinstance(step, int):
        return step
    from fractions import Fraction  # noqa: PLC0415 (it imports decimal, and few domains have such multiples)

    return Fraction(str(step)).numerator


def _up(least: int | None, step: int) -> int | None:
    return None if least is None else -(-least // step) * step


def _down(most: int | None, step: int) -> int | None:
    return None if most is None else most // step * step


def _is_exact(number: int, mantissa: int) -> bool:
    size = abs(number)
    return size == 0 or (size // (size & -size)).bit_length() <= mantissa
