"""TensorProtos as a gRPC client sends them: every dtype as TensorFlow writes it, and what nobody can read."""

import importlib.util
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sigpact.savedmodel.tensors import Element
from sigpact.savedmodel.wire import WireError, whole
from sigpact.wire.tensor_protos import MAX_FILLED, TensorError, read_tensor_proto
from sigpact.wire.tfrecord import read_records
from tests.savedmodel.test_tensors import TENSORS, proto
from tests.savedmodel.writer import chunk, number

WRITTEN = [
    # (dtype, tf.make_tensor_proto([1, 0, 3]) of TensorFlow 2.21, as hexadecimal digits)
    ("float32", "0801120412020803220c0000803f0000000000004040"),
    ("float64", "08021204120208032218000000000000f03f00000000000000000000000000000840"),
    ("float16", "08131204120208032206003c00000042"),
    ("bfloat16", "080e1204120208032206803f00004040"),
    ("int8", "08061204120208032203010003"),
    ("int16", "08051204120208032206010000000300"),
    ("int32", "0803120412020803220c010000000000000003000000"),
    ("int64", "08091204120208032218010000000000000000000000000000000300000000000000"),
    ("uint8", "08041204120208032203010003"),
    ("uint16", "08111204120208033a03010003"),
    ("uint32", "0816120412020803220c010000000000000003000000"),
    ("uint64", "08171204120208032218010000000000000000000000000000000300000000000000"),
    ("complex64", "08081204120208034a180000803f0000000000000000000000000000404000000000"),
]


@pytest.mark.parametrize(("dtype", "written"), WRITTEN[:-1])
def test_what_tensorflow_writes(dtype: str, written: str) -> None:
    """Each dtype, in content or in its own list."""
    found = read_tensor_proto(whole(bytes.fromhex(written)))
    assert (found.dtype.name, found.shape, found.array.tolist()) == (dtype, (3,), [1, 0, 3])


@pytest.mark.parametrize(
    ("dtype", "shape", "values", "expected"), [each for each in TENSORS if each[3] is not None]
)
def test_it_agrees_with_defaults(
    dtype: str, shape: tuple[int, ...], values: bytes, expected: tuple[Element, ...]
) -> None:
    """The same rules as for a default in a signature: too few values, too many, content first."""
    found = read_tensor_proto(whole(proto(dtype, shape, values)))
    assert found.shape == shape
    flat = found.array.reshape(-1).tolist()
    assert [repr(each) for each in flat] == [repr(each) for each in expected]


def test_one_value_stands_for_many() -> None:
    """Without a list of them all in between."""
    found = read_tensor_proto(whole(proto("int32", (1000, 1000), number(7, 7) + number(7, 9))))
    assert found.array.reshape(-1)[:3].tolist() == [7, 9, 9]
    assert (found.array.reshape(-1)[1:] == 9).all()


def test_strings_in_content() -> None:
    """As `Tensor::AsProtoTensorContent` of a C++ client packs them: lengths, then bytes."""
    found = read_tensor_proto(whole(proto("string", (1, 2), chunk(4, b"\x02\x00ab"))))
    assert found.array.tolist() == [[b"ab", b""]]


WRONG = [
    # (proto, the clause)
    (proto("float32", (3,), chunk(4, bytes(8))), "3 values of float32 in 8 bytes, and 12 are wanted"),
    (proto("float32", (-1,), b""), "a tensor of shape [-1]"),
    (proto("float32", (MAX_FILLED + 1,), b""), f"a tensor of shape [{MAX_FILLED + 1}]"),
    (proto("float32", (1 << 40, 1 << 40), b""), f"a tensor of shape [{1 << 40}, {1 << 40}]"),
    (proto("resource", (1,), b""), "no array carries resource"),
    (bytes.fromhex(WRITTEN[-1][1]), "values of complex64 are not read here"),
    (proto("string", (2,), chunk(4, b"\x02\x05ab")), "2 strings of 7 bytes in 2"),
    (number(1, 0), "no array carries invalid"),
]


@pytest.mark.parametrize(("written", "reason"), WRONG)
def test_what_cannot_be_read(written: bytes, reason: str) -> None:
    """A clause for the message; nothing of the stated size is laid out before it is believed."""
    with pytest.raises(TensorError) as told:
        read_tensor_proto(whole(written))
    assert str(told.value) == reason


def test_what_is_no_message() -> None:
    """Bytes that are cut off are no tensor."""
    with pytest.raises(WireError):
        read_tensor_proto(whole(proto("float32", (1,), chunk(5, struct.pack("<f", 1.0)))[:-1]))


WRITES = """
import json, sys, numpy as np, tensorflow as tf
dtypes = "float32 float64 float16 bfloat16 int8 int32 int64 uint8 uint64 bool".split()
told = []
with tf.io.TFRecordWriter(sys.argv[1]) as writer:
    def write(dtype, tensor, values):
        made = tf.make_tensor_proto(np.asarray(tensor.numpy()), tensor.dtype)
        for proto in (made.SerializeToString(), tf.io.serialize_tensor(tensor).numpy()):
            writer.write(proto)
            told.append([dtype, tensor.shape.as_list(), values])
    for dtype in dtypes:
        for shape in ((), (0,), (2, 0), (3,), (2, 3)):
            numbers = tf.range(tf.reduce_prod(tf.constant(shape, tf.int32))) * 3 - int(dtype[0] != "u")
            tensor = tf.reshape(tf.cast(numbers, dtype), shape)
            write(dtype, tensor, tf.cast(tensor, tf.float64).numpy().tolist())
    for texts in ([], ["a", "", "\u00e9" * 200]):
        write("string", tf.constant(texts, tf.string), texts)
print(json.dumps(told))
"""


@pytest.mark.tensorflow
@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed")
def test_it_agrees_with_tensorflow(tmp_path: Path) -> None:
    """Tensors of every shape, made by TensorFlow in Python and in C++, in a file that it wrote."""
    file = tmp_path / "tensors"
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", WRITES, str(file)], env=quiet, check=True, capture_output=True, text=True
    )
    with file.open("rb") as stream:
        records = list(read_records(stream, file.stat().st_size))
    told = json.loads(done.stdout)
    assert len(records) == len(told) > 100
    for record, (dtype, shape, values) in zip(records, told, strict=True):
        found = read_tensor_proto(whole(record))
        assert (found.dtype.name, list(found.shape)) == (dtype, shape)
        got = found.array.tolist()
        assert (got if dtype != "string" else [each.decode() for each in got]) == values


def test_a_large_tensor_is_one_copy() -> None:
    """Content of a million numbers is taken as a whole."""
    array = np.arange(1 << 20, dtype=np.float32)
    found = read_tensor_proto(whole(proto("float32", (1 << 20,), chunk(4, array.tobytes()))))
    assert np.array_equal(found.array, array)
