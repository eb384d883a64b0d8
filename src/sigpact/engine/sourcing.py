"""What a use is sent when inputs are drawn `from:` other signatures: these run first, at the same version."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Final

from sigpact.contract.model import SignatureUse
from sigpact.engine.dynamic import arrivals, batched
from sigpact.engine.journey import Journey, Read
from sigpact.findings import Level
from sigpact.rows.real import first_rows, real_requests
from sigpact.runtime.protocol import Crashed, Hung, Session
from sigpact.values.plan import Plan, plan
from sigpact.values.requests import Request
from sigpact.values.sourced import Sourced, gather
from sigpact.wire.arrays import Value

_GIVE_UP: Final = 3
"""So many crashes and hangs end a source: each costs seconds, and its own values tell of them."""


def planned(journey: Journey, session: Session, *, rows: int, seed: int) -> Plan:
    """Return what to send to the journey's signature; the signatures that inputs are drawn from have run.

    They are sent their real rows and what their own domains give, by as many random rows, and what the
    client read of their answers is what it sends on.
    """
    sources = _sources(journey, session, rows, seed)
    return plan(journey.contract, journey.use, rows=rows, seed=seed, sources=sources)


def _sources(journey: Journey, session: Session, rows: int, seed: int) -> dict[str, Sourced | str]:
    wanted: dict[str, list[str]] = {}
    for tensor in journey.use.inputs:
        if tensor.source is not None:
            signature, output = tensor.source
            wanted.setdefault(signature, []).append(output)
    found: dict[str, Sourced | str] = {}
    for name, outputs in wanted.items():
        use = journey.contract.signature(name)
        if use is None:
            raise LookupError(f"`from:` names {name}, which the contract does not declare")
        source = replace(journey, use=use)
        found[name] = _sourced(source, session, tuple(dict.fromkeys(outputs)), (rows, seed))
    return found


def _sourced(
    journey: Journey, session: Session, outputs: tuple[str, ...], drawing: tuple[int, int]
) -> Sourced | str:
    use = journey.use
    misfit = _misfit(journey, use)
    if misfit is not None:
        return misfit
    rows, seed = drawing
    made = planned(journey, session, rows=rows, seed=seed)
    if made.undrawable and not made.requests and not use.rows_from:
        return "; ".join(str(each) for each in made.undrawable)
    real = first_rows(real_requests(journey.contract, use), rows)
    found = gather(use, outputs, _answers(journey, session, chain(real, made.requests)))
    return found if found.stacks else f"{use.name} answered nothing on its own domain"


def _misfit(journey: Journey, use: SignatureUse) -> str | None:
    broken = dict.fromkeys(each.rule for each in journey.judged(use) if each.level is Level.ERROR)
    return f"{use.name} does not fit: {', '.join(broken)}" if broken else None


def _answers(
    journey: Journey, session: Session, requests: Iterable[Request]
) -> Iterator[tuple[Request, Mapping[str, Value]]]:
    failures = 0
    for batch in batched(requests):
        for request, arrival in zip(batch, arrivals(journey, session, batch), strict=True):
            if isinstance(arrival, Read):
                yield request, arrival.answer
            failures += isinstance(arrival, Crashed | Hung)
        if failures >= _GIVE_UP:
            return
