"""Builds exports that parse tf.Examples with TensorFlow, and runs them on real ones.

Run as a script with a folder that holds `work.json`; pytest itself never imports TensorFlow. `answers.json`
says of each export and client whether every one of the client's examples was answered, or the first error.
"""

# mypy: disable-error-code="untyped-decorator"
# TensorFlow has no types.

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf


def _shape(text: str) -> list[int | None]:
    return [None if each == "?" else int(each) for each in text.strip("[]").split(", ") if each]


def _spec(text: str) -> Any:
    """Read `float32 [2] = 1, 2`, `string sparse`, `float32 [?, 2]`."""
    text, has_default, default = text.partition(" = ")
    word, _, rest = text.partition(" ")
    dtype = tf.as_dtype(word)
    if rest == "sparse":
        return tf.io.VarLenFeature(dtype)
    if rest == "ragged":
        return tf.io.RaggedFeature(dtype)
    shape = _shape(rest)
    if None in shape:
        return tf.io.FixedLenSequenceFeature(shape[1:], dtype, allow_missing=True)
    if not has_default:
        return tf.io.FixedLenFeature(shape, dtype)
    values = [each.encode() if word == "string" else float(each) for each in default.split(", ")]
    return tf.io.FixedLenFeature(shape, dtype, tf.reshape(tf.cast(values, dtype), shape))


def _count(parsed: Any) -> Any:
    """Depend on all that was parsed."""
    parts = [getattr(each, "values", each) for each in parsed]
    return tf.add_n([tf.cast(tf.size(each), tf.float32) for each in parts] or [tf.constant(0.0)])


def _answer(serialized: Any, parsed: Any) -> dict[str, Any]:
    rows = tf.size(serialized)
    return {"scores": tf.zeros([rows, 1]) + _count(parsed)}


def tf2(folder: Path, features: dict[str, str]) -> None:
    """Export a function that calls a function that parses, as Keras models do."""
    specs = {name: _spec(text) for name, text in features.items()}

    @tf.function
    def parse(serialized: Any) -> Any:
        return list(tf.io.parse_example(serialized, specs).values())

    _save2(folder, lambda inputs: _answer(inputs, parse(tf.identity(inputs))))


def sequence(folder: Path, features: dict[str, str]) -> None:
    """Export a function that parses SequenceExamples, whose context is what a tf.Example has."""
    specs = {name: _spec(text) for name, text in features.items()}

    def call(inputs: Any) -> dict[str, Any]:
        steps = {
            "steps": tf.io.VarLenFeature(tf.int64),
            "rows": tf.io.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
        }
        context, _, _ = tf.io.parse_sequence_example(inputs, specs, steps)
        return _answer(inputs, context.values())

    _save2(folder, call)


def sequence1(folder: Path, features: dict[str, str]) -> None:
    """Export a graph with the first op for SequenceExamples, whose names are attributes."""
    specs = {name: _spec(text) for name, text in features.items()}
    dense = {name: each for name, each in specs.items() if not isinstance(each, tf.io.VarLenFeature)}
    sparse = {name: each for name, each in specs.items() if name not in dense}

    def call(inputs: Any) -> dict[str, Any]:
        made = tf.raw_ops.ParseSequenceExample(
            serialized=inputs,
            debug_name=[],
            context_dense_defaults=[_default(each) for each in dense.values()],
            feature_list_dense_missing_assumed_empty=["rows"],
            context_sparse_keys=list(sparse),
            context_dense_keys=list(dense),
            feature_list_sparse_keys=[],
            feature_list_dense_keys=["rows"],
            Ncontext_dense=len(dense),
            Ncontext_sparse=len(sparse),
            Nfeature_list_dense=1,
            context_sparse_types=[each.dtype for each in sparse.values()],
            feature_list_dense_types=[tf.int64],
            context_dense_shapes=[each.shape for each in dense.values()],
            feature_list_sparse_types=[],
            feature_list_dense_shapes=[[]],
        )
        return _answer(inputs, [*made.context_sparse_values, *made.context_dense_values])

    _save1(folder, call)


