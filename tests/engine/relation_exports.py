"""Builds versions of a small genre model with TensorFlow, in a process of its own: a folder as the argument.

| version | what it does |
| --- | --- |
| 1 | the explanation does not change the answer, embeddings mean what the text means |
| 2 | `explained` trims the title before it embeds: another answer on rare rows |
| 3 | embeddings drift: turned by one place, and the table of genres with them |
"""

# mypy: disable-error-code="untyped-decorator"
# TensorFlow has no types.

import sys
from pathlib import Path
from typing import Any

import tensorflow as tf

_TITLE = tf.TensorSpec([None], tf.string, name="title")
_VECTOR = tf.TensorSpec([None, 4], tf.float32, name="embedding")


class Genre(tf.Module):  # type: ignore[misc]
    """One embedding of four hashed places, and a genre for each place."""

    def __init__(self, *, trims: bool, turn: int) -> None:
        super().__init__()
        self.trims = trims
        self.turn = turn
        self.genres = tf.constant(["Drama", "Comedy", "Horror", "Western"])

    def vectors(self, title: Any) -> Any:
        """Embed a title: a unit vector, turned."""
        place = tf.strings.to_hash_bucket_fast(title, 4)
        rest = tf.cast(tf.strings.length(title), tf.float32)[:, tf.newaxis] * 0.001
        made = tf.one_hot((place + self.turn) % 4, 4) + rest
        return made / tf.norm(made, axis=-1, keepdims=True)

    def named(self, vectors: Any) -> Any:
        """Return the genre of each vector."""
        return tf.gather(tf.roll(self.genres, self.turn, 0), tf.argmax(vectors, axis=-1))

    @tf.function(input_signature=[_TITLE])
    def embed(self, title: Any) -> Any:
        """Give the vector."""
        return {"embedding": self.vectors(title)}

    @tf.function(input_signature=[_VECTOR])
    def by_embedding(self, embedding: Any) -> Any:
        """Give the genre of a vector."""
        return {"genre": self.named(embedding)}

    @tf.function(input_signature=[_TITLE])
    def plain(self, title: Any) -> Any:
        """Give the genre of a title."""
        return {"genre": self.named(self.vectors(title))}

    @tf.function(input_signature=[_TITLE])
    def explained(self, title: Any) -> Any:
        """Give the genre, and the title that it is of."""
        seen = tf.strings.strip(title) if self.trims else title
        return {"genre": self.named(self.vectors(seen)), "explanation": seen}


def build(root: Path) -> None:
    """Export the three versions."""
    for number, (trims, turn) in enumerate(((False, 0), (True, 0), (False, 1)), start=1):
        made = Genre(trims=trims, turn=turn)
        names = ("embed", "by_embedding", "plain", "explained")
        folder = str(root / "genre" / str(number))
        tf.saved_model.save(made, folder, signatures={each: getattr(made, each) for each in names})


if __name__ == "__main__":
    build(Path(sys.argv[1]))
