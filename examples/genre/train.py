"""Films to weights: a table of feature vectors and a head that reads their normed sum, trained together.

Full-batch Adam with a fixed seed; every step leaves a random part of the features out, for there are more
features than films.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from examples.genre.films import Film
from examples.genre.text import BUCKETS, Features, features

WIDTH = 64
FIRST = (50, 0.6)  # steps, and the part of the features left out of each
AGAIN = (30, 0.4)
RATE = 0.005
SHRINK = 1e-4

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Weights:
    """What training found; `table`, `blank` make the embedding, `head`, `bias` read it."""

    genres: tuple[str, ...]
    table: Array  # [BUCKETS, WIDTH]: one vector a feature
    blank: Array  # [WIDTH]: where every title starts, so that one without words has a direction too
    head: Array  # [WIDTH, genres]
    bias: Array  # [genres]


@dataclass(frozen=True)
class Lesson:
    """Films as the training sees them."""

    ids: Any
    film_of_feature: Any
    wanted: Any  # float32 [films, genres]: one-hot

    @property
    def films(self) -> int:
        """How many films."""
        return int(self.wanted.shape[0])


def train(films: Sequence[Film], genres: tuple[str, ...], seed: int) -> Weights:
    """Embedding and head, from nothing."""
    lesson, random = _lesson(films, genres), np.random.default_rng(seed)
    start = Weights(
        genres=genres,
        table=random.normal(0, 0.05, (BUCKETS, WIDTH)).astype(np.float32),
        blank=random.normal(0, 0.3, WIDTH).astype(np.float32),
        head=random.normal(0, 0.1, (WIDTH, len(genres))).astype(np.float32),
        bias=np.log(np.mean(lesson.wanted.numpy(), axis=0) + 1e-3),
    )
    return _fit(start, ("table", "blank", "head", "bias"), lesson, random, FIRST)


def retrain_head(weights: Weights, films: Sequence[Film], seed: int) -> Weights:
    """The head trained further, the embedding kept: embeddings that a client has stored stay valid."""
    lesson = _lesson(films, weights.genres)
    return _fit(weights, ("head", "bias"), lesson, np.random.default_rng(seed), AGAIN)


def _lesson(films: Sequence[Film], genres: tuple[str, ...]) -> Lesson:
    """The features of the films' titles, by the same function that the exported graph uses."""
    found: Features = features(tf.constant([film.title for film in films]))
    answers = [genres.index(film.genre) for film in films]
    return Lesson(
        ids=found.ids,
        film_of_feature=tf.gather(found.title_of_word, found.word_of_feature),
        wanted=tf.one_hot(answers, len(genres)),
    )


def _fit(
    start: Weights,
    names: tuple[str, ...],
    lesson: Lesson,
    random: np.random.Generator,
    plan: tuple[int, float],
) -> Weights:
    """`start` with the named weights trained."""
    steps, left_out = plan
    values = {name: tf.Variable(getattr(start, name)) for name in ("table", "blank", "head", "bias")}
    trained = [values[name] for name in names]
    step = _adam(lambda scale: _loss(values, lesson, scale), trained)
    for number in range(1, steps + 1):
        kept = random.random(len(lesson.ids)) >= left_out
        step(tf.constant(number, tf.float32), tf.constant(kept / (1 - left_out), tf.float32))
    return replace(start, **{name: values[name].numpy() for name in names})


def _loss(values: dict[str, Any], lesson: Lesson, scale: Any) -> Any:
    """Cross entropy, each feature scaled by `scale` (nought: left out)."""
    vectors = tf.gather(values["table"], lesson.ids) * scale[:, tf.newaxis]
    titles = tf.math.unsorted_segment_sum(vectors, lesson.film_of_feature, lesson.films) + values["blank"]
    logits = tf.math.l2_normalize(titles, axis=1) @ values["head"] + values["bias"]
    cross_entropy = tf.nn.softmax_cross_entropy_with_logits(lesson.wanted, logits)
    return tf.reduce_mean(cross_entropy) + SHRINK * tf.nn.l2_loss(values["head"])


def _adam(loss: Callable[[Any], Any], variables: list[Any]) -> Callable[[Any, Any], None]:
    """One step of Adam, compiled; its arguments are the number of the step, from 1, and what `loss` takes."""
    means = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
    squares = [tf.Variable(tf.zeros_like(variable)) for variable in variables]

    def step(number: Any, scale: Any) -> None:
        with tf.GradientTape() as tape:
            value = loss(scale)
        for variable, gradient, mean, square in zip(
            variables, tape.gradient(value, variables), means, squares, strict=True
        ):
            slope = tf.convert_to_tensor(gradient)
            mean.assign(0.9 * mean + 0.1 * slope)
            square.assign(0.99 * square + 0.01 * slope**2)
            size = tf.sqrt(square / (1 - 0.99**number)) + 1e-7
            variable.assign_sub(RATE * mean / (1 - 0.9**number) / size)

    compiled: Callable[[Any, Any], None] = tf.function(step)
    return compiled
