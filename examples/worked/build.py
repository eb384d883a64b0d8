"""Four models, small enough to read; importing this imports TensorFlow.

| model | what it is | what version 2 does otherwise |
| --- | --- | --- |
| `species` | encoded pictures in, the three likeliest species out | takes colours as they are: grey has one |
| `ranking` | 40 inputs, a history and candidates of any length | counts padding as a part of the history |
| `income` | a classifier as an Estimator exports it: tf.Examples in | calls the feature `hours` otherwise |
| `price` | a price with a discount that may be left out | another discount where none is sent |
"""

# mypy: disable-error-code="untyped-decorator"
# TensorFlow has no types.

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import tensorflow as tf

SPECIES: Final = ("ant", "bee", "beetle", "butterfly", "moth")
ACTS: Final = ("carts", "clicks", "orders", "returns", "searches", "views")
SPANS: Final = ("1d", "7d", "30d", "90d", "365d", "ever")
COUNTS: Final = tuple(f"{act}_{span}" for act in ACTS for span in SPANS)
"""36 inputs of one number a row."""


def build(out: Path) -> Iterator[Path]:
    """Export what is missing below a folder, and yield the folder of each version."""
    tf.get_logger().setLevel("ERROR")  # it tells that the calls an Estimator made are old
    makers: dict[str, tuple[Callable[[Path], None], Callable[[Path], None]]] = {
        "species": (lambda to: _species(to, channels=3), lambda to: _species(to, channels=0)),
        "ranking": (lambda to: _ranking(to, masks=True), lambda to: _ranking(to, masks=False)),
        "income": (lambda to: _income(to, "hours"), lambda to: _income(to, "hours_per_week")),
        "price": (lambda to: _price(to, 0.1), lambda to: _price(to, 0.2)),
    }
    for name, versions in makers.items():
        for number, make in enumerate(versions, start=1):
            folder = out / name / str(number)
            if not folder.is_dir():
                make(folder)
            yield folder


def _save(folder: Path, **signatures: Any) -> None:
    module = tf.Module()
    module.functions = list(signatures.values())
    tf.saved_model.save(module, str(folder), signatures=signatures)


def _species(folder: Path, *, channels: int) -> None:
    def read(data: Any) -> Any:
        picture = tf.io.decode_jpeg(data, channels=channels)
        return tf.ensure_shape(tf.image.resize(tf.cast(picture, tf.float32), [4, 4]), [4, 4, 3])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="picture_bytes")])
    def top3(picture_bytes: Any) -> Any:
        """Five fixed directions in a picture's colours stand for what a network would have learned."""
        shape = tf.TensorSpec([4, 4, 3], tf.float32)
        colours = (
            tf.reduce_mean(tf.map_fn(read, picture_bytes, fn_output_signature=shape), axis=[1, 2]) / 255.0
        )
        scores = tf.nn.softmax(colours @ tf.reshape(tf.linspace(-2.0, 2.0, 15), [3, 5]))
        best, at = tf.math.top_k(scores, k=3)
        return {"species": tf.gather(tf.constant(SPECIES), at), "scores": best}

    _save(folder, top3=top3)


def _ranking(folder: Path, *, masks: bool) -> None:
    counts = {name: tf.TensorSpec([None], tf.float32, name=name) for name in COUNTS}
    others = {
        "country": tf.TensorSpec([None], tf.string, name="country"),
        "candidates": tf.TensorSpec([None, None], tf.int64, name="candidates"),
        "history": tf.TensorSpec([None, None], tf.int64, name="history"),
        "history_days": tf.TensorSpec([None, None], tf.float32, name="history_days"),
    }

    @tf.function
    def rank(**inputs: Any) -> Any:
        """A candidate scores by how near its number lies to the recent history, and by what the user did."""
        seen = tf.cast(inputs["history"] >= 0, tf.float32) if masks else tf.ones_like(inputs["history_days"])
        weights = seen / (1.0 + tf.abs(inputs["history_days"]))
        total = tf.reduce_sum(weights, axis=1) + 1e-3
        taste = tf.reduce_sum(weights * tf.cast(inputs["history"] % 100, tf.float32), axis=1) / total
        activity = tf.add_n([inputs[name] for name in COUNTS]) / (1000.0 * len(COUNTS))
        at_home = tf.where(inputs["country"] == "no", 0.5, 0.0)
        far = tf.abs(tf.cast(inputs["candidates"] % 100, tf.float32) - taste[:, tf.newaxis])
        return {"scores": (activity + at_home)[:, tf.newaxis] - far / 100.0}

    _save(folder, rank=rank.get_concrete_function(**counts, **others))


def _income(folder: Path, hours: str) -> None:
    """Write the graph and signature that `Estimator.export_saved_model` wrote for a classifier."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        serialized = tf.compat.v1.placeholder(tf.string, [None], name="input_example_tensor")
        features = {
            "age": tf.io.FixedLenFeature([1], tf.int64),
            "education": tf.io.FixedLenFeature([1], tf.string, "unknown"),
            hours: tf.io.FixedLenFeature([1], tf.float32),
        }
        read = tf.io.parse_example(serialized, features)
        studied = tf.where(read["education"] == "master", 1.0, 0.0)
        sum_ = tf.cast(read["age"], tf.float32) / 50.0 + studied + read[hours] / 40.0 - 2.0
        high = tf.sigmoid(sum_)
        scores = tf.concat([1.0 - high, high], axis=1)
        classes = tf.tile(tf.constant([["<=50K", ">50K"]]), [tf.shape(scores)[0], 1])
        signature = tf.compat.v1.saved_model.classification_signature_def(serialized, classes, scores)
        builder = tf.compat.v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
        builder.save()


def _price(folder: Path, usual: float) -> None:
    area = tf.TensorSpec([None], tf.float32, name="area")
    discount = tf.TensorSpec([], tf.float32, name="discount")

    @tf.function(input_signature=[area, discount])
    def offer(area: Any, discount: Any = tf.constant(usual)) -> Any:  # noqa: B008 - a default of the signature
        """So much a square metre, less the discount."""
        return {"price": area * 25.0 * (1.0 - discount)}

    _save(folder, offer=offer)
