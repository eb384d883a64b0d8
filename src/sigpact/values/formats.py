"""`format:` texts of a known form: whether a text is one, and small pools of examples."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Final

import numpy as np

POOL: Final = 4000
"""How many examples a pool has at most."""

_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[zZ]|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
# Possessive quantifiers and disjoint parts: no text makes these slow.
_FORMS: Final = {
    "date": re.compile(r"(\d{4}-\d{2}-\d{2})", re.ASCII),
    "date-time": re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})[tT]{_TIME}", re.ASCII),
    "email": re.compile(r"[^@\s]++@[^@\s]++"),
    "uri": re.compile(
        r"[A-Za-z][A-Za-z0-9+.\-]*+:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*+"
    ),
    "uuid": re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"),
    "ipv4": re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}", re.ASCII),
}
FORMATS: Final = tuple(_FORMS)
"""The language's formats: RFC 3339 dates, `user@host`, RFC 3986 URIs with a scheme, UUIDs, dotted quads."""


def has_format(name: str, text: str) -> bool:
    """Whether the text is of that format.

    Raises `KeyError` for a format that is not in `FORMATS`.
    """
    match = _FORMS[name].fullmatch(text)
    if match is None:
        return False
    return not match.re.groups or _is_day(match.group(1))


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def format_pool(name: str, rng: np.random.Generator) -> tuple[str, ...]:
    """Return up to `POOL` different texts of a format, its odd ones first.

    Raises `KeyError` for a format that is not in `FORMATS`.
    """
    odd, make = _POOLS[name]
    return tuple(dict.fromkeys([*odd, *(make(rng) for _ in range(POOL - len(odd)))]))


def _date(rng: np.random.Generator) -> str:
    return dt.date.fromordinal(int(rng.integers(693_596, 767_010))).isoformat()


def _date_time(rng: np.random.Generator) -> str:
    hour, minute, second = (int(rng.integers(most)) for most in (24, 60, 60))
    fraction = ("", ".5", ".123456")[int(rng.integers(3))]
    zone = ("Z", "+00:00", "-08:00", "+05:45")[int(rng.integers(4))]
    return f"{_date(rng)}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"


def _word(rng: np.random.Generator) -> str:
    return "".join(
        "abcdefghijklmnopqrstuvwxyz0123456789"[i] for i in rng.integers(0, 36, rng.integers(1, 10))
    )


def _email(rng: np.random.Generator) -> str:
    return f"{_word(rng)}{('.', '+', '-', '_')[int(rng.integers(4))]}{_word(rng)}@{_word(rng)}.example"


def _uri(rng: np.random.Generator) -> str:
    tail = ("", f"?q={_word(rng)}", f"#{_word(rng)}", "/%C3%A9")[int(rng.integers(4))]
    return f"{('https', 'http', 'ftp')[int(rng.integers(3))]}://{_word(rng)}.example/{_word(rng)}{tail}"


def _uuid(rng: np.random.Generator) -> str:
    digits = rng.bytes(16).hex()
    # RFC 9562: version 4, variant 10.
    digits = f"{digits[:12]}4{digits[13:16]}{'89ab'[int(rng.integers(4))]}{digits[17:]}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _ipv4(rng: np.random.Generator) -> str:
    return ".".join(str(each) for each in rng.integers(0, 256, 4))


_POOLS: Final[dict[str, tuple[tuple[str, ...], Callable[[np.random.Generator], str]]]] = {
    "date": (("2000-02-29", "1970-01-01", "1999-12-31", "2024-12-31", "0001-01-01", "9999-12-31"), _date),
    "date-time": (
        ("2000-02-29T23:59:59Z", "1970-01-01T00:00:00Z", "2024-06-30T12:00:00.5+14:00"),
        _date_time,
    ),
    "email": (("a@b.example", "first.last+tag@mail.example"), _email),
    "uri": (("http://a.example", "https://a.example/b?c=d&e=%20#f", "urn:isbn:0451450523"), _uri),
    "uuid": (("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"), _uuid),
    "ipv4": (
        ("0.0.0.0", "255.255.255.255", "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "224.0.0.1"),  # noqa: S104 - values, nothing is bound
        _ipv4,
    ),
}
