"""Mutations of one output, element by element: what a row gets depends on that row alone."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from sigpact.authoring.strength.clauses import bounds, enum, example, input_domain, norm, not_blank, sums_to
from sigpact.authoring.strength.edges import on_edges
from sigpact.authoring.strength.mutations import Altered, Mutant, mutation
from sigpact.authoring.strength.playing import Alter
from sigpact.authoring.strength.scene import Facts, Scene, put
from sigpact.contract.model import Tensor
from sigpact.report.strength import Harm
from sigpact.runtime.protocol import Call
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.specs import TensorSpec
from sigpact.wire.arrays import Array, Value

_SHIFT = 0.1
_NOISE = 0.05
_SCALE = 10.0
_LEAST = 1e-6
"""A probability of 0 has no logarithm."""
_RIPPLE = 9973.0
"""Turns a value into a phase: noise that looks like chance and is the same for the same value."""

Edit = Callable[[Array], Array]


def edited(name: str, edit: Edit) -> Callable[[Scene], Alter]:
    """Return what alters one output of every answer."""

    def alter(_: Call, outputs: Mapping[str, Value], __: int) -> Mapping[str, Value]:
        return put(outputs, name, edit(outputs[name].array)) if name in outputs else outputs

    return lambda _: alter


def _each(
    scene: Scene, told: str, make: Callable[[Tensor, Facts], Edit | None], *, admitted: str = ""
) -> Iterator[Mutant]:
    """Yield an alteration of each output for which there is one."""
    for tensor, spec, facts in scene.read():
        edit = make(tensor, facts)
        if edit is not None:
            yield _altered(tensor, spec, told.format(name=tensor.name), edited(spec.name, edit), admitted)


def _altered(
    tensor: Tensor, _: TensorSpec, what: str, make: Callable[[Scene], Alter], admitted: str = ""
) -> Altered:
    return Altered(("outputs", tensor.name), what, make, admitted=admitted)


def swapped(facts: Facts) -> Edit | None:
    """Return what makes the two most frequent labels change places; `None` where there are no two."""
    if len(facts.labels) < 2:
        return None
    first, second = facts.labels[:2]

    def edit(array: Array) -> Array:
        found = array.copy()
        found[array == first], found[array == second] = second, first
        return found

    return edit


def noisy(facts: Facts, amount: float) -> Edit:
    """Return what adds a ripple to numbers, so large in parts of their spread."""
    height = amount * facts.spread

    def edit(array: Array) -> Array:
        numbers = array.astype(np.float64)
        with np.errstate(invalid="ignore"):
            return numbers + height * np.sin(_RIPPLE * numbers + 1)

    return edit


@mutation("labels-swapped", Harm.MISLEADS, example)
def labels_swapped(scene: Scene) -> Iterator[Mutant]:
    """The two most frequent labels change places.

    What happens when a label file is sorted anew: each answer is a label that there is, and the wrong one.
    """
    yield from _each(
        scene, "the two most frequent labels of {name} change places", lambda _, facts: swapped(facts)
    )


@mutation("positions-shifted", Harm.MISLEADS, example)
def positions_shifted(scene: Scene) -> Iterator[Mutant]:
    """What stood at one position of the last axis stands at the next.

    The order of the classes changed: sums, bounds and shapes are as they were.
    """

    def make(_: Tensor, facts: Facts) -> Edit | None:
        shapes = [each.shape for each in facts.values]
        many = all(len(shape) >= 2 and shape[-1] >= 2 for shape in shapes)
        return (lambda array: np.roll(array, 1, axis=-1)) if many else None

    yield from _each(scene, "what {name} has at one position stands at the next", make)


@mutation("label-new", Harm.MISLEADS, enum, example)
def label_new(scene: Scene) -> Iterator[Mutant]:
    """The rarest label becomes one that was never there.

    A class was added: the client has no picture, no translation, no branch for it.
    """

    def make(_: Tensor, facts: Facts) -> Edit | None:
        if not facts.labels or facts.kind is Kind.BOOL:
            return None
        rarest = facts.labels[-1]
        fresh = b"a new label" if facts.kind is Kind.STRING else int(facts.flat.max()) + 1

        def edit(array: Array) -> Array:
            found = array.copy()
            found[array == rarest] = fresh
            return found

        return edit

    yield from _each(scene, "the rarest label of {name} becomes one that was never there", make)


@mutation("logits", Harm.MISLEADS, sums_to, bounds, example)
def logits(scene: Scene) -> Iterator[Mutant]:
    """Probabilities become logits.

    The last layer was exported without its softmax or sigmoid: thresholds and percentages mean nothing.
    """

    def make(_: Tensor, facts: Facts) -> Edit | None:
        low, high = facts.range
        if facts.kind is not Kind.FLOAT or low < 0 or high > 1:
            return None

        def edit(array: Array) -> Array:
            chance = np.clip(array.astype(np.float64), _LEAST, 1 - _LEAST)
            return np.log(chance / (1 - chance))

        return edit

    yield from _each(scene, "{name} holds logits instead of probabilities", make)


@mutation("scaled", Harm.MISLEADS, bounds, norm, sums_to, example)
def scaled(scene: Scene) -> Iterator[Mutant]:
    """Each number is ten times what it was.

    Another unit, a percentage instead of a share, a division that was forgotten.
    """

    def make(_: Tensor, facts: Facts) -> Edit | None:
        return (lambda array: array.astype(np.float64) * _SCALE) if facts.is_number else None

    yield from _each(scene, "{name} is ten times what it was", make)


@mutation("shifted", Harm.DRIFTS, sums_to, norm, bounds, example)
def shifted(scene: Scene) -> Iterator[Mutant]:
    """Each number is higher by a tenth of its range; integers by 1.

    A calibration that was lost, an index that counts from 1.
    """

    def make(_: Tensor, facts: Facts) -> Edit | None:
        by = _SHIFT * facts.spread if facts.kind is Kind.FLOAT else 1.0
        return (lambda array: array.astype(np.float64) + by) if facts.is_number else None

    yield from _each(scene, "each number of {name} is higher than it was", make)


@mutation("noise", Harm.DRIFTS, sums_to, norm, example)
def noise(scene: Scene) -> Iterator[Mutant]:
    """Noise of a twentieth of the range is added to each number.

    Weights of fewer bits, a checkpoint of an epoch too early: every answer a little worse.
    """

    def make(_: Tensor, facts: Facts) -> Edit | None:
        return noisy(facts, _NOISE) if facts.kind is Kind.FLOAT else None

    yield from _each(scene, "there is noise in {name}", make)


@mutation("nan-on-edge", Harm.FAILS, input_domain)
def nan_on_edge(scene: Scene) -> Iterator[Mutant]:
    """Rows with an input on an edge of its domain are answered with NaN.

    A logarithm of 0, a mean over nothing: JSON cannot even carry it, and one such row spoils the answer.
    """
    for tensor, spec, facts in scene.read():
        if facts.kind is Kind.FLOAT:
            admitted = "" if tensor.finite else f"{tensor.name} says finite: false"
            what = f"{tensor.name} is NaN on an edge of the domain"
            yield _altered(tensor, spec, what, on_edges(spec.name, np.nan), admitted)


@mutation("blank-on-edge", Harm.MISLEADS, enum, not_blank, input_domain, example)
def blank_on_edge(scene: Scene) -> Iterator[Mutant]:
    """Rows with an input on an edge of its domain are answered with an empty text, or with 0.

    What a default does that somebody meant for missing values: the client shows nothing, and no error.
    """
    for tensor, spec, facts in scene.read():
        blank = b"" if facts.kind is Kind.STRING else 0
        if facts.is_number or facts.kind is Kind.STRING:
            word = "an empty text" if blank == b"" else "0"
            what = f"{tensor.name} is {word} on an edge of the domain"
            yield _altered(tensor, spec, what, on_edges(spec.name, blank))
