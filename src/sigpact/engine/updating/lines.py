"""Real rows that were answered otherwise now say what was answered, line by line in their own file.

Only JSON Lines: a TFRecord is what a server logged, and is recorded anew. The rules are those of
examples, and stricter: a version that did not answer keeps a line as it is.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sigpact.checks.breaches import is_sensitive
from sigpact.checks.examples import differences
from sigpact.checks.recorded import Change, tensor_changes
from sigpact.contract.model import Expected, SignatureUse, TensorExample, Tolerance
from sigpact.contract.rewrite import CannotRewriteError, replace_file, rewrite
from sigpact.contract.source import parse
from sigpact.engine.dynamic import recorded_breaches
from sigpact.engine.journey import Read
from sigpact.engine.kept import Kept
from sigpact.engine.selection import Binding
from sigpact.engine.updating.answers import Came, require_agreement, require_all, usable
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
    """What one version made of one line; with the request where it is not as recorded, and was sent alone."""

    request: Request | None = None


@dataclass(frozen=True, slots=True)
class RowsAnswered:
    """What one version made of the real rows of one use."""

    binding: Binding
    use: SignatureUse
    kept: Kept


@dataclass(frozen=True, slots=True)
class _Reader:
    """One use at one version that reads the file, and what came of the lines that are to be looked at."""

    binding: Binding
    use: SignatureUse
    came: dict[int, list[LineAnswered]]

    def requests(self, place: Place, content: str) -> list[Request]:
        """Return what the line has recorded answers for."""
        found = line_requests(self.binding.contract, self.use, place, content)
        return [each for each in found if each.recorded is not None and each.recorded.answer]


def files_of(rows: Iterable[RowsAnswered]) -> list[str]:
    """Return the files with rows that are answered otherwise."""
    return sorted({place.file for one in rows for place in _others(one)})


def rewritten_lines(
    file: str, rows: Sequence[RowsAnswered], missing: Sequence[tuple[Binding, SignatureUse]]
) -> tuple[Rewritten | None, list[str]]:
    """Rewrite the recorded answers in one file that every version that answers them can agree on.

    `missing` are uses whose rows were not sent. Return what changed, and a sentence for all lines that were
    left for the same reason. Raises `OSError`.
    """
    places = {place.number: place for one in rows for place in _others(one) if place.file == file}
    some = next(iter(places.values()))
    if some.is_record:
        told = "a TFRecord is what a server logged: record it anew"
        return None, [_left(some.shown, sorted(places), told, "record")]
    try:
        text = Path(file).read_bytes().removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        return None, [f"{some.shown}: nothing is rewritten: byte {error.start} is not UTF-8"]
    readers = list(_readers(file, rows, missing, places))
    lines = text.split("\n")
    changed: list[tuple[int, str, str]] = []
    left: dict[str, list[int]] = {}
    for number, place in sorted(places.items()):
        before = lines[number - 1] if number <= len(lines) else ""
        try:
            lines[number - 1 : number] = [after := _rewritten(before, place, readers)]
        except CannotRewriteError as error:
            left.setdefault(str(error), []).append(number)
        else:
            changed += [(number, before, after)] if after != before else []
    notes = [_left(some.shown, numbers, reason, "line") for reason, numbers in left.items()]
    if not changed:
        return None, notes
    replace_file(file, text, "\n".join(lines))
    secret = any(is_sensitive(each.use) for each in readers)
    diff = _numbers(changed) if secret else _diff(some.shown, changed)
    return Rewritten(some.shown, len(changed), "\n".join(diff)), notes


def _others(rows: RowsAnswered) -> Iterator[Place]:
    return (_recorded(request).places[0] for request, _, _ in rows.kept.others)


def _readers(
    file: str,
    rows: Sequence[RowsAnswered],
    missing: Sequence[tuple[Binding, SignatureUse]],
    wanted: Container[int],
) -> Iterator[_Reader]:
    for binding, use in missing:
        if file in use.rows_from:
            yield _Reader(binding, use, {})
    for one in rows:
        if file in one.use.rows_from:
            came: dict[int, list[LineAnswered]] = {}
            for number, each in _came(one, file, wanted):
                came.setdefault(number, []).append(each)
            yield _Reader(one.binding, one.use, came)


def _came(rows: RowsAnswered, file: str, wanted: Container[int]) -> Iterator[tuple[int, LineAnswered]]:
    for request, arrival, wrong in rows.kept.others:
        place = _recorded(request).places[0]
        if place.file == file and place.number in wanted:
            yield place.number, LineAnswered(rows.binding, rows.use, arrival, wrong, request)
    for alike in rows.kept.alike.get(file, ()):
        for place, row in zip(alike.places, (None,) if alike.rows is None else alike.rows, strict=True):
            if place.number in wanted:
                yield place.number, LineAnswered(rows.binding, rows.use, alike.of(row), ())


def _left(shown: str, numbers: Sequence[int], reason: str, what: str) -> str:
    more = f" and {len(numbers) - 1:,} more" if len(numbers) > 1 else ""
    verb = "are" if more else "is"
    return f"{shown}: {what} {numbers[0]}{more} {verb} not rewritten: {reason}"


def _rewritten(line: str, place: Place, readers: Sequence[_Reader]) -> str:
    """Return the line with the answer of the highest version.

    Raises `CannotRewriteError` where it is not to have it, or would not pass with it.
    """
    content = line.strip(_SPACE)
    came = [(reader, each) for reader in readers for each in reader.came.get(place.number, ())]
    before = {id(reader): reader.requests(place, content) for reader in readers}
    if any(each.is_other and _again(each, before[id(reader)]) is None for reader, each in came):
        raise CannotRewriteError("the file has changed since it was read: run again")
    silent = (each for each in readers if len(each.came.get(place.number, ())) < len(before[id(each)]))
    require_all((each.binding for each in silent), "line")
    answers = usable([each for _, each in came if each.is_other])
    last = answers[-1]
    try:
        made = rewrite(parse(content, _AS_JSON), dict(_changes(content, last))).text
    except ContractError as error:
        told = error.problems[0].message
        raise CannotRewriteError(f"it cannot be read again ({told}): mend it by hand") from None
    after = {id(reader): reader.requests(place, made) for reader in readers}
    judged = [(reader, each) for reader, each in came if each in answers or not each.is_other]
    require_agreement(last, (each for reader, each in judged if _differs(each, after[id(reader)])), "line")
    return line.replace(content, made, 1)


def _again(came: LineAnswered, found: Sequence[Request]) -> Request | None:
    """Return what a line says of the request that was answered; None where it is not there."""
    if came.request is None:
        return found[0] if len(found) == 1 else None
    return next((each for each in found if same_values(each, came.request)), None)


def _differs(came: LineAnswered, found: Sequence[Request]) -> bool:
    request = _again(came, found)
    return request is None or any(recorded_breaches(came.use, request, came.arrival))


def _recorded(request: Request | None) -> Recorded:
    if request is None or request.recorded is None:
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
        raise CannotRewriteError(
            "the contract makes several calls of its body, and the response is to one: record each alone"
        )
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


def _numbers(changed: Sequence[tuple[int, str, str]]) -> Iterator[str]:
    """Yield where lines changed, and nothing of what they say."""
    shown = ", ".join(str(number) for number, _, _ in changed[:_SHOWN])
    more = f" and {len(changed) - _SHOWN:,} more" if len(changed) > _SHOWN else ""
    yield f"not shown, as a client has `sensitive` tensors there: line {shown}{more}"


def _around(line: str, at: int) -> str:
    text = line.rstrip("\r")
    start = 0 if len(text) <= _WIDTH else max(0, at - _BEFORE)
    end = start + _WIDTH
    return f"{'…' * (start > 0)}{text[start:end]}{'…' * (end < len(text))}"
