"""Ties: a label that could as well have been another, as the scores that decide it are too near to tell."""

from collections.abc import Sequence

import numpy as np

from sigpact.contract.model import Tolerance
from sigpact.values.tolerances import near, nearness
from sigpact.wire.arrays import Array, Value


def ties(scores: Sequence[Value | None], said: Tolerance) -> Array | None:
    """Return where either side's scores are within tolerance of what the other side decided for.

    `scores` are those of two answers, deciding along the last axis. Where only one side's are known, its two
    best are compared; `None` where neither is, or where their shapes differ.
    """
    known = [each for each in scores if each is not None]
    if not known or len({each.shape for each in known}) > 1:
        return None
    best = [each.array.argmax(axis=-1) for each in known]
    if len(known) == 1:
        return _is_near(known[0], best[0], _second(known[0].array, best[0]), said)
    close = [_is_near(each, best[0], best[1], said) for each in known]
    return np.asarray((best[0] != best[1]) & (close[0] | close[1]))


def _second(array: Array, best: Array) -> Array:
    """Return where the greatest of the others stands; of one alone, itself."""
    if array.shape[-1] == 1:
        return best
    others = array.astype(np.float64)
    np.put_along_axis(others, best[..., np.newaxis], -np.inf, axis=-1)
    return np.asarray(others.argmax(axis=-1))


def _is_near(scores: Value, one: Array, other: Array, said: Tolerance) -> Array:
    first, second = (
        np.take_along_axis(scores.array, each[..., np.newaxis], axis=-1)[..., 0] for each in (one, other)
    )
    return np.asarray((one != other) & near(first, second, nearness(scores.dtype, said)))
