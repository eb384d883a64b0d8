"""Overrides: a gate that somebody opened by hand. It is on record, and in every report until it is closed."""

from sigpact.errors import ConfigurationError
from sigpact.gate.asked import Asked
from sigpact.gate.inquiry import Inquiry
from sigpact.report.gated import Override
from sigpact.store import times
from sigpact.store.acts import append
from sigpact.store.records import Closed, Record
from sigpact.store.records import Override as Body
from sigpact.store.subjects import Subject


def overrides(inquiry: Inquiry) -> tuple[Override, ...]:
    """Return the overrides of the environment that nobody closed, those past their time too."""
    records = inquiry.store.state.overrides if inquiry.store is not None else ()
    return tuple(_shown(each, inquiry.asked) for each in records)


def is_open(inquiry: Inquiry, subject: Subject) -> bool:
    """Whether an override answers this very question now: about this owner's subject, in or out."""
    asked, store = inquiry.asked, inquiry.store
    bodies = [each.body for each in store.state.overrides] if store is not None else []
    return any(
        isinstance(each, Body)
        and (each.owner, each.what) == (subject.owner, _what(subject, asked))
        and each.until > asked.now
        for each in bodies
    )


def _what(subject: Subject, asked: Asked) -> str:
    """Return what is let through: who lets a version go away does not let it in."""
    return f"{subject.what} (unload)" if asked.unload else subject.what


def open_by_hand(inquiry: Inquiry, subject: Subject) -> tuple[Override, Record]:
    """Record that a gate is opened. Raises `ConfigurationError` where no store could keep that."""
    asked, store = inquiry.asked, inquiry.store
    if asked.opening is None:
        raise ValueError("nobody opens the gate")
    if store is None:
        raise ConfigurationError("--override is recorded in a store: name one with --store")
    said = asked.opening
    body = Body(
        subject.owner,
        asked.now,
        _what(subject, asked),
        asked.environment.name,
        said.reason,
        said.ticket,
        said.by,
        said.until,
    )
    record = append(store.place, body)
    return _shown(record, asked), record


def close(inquiry: Inquiry, name: str, by: str, because: str) -> Override:
    """Record that an override was dealt with. Raises `ConfigurationError` where there is none of that id."""
    store, asked = inquiry.store, inquiry.asked
    records = store.state.overrides if store is not None else ()
    found = next((each for each in records if each.digest.startswith(name)), None)
    if store is None or found is None:
        there = ", ".join(_id(each) for each in records) or "none"
        raise ConfigurationError(f"no open override {name!r} in {asked.environment.name}; there is {there}")
    append(
        store.place,
        Closed(found.body.owner, asked.now, asked.environment.name, by, because, (found.digest,)),
    )
    return _shown(found, asked)


def _id(record: Record) -> str:
    return record.digest[:12]


def _shown(record: Record, asked: Asked) -> Override:
    body = record.body
    if not isinstance(body, Body):
        raise TypeError(f"{record.path} is no override")
    return Override(
        _id(record), f"{body.owner.name}@{body.what}", body.environment, body.reason, body.ticket, body.by,
        times.written(body.at), times.written(body.until), is_open=body.until > asked.now,
    )  # fmt: skip
