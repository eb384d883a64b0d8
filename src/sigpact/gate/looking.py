"""`Looking`: finds out what each contract comes to at each version, and keeps it for the next gate."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sigpact.engine.registered import code_digests
from sigpact.engine.selection import Binding
from sigpact.errors import ExportError, RuntimeUnavailableError
from sigpact.gate.evidence import Known, Needed, Runs, contents, find_out, remembered, result_payload
from sigpact.gate.gathering import Counted
from sigpact.gate.inquiry import Inquiry
from sigpact.gate.settings import Settings
from sigpact.gate.stored import rebound
from sigpact.savedmodel.digest import Digests
from sigpact.store.acts import append
from sigpact.store.history import History
from sigpact.store.records import Owner, OwnerKind, Result

Pair = tuple[Counted, Binding]
"""A contract that counts, at a version."""


@dataclass(slots=True, eq=False)
class Looking:
    """What is known so far, by key; `notes` are sentences for the report.

    `results` are those that the store has. `make` is `None` where nothing is to be run, or can be.
    """

    inquiry: Inquiry
    settings: Settings
    results: History
    make: Callable[[], Runs] | None
    digests: Digests = field(default_factory=Digests)
    known: dict[str, Known] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def look(self, pairs: Sequence[Pair]) -> list[tuple[Needed, Known]]:
        """Return what is known of each pair: remembered, found by running, or else by comparing."""
        needed = self._needed(pairs)
        try:
            self._find(needed, self.make)
        except RuntimeUnavailableError as error:
            self.make = None
            self.notes.append(f"nothing could be run: {error}")
            self._find(needed, None)
        return [(each, self._own(each, self.known)) for each in needed]

    def glance(self, pairs: Sequence[Pair]) -> list[tuple[Needed, Known]]:
        """Return what is remembered of each pair, or what comparing shows; nothing is run for it."""
        needed = self._needed(pairs)
        found = find_out(needed, self.known, None, self.inquiry.asked.options.server)
        return [(each, self._own(each, found)) for each in needed]

    def keep(self, found: Iterable[tuple[Needed, Known]]) -> None:
        """Write what was found by running to the store: a record for each version. Raises `StorageError`."""
        store = self.inquiry.store
        if store is None or self.inquiry.asked.dry:
            return
        fresh = [
            (each, known)
            for each, known in found
            if known.is_new and each.has_digest and not known.part.problems
        ]
        for version in dict.fromkeys(each.version for each, _ in fresh):
            chosen = [(each, known) for each, known in fresh if each.version == version]
            model, number, path = version
            payload = result_payload(self.settings, {str(number): self.digests.of(path)}, chosen)
            append(store.place, Result(Owner(OwnerKind.MODEL, model), self.inquiry.asked.now, payload))

    def _needed(self, pairs: Sequence[Pair]) -> list[Needed]:
        needed = [self._one(*each) for each in pairs]
        fresh = [each for each in needed if each.key not in self.known]
        self.known |= remembered(fresh, self.results, self.settings)
        return needed

    def _one(self, counted: Counted, binding: Binding) -> Needed:
        """Return what is to be known; a folder that cannot be read has no digest, and running tells why."""
        version = f"{binding.model}@{binding.version.number}"
        try:
            found = (*contents(binding, self.digests), *code_digests(counted.contract))
            key = self.settings.key(counted.digest, version, found)
        except ExportError:
            key = f"{counted.digest} {version} {binding.version.path}"
            return Needed(counted, binding, key, has_digest=False)
        return Needed(counted, binding, key)

    def _find(self, needed: Sequence[Needed], make: Callable[[], Runs] | None) -> None:
        self.known = find_out(needed, self.known, make, self.inquiry.asked.options.server)

    @staticmethod
    def _own(needed: Needed, known: dict[str, Known]) -> Known:
        """Return what is known with the places of this very contract: two may have one content."""
        found = known[needed.key]
        part = rebound(found.part, needed.binding)
        return Known(part, found.scope, found.disagrees, found.is_new, found.befores)
