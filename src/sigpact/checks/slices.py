"""What the whole of an output must be: `unique`, `sorted`, `sumsTo`, `norm`, slice by slice along an axis."""

from collections.abc import Iterator

import numpy as np

from sigpact.checks.breaches import Breach, spoken
from sigpact.checks.views import Seen, Wrong, farthest_wrong, first_wrong
from sigpact.contract.model import Around
from sigpact.tensors.dtypes import Kind
from sigpact.values.membership import has_norm, has_sum, is_sorted, is_unique, norms, sums
from sigpact.wire.arrays import Array

_NUMBERS = frozenset([Kind.FLOAT, Kind.INT, Kind.UINT])


def check_slices(seen: Seen) -> Iterator[Breach]:
    """Yield what slices break: at most one breach for each word, with the worst slice.

    An axis that the answer does not have is a matter of its shape; a slice with NaN or an infinity has
    no sum and no norm, and `finite` speaks of it.
    """
    tensor, shape = seen.tensor, seen.value.shape
    if tensor.unique is not None and _has_axis(shape, tensor.unique):
        for wrong in first_wrong(~is_unique(seen.value.array, tensor.unique)):
            received = _with(seen, wrong, tensor.unique, "a value twice")
            yield _breach(
                seen, "output-value-repeated", wrong, f"unique along axis {tensor.unique}", received
            )
    if tensor.sorted is not None and shape:
        for wrong in first_wrong(~is_sorted(seen.value.array, tensor.sorted)):
            received = _with(seen, wrong, -1, "another order")
            yield _breach(seen, "output-order-changed", wrong, f"sorted {tensor.sorted}", received)
    if seen.value.dtype.kind in _NUMBERS:
        yield from _check_totals(seen)


def _has_axis(shape: tuple[int, ...], axis: int) -> bool:
    return -len(shape) <= axis < len(shape)


def _check_totals(seen: Seen) -> Iterator[Breach]:
    array, dtype = seen.value.array, seen.served or seen.value.dtype
    sum_, norm = seen.tensor.sums_to, seen.tensor.norm
    if sum_ is not None and _has_axis(seen.value.shape, sum_.axis):
        found = sums(array, sum_.axis)
        for wrong in _off(array, found, has_sum(array, sum_, dtype), sum_):
            yield _total(seen, "output-sum-outside", wrong, ("sumsTo", sum_, found))
    if norm is not None and _has_axis(seen.value.shape, norm.axis):
        found = norms(array, norm.axis)
        for wrong in _off(array, found, has_norm(array, norm, dtype), norm):
            yield _total(seen, "output-norm-outside", wrong, ("norm", norm, found))


def _off(array: Array, found: Array, right: Array, wanted: Around) -> Iterator[Wrong]:
    judged = np.all(np.isfinite(array), axis=wanted.axis)
    return farthest_wrong(judged & ~right, np.abs(found.astype(np.float64) - wanted.value))


def _total(seen: Seen, rule: str, wrong: Wrong, said: tuple[str, Around, Array]) -> Breach:
    word, wanted, found = said
    within = "" if wanted.atol is None else f" within {wanted.atol:g}"
    total = spoken(found.reshape(-1)[wrong.worst].item(), sensitive=seen.tensor.sensitive)
    place = [int(each) for each in np.unravel_index(wrong.worst, found.shape)]
    received = f"{total} at {place}" if place else total
    return _breach(seen, rule, wrong, f"{word} {wanted.value:g} along axis {wanted.axis}{within}", received)


def _with(seen: Seen, wrong: Wrong, axis: int, what: str) -> str:
    slices = np.moveaxis(seen.value.array, axis, -1).reshape(-1, seen.value.shape[axis])
    said = spoken(slices[wrong.worst].tolist(), sensitive=seen.tensor.sensitive)
    return f"{what}: {said}"


def _breach(seen: Seen, rule: str, wrong: Wrong, expected: str, received: str) -> Breach:
    """Return a breach of slices; the row is the slice's, unless the slices run along the rows."""
    at = ("outputs", seen.tensor.name)
    row = seen.row_of(wrong.worst, wrong.mask.shape)
    count, change = int(wrong.mask.sum()), expected.split(maxsplit=1)[0]
    return Breach(rule, at, row, expected, received, count, int(wrong.mask.size), change)
