"""The four versions, what is written beside each, and whether they lie on disk; no TensorFlow here."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from examples.genre.films import DATA

NOTE = Path("assets.extra", "training.json")  # where a SavedModel keeps what is not its own


@dataclass(frozen=True, slots=True)
class Version:
    """One version: which weights it has, and how it answers."""

    number: int
    what: str
    retrained: bool = True
    answers: int = 1  # genres a title: `genre` is [batch] for one, else [batch, answers]
    scored: bool = False  # whether `get_genre` has a second output


VERSIONS = (
    Version(1, "the first training", retrained=False),
    Version(2, "retrained: another head on the same embeddings"),
    Version(3, "version 2, but three genres a title: genre is [batch, 3]", answers=3),
    Version(4, "version 2, but get_genre has a second output, score", scored=True),
)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The part of the films guessed right by models that have not seen them."""

    first: float
    second: float
    majority: float  # by always answering the commonest genre


@dataclass(frozen=True, slots=True)
class Facts:
    """What a training found."""

    made_from: str  # a digest of the data and of this package
    films: int
    genres: int
    accuracy: Accuracy
    agreement: float  # of versions 1 and 2 over all films
    seconds: float

    def written(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), indent=2) + "\n"

    def report(self, base: Path) -> str:
        """For a reader: what was trained, how good it is, what lies where."""
        right = self.accuracy
        lines = (
            f"genre: {self.films:,} films, {self.genres} genres, guessed from the title alone",
            f"  trained, and measured with each film kept back once, in {self.seconds:.0f} s",
            f"  right: version 1 {right.first:.1%}, version 2 {right.second:.1%}",
            f"  right by always answering the commonest genre: {right.majority:.1%}",
            f"  versions 1 and 2 give the same genre for {self.agreement:.1%} of the films",
            *(f"  {base / str(version.number)}: {version.what}" for version in VERSIONS),
        )
        return "\n".join(lines)


def facts_of(text: str) -> Facts:
    """The facts that `Facts.written` wrote."""
    fields = json.loads(text)
    return Facts(**fields | {"accuracy": Accuracy(**fields["accuracy"])})


def digest() -> str:
    """What the exports are made from: the data and this package."""
    found = hashlib.sha256()
    for path in (DATA, *sorted(DATA.parent.glob("*.py"))):
        found.update(path.read_bytes())
    return found.hexdigest()


def up_to_date(base: Path) -> Facts | None:
    """The facts of the exports under `base`, if all are there and were made from what lies here now."""
    notes = [base / str(version.number) / NOTE for version in VERSIONS]
    if not all(note.is_file() for note in notes):
        return None
    found = {note.read_text(encoding="utf-8") for note in notes}
    facts = facts_of(found.pop())
    return facts if not found and facts.made_from == digest() else None
