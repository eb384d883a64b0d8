"""From what was found to verdicts, one for each client and version, and the report of a run."""

from collections.abc import Iterable, Sequence
from typing import Final

from sigpact.engine.selection import Binding, Selection
from sigpact.engine.static import Loaded, unloadable
from sigpact.findings import Answer, Evidence, Finding, Level, Problem, Shown, Verdict, worst
from sigpact.frozen import field, frozen, replace
from sigpact.report.model import Report, VersionSeen


@frozen
class Part:
    """What checking one contract against one version found.

    `checked` is false where something that was to be looked at was not.
    """

    binding: Binding
    findings: tuple[Finding, ...]
    evidence: Evidence = field(default_factory=Evidence)
    not_checked: tuple[str, ...] = ()
    checked: bool = True
    problems: tuple[Problem, ...] = ()
    """What running the contract showed to be wrong with its own examples and rows."""

    @property
    def answer(self) -> Answer:
        """An error is no; undecided, or something that was to be run and was not, is unknown."""
        levels = {each.level for each in self.findings}
        if Level.ERROR in levels:
            return Answer.NO
        return Answer.UNKNOWN if Level.UNDECIDED in levels or not self.checked else Answer.YES


NOBODY: Final = "(no client)"
"""Stands where a model was given that no contract names: unknown, never a yes."""


def report_of(selection: Selection, scope: str, parts: Sequence[Part]) -> Report:
    """Put the parts of a run together."""
    groups: dict[tuple[str, int, str], list[Part]] = {}
    for part in parts:
        key = (part.binding.model, part.binding.version.number, part.binding.contract.client)
        groups.setdefault(key, []).append(part)
    ordered = sorted(groups, key=lambda key: key[:2])
    verdicts = [_verdict(groups[key], scope) for key in ordered]
    found = dict.fromkeys(each for part in parts for each in part.findings)
    findings = sorted(found, key=lambda each: each.sort_key)
    return Report(
        scope=scope,
        versions=tuple(_seen(selection)),
        verdicts=(*verdicts, *_unbound(selection, scope)),
        findings=tuple(findings),
        problems=(*selection.problems, *dict.fromkeys(each for part in parts for each in part.problems)),
        expired=tuple((each.client, each.file, str(each.sunset)) for each in selection.expired),
        notes=tuple(_notes(selection)),
    )


def unread(binding: Binding, loaded: Loaded) -> Part:
    """Return the part of a version whose signatures cannot be had: no, or unknown where that is our limit."""
    reason = loaded.reason or "nothing was read"
    if loaded.unknown:
        return Part(binding, (), not_checked=(f"everything: {reason}",), checked=False)
    return Part(binding, (unloadable(binding, reason),))


def _verdict(parts: list[Part], scope: str) -> Verdict:
    """Return the verdict of one client: of several contracts the worst, active ones before pending ones."""
    active = [part for part in parts if part.binding.contract.status == "active"]
    counted = active or parts
    binding = parts[0].binding
    return Verdict(
        client=binding.contract.client,
        model=binding.model,
        version=str(binding.version.number),
        verdict=worst([part.answer for part in counted]),
        status="active" if active else "pending",
        scope=scope,
        evidence=joined([part.evidence for part in parts]),
        not_checked=tuple(dict.fromkeys(clause for part in parts for clause in part.not_checked)),
    )


def joined(evidence: list[Evidence]) -> Evidence:
    """Return the evidence of several parts as one."""
    rows: dict[str, int] = {}
    for kind, count in (each for part in evidence for each in part.rows):
        rows[kind] = rows.get(kind, 0) + count
    return Evidence(
        proved=sum(each.proved for each in evidence),
        rows=tuple(rows.items()),
        through_rest=sum(each.through_rest for each in evidence),
        seed=next((each.seed for each in evidence if each.seed is not None), None),
        notes=tuple(dict.fromkeys(note for each in evidence for note in each.notes)),
        shown=_shown(evidence),
        timings=tuple(timing for each in evidence for timing in each.timings),
    )


def _shown(evidence: list[Evidence]) -> tuple[Shown, ...]:
    """Return what each signature showed in all parts together: an answer that both had counts once."""
    found: dict[str, Shown] = {}
    for shown in (shown for each in evidence for shown in each.shown):
        before = found.get(shown.signature)
        found[shown.signature] = shown if before is None else _together(before, shown)
    return tuple(found.values())


def _together(one: Shown, other: Shown) -> Shown:
    members = {each.output: each for each in one.members}
    for each in other.members:
        before = members.get(each.output)
        members[each.output] = each if before is None else replace(each, seen=before.seen | each.seen)
    return Shown(
        one.signature,
        one.answered + other.answered,
        one.answers | other.answers,
        tuple(members.values()),
        one.boundaries if other.boundaries is None else other.boundaries,
        tuple(dict.fromkeys((*one.examples_only, *other.examples_only))),
    )


def _unbound(selection: Selection, scope: str) -> Iterable[Verdict]:
    """Yield an unknown for each client and model without a version; active where one contract is."""
    statuses: dict[tuple[str, str], set[str]] = {}
    for each in selection.unbound:
        statuses.setdefault((each.contract.client, each.model), set()).add(each.contract.status)
    for (client, model), said in statuses.items():
        status = "active" if "active" in said else "pending"
        unchecked = ("everything: no version is bound",)
        yield Verdict(client, model, "", Answer.UNKNOWN, status, scope, not_checked=unchecked)
    for name in _unnamed(selection):
        yield Verdict(
            NOBODY,
            name,
            "",
            Answer.UNKNOWN,
            "active",
            scope,
            not_checked=("everything: no contract names it",),
        )


def _seen(selection: Selection) -> Iterable[VersionSeen]:
    for model in selection.models:
        for version in model.versions:
            yield VersionSeen(model.name, str(version.number), version.path, version.note)


def _notes(selection: Selection) -> Iterable[str]:
    for each in selection.unbound:
        yield f"{each.contract.client}: {each.reason} ({each.contract.span((each.key,))})"
    for model in selection.models:
        yield from (f"{model.name}: {note}" for note in model.layout.notes)
    for served in selection.served:
        yield from (f"{served.model}: {note}" for note in (str(served), *served.notes))
    for name in _unnamed(selection):
        yield f"{name}: no contract names this model; nothing was checked for it"


def _unnamed(selection: Selection) -> list[str]:
    """Return the models that no contract names; a contract with mistakes may be the one that does."""
    if selection.problems:
        return []
    named = {name for each in selection.contracts for name in each.models}
    return [model.name for model in selection.models if model.name not in named]
