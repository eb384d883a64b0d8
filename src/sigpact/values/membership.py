"""Whether values lie in a domain, over whole arrays: what the draws are verified with, and the answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sigpact.contract.images import can_read, image_fault
from sigpact.contract.model import Around, Domain, Number
from sigpact.tensors.dtypes import BY_NAME, DType
from sigpact.values.domains import Floats, Integers
from sigpact.values.formats import has_format
from sigpact.values.numerics import multiples, rounded, rounds
from sigpact.values.patterns import Pattern
from sigpact.values.tolerances import around
from sigpact.wire.arrays import Array

_ULP = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}
"""The unit in the last place of 1; of float8 a multiple is what rounding one gives."""


def inside(bounds: Floats | Integers, array: Array) -> Array:
    """Return where numbers lie within the bounds; NaN lies nowhere. The array's own dtype may be another."""
    if array.dtype.kind in "iu" and isinstance(bounds, Integers):
        return _inside_integers(bounds, array)
    found = array.astype(np.float64)
    within = (found >= float(bounds.low)) & (found <= float(bounds.high))
    if isinstance(bounds, Integers):
        return np.asarray(within & (found == np.floor(found)) & (np.fmod(found, bounds.step) == 0))
    return within if bounds.step is None else np.asarray(within & _on_step(bounds, found))


def _inside_integers(bounds: Integers, array: Array) -> Array:
    own = np.iinfo(array.dtype)
    low, high = max(bounds.low, own.min), min(bounds.high, own.max)
    if low > high:
        return np.zeros(array.shape, bool)
    within = (array >= low) & (array <= high)
    if bounds.step == 1:
        return np.asarray(within)
    return np.asarray(within & ((array == 0) if bounds.step > own.max else (array % bounds.step == 0)))


def _on_step(bounds: Floats, found: Array) -> Array:
    """Return where a float is a multiple of the step, one unit in the last place aside.

    0.30000000000000004 is a multiple of 0.1: the model added, it did not round decimals. Where floats
    are farther apart than steps, each is a multiple.
    """
    if bounds.step is None:
        return np.ones(found.shape, bool)
    with np.errstate(invalid="ignore", over="ignore"):
        counts = np.rint(found * bounds.step.denominator / bounds.step.numerator)
        exact = multiples(bounds.step, counts)
        nearest = rounded(bounds.dtype, exact).astype(np.float64) if rounds(bounds.dtype) else exact
        off = np.abs(found - nearest) > np.abs(nearest) * _ULP.get(bounds.dtype.name, 0.0)
    return np.asarray(~off)


def among(members: Sequence[Number], dtype: DType, array: Array) -> Array:
    """Return where numbers are one of the members, these rounded to the dtype."""
    if array.dtype.kind == "b":
        return np.isin(array, [each for each in members if isinstance(each, bool)])
    if array.dtype.kind in "iu":
        own = np.iinfo(array.dtype)
        whole = [int(each) for each in members if each == int(each) and own.min <= each <= own.max]
        return np.isin(array, np.asarray(whole, array.dtype))
    with np.errstate(over="ignore"):
        wanted = np.asarray([float(each) for each in members])
    return np.isin(array, rounded(dtype, wanted) if rounds(dtype) else wanted)


@dataclass(frozen=True, slots=True, eq=False)
class TextRules:
    """The words of a domain that speak of strings, ready to be asked; `blob`: counted in bytes."""

    domain: Domain
    enum: frozenset[bytes] | None
    pattern: Pattern | None
    blob: bool

    def faults(self, strings: Sequence[bytes]) -> list[str | None]:
        """Say of each string which word of the domain it breaks first: `enum`, `minLength`…; None if none.

        Without Pillow everything passes as an image: `answers.not_looked_at` says so. A `pattern` is
        searched in what is UTF-8, other bytes replaced. Raises `PatternTimeoutError`.
        """
        faults = [self._fault(each) for each in strings]
        if self.pattern is None:
            return faults
        open_ = [index for index, fault in enumerate(faults) if fault is None]
        found = self.pattern.found_in(strings[index].decode(errors="replace") for index in open_)
        for index, matches in zip(open_, found, strict=True):
            faults[index] = None if matches else "pattern"
        return faults

    def _fault(self, string: bytes) -> str | None:
        domain = self.domain
        if self.enum is not None and string not in self.enum:
            return "enum"
        text = None if self.blob else string.decode(errors="replace")
        length = len(string) if text is None else len(text)
        if domain.min_length is not None and length < domain.min_length:
            return "minLength"
        if domain.max_length is not None and length > domain.max_length:
            return "maxLength"
        if domain.format is not None and not has_format(
            domain.format, text or string.decode(errors="replace")
        ):
            return "format"
        if domain.image is not None and can_read() and image_fault(domain.image, string) is not None:
            return "image"
        return None


def text_rules(domain: Domain, members: tuple[bytes, ...] | None, *, blob: bool) -> TextRules:
    """Return the string words of a domain; `members` are its enum as bytes, if it has one."""
    pattern = None if domain.pattern is None else Pattern(domain.pattern)
    return TextRules(domain, None if members is None else frozenset(members), pattern, blob)


def sums(array: Array, axis: int) -> Array:
    """Return the sum of each slice along an axis: whole numbers exactly, others in float64."""
    exact = array.dtype.kind in "iub"
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(np.sum(array, axis=axis) if exact else np.sum(array, axis=axis, dtype=np.float64))


def norms(array: Array, axis: int) -> Array:
    """Return the Euclidean length of each slice along an axis, in float64."""
    slices = np.moveaxis(array.astype(np.float64), axis, -1)
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.sqrt(np.einsum("...i,...i->...", slices, slices)))


def has_sum(array: Array, wanted: Around, dtype: DType) -> Array:
    """Return which slices along the axis add up to the value."""
    return around(sums(array, wanted.axis), wanted, dtype)


def has_norm(array: Array, wanted: Around, dtype: DType) -> Array:
    """Return which slices along the axis have the Euclidean length."""
    # The root of whole numbers is a float, with a float's tolerance.
    return around(norms(array, wanted.axis), wanted, BY_NAME["float64"] if dtype.is_integer else dtype)


def is_unique(array: Array, axis: int) -> Array:
    """Return which slices along the axis have no value twice."""
    ordered = np.moveaxis(np.sort(array, axis=axis), axis, -1)
    return np.asarray(~np.any(ordered[..., 1:] == ordered[..., :-1], axis=-1))


def is_sorted(array: Array, direction: str) -> Array:
    """Return which slices along the last axis are sorted; equal neighbours are."""
    if not array.ndim:
        return np.asarray(True)  # noqa: FBT003 - one slice of one value
    before, after = array[..., :-1], array[..., 1:]
    right = before <= after if direction == "ascending" else before >= after
    return np.asarray(np.all(right, axis=-1))
