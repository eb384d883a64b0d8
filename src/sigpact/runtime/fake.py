"""A backend made of functions, for tests of everything that stands on a backend."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sigpact.runtime.protocol import Answered, Call, Outcome, Unloadable
from sigpact.wire.arrays import Value

Function = Callable[[Mapping[str, Value]], Mapping[str, Value] | Outcome]
"""From feeds to outputs by name, or to the outcome itself (`Refused`, `Crashed`, `Hung`)."""


@dataclass(frozen=True, slots=True)
class FakeBackend:
    """Loads what it was given: by export path, the function of each signature; other paths do not load."""

    versions: Mapping[str, Mapping[str, Function]]

    def load(self, export: str) -> "FakeSession | Unloadable":
        """See `Backend.load`."""
        found = self.versions.get(export)
        return Unloadable(f"there is no version in {export}") if found is None else FakeSession(found)

    def describe(self) -> str:
        """See `Backend.describe`."""
        return "functions"

    def close(self) -> None:
        """See `Backend.close`."""


@dataclass(frozen=True, slots=True)
class FakeSession:
    """One version: its functions by signature."""

    functions: Mapping[str, Function]

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        """See `Session.run`."""
        return [self._outcome(call) for call in calls]

    def stream(self, batches: Iterable[Sequence[Call]]) -> Iterator[list[Outcome]]:
        """See `Session.stream`."""
        return map(self.run, batches)

    def close(self) -> None:
        """See `Session.close`."""

    def _outcome(self, call: Call) -> Outcome:
        found = self.functions[call.signature.name](call.feeds)
        if not isinstance(found, Mapping):
            return found
        return Answered({name: found[name] for name in call.fetches or found})
