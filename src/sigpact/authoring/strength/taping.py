"""Asks a version everything once that a contract would be judged by."""

import itertools
from dataclasses import replace as copied

from sigpact.authoring.strength.playing import Player
from sigpact.authoring.strength.scene import Take
from sigpact.contract.model import RawExample
from sigpact.engine.dynamic import arrived, batched
from sigpact.engine.journey import Journey, Sent
from sigpact.engine.sourcing import planned
from sigpact.errors import ContractError
from sigpact.rows.examples import sendable_example
from sigpact.rows.mistakes import Seen
from sigpact.rows.real import first_rows, real_requests
from sigpact.values.requests import Request


def examples(journey: Journey, player: Player) -> tuple[Take, ...]:
    """Send the examples of a use. Raises `ContractError` for one that the client never sends."""
    taken = []
    for example in journey.use.examples:
        request = sendable_example(journey.contract, journey.use, example)
        if isinstance(example, RawExample):
            sent = journey.post(example.request.encode())
        else:
            sent = journey.send(_there(request))
        taken.append(copied(_taken(journey, player, [(request, sent)])[0], example=example))
    return tuple(taken)


def _there(request: Request | None) -> Request:
    if request is None:
        raise ValueError("only a raw example has no request")
    return request


def drawn(journey: Journey, player: Player, *, rows: int, seed: int) -> tuple[Take, ...]:
    """Send the first so many real rows, boundaries and so many random rows.

    Inputs that nothing is made up for are left to the examples. Raises `ContractError` for real rows that
    are wrong.
    """
    use, seen = journey.use, Seen()
    count = rows if use.rows is None else min(rows, use.rows)
    real = first_rows(real_requests(journey.contract, use, seen), count)
    made = planned(journey, player, rows=count, seed=seed).requests
    taken: list[Take] = []
    for batch in batched(itertools.chain(real, made)):
        taken += _taken(journey, player, [(each, journey.send_short(each)) for each in batch])
    if seen.mistakes:
        raise ContractError(tuple(seen.mistakes))
    return tuple(taken)


def _taken(journey: Journey, player: Player, pairs: list[tuple[Request | None, Sent]]) -> list[Take]:
    outcomes = iter(player.run([sent.call for _, sent in pairs if sent.call is not None]))
    taken = []
    for request, sent in pairs:
        outcome = None if sent.call is None else next(outcomes)
        taken.append(Take(request, sent, outcome, arrived(journey, sent, outcome)))
    return taken
