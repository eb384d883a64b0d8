"""Shapes with names: one name for dimensions that vary together, over inputs and outputs.

Of an export alone it is known which lengths are fixed; of the open ones only the first of each tensor gets a
name, `batch`, where several tensors have one. Traffic tells which were equal in every call.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from sigpact.authoring.facts import Lengths, Position, Traffic
from sigpact.authoring.ranges import nice, nice_below
from sigpact.frozen import frozen
from sigpact.tensors.shapes import Fixed, Ranked
from sigpact.tensors.specs import Signature, TensorSpec

Dims = tuple[int | str | None, ...]
Key = tuple[str, str]
"""A tensor: `inputs` or `outputs`, and its name."""

_ENOUGH_CALLS: Final = 10
_LEAST_BATCH: Final = 8
"""Who sends several rows may send so many, however few were seen."""


@frozen
class Named:
    """The shapes of one signature, and what is claimed of the lengths of names (least, most)."""

    shapes: Mapping[Key, Dims]
    bounds: Mapping[str, tuple[int, int]]
    notes: tuple[str, ...] = ()


def shapes(
    tensors: Sequence[Key],
    signature: Signature | None,
    traffic: Traffic | None,
    *,
    rows: bool,
    taken: frozenset[str],
) -> Named:
    """Return the shape of each tensor; one without a known number of dimensions has none.

    `rows`: a row body makes the first dimension of every input the batch. `taken` are the tensors' names: no
    dimension has one of them.
    """
    ranked = {key: found for key in tensors if (found := _sizes(key, signature, traffic)) is not None}
    positions = [
        (*key, axis) for key, sizes in ranked.items() for axis, size in enumerate(sizes) if size is None
    ]
    has_inputs = any(side == "inputs" for side, _ in ranked)
    groups = _groups(positions, traffic, rows=rows, has_inputs=has_inputs)
    names = _named(groups, traffic, taken, rows=rows)
    lengths = {} if traffic is None else traffic.lengths
    made = {
        key: tuple(
            size if size is not None else names.get((*key, axis), _constant((*key, axis), traffic))
            for axis, size in enumerate(sizes)
        )
        for key, sizes in ranked.items()
    }
    bounds = dict(_bounds(names, lengths, 0 if traffic is None else traffic.calls))
    return Named(made, bounds)


def _sizes(key: Key, signature: Signature | None, traffic: Traffic | None) -> tuple[int | None, ...] | None:
    """Return the lengths that are fixed, `None` for the others; `None` where the rank is not known."""
    spec = spec_of(key, signature)
    if spec is not None and isinstance(spec.shape, Ranked):
        return tuple(dim.size if isinstance(dim, Fixed) else None for dim in spec.shape.dims)
    rank = None if traffic is None else traffic.ranks.get(key)
    return None if rank is None else (None,) * rank


def spec_of(key: Key, signature: Signature | None) -> TensorSpec | None:
    """Return what the export says of a tensor."""
    side, name = key
    if signature is None:
        return None
    return signature.input(name) if side == "inputs" else signature.output(name)


def _constant(position: Position, traffic: Traffic | None) -> int | None:
    """Return the length that a dimension had in many calls, each time the same; not of a first dimension."""
    found = None if traffic is None else traffic.lengths.get(position)
    if found is None or traffic is None or found.several or position[2] == 0:
        return None
    return found.least if traffic.calls >= _ENOUGH_CALLS and found.least else None


def _groups(
    positions: Sequence[Position], traffic: Traffic | None, *, rows: bool, has_inputs: bool
) -> list[list[Position]]:
    """Return the open dimensions that go together; the first group is the batch."""
    firsts = [each for each in positions if each[2] == 0]
    sent = [each for each in firsts if each[0] == "inputs"]
    if not sent:
        # features of tf.Examples have no rows of their own: the outputs alone tell how many there are
        return [] if has_inputs else [firsts]
    batch = sent if rows else [each for each in sent if _may_tie(each, sent[0], traffic)]
    batch += [each for each in firsts if each[0] == "outputs" and _may_tie(each, sent[0], traffic)]
    if traffic is None:
        return [batch]
    rest = [each for each in positions if each not in batch]
    batch += [each for each in rest if _is_tied(each, batch[0], traffic)]
    groups = [batch]
    for each in rest:
        if each in batch or not _varies(each, traffic):
            continue
        home = next(
            (group for group in groups[1:] if all(_is_tied(each, one, traffic) for one in group)), None
        )
        if home is None:
            groups.append([each])
        else:
            home.append(each)
    return groups


def _may_tie(one: Position, other: Position, traffic: Traffic | None) -> bool:
    """Whether two first dimensions were never seen to differ."""
    return traffic is None or _pair(one, other) not in traffic.differ


def _is_tied(one: Position, other: Position, traffic: Traffic) -> bool:
    return one == other or _pair(one, other) in traffic.varied


def _pair(one: Position, other: Position) -> tuple[Position, Position]:
    return (one, other) if one <= other else (other, one)


def _varies(position: Position, traffic: Traffic) -> bool:
    found = traffic.lengths.get(position)
    return found is not None and found.several


def _named(
    groups: Iterable[list[Position]], traffic: Traffic | None, taken: frozenset[str], *, rows: bool
) -> dict[Position, str]:
    """Return the name of each dimension that has one: of a group of several, or of an input with bounds."""
    names: dict[Position, str] = {}
    for index, group in enumerate(groups):
        inputs = [each for each in group if each[0] == "inputs"]
        is_claimed = bool(inputs) and (traffic is not None or (index == 0 and rows))
        if len(group) > 1 or is_claimed:
            names.update(dict.fromkeys(group, _free(index, taken.union(names.values()))))
    return names


def _free(index: int, taken: frozenset[str]) -> str:
    name = "batch" if index == 0 else "length"
    tried = [name, *(f"{name}_{number}" for number in range(2, len(taken) + 3))]
    return next(each for each in tried if each not in taken)


def _bounds(
    names: Mapping[Position, str], lengths: Mapping[Position, Lengths], calls: int
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the lengths that a client sends, rounded outward."""
    for name in dict.fromkeys(names.values()):
        seen = [
            lengths[each]
            for each, its in names.items()
            if its == name and each in lengths and each[0] == "inputs"
        ]
        if not seen:
            continue
        least, most = min(each.least for each in seen), max(each.most for each in seen)
        is_batch = any(each[2] == 0 for each, its in names.items() if its == name)
        if most <= 1 and calls < _ENOUGH_CALLS:
            continue
        yield name, (_at_least(least), _at_most(most, is_batch=is_batch))


def _at_least(least: int) -> int:
    return min(least, 1) if least <= 4 else nice_below(least)


def _at_most(most: int, *, is_batch: bool) -> int:
    if most <= 1:
        return most
    return max(_LEAST_BATCH, 1 << (most - 1).bit_length()) if is_batch else int(nice(most))
