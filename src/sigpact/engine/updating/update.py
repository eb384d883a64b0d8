"""`update`: files whose recorded answers are not what is answered say what is, and a report tells it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from sigpact.engine.updating.examples import Answered, rewritten_contract
from sigpact.engine.updating.lines import RowsAnswered, files_of, rewritten_lines
from sigpact.frozen import replace
from sigpact.report.model import Report, Rewritten

_Job = Callable[[], tuple[Rewritten | None, list[str]]]


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of the files: those that were rewritten, and a sentence for each answer that was left."""

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


def update(examples: Iterable[Answered], rows: Sequence[RowsAnswered]) -> Updated:
    """Rewrite the examples and real rows that all versions which answer them can agree on, file by file."""
    files: list[Rewritten] = []
    notes: list[str] = []
    failed = None
    for file, rewritten in _jobs(examples, rows):
        try:
            made, told = rewritten()
        except OSError as error:
            failed = f"{file} cannot be rewritten: {error.strerror or error}"
            continue
        files += [made] if made else []
        notes += told
    return Updated(tuple(files), tuple(notes), failed)


def _jobs(examples: Iterable[Answered], rows: Sequence[RowsAnswered]) -> Iterator[tuple[str, _Job]]:
    ordered = sorted(examples, key=lambda each: (each.binding.contract.file, each.example.path, each.version))
    for file, group in groupby(ordered, key=lambda each: each.binding.contract.file):
        yield file, partial(rewritten_contract, file, tuple(group))
    for file in files_of(rows):
        yield file, partial(rewritten_lines, file, rows)
