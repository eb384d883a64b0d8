"""What every generated file of a language has in common: pieces of source, of which a file gets those it uses."""

import re
from pathlib import Path
from typing import Final

_PIECE: Final = re.compile(r"^(?:#|//)--- (.+)\n", re.MULTILINE)
_FOLDER: Final = Path(__file__).parent / "runtime"


def pieces(language: str) -> list[tuple[tuple[str, ...], str]]:
    """Return the names that each piece defines, and its source."""
    text = (_FOLDER / f"{language}.txt").read_text(encoding="utf-8")
    _, *rest = _PIECE.split(text)
    return [
        (tuple(names.split()), source.strip("\n")) for names, source in zip(rest[::2], rest[1::2], strict=True)
    ]


def used(language: str, source: str) -> list[str]:
    """Return the pieces that a source names, and those that they name, in the order of the language's file."""
    known = pieces(language)
    wanted: set[int] = set()
    pending = [source]
    while pending:
        found = set(re.findall(r"\w+", pending.pop()))
        new = {at for at, (names, _) in enumerate(known) if at not in wanted and not found.isdisjoint(names)}
        wanted |= new
        pending += [known[at][1] for at in new]
    return [known[at][1] for at in sorted(wanted)]


def defined(language: str) -> frozenset[str]:
    """Return all names that the pieces of a language define."""
    return frozenset(name for names, _ in pieces(language) for name in names)
