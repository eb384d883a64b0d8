"""Rows verified a second, beside a Hypothesis test of the same signature as a user would write it.

    python -m benchmarks.rows [MODEL_BASE VERSION]

Both send texts or embeddings of 64 numbers within the same bounds, and look at shape and length of what comes
back. The hand-written test draws one row an example (`hypothesis.extra.numpy`) and calls
`tf.saved_model.load(…).signatures[…]`; sigpact verifies the contracts below. Start-up (imports, loading, the
first calls) counts for neither.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

TASKS: Final = ("text", "embedding")
SIGNATURE: Final = {"text": "embed", "embedding": "get_genre_from_embedding"}
EXAMPLES: Final = 400
ROWS: Final = 10_000
MANY: Final = 100_000
TURNS: Final = 3

_CONTRACT: Final = """
contract: 1
client: bench
model: genre
protocol: {protocol}
dims: {{batch: {{min: 1, max: 1024}}}}
signatures:
"""
_USE: Final = {
    "text": """
  embed:
    inputs: {title: {dtype: string, shape: [batch], minLength: 1, maxLength: 200}}
    outputs: {embedding: {dtype: float32, shape: [batch, 64], norm: {value: 1, axis: -1, atol: 1.0e-4}}}
""",
    "embedding": """
  get_genre_from_embedding:
    inputs: {embedding: {dtype: float32, shape: [batch, 64], minimum: -1, maximum: 1}}
    outputs: {genre: {dtype: string, shape: [batch], minLength: 1}}
""",
}


def by_hand(task: str, export: str) -> dict[str, float]:
    """Run the test that a user would write; one row an example."""
    import numpy as np  # noqa: PLC0415 - in the process that is measured, and nowhere else
    import tensorflow as tf  # noqa: PLC0415
    from hypothesis import HealthCheck, given, settings  # noqa: PLC0415
    from hypothesis import strategies as st  # noqa: PLC0415
    from hypothesis.extra import numpy as npst  # noqa: PLC0415

    function = tf.saved_model.load(export).signatures[SIGNATURE[task]]
    rows = 0

    def text(title: str) -> None:
        nonlocal rows
        found = function(title=tf.constant([title]))["embedding"].numpy()
        assert found.shape == (1, 64)  # noqa: S101 - as a test of a user has it
        assert abs(np.linalg.norm(found) - 1) < 1e-4  # noqa: S101
        rows += 1

    def embedding(row: np.ndarray) -> None:
        nonlocal rows
        found = function(embedding=tf.constant(row))["genre"].numpy()
        assert found.shape == (1,)  # noqa: S101
        assert found[0]  # noqa: S101
        rows += 1

    numbers = st.floats(-1, 1, width=32)
    body, drawn = (
        (text, st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
        if task == "text"
        else (embedding, npst.arrays(np.float32, (1, 64), elements=numbers))
    )
    start = 0.0
    for examples in (20, EXAMPLES):
        rows, start = 0, time.perf_counter()
        chosen = settings(
            max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        chosen(given(drawn)(body))()
    return {"rows": rows, "seconds": time.perf_counter() - start}


def sigpact(task: str, export: str, protocol: str, rows: int) -> dict[str, float]:
    """Verify the signature: boundaries, then so many random rows."""
    import datetime as dt  # noqa: PLC0415 - in the process that is measured

    from sigpact.engine.options import Options  # noqa: PLC0415
    from sigpact.engine.run import Run  # noqa: PLC0415
    from sigpact.engine.selection import select  # noqa: PLC0415
    from sigpact.runtime.backend import TensorFlowBackend  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "genre"
        base.mkdir()
        (base / "1").symlink_to(Path(export).resolve(), target_is_directory=True)
        file = Path(folder) / "bench.contract.yaml"
        text = _CONTRACT.format(protocol=protocol) + _USE[task]
        file.write_text(text.replace("dtype: string", "dtype: text") if protocol == "rest" else text)
        (binding,) = select([str(file)], [str(base)], dt.datetime.now(tz=dt.UTC).date()).bindings
        (use,) = binding.contract.signatures
        run = Run(Options(today=dt.datetime.now(tz=dt.UTC).date()), TensorFlowBackend)
        run.values(binding, use, rows=100)
        before, start = time.process_time(), time.perf_counter()
        result = run.values(binding, use, rows=rows)
        seconds, busy = time.perf_counter() - start, time.process_time() - before
        run.close()
    if result.findings or result.evidence.total_rows < rows:
        raise SystemExit(f"not what was to be measured: {result}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": result.evidence.total_rows, "seconds": seconds, "busy": busy, "megabytes": peak}


def measured(*arguments: str) -> dict[str, float]:
    """Run one way in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.rows", "--way", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def best(*arguments: str) -> dict[str, float]:
    """Return the fastest of several runs."""
    return max(
        (measured(*arguments) for _ in range(TURNS)), key=lambda found: found["rows"] / found["seconds"]
    )


def _rate(found: dict[str, float]) -> float:
    return found["rows"] / found["seconds"]


def main(arguments: list[str]) -> None:
    """Print rows a second of both and their ratio; or, when told which, be one of them."""
    if arguments[:1] == ["--way"]:
        way, task, export, *rest = arguments[1:]
        found = by_hand(task, export) if way == "hand" else sigpact(task, export, rest[0], int(rest[1]))
        print(json.dumps(found))
        return
    export = "/".join(arguments) or "build/models/genre/1"
    print(f"rows a second, {ROWS:,} rows, batches up to 1,024, best of {TURNS}")
    for task in TASKS:
        hand = _rate(best("hand", task, export))
        for protocol in ("grpc", "rest"):
            few = best("sigpact", task, export, protocol, str(ROWS))
            many = measured("sigpact", task, export, protocol, str(MANY))
            print(
                f"{task:10} {protocol:5} by hand {hand:7,.0f}   sigpact {_rate(few):9,.0f}"
                f"   ratio {_rate(few) / hand:6,.0f}   own process busy {few['busy'] / few['seconds']:.0%}"
                f"   {MANY:,} rows: {_rate(many) / _rate(few):.2f} of that rate,"
                f" {many['megabytes'] - few['megabytes']:+.0f} MB"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
