"""Tries every mutation on a scene: noticed, or which clause would notice, or why it does not matter."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sigpact.authoring.strength.additions import Candidate
from sigpact.authoring.strength.clauses import example
from sigpact.authoring.strength.judging import breaks, notices
from sigpact.authoring.strength.mutations import Altered, Mutant, Mutation, Restated, Slowed, catalogue
from sigpact.authoring.strength.scene import Scene
from sigpact.authoring.strength.seen import shows
from sigpact.authoring.strength.setting import with_candidate
from sigpact.report.strength import Outcome, Tried
from sigpact.tensors.shapes import AnyRank

_UNREAD: Final = "the client does not read it, or its protocol does not show it"
_UNSHOWN: Final = "nothing that is sent shows it to the client"
_ALLOWED: Final = "the contract allows it in so many words"
_SHAPELESS: Final = "no output says its shape, so nothing tells rows apart: say shapes, and ask again"
_UNTRUE: Final = "no clause that this version keeps would notice"


@dataclass(slots=True, eq=False)
class Trial:
    """One scene while changes are tried on it: what is known of the clauses that could be added."""

    scene: Scene
    known: dict[str, Scene | None] = field(default_factory=dict)
    """The scene with a clause more; `None` where the version as it is breaks that clause."""
    chosen: list[Candidate] = field(default_factory=list)
    """Clauses that are suggested for something already: one may do for several changes."""

    def run(self) -> Iterator[tuple[Tried, Candidate | None]]:
        """Yield what becomes of each change that can be made here; what is missed with a clause for it."""
        for mutation in catalogue():
            for mutant in mutation.make(self.scene):
                yield self._tried(mutation, mutant)

    def _tried(self, mutation: Mutation, mutant: Mutant) -> tuple[Tried, Candidate | None]:
        rule = notices(self.scene, mutant)
        if rule is not None:
            return self._told(mutation, mutant, Outcome.NOTICED, rule), None
        if isinstance(mutant, Altered) and mutant.admitted:
            return self._told(mutation, mutant, Outcome.NO_MATTER, mutant.admitted), None
        candidate = self._clause(mutation, mutant)
        if candidate is None:
            return self._told(mutation, mutant, Outcome.NO_MATTER, self._why(mutant)), None
        return self._told(mutation, mutant, Outcome.MISSED, ""), candidate

    def _told(self, mutation: Mutation, mutant: Mutant, outcome: Outcome, by: str) -> Tried:
        name = self.scene.use.name
        return Tried(mutation.id, mutation.harm, name, mutant.at, mutant.what, outcome, by)

    def _clause(self, mutation: Mutation, mutant: Mutant) -> Candidate | None:
        """Return the first clause that is true of the version and notices the change."""
        for candidate in self._candidates(mutation, mutant):
            other = self._with(candidate)
            if other is not None and notices(other, mutant) is not None:
                self.chosen.append(candidate)
                return candidate
        return None

    def _candidates(self, mutation: Mutation, mutant: Mutant) -> Iterator[Candidate]:
        """Yield clauses, those first that are suggested for the same output anyway."""
        known = list({each.key: each for each in self.chosen}.values())
        yield from (each for each in known if mutant.at and each.path[2:4] == mutant.at)
        for clause in mutation.clauses:
            if clause is example:
                yield from (each for each in known if "examples" in each.path)
            yield from clause(self.scene, mutant)

    def _with(self, candidate: Candidate) -> Scene | None:
        if candidate.key not in self.known:
            other = with_candidate(self.scene, candidate)
            self.known[candidate.key] = None if other is None or breaks(other) is not None else other
        return self.known[candidate.key]

    def _why(self, mutant: Mutant) -> str:
        match mutant:
            case Restated():
                return _UNREAD
            case Slowed():
                return _ALLOWED if self.scene.use.latency is not None else _UNTRUE
            case Altered():
                if not any(True for _ in shows(self.scene, mutant)):
                    return _UNSHOWN
                shapeless = all(isinstance(each.shape, AnyRank) for each in self.scene.use.outputs)
                return _SHAPELESS if shapeless and not mutant.by_row else _UNTRUE
