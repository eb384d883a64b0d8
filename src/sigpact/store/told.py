"""Sentences about records and states: what the commands of the store print."""

from collections.abc import Iterator, Sequence

from sigpact.store import times
from sigpact.store.acts import Kept
from sigpact.store.history import History
from sigpact.store.records import (
    Amended,
    Body,
    Closed,
    Override,
    Policy,
    Published,
    Record,
    ReleaseLive,
    Result,
    Retired,
    VersionLive,
)
from sigpact.store.state import LiveRelease, LiveVersion, State, environments, state
from sigpact.store.tickets import Between, Ticket, between, ran_out


def kept(found: Kept) -> str:
    """Return what a command wrote, or found written."""
    said = sentence(found.record.body)
    if not found.is_new:
        return f"{said} (the store had it: nothing is written)"
    if isinstance(found.record.body, Published | Amended | Retired):
        return said
    others = sorted({each for each in map(_live_what, found.replaced) if each != _live_what(found.record)})
    return f"{said}, in the place of {', '.join(others)}" if others else said


def sentence(body: Body) -> str:
    """Return what a record says, without its time."""
    name = body.owner.name
    match body:
        case Published() | Amended():
            verb = "amended" if isinstance(body, Amended) else "published"
            said = f"{verb} {name}@{body.release}: {_counted(body)}{_commit(body)}"
        case ReleaseLive():
            said = f"{body.how} {name}@{body.release} to {body.environment}, {_until(body.lapses)}"
        case VersionLive():
            said = f"{body.how} {name}@{body.version} to {body.environment} ({_short(body.digest)})"
        case Retired():
            said = f"retired {name}@{body.what} from {body.environment}"
        case Override():
            said = f"override of {name}@{body.what} in {body.environment} until {times.written(body.until)}"
        case Closed():
            said = f"closed an override of {name} in {body.environment}"
        case Policy():
            said = f"policy of {name} in {body.environment}: {body.level}"
        case Result():
            said = f"a result about {name}"
    return said


def refusal(ticket: Ticket, history: History, folder: str | None, own: str = "") -> str | None:
    """Return why a gate's yes no longer holds; `None`: it does. `own` is the record written on its word."""
    if ticket.folder != folder:
        return f"{ticket.subject} has another content than the gate looked at"
    found = between(ticket, history, own)
    return None if found is None else came_between(found)


def too_late(ticket: Ticket, history: History, now: times.Instant) -> str | None:
    """Return why a ticket came too late; `None`: it did not."""
    found = ran_out(ticket, history, now)
    return None if found is None else f"the {sentence(found.body)} ran out, and it may rest on that"


def came_between(found: Between) -> str:
    """Return which records came in since the gate looked."""
    if not found.records:
        return "the store has fewer records than the gate saw, or others: is it the same store?"
    listed = "; ".join(f"{sentence(each.body)} ({times.written(each.body.at)})" for each in found.records)
    doubt = "" if found.is_sure else " (the latest by the clocks of those who wrote them, which disagree)"
    return f"{len(found.records)} came in since the gate looked{doubt}: {listed}"


def shown(place: str, history: History, names: Sequence[str], now: times.Instant) -> str:
    """Return a store as text: by environment what is live, what lapsed, what is open; and what is damaged."""
    lines = [f"store {place}: {len(history.records)} records"]
    for name in names or environments(history):
        lines += ["", f"{name}:", *(f"  {each}" for each in _lines(state(history, name, now)))]
    lines += [f"damaged: {each}" for each in history.damage]
    if history.unfinished:
        lines.append(f"left by killed writers, and says nothing: {history.unfinished} of .tmp-…")
    return "\n".join(lines) + "\n"


def _lines(found: State) -> Iterator[str]:
    yield from map(_version, found.versions)
    yield from map(_release, found.releases)
    for each in found.lapsed:
        day = "" if each.lapses is None else _day(each.lapses)
        yield f"{each} lapsed on {day}: deploy it again, or retire it"
    for record in (*found.overrides, *found.policies):
        yield sentence(record.body)
    if not (found.versions or found.releases or found.lapsed):
        yield "nothing is live"


def _version(found: LiveVersion) -> str:
    digests = " and ".join(map(_short, found.digests))
    return f"{found} live ({digests})"


def _release(found: LiveRelease) -> str:
    return f"{found} live {_until(found.lapses)}" + "".join(
        f"; {sentence(each.body)}" for each in found.contracts
    )


def _live_what(record: Record) -> str:
    match record.body:
        case ReleaseLive(release=what) | VersionLive(version=what):
            return what
        case _:
            return ""


def _counted(body: Published | Amended) -> str:
    contracts, others = len(body.contracts), len(body.files) - len(body.contracts)
    files = "" if not others else f" and {others} {'file' if others == 1 else 'files'}"
    return f"{contracts} {'contract' if contracts == 1 else 'contracts'}{files}"


def _commit(body: Published | Amended) -> str:
    if body.commit is None:
        return ", of no commit"
    return f", commit {body.commit[:12]}" + (" and changes that it does not have" if body.dirty else "")


def _until(lapses: times.Instant | None) -> str:
    return "without end" if lapses is None else f"until {_day(lapses)}"


def _day(at: times.Instant) -> str:
    return times.written(at)[:10]


def _short(digest: str) -> str:
    return f"{digest[:19]}…"
