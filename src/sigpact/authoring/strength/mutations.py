"""What a mutation is, and the catalogue of all of them.

A mutation is one function: from a `Scene` to the changes that can be made there. Its docstring is its
documentation: a line that says what is changed, then what a client sees of it.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path as File
from typing import Final

from sigpact.authoring.strength.additions import Candidate
from sigpact.authoring.strength.playing import Alter
from sigpact.authoring.strength.scene import Scene
from sigpact.findings import Path
from sigpact.report.strength import Harm
from sigpact.tensors.specs import Signature


@dataclass(frozen=True, slots=True)
class Restated:
    """The version states other signatures; its answers are not looked at."""

    at: Path
    what: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Altered:
    """The version's answers are altered in flight.

    `make` gets the scene that is judged: what is on an edge of the domain is for its contract to say.
    `by_row`: a row's answer depends on that row alone, so no property of several calls can notice.
    `admitted` says where the contract's own words allow it.
    """

    at: Path
    what: str
    make: Callable[[Scene], Alter]
    by_row: bool = True
    admitted: str = ""


@dataclass(frozen=True, slots=True)
class Slowed:
    """Each call takes so many times as long, and so many seconds longer at least."""

    at: Path
    what: str
    factor: float
    least: float

    def of(self, seconds: float) -> float:
        """Return how long a call takes now."""
        return max(seconds * self.factor, seconds + self.least)


Mutant = Restated | Altered | Slowed
Make = Callable[[Scene], Iterator[Mutant]]
Clause = Callable[[Scene, Mutant], Iterator[Candidate]]
"""From what is changed to clauses that could notice it: the best first, not all true of the version."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One entry of the catalogue."""

    id: str
    harm: Harm
    make: Make
    clauses: Sequence[Clause]

    @property
    def title(self) -> str:
        """The first line of the documentation."""
        return (self.make.__doc__ or "").strip().split("\n", 1)[0]

    @property
    def doc(self) -> str:
        """The documentation without its first line."""
        return " ".join((self.make.__doc__ or "").strip().partition("\n")[2].split())


_MUTATIONS: Final[dict[str, Mutation]] = {}


def mutation(name: str, harm: Harm, *clauses: Clause) -> Callable[[Make], Make]:
    """Register a function as the mutation of that id, with the clauses that may notice what it does."""

    def register(make: Make) -> Make:
        _MUTATIONS[name] = Mutation(name, harm, make, clauses)
        return make

    return register


@cache
def catalogue() -> tuple[Mutation, ...]:
    """Return every mutation, the worst first: each `mutate_….py` of this package is imported once."""
    for file in sorted(File(__file__).parent.glob("mutate_*.py")):
        importlib.import_module(f"sigpact.authoring.strength.{file.stem}")
    return tuple(sorted(_MUTATIONS.values(), key=lambda each: (each.harm, each.id)))
