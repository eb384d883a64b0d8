"""What the files of a language have in common: pieces of source, of which each file gets those it uses."""

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
        (tuple(names.split()), source.strip("\n"))
        for names, source in zip(rest[::2], rest[1::2], strict=True)
    ]


def used(language: str, source: str) -> list[str]:
    """Return the pieces that a source names, and those that they name, in order."""
    known = pieces(language)
    wanted: set[int] = set()
    pending = [source]
    while pending:
        found = set(re.findall(r"\w+", pending.pop()))
        new = {at for at, (names, _) in enumerate(known) if at not in wanted and not found.isdisjoint(names)}
        wanted |= new
        pending += [known[at][1] for at in new]
    return [known[at][1] for at in sorted(wanted)]


def reserved(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that no field and no member may have, those of pieces among them; and no type."""
    text = (_FOLDER / f"{language}.words").read_text(encoding="utf-8")
    fields, types = (frozenset(each.partition("\n")[2].split()) for each in text.split("# ")[1:])
    return fields | {name for names, _ in pieces(language) for name in names}, types
