"""`Request`: one call's inputs, as the client has them in hand before it writes anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sigpact.contract.model import Expected, Nested
from sigpact.wire.arrays import Value


class Origin(StrEnum):
    """Where a request's rows come from, in the order in which they are sent."""

    EXAMPLE = "examples"
    FILE = "files"
    BOUNDARY = "boundaries"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a real row stands: a line or a record of a file, counted from 1; messages show it as `shown`."""

    file: str
    number: int
    shown: str
    is_record: bool = False

    def __str__(self) -> str:
        return f"{self.shown}: record {self.number}" if self.is_record else f"{self.shown}:{self.number}"


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What a file says of a request: where its rows stand, and what was answered.

    Either each row has a place of its own, or one place holds all of them. `body` is the REST body, which is
    sent as it stands; `answer` the outputs that were recorded and that the contract declares.
    """

    places: tuple[Place, ...]
    body: bytes | None = None
    answer: tuple[Expected, ...] = ()

    @property
    def is_gathered(self) -> bool:
        """Whether rows of several places were put into one request."""
        return len(self.places) > 1

    def row(self, row: int) -> "Recorded":
        """Return what is known of one row alone; of a part of what was recorded, only where it stands."""
        if not self.is_gathered:
            return Recorded(self.places)
        return Recorded((self.places[row],), None, tuple(_expected_row(each, row) for each in self.answer))


def expecting(expected: Expected, value: Nested) -> Expected:
    """Return the same said of another value."""
    return Expected(expected.name, value, expected.path, approx=expected.approx, tolerance=expected.tolerance)


def _expected_row(expected: Expected, row: int) -> Expected:
    value = expected.value
    return expecting(expected, value[row : row + 1] if isinstance(value, tuple) else value)


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One call: `values` by input name, `sizes` by dimension name, and how many rows it counts as.

    An optional input that the client leaves out this time is not in `values`.
    """

    origin: Origin
    values: Mapping[str, Value]
    sizes: Mapping[str, int]
    rows: int
    label: str = ""
    """What is special about it: `title: the longest text`."""
    recorded: Recorded | None = None
    """What a file says of it, if its rows are real ones."""

    @property
    def body(self) -> bytes | None:
        """The REST body that a file has of it, which is sent as it stands."""
        return None if self.recorded is None else self.recorded.body

    @property
    def is_gathered(self) -> bool:
        """Whether it holds rows that stand in several places of files."""
        return self.recorded is not None and self.recorded.is_gathered


def row_of(request: Request, row: int) -> Request:
    """Return a request with only this row; one that does not count rows comes back as it is."""
    if request.rows <= 1 or any(value.shape[:1] != (request.rows,) for value in request.values.values()):
        return request
    batches = [name for name, size in request.sizes.items() if size == request.rows]
    values = {name: Value(value.dtype, value.array[row : row + 1]) for name, value in request.values.items()}
    sizes = {**request.sizes, **dict.fromkeys(batches[:1], 1)}
    recorded = None if request.recorded is None else request.recorded.row(row)
    label = request.label if recorded is None else str(recorded.places[0])
    return Request(request.origin, values, sizes, 1, label, recorded)
