"""Where the same rows, sent in two ways, are answered otherwise; and the smallest request that shows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.checks.compare import Deviation, deviations
from sigpact.contract.model import Property
from sigpact.engine.budget import Budget
from sigpact.engine.dynamic import arrivals_of
from sigpact.engine.journey import Arrival, Garbled, Journey, Read
from sigpact.engine.variations import Variation, batches, paddings, permutations, same
from sigpact.runtime.protocol import Session
from sigpact.values.features import drawn_use
from sigpact.values.requests import Request
from sigpact.values.shrink import Budget as Tries
from sigpact.values.shrink import shrink

REPEATS: Final = 3
AFRESH: Final = "sent again in a fresh process"
CALLS: Final = 8
"""Calls between two looks at the clock."""
_TRIED: Final = 6000
"""So many calls the search for the smallest request makes about."""
_AT_ONCE: Final = 16
_AGAIN: Final = 25
"""So often an answer is asked for again that was another by chance."""
_SECONDS: Final = 10.0
"""So long the search takes at most: a slow model is shown with what was found until then."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A variation that was answered otherwise: both answers, and how one output deviates."""

    variation: Variation
    answers: tuple[Arrival, Arrival]
    deviation: Deviation | None

    @property
    def output(self) -> str:
        """The output that deviates; empty where there is no answer the one way."""
        return "" if self.deviation is None else self.deviation.output

    @property
    def size(self) -> tuple[int, int]:
        """How much of it a person has to read."""
        return self.variation.changed.rows, self.variation.base.rows


def ask(journey: Journey, session: Session, requests: Sequence[Request]) -> list[Arrival]:
    """Return what comes of each request, in order."""
    came: list[Arrival] = []
    for start in range(0, len(requests), CALLS):
        sent = [journey.send_short(each) for each in requests[start : start + CALLS]]
        came += arrivals_of(journey, session, sent)
    return came


def differences(
    journey: Journey, said: Property, variation: Variation, pair: tuple[Arrival, Arrival]
) -> Iterator[Difference]:
    """Yield what differs; an answer that is none where the other is one differs as a whole."""
    one, other = pair
    if is_unread(said, pair):
        return
    if not isinstance(one, Read) or not isinstance(other, Read):
        if isinstance(one, Read) != isinstance(other, Read):
            yield Difference(variation, pair, None)
        return
    answers = (variation.ours(one.answer), variation.theirs(other.answer))
    for each in deviations(journey.use, answers, one.served, said.tolerance):
        yield Difference(variation, pair, each)


def is_unread(said: Property, pair: tuple[Arrival, Arrival]) -> bool:
    """Whether a body that the client cannot read hides what other rows in it are answered.

    Company is another then, and one row's NaN is no other row's: that such a body cannot be read is told
    where values are judged. In other ways the same rows are sent.
    """
    return said.name == "batch_invariant" and any(isinstance(each, Garbled) for each in pair)


def variations(
    journey: Journey, said: Property, requests: Sequence[Request], seed: int = 0
) -> Iterator[Variation]:
    """Yield the ways in which a property sends requests again; `deterministic`, as they are."""
    contract, use = journey.contract, drawn_use(journey.contract, journey.use)
    match said.name:
        case "deterministic":
            again = (each for each in requests for _ in range(REPEATS))
            return (Variation("sent again", each, each, same, same, each.rows) for each in again)
        case "batch_invariant":
            return batches(contract, use, said, requests)
        case "equivariant":
            return permutations(use, said, requests, np.random.default_rng(seed))
        case _:
            return paddings(contract, use, said, requests)


def varied(journey: Journey, session: Session, said: Property, request: Request) -> Iterator[Difference]:
    """Yield where one request is answered otherwise when it, and no part of it, is sent in another way."""
    found = [each for each in variations(journey, said, [request]) if each.base.sizes == request.sizes]
    bases = {id(each.base): each.base for each in found}
    answers = dict(zip(bases, ask(journey, session, list(bases.values())), strict=True))
    changed = ask(journey, session, [each.changed for each in found])
    for each, other in zip(found, changed, strict=True):
        yield from differences(journey, said, each, (answers[id(each.base)], other))


def smallest(journey: Journey, session: Session, said: Property, first: Difference) -> Difference | None:
    """Return the smallest difference found in the same output; `None` where one request does not show it.

    Company from elsewhere and a fresh process are such cases.
    """
    time, kept = Budget(_SECONDS), list[Request]()

    def look(request: Request) -> list[Difference]:
        return [each for each in varied(journey, session, said, request) if each.output == first.output]

    def seen(request: Request) -> list[Difference]:
        return [] if time.is_over else look(request)

    start = first.variation.base
    sendings = _AGAIN if said.name == "deterministic" else 1
    known = {id(start): next((found for _ in range(sendings) if (found := seen(start))), [])}

    def fails(requests: Sequence[Request]) -> list[bool]:
        known.update((id(each), found) for each in requests if (found := seen(each)))
        kept.extend(requests)  # an id is one's own as long as it lives
        return [id(each) in known for each in requests]

    if not known[id(start)]:
        return None
    ways = 1 + sum(each.base.sizes == start.sizes for each in variations(journey, said, [start]))
    least = shrink(journey.contract, journey.use, start, fails, Tries(max(40, _TRIED // ways), _AT_ONCE))
    # What came out may be the equal of one that was asked, and not the same.
    found = known.get(id(least)) or look(least) or known[id(start)]
    return min(found, key=lambda each: each.size)
