"""What every backend does: load a version, run calls, tell what happened. Values in, values out.

A version that fails is never an exception here: each outcome is a value that the engine judges.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sigpact.tensors.specs import Signature
from sigpact.wire.arrays import Value


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One Predict call after the server has read the request. `fetches` names outputs; empty means all."""

    signature: Signature
    feeds: Mapping[str, Value]
    fetches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """The tensors that came back, by output name."""

    outputs: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Refused:
    """The server (or the graph) said no: an absl status code name and the message."""

    status: str
    message: str


@dataclass(frozen=True, slots=True)
class Crashed:
    """The process that served the version ended; `signal` is its name (`SIGSEGV`), if one ended it."""

    signal: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Hung:
    """No answer within the limit."""

    seconds: float


Outcome = Answered | Refused | Crashed | Hung


@dataclass(frozen=True, slots=True)
class Unloadable:
    """The version did not load; the server would go on serving the one before."""

    reason: str


@dataclass(frozen=True, slots=True)
class Timed:
    """How long the session took for each of a row of calls, in seconds: not what led there and back.

    `spins` is how long a fixed piece of work took the same process just before and just after them.
    """

    seconds: tuple[float, ...]
    spins: tuple[float, ...]


class Session(Protocol):
    """One version, loaded."""

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        """Run calls in order; one outcome each, also after a crash or a hang in the middle."""
        ...

    def stream(self, batches: Iterable[Sequence[Call]]) -> Iterator[list[Outcome]]:
        """Run batches in order; one list of outcomes each.

        While the caller judges a batch the next one runs, and while a batch runs the next one is drawn from
        `batches`. `run` may be called in between.
        """
        ...

    def time(self, calls: Sequence[Call], seconds: float) -> Timed | Refused | Crashed | Hung:
        """Run calls in order and tell how long each took; begin no more of them after so many seconds.

        What is not answered ends it: then there is nothing but how that call ended.
        """
        ...

    def close(self) -> None:
        """Let the process go."""
        ...


class Backend(Protocol):
    """Where versions run."""

    def load(self, export: str) -> Session | Unloadable:
        """Load the version in this folder (tag `serve`, init op run), with a fresh state."""
        ...

    def describe(self) -> str:
        """Return what runs the versions, for the evidence: `TensorFlow 2.21.0`."""
        ...

    def close(self) -> None:
        """Let all processes go."""
        ...
