"""`real_requests`: the rows of a use's files as requests, made as they are asked for."""

from collections.abc import Iterable, Iterator

from sigpact.contract.model import Contract, SignatureUse
from sigpact.findings import Span
from sigpact.rows.admit import sendable
from sigpact.rows.files import Entry, UnreadableFileError, entries, text_of
from sigpact.rows.gather import gathered
from sigpact.rows.lines import Tensors, read_line
from sigpact.rows.made import Row, of_body, of_log, of_tensors
from sigpact.rows.mistakes import ForeignRowError, RefusedRowError, RowMistakeError, Seen
from sigpact.rows.target import Target
from sigpact.savedmodel.wire import WireError
from sigpact.values.requests import Place, Request
from sigpact.wire.prediction_log import read_log
from sigpact.wire.server_reads import DEFAULT_SIGNATURE
from sigpact.wire.tensor_protos import TensorError


def real_requests(contract: Contract, use: SignatureUse, seen: Seen | None = None) -> Iterator[Request]:
    """Yield the real rows of a signature, file by file; what is wrong with them is told to `seen`.

    Rows that are wrong are left out: who sends them has told the mistakes before a verdict is given.
    """
    target, told = Target(contract, use), Seen() if seen is None else seen
    for file in use.rows_from:
        for request in gathered(target, _rows(target, file, told)):
            yield from sendable(target, request, told)


def first_rows(requests: Iterable[Request], most: int | None) -> Iterator[Request]:
    """Yield requests until they have so many rows."""
    rows = 0
    for request in requests:
        if most is not None and rows >= most:
            return
        rows += request.rows
        yield request


def row_at(
    contract: Contract, use: SignatureUse, place: tuple[str, int], request: Request | None
) -> Request | None:
    """Return the request of a line or record, if it is still the one that is known by its values."""
    target, (file, number) = Target(contract, use), place
    if file not in use.rows_from or request is None:
        return None
    try:
        found = next((each for each in entries(file) if each.number == number), None)
        if found is None:
            return None
        rows = _of_entry(target, found, Place(file, number, target.shown(file), found.is_record))
        return next((each.request for each in rows if same_values(each.request, request)), None)
    except (UnreadableFileError, ForeignRowError, RefusedRowError, RowMistakeError):
        return None


def line_requests(contract: Contract, use: SignatureUse, place: Place, content: str) -> list[Request]:
    """Return the requests of a line that stands somewhere; none where it holds nothing that can be sent."""
    entry = Entry(place.number, content.encode(), is_record=False)
    try:
        return [each.request for each in _of_entry(Target(contract, use), entry, place)]
    except (ForeignRowError, RefusedRowError, RowMistakeError):
        return []


def same_values(one: Request, other: Request) -> bool:
    """Whether two requests send the same, bit by bit (NaN differs from itself, its text does not)."""
    sent = [
        {name: (each.dtype, repr(each.array.tolist())) for name, each in request.values.items()}
        for request in (one, other)
    ]
    return sent[0] == sent[1]


def _rows(target: Target, file: str, seen: Seen) -> Iterator[Row]:
    """Yield the rows of one file that are the signature's; what is passed over is counted."""
    mine, others, shown = 0, dict[str, None](), target.shown(file)
    try:
        for entry in entries(file):
            place = Place(file, entry.number, shown, entry.is_record)
            mine += 1
            try:
                yield from _of_entry(target, entry, place)
            except ForeignRowError as error:
                mine -= 1
                seen.foreign += 1
                others[error.signature] = None
            except RefusedRowError:
                seen.refused += 1
            except RowMistakeError as error:
                seen.tell_of(place, error.reason, error.column)
    except UnreadableFileError as error:
        mine += 1
        place = Place(file, error.number or 1, shown, error.is_record)
        seen.tell_of(place, error.reason)
    if not mine:
        said = f"its rows are for {', '.join([*others][:5])}" if others else "it has none at all"
        seen.tell(Span(shown, 1, 1), f"the file has no row for {target.use.name!r}: {said}")


def _of_entry(target: Target, entry: Entry, place: Place) -> Iterator[Row]:
    """Yield the rows of a line or record.

    Raises `RowMistakeError`, `ForeignRowError`, `RefusedRowError`.
    """
    if entry.is_record:
        yield from _of_record(target, entry.content, place)
        return
    found = read_line(target, text_of(entry))
    if isinstance(found, Tensors):
        yield of_tensors(target, place, found)
    else:
        yield from of_body(target, place, found)


def _of_record(target: Target, record: bytes, place: Place) -> Iterator[Row]:
    names: list[str] = []

    def is_mine(api: str, signature: str) -> bool:
        names.append(signature or DEFAULT_SIGNATURE)
        return (api, names[-1]) == (target.use.verb, target.use.name)

    try:
        logs = read_log(record, is_mine)
    except (WireError, TensorError) as error:
        raise RowMistakeError(f"no PredictionLog: {error}") from None
    if not logs:
        raise ForeignRowError(names[0] if names else "no signature")
    for each in logs:
        yield from of_log(target, place, each)
