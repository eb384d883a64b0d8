"""`Tree`: what both readers (YAML, JSON) fill: data, and offsets of keys and values by path."""

from dataclasses import dataclass, field
from typing import Final

from sigpact.findings import Path

MAX_DEPTH: Final = 64
MAX_NODES: Final = 100_000
MAX_DIGITS: Final = 400
"""Beyond the digits of any float64; Python refuses to convert 4,300."""


class SourceError(Exception):
    """The file is no document that could be checked further. `offset` is a character in its text."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


@dataclass(slots=True, eq=False)
class Tree:
    """Data with places. Filled once by a reader, read only afterwards."""

    data: object = None
    values: dict[Path, int] = field(default_factory=dict)
    keys: dict[Path, int] = field(default_factory=dict)
    collections: set[Path] = field(default_factory=set)
    """The paths of mappings and lists."""
    mistakes: list[tuple[int, str]] = field(default_factory=list)
    """Mistakes that do not stop the reading, as (offset, message)."""
