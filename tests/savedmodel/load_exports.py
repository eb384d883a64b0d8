"""Builds exports with variables and assets with TensorFlow, and copies of them that lack files.

Run as a script with a folder: pytest itself never imports TensorFlow.
"""

# mypy: disable-error-code="untyped-decorator"
# TensorFlow has no types.

import shutil
import sys
from pathlib import Path
from typing import Any

import tensorflow as tf

NUMBERS = [tf.TensorSpec([None], tf.float32, name="x")]
TEXTS = [tf.TensorSpec([None], tf.string, name="x")]


def _table(words: Path) -> Any:
    words.write_text("drama\ncomedy\n")
    index = tf.lookup.TextFileIndex
    source = tf.lookup.TextFileInitializer(
        str(words), tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER
    )
    return tf.lookup.StaticHashTable(source, -1)


class Model(tf.Module):  # type: ignore[misc]
    """A signature for each thing that may be missing, and one that needs nothing."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.weights = tf.Variable([1.0, 2.0])
        self.table = _table(folder / "words.txt")
        (folder / "template.txt").write_text("hello")
        self.template = tf.saved_model.Asset(str(folder / "template.txt"))

    @tf.function(input_signature=NUMBERS)
    def weighs(self, x: Any) -> Any:
        """Read a variable."""
        return {"y": tf.reduce_sum(self.weights) + x}

    @tf.function(input_signature=TEXTS)
    def looks(self, x: Any) -> Any:
        """Read a table that the init op fills."""
        return {"y": self.table.lookup(x)}

    @tf.function(input_signature=TEXTS)
    def opens(self, x: Any) -> Any:
        """Open an asset in the call."""
        return {"y": tf.strings.join([tf.io.read_file(self.template.asset_path), x])}

    @tf.function(input_signature=TEXTS)
    def names(self, x: Any) -> Any:
        """Take the name of an asset, and do not open it."""
        return {"y": tf.strings.join([self.template.asset_path, x])}

    @tf.function(input_signature=NUMBERS)
    def plain(self, x: Any) -> Any:
        """Need nothing."""
        return {"y": x + 1.0}


def tf1(folder: Path, words: Path, *, resource: bool, initializes: bool = False) -> None:
    """Export a graph with a variable and a table, as code of TensorFlow 1 did."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        weights = v1.get_variable("weights", initializer=tf.constant([1.0, 2.0]), use_resource=resource)
        x, q = v1.placeholder(tf.float32, [None], "x"), v1.placeholder(tf.string, [None], "q")
        looked = _table(words).lookup(q)
        session.run(v1.global_variables_initializer())
        info, build = v1.saved_model.build_tensor_info, v1.saved_model.build_signature_def
        signatures = {
            "weighs": build({"x": info(x)}, {"y": info(x + tf.reduce_sum(weights))}, "p"),
            "looks": build({"x": info(q)}, {"y": info(looked)}, "p"),
            "plain": build({"x": info(x)}, {"y": info(x + 1.0)}, "p"),
        }
        init = [v1.tables_initializer()] + [v1.global_variables_initializer()] * initializes
        builder = v1.saved_model.Builder(str(folder))
        assets = v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS)
        builder.add_meta_graph_and_variables(
            session, ["serve"], signatures, assets_collection=assets, main_op=tf.group(*init)
        )
        builder.save()


def without(export: Path, name: str, *files: str) -> None:
    """Copy an export, and take files away from the copy."""
    copy = export.with_name(f"{export.name}-{name}")
    shutil.copytree(export, copy)
    for pattern in files:
        for each in copy.glob(pattern):
            each.unlink()


def main(root: Path) -> None:
    """Build everything below a folder."""
    kept = root / "assets"
    kept.mkdir()
    exports = root / "exports"
    model = Model(kept)
    names = ("weighs", "looks", "opens", "names", "plain")
    tf.saved_model.save(
        model, str(exports / "tf2"), signatures={each: getattr(model, each) for each in names}
    )
    plain = tf.Module()
    plain.call = tf.function(lambda x: {"y": x + 1.0}, input_signature=NUMBERS)
    tf.saved_model.save(plain, str(exports / "bare"), signatures={"plain": plain.call})
    tf1(exports / "ref", kept / "ref.txt", resource=False)
    tf1(exports / "resource", kept / "resource.txt", resource=True)
    tf1(exports / "initialized", kept / "initialized.txt", resource=True, initializes=True)
    for name in ("tf2", "bare", "ref", "resource", "initialized"):
        without(exports / name, "variables", "variables/*")
        without(exports / name, "data", "variables/variables.data*")
    for name in ("ref", "resource", "initialized"):
        without(exports / name, "assets", "assets/*")
    without(exports / "tf2", "words", "assets/words.txt")
    without(exports / "tf2", "template", "assets/template.txt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
