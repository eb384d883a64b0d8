"""Two answers that should be the same: where they are not, how far apart, and which differences are ties."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sigpact.checks.ties import ties
from sigpact.contract.model import SignatureUse, Tensor, Tolerance
from sigpact.tensors.dtypes import DType, Kind
from sigpact.values.tolerances import near, nearness
from sigpact.wire.arrays import Array, Value


@dataclass(frozen=True, slots=True, eq=False)
class Deviation:
    """How one output of an answer differs from what it should be the same as.

    `rows` says which rows do (of an output without rows, or of another shape: the whole answer, one row);
    `absolute` and `relative` are the greatest differences of numbers, `worst` the row with the first.
    """

    output: str
    rows: Array
    worst: int
    absolute: float | None
    relative: float | None
    shapes: tuple[tuple[int, ...], tuple[int, ...]] | None = None


def deviations(
    use: SignatureUse,
    pair: tuple[Mapping[str, Value], Mapping[str, Value]],
    served: Mapping[str, DType],
    said: Tolerance,
) -> Iterator[Deviation]:
    """Yield how each declared output of the second answer differs from that of the first.

    `served`: the dtypes of the tensors behind the answers, whose tolerance counts. A label that differs only
    because two scores are too near to tell (`scores:`) is a tie, not a difference.
    """
    first, second = pair
    for tensor in use.outputs:
        if tensor.name not in first or tensor.name not in second:
            continue
        ours, theirs = first[tensor.name], second[tensor.name]
        if ours.shape != theirs.shape:
            yield Deviation(tensor.name, np.ones(1, bool), 0, None, None, (ours.shape, theirs.shape))
            continue
        wrong = ~_equal(ours, theirs, served.get(tensor.name, ours.dtype), said)
        if wrong.any() and tensor.scores is not None:
            wrong &= ~_ties(tensor, pair, served, wrong.shape)
        if wrong.any():
            yield _deviation(tensor.name, ours.array, theirs.array, wrong)


def _equal(ours: Value, theirs: Value, dtype: DType, said: Tolerance) -> Array:
    if ours.array.dtype == object:
        return np.asarray(ours.array == theirs.array, bool)
    if ours.dtype.kind in {Kind.FLOAT, Kind.COMPLEX}:
        return near(ours.array, theirs.array, nearness(dtype, said))
    return np.asarray(ours.array == theirs.array)


def _deviation(name: str, ours: Array, theirs: Array, wrong: Array) -> Deviation:
    by_row = wrong.reshape(len(wrong), -1) if wrong.ndim else wrong.reshape(1, 1)
    rows: Array = np.asarray(by_row.any(axis=1))
    if ours.dtype.kind not in "iufc":
        return Deviation(name, rows, int(np.argmax(rows)), None, None)
    with np.errstate(all="ignore"):
        first, second = (
            each.astype(np.complex128 if each.dtype.kind == "c" else np.float64) for each in (ours, theirs)
        )
        distance = np.where(wrong, np.abs(first - second), 0).reshape(by_row.shape)
        scale = np.maximum(np.abs(first), np.abs(second)).reshape(by_row.shape)
        far = np.nan_to_num(distance, nan=np.inf)
        relative = np.nan_to_num(far / np.where(scale > 0, scale, 1), nan=np.inf)
    worst = int(np.argmax(np.where(by_row.any(axis=1), far.max(axis=1, initial=0), -1)))
    return Deviation(name, rows, worst, float(far.max(initial=0)), float(relative.max(initial=0)))


def _ties(
    label: Tensor,
    pair: tuple[Mapping[str, Value], Mapping[str, Value]],
    served: Mapping[str, DType],
    shape: tuple[int, ...],
) -> Array:
    """Return where the scores that decide a label are, in either answer, too near to tell."""
    scores = [_deciding(each.get(label.scores or ""), shape) for each in pair]
    if None in scores:
        return np.zeros(shape, bool)
    dtype = served.get(label.scores or "")
    found = ties([Value(dtype or each.dtype, each.array) for each in scores if each is not None], Tolerance())
    return np.zeros(shape, bool) if found is None else found


def _deciding(scores: Value | None, shape: tuple[int, ...]) -> Value | None:
    """Return scores with one more axis than the label, of which there is something to decide."""
    if scores is None or scores.array.dtype.kind not in "iuf":
        return None
    return scores if scores.shape[:-1] == shape and scores.shape and scores.shape[-1] else None
