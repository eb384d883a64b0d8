"""The body of a predict answer as the server writes it."""

import pytest

from sigpact.wire.arrays import value
from sigpact.wire.refusal import Refusal
from sigpact.wire.server_writes import error_body, write_answer

_WRITTEN = [
    # one output: its name is dropped
    ("row", {"y": value("int32", [1, 2])}, b'{\n    "predictions": [1, 2\n    ]\n}'),
    ("row", {"y": value("bool", [[True, False]])}, b'{\n    "predictions": [[true, false]\n    ]\n}'),
    ("columnar", {"y": value("float32", 0.5)}, b'{\n    "outputs": 0.5\n}'),
    (
        "columnar",
        {"y": value("uint64", [2**64 - 1])},
        b'{\n    "outputs": [\n        18446744073709551615\n    ]\n}',
    ),
    # of several outputs each row is an object
    (
        "row",
        {"a": value("int64", [-1, 2]), "b": value("float64", [[1.0], [1e30]])},
        (
            b'{\n    "predictions": [\n        {\n            "a": -1,\n            "b": [1.0]\n        },\n'
            b'        {\n            "a": 2,\n            "b": [1e+30]\n        }\n    ]\n}'
        ),
    ),
    (
        "columnar",
        {"a": value("int8", 1), "b": value("uint8", [2])},
        b'{\n    "outputs": {\n        "a": 1,\n        "b": [\n            2\n        ]\n    }\n}',
    ),
    # a string whose name ends in _bytes is base64, any other is written as it stands
    (
        "columnar",
        {"x_bytes": value("string", b"hi")},
        b'{\n    "outputs": {\n        "b64": "aGk="\n    }\n}',
    ),
    (
        "row",
        {"_bytes": value("string", [b"hi"])},
        b'{\n    "predictions": [{\n            "b64": "aGk="\n        }\n    ]\n}',
    ),
    ("columnar", {"x_bytes_y": value("string", b"\xff\n")}, b'{\n    "outputs": "\xff\\n"\n}'),
    ("columnar", {"x_BYTES": value("string", b"hi")}, b'{\n    "outputs": "hi"\n}'),
    ("columnar", {"x_bytes": value("int32", 1)}, b'{\n    "outputs": 1\n}'),
    # no elements: nothing to write, so every dtype will do
    ("row", {"y": value("float32", [])}, b'{\n    "predictions": []\n}'),
    ("row", {"a": value("float16", []), "b": value("int32", [])}, b'{\n    "predictions": []\n}'),
    ("row", {"y": value("complex64", [[], []])}, b'{\n    "predictions": [[], []\n    ]\n}'),
    ("columnar", {"y": value("uint16", [])}, b'{\n    "outputs": []\n}'),
    # a name ends at a NUL
    (
        "columnar",
        {"a\0b": value("int32", 1), "c": value("int32", 2)},
        b'{\n    "outputs": {\n        "a": 1,\n        "c": 2\n    }\n}',
    ),
]


@pytest.mark.parametrize(("form", "outputs", "body"), _WRITTEN)
def test_writes(form: str, outputs: dict[str, object], body: bytes) -> None:
    """The body to the byte, layout included."""
    assert write_answer(form, outputs) == body  # type: ignore[arg-type]  # a table's row


_REFUSED = [
    ("row", {}, "Cannot convert empty tensor map to JSON"),
    ("columnar", {}, "Cannot convert empty tensor map to JSON"),
    ("row", {"y": value("int32", 1)}, "Tensor name: y has no shape information "),
    (
        "row",
        {"a": value("int32", [1]), "b": value("int32", [1, 2])},
        "Tensor name: b has inconsistent batch size: 2 expecting: 1",
    ),
    (
        "row",
        {"a": value("int32", [1, 2]), "b": value("int32", [1])},
        "Tensor name: b has inconsistent batch size: 1 expecting: 2",
    ),
    (
        "row",
        {"a": value("int32", []), "b": value("int32", [1])},
        "Tensor name: b has inconsistent batch size: 1 expecting: 0",
    ),
    (
        "row",
        {"a": value("int32", [1]), "b": value("float16", [1])},
        "Failed to write JSON value for tensor type: half",
    ),
    ("columnar", {"y": value("bfloat16", [1])}, "Failed to write JSON value for tensor type: bfloat16"),
    ("columnar", {"y": value("uint16", 1)}, "Failed to write JSON value for tensor type: uint16"),
    ("columnar", {"y": value("complex128", 1)}, "Failed to write JSON value for tensor type: complex128"),
]


@pytest.mark.parametrize(("form", "outputs", "message"), _REFUSED)
def test_refuses(form: str, outputs: dict[str, object], message: str) -> None:
    """What no answer can be made of: one such output spoils the whole answer."""
    found = write_answer(form, outputs)  # type: ignore[arg-type]  # a table's row
    assert found == Refusal("INVALID_ARGUMENT", message)


def test_columns_may_have_unequal_sizes() -> None:
    """The batch is looked at in rows alone."""
    outputs = {"a": value("int32", [1]), "b": value("int32", [1, 2])}
    assert isinstance(write_answer("columnar", outputs), bytes)


def test_error_body() -> None:
    """The message alone, escaped."""
    assert error_body('Bad "key"\n') == b'{\n    "error": "Bad \\"key\\"\\n"\n}'
