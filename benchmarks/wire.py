"""REST bodies read and written whole, beside `json` and `orjson` with NumPy, in turns in one process.

    python -m benchmarks.wire [--rounds N]

The others know nothing of dtypes, refusals or the server's float text: they are the least that one would have
to do. TensorFlow Serving's own codec (C++, -O2) on a machine where `json` takes 5.4 s for the first task and
1.6 s for writing float32 takes 0.59 s and 0.38 s, and 5.7 ms for the strings.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import orjson

from sigpact.clients.kinds import RestRow
from sigpact.contract.model import SignatureUse, Tensor
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import AnyRank
from sigpact.tensors.specs import Signature, TensorSpec
from sigpact.wire.arrays import Array, Value, value
from sigpact.wire.client_reads import read_answer
from sigpact.wire.client_writes import write_request
from sigpact.wire.server_reads import read_request
from sigpact.wire.server_writes import write_answer

_RANDOM = np.random.default_rng(0)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do, three ways: with `json`, with `orjson`, with sigpact."""

    name: str
    ways: tuple[Callable[[], object], Callable[[], object], Callable[[], object]]


def tasks() -> Iterator[Task]:
    """Make the data of each task when it is its turn."""
    images = np.round(_RANDOM.random((32, 224, 224, 3)), 8)
    yield from _requests("32x224x224x3 float32, 8 digits", images, "float32")
    yield from _requests("10,000x64 float32", _floats(10_000, 64).astype(np.float64), "float32")
    yield from _requests("1,000,000 int32", _RANDOM.integers(-(2**31), 2**31, 1_000_000), "int32")
    yield _strings()
    for array in (_floats(1_000_000), _floats(10_000, 100), _RANDOM.integers(0, 256, (1000, 1000), np.uint8)):
        yield _answer(array)
    yield from _client(_floats(10_000, 64))


def _floats(*shape: int) -> Array:
    return _RANDOM.standard_normal(shape).astype(np.float32)


def _requests(name: str, array: Array, dtype: str) -> Iterator[Task]:
    bare = json.dumps({"instances": array.tolist()}, separators=(",", ":")).encode()
    yield Task(
        f"server reads {name} ({len(bare) / 1e6:.0f} MB)",
        (
            lambda: np.array(json.loads(bare)["instances"]).astype(dtype),
            lambda: np.array(orjson.loads(bare)["instances"]).astype(dtype),
            _reader(bare, dtype),
        ),
    )
    named = json.dumps({"instances": [{"x": row} for row in array.tolist()]}).encode()
    yield Task(
        f"server reads {name}, named",
        (
            lambda: np.array([row["x"] for row in json.loads(named)["instances"]]).astype(dtype),
            lambda: np.array([row["x"] for row in orjson.loads(named)["instances"]]).astype(dtype),
            _reader(named, dtype),
        ),
    )


def _strings() -> Task:
    body = json.dumps({"instances": [f"The Two Houses of Verona, part {each:08d}" for each in range(10_000)]})
    text = body.encode()
    return Task(
        "server reads 10,000 strings of 39 bytes",
        (lambda: json.loads(text), lambda: orjson.loads(text), _reader(text, "string")),
    )


def _reader(body: bytes, dtype: str) -> Callable[[], object]:
    spec = TensorSpec("x", BY_NAME[dtype], AnyRank(), "x:0")
    signature = Signature("s", "", (spec,), (), ())
    return lambda: read_request(body, lambda _: signature)


def _answer(array: Array) -> Task:
    written = {"y": Value(BY_NAME[str(array.dtype)], array)}
    return Task(
        f"server writes {'x'.join(f'{size:,}' for size in array.shape)} {array.dtype}",
        (
            lambda: json.dumps({"predictions": array.tolist()}),
            lambda: orjson.dumps({"predictions": array}, option=orjson.OPT_SERIALIZE_NUMPY),
            lambda: write_answer("row", written),
        ),
    )


def _client(array: Array) -> Iterator[Task]:
    kind = RestRow(named=False, bare_answer=True)
    use = _use()
    sent, answer = {"x": value("float32", array)}, write_answer("row", {"x": value("float32", array)})
    doubles = array.astype(np.float64)
    yield Task(
        "client writes 10,000x64 float32",
        (
            lambda: json.dumps({"instances": array.tolist()}),
            lambda: orjson.dumps({"instances": doubles}, option=orjson.OPT_SERIALIZE_NUMPY),
            lambda: write_request(kind, "s", use, sent),
        ),
    )
    body = answer if isinstance(answer, bytes) else b""
    yield Task(
        "client reads 10,000x64 float32",
        (
            lambda: np.array(json.loads(body)["predictions"]),
            lambda: np.array(orjson.loads(body)["predictions"]),
            lambda: read_answer(kind, use, body),
        ),
    )


def _use() -> SignatureUse:
    tensors = (Tensor("x", ("number",), ()),)
    return SignatureUse(
        name="s",
        path=(),
        verb="predict",
        body="row",
        named=False,
        answer="bare",
        filter=False,
        inputs=tensors,
        outputs=tensors,
    )


def best(task: Task, rounds: int) -> list[float]:
    """Return the least seconds of each way, which take turns."""
    least = [float("inf")] * len(task.ways)
    for _ in range(rounds):
        for at, way in enumerate(task.ways):
            start = perf_counter()
            way()
            least[at] = min(least[at], perf_counter() - start)
    return least


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print("| task | json, s | orjson, s | sigpact, s | times as fast as json | as orjson |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for task in tasks():
        slow, other, ours = best(task, rounds)
        figures = f"{slow:.4f} | {other:.4f} | {ours:.4f} | {slow / ours:.1f} | {other / ours:.1f}"
        print(f"| {task.name} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
