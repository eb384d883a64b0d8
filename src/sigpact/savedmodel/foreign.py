"""What a file is that is called saved_model.pb and is none."""

import re
from typing import Final

_MAGIC: Final = (
    (b"version https://git-lfs", "a Git LFS pointer (run `git lfs pull`)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, such as Keras' .h5"),
    (b"PK\x03\x04", "a zip archive, such as Keras' .keras"),
    (b"\x1f\x8b", "a gzip archive (unpack it)"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "an ELF program"),
    (b"saved_model_schema_version", "a SavedModel in text format (name it saved_model.pbtxt)"),
    (b"meta_graphs", "a SavedModel in text format (name it saved_model.pbtxt)"),
    (b"<", "an HTML or XML page"),
    (b"{", "a JSON text"),
)
_TFLITE: Final = b"TFL3"
_CONTROL: Final = re.compile(rb"[^\t\n\f\r -~\x80-\xff]")


def guess(head: bytes) -> str | None:
    """Return what the first bytes of a file give away, or None: it may be a SavedModel.

    None of these begins one: a writer of SavedModels writes field 1 or 2 first, 0x08 or 0x12.
    """
    if head[4:8] == _TFLITE:
        return "a TensorFlow Lite model"
    is_text = _CONTROL.search(head) is None
    start = head.lstrip() if is_text else head
    found = next((name for magic, name in _MAGIC if start.startswith(magic)), None)
    return "a text" if is_text and found is None else found
