"""What is known of each contract at each version: from results in the store, and by running the rest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from sigpact.clients.profile import ServerProfile
from sigpact.contract.model import VersionRef
from sigpact.engine.check import compared
from sigpact.engine.selection import Binding, other_version
from sigpact.engine.static import Exports
from sigpact.engine.verdicts import Part, joined
from sigpact.findings import Level
from sigpact.frozen import field, frozen
from sigpact.gate.gathering import Counted
from sigpact.gate.settings import Settings
from sigpact.gate.stored import NotStoredError, part_data, part_of
from sigpact.store.history import History
from sigpact.store.records import Result


@frozen
class Needed:
    """One contract at one version that something is to be known about, and what its result is found by."""

    counted: Counted
    binding: Binding
    key: str
    matter: str = ""
    """What a no is found by, whichever rows it is from."""
    code: tuple[str, ...] = ()
    """What the contract's Python checks are made of."""
    has_digest: bool = True
    """False where the version's folder cannot be read: nothing is kept of it."""

    @property
    def version(self) -> tuple[str, int, str]:
        """The model, the number of the version and its folder."""
        return self.binding.model, self.binding.version.number, self.binding.version.path


@frozen
class Known:
    """A part, how it is known, and whether results for the same disagree."""

    part: Part
    scope: str
    disagrees: bool = False
    is_new: bool = False
    """Found in this run: not in the store yet."""
    befores: Mapping[str, str] = field(default_factory=dict)
    """By fingerprint of a breach: what the live version answers to the request that shows it."""

    @property
    def is_open(self) -> bool:
        """Whether it left something undecided: a busy machine, a check that failed; another run may tell."""
        return not _is_no(self.part) and not _is_decided(self.part)


def paths(binding: Binding) -> tuple[str, ...]:
    """Return the version's folder and those that the contract's clauses run beside it."""
    others = [_meant(each, binding) for each in _references(binding)]
    return tuple(dict.fromkeys([binding.version.path, *(each for each in others if each is not None)]))


def _references(binding: Binding) -> Iterable[VersionRef]:
    contract = binding.contract
    yield from (
        call.version for each in contract.relations for call in each.calls if call.version is not None
    )
    yield from (use.latency.against for use in contract.signatures if use.latency and use.latency.against)
    yield from (each.against for each in contract.regressions)


def _meant(reference: VersionRef, binding: Binding) -> str | None:
    found = other_version(binding, reference)
    return None if isinstance(found, str) else found.path


def remembered(needed: Sequence[Needed], history: History, settings: Settings) -> dict[str, Known]:
    """Return what the store's results say, by key; of several a no counts until it is waived.

    A no that other rows showed, more or fewer or from another seed, is one of them.
    """
    wanted = {each.key: each for each in needed}
    matters = {each.matter: each for each in needed if each.matter}
    found: dict[str, list[tuple[Part, Mapping[str, str]]]] = {}
    for record in history.records:
        if isinstance(record.body, Result):
            for key, data in _parts(record.body.payload, settings):
                meant = wanted.get(key) or matters.get(str(data.get("matter")))
                part = None if meant is None else _part(data, meant.binding)
                if meant is not None and part is not None and (key == meant.key or _is_no(part)):
                    found.setdefault(meant.key, []).append((part, data["before"]))
    return {key: _worst(each) for key, each in found.items()}


def _parts(payload: Mapping[str, Any], settings: Settings) -> Iterable[tuple[str, Mapping[str, Any]]]:
    if settings.accepts(str(payload.get("runtime"))) and isinstance(payload.get("parts"), Sequence):
        for each in payload["parts"]:
            if isinstance(each, Mapping) and isinstance(each.get("key"), str):
                yield each["key"], each


def _part(data: Mapping[str, Any], binding: Binding) -> Part | None:
    """Return a part; `None` for one of a form that this release does not write: then it is found anew."""
    try:
        return part_of(data, binding) if isinstance(data.get("before"), Mapping) else None
    except NotStoredError:
        return None


def _worst(parts: list[tuple[Part, Mapping[str, str]]]) -> Known:
    broken = [each for each in parts if _is_no(each[0])]
    part, before = (broken or [each for each in parts if _is_decided(each[0])] or parts)[-1]
    return Known(part, "full", disagrees=0 < len(broken) < len(parts), befores=before)


def _is_no(part: Part) -> bool:
    return any(each.level is Level.ERROR for each in part.findings)


def _is_decided(part: Part) -> bool:
    return part.checked and all(each.level is not Level.UNDECIDED for each in part.findings)


class Runs(Protocol):
    """Runs what is not known yet: `running.Runner`, which brings numpy and is made when first needed."""

    def parts(self, bindings: Sequence[Binding]) -> Sequence[Part]:
        """Return what verifying each binding finds. Raises `RuntimeUnavailableError`."""

    def answer(self, case: str, export: str) -> str | None:
        """Return what a version answers to a kept request; `None` where it cannot be sent."""


def find_out(
    needed: Sequence[Needed],
    known: Mapping[str, Known],
    make: Callable[[], Runs] | None,
    server: ServerProfile,
) -> dict[str, Known]:
    """Return what is known of everything needed, by key: by running what is missing, or else by comparing.

    What was left open is run again. `make` is `None` where nothing is to be run, or nothing can be.
    """
    missing = {each.key: each for each in needed if _is_missing(known.get(each.key), make)}
    if not missing:
        return dict(known)
    if make is None:
        exports = Exports()
        parts = [compared(each.binding, exports, server) for each in missing.values()]
        return {**known, **{key: Known(part, "static") for key, part in zip(missing, parts, strict=True)}}
    ran = make().parts([each.binding for each in missing.values()])
    found = {
        key: _whole([part for part in ran if part.binding == each.binding]) for key, each in missing.items()
    }
    return {**known, **{key: Known(part, "full", is_new=True) for key, part in found.items()}}


def _is_missing(known: Known | None, make: Callable[[], Runs] | None) -> bool:
    return known is None or (make is not None and known.is_open and not known.is_new)


def _whole(parts: Sequence[Part]) -> Part:
    """Return the parts of one binding as one: time is measured apart from the rest."""
    return Part(
        parts[0].binding,
        tuple(finding for each in parts for finding in each.findings),
        joined([each.evidence for each in parts]),
        tuple(clause for each in parts for clause in each.not_checked),
        checked=all(each.checked for each in parts),
        problems=tuple(problem for each in parts for problem in each.problems),
    )


def result_payload(
    settings: Settings, digests: Mapping[str, str], found: Sequence[tuple[Needed, Known]]
) -> dict[str, Any]:
    """Return what a gate found out about one version, for a `result` record."""
    return {
        "runtime": settings.runtime or "",
        "machine": settings.machine,
        "rules": settings.rules,
        "options": dict(settings.options),
        "content": dict(digests),
        "parts": [
            {
                "key": needed.key,
                "matter": needed.matter,
                "client": needed.counted.contract.client,
                "release": needed.counted.release,
                "contract": needed.counted.digest,
                "code": list(needed.code),
                "version": str(needed.binding.version.number),
                "before": dict(known.befores),
                **part_data(known.part),
            }
            for needed, known in found
        ],
    }
