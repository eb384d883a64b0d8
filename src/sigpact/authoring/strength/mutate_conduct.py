"""Mutations of how a version behaves over several rows or calls: which row gets what, how often, how soon."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from sigpact.authoring.strength.clauses import batch_invariant, deterministic, example, latency
from sigpact.authoring.strength.mutate_answers import noisy, swapped
from sigpact.authoring.strength.mutations import Altered, Mutant, Slowed, mutation
from sigpact.authoring.strength.playing import Alter
from sigpact.authoring.strength.scene import Facts, Scene, put, rows_of
from sigpact.report.strength import Harm
from sigpact.runtime.protocol import Call
from sigpact.tensors.dtypes import Kind
from sigpact.wire.arrays import Array, Value

_SLOWER = 10.0
_LATER = 0.1
"""Seconds: nobody waits for tenths of a millisecond."""
_SHARE = 0.1
_UNSTEADY = 0.02


def _rows_edited(edit: Callable[[Array], Array]) -> Callable[[Scene], Alter]:
    """Return what edits each output that has the rows of the call, where there are two at least."""

    def alter(call: Call, outputs: Mapping[str, Value], _: int) -> Mapping[str, Value]:
        count, found = rows_of(call), outputs
        for name, value in outputs.items():
            if count >= 2 and value.shape[:1] == (count,):
                found = put(found, name, edit(value.array))
        return found

    return lambda _: alter


def _claimed(scene: Scene, name: str) -> str:
    """Say so where the contract says that a property need not hold."""
    said = scene.written.at(scene.path("properties", name))
    return f"the contract says {name}: false" if said is False else ""


@mutation("neighbour", Harm.MISLEADS, batch_invariant, example)
def neighbour(scene: Scene) -> Iterator[Mutant]:
    """Each row of a request gets the answer of the row before it.

    An off-by-one where rows are put together or sorted: every answer is a good one, for somebody else.
    """
    if scene.use.outputs:
        edit = _rows_edited(lambda array: np.roll(array, 1, axis=0))
        yield Altered((), "each row gets the answer of the row before it", edit, by_row=False)


@mutation("company", Harm.DRIFTS, batch_invariant)
def company(scene: Scene) -> Iterator[Mutant]:
    """What a row gets depends on the rows beside it.

    A normalization over the batch, padding to the longest row: answers change with the load.
    """

    def edit(array: Array) -> Array:
        if array.dtype.kind == "f":
            with np.errstate(invalid="ignore"):
                mixed: Array = (1 - _SHARE) * array.astype(np.float64) + _SHARE * array.mean(0, np.float64)
            return mixed
        found = array.copy()
        found[-1] = array[0]
        return found

    if scene.use.outputs:
        admitted = _claimed(scene, "batch_invariant")
        what = "what a row gets depends on the rows beside it"
        yield Altered((), what, _rows_edited(edit), by_row=False, admitted=admitted)


@mutation("not-deterministic", Harm.DRIFTS, deterministic)
def not_deterministic(scene: Scene) -> Iterator[Mutant]:
    """The same request, sent again, is answered otherwise.

    Dropout or sampling that is still on: caches and retries give other answers.
    """
    edits = {spec.name: edit for _, spec, facts in scene.read() if (edit := _unsteady(facts)) is not None}

    def alter(_: Call, outputs: Mapping[str, Value], before: int) -> Mapping[str, Value]:
        found = outputs
        for name in edits.keys() & outputs.keys() if before % 2 else ():
            found = put(found, name, edits[name](outputs[name].array))
        return found

    if edits:
        admitted = _claimed(scene, "deterministic")
        what = "the same request, sent again, is answered otherwise"
        yield Altered((), what, lambda _: alter, by_row=False, admitted=admitted)


def _unsteady(facts: Facts) -> Callable[[Array], Array] | None:
    if facts.kind is Kind.FLOAT:
        return noisy(facts, _UNSTEADY)
    if facts.kind is Kind.STRING and not facts.labels:
        return lambda array: np.roll(array, 1) if array.size > 1 else array
    return swapped(facts)


@mutation("slower", Harm.DRIFTS, latency)
def slower(scene: Scene) -> Iterator[Mutant]:
    """Each call takes ten times as long, and a tenth of a second longer at least.

    An op that left the accelerator, a model of the next size: the client gives up waiting. A limit that is
    only told (without `enforce`) counts as noticed: whoever wrote it wanted to be told.
    """
    if scene.use.outputs:
        yield Slowed((), f"each call takes {_SLOWER:g} times as long", _SLOWER, _LATER)
