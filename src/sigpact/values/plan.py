"""`plan`: the requests that a contract's domains give for one signature, boundaries first, then random rows.

The same contract, rows and seed give the same requests. They are made as they are asked for: memory
holds one block of rows, whatever the number of rows.
"""

import itertools
import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sigpact.contract.model import Contract, SignatureUse, Tensor
from sigpact.frozen import replace as replaced
from sigpact.tensors.shapes import AnyRank
from sigpact.values.boundary_rows import (
    boundary_requests,
    impossible_sizes,
    special_rows,
)
from sigpact.values.domains import Blobs, Choices, NotDrawnError, Texts, Undrawable
from sigpact.values.drawable import LONGEST, Drawn, drawable
from sigpact.values.features import drawn_use
from sigpact.values.given import LEAST, Given, cut, narrowed
from sigpact.values.images import most_pixels
from sigpact.values.pooling import Pooled, Sources, pooled
from sigpact.values.random_rows import random_requests
from sigpact.values.requests import Origin, Request
from sigpact.values.shaping import axes_of, capacity, draw_tensor
from sigpact.values.sizes import CALL_NUMBERS, Sizes, Weight, sizes_of
from sigpact.values.sources import ATTEMPTS, Source, numbers_a_row

NUMBERS: Final = 2**24
"""How many numbers the random rows of a signature have at most; a text counts as its longest in eights."""
_PRESENCES: Final = 16
_NONE: Final[Sources] = {}


@dataclass(frozen=True, slots=True)
class Plan:
    """The requests of one signature. `requests` can be read again and gives the same.

    `undrawable` says what is not generated and why (then nothing, or the optional input, is left to
    examples); `notes` are sentences for the evidence.
    """

    requests: Iterable[Request]
    undrawable: tuple[Undrawable, ...] = ()
    notes: tuple[str, ...] = ()
    rows: int = 0
    """How many random rows there should be; where fewer come, words could not be satisfied in more."""


@dataclass(frozen=True, slots=True)
class _Requests:
    source: Source

    def __iter__(self) -> Iterator[Request]:
        boundaries, random = (np.random.Generator(np.random.PCG64(each)) for each in _seeds(self.source.seed))
        yield from boundary_requests(self.source, boundaries)
        yield from random_requests(self.source, random)


def _seeds(seed: tuple[int, int]) -> list[np.random.SeedSequence]:
    return np.random.SeedSequence(seed).spawn(2)


def plan(contract: Contract, use: SignatureUse, *, rows: int, seed: int, sources: Sources = _NONE) -> Plan:
    """Return what to send to a signature: boundaries, then `rows` random rows, from a seed of 0 or more.

    `sources`: what the signatures answered that inputs are drawn `from:`.
    """
    use = drawn_use(contract, use)
    if use.given:
        return _given(contract, use, (rows, seed), sources)
    return _plan(contract, use, (rows, seed), sources)


def _plan(contract: Contract, use: SignatureUse, drawing: tuple[int, int], sources: Sources) -> Plan:
    rows, seed = drawing
    pools = pooled(contract, use, sources)
    drawn, undrawable = _drawn_inputs(contract, use, pools)
    lost = {each.tensor for each in undrawable}
    # No client sends a call without any input on purpose.
    required = [each.name for each in use.inputs if each.optional is None]
    if lost.intersection(required) or (use.inputs and not drawn):
        return Plan((), undrawable)
    try:
        source = _source(contract, use, drawn, rows, seed)
    except NotDrawnError as error:
        return Plan((), (*undrawable, Undrawable(use.name, error.reason)))
    failed = _trials(source)
    if not failed and not all(_is_drawable(source, number) for number in range(source.variants)):
        failed = (
            Undrawable(use.name, "its inputs could not be drawn together in any sizes that were tried"),
        )
    if failed:
        return Plan((), (*undrawable, *failed))
    try:
        source, notes = _within_budget(source, rows)
    except NotDrawnError as error:
        return Plan((), (*undrawable, Undrawable(use.name, error.reason)))
    told = (*_input_notes(use), *pools.notes, *notes, *_boundary_notes(source))
    return Plan(_Requests(source), undrawable, told, source.rows if source.inputs else 0)


_TRIAL: Final = 512
"""So many rows are drawn to see how many satisfy `given`."""


