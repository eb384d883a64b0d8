"""From the inputs of a signature to the `Source` of its requests, tried before it is trusted."""

import itertools
import math
import zlib
from typing import Final

import numpy as np

from sigpact.contract.model import Contract, SignatureUse, Tensor
from sigpact.values.domains import Blobs, Choices, NotDrawnError, Texts, Undrawable
from sigpact.values.drawable import Drawn, drawable
from sigpact.values.pooling import Pooled
from sigpact.values.ranges import sizes_of
from sigpact.values.shaping import axes_of, capacity, draw_tensor
from sigpact.values.sizes import Sizes, Weight
from sigpact.values.sources import ATTEMPTS, Source

_PRESENCES: Final = 16


def source_of(
    contract: Contract, use: SignatureUse, drawing: tuple[int, int], pools: Pooled
) -> tuple[Source | None, tuple[Undrawable, ...]]:
    """Return what requests are drawn from (rows and a seed are its own), and what is not drawn and why.

    There is no source where an input that is always sent is not drawn, or nothing at all is.
    """
    rows, seed = drawing
    drawn, undrawable = _drawn_inputs(contract, use, pools)
    lost = {each.tensor for each in undrawable}
    # No client sends a call without any input on purpose.
    required = [each.name for each in use.inputs if each.optional is None]
    if lost.intersection(required) or (use.inputs and not drawn):
        return None, undrawable
    try:
        source = _source(contract, use, drawn, rows, seed)
    except NotDrawnError as error:
        return None, (*undrawable, Undrawable(use.name, error.reason))
    failed = _trials(source)
    if not failed and not all(_is_drawable(source, number) for number in range(source.variants)):
        failed = (
            Undrawable(use.name, "its inputs could not be drawn together in any sizes that were tried"),
        )
    return (None if failed else source), (*undrawable, *failed)


def _drawn_inputs(
    contract: Contract, use: SignatureUse, pools: Pooled
) -> tuple[tuple[tuple[Drawn, ...], ...], tuple[Undrawable, ...]]:
    drawn, undrawable = [], list(pools.undrawable)
    lost = {each.tensor for each in undrawable}
    for tensor in use.inputs:
        try:
            if tensor.name not in lost:
                drawn.append(drawable(contract, tensor, pools.pools.get(tensor.name)))
        except NotDrawnError as error:
            undrawable.append(Undrawable(tensor.name, error.reason))
    lost = {each.tensor for each in undrawable}
    for group in use.together:
        if lost.intersection(group):
            undrawable += [
                Undrawable(name, "is sent together with an input that is not drawn")
                for name in group if name not in lost
            ]  # fmt: skip
    lost = {each.tensor for each in undrawable}
    return tuple(each for each in drawn if each[0].tensor.name not in lost), tuple(undrawable)


def _source(
    contract: Contract, use: SignatureUse, drawn: tuple[tuple[Drawn, ...], ...], rows: int, seed: int
) -> Source:
    tensors = tuple(each[0].tensor for each in drawn)
    weights = {each[0].tensor.name: _weight(each) for each in drawn}
    sizes = sizes_of(contract, use, tensors, weights)
    every = frozenset(tensor.name for tensor in tensors)
    seeds = (seed, zlib.crc32(use.name.encode()))
    try:
        leadings = _leadings(sizes)
    except NotDrawnError:
        sizes = sizes_of(contract, use, tensors, weights, may_be_empty=True)
        leadings = _leadings(sizes)
    return Source(drawn, _presences(use, tensors) or (every,), sizes, rows, seeds, leadings)


def _leadings(sizes: Sizes) -> tuple[int, ...]:
    """Return for how many dimensions a leading `...` may stand; raises `NotDrawnError` where for none."""
    rng = np.random.Generator(np.random.PCG64(0))
    found, failure = [], None
    for leading in (1, 0) if sizes.has_leading else (1,):
        try:
            sizes.layout({}, rng, leading=leading)
        except NotDrawnError as error:
            failure = error
        else:
            found.append(leading)
    if not found and failure is not None:
        raise failure
    return tuple(found)


def _weight(variants: tuple[Drawn, ...]) -> Weight:
    drawn = variants[0]
    if drawn.pool is not None:
        return Weight(1 + _characters(drawn.elements) / 8, pool=drawn.pool)
    longest = max(_characters(each) for each in (drawn.elements, *drawn.columns))
    room = math.inf if drawn.columns else min(capacity(each.elements) for each in variants)
    return Weight(1 + longest / 8, axes_of(drawn), drawn.tensor.unique, room)


def _characters(elements: object) -> int:
    """Return how many characters an element has at most; of an image, as many as it costs."""
    if isinstance(elements, Choices):
        return int(elements.weight * 8)
    return elements.high if isinstance(elements, Texts | Blobs) else 0


def _presences(use: SignatureUse, tensors: tuple[Tensor, ...]) -> tuple[frozenset[str], ...]:
    """Return what is sent together: every choice of few optional inputs; of many, one alone, one missing."""
    optional = [tensor.name for tensor in tensors if tensor.optional is not None]
    groups = [frozenset(group) for group in use.together if all(name in optional for name in group)]
    grouped = frozenset[str]().union(*groups)
    units = [*groups, *(frozenset([name]) for name in optional if name not in grouped)]
    required = frozenset(tensor.name for tensor in tensors if tensor.name not in optional)
    every = required.union(*units)
    if len(units) <= 4:
        chosen = [
            required.union(*some)
            for count in range(len(units), -1, -1)
            for some in itertools.combinations(units, count)
        ]
    else:
        chosen = [every, required, *(every - unit for unit in units), *(required | unit for unit in units)]
    # A call without any input is none that a client makes.
    return tuple(each for each in dict.fromkeys(chosen) if each)[:_PRESENCES]


def _trials(source: Source) -> tuple[Undrawable, ...]:
    """Draw every input once, small: what fails here cannot be drawn."""
    rng = np.random.Generator(np.random.PCG64(0))
    failed = []
    for variants in source.inputs:
        for drawn in variants if variants[0].pool is None else ():
            try:
                _try(source, drawn, rng)
            except NotDrawnError as error:
                failed.append(Undrawable(drawn.tensor.name, error.reason))
                break
    return tuple(failed)


def _try(source: Source, drawn: Drawn, rng: np.random.Generator) -> None:
    failure = None
    for attempt in range(ATTEMPTS):
        layout = source.small_layout(rng, rows=2) if attempt == 0 else source.any_layout(rng)
        try:
            draw_tensor(drawn, layout.shape(drawn.tensor), rng)
        except NotDrawnError as error:
            failure = failure or error
        else:
            return
    if failure is not None:
        raise failure


def _is_drawable(source: Source, number: int) -> bool:
    rng = np.random.Generator(np.random.PCG64(0))
    return next(source.blocks(source.small_layout(rng), number, rng), None) is not None
