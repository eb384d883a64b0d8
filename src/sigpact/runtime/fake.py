"""A backend made of functions, for tests of everything that stands on a backend."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sigpact.runtime.protocol import Answered, Call, Crashed, Hung, Outcome, Refused, Timed, Unloadable
from sigpact.wire.arrays import Value

Function = Callable[[Mapping[str, Value]], Mapping[str, Value] | Outcome]
"""From feeds to outputs by name, or to the outcome itself (`Refused`, `Crashed`, `Hung`)."""


@dataclass(frozen=True, slots=True)
class FakeClock:
    """How long a call takes, and the fixed work beside it: seconds, whatever time really passes."""

    call: Callable[[Call], float] = lambda _: 0.001
    spin: Callable[[], float] = lambda: 0.001


@dataclass(frozen=True, slots=True)
class FakeBackend:
    """Loads what it was given: by export path, the function of each signature; other paths do not load."""

    versions: Mapping[str, Mapping[str, Function]]
    clocks: Mapping[str, FakeClock] = field(default_factory=dict)

    def load(self, export: str) -> "FakeSession | Unloadable":
        """See `Backend.load`."""
        found = self.versions.get(export)
        if found is None:
            return Unloadable(f"there is no version in {export}")
        return FakeSession(found, self.clocks.get(export, FakeClock()))

    def describe(self) -> str:
        """See `Backend.describe`."""
        return "functions"

    def close(self) -> None:
        """See `Backend.close`."""


@dataclass(frozen=True, slots=True)
class FakeSession:
    """One version: its functions by signature."""

    functions: Mapping[str, Function]
    clock: FakeClock = field(default_factory=FakeClock)

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        """See `Session.run`."""
        return [self._outcome(call) for call in calls]

    def stream(self, batches: Iterable[Sequence[Call]]) -> Iterator[list[Outcome]]:
        """See `Session.stream`."""
        return map(self.run, batches)

    def time(self, calls: Sequence[Call], seconds: float) -> Timed | Refused | Crashed | Hung:
        """See `Session.time`; its clock says what passes."""
        before, took = self.clock.spin(), list[float]()
        for call in calls:
            outcome = self._outcome(call)
            if not isinstance(outcome, Answered):
                return outcome
            took.append(self.clock.call(call))
            if sum(took) > seconds:
                break
        return Timed(tuple(took), (before, self.clock.spin()))

    def close(self) -> None:
        """See `Session.close`."""

    def _outcome(self, call: Call) -> Outcome:
        found = self.functions[call.signature.name](call.feeds)
        if not isinstance(found, Mapping):
            return found
        return Answered({name: found[name] for name in call.fetches or found})
