"""Titles to words and hashed features, in graph operations that take any bytes whatever."""

from typing import Any, NamedTuple

import tensorflow as tf

BUCKETS = 1 << 13
NGRAM = 3
PUNCTUATION = r"[\pP\pC\pZ]+"  # and control characters, NUL among them, and every kind of space


class Features(NamedTuple):
    """The words of a batch of titles and their features, each beside the index of what it belongs to."""

    words: Any  # string [words]
    title_of_word: Any  # int64 [words]
    ids: Any  # int64 [features]: rows of the embedding table
    word_of_feature: Any  # int64 [features]


def features(titles: Any) -> Features:
    """A word's features: itself and its runs of three characters, `<` and `>` marking its ends."""
    words = _words(titles)
    marked = "<" + words.flat_values + ">"
    runs = tf.strings.ngrams(tf.strings.unicode_split(marked, "UTF-8"), NGRAM, separator="")
    parts = tf.concat([marked[:, tf.newaxis], runs], axis=1)
    ids = tf.strings.to_hash_bucket_fast(parts.flat_values, BUCKETS)
    return Features(words.flat_values, words.value_rowids(), ids, parts.value_rowids())


def _words(titles: Any) -> Any:
    """Ragged [titles, words]: lower case, without punctuation, always valid UTF-8."""
    text = tf.strings.unicode_transcode(titles, "UTF-8", "UTF-8", errors="replace")
    text = tf.strings.lower(text, encoding="utf-8")
    text = tf.strings.regex_replace(text, "['\u2019]", "")
    return tf.strings.split(tf.strings.regex_replace(text, PUNCTUATION, " "))
