"""Weights to answers, in a graph whose answer for a row does not depend on the rows around it.

How a matrix product adds up depends on the size of the batch, and so do its last digits, and now and then a
label. Here every number that is added up is a multiple of a small power of two, in a type wide enough for the
whole sum: the sums are exact, in whatever order they are taken.
"""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from examples.genre.text import Features, features
from examples.genre.train import Weights

GRAIN_OF_TABLE = 2.0**-14  # a sum of 2,000 features fits float32's 24 bits
GRAIN_OF_HEAD = 2.0**-16
GRAIN_OF_EMBEDDING = 2.0**-24
REASONS = 3
LONGEST_REASON = 60
NO_REASON = "no words in the title"


class Reading(NamedTuple):
    """A batch of titles, read: what is known of each word, and the embedding of each title."""

    found: Features
    word_vectors: Any  # float64 [words, WIDTH]
    embedding: Any  # float32 [titles, WIDTH], norm 1


class GenreModel(tf.Module):  # type: ignore[misc]  # TensorFlow has no types
    """The model as pure functions over its weights; the signatures are put together in `export.py`."""

    def __init__(self, weights: Weights) -> None:
        """Weights become variables, rounded to their grain."""
        super().__init__(name="genre")
        self.genres = weights.genres
        self.table = tf.Variable(_rounded(weights.table, GRAIN_OF_TABLE), name="table", dtype=tf.float32)
        self.blank = tf.Variable(_rounded(weights.blank, GRAIN_OF_TABLE), name="blank", dtype=tf.float64)
        self.head = tf.Variable(_rounded(weights.head, GRAIN_OF_HEAD), name="head", dtype=tf.float64)
        self.bias = tf.Variable(_rounded(weights.bias, GRAIN_OF_HEAD), name="bias", dtype=tf.float64)

    def read(self, titles: Any) -> Reading:
        """Titles to embeddings: the sum of the vectors of all features, scaled to norm 1."""
        found = features(titles)
        summed = tf.sparse.segment_sum(
            self.table, found.ids, found.word_of_feature, num_segments=tf.size(found.words)
        )
        vectors = tf.cast(summed, tf.float64)
        count = tf.size(titles, out_type=tf.int64)
        whole = tf.math.unsorted_segment_sum(vectors, found.title_of_word, count) + self.blank
        norm = tf.sqrt(tf.reduce_sum(whole**2, axis=1, keepdims=True))
        return Reading(found, vectors, tf.cast(whole / norm, tf.float32))

    def logits(self, embedding: Any) -> Any:
        """Embeddings to float64 [titles, genres]; the only way to a genre, from text or not."""
        grains = tf.round(tf.cast(embedding, tf.float64) / GRAIN_OF_EMBEDDING) * GRAIN_OF_EMBEDDING
        return grains @ self.head + self.bias

    def best(self, logits: Any, answers: int) -> Any:
        """The best genres' names, best first: string [titles, answers]."""
        return tf.gather(tf.constant(self.genres), tf.math.top_k(logits, k=answers).indices)

    def confidence(self, logits: Any) -> Any:
        """The probability of the best genre: float32 [titles]."""
        return tf.cast(tf.reduce_max(tf.nn.softmax(logits), axis=1), tf.float32)

    def explanation(self, reading: Reading, logits: Any) -> Any:
        """The words that spoke most for the best genre, by what each adds to its logit: string [titles]."""
        best = tf.argmax(logits, axis=1)
        wanted = tf.gather(tf.transpose(self.head), tf.gather(best, reading.found.title_of_word))
        weights = tf.reduce_sum(reading.word_vectors * wanted, axis=1)
        words = tf.strings.substr(reading.found.words, 0, LONGEST_REASON, unit="UTF8_CHAR")
        rows = tf.size(best, out_type=tf.int64)
        by_title = _dense(weights, reading.found.title_of_word, rows, tf.constant(-np.inf, tf.float64))
        order = tf.math.top_k(by_title, k=REASONS).indices
        chosen = tf.gather(_dense(words, reading.found.title_of_word, rows, ""), order, batch_dims=1)
        reasons = tf.strings.regex_replace(
            tf.strings.reduce_join(chosen, axis=1, separator=", "), "(, )+$", ""
        )
        return tf.where(tf.equal(reasons, ""), NO_REASON, reasons)


def _rounded(values: Any, grain: float) -> Any:
    """`values`, each the nearest multiple of `grain`."""
    return np.round(values.astype(np.float64) / grain) * grain


def _dense(values: Any, rows: Any, count: Any, filler: Any) -> Any:
    """Values by row, [count, most], filled up on the right; at least `REASONS` wide."""
    ragged = tf.RaggedTensor.from_value_rowids(values, rows, nrows=count, validate=False)
    wide = ragged.to_tensor(default_value=filler)
    return tf.concat([wide, tf.fill([count, REASONS], filler)], axis=1)
