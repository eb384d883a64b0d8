"""`update`: examples that were answered otherwise now say what was answered, in the contract's own file.

Requests are never rewritten, nor expected errors: whether the right thing is refused for the right reason, no
answer can say. What breaks another word of the contract is not recorded either: it is a breach.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from sigpact.checks.breaches import Breach, is_sensitive
from sigpact.checks.examples import RULE, check_example, check_raw_example
from sigpact.checks.recorded import Change, raw_changes, tensor_changes
from sigpact.contract.build import build
from sigpact.contract.model import Contract, Example, RawExample, SignatureUse, TensorExample
from sigpact.contract.rewrite import CannotRewriteError, replace_file, rewrite
from sigpact.contract.source import Document, read
from sigpact.engine.journey import Arrival, Read
from sigpact.engine.selection import Binding
from sigpact.errors import ContractError
from sigpact.findings import Level
from sigpact.frozen import replace
from sigpact.report.model import Report, Rewritten


@dataclass(frozen=True, slots=True)
class Answered:
    """What one version made of one example."""

    binding: Binding
    use: SignatureUse
    example: Example
    arrival: Arrival
    breaches: tuple[Breach, ...]

    @property
    def version(self) -> str:
        """The version as reports name it: `genre@4`."""
        return f"{self.binding.model}@{self.binding.version.number}"

    @property
    def is_other(self) -> bool:
        """Whether the answer is not the example's."""
        return any(each.rule == RULE for each in self.breaches)

    @property
    def broken(self) -> tuple[str, ...]:
        """The rules that the answer breaks beside the example; one that cannot be read is no answer."""
        serious = (each.rule for each in self.breaches if each.level in {Level.ERROR, Level.UNDECIDED})
        rules = tuple(dict.fromkeys(rule for rule in serious if rule != RULE))
        return rules if rules or isinstance(self.arrival, Read) else ("none that the client can read",)


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of the examples: the files that were rewritten, and a sentence for each that was left."""

    files: tuple[Rewritten, ...] = ()
    notes: tuple[str, ...] = ()
    failed: str | None = None
    """Why a file could not be written, if one could not."""


def with_rewritten(report: Report, updated: Updated) -> Report:
    """Return a report that tells what was rewritten as well."""
    incomplete = report.incomplete or updated.failed
    return replace(
        report, rewritten=updated.files, notes=(*report.notes, *updated.notes), incomplete=incomplete
    )


def update(answered: Iterable[Answered]) -> Updated:
    """Rewrite the examples that every version that answers them can agree on; the files change at once."""
    files: list[Rewritten] = []
    notes: list[str] = []
    failed = None
    ordered = sorted(answered, key=lambda each: (each.binding.contract.file, each.example.path, each.version))
    for file, group in groupby(ordered, key=lambda each: each.binding.contract.file):
        try:
            made, told = _file(file, tuple(group))
        except OSError as error:
            failed = f"{file} cannot be rewritten: {error.strerror or error}"
            continue
        files += [made] if made else []
        notes += told
    return Updated(tuple(files), tuple(notes), failed)


def _file(file: str, answered: Sequence[Answered]) -> tuple[Rewritten | None, list[str]]:
    """Rewrite one file. Raises `OSError`."""
    contract = answered[0].binding.contract
    before = document = _unchanged(contract)
    if document is None or before is None:
        return None, [f"{file}: the file has changed since it was read; nothing is rewritten: run again"]
    notes: list[str] = []
    count = 0
    for path, group in groupby(answered, key=lambda each: each.example.path):
        versions = tuple(group)
        if not any(each.is_other for each in versions):
            continue
        try:
            document = _rewritten(document, versions)
        except CannotRewriteError as error:
            place, name = contract.span(path), versions[0].example.name
            notes.append(f"{place}: example {name!r} is not rewritten: {error}")
        else:
            count += 1
    if not count:
        return None, notes
    replace_file(file, document.text)
    return Rewritten(file, count, _diff(contract, before.text, document.text)), notes


def _unchanged(contract: Contract) -> Document | None:
    """Return the file as it is now, unless it is no longer the contract that ran."""
    try:
        document = read(contract.file)
        return document if build(document) == contract else None
    except ContractError:
        return None


def _rewritten(document: Document, versions: Sequence[Answered]) -> Document:
    """Return the document in which the example has the answer of the highest version.

    Raises `CannotRewriteError` where it is not to have it, or would not pass with it.
    """
    first = versions[0]
    if first.example.error is not None:
        raise CannotRewriteError("it expects an error, and errors are for people to judge")
    if is_sensitive(first.use):
        raise CannotRewriteError("the signature has `sensitive` tensors, whose values are not written down")
    usable = [each for each in versions if not each.broken]
    if not usable:
        told = "; ".join(f"{each.version}: {', '.join(each.broken)}" for each in versions)
        raise CannotRewriteError(f"what came is no answer that the contract admits ({told})")
    last = max(usable, key=lambda each: each.binding.version.number)
    made = rewrite(document, dict(_changes(last)))
    others = _unmet(made, usable)
    if last.version in others:
        raise CannotRewriteError("the answer would not pass as it would be written")
    if others:
        raise CannotRewriteError(
            f"{last.version} answers otherwise than {', '.join(others)}, and one example holds for all "
            "versions that the contract binds: narrow `versions`, or write a tolerance"
        )
    return made


def _changes(answered: Answered) -> Iterable[Change]:
    arrival, example = answered.arrival, answered.example
    match example, arrival:
        case TensorExample(), Read(answer=answer):
            return tensor_changes(answered.binding.contract, answered.use, example, answer)
        case RawExample(), Read(body=bytes() as body):
            return raw_changes(example, body)
        case _:
            return ()


def _unmet(document: Document, versions: Sequence[Answered]) -> list[str]:
    """Return the versions whose answers the example in the document does not have."""
    try:
        contract = build(document)
    except ContractError as error:
        raise CannotRewriteError(f"the contract would be wrong: {error.problems[0].message}") from None
    first = versions[0]
    use = contract.signature(first.use.name)
    examples = () if use is None else use.examples
    example = next((each for each in examples if each.path == first.example.path), None)
    if use is None or example is None:
        raise CannotRewriteError("something else in the file would change with it")
    return list(dict.fromkeys(each.version for each in versions if _differs(use, example, each.arrival)))


def _differs(use: SignatureUse, example: Example, arrival: Arrival) -> bool:
    match example, arrival:
        case TensorExample(), Read(answer=answer):
            return any(check_example(use, example, answer))
        case RawExample(), Read(body=bytes() as body):
            return any(check_raw_example(use, example, body))
        case _:
            return True


def _diff(contract: Contract, before: str, after: str) -> str:
    """Return a unified diff; lines around a change may hold what is sensitive, and are left out then."""
    context = 0 if any(map(is_sensitive, contract.signatures)) else 3
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), contract.file, contract.file, n=context, lineterm=""
    )
    return "\n".join(lines)
