"""The smallest request with the same trouble, found by running smaller and smaller ones."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from sigpact.checks.breaches import Breach
from sigpact.engine.budget import Budget as Time
from sigpact.engine.dynamic import arrivals
from sigpact.engine.journey import Arrival, Journey
from sigpact.engine.tally import is_exhausted
from sigpact.runtime.protocol import Session
from sigpact.values.requests import Request
from sigpact.values.shrink import Budget, shrink

_AT_ONCE: Final = 32
_CALLS: Final = 600
_NUMBERS: Final = 20_000_000
"""Numbers (a text is one) that all tried requests of one trouble have together, at most."""
_LEAST: Final = 40
_SECONDS: Final = 60.0
"""So long it is searched, about: what fills gigabytes or is slow is shown with what was found until then."""
_ALONE: Final = {"model-hung": Budget(40, 1, 4), "model-crashed": Budget(200, 1, 12)}
"""What costs seconds where it fails is tried alone, until so many tries have failed."""

Judge = Callable[[Sequence[Request], Sequence[Arrival]], Sequence[bool]]
"""Says of requests and what came of them which are still those that are looked for."""


def smallest(journey: Journey, session: Session, request: Request, breach: Breach, judge: Judge) -> Request:
    """Return the smallest request found for which the judge says that the breach is the same."""
    time = Time(_SECONDS)

    def fails(requests: Sequence[Request]) -> Sequence[bool]:
        if time.is_over:
            return [False] * len(requests)
        return judge(requests, arrivals(journey, session, requests))

    budget = budget_for(request, "model-crashed" if is_exhausted(breach) else breach.rule)
    return shrink(journey.contract, journey.use, request, fails, budget)


def budget_for(request: Request, rule: str = "") -> Budget:
    """Return how much is tried: less where requests are large, or where a try costs seconds."""
    if rule in _ALONE:
        return _ALONE[rule]
    numbers = sum(value.array.size for value in request.values.values()) / max(1, request.rows)
    return Budget(min(_CALLS, max(_LEAST, int(_NUMBERS / max(1.0, numbers)))), _AT_ONCE)


def is_same(one: Breach, other: Breach) -> bool:
    """Whether two breaches are the same trouble: of a refusal, in the same words too, values aside."""
    if (one.rule, one.at, one.change) != (other.rule, other.at, other.change):
        return False
    return one.rule != "request-refused" or _gist(one.received) == _gist(other.received)


_VALUE: Final = re.compile(r"""sha256:\w+|"[^"]*"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|[-+]?\d[\w.+-]*""")
_WORDS: Final = 3


def _gist(message: str) -> tuple[str, ...]:
    """Return the status of a refusal and how it begins, without what it quotes of the request."""
    status, _, words = message.partition(" ")
    return (status, *_VALUE.sub("#", words).split()[:_WORDS])
