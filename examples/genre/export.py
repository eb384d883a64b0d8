"""A model to an export, `1` to `4` under a base path as TensorFlow Serving reads it."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import tensorflow as tf

from examples.genre.model import GenreModel
from examples.genre.train import WIDTH
from examples.genre.versions import NOTE, Facts, Version


def write(model: GenreModel, version: Version, base: Path, facts: Facts) -> None:
    """Export to `base`, with the facts beside it; whole or not at all."""
    base.mkdir(parents=True, exist_ok=True)
    target = base / str(version.number)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=base) as scratch:
        fresh = Path(scratch, target.name)
        tf.saved_model.save(model, str(fresh), signatures=signatures(model, version))
        note = fresh / NOTE
        note.parent.mkdir()
        note.write_text(facts.written(), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)


def signatures(model: GenreModel, version: Version) -> dict[str, Any]:
    """The four signatures of a version; the names of arguments and keys are those that clients see."""

    def genre(logits: Any) -> Any:
        best = model.best(logits, version.answers)
        return best if version.answers > 1 else tf.squeeze(best, axis=1)

    def get_genre(title: Any) -> dict[str, Any]:
        logits = model.logits(model.read(title).embedding)
        score = {"score": model.confidence(logits)} if version.scored else {}
        return {"genre": genre(logits), **score}

    def get_genre_with_explanation(title: Any) -> dict[str, Any]:
        reading = model.read(title)
        logits = model.logits(reading.embedding)
        explanation = model.explanation(reading, logits)
        return {"genre": genre(logits), "confidence": model.confidence(logits), "explanation": explanation}

    def embed(title: Any) -> dict[str, Any]:
        return {"embedding": model.read(title).embedding}

    def get_genre_from_embedding(embedding: Any) -> dict[str, Any]:
        return {"genre": genre(model.logits(embedding))}

    title = tf.TensorSpec([None], tf.string, "title")
    embedding = tf.TensorSpec([None, WIDTH], tf.float32, "embedding")
    takes = [
        (get_genre, title),
        (get_genre_with_explanation, title),
        (embed, title),
        (get_genre_from_embedding, embedding),
    ]
    return {function.__name__: tf.function(function, input_signature=[spec]) for function, spec in takes}