def _save2(folder: Path, call: Callable[[Any], dict[str, Any]]) -> None:
    module = tf.Module()
    module.call = tf.function(call, input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    tf.saved_model.save(module, str(folder), signatures={"get": module.call})


def _save1(folder: Path, call: Callable[[Any], dict[str, Any]]) -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        inputs = tf.compat.v1.placeholder(tf.string, [None], name="input_example_tensor")
        info = tf.compat.v1.saved_model.build_tensor_info
        outputs = {name: info(each) for name, each in call(inputs).items()}
        signature = tf.compat.v1.saved_model.build_signature_def(
            {"inputs": info(inputs)}, outputs, "tensorflow/serving/classify"
        )
        builder = tf.compat.v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], {"get": signature})
        builder.save()


def tf1(folder: Path, features: dict[str, str]) -> None:
    """Export a graph with the first `ParseExample` op, as estimators of TensorFlow 1 did."""
    specs = {name: _spec(text) for name, text in features.items()}
    dense = {name: each for name, each in specs.items() if not isinstance(each, tf.io.VarLenFeature)}
    sparse = {name: each for name, each in specs.items() if name not in dense}

    def call(inputs: Any) -> dict[str, Any]:
        made = tf.raw_ops.ParseExample(
            serialized=inputs,
            names=[],
            sparse_keys=list(sparse),
            dense_keys=list(dense),
            dense_defaults=[_default(each) for each in dense.values()],
            sparse_types=[each.dtype for each in sparse.values()],
            dense_shapes=[_dense_shape(each) for each in dense.values()],
        )
        return _answer(inputs, [*made.sparse_values, *made.dense_values])

    _save1(folder, call)


def _dense_shape(spec: Any) -> list[int | None]:
    steps: list[int | None] = [None] if isinstance(spec, tf.io.FixedLenSequenceFeature) else []
    return [*steps, *spec.shape]


def _default(spec: Any) -> Any:
    if isinstance(spec, tf.io.FixedLenSequenceFeature):
        return tf.constant("" if spec.dtype == tf.string else 0, spec.dtype)
    given = spec.default_value
    return tf.constant([], spec.dtype) if given is None else tf.constant(given.numpy(), spec.dtype)


def _one_by_one(inputs: Any) -> dict[str, Any]:
    spec = {"x": tf.io.FixedLenFeature([2], tf.float32)}
    parsed = tf.map_fn(lambda each: tf.io.parse_single_example(each, spec)["x"], inputs, tf.float32)
    return _answer(inputs, [parsed])


def _in_a_branch(inputs: Any) -> dict[str, Any]:
    spec = {"x": tf.io.FixedLenFeature([2], tf.float32)}
    parsed = tf.cond(
        tf.size(inputs) > 1, lambda: tf.io.parse_example(inputs, spec)["x"], lambda: tf.zeros([1, 2])
    )
    return _answer(inputs, [parsed])


def _computed_names(inputs: Any) -> dict[str, Any]:
    made = tf.raw_ops.ParseExampleV2(
        serialized=inputs,
        names=[],
        sparse_keys=[],
        dense_keys=tf.strings.join([["x"], ["y"]]),
        ragged_keys=[],
        dense_defaults=[tf.constant([], tf.float32)],
        num_sparse=0,
        sparse_types=[],
        ragged_value_types=[],
        ragged_split_types=[],
        dense_shapes=[[2]],
    )
    return _answer(inputs, made.dense_values)


def _decoded_first(inputs: Any) -> dict[str, Any]:
    spec = {"x": tf.io.FixedLenFeature([2], tf.float32)}
    return _answer(inputs, tf.io.parse_example(tf.io.decode_base64(inputs), spec).values())


def _with_lists(inputs: Any) -> dict[str, Any]:
    spec = {"x": tf.io.FixedLenFeature([2], tf.float32)}
    steps = {"steps": tf.io.FixedLenSequenceFeature([], tf.int64)}
    context, _, _ = tf.io.parse_sequence_example(inputs, spec, steps)
    return _answer(inputs, context.values())


