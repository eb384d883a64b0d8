"""`State`: what holds in one environment now, folded from the records that stand."""

import datetime as dt
from collections.abc import Iterator

from sigpact.frozen import frozen
from sigpact.store.history import Damage, History
from sigpact.store.records import (
    Amended,
    Contracts,
    Override,
    Owner,
    Policy,
    Published,
    Record,
    ReleaseLive,
    VersionLive,
)


@frozen
class LiveRelease:
    """A client's release that is live, or was until it lapsed.

    `contracts` are the records whose contracts it must be judged by: one, or several where two were written
    without knowledge of each other; all count. `live` are the records that make it live.
    """

    client: str
    release: str
    contracts: tuple[Record, ...]
    live: tuple[Record, ...]
    lapses: dt.datetime | None
    """When it lapses, or did; `None`: it does not."""

    def __str__(self) -> str:
        return f"{self.client}@{self.release}"


@frozen
class LiveVersion:
    """A version that was recorded as served; `digests` of its folder: several where records disagree."""

    model: str
    version: str
    digests: tuple[str, ...]
    live: tuple[Record, ...]

    def __str__(self) -> str:
        return f"{self.model}@{self.version}"


@frozen
class State:
    """What holds in an environment. With `damage` nothing is certain: a gate must not say yes."""

    environment: str
    releases: tuple[LiveRelease, ...] = ()
    lapsed: tuple[LiveRelease, ...] = ()
    """Releases that were not renewed in time, and no longer count."""
    versions: tuple[LiveVersion, ...] = ()
    overrides: tuple[Record, ...] = ()
    """Those that nobody closed, past their time as well."""
    policies: tuple[Record, ...] = ()
    damage: tuple[Damage, ...] = ()
    unfinished: int = 0


def state(history: History, environment: str, now: dt.datetime) -> State:
    """Return what holds in an environment at an instant."""
    standing = history.standing()
    releases = tuple(_releases(standing, environment))
    missing = tuple(_without_contracts(releases))
    return State(
        environment,
        tuple(each for each in releases if not _is_lapsed(each, now)),
        tuple(each for each in releases if _is_lapsed(each, now)),
        tuple(_versions(standing, environment)),
        tuple(
            each
            for each in standing
            if isinstance(each.body, Override) and each.body.environment == environment
        ),
        tuple(
            each
            for each in standing
            if isinstance(each.body, Policy) and each.body.environment == environment
        ),
        (*history.damage, *missing),
        history.unfinished,
    )


def contracts(history: History, owner: Owner, release: str) -> tuple[Record, ...]:
    """Return the records that have the contracts of a release: all of them must be satisfied."""
    return _contracts(history.standing(), owner, release)


def live(history: History, owner: Owner, environment: str) -> tuple[Record, ...]:
    """Return the records by which something of an owner is live in an environment, lapsed ones as well."""
    return tuple(
        each
        for each in history.standing()
        if isinstance(each.body, ReleaseLive | VersionLive)
        and (each.body.owner, each.body.environment) == (owner, environment)
    )


def environments(history: History) -> tuple[str, ...]:
    """Return the environments that something was ever live in, sorted."""
    found = (each.body for each in history.records)
    return tuple(sorted({each.environment for each in found if isinstance(each, ReleaseLive | VersionLive)}))


def _contracts(standing: tuple[Record, ...], owner: Owner, release: str) -> tuple[Record, ...]:
    return tuple(
        each
        for each in standing
        if isinstance(each.body, Published | Amended)
        and (each.body.owner, each.body.release) == (owner, release)
    )


def _releases(standing: tuple[Record, ...], environment: str) -> Iterator[LiveRelease]:
    found: dict[tuple[Owner, str], list[tuple[Record, ReleaseLive]]] = {}
    for each in standing:
        if isinstance(each.body, ReleaseLive) and each.body.environment == environment:
            found.setdefault((each.body.owner, each.body.release), []).append((each, each.body))
    for owner, release in sorted(found):
        records, bodies = zip(*found[owner, release], strict=True)
        lapses = _latest([each.lapses for each in bodies])
        yield LiveRelease(owner.name, release, _contracts(standing, owner, release), records, lapses)


def _latest(instants: list[dt.datetime | None]) -> dt.datetime | None:
    """Return the latest instant; `None`, never, is later than all."""
    known = [each for each in instants if each is not None]
    return max(known) if len(known) == len(instants) else None


def _is_lapsed(release: LiveRelease, now: dt.datetime) -> bool:
    return release.lapses is not None and release.lapses <= now


def _without_contracts(releases: tuple[LiveRelease, ...]) -> Iterator[Damage]:
    for each in releases:
        if not each.contracts:
            yield Damage(each.live[0].path, f"makes {each} live, whose contracts are not in the store")


def _versions(standing: tuple[Record, ...], environment: str) -> Iterator[LiveVersion]:
    found: dict[tuple[str, int], list[tuple[Record, VersionLive]]] = {}
    for each in standing:
        if isinstance(each.body, VersionLive) and each.body.environment == environment:
            found.setdefault((each.body.owner.name, int(each.body.version)), []).append((each, each.body))
    for model, version in sorted(found):
        records, bodies = zip(*found[model, version], strict=True)
        yield LiveVersion(model, str(version), tuple(sorted({each.digest for each in bodies})), records)


def content(body: Contracts) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return what makes two publications the same: which contracts, which files with which content."""
    return body.contracts, body.files
