"""The clauses that may notice a change, made from what the version answered. They are drafts, and said to be.

Each maker yields candidates for one mutant; whether one is true of the version as it is, and does notice, is
for `trying` to find out. What the contract says already is not said again.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from sigpact.authoring.strength.additions import Candidate
from sigpact.authoring.strength.mutations import Mutant
from sigpact.authoring.strength.plainly import example_of
from sigpact.authoring.strength.scene import Facts, Scene
from sigpact.authoring.strength.seen import shown_by
from sigpact.authoring.strength.timing import limit_ms
from sigpact.authoring.strength.written import Data
from sigpact.contract.model import Tensor
from sigpact.engine.static import lacks_domain
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.shapes import AnyRank, Fixed, Named, Ranked, dims_of
from sigpact.tensors.specs import TensorSpec
from sigpact.values.tolerances import language_nearness, near
from sigpact.wire.arrays import Array

_SEEN = "what this version gave; complete it"


def _read(scene: Scene, mutant: Mutant) -> Iterator[tuple[Tensor, TensorSpec, Facts]]:
    """Yield the output that a mutant is about; of one that is about all of them, none."""
    yield from (each for each in scene.read() if mutant.at == ("outputs", each[0].name))


def _says(tensor: Tensor, scene: Scene, *words: str) -> bool:
    """Whether the contract says one of the words of a tensor, itself or through a type."""
    said = {
        "enum": tensor.domain.enum is not None,
        "minimum": tensor.domain.minimum is not None or tensor.domain.exclusive_minimum is not None,
        "maximum": tensor.domain.maximum is not None or tensor.domain.exclusive_maximum is not None,
        "minLength": tensor.domain.min_length is not None,
        "sumsTo": tensor.sums_to is not None,
        "norm": tensor.norm is not None,
        "columns": bool(tensor.columns),
    }
    return any(said[word] or scene.written.says((*tensor.path, word)) for word in words)


def shape(scene: Scene, mutant: Mutant) -> Iterator[Candidate]:
    """`shape:` as the signature declares it, where the contract says none."""
    for tensor, spec in scene.outputs:
        if (
            mutant.at[-1:] == (spec.name,)
            and isinstance(tensor.shape, AnyRank)
            and isinstance(spec.shape, Ranked)
        ):
            first = next((dim for each in scene.use.inputs for dim in dims_of(each.shape)[:1]), None)
            rows = first.name if isinstance(first, Named) else None
            dims: list[Data] = [dim.size if isinstance(dim, Fixed) else None for dim in spec.shape.dims]
            if dims and dims[0] is None and rows is not None:
                dims[0] = rows
            yield Candidate((*tensor.path, "shape"), dims)


def enum(scene: Scene, mutant: Mutant) -> Iterator[Candidate]:
    """`enum:` the labels that were seen."""
    for tensor, _, facts in _read(scene, mutant):
        if not facts.labels or facts.kind is Kind.BOOL or _says(tensor, scene, "enum"):
            continue
        found = [_scalar(each) for each in facts.labels]
        if None not in found:
            ordered = sorted(found, key=lambda each: (isinstance(each, int) and each, str(each)))
            yield Candidate((*tensor.path, "enum"), ordered, _SEEN)


def _scalar(element: object) -> Data:
    if isinstance(element, bytes):
        try:
            return element.decode()
        except UnicodeDecodeError:
            return None
    return element if isinstance(element, int | float) else None


def bounds(scene: Scene, mutant: Mutant) -> Iterator[Candidate]:
    """`maximum:` and `minimum:`: 0 and 1, -1 and 1, or what was seen and half as much again on both sides."""
    for tensor, _, facts in _read(scene, mutant):
        if not facts.is_number or _says(tensor, scene, "enum", "columns"):
            continue
        low, high = _around(*facts.range, whole=facts.kind is not Kind.FLOAT)
        for word, end in (("maximum", high), ("minimum", low)):
            if not _says(tensor, scene, word):
                yield Candidate((*tensor.path, word), end, "" if abs(end) <= 1 else _SEEN)


def _around(low: float, high: float, *, whole: bool) -> tuple[float, float]:
    """Return bounds that a person might have written around a range."""
    if not whole and low >= -1 and high <= 1:
        return (0 if low >= 0 else -1), 1
    half = (high - low) / 2 or abs(high) or 1.0
    least = 0.0 if 0 <= low < half * 2 else -_rounded_up(half - low)
    most = _rounded_up(high + half)
    return (math.floor(least), math.ceil(most)) if whole else (_plain(least), _plain(most))


def _rounded_up(number: float) -> float:
    """Return the next number from here that has one digit; below 0, the next one towards 0."""
    if number == 0 or not math.isfinite(number):
        return number
    step = 10.0 ** math.floor(math.log10(abs(number)))
    return math.ceil(number / step) * step


def _plain(number: float) -> float:
    return int(number) if number == int(number) else float(f"{number:.6g}")


def sums_to(scene: Scene, mutant: Mutant) -> Iterator[Candidate]:
    """`sumsTo:` 1 along the last axis, where it did."""
    yield from _slices(scene, mutant, "sumsTo", lambda array: array.sum(axis=-1))


def norm(scene: Scene, mutant: Mutant) -> Iterator[Candidate]:
    """`norm:` 1 along the last axis, where it was."""
    yield from _slices(scene, mutant, "norm", lambda array: np.sqrt((array * array).sum(axis=-1)))


def _slices(
    scene: Scene, mutant: Mutant, word: str, measure: Callable[[Array], Array]
) -> Iterator[Candidate]:
    for tensor, _, facts in _read(scene, mutant):
        arrays = [each.array.astype(np.float64) for each in facts.values if each.dtype.kind is Kind.FLOAT]
        if (
            not arrays
            or any(each.ndim < 2 or each.shape[-1] < 2 for each in arrays)
            or _says(tensor, scene, word)
        ):
            continue
        found = np.concatenate([np.asarray(measure(each)).reshape(-1) for each in arrays])
        how = language_nearness(facts.values[0].dtype)
        if near(found, np.ones(found.shape), how).all():
            yield Candidate((*tensor.path, word), {"value": 1, "axis": -1})
        elif (np.abs(found - 1) <= 1e-3).all():
            yield Candidate((*tensor.path, word), {"value": 1, "axis": -1, "atol": 0.001})


def not_blank(scene: Scene, mutant: Mutant) -> Iterator[Candidate]:
    """`minLength: 1` or `exclusiveMinimum: 0`."""
    for tensor, _, facts in _read(scene, mutant):
        if _says(tensor, scene, "enum", "columns"):
            continue
        if facts.kind is Kind.STRING and not _says(tensor, scene, "minLength"):
            yield Candidate((*tensor.path, "minLength"), 1)
        elif facts.is_number and not _says(tensor, scene, "minimum"):
            yield Candidate((*tensor.path, "exclusiveMinimum"), 0)


def input_domain(scene: Scene, _: Mutant) -> Iterator[Candidate]:
    """`enum:` of what the examples send, for an input without a domain: else nothing lies on an edge."""
    for tensor, spec in scene.inputs:
        if not lacks_domain(tensor) or scene.use.rows_from:
            continue
        sent = [take.sent.call.feeds[spec.name].array for take in scene.takes if take.sent.call is not None]
        found = np.concatenate([each.reshape(-1) for each in sent]) if sent else np.empty(0)
        found = found[np.isfinite(found)] if found.dtype.kind == "f" else found
        if found.size:
            low, high = (_as_written(each) for each in (found.min(), found.max()))
            note = "what the examples send; widen it to what the client sends"
            said: dict[str, Data] = {"minimum": low, "maximum": high}
            yield Candidate(
                (*tensor.path[:-1], tensor.name), _merged(scene, tensor, said), note, keeps_inputs=False
            )


def _merged(scene: Scene, tensor: Tensor, said: dict[str, Data]) -> Data:
    return {**(scene.written.at(tensor.path) or {}), **said}


def _as_written(number: np.generic) -> Data:
    """Return a number with as few digits as its dtype needs."""
    plain = number.item()
    return float(str(number)) if isinstance(plain, float) else plain


def batch_invariant(scene: Scene, _: Mutant) -> Iterator[Candidate]:
    """`properties: {batch_invariant: true}`."""
    yield from _property(scene, "batch_invariant")


def deterministic(scene: Scene, _: Mutant) -> Iterator[Candidate]:
    """`properties: {deterministic: true}`."""
    yield from _property(scene, "deterministic")


def _property(scene: Scene, name: str) -> Iterator[Candidate]:
    if not scene.says("properties", name):
        yield Candidate(scene.path("properties", name), data=True)


def latency(scene: Scene, _: Mutant) -> Iterator[Candidate]:
    """`latency:` a limit of three times what it takes, which blocks."""
    if scene.use.latency is None and not scene.says("latency"):
        found = limit_ms(scene)
        if found is not None:
            batch, limit = found
            said: Data = {"batch": batch, "p95_ms": limit, "enforce": True}
            note = "measured here; say how long the client can wait"
            yield Candidate(scene.path("latency"), said, note)


def example(scene: Scene, mutant: Mutant) -> Iterator[Candidate]:
    """An example whose answer changes."""
    for request in shown_by(scene, mutant):
        found = example_of(scene, request, mutant.at)
        if found is not None:
            yield found
