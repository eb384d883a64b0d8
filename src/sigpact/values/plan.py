"""`plan`: the requests that a contract's domains give for one signature, boundaries first, then random rows.

The same contract, rows and seed give the same requests. They are made as they are asked for: memory
holds one block of rows, whatever the number of rows.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sigpact.contract.model import Contract, SignatureUse
from sigpact.frozen import replace as replaced
from sigpact.tensors.shapes import AnyRank
from sigpact.values.between import Said, between_requests, said_in
from sigpact.values.boundary_rows import (
    boundary_requests,
    impossible_sizes,
    special_rows,
)
from sigpact.values.building import source_of
from sigpact.values.company import company_requests
from sigpact.values.domains import NotDrawnError, Undrawable
from sigpact.values.drawable import LONGEST
from sigpact.values.features import drawn_use
from sigpact.values.given import LEAST, Given, cut, narrowed
from sigpact.values.images import most_pixels
from sigpact.values.pooling import Sources, pooled
from sigpact.values.random_rows import random_requests
from sigpact.values.requests import Origin, Request
from sigpact.values.sizes import CALL_NUMBERS
from sigpact.values.sources import ATTEMPTS, Source, numbers_a_row

NUMBERS: Final = 2**24
"""How many numbers the random rows of a signature have at most; a text counts as its longest in eights."""
_NONE: Final[Sources] = {}


@dataclass(frozen=True, slots=True)
class Plan:
    """The requests of one signature. `requests` can be read again and gives the same.

    `undrawable` says what is not generated and why (then nothing, or the optional input, is left to
    examples); `notes` are sentences for the evidence. `boundaries` are the special rows among the requests,
    of how many there are to choose from; `None` where `given` leaves out of them what it will.
    """

    requests: Iterable[Request]
    undrawable: tuple[Undrawable, ...] = ()
    notes: tuple[str, ...] = ()
    boundaries: tuple[int, int] | None = None
    rows: int = 0
    """How many random rows there should be; where fewer come, words could not be satisfied in more."""


@dataclass(frozen=True, slots=True)
class _Requests:
    source: Source
    said: tuple[Said, ...]

    def __iter__(self) -> Iterator[Request]:
        boundaries, random = (np.random.Generator(np.random.PCG64(each)) for each in _seeds(self.source.seed))
        yield from boundary_requests(self.source, boundaries)
        yield from company_requests(self.source, boundaries)
        yield from between_requests(self.source, self.said, boundaries)
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
    rows, _ = drawing
    pools = pooled(contract, use, sources)
    source, undrawable = source_of(contract, use, drawing, pools)
    if source is None:
        return Plan((), undrawable)
    try:
        source, notes = _within_budget(source, rows)
    except NotDrawnError as error:
        return Plan((), (*undrawable, Undrawable(use.name, error.reason)))
    told = (*_input_notes(use), *pools.notes, *notes, *_size_notes(source))
    requests = _Requests(source, said_in(use))
    return Plan(requests, undrawable, told, _boundaries(source), source.rows if source.inputs else 0)


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
    return Plan(_Filtered(given, made.requests, rows), made.undrawable, notes, rows=min(rows, made.rows))


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


def _boundaries(source: Source) -> tuple[int, int] | None:
    if not source.inputs:
        return None
    rng = np.random.Generator(np.random.PCG64(2))
    chosen = special_rows(source, source.small_layout(rng), 0, rng)
    return len(chosen.rows), chosen.total


def _size_notes(source: Source) -> Iterator[str]:
    for label in impossible_sizes(source) if source.inputs else ():
        yield f"no call with {label}: no other sizes go with it in {CALL_NUMBERS:,} numbers"