def _single(inputs: Any) -> dict[str, Any]:
    made = tf.raw_ops.ParseSingleExample(
        serialized=tf.squeeze(inputs),
        dense_defaults=[tf.constant([], tf.float32)],
        num_sparse=0,
        sparse_keys=[],
        dense_keys=["x"],
        sparse_types=[],
        dense_shapes=[[2]],
    )
    return {"scores": tf.reshape(made.dense_values[0], [1, 2])}


def _raw_text(inputs: Any) -> dict[str, Any]:
    return _answer(inputs, [tf.strings.length(inputs)])


def _twice(inputs: Any) -> dict[str, Any]:
    one = tf.io.parse_example(inputs, {"x": tf.io.FixedLenFeature([2], tf.float32)})
    two = tf.io.parse_example(tf.reshape(inputs, [-1]), {"y": tf.io.FixedLenFeature([], tf.int64)})
    return _answer(inputs, [*one.values(), *two.values()])


def _of_a_constant(inputs: Any) -> dict[str, Any]:
    spec = {"z": tf.io.VarLenFeature(tf.int64)}
    constant = tf.io.parse_example(tf.constant([b""]), spec)
    parsed = tf.io.parse_example(inputs, {"x": tf.io.FixedLenFeature([2], tf.float32)})
    return _answer(inputs, [constant["z"].values, *parsed.values()])


def _unreached(inputs: Any) -> dict[str, Any]:
    tf.io.parse_example(inputs, {"z": tf.io.FixedLenFeature([], tf.int64)})
    return _answer(
        inputs, tf.io.parse_example(inputs, {"x": tf.io.FixedLenFeature([2], tf.float32)}).values()
    )


ODD = {
    "one-by-one": _one_by_one,
    "in-a-branch": _in_a_branch,
    "computed-names": _computed_names,
    "decoded-first": _decoded_first,
    "with-lists": _with_lists,
    "single": _single,
    "raw-text": _raw_text,
    "twice": _twice,
    "of-a-constant": _of_a_constant,
    "unreached": _unreached,
}


def _example(values: dict[str, list[Any]]) -> bytes:
    lists = {float: ("float_list", tf.train.FloatList), int: ("int64_list", tf.train.Int64List)}
    features = {}
    for name, each in values.items():
        field, kind = lists.get(type(each[0]), ("bytes_list", tf.train.BytesList))
        held = [one.encode() if isinstance(one, str) else one for one in each]
        features[name] = tf.train.Feature(**{field: kind(value=held)})
    made = tf.train.Example(features=tf.train.Features(feature=features))
    serialized: bytes = made.SerializeToString()
    return serialized


def _error(export: Path, examples: list[dict[str, list[Any]]]) -> str | None:
    """Return the first error that an example meets when it is sent alone; `None` where all are answered."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        graph = tf.compat.v1.saved_model.loader.load(session, ["serve"], str(export))
        signature = graph.signature_def["get"]
        fetch, feed = signature.outputs["scores"].name, signature.inputs["inputs"].name
        for each in examples:
            try:
                session.run(fetch, {feed: [_example(each)]})
            except tf.errors.OpError as error:
                return str(error.message)
    return None


def main(root: Path) -> None:
    """Build and run everything that `work.json` asks for."""
    work = json.loads((root / "work.json").read_text())
    answers: dict[str, dict[str, str | None]] = {}
    builders = {"tf1": tf1, "tf2": tf2, "sequence": sequence, "sequence1": sequence1}
    for name, features in work["exports"].items():
        for style in work["styles"][name]:
            build = builders[style]
            export = root / style / name
            build(export, features)
            answers[f"{style}/{name}"] = {
                client: _error(export, examples) for client, examples in work["clients"].items()
            }
    for name, call in ODD.items():
        _save2(root / "odd2" / name, call)
        if name != "one-by-one":
            _save1(root / "odd1" / name, call)
    (root / "answers.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
