"""Records and places for tests: short words for what a store may say."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from sigpact.errors import StorageError
from sigpact.store.acts import Desk, append
from sigpact.store.history import History, history
from sigpact.store.place import BLOBS, Place, Unread
from sigpact.store.records import (
    Amended,
    Body,
    Closed,
    How,
    Level,
    Override,
    Owner,
    OwnerKind,
    Policy,
    Published,
    Record,
    ReleaseLive,
    Result,
    Retired,
    VersionLive,
)
from sigpact.store.subjects import Subject

APP = Owner(OwnerKind.CLIENT, "mobile-app")
WEB = Owner(OwnerKind.CLIENT, "web")
GENRE = Owner(OwnerKind.MODEL, "genre")
RANKER = Owner(OwnerKind.MODEL, "Ranker v2")
START = dt.datetime(2026, 11, 29, 12, 0, 0, tzinfo=dt.UTC)
SHA = "ab" * 32
FOLDER = f"sha256:{SHA}"
CONTRACT = """\
contract: 1
client: mobile-app
model: genre
signatures:
  get_genre:
    inputs: {title: {dtype: text, shape: [batch], enum_from: names/titles.txt}}
    outputs: {genre: {dtype: text, shape: [batch]}}
"""


class Shelf:
    """A store in a dict."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(files or {})

    def __str__(self) -> str:
        return "shelf"

    def names(self) -> tuple[str, ...]:
        """Return the paths, but of blobs."""
        return tuple(each for each in self.files if f"/{BLOBS}/" not in each)

    def read(self, paths: Sequence[str]) -> dict[str, bytes | Unread]:
        """Return contents."""
        return {path: self.files.get(path, Unread("is not there", is_absent=True)) for path in paths}

    def write(self, path: str, data: bytes) -> None:
        """Keep a file."""
        if self.files.setdefault(path, data) != data:
            raise StorageError("shelf", f"{path} is there with another content")


def at(hours: float) -> dt.datetime:
    """Return an instant so many hours after the first."""
    return START + dt.timedelta(hours=hours)


def desk(place: Place, hours: float = 0) -> Desk:
    """Return a desk that sees a place as it is now."""
    return Desk(place, history(place), at(hours))


def published(release: str = "4.3", owner: Owner = APP, hours: float = 0, sha256: str = SHA) -> Published:
    """Return the publication of one contract."""
    files = (("genre.contract.yaml", sha256),)
    return Published(owner, at(hours), release, ("genre.contract.yaml",), files, None, dirty=False)


def amended(*replaces: Record, release: str = "4.3", hours: float = 1, sha256: str = SHA) -> Amended:
    """Return an amendment."""
    files = (("genre.contract.yaml", sha256),)
    gone = tuple(sorted(each.digest for each in replaces))
    return Amended(
        APP,
        at(hours),
        release,
        ("genre.contract.yaml",),
        files,
        None,
        dirty=False,
        because="wrong",
        replaces=gone,
    )


def live(
    release: str = "4.3",
    *replaces: Record,
    owner: Owner = APP,
    hours: float = 0,
    lapses: dt.datetime | None = None,
) -> ReleaseLive:
    """Return that a release is live in production."""
    gone = tuple(sorted(each.digest for each in replaces))
    return ReleaseLive(owner, at(hours), release, "production", How.DEPLOYED, lapses, gone)


def served(version: str = "7", *replaces: Record, hours: float = 0, digest: str = FOLDER) -> VersionLive:
    """Return that a version of genre is live in production."""
    gone = tuple(sorted(each.digest for each in replaces))
    return VersionLive(
        GENRE, at(hours), version, "production", How.DEPLOYED, digest, f"models/genre/{version}", None, gone
    )


def retired(subject: Subject, *replaces: Record, hours: float = 1) -> Retired:
    """Return that something is no longer live in production."""
    return Retired(
        subject.owner, at(hours), subject.what, "production", tuple(sorted(each.digest for each in replaces))
    )


def one_of_each() -> tuple[Body, ...]:
    """Return a body of every kind, of clients and models."""
    return (
        published(),
        amended(),
        live(),
        live(lapses=at(9)),
        served(),
        retired(Subject(APP, "4.3")),
        retired(Subject(GENRE, "7")),
        Result(GENRE, START, {"verdict": "yes", "rows": [1, 2.5, None]}),
        Override(GENRE, START, "7", "production", "an outage", "OPS-1", "kim", at(4)),
        Override(APP, START, "4.3", "production", "an outage", "OPS-1", "kim", at(4)),
        Closed(GENRE, START, "production", "kim", "rolled back", (SHA,)),
        Closed(APP, START, "production", "kim", "rolled back", (SHA,)),
        Policy(RANKER, START, "production", Level.WARN, "contracts come in", ()),
    )


def written(place: Place, *bodies: Body) -> tuple[Record, ...]:
    """Write bodies, and return their records."""
    return tuple(append(place, each) for each in bodies)


def read(*bodies: Body) -> History:
    """Return the history of a store that says this."""
    shelf = Shelf()
    written(shelf, *bodies)
    return history(shelf)


def contracts(folder: Path, text: str = CONTRACT, titles: str = "Alien\nHeat\n") -> Path:
    """Write a contract that names a file, and return it."""
    (folder / "names").mkdir(parents=True, exist_ok=True)
    (folder / "names" / "titles.txt").write_text(titles, encoding="utf-8")
    file = folder / "genre.contract.yaml"
    file.write_text(text, encoding="utf-8")
    return file
