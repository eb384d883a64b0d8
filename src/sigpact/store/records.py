"""Records: what the store says, one closed class for each kind. A record is written once and never changes.

`replaces` has the digests of the records that the writer saw and that no longer count; there is no order by
clocks. `at` is when it was written, by the writer's clock: for people, and for times to live.
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from sigpact.frozen import frozen


class OwnerKind(StrEnum):
    """Whose records: each kind has a folder, `clients/` and `models/`."""

    CLIENT = "client"
    MODEL = "model"


@frozen
class Owner:
    """A client or a model: what its records are about, and whose folder they lie in."""

    kind: OwnerKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class How(StrEnum):
    """How something came to be live."""

    DEPLOYED = "deployed"
    """In the place of what was live."""
    RELEASED = "released"
    """Beside what was live."""


class Level(StrEnum):
    """What a gate does about a model; each is stricter than the one before."""

    OBSERVE = "observe"
    WARN = "warn"
    ENFORCE = "enforce"


Files = tuple[tuple[str, str], ...]
"""Paths in a release, sorted, each with the sha256 of its content."""


@frozen
class Published:
    """The contracts of a client at a release, with the files that they name.

    `commit` is where they were taken from, if that is known; `dirty`: with changes that it does not have.
    """

    owner: Owner
    at: dt.datetime
    release: str
    contracts: tuple[str, ...]
    files: Files
    commit: str | None
    dirty: bool


@frozen
class Amended:
    """Contracts in the place of wrong ones of a release that is out; the wrong ones are kept."""

    owner: Owner
    at: dt.datetime
    release: str
    contracts: tuple[str, ...]
    files: Files
    commit: str | None
    dirty: bool
    because: str
    replaces: tuple[str, ...]


@frozen
class ReleaseLive:
    """A client's release is used in an environment, until it `lapses`; `None`: it does not."""

    owner: Owner
    at: dt.datetime
    release: str
    environment: str
    how: How
    lapses: dt.datetime | None
    replaces: tuple[str, ...]


@frozen
class VersionLive:
    """A model's version is served in an environment; `digest` is of its folder, `ticket` the gate's."""

    owner: Owner
    at: dt.datetime
    version: str
    environment: str
    how: How
    digest: str
    path: str
    ticket: str | None
    replaces: tuple[str, ...]


@frozen
class Retired:
    """A release or version (`what`) is no longer live in an environment."""

    owner: Owner
    at: dt.datetime
    what: str
    environment: str
    replaces: tuple[str, ...]


@frozen
class Result:
    """What a gate found out about a model; `payload` is the gate's own."""

    owner: Owner
    at: dt.datetime
    payload: Mapping[str, object]


@frozen
class Override:
    """A gate opened by hand for a release or version (`what`), until an instant; stands until closed."""

    owner: Owner
    at: dt.datetime
    what: str
    environment: str
    reason: str
    ticket: str
    by: str
    until: dt.datetime


@frozen
class Closed:
    """Overrides (those that it `replaces`) were dealt with."""

    owner: Owner
    at: dt.datetime
    environment: str
    by: str
    because: str
    replaces: tuple[str, ...]


@frozen
class Policy:
    """How strict the gate is about a model in an environment, from now on."""

    owner: Owner
    at: dt.datetime
    environment: str
    level: Level
    because: str
    replaces: tuple[str, ...]


Contracts = Published | Amended
Live = ReleaseLive | VersionLive
Body = Contracts | Live | Retired | Result | Override | Closed | Policy


@frozen
class Record:
    """A body as it lies in the store: the sha256 of its canonical bytes is its identity and in its name."""

    path: str
    digest: str
    body: Body


def what(body: Live | Retired | Override) -> str:
    """Return the release or version that a record is about."""
    match body:
        case ReleaseLive():
            return body.release
        case VersionLive():
            return body.version
        case Retired() | Override():
            return body.what
