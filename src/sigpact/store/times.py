"""Instants and lengths of time, as records and options write them."""

import datetime as dt
import re
from typing import Final

Instant = dt.datetime
"""With a time zone: UTC."""

NEVER: Final = "never"
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_LENGTH: Final = re.compile(r"([1-9][0-9]{0,5})([hdw])")
_HOURS: Final = {"h": 1, "d": 24, "w": 168}


def now() -> dt.datetime:
    """Return this second, in UTC."""
    return dt.datetime.now(tz=dt.UTC).replace(microsecond=0)


def written(at: dt.datetime) -> str:
    """Return an instant as a record writes it: `2026-11-29T15:31:36Z`."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def instant(text: str) -> dt.datetime:
    """Return the instant that a record wrote. Raises `ValueError`."""
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"{text!r} is no instant such as 2026-11-29T15:31:36Z")
    return dt.datetime.fromisoformat(text)


def length(text: str) -> dt.timedelta | None:
    """Return a length of time such as `180d`, `4h`, `2w`; `None` for `never`. Raises `ValueError`."""
    if text == NEVER:
        return None
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no length of time: 180d, 4h, 2w or never")
    return dt.timedelta(hours=int(match[1]) * _HOURS[match[2]])


def after(at: dt.datetime, ttl: dt.timedelta | None) -> dt.datetime | None:
    """Return when something lapses; `None`: it does not. Raises `ValueError` past the year 9999."""
    try:
        return None if ttl is None else at + ttl
    except OverflowError:
        raise ValueError("that is later than the year 9999; write never") from None
