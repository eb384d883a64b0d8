"""Real rows at a loaded version: judged like any, and compared with what was recorded beside them."""

import itertools
from collections.abc import Iterator
from typing import Final

from sigpact.checks.breaches import Breach
from sigpact.checks.examples import wrong_rows
from sigpact.engine.dynamic import GIVE_UP, Ran, arrivals, batched, recorded_breaches, streamed
from sigpact.engine.journey import Arrival, Journey, Read
from sigpact.engine.kept import UNSTEADY, Alike, Kept, is_steady
from sigpact.engine.tally import breaches
from sigpact.rows.mistakes import Seen
from sigpact.rows.real import first_rows, real_requests
from sigpact.runtime.protocol import Crashed, Hung, Session
from sigpact.values.requests import Request, row_of

_SEGMENT: Final = 256
"""Requests after which rows that were answered otherwise are sent alone: so many wait in memory."""


def run_rows(
    journey: Journey, session: Session, ran: Ran, *, most: int | None = None, keep: bool = False
) -> None:
    """Send the real rows of a signature (the first `most`), and judge every answer.

    `keep`: what was answered otherwise than recorded is kept, asked for twice, and what was not as well.
    """
    ran.kept = Kept() if keep else None
    seen = Seen()
    requests = first_rows(real_requests(journey.contract, journey.use, seen), most)
    beside = compared = failures = known = 0
    for segment in _segments(requests):
        suspects: list[Request] = []
        known = len(ran.kept.others) if ran.kept else 0
        for request, arrival in streamed(journey, session, segment):
            ran.count(request, arrival)
            ran.tally.add(breaches(journey.contract, journey.use, request, arrival), request)
            compared += _compare(journey, request, arrival, ran, suspects)
            failures += isinstance(arrival, Crashed | Hung)
            if failures >= GIVE_UP:
                break
        if failures < GIVE_UP:
            asked, failed = _ask_alone(journey, session, suspects, ran, GIVE_UP - failures)
            beside, failures = beside + asked, failures + failed
        if failures >= GIVE_UP:
            break
        _ask_again(journey, session, ran, known)
    if failures >= GIVE_UP:
        ran.notes.append(f"{journey.use.name}: stopped after {failures} calls that crashed or hung")
        if ran.kept is not None:
            # Nobody asked these twice.
            del ran.kept.others[known:]
    ran.problems.extend(seen.mistakes)
    ran.notes.extend(_notes(journey.use.name, seen, compared, beside))


def _segments(requests: Iterator[Request]) -> Iterator[Iterator[Request]]:
    """Yield the requests in pieces, each of which is read to its end before the next."""
    for first in requests:
        yield itertools.chain((first,), itertools.islice(requests, _SEGMENT - 1))


def _compare(journey: Journey, request: Request, arrival: Arrival, ran: Ran, suspects: list[Request]) -> int:
    """Compare an answer with the recorded one, and return how many rows were.

    A row was recorded alone: whether it is answered otherwise, or only beside others, is asked again.
    """
    recorded = request.recorded
    if recorded is None or not recorded.answer or not isinstance(arrival, Read):
        return 0
    if not request.is_gathered:
        found = tuple(recorded_breaches(journey.use, request, arrival))
        ran.tally.add(found, request)
        _keep(journey, ran, (request, arrival), found)
        return request.rows
    wrong = wrong_rows(recorded.answer, arrival.answer, request.rows)
    suspects += [row_of(request, row) for row in wrong.nonzero()[0].tolist()]
    if ran.kept is not None:
        alike = tuple((~wrong).nonzero()[0].tolist())
        places = tuple(recorded.places[row] for row in alike)
        ran.kept.add(Alike(places, alike, arrival.answer))
    return request.rows


def _keep(
    journey: Journey, ran: Ran, answered: tuple[Request, Arrival], differing: tuple[Breach, ...]
) -> None:
    """Keep what came of a row that was sent alone, or that it came as recorded."""
    request, arrival = answered
    if ran.kept is None or request.recorded is None:
        return
    if differing:
        wrong = (*differing, *breaches(journey.contract, journey.use, request, arrival))
        ran.kept.others.append((request, arrival, wrong))
    elif isinstance(arrival, Read):
        ran.kept.add(Alike(request.recorded.places, None, arrival.answer))


def _ask_alone(
    journey: Journey, session: Session, suspects: list[Request], ran: Ran, most: int
) -> tuple[int, int]:
    """Send rows alone that were answered otherwise; return how many then were not, and how many failed.

    After so many crashes and hangs the others are left.
    """
    beside = failures = 0
    for batch in batched(suspects):
        for request, arrival in zip(batch, arrivals(journey, session, batch), strict=True):
            if failures >= most:
                return beside, failures
            failures += isinstance(arrival, Crashed | Hung)
            found = tuple(recorded_breaches(journey.use, request, arrival))
            ran.tally.add(found, request)
            _keep(journey, ran, (request, arrival), found)
            beside += isinstance(arrival, Read) and not found
            if not isinstance(arrival, Read):
                ran.tally.add(breaches(journey.contract, journey.use, request, arrival), request)
    return beside, failures


def _ask_again(journey: Journey, session: Session, ran: Ran, known: int) -> None:
    """Send once more what is answered otherwise, beyond what is `known`: a chance is not written down."""
    kept = ran.kept
    if kept is None or len(kept.others) == known:
        return
    found = kept.others[known:]
    batches = batched(request for request, _, _ in found)
    again = (arrival for batch in batches for arrival in arrivals(journey, session, batch))
    kept.others[known:] = [
        (request, first, wrong if is_steady(first, second) else (*wrong, UNSTEADY))
        for (request, first, wrong), second in zip(found, again, strict=True)
    ]


def _notes(name: str, seen: Seen, compared: int, beside: int) -> Iterator[str]:
    if compared:
        yield f"{name}: {compared:,} real rows compared with their recorded answers"
    if beside:
        yield f"{name}: {beside:,} of them answered as recorded alone, and otherwise beside other rows"
    if seen.foreign:
        yield f"{name}: {seen.foreign:,} real rows of other signatures passed over"
    if seen.refused:
        yield f"{name}: {seen.refused:,} real rows that were recorded as refused passed over"
