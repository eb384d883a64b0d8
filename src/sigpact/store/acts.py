"""What people tell the store: each function checks it against the history, and writes one record."""

import datetime as dt

from sigpact.errors import ConfigurationError
from sigpact.frozen import frozen
from sigpact.nearest import hint
from sigpact.store import state as states
from sigpact.store import times
from sigpact.store.commit import Commit
from sigpact.store.content import Gathered, blob
from sigpact.store.forms import record_of
from sigpact.store.history import History
from sigpact.store.place import Place
from sigpact.store.records import (
    Amended,
    Body,
    Contracts,
    How,
    Published,
    Record,
    ReleaseLive,
    Retired,
    VersionLive,
    what,
)
from sigpact.store.subjects import Subject
from sigpact.store.versions import Version
from sigpact.store.written import digest


@frozen
class Desk:
    """Where somebody speaks to the store: the place, its history as they saw it, the instant."""

    place: Place
    history: History
    now: dt.datetime


@frozen
class Kept:
    """The record that says it now; `is_new` is false where the store had said the same before."""

    record: Record
    is_new: bool
    replaced: tuple[Record, ...] = ()


def append(place: Place, body: Body) -> Record:
    """Write a record. Raises `StorageError`, and `ConfigurationError` for what no record can say."""
    try:
        record, data = record_of(body)
    except ValueError as error:
        raise ConfigurationError(f"{body.owner}: {error}") from None
    place.write(record.path, data)
    return record


def publish(desk: Desk, release: Subject, gathered: Gathered, commit: Commit) -> Kept:
    """Write the contracts of a release. Raises `ConfigurationError` where others are published under it."""
    body = Published(
        release.owner, desk.now, release.what, gathered.contracts, gathered.files, commit.id, commit.dirty
    )
    before = [
        (each, each.body)
        for each in desk.history.records
        if isinstance(each.body, Published | Amended)
        and (each.body.owner, each.body.release) == (release.owner, release.what)
    ]
    for record, each in before:
        if states.content(each) == states.content(body):
            return Kept(record, is_new=False)
    if before:
        raise ConfigurationError(
            f"{release} is published with other contracts ({_difference(before[0][1], body)}); a release does"
            f" not change: publish another, or `sigpact amend {release} CONTRACTS… --because …`"
        )
    return _with_files(desk, body, gathered)


def amend(desk: Desk, release: Subject, gathered: Gathered, commit: Commit, because: str) -> Kept:
    """Write contracts in the place of those of a release.

    Raises `ConfigurationError` where it is not published.
    """
    standing = published(desk.history, release)
    body = Amended(
        release.owner,
        desk.now,
        release.what,
        gathered.contracts,
        gathered.files,
        commit.id,
        commit.dirty,
        because,
        tuple(sorted(each.digest for each in standing)),
    )
    if len(standing) == 1 and states.content(_contracts(standing[0])) == states.content(body):
        return Kept(standing[0], is_new=False)
    return _with_files(desk, body, gathered, standing)


def published(history: History, release: Subject) -> tuple[Record, ...]:
    """Return the contracts of a release that count. Raises `ConfigurationError` where it is not published."""
    found = states.contracts(history, release.owner, release.what)
    if found:
        return found
    there = sorted(
        {
            each.body.release
            for each in history.records
            if isinstance(each.body, Published) and each.body.owner == release.owner
        }
    )
    raise ConfigurationError(
        f"{release} is not published ({hint(release.what, there)}):"
        f" `sigpact publish CONTRACTS… --client-release {release}` comes first"
    )


def release_live(desk: Desk, release: Subject, environment: str, how: How, ttl: dt.timedelta | None) -> Kept:
    """Write that a client's release is live. Raises `ConfigurationError` where it is not published."""
    published(desk.history, release)
    try:
        lapses = times.after(desk.now, ttl)
    except ValueError as error:
        raise ConfigurationError(f"--ttl: {error}") from None
    replaced = _replaced(desk, release, environment, how)
    digests = tuple(sorted(each.digest for each in replaced))
    body = ReleaseLive(release.owner, desk.now, release.what, environment, how, lapses, digests)
    return Kept(append(desk.place, body), is_new=True, replaced=replaced)


def version_live(desk: Desk, version: Version, environment: str, how: How, ticket: str | None) -> Kept:
    """Write that a model's version is live; `ticket` is the gate's, where there was one."""
    subject = version.subject
    replaced = _replaced(desk, subject, environment, how)
    body = VersionLive(
        subject.owner,
        desk.now,
        subject.what,
        environment,
        how,
        version.digest,
        version.path,
        ticket,
        tuple(sorted(each.digest for each in replaced)),
    )
    return Kept(append(desk.place, body), is_new=True, replaced=replaced)


def retired(desk: Desk, subject: Subject, environment: str) -> Kept:
    """Write that something is no longer live. Raises `ConfigurationError` where it is not."""
    there = states.live(desk.history, subject.owner, environment)
    replaced = tuple(each for each in there if _what(each) == subject.what)
    if not replaced:
        names = sorted({_what(each) for each in there})
        raise ConfigurationError(f"{subject} is not live in {environment}; {hint(subject.what, names)}")
    digests = tuple(sorted(each.digest for each in replaced))
    body = Retired(subject.owner, desk.now, subject.what, environment, digests)
    return Kept(append(desk.place, body), is_new=True, replaced=replaced)


def _replaced(desk: Desk, subject: Subject, environment: str, how: How) -> tuple[Record, ...]:
    """Return what is no longer live then: `deployed` takes the place of all, `released` renews its own."""
    there = states.live(desk.history, subject.owner, environment)
    return tuple(each for each in there if how is How.DEPLOYED or _what(each) == subject.what)


def _what(record: Record) -> str:
    body = record.body
    return what(body) if isinstance(body, ReleaseLive | VersionLive) else ""


def _contracts(record: Record) -> Contracts:
    body = record.body
    if not isinstance(body, Published | Amended):
        raise TypeError(f"{record.path} has no contracts")
    return body


def _with_files(desk: Desk, body: Contracts, gathered: Gathered, replaced: tuple[Record, ...] = ()) -> Kept:
    """Write the files, then the record that names them: who is killed in between has said nothing."""
    for data in dict.fromkeys(data for _, data in gathered.content):
        desk.place.write(blob(body.owner, digest(data)), data)
    return Kept(append(desk.place, body), is_new=True, replaced=replaced)


def _difference(before: Contracts, now: Contracts) -> str:
    """Return the first path that only one of two publications has, or that differs."""
    one, other = dict(before.files), dict(now.files)
    for path in sorted({*one, *other}):
        if path not in other:
            return f"{path} is gone"
        if path not in one:
            return f"{path} is new"
        if one[path] != other[path]:
            return f"{path} differs"
    return "other files of them are contracts"
