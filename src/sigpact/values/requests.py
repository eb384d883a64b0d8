"""`Request`: one call's inputs, as the client has them in hand before it writes anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sigpact.wire.arrays import Value


class Origin(StrEnum):
    """Where a request's rows come from, in the order in which they are sent."""

    EXAMPLE = "examples"
    FILE = "files"
    BOUNDARY = "boundaries"
    RANDOM = "random"


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
