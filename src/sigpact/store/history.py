"""The store as it is read: `Record`s, what is damaged, and which records stand (no other replaces them).

A history is a set: files in any order, and the files of two stores together, make the same one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sigpact.frozen import frozen, replace
from sigpact.store.forms import RESULT, folder_of, read
from sigpact.store.place import UNFINISHED, Place, Unread
from sigpact.store.records import (
    Amended,
    Body,
    Closed,
    Override,
    Owner,
    Policy,
    Published,
    Record,
    ReleaseLive,
    Result,
    Retired,
    VersionLive,
)

_NO_RECORDS: Final = frozenset([".gitkeep", ".gitattributes", ".DS_Store", "CODEOWNERS", "OWNERS"])
"""Files that tools keep in each folder."""


@frozen
class Damage:
    """A file that is no record as it was written, and what is wrong with it."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path} {self.reason}"


@frozen
class History:
    """Everything a store says, by path. `unfinished` counts what killed writers left: it says nothing."""

    records: tuple[Record, ...] = ()
    damage: tuple[Damage, ...] = ()
    unfinished: int = 0

    def standing(self) -> tuple[Record, ...]:
        """Return the records that no other record replaces.

        A record replaces only what its own owner said about the same matter: who may write in one folder has
        no say in another.
        """
        gone = {(matter(each.body), digest) for each in self.records for digest in replaced_by(each.body)}
        return tuple(each for each in self.records if (matter(each.body), each.digest) not in gone)

    def known(self) -> tuple[Owner, ...]:
        """Return the clients and models that have records, sorted."""
        return tuple(sorted({each.body.owner for each in self.records}))


def matter(body: Body) -> tuple[Owner, str, str]:
    """Return what a record speaks of: a release's contracts, what is live in an environment, …."""
    match body:
        case Published() | Amended():
            return body.owner, "contracts", body.release
        case ReleaseLive() | VersionLive() | Retired():
            return body.owner, "live", body.environment
        case Override() | Closed():
            return body.owner, "override", body.environment
        case Policy():
            return body.owner, "policy", body.environment
        case Result():
            return body.owner, RESULT, ""


def replaced_by(body: Body) -> tuple[str, ...]:
    """Return the digests of the records that a record replaces."""
    match body:
        case Published() | Override() | Result():
            return ()
        case _:
            return body.replaces


def history(place: Place) -> History:
    """Read all records but results. Raises `StorageError` where the place cannot be reached."""
    return _read(place, [each for each in place.names() if not _is_result(each)])


def results(place: Place, models: Iterable[Owner] | None = None) -> History:
    """Read the results about models (`None`: about all). Raises `StorageError`."""
    names = [each for each in place.names() if _is_result(each)]
    if models is not None:
        folders = {folder_of(each) for each in models}
        names = [each for each in names if each.rpartition("/")[0] in folders]
    return _read(place, names)


def _is_result(path: str) -> bool:
    return path.rpartition("/")[2].startswith(f"{RESULT}-")


def _read(place: Place, names: Sequence[str]) -> History:
    unfinished = {each for each in names if each.rpartition("/")[2].startswith(UNFINISHED)}
    wanted = [each for each in names if each not in unfinished and each.rpartition("/")[2] not in _NO_RECORDS]
    folders = {each: Unread("is a folder, and no record") for each in wanted if each.endswith("/")}
    files = place.read([each for each in wanted if each not in folders])
    return replace(understood({**files, **folders}), unfinished=len(unfinished))


def understood(files: Mapping[str, bytes | Unread]) -> History:
    """Return what files say, whatever their order."""
    told = [_told(path, files[path]) for path in sorted(files)]
    return History(
        tuple(each for each in told if isinstance(each, Record)),
        tuple(each for each in told if isinstance(each, Damage)),
    )


def _told(path: str, found: bytes | Unread) -> Record | Damage:
    if isinstance(found, Unread):
        return Damage(path, found.reason)
    try:
        return read(path, found)
    except ValueError as error:
        return Damage(path, str(error))
