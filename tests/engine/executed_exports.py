"""Builds exports with TensorFlow: versions that are called with classify and regress, and pairs to compare.

Run as a script with a folder: pytest itself never imports TensorFlow.
"""

# mypy: disable-error-code="untyped-decorator"
# TensorFlow has no types.

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

Call = Callable[..., Any]
EXAMPLES = [tf.TensorSpec([None], tf.string, name="inputs")]


def _save(folder: Path, functions: dict[str, Call]) -> None:
    module = tf.Module()
    module.functions = list(functions.values())
    tf.saved_model.save(module, str(folder), signatures=functions)


def _shapeless(tensor: Any) -> Any:
    """Return the tensor with a shape that the export does not state."""
    return tf.raw_ops.PlaceholderWithDefault(input=tensor, shape=tf.TensorShape(None))


def _spec(name: str = "x") -> dict[str, Any]:
    return {
        name: tf.io.FixedLenFeature([2], tf.float32),
        "word": tf.io.FixedLenFeature([], tf.string, "none"),
        "age": tf.io.FixedLenFeature([], tf.int64, 7),
    }


def _parsed(inputs: Any, name: str = "x") -> Any:
    found = tf.io.parse_example(inputs, _spec(name))
    return tf.reduce_sum(found[name], axis=1), found["word"], tf.cast(found["age"], tf.float32)


def _one_by_one(inputs: Any, name: str = "x") -> Any:
    """Parse each example for itself, as serving functions do that nobody can read."""
    wanted = {name: tf.float32, "word": tf.string, "age": tf.int64}
    found = tf.map_fn(
        lambda each: tf.io.parse_single_example(each, _spec(name)), inputs, fn_output_signature=wanted
    )
    return tf.reduce_sum(found[name], axis=1), found["word"], tf.cast(found["age"], tf.float32)


def _answer(total: Any, word: Any) -> tuple[Any, Any]:
    scores = tf.stack([1 - total, total], axis=1)
    labels = tf.stack([tf.fill(tf.shape(total), "no"), tf.where(word == "", "empty", "yes")], axis=1)
    return labels, scores


def _classify(parse: Call, change: Call | None = None) -> Call:
    @tf.function(input_signature=EXAMPLES)
    def classify(inputs: Any) -> Any:
        total, word, _ = parse(inputs)
        labels, scores = _answer(total, word)
        return change(labels, scores) if change else {"classes": labels, "scores": scores}

    return classify  # type: ignore[no-any-return]


def _regress(parse: Call, change: Call | None = None) -> Call:
    @tf.function(input_signature=EXAMPLES)
    def regress(inputs: Any) -> Any:
        total, _, age = parse(inputs)
        found = total + age
        return {"outputs": change(found) if change else found}

    return regress  # type: ignore[no-any-return]


def _renamed(inputs: Any) -> Any:
    return _parsed(inputs, "z")


def _renamed_apart(inputs: Any) -> Any:
    return _one_by_one(inputs, "z")


CHANGES: dict[str, Call] = {
    "single": lambda _, scores: {"scores": scores},
    "flat": lambda labels, scores: {"classes": labels, "scores": _shapeless(scores[:, 1])},
    "hidden": lambda labels, scores: {"classes": _shapeless(labels), "scores": _shapeless(scores)},
    "other": lambda labels, scores: {
        "classes": tf.where(labels == "yes", "maybe", labels),
        "scores": scores,
    },
    "wider": lambda labels, scores: {
        "classes": labels,
        "scores": _shapeless(tf.concat([scores, scores], axis=1)),
    },
    "double": lambda labels, scores: {"classes": labels, "scores": tf.cast(scores, tf.float64)},
    "raw": lambda labels, scores: {"classes": tf.fill(tf.shape(labels), b"\xff"), "scores": scores},
}


def inference(root: Path) -> None:
    """Export versions of `c` (classify) and `r` (regress); 1 is what the clients were written for."""
    known = {"c": _classify(_parsed), "r": _regress(_parsed)}
    changed = {name: _classify(_parsed, change) for name, change in CHANGES.items()}
    versions = {
        "1": known,
        "2": {"c": _classify(_renamed), "r": _regress(_renamed)},
        "3": {**known, "c": changed["single"]},
        "4": {**known, "c": changed["flat"]},
        "5": {
            "c": changed["hidden"],
            "r": _regress(_parsed, lambda found: _shapeless(found[:, tf.newaxis])),
        },
        "6": {**known, "c": changed["other"]},
        "7": {"c": _classify(_one_by_one), "r": _regress(_one_by_one)},
        "8": {"c": _classify(_renamed_apart), "r": _regress(_renamed_apart)},
        "9": {
            "c": changed["wider"],
            "r": _regress(_parsed, lambda found: _shapeless(tf.stack([found, found], axis=1))),
        },
        "10": {
            "c": changed["double"],
            "r": _regress(_parsed, lambda found: _shapeless(found[:1])),
        },
        "11": {
            "c": changed["raw"],
            "r": _regress(_parsed, lambda found: tf.where(found > 8.5, np.inf, found)),
        },
    }
    for version, functions in versions.items():
        _save(root / version, functions)


TITLE = tf.TensorSpec([None], tf.string, name="title")


@tf.function(input_signature=[TITLE])
def _upper(title: Any) -> Any:
    return {"genre": tf.strings.upper(title)}


@tf.function(input_signature=[TITLE])
def _scored(title: Any) -> Any:
    return {"genre": tf.strings.upper(title), "score": tf.ones(tf.shape(title))}


@tf.function(input_signature=[TITLE, tf.TensorSpec([None], tf.float32, name="by")])
def _with_more(title: Any, by: Any) -> Any:
    return {"genre": tf.strings.join([tf.strings.upper(title), tf.strings.as_string(by)])}


def _halved(dtype: Any) -> Call:
    @tf.function(input_signature=[tf.TensorSpec([None], dtype, name="x")])
    def call(x: Any) -> Any:
        return {"y": tf.cast(x, tf.int64) // 2}

    return call  # type: ignore[no-any-return]


@tf.function(input_signature=[tf.TensorSpec([None, None], tf.float32, name="x")])
def _summed(x: Any) -> Any:
    return {"y": tf.reduce_sum(x, axis=1)}


@tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
def _summed_if_small(x: Any) -> Any:
    with tf.control_dependencies([tf.debugging.assert_less(x, 0.25, "too large")]):
        return {"y": tf.reduce_sum(x, axis=1)}


def pairs(root: Path) -> None:
    """Export an old and a new version for each break that the two-sided comparison is to show."""
    versions: dict[str, tuple[Call, Call]] = {
        "output": (_upper, _scored),
        "input": (_upper, _with_more),
        "narrow": (_halved(tf.int64), _halved(tf.int32)),
        "limits": (_summed, _summed_if_small),
        "features": (_classify(_parsed), _classify(_renamed)),
    }
    for name, sides in versions.items():
        for number, call in zip("12", sides, strict=True):
            _save(root / name / number, {"get": call})


if __name__ == "__main__":
    inference(Path(sys.argv[1]) / "m")
    pairs(Path(sys.argv[1]) / "pairs")
