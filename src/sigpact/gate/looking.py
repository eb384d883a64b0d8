"""`Looking`: finds out what each contract comes to at each version, and keeps it for the next gate."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sigpact.engine.check_code import code_digests
from sigpact.engine.selection import Binding
from sigpact.errors import ExportError, RuntimeUnavailableError, StorageError
from sigpact.gate.evidence import Known, Needed, Runs, find_out, paths, remembered, result_payload
from sigpact.gate.folders import Folders
from sigpact.gate.gathering import Counted
from sigpact.gate.inquiry import Inquiry
from sigpact.gate.settings import Settings
from sigpact.gate.stored import rebound
from sigpact.savedmodel.remote import is_url
from sigpact.store.acts import append
from sigpact.store.history import History
from sigpact.store.records import Owner, OwnerKind, Record, Result

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
    folders: Folders = field(default_factory=Folders)
    known: dict[str, Known] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    written: list[Record] = field(default_factory=list)
    """What this gate said itself: its yes rests on that as well."""

    def look(self, pairs: Sequence[Pair]) -> list[tuple[Needed, Known]]:
        """Return what is known of each pair: remembered, found by running, or else by comparing.

        Raises `ExportError` where a folder changed while it ran.
        """
        needed = [self._one(*each) for each in pairs]
        self._remember(needed)
        before = self.known
        try:
            self._find(needed, self.make)
        except RuntimeUnavailableError as error:
            self.make = None
            self.notes.append(f"nothing could be run: {error}")
            self._find(needed, None)
        fresh = [each for each in needed if self.known[each.key] is not before.get(each.key)]
        self.folders.require_same(path for each in fresh for path in paths(each.binding))
        return [(each, self._own(each, self.known)) for each in needed]

    def glance(self, pairs: Sequence[Pair]) -> list[tuple[Needed, Known]]:
        """Return what is remembered of each pair, or what comparing shows; nothing is run for it."""
        needed = [self._one(*each, is_glance=True) for each in pairs]
        self._remember(needed)
        found = find_out(needed, self.known, None, self.inquiry.asked.options.server)
        return [(each, self._own(each, found)) for each in needed]

    def keep(self, found: Iterable[tuple[Needed, Known]]) -> None:
        """Write what was found by running to the store: a record for each version.

        Who may not write there has an answer all the same: a client's team need not write in models' folders.
        """
        try:
            self._keep(found)
        except StorageError as error:
            self.notes.append(f"what was found out is not kept for the next gate: {error}")

    def _keep(self, found: Iterable[tuple[Needed, Known]]) -> None:
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
            payload = result_payload(self.settings, {str(number): self.folders.of(path)}, chosen)
            append(store.place, Result(Owner(OwnerKind.MODEL, model), self.inquiry.asked.now, payload))

    def _remember(self, needed: Sequence[Needed]) -> None:
        fresh = [each for each in needed if each.key not in self.known]
        self.known |= remembered(fresh, self.results, self.settings)

    def _one(self, counted: Counted, binding: Binding, *, is_glance: bool = False) -> Needed:
        """Return what is to be known; a folder that cannot be read has no digest, and running tells why."""
        folders = paths(binding)
        if any(self._is_far(each, is_glance=is_glance) for each in folders):
            return self._unread(counted, binding)
        try:
            found = tuple(map(self.folders.of, folders))
        except ExportError:
            return self._unread(counted, binding)
        version = f"{binding.model}@{binding.version.number}"
        code = code_digests(counted.contract, self.inquiry.asked.options.checks)
        about = (counted.digest, version, (*found, *code))
        return Needed(counted, binding, self.settings.key(*about), self.settings.matter(*about), code)

    def _is_far(self, path: str, *, is_glance: bool) -> bool:
        """Whether a folder is not worth a copy: to glance, or where nothing could be remembered of it."""
        is_wanted = self.inquiry.store is not None and not is_glance
        return is_url(path) and not is_wanted and path not in self.folders.first

    @staticmethod
    def _unread(counted: Counted, binding: Binding) -> Needed:
        """Return what is to be known about a folder without a digest: nothing is remembered of it."""
        key = f"{counted.digest} {binding.model}@{binding.version.number} {binding.version.path}"
        return Needed(counted, binding, key, has_digest=False)

    def _find(self, needed: Sequence[Needed], make: Callable[[], Runs] | None) -> None:
        self.known = find_out(needed, self.known, make, self.inquiry.asked.options.server)

    @staticmethod
    def _own(needed: Needed, known: dict[str, Known]) -> Known:
        """Return what is known with the places of this very contract: two may have one content."""
        found = known[needed.key]
        part = rebound(found.part, needed.binding)
        return Known(part, found.scope, found.disagrees, found.is_new, found.befores)
