"""Ties: a label that could as well have been another, as the scores that decide it are too near to tell."""

from collections.abc import Sequence

import numpy as np

from sigpact.contract.model import Tolerance
from sigpact.values.tolerances import near, nearness
from sigpact.wire.arrays import Array, Value


def ties(scores: Sequence[Value | None], said: Tolerance) -> Array | None:
    """Return where two answers could have had either the same label or another, as their scores are.

    `scores` decide along the last axis; which of those within tolerance of the best wins, the first or the
    last, is the model's. Where only one side's are known, it must have two such. `None` where neither is, or
    where their shapes differ.
    """
    known = [each for each in scores if each is not None]
    if not known or len({each.shape for each in known}) > 1:
        return None
    possible = [_possible(each, said) for each in known]
    same = np.logical_and.reduce(possible).any(axis=-1)
    return np.asarray(same & (np.logical_or.reduce(possible).sum(axis=-1) > 1))


def _possible(scores: Value, said: Tolerance) -> Array:
    """Return which positions are as good as the best."""
    best = np.take_along_axis(scores.array, scores.array.argmax(axis=-1)[..., np.newaxis], axis=-1)
    return np.asarray(near(scores.array, best, nearness(scores.dtype, said)))
