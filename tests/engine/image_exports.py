"""Builds a model of encoded images with TensorFlow, in a process of its own: a folder as the argument.

| version | what it does |
| --- | --- |
| 1 | decodes any JPEG, resizes it and tells its mean brightness, and its height |
| 2 | asks for three channels of the file as it is: a grey image has one, and the call fails |
| 3 | decodes into a batch without resizing: images of different sizes cannot be put together |
"""

# mypy: disable-error-code="untyped-decorator"
# TensorFlow has no types.

import sys
from pathlib import Path
from typing import Any

import tensorflow as tf

_FILES = tf.TensorSpec([None], tf.string, name="picture_bytes")


class Pictures(tf.Module):  # type: ignore[misc]
    """One signature over files of images."""

    def __init__(self, *, channels: int, resizes: bool) -> None:
        super().__init__()
        self.channels = channels
        self.resizes = resizes

    def one(self, data: Any) -> Any:
        """Decode one file."""
        image = tf.cast(tf.io.decode_jpeg(data, channels=self.channels), tf.float32)
        tall = tf.shape(image)[0]
        image = tf.image.resize(image, [8, 8]) if self.resizes else image
        return tf.ensure_shape(image, [None, None, 3]), tall

    @tf.function(input_signature=[_FILES])
    def look(self, picture_bytes: Any) -> Any:
        """Give the mean brightness and the height of each file."""
        signature = (tf.TensorSpec([None, None, 3], tf.float32), tf.TensorSpec([], tf.int32))
        images, tall = tf.map_fn(self.one, picture_bytes, fn_output_signature=signature)
        return {"brightness": tf.reduce_mean(images, axis=[1, 2, 3]), "height": tall}


def main(root: Path) -> None:
    """Save three versions."""
    for number, (channels, resizes) in enumerate(((3, True), (0, True), (3, False)), start=1):
        module = Pictures(channels=channels, resizes=resizes)
        tf.saved_model.save(module, str(root / "pictures" / str(number)), {"look": module.look})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
