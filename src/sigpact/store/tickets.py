"""What a yes rests on: the `Head` of the store for a question, and the ticket that carries it on."""

import datetime as dt
import re
from collections.abc import Iterable
from hashlib import sha256
from itertools import combinations, islice
from typing import Final

from sigpact.errors import ConfigurationError
from sigpact.frozen import frozen
from sigpact.store.history import History, matter
from sigpact.store.records import Amended, Override, Owner, OwnerKind, Published, Record, Result
from sigpact.store.subjects import Subject
from sigpact.store.written import escaped, unescaped

_FORM: Final = "sigpact1"
_AT: Final = "%Y%m%dT%H%M%SZ"
_NO_FOLDER: Final = "-"
_TRIES: Final = 2000
_TICKET: Final = re.compile(
    rf"{_FORM}:(client|model):([^:]+):([^:]+):([^:]+):([0-9]{{8}}T[0-9]{{6}}Z):([0-9]{{1,9}}):([0-9a-f]{{64}})"
    rf":([0-9a-f]{{64}}|{_NO_FOLDER})",
    re.ASCII,
)


@frozen
class Head:
    """The records that a question rests on, as one sha256; `count` is how many they are."""

    digest: str
    count: int


@frozen
class Ticket:
    """A gate's yes: to what, for where, on which head of the store, and when the gate looked.

    `folder` is the digest of a version's folder, `sha256:…`; `None` for a client's release.
    """

    subject: Subject
    environment: str
    at: dt.datetime
    head: Head
    folder: str | None

    def __str__(self) -> str:
        owner = self.subject.owner
        names = (owner.name, self.subject.what, self.environment)
        folder = _NO_FOLDER if self.folder is None else self.folder.removeprefix("sha256:")
        parts = (self.at.strftime(_AT), str(self.head.count), self.head.digest, folder)
        return ":".join((_FORM, owner.kind, *map(escaped, names), *parts))


@frozen
class Between:
    """The head has moved. `records` came in between if `is_sure`; else they are the latest by clocks."""

    records: tuple[Record, ...]
    is_sure: bool


def counted(history: History, owner: Owner, environment: str) -> tuple[Record, ...]:
    """Return the records that an answer about a model (client) in an environment rests on.

    Those of all clients and of that model (of all models and of that client): what was published, and what
    was said about this environment. Results are no part: they are what a gate finds, not what it goes by.
    """
    return tuple(each for each in history.records if _counts(each, owner, environment))


def _counts(record: Record, owner: Owner, environment: str) -> bool:
    body = record.body
    if isinstance(body, Result) or (body.owner.kind is owner.kind and body.owner != owner):
        return False
    return isinstance(body, Published | Amended) or matter(body)[2] == environment


def head(history: History, owner: Owner, environment: str) -> Head:
    """Return the head for a question about a model (client) in an environment."""
    return _head(_digests(counted(history, owner, environment)), owner, environment)


def _digests(records: Iterable[Record]) -> list[str]:
    return sorted(each.digest for each in records)


def _head(digests: list[str], owner: Owner, environment: str) -> Head:
    lines = (f"sigpact head 1 {owner} in {environment}", *digests)
    return Head(sha256("\n".join(lines).encode()).hexdigest(), len(digests))


def between(ticket: Ticket, history: History, own: str = "") -> Between | None:
    """Return what came in since a ticket was given; `None`: nothing, the yes still rests on what is there.

    `own` is the digest of the record that was written on the ticket's word.
    """
    owner, environment = ticket.subject.owner, ticket.environment
    records = [each for each in counted(history, owner, environment) if each.digest != own]
    digests = _digests(records)
    if _head(digests, owner, environment) == ticket.head:
        return None
    latest = sorted(records, key=lambda each: (each.body.at, each.digest), reverse=True)
    late = len(records) - ticket.head.count
    if late <= 0:
        return Between((), is_sure=True)
    # The head is that of the others, and tells which they are; clocks are mostly right: few tries are needed.
    for chosen in islice(combinations(latest, late), _TRIES):
        new = {each.digest for each in chosen}
        if _head([each for each in digests if each not in new], owner, environment) == ticket.head:
            return Between(tuple(reversed(chosen)), is_sure=True)
    return Between(tuple(reversed(latest[:late])), is_sure=False)


def ran_out(ticket: Ticket, history: History, now: dt.datetime) -> Record | None:
    """Return an override that was open when a ticket was given, and no longer is: it may rest on that."""
    for each in history.standing():
        body = each.body
        if (
            isinstance(body, Override)
            and (body.owner, body.what) == (ticket.subject.owner, ticket.subject.what)
            and body.environment == ticket.environment
            and body.at <= ticket.at < body.until <= now
        ):
            return each
    return None


def presented(text: str, subject: Subject, environment: str) -> Ticket:
    """Return the ticket of a text. Raises `ConfigurationError` where it is for something else."""
    ticket = parse(text)
    if (ticket.subject, ticket.environment) != (subject, environment):
        raise ConfigurationError(
            f"the ticket is for {ticket.subject} to {ticket.environment}, not for {subject} to {environment}"
        )
    return ticket


def parse(text: str) -> Ticket:
    """Return the ticket that a gate printed. Raises `ConfigurationError` for anything else."""
    match = _TICKET.fullmatch(text)
    if match is None:
        raise ConfigurationError(f"{text[:60]!r} is no ticket as `sigpact gate` prints it ({_FORM}:…)")
    try:
        name, what, environment = map(unescaped, match.group(2, 3, 4))
        at = dt.datetime.strptime(match[5], _AT).replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise ConfigurationError(f"the ticket {text[:40]!r}… is damaged: {error}") from None
    folder = None if match[8] == _NO_FOLDER else f"sha256:{match[8]}"
    return Ticket(
        Subject(Owner(OwnerKind(match[1]), name), what),
        environment,
        at,
        Head(match[7], int(match[6])),
        folder,
    )