@dataclass(frozen=True, slots=True)
class _Filtered:
    """Requests as far as they satisfy `given`; of random ones, as many rows as were asked for."""

    given: Given
    requests: Iterable[Request]
    rows: int

    def __iter__(self) -> Iterator[Request]:
        left = self.rows
        for request in self.requests:
            kept = self.given.kept(request)
            if kept is None:
                continue
            if kept.origin is Origin.RANDOM:
                if left <= 0:
                    return
                kept = cut(kept, max(left, self.given.low))
                left -= kept.rows
            yield kept


def _given(contract: Contract, use: SignatureUse, drawing: tuple[int, int], sources: Sources) -> Plan:
    rows, seed = drawing
    narrow, bare = narrowed(contract, use)
    given = Given(narrow, replaced(bare, given=use.given))
    trial = _plan(narrow, bare, (_TRIAL, seed), sources)
    if not trial.requests:
        return trial
    random = [each for each in trial.requests if each.origin is Origin.RANDOM]
    drawn = sum(each.rows for each in random)
    share = sum(kept.rows for kept in map(given.kept, random) if kept is not None) / max(1, drawn)
    if drawn and share < LEAST:
        clauses = " and ".join(each.text for each in use.given)
        where = contract.span(use.given[0].path)
        reason = (
            f"`given` {clauses} keeps {share:.0%} of what is drawn, and {LEAST:.0%} is the least:"
            f" narrow the domains, or say it with bounds ({where})"
        )
        return Plan((), (*trial.undrawable, Undrawable(use.name, reason)))
    more = math.ceil(rows / max(LEAST, share) * 1.2) + _TRIAL if share < 1 else rows
    made = _plan(narrow, bare, (more, seed), sources)
    notes = (*made.notes, *([f"`given` kept {share:.0%} of what was drawn"] if share < 1 else []))
    return Plan(_Filtered(given, made.requests, rows), made.undrawable, notes, min(rows, made.rows))


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
    sizes = sizes_of(contract, use, tensors, {each[0].tensor.name: _weight(each) for each in drawn})
    every = frozenset(tensor.name for tensor in tensors)
    seeds = (seed, zlib.crc32(use.name.encode()))
    try:
        leadings = _leadings(sizes)
    except NotDrawnError:
        sizes = replace(sizes, may_be_empty=True)
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


def _within_budget(source: Source, rows: int) -> tuple[Source, tuple[str, ...]]:
    """Cut the rows where they would have too many numbers, and say so."""
    rng = np.random.Generator(np.random.PCG64(1))
    layouts = [
        source.sizes.layout(_least_batch(source), rng, leading=source.leadings[at % len(source.leadings)])
        for at in range(ATTEMPTS)
    ]
    widest = max(numbers_a_row(source, layout) for layout in layouts)
    affordable = max(1, int(NUMBERS / max(1.0, widest)))
    if rows <= affordable:
        return source, ()
    note = f"{affordable:,} random rows instead of {rows:,}: a row has up to {int(widest):,} numbers"
    return replace(source, rows=affordable), (note,)


def _least_batch(source: Source) -> dict[str, int]:
    batch = source.sizes.batch
    return {} if batch is None or source.has_wholes else dict.fromkeys(batch.names, max(1, batch.low))


def _input_notes(use: SignatureUse) -> Iterator[str]:
    for tensor in use.inputs:
        if isinstance(tensor.shape, AnyRank):
            yield f"{tensor.name} has no shape: drawn with one dimension"
        longest = tensor.domain.max_length
        if longest is not None and longest > LONGEST:
            yield f"{tensor.name} is drawn with lengths up to {LONGEST:,}, not of its maxLength {longest:,}"
        image = tensor.domain.image
        if image is not None and image.height[1] * image.width[1] > most_pixels(image):
            yield f"{tensor.name} is drawn as images of up to {most_pixels(image):,} pixels"


def _boundary_notes(source: Source) -> Iterator[str]:
    if not source.inputs:
        return
    rng = np.random.Generator(np.random.PCG64(2))
    chosen = special_rows(source, source.small_layout(rng), 0, rng)
    if chosen.total > len(chosen.rows):
        yield f"{len(chosen.rows):,} boundary rows, a sample of {chosen.total:,}"
    for label in impossible_sizes(source):
        yield f"no call with {label}: no other sizes go with it in {CALL_NUMBERS:,} numbers"
