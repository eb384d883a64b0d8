"""Collects what goes wrong over thousands of rows into a few troubles, each with its smallest request."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from dataclasses import replace as copied
from typing import Final

from sigpact.checks.answers import check_answer
from sigpact.checks.breaches import Breach, is_sensitive, spoken
from sigpact.checks.holds import check_holds
from sigpact.contract.model import Contract, Example, SignatureUse
from sigpact.engine.journey import Arrival, Garbled, Read
from sigpact.engine.witness import difficulty
from sigpact.findings import Path
from sigpact.frozen import replace
from sigpact.runtime.limits import Limits
from sigpact.runtime.protocol import Crashed, Hung, Refused
from sigpact.values.requests import Request, row_of
from sigpact.wire.arrays import Value
from sigpact.wire.client_writes import CannotWrite
from sigpact.wire.refusal import http_status

_SUSPECTS: Final = 12
"""Of each trouble so many failing rows are kept, the easiest to read: one of them fails alone, as a rule."""


@dataclass(slots=True, eq=False)
class Trouble:
    """One kind of breach in one place: its smallest request so far, and how many rows and calls had it.

    An example is sent as it stands: never cut. A raw one has no `request`. `suspects` are rows that failed
    in some request, each by itself, the easiest to read first.
    """

    breach: Breach
    request: Request | None
    example: Example | None = None
    rows: int = 1
    calls: int = 1
    suspects: list[Request] = field(default_factory=list)

    def suspect(self, request: Request, row: int) -> None:
        """Keep a row that failed in a request of several, if it is among the easiest."""
        one = row_of(request, row)
        if one.rows > 1:
            return
        if len(self.suspects) < _SUSPECTS or difficulty(one) < difficulty(self.suspects[-1]):
            # Arrays of its own: a row that is kept does not keep the batch around it.
            values = {name: Value(each.dtype, each.array.copy()) for name, each in one.values.items()}
            self.suspects.append(copied(one, values=values))
            self.suspects.sort(key=difficulty)
            del self.suspects[_SUSPECTS:]


@dataclass(slots=True, eq=False)
class Tally:
    """All troubles of one use at one version, by (rule, path, change)."""

    troubles: dict[tuple[str, Path, str], Trouble] = field(default_factory=dict)

    def counting(self, rows: int) -> Iterator[Trouble]:
        """Yield the troubles that count, of so many rows: not what a clause's `share` allows."""
        for each in self.troubles.values():
            share = each.breach.share
            if share is None or (each.example is None and each.rows > (1 - share) * rows):
                yield each

    def add(
        self, breaches: Iterable[Breach], request: Request | None, example: Example | None = None
    ) -> None:
        """Keep what is wrong with one answer."""
        for breach in breaches:
            key = (breach.rule, breach.at, breach.change)
            rows = _rows(request, breach)
            known = self.troubles.get(key)
            if known is None:
                known = self.troubles[key] = Trouble(breach, request, example, rows)
            else:
                known.rows += rows
                known.calls += 1
                if _is_easier(request, breach, known):
                    known.breach, known.request = breach, request
            if request is not None and example is None and breach.row is not None and request.rows > 1:
                known.suspect(request, breach.row)


def breaches(contract: Contract, use: SignatureUse, request: Request, arrival: Arrival) -> tuple[Breach, ...]:
    """Return what is wrong with what came of one request."""
    if isinstance(arrival, Read):
        return (
            *check_answer(contract, use, request, arrival.answer, served=arrival.served),
            *check_holds(contract, use, request, arrival.answer, arrival.served),
        )
    return (failure(contract, use, arrival),)


def failure(
    contract: Contract, use: SignatureUse, arrival: Garbled | Refused | CannotWrite | Crashed | Hung
) -> Breach:
    """Return the breach that a call without a readable answer is."""
    match _discreet(use, arrival):
        case Garbled(output=output, reason=reason):
            at: Path = ("outputs", output) if output else ("outputs",)
            return _breach("answer-unreadable", at, "an answer that the client can read", reason)
        case Refused(status=status, message=message):
            told = " ".join(message.split())
            told += f" ({_MEMORY})" if status == "RESOURCE_EXHAUSTED" else ""
            said = f"{http_status(status)} {told}" if contract.protocol == "rest" else f"{status}: {told}"
            return _breach("request-refused", (), "an answer", said)
        case CannotWrite(reason=reason):
            return _breach("request-not-writable", (), "a request that the client can write", reason)
        case Crashed(signal=signal, detail=detail):
            ended = f"the process ended ({signal})" if signal else "the process ended"
            return _breach("model-crashed", (), "an answer", f"{ended}: {detail}" if detail else ended)
        case Hung(seconds=seconds):
            return _breach("model-hung", (), "an answer", f"none within {seconds:g} seconds")


_MEMORY: Final = f"its memory may grow by {Limits().memory >> 30} GiB here; a server may have more, or less"
_EXHAUSTED: Final = ("RESOURCE_EXHAUSTED:", "429 ")
"""How the refusal begins of a call that memory did not suffice for."""


def is_exhausted(breach: Breach) -> bool:
    """Whether a call was refused because memory ran out: filling it takes seconds."""
    return breach.rule == "request-refused" and breach.received.startswith(_EXHAUSTED)


def _discreet(
    use: SignatureUse, arrival: Garbled | Refused | CannotWrite | Crashed | Hung
) -> Garbled | Refused | CannotWrite | Crashed | Hung:
    """Return how a call ended without the words that may quote what is sensitive: a digest instead."""
    if not is_sensitive(use):
        return arrival
    match arrival:
        case Garbled(reason=reason) | CannotWrite(reason=reason):
            return replace(arrival, reason=spoken(reason, sensitive=True))
        case Refused(message=message):
            return replace(arrival, message=spoken(message, sensitive=True))
        case Crashed(detail=detail) if detail:
            return replace(arrival, detail=spoken(detail, sensitive=True))
        case _:
            return arrival


def _breach(rule: str, at: Path, expected: str, received: str) -> Breach:
    return Breach(rule, at, None, expected, received, 1, 1)


def _rows(request: Request | None, breach: Breach) -> int:
    """Return how many rows a breach is about: those that have it, or all where the whole answer is wrong."""
    if request is None:
        return 1
    return request.rows if breach.row is None else min(request.rows, breach.count)


def _is_easier(request: Request | None, breach: Breach, known: Trouble) -> bool:
    """Whether the row that failed is easier to read than the one that is kept."""
    if request is None or known.request is None:
        return False
    rows = (row_of(request, breach.row or 0), row_of(known.request, known.breach.row or 0))
    return difficulty(rows[0]) < difficulty(rows[1])
