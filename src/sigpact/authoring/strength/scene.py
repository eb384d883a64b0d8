"""`Scene`: one use of one signature at one version, with everything that the version answered."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from sigpact.authoring.strength.additions import Written
from sigpact.authoring.strength.playing import Player
from sigpact.contract.model import Contract, Example, SignatureUse, Tensor
from sigpact.engine.journey import Arrival, Journey, Sent
from sigpact.engine.run import Run
from sigpact.engine.selection import Binding
from sigpact.findings import Path
from sigpact.rules.pairing import pair
from sigpact.runtime.protocol import Answered, Call, Outcome
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.specs import Signature, TensorSpec
from sigpact.values.numerics import EXACT, rounded, rounds
from sigpact.values.requests import Request
from sigpact.wire.arrays import Array, Value

LABELS: Final = 64
"""An output of more distinct values holds no labels."""


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One request (an example's, or drawn), what the version answered, and what the client read."""

    request: Request | None
    sent: Sent
    outcome: Outcome | None
    arrival: Arrival
    example: Example | None = None


@dataclass(frozen=True, eq=False)
class Facts:
    """What an output was in all answers of a version."""

    values: tuple[Value, ...]

    @cached_property
    def flat(self) -> Array:
        """All elements."""
        return (
            np.concatenate([each.array.reshape(-1) for each in self.values]) if self.values else np.empty(0)
        )

    @property
    def kind(self) -> Kind | None:
        """What kind of values it holds; `None` where it was never answered."""
        return self.values[0].dtype.kind if self.values else None

    @property
    def is_number(self) -> bool:
        """Whether it holds integers or floats."""
        return self.kind in {Kind.FLOAT, Kind.INT, Kind.UINT}

    @cached_property
    def labels(self) -> tuple[object, ...]:
        """Its distinct values, the most frequent first; none where they are floats, or too many."""
        if self.kind not in {Kind.STRING, Kind.INT, Kind.UINT, Kind.BOOL}:
            return ()
        found = Counter(self.flat.tolist())
        ordered = sorted(found, key=lambda each: (-found[each], repr(each)))
        return tuple(ordered) if len(ordered) <= LABELS else ()

    @cached_property
    def range(self) -> tuple[float, float]:
        """Its least and greatest finite number; (0, 0) where there is none."""
        if not self.is_number:
            return 0.0, 0.0
        finite = self.flat[np.isfinite(self.flat)] if self.kind is Kind.FLOAT else self.flat
        return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)

    @property
    def spread(self) -> float:
        """How far apart its numbers lie; of a constant how large it is, of nothing but zeros 1."""
        low, high = self.range
        return (high - low) or abs(high) or 1.0


@dataclass(frozen=True, eq=False)
class Scene:
    """One use at one version: how its requests travel, what the contract's file says, what came."""

    run: Run
    binding: Binding
    use: SignatureUse
    journey: Journey
    player: Player
    written: Written
    takes: Sequence[Take]

    @property
    def contract(self) -> Contract:
        """The contract of the use."""
        return self.binding.contract

    @property
    def signature(self) -> Signature | None:
        """The signature, as the version has it."""
        return next((each for each in self.journey.signatures if each.name == self.use.name), None)

    @cached_property
    def outputs(self) -> tuple[tuple[Tensor, TensorSpec], ...]:
        """What the client reads, beside what the signature calls it."""
        return pair(self.contract, self.use, self.journey.signatures, self.journey.server).outputs

    @cached_property
    def inputs(self) -> tuple[tuple[Tensor, TensorSpec], ...]:
        """What the client sends, beside what the signature calls it."""
        return pair(self.contract, self.use, self.journey.signatures, self.journey.server).inputs

    @cached_property
    def _facts(self) -> dict[str, Facts]:
        answers = [each.outcome.outputs for each in self.takes if isinstance(each.outcome, Answered)]
        return {
            spec.name: Facts(tuple(each[spec.name] for each in answers if spec.name in each))
            for _, spec in self.outputs
        }

    def facts(self, spec: TensorSpec) -> Facts:
        """Return what an output was in all answers."""
        return self._facts[spec.name]

    def read(self) -> Iterator[tuple[Tensor, TensorSpec, Facts]]:
        """Yield each output that the client reads and that was answered."""
        for tensor, spec in self.outputs:
            if self.facts(spec).values:
                yield tensor, spec, self.facts(spec)

    @property
    def rows(self) -> int:
        """How many rows were sent."""
        return sum(1 if each.request is None else each.request.rows for each in self.takes)

    def says(self, *keys: str | int) -> bool:
        """Whether the contract's file says something under a key of this signature."""
        return self.written.says((*self.use.path, *keys))

    def path(self, *keys: str | int) -> Path:
        """Return a path below the use."""
        return (*self.use.path, *keys)


def rows_of(call: Call) -> int:
    """Return how many rows a call has: what all that it feeds begins with; 0 where that is not one number."""
    firsts = {value.shape[:1] for value in call.feeds.values()}
    return firsts.pop()[0] if len(firsts) == 1 and () not in firsts else 0


def put(outputs: Mapping[str, Value], name: str, array: Array) -> Mapping[str, Value]:
    """Return outputs with other elements in one of them, as far as its dtype holds them."""
    value = outputs[name]
    return {**outputs, name: Value(value.dtype, fitted(value, array))}


def fitted(value: Value, array: Array) -> Array:
    """Return elements in the dtype of a value: integers at its ends where they lie outside."""
    if rounds(value.dtype):
        return rounded(value.dtype, array)
    if not value.dtype.is_integer or array.dtype.kind != "f":
        return array.astype(value.array.dtype, copy=False)
    low, high = max(value.dtype.minimum, -EXACT), min(value.dtype.maximum, EXACT)
    return np.clip(array, low, high).astype(value.array.dtype)
