"""Files of traffic -> `Seen`: what it shows of each signature; lines and records are read once, in turn."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sigpact.authoring.bodies import calls_of_line
from sigpact.authoring.calls import Call, Held
from sigpact.authoring.choose import Choice
from sigpact.authoring.facts import Facts, Seen, Traffic
from sigpact.authoring.records import calls_of_record
from sigpact.authoring.shapes import Sizes
from sigpact.authoring.watch import Watch
from sigpact.errors import ContractError
from sigpact.findings import Span
from sigpact.rows import mistakes
from sigpact.rows.files import Entry, UnreadableFileError, entries, text_of
from sigpact.rows.mistakes import RefusedRowError, RowMistakeError
from sigpact.tensors.specs import Signature
from sigpact.values.requests import Place


@dataclass(slots=True)
class Gathered:
    """What is known of one signature so far; `first` is the call that the others must be like."""

    first: Call
    calls: int = 0
    rows: int = 0
    answers: int = 0
    is_lenient: bool = False
    named: bool | None = None
    answer_named: bool | None = None
    sent: dict[str, int] = field(default_factory=dict)
    inputs: dict[str, Watch] = field(default_factory=dict)
    outputs: dict[str, Watch] = field(default_factory=dict)
    sizes: Sizes = field(default_factory=Sizes)
    choice: Choice = field(default_factory=Choice)

    def add(self, call: Call) -> None:
        """Take in a call. Raises `RowMistakeError` where it is not like those before."""
        self._require_alike(call)
        _watch(self.inputs, call.inputs)
        _watch(self.outputs, call.outputs)
        shapes = {("inputs", name): each.array.shape for name, each in call.inputs.items()}
        shapes |= {("outputs", name): each.array.shape for name, each in call.outputs.items()}
        self.sizes.add(shapes)
        rows = _rows(call.inputs)
        self.choice.add(call.inputs, call.outputs, rows)
        self.calls += 1
        self.rows += 1 if rows is None else rows
        self.answers += bool(call.outputs)
        self.is_lenient |= call.is_lenient
        self.named = _either(self.named, call.named)
        self.answer_named = _either(self.answer_named, call.answer_named)
        for name in call.inputs:
            self.sent[name] = self.sent.get(name, 0) + 1

    def _require_alike(self, call: Call) -> None:
        if call.verb != self.first.verb:
            raise RowMistakeError(
                f"{call.signature!r} is called by {call.verb} here, by {self.first.verb} before"
            )
        if None not in (call.body, self.first.body) and call.body != self.first.body:
            said = f"the body is {call.body} here and {self.first.body} before"
            raise RowMistakeError(f"{said}: one contract has one form, keep each client's traffic in a file")
        if call.answer_named is not None and self.answer_named not in (None, call.answer_named):
            said = "objects by name here and bare values before" if call.answer_named else "bare values here"
            raise RowMistakeError(f"the answer holds {said}: versions of different outputs answered")
        if self.answers and call.outputs and call.outputs.keys() != self.outputs.keys():
            found, before = ", ".join(sorted(call.outputs)), ", ".join(sorted(self.outputs))
            raise RowMistakeError(f"the answer has {found} here, and {before} before: two versions answered")

    @property
    def traffic(self) -> Traffic:
        """What it comes to."""
        return Traffic(
            signature=self.first.signature,
            verb=self.first.verb,
            calls=self.calls,
            rows=self.rows,
            answers=self.answers,
            inputs=_facts(self.inputs),
            outputs=_facts(self.outputs),
            body=self.first.body,
            named=self.named,
            answer_named=self.answer_named,
            is_lenient=self.is_lenient,
            optional=frozenset(name for name, count in self.sent.items() if count < self.calls),
            ranks=dict(self.sizes.ranks),
            lengths=self.sizes.lengths,
            differ=frozenset(self.sizes.differ),
            varied=self.sizes.varied,
            shown=self.choice.shown,
        )


def _either(before: bool | None, found: bool | None) -> bool | None:  # noqa: FBT001 - two facts of one kind
    return found if before is None else before or bool(found)


def _facts(watches: Mapping[str, Watch]) -> dict[str, Facts]:
    return {name: each.facts for name, each in watches.items()}


def _watch(watches: dict[str, Watch], tensors: Mapping[str, Held]) -> None:
    """Take in the tensors of a call. Raises `RowMistakeError` for one of another kind than before."""
    for name, tensor in tensors.items():
        watch = watches.setdefault(name, Watch(tensor.family, tensor.dtype))
        if tensor.dtype != watch.dtype:
            raise RowMistakeError(
                f"{name!r} is {tensor.dtype or 'JSON'} here and {watch.dtype or 'JSON'} before"
            )
        if tensor.family != watch.family and tensor.array.size:
            try:
                watch.widen(tensor.family)
            except ValueError as error:
                raise RowMistakeError(f"{name!r} {error}") from None
        watch.add(tensor.array)


def _rows(inputs: Mapping[str, Held]) -> int | None:
    """Return the common length of the first dimension; `None` where there is none."""
    firsts = {each.array.shape[:1] for each in inputs.values()}
    first = next(iter(firsts), ())
    return first[0] if len(firsts) == 1 and first else None


def read(files: Sequence[str], known: Mapping[str, Signature], wanted: frozenset[str]) -> Seen:
    """Return what files of traffic show of the wanted signatures; of all, if none is named.

    Raises `ContractError` with what is wrong with rows: nothing is made of traffic that is not understood.
    """
    told, gathered, reading = mistakes.Seen(), dict[str, Gathered](), _Reading()
    for file in files:
        for call, place in _calls(file, known, told, reading):
            if wanted and call.signature not in wanted:
                continue
            try:
                gathered.setdefault(call.signature, Gathered(call)).add(call)
            except RowMistakeError as error:
                told.tell_of(place, error.reason, error.column)
    if told.mistakes:
        raise ContractError(told.mistakes)
    is_records = reading.records and not reading.lines
    return Seen(tuple(each.traffic for each in gathered.values()), told.refused, is_records)


@dataclass(slots=True)
class _Reading:
    """Whether all entries were records, so far."""

    records: bool = False
    lines: bool = False


def _calls(
    file: str, known: Mapping[str, Signature], told: mistakes.Seen, reading: _Reading
) -> Iterator[tuple[Call, Place]]:
    shown = os.path.normpath(file)
    try:
        for entry in entries(file):
            place = Place(file, entry.number, shown, entry.is_record)
            reading.records |= entry.is_record
            reading.lines |= not entry.is_record
            try:
                for call in _of_entry(known, entry):
                    yield call, place
            except RefusedRowError:
                told.refused += 1
            except RowMistakeError as error:
                told.tell_of(place, error.reason, error.column)
    except UnreadableFileError as error:
        told.tell(Span(shown, error.number or 1, 1), error.reason)


def _of_entry(known: Mapping[str, Signature], entry: Entry) -> Iterator[Call]:
    if entry.is_record:
        yield from calls_of_record(entry.content)
    else:
        yield from calls_of_line(known, text_of(entry))
