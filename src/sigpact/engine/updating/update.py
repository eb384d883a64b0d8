"""`update`: files whose recorded answers are not what is answered say what is, and a report tells it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from sigpact.contract.model import SignatureUse
from sigpact.engine.selection import Binding
from sigpact.engine.updating.answers import Key, key_of
from sigpact.engine.updating.examples import Answered, rewritten_contract
from sigpact.engine.updating.lines import RowsAnswered, files_of, rewritten_lines
from sigpact.frozen import replace
from sigpact.report.model import Report, Rewritten

_Job = Callable[[], tuple[Rewritten | None, list[str]]]


@dataclass(slots=True, eq=False)
class Answers:
    """What came of everything that has a recorded answer."""

    examples: list[Answered] = field(default_factory=list)
    rows: list[RowsAnswered] = field(default_factory=list)
    unfit: set[Key] = field(default_factory=set)
    """Uses that have no answer: their signature does not fit."""
    mistaken: bool = False
    """Whether examples or rows were wrong, and not sent."""

    def add(self, other: "Answers") -> None:
        """Take in what else came."""
        self.examples += other.examples
        self.rows += other.rows
        self.unfit |= other.unfit
        self.mistaken |= other.mistaken


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of the files: those that were rewritten, and a sentence for each answer that was left."""

    files: tuple[Rewritten, ...] = ()
    notes: tuple[str, ...] = ()
    failed: str | None = None
    """Which files could not be written and why, if any."""


def with_rewritten(report: Report, updated: Updated) -> Report:
    """Return a report that tells what was rewritten as well."""
    incomplete = "; ".join(filter(None, (report.incomplete, updated.failed))) or None
    return replace(
        report, rewritten=updated.files, notes=(*report.notes, *updated.notes), incomplete=incomplete
    )


def update(bindings: Sequence[Binding], answers: Answers) -> Updated:
    """Rewrite the examples and real rows that all versions agree on, file by file.

    Nothing is rewritten where a version that a contract binds was not asked, nor where something recorded is
    wrong: that is mended first.
    """
    files: list[Rewritten] = []
    notes: list[str] = []
    failed: list[str] = []
    jobs = list(_jobs(bindings, answers))
    if jobs and answers.mistaken:
        return Updated(notes=("there are mistakes in examples or real rows: nothing is rewritten",))
    for file, rewritten in jobs:
        try:
            made, told = rewritten()
        except OSError as error:
            failed.append(f"{file} cannot be rewritten: {error.strerror or error}")
            continue
        files += [made] if made else []
        notes += told
    return Updated(tuple(files), tuple(notes), "; ".join(failed) or None)


def _jobs(bindings: Sequence[Binding], answers: Answers) -> Iterator[tuple[str, _Job]]:
    missing = list(
        _missing(bindings, answers.unfit, {key_of(each.binding, each.use) for each in answers.examples})
    )
    ordered = sorted(
        answers.examples, key=lambda each: (each.binding.contract.file, each.example.path, each.version)
    )
    for file, group in groupby(ordered, key=lambda each: each.binding.contract.file):
        silent = [each for each in missing if each[0].contract.file == file]
        yield file, partial(rewritten_contract, file, tuple(group), silent)
    asked = {key_of(each.binding, each.use) for each in answers.rows}
    silent = list(_missing(bindings, answers.unfit, asked))
    for file in files_of(answers.rows):
        yield file, partial(rewritten_lines, file, answers.rows, silent)


def _missing(
    bindings: Sequence[Binding], unfit: set[Key], asked: set[Key]
) -> Iterator[tuple[Binding, SignatureUse]]:
    """Yield the uses at versions that were neither asked nor told to be without an answer."""
    for binding in bindings:
        for use in binding.contract.signatures:
            if key_of(binding, use) not in unfit | asked:
                yield binding, use
