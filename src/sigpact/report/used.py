"""`Used`: which parts of a model somebody needs, as a value and as text or JSON."""

import json
from collections.abc import Iterator
from typing import Any

from sigpact.frozen import frozen
from sigpact.report.text import harmless


@frozen
class Thing:
    """A signature (`kind` is `signature`), or an `input` or `output` of it, at one version of a model.

    `users` name it, `blockers` break when it goes; both as `mobile-app@4.3`, sorted.
    """

    model: str
    version: str
    signature: str
    kind: str
    name: str
    users: tuple[str, ...]
    blockers: tuple[str, ...]

    @property
    def is_free(self) -> bool:
        """Whether it could go without a client that is known."""
        return not self.users and not self.blockers


@frozen
class Used:
    """What of a model is used. `unread` are versions that nobody could look into, with the reason."""

    model: str
    live: tuple[int, ...]
    clients: tuple[str, ...]
    things: tuple[Thing, ...]
    unread: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 3 where nobody is known to use anything, or nothing is live that could be looked into."""
        return 0 if self.clients and self.things and not self.unread else 3


def render_json(used: Used) -> str:
    """Return the usage as JSON."""
    return json.dumps(_as_data(used), indent=2) + "\n"


def _as_data(used: Used) -> dict[str, Any]:
    return {
        "usage": 1,
        "model": used.model,
        "live": [str(each) for each in used.live],
        "clients": list(used.clients),
        "things": [
            {
                "version": each.version,
                "signature": each.signature,
                "kind": each.kind,
                "name": each.name,
                "users": list(each.users),
                "blockers": list(each.blockers),
            }
            for each in used.things
        ],
        "unread": [{"version": str(version), "reason": reason} for version, reason in used.unread],
        "notes": list(used.notes),
    }


def render_text(used: Used) -> str:
    """Return a block for each live version: its signatures, and under each what is sent and read of it."""
    blocks = [_clients(used), *("\n".join(_version(used, each)) for each in used.live), "\n".join(used.notes)]
    return harmless("\n\n".join(block for block in blocks if block)) + "\n"


def _clients(used: Used) -> str:
    if not used.live:
        return f"{used.model}: no version is live"
    if not used.clients:
        return f"{used.model}: no contract names it; whoever calls it is not known"
    return f"{used.model}: {', '.join(used.clients)}"


def _version(used: Used, number: int) -> Iterator[str]:
    yield f"{used.model}@{number} (live)"
    for version, reason in used.unread:
        if version == number:
            yield f"  cannot be looked into: {reason}"
    things = [each for each in used.things if each.version == str(number)]
    width = max((len(_label(each)) for each in things), default=0)
    for each in things:
        yield f"  {_label(each):{width}}  {_needed(each)}"


def _label(thing: Thing) -> str:
    return thing.name if thing.kind == "signature" else f"  {thing.kind} {thing.name}"


def _needed(thing: Thing) -> str:
    if thing.is_free:
        return "nobody: it could go"
    if not thing.blockers:
        return f"used by {', '.join(thing.users)}; nobody breaks without it"
    if thing.users == thing.blockers:
        return f"needed by {', '.join(thing.blockers)}"
    used = f"used by {', '.join(thing.users)}; " if thing.users else "named by nobody; "
    return f"{used}without it {', '.join(thing.blockers)} would break"
