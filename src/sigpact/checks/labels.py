"""`labels:` where the examples fail, whether another order of the labels explains all of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from sigpact.checks.breaches import Breach
from sigpact.checks.examples import check_example, equal, wanted_array
from sigpact.contract.model import Expected, Labels, SignatureUse, Tensor, TensorExample
from sigpact.wire.arrays import Array, Value

RULE: Final = "labels-permuted"
_SHOWN: Final = 8

Answered = tuple[TensorExample, Mapping[str, Value]]
"""An example, and what the client read."""


def check_labels(use: SignatureUse, answered: Sequence[Answered]) -> Iterator[Breach]:
    """Yield a breach for each labelled output whose examples all come right once its positions change places.

    Of one example that fails alone, or of values that no order explains, nothing is said.
    """
    for tensor in use.outputs:
        if tensor.labels is None:
            continue
        pairs = list(_pairs(tensor, answered))
        # An example that was not answered may be one that no order explains.
        places = _places(tensor.labels, pairs) if len(pairs) == _wanted(use, tensor) else None
        if places is not None:
            at = ("outputs", tensor.name)
            moved = sum(here != there for there, here in enumerate(places))
            said = _said(tensor.labels, places)
            yield Breach(RULE, at, None, "each label at its own position", said, moved, len(places), RULE)


def shows(use: SignatureUse, answered: Answered, breach: Breach) -> bool:
    """Whether an example fails at the output that a breach is about."""
    return any(each.at == breach.at for each in check_example(use, *answered))


def _wanted(use: SignatureUse, tensor: Tensor) -> int:
    """Return how many examples say something of an output."""
    examples = [each for each in use.examples if isinstance(each, TensorExample) and each.error is None]
    return sum(expected.name == tensor.name for each in examples for expected in each.outputs)


def _pairs(tensor: Tensor, answered: Sequence[Answered]) -> Iterator[tuple[Expected, Value, Array | None]]:
    """Yield what an example says of the output, what came, and the former as an array."""
    for example, came in answered:
        for expected in example.outputs:
            if expected.name == tensor.name and tensor.name in came and example.error is None:
                yield expected, came[tensor.name], wanted_array(expected, came[tensor.name])


def _places(labels: Labels, pairs: list[tuple[Expected, Value, Array | None]]) -> list[int] | None:
    """Return where each label is now, if all pairs agree on that and not on their own places."""
    count, fits, is_right = len(labels.names), np.ones((len(labels.names),) * 2, bool), True
    for expected, value, wanted in pairs:
        axis = labels.axis
        if wanted is None or wanted.shape != value.shape or not -value.array.ndim <= axis < value.array.ndim:
            return None
        if value.shape[axis] != count:
            return None
        is_right &= bool(equal(value, wanted, expected.tolerance).all())
        rows, found = (np.moveaxis(each, axis, 0).reshape(count, -1) for each in (wanted, value.array))
        for position in range(count):
            same = np.broadcast_to(rows[position], found.shape)
            fits[position] &= equal(Value(value.dtype, found), same, expected.tolerance).all(axis=1)
    return None if is_right or not pairs else _matched(fits)


def _matched(fits: Array) -> list[int] | None:
    """Return for each label a position that fits, its own one where that does; None if there is none."""
    owner: dict[int, int] = {each: each for each in range(len(fits)) if fits[each, each]}
    for label in range(len(fits)):
        if label not in owner.values() and not _give(label, fits, owner):
            return None
    found = {label: position for position, label in owner.items()}
    return [found[label] for label in range(len(fits))]


def _give(label: int, fits: Array, owner: dict[int, int]) -> bool:
    """Find a position for a label, others moving on where they can (an augmenting path, breadth first)."""
    came_from: dict[int, int] = {}
    waiting = [label]
    while waiting:
        asking = waiting.pop(0)
        for position in np.flatnonzero(fits[asking]).tolist():
            if position in came_from:
                continue
            came_from[position] = asking
            if position not in owner:
                _move(label, position, came_from, owner)
                return True
            waiting.append(owner[position])
    return False


def _move(label: int, position: int, came_from: Mapping[int, int], owner: dict[int, int]) -> None:
    """Hand positions on along the path that ends at a free one."""
    while True:
        asking = came_from[position]
        before = next((at for at, each in owner.items() if each == asking), None)
        owner[position] = asking
        if asking == label or before is None:
            return
        position = before


def _said(labels: Labels, places: list[int]) -> str:
    """Say which labels changed places: pairs as pairs, else where each is now."""
    moved = [at for at, place in enumerate(places) if at != place]
    names = labels.names
    pairs = [
        f"labels {names[at]} ({at}) and {names[places[at]]} ({places[at]}) changed places"
        for at in moved
        if places[places[at]] == at and at < places[at]
    ]
    rest = [f"label {names[at]} ({at}) is at {places[at]}" for at in moved if places[places[at]] != at]
    said = [*pairs, *rest]
    more = f", and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    return ", ".join(said[:_SHOWN]) + more
