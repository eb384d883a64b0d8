"""`Tree`: what both readers (YAML, JSON) fill: data, and offsets of keys and values by path."""

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


class Tree:
    """Data with places. Filled once by a reader, read only afterwards.

    `collections` are the paths of mappings and lists; `mistakes` do not stop the reading: (offset, message).
    """

    def __init__(self) -> None:
        self.data: object = None
        self.values: dict[Path, int] = {}
        self.keys: dict[Path, int] = {}
        self.collections: set[Path] = set()
        self.mistakes: list[tuple[int, str]] = []
