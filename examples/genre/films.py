"""The films: read from `movies.csv`, and split so that a model can be measured on films it has not seen."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).with_name("movies.csv")
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Film:
    """A title and its genre."""

    title: str
    genre: str


Films = tuple[Film, ...]


def read_films(path: Path = DATA) -> Films:
    """All films of the file, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(Film(row["title"], row["genre"]) for row in csv.DictReader(file))


def genres_of(films: Films) -> tuple[str, ...]:
    """The genres, sorted."""
    return tuple(sorted({film.genre for film in films}))


def folds(films: Films) -> Iterator[tuple[Films, Films]]:
    """Five times: films to learn from, and a fifth kept back; films of one title are kept back together."""
    titles = sorted({film.title for film in films})
    random.Random(0).shuffle(titles)  # noqa: S311 - a fixed order, not a secret
    for fold in range(FOLDS):
        kept = frozenset(titles[fold::FOLDS])
        yield (
            tuple(film for film in films if film.title not in kept),
            tuple(film for film in films if film.title in kept),
        )
