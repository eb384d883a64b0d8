"""Real rows that were answered otherwise now say what was answered, line by line in their own file.

Only JSON Lines: a TFRecord is what a server logged, and is recorded anew. The rules are those of examples.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from sigpact.checks.examples import differences
from sigpact.checks.recorded import Change, tensor_changes
from sigpact.contract.model import Expected, SignatureUse, TensorExample, Tolerance
from sigpact.contract.rewrite import CannotRewriteError, replace_file, rewrite
from sigpact.contract.source import parse
from sigpact.engine.dynamic import recorded_breaches
from sigpact.engine.journey import Read
from sigpact.engine.selection import Binding
from sigpact.engine.updating.answers import Came, require_agreement, usable, version_of
from sigpact.errors import ContractError
from sigpact.frozen import replace
from sigpact.report.model import Rewritten
from sigpact.rows.real import line_requests, same_values
from sigpact.values.requests import Place, Recorded, Request

_SPACE: Final = " \t\r\n"
_AS_JSON: Final = "row.json"
_SHOWN: Final = 20
"""So many changed lines are shown, then a count: a file may have a million."""
_WIDTH: Final = 400
_BEFORE: Final = 80
"""Of a longer line what is around the first change is shown."""


@dataclass(frozen=True, slots=True)
class LineAnswered(Came):
    """What one version made of one line, asked alone where it was recorded alone."""

    request: Request

    @property
    def place(self) -> Place:
        """Where the line stands."""
        return _recorded(self.request).places[0]


@dataclass(frozen=True, slots=True)
class RowsAnswered:
    """What one version made of the real rows of one use: those answered otherwise, where the others stand.

    `alike` has the file and the number of each line that is answered as recorded.
    """

    binding: Binding
    use: SignatureUse
    others: tuple[LineAnswered, ...]
    alike: frozenset[tuple[str, int]]


def files_of(rows: Iterable[RowsAnswered]) -> list[str]:
    """Return the files with rows that are answered otherwise."""
    return sorted({each.place.file for one in rows for each in one.others})


def rewritten_lines(file: str, rows: Sequence[RowsAnswered]) -> tuple[Rewritten | None, list[str]]:
    """Rewrite the recorded answers in one file that every version that answers them can agree on.

    Return what changed, and a sentence for all lines that were left for the same reason. Raises `OSError`.
    """
    others = [each for one in rows for each in one.others if each.place.file == file]
    others.sort(key=lambda each: each.place.number)
    shown = others[0].place.shown
    if others[0].place.is_record:
        numbers = list(dict.fromkeys(each.place.number for each in others))
        return None, [_left(shown, numbers, "a TFRecord is what a server logged: record it anew", "record")]
    try:
        lines = Path(file).read_bytes().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        return None, [f"{shown}: nothing is rewritten: byte {error.start} is not UTF-8"]
    changed: list[tuple[int, str, str]] = []
    left: dict[str, list[int]] = {}
    for number, group in groupby(others, key=lambda each: each.place.number):
        before = lines[number - 1] if number <= len(lines) else ""
        alike = [each for each in rows if (file, number) in each.alike]
        try:
            lines[number - 1 : number] = [after := _rewritten(before, tuple(group), alike)]
        except CannotRewriteError as error:
            left.setdefault(str(error), []).append(number)
        else:
            changed.append((number, before, after))
    notes = [_left(shown, numbers, reason, "line") for reason, numbers in left.items()]
    if not changed:
        return None, notes
    replace_file(file, "\n".join(lines))
    return Rewritten(shown, len(changed), "\n".join(_diff(shown, changed))), notes


def _left(shown: str, numbers: Sequence[int], reason: str, what: str) -> str:
    more = f" and {len(numbers) - 1:,} more" if len(numbers) > 1 else ""
    verb = "are" if more else "is"
    return f"{shown}: {what} {numbers[0]}{more} {verb} not rewritten: {reason}"


def _rewritten(line: str, versions: Sequence[LineAnswered], alike: Sequence[RowsAnswered]) -> str:
    """Return the line with the answer of the highest version.

    Raises `CannotRewriteError` where it is not to have it, or would not pass with it.
    """
    content = line.strip(_SPACE)
    if any(_again(each, content) is None for each in versions):
        raise CannotRewriteError("the file has changed since it was read: run again")
    answers = usable(versions)
    last = answers[-1]
    try:
        made = rewrite(parse(content, _AS_JSON), dict(_changes(content, last))).text
    except ContractError as error:
        raise CannotRewriteError(f"it cannot be read again: {error.problems[0].message}") from None
    # What is recorded for others does not change with it.
    kept = [
        each for each in alike if _expected(each, last.place, content) != _expected(each, last.place, made)
    ]
    unmet = [each.version for each in answers if _differs(each, made)]
    require_agreement(last, [*unmet, *(version_of(each.binding) for each in kept)], "line")
    return line.replace(content, made, 1)


def _again(came: LineAnswered, content: str) -> Request | None:
    """Return what the line says now of the request that was answered; None where it is not there any more."""
    found = line_requests(came.binding.contract, came.use, came.place, content)
    return next((each for each in found if same_values(each, came.request)), None)


def _differs(came: LineAnswered, content: str) -> bool:
    request = _again(came, content)
    return request is None or any(recorded_breaches(came.use, request, came.arrival))


def _expected(rows: RowsAnswered, place: Place, content: str) -> list[str]:
    found = line_requests(rows.binding.contract, rows.use, place, content)
    return [repr(_recorded(each).answer) for each in found]


def _recorded(request: Request) -> Recorded:
    if request.recorded is None:
        raise ValueError("a real row says where it stands")
    return request.recorded


def _changes(content: str, came: LineAnswered) -> Iterator[Change]:
    """Yield what differs, by its place in the line."""
    arrival, recorded = came.arrival, _recorded(came.request)
    if not isinstance(arrival, Read):
        return
    response = json.loads(content).get("response")
    if response is None:
        example = TensorExample("line", (), (), tuple(map(_placed, recorded.answer)))
        yield from tensor_changes(came.binding.contract, came.use, example, arrival.answer)
        return
    if recorded.body is None or arrival.body is None:
        raise CannotRewriteError("the contract makes several calls of its body, and the response is to one")
    for each in differences(response, json.loads(arrival.body), Tolerance()):
        yield ("response", *each.path), each.found


def _placed(expected: Expected) -> Expected:
    """Return the same with its place in a line of tensors."""
    return replace(expected, path=("outputs", expected.name, *(["approx"] if expected.approx else [])))


def _diff(shown: str, changed: Sequence[tuple[int, str, str]]) -> Iterator[str]:
    """Yield a unified diff without context, long lines and many lines cut."""
    yield f"--- {shown}"
    yield f"+++ {shown}"
    for number, before, after in changed[:_SHOWN]:
        same = next((at for at, (one, two) in enumerate(zip(before, after, strict=False)) if one != two), 0)
        yield f"@@ -{number} +{number} @@"
        yield f"-{_around(before, same)}"
        yield f"+{_around(after, same)}"
    if len(changed) > _SHOWN:
        yield f"… and {len(changed) - _SHOWN:,} more lines"


def _around(line: str, at: int) -> str:
    text = line.rstrip("\r")
    start = 0 if len(text) <= _WIDTH else max(0, at - _BEFORE)
    end = start + _WIDTH
    return f"{'…' * (start > 0)}{text[start:end]}{'…' * (end < len(text))}"
