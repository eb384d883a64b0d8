"""A writer of TFRecords and PredictionLogs in pure Python, for tests; its checksum goes bit by bit."""

import struct
from collections.abc import Mapping, Sequence

from tests.savedmodel.test_tensors import proto
from tests.savedmodel.writer import chunk, number, varint


def slow_crc32c(data: bytes) -> int:
    """Return the CRC32C of some bytes, as its definition says it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> bytes:
    """Return the checksum as a record holds it."""
    crc = slow_crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def frame(data: bytes, length: int | None = None) -> bytes:
    """Write one record, if need be with another length than its own."""
    head = struct.pack("<Q", len(data) if length is None else length)
    return head + masked(head) + data + masked(data)


def strings(*texts: str | bytes, shape: tuple[int, ...] | None = None) -> bytes:
    """Write a TensorProto of strings."""
    return proto("string", shape or (len(texts),), b"".join(chunk(8, each) for each in texts))


def floats(*values: float, shape: tuple[int, ...] | None = None) -> bytes:
    """Write a TensorProto of float32."""
    return proto("float32", shape or (len(values),), chunk(4, struct.pack(f"<{len(values)}f", *values)))


def entries(field: int, tensors: Mapping[str, bytes]) -> bytes:
    """Write a map of tensors."""
    return b"".join(chunk(field, chunk(1, name) + chunk(2, each)) for name, each in tensors.items())


def spec(signature: str, model: str = "genre") -> bytes:
    """Write a ModelSpec of version 3."""
    return chunk(1, model) + chunk(2, number(1, 3)) + chunk(3, signature)


def predict_log(
    signature: str, inputs: Mapping[str, bytes], outputs: Mapping[str, bytes] | None = None
) -> bytes:
    """Write a PredictionLog of a PredictRequest, and of its response if one came."""
    request = chunk(1, spec(signature)) + entries(2, inputs)
    response = b"" if outputs is None else chunk(2, entries(1, outputs) + chunk(2, spec(signature)))
    return chunk(1, number(4, 1_700_000_000)) + chunk(6, chunk(1, request) + response)


Features = Mapping[str, Sequence[float] | Sequence[bytes] | Sequence[int]]


def example(features: Features) -> bytes:
    """Write a tf.Example: floats, whole numbers and bytes by what they are."""
    return chunk(
        1, b"".join(chunk(1, chunk(1, name) + chunk(2, _feature(v))) for name, v in features.items())
    )


def _feature(values: Sequence[object]) -> bytes:
    if isinstance(values[0], bytes):
        return chunk(1, b"".join(chunk(1, each) for each in values if isinstance(each, bytes)))
    if isinstance(values[0], float):
        return chunk(2, chunk(1, struct.pack(f"<{len(values)}f", *values)))
    return chunk(3, chunk(1, b"".join(varint(int(str(each))) for each in values)))


def input_of(examples: Sequence[Features], context: Features | None = None) -> bytes:
    """Write an Input: a list of examples, or one with a context."""
    listed = b"".join(chunk(1, example(each)) for each in examples)
    return chunk(1, listed) if context is None else chunk(2, listed + chunk(2, example(context)))


def classes(*rows: Sequence[tuple[str, float]]) -> bytes:
    """Write a ClassificationResult."""
    return b"".join(
        chunk(
            1,
            b"".join(chunk(1, chunk(1, label) + b"\x15" + struct.pack("<f", score)) for label, score in row),
        )
        for row in rows
    )


def regressions(*values: float) -> bytes:
    """Write a RegressionResult."""
    return b"".join(chunk(1, b"\x0d" + struct.pack("<f", each)) for each in values)


def infer_log(field: int, signature: str, sent: bytes, result: bytes = b"") -> bytes:
    """Write a PredictionLog of classify (2) or regress (3)."""
    request = chunk(1, spec(signature)) + chunk(2, sent)
    return chunk(field, chunk(1, request) + (chunk(2, chunk(1, result)) if result else b""))


def multi_log(tasks: Sequence[tuple[str, str]], sent: bytes, results: Sequence[bytes] = ()) -> bytes:
    """Write a PredictionLog of a MultiInferenceRequest: signatures with their methods."""
    listed = b"".join(
        chunk(1, chunk(1, spec(signature)) + chunk(2, f"tensorflow/serving/{method}"))
        for signature, method in tasks
    )
    response = b"".join(chunk(1, each) for each in results)
    return chunk(4, chunk(1, listed + chunk(2, sent)) + chunk(2, response))
