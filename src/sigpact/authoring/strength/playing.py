"""Sessions that ask a version each call once, and play what came again: as it was, or changed in flight."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sigpact.runtime.protocol import (
    Answered,
    Backend,
    Call,
    Crashed,
    Hung,
    Outcome,
    Refused,
    Session,
    Timed,
    Unloadable,
)
from sigpact.wire.arrays import Value

Key = bytes

Alter = Callable[[Call, Mapping[str, Value], int], Mapping[str, Value]]
"""From a call, its outputs, and how often the same call was answered before, to the outputs that come."""


def key_of(call: Call) -> Key:
    """Return what a call is: its signature, what it feeds and what it fetches, bit by bit."""
    digest = hashlib.blake2b(repr((call.signature.name, call.fetches)).encode(), digest_size=16)
    for name in sorted(call.feeds):
        value = call.feeds[name]
        digest.update(repr((name, value.dtype.name, value.shape)).encode())
        if value.array.dtype == object:
            digest.update(repr(value.array.tolist()).encode())
        else:
            digest.update(value.array.tobytes())
    return digest.digest()


class Player:
    """A `Session` over one that runs a version: what was asked before is not asked again.

    What it plays may be altered for a while (`altering`); `live` asks the version itself.
    """

    def __init__(self, session: Session, fresh: Callable[[], Session | Unloadable]) -> None:
        self.session = session
        self.fresh = fresh
        """Loads the version once more."""
        self.timings: dict[tuple[str, str, int], tuple[float, ...] | None] = {}
        """What calls took: by contract, signature and rows."""
        self._known: dict[Key, Outcome] = {}
        self._asked: dict[Key, int] = {}
        self._altered: tuple[str, Alter] | None = None
        self._is_live = False

    @contextmanager
    def altering(self, signature: str, alter: Alter) -> Iterator[None]:
        """Play the answers of a signature altered."""
        self._altered, self._asked = (signature, alter), {}
        try:
            yield
        finally:
            self._altered = None

    @contextmanager
    def live(self) -> Iterator[None]:
        """Ask the version itself, each time."""
        self._is_live = True
        try:
            yield
        finally:
            self._is_live = False

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        """See `Session.run`."""
        if self._is_live:
            return self.session.run(calls)
        keys = [key_of(call) for call in calls]
        fresh = {key: call for key, call in zip(keys, calls, strict=True) if key not in self._known}
        if fresh:
            self._known |= zip(fresh, self.session.run(list(fresh.values())), strict=True)
        return [self._played(key, call) for key, call in zip(keys, calls, strict=True)]

    def stream(self, batches: Iterable[Sequence[Call]]) -> Iterator[list[Outcome]]:
        """See `Session.stream`."""
        return map(self.run, batches)

    def time(self, calls: Sequence[Call], seconds: float) -> Timed | Refused | Crashed | Hung:
        """See `Session.time`."""
        return self.session.time(calls, seconds)

    def close(self) -> None:
        """Keep the process: whoever made the backend ends it."""

    def _played(self, key: Key, call: Call) -> Outcome:
        outcome = self._known[key]
        if self._altered is None or self._altered[0] != call.signature.name:
            return outcome
        before = self._asked.get(key, 0)
        self._asked[key] = before + 1
        return altered(call, outcome, self._altered[1], before)


def altered(call: Call, outcome: Outcome, alter: Alter, before: int) -> Outcome:
    """Return an outcome with other outputs; of a call without an answer there are none to alter."""
    return Answered(alter(call, outcome.outputs, before)) if isinstance(outcome, Answered) else outcome


class Playing:
    """A `Backend` whose sessions are players; `inner` runs the versions."""

    def __init__(self, inner: Backend) -> None:
        self.inner = inner

    def load(self, export: str) -> Player | Unloadable:
        """See `Backend.load`."""
        session = self.inner.load(export)
        if isinstance(session, Unloadable):
            return session
        return Player(session, lambda: self.inner.load(export))

    def describe(self) -> str:
        """See `Backend.describe`."""
        return self.inner.describe()

    def close(self) -> None:
        """See `Backend.close`."""
        self.inner.close()
