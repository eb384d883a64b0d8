"""Train, measure, export. Importing this imports TensorFlow."""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from examples.genre.export import write
from examples.genre.films import Films, folds, genres_of, read_films
from examples.genre.model import GenreModel
from examples.genre.train import retrain_head, train
from examples.genre.versions import VERSIONS, Accuracy, Facts, digest


def build(base: Path, started: float) -> Facts:
    """All versions under `base`; `started` is when the work began, by `time.monotonic`."""
    tf.get_logger().setLevel("ERROR")
    tf.config.experimental.enable_op_determinism()
    films = read_films()
    genres = genres_of(films)
    first, second = _trained(films, genres)
    facts = Facts(
        made_from=digest(),
        films=len(films),
        genres=len(genres),
        accuracy=_accuracy(films, genres),
        agreement=_same(_guesses(first, films), _guesses(second, films)) / len(films),
        seconds=time.monotonic() - started,
    )
    for version in VERSIONS:
        write(second if version.retrained else first, version, base, facts)
    return facts


def _trained(films: Films, genres: tuple[str, ...]) -> tuple[GenreModel, GenreModel]:
    """The models of version 1 and of version 2."""
    weights = train(films, genres, seed=1)
    return GenreModel(weights), GenreModel(retrain_head(weights, films, seed=2))


def _accuracy(films: Films, genres: tuple[str, ...]) -> Accuracy:
    """How often films are guessed right by models that have not seen them; each film is kept back once."""
    right: Counter[str] = Counter()
    for learned, held_out in folds(films):
        wanted = [film.genre for film in held_out]
        commonest = Counter(film.genre for film in learned).most_common(1)[0][0]
        first, second = _trained(learned, genres)
        right["first"] += _same(_guesses(first, held_out), wanted)
        right["second"] += _same(_guesses(second, held_out), wanted)
        right["majority"] += wanted.count(commonest)
    return Accuracy(**{name: count / len(films) for name, count in right.items()})


def _guesses(model: GenreModel, films: Films) -> list[str]:
    """The genre that the model gives to each film."""
    titles = tf.constant([film.title for film in films])
    found = model.best(model.logits(model.read(titles).embedding), answers=1)
    return [name.decode() for name in found.numpy()[:, 0]]


def _same(these: Sequence[str], those: Sequence[str]) -> int:
    """How many of `these` equal their fellow in `those`."""
    return sum(this == that for this, that in zip(these, those, strict=True))
