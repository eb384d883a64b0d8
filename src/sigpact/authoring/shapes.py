"""`Sizes`: which lengths the dimensions of a signature had, and which of them differ in some call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from sigpact.authoring.facts import Lengths, Position

_MOST_FORMS: Final = 1 << 16
"""Combinations of lengths that are remembered, so that each is looked at once."""
TIED: Final = 3
"""Two dimensions vary together where they are equal at so many lengths."""

Shapes = Mapping[tuple[str, str], tuple[int, ...]]
"""The shape of each tensor of a call, by side and name."""


@dataclass(slots=True)
class Sizes:
    """What is known of all dimensions of one signature so far."""

    ranks: dict[tuple[str, str], int | None] = field(default_factory=dict)
    seen: dict[Position, set[int]] = field(default_factory=dict)
    bounds: dict[Position, tuple[int, int]] = field(default_factory=dict)
    differ: set[tuple[Position, Position]] = field(default_factory=set)
    forms: set[tuple[object, ...]] = field(default_factory=set)

    def add(self, shapes: Shapes) -> None:
        """Take in the shapes of one call."""
        form = tuple(shapes.items())
        if form in self.forms:
            return
        if len(self.forms) < _MOST_FORMS:
            self.forms.add(form)
        for tensor, shape in shapes.items():
            rank = self.ranks.setdefault(tensor, len(shape))
            self.ranks[tensor] = rank if rank == len(shape) else None
        lengths = {
            (*tensor, axis): size for tensor, shape in shapes.items() for axis, size in enumerate(shape)
        }
        for position, size in lengths.items():
            self._length(position, size)
        self.differ.update(
            (one, other) for one, other in combinations(sorted(lengths), 2) if lengths[one] != lengths[other]
        )

    def _length(self, position: Position, size: int) -> None:
        low, high = self.bounds.get(position, (size, size))
        self.bounds[position] = min(low, size), max(high, size)
        seen = self.seen.setdefault(position, set())
        if len(seen) < TIED:
            seen.add(size)

    @property
    def lengths(self) -> dict[Position, Lengths]:
        """The lengths of each dimension."""
        return {position: Lengths(low, high, low != high) for position, (low, high) in self.bounds.items()}

    @property
    def varied(self) -> frozenset[tuple[Position, Position]]:
        """The dimensions that had the same length in every call, at several lengths."""
        many = sorted(position for position, sizes in self.seen.items() if len(sizes) >= TIED)
        return frozenset(pair for pair in combinations(many, 2) if pair not in self.differ)
