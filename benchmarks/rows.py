"""Rows verified a second, beside a Hypothesis test of the same signature, and beside the bare model.

    python -m benchmarks.rows [MODEL_BASE VERSION]

Three ways, in turns, each in a process of its own; start-up (imports, loading, first calls) counts for none:

- `hand`: the test that a user would write, one row an example (`hypothesis.extra.numpy`, `hypothesis`' text),
  `tf.saved_model.load(…).signatures[…]`, shape and one property of what comes back;
- `sigpact`: the contract below, boundaries and random rows, batches of 1 to 1,024;
- `bare`: the same session over arrays that lie ready, 1,024 rows a call, a thread for each processor, nothing
  drawn, sent or judged. No verification can be faster than this.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

EXAMPLES: Final = 400
ROWS: Final = 10_000
MANY: Final = 100_000
MOST: Final = 500_000
BATCH: Final = 1024
TURNS: Final = 5


class Task(NamedTuple):
    """A signature of the example model, and for texts how long they are at most."""

    signature: str
    longest: int = 0

    def __str__(self) -> str:
        sent = f"text of 1 to {self.longest}" if self.longest else "embedding[64]"
        return f"{self.signature} ({sent})"


TASKS: Final = (
    *(Task("embed", longest) for longest in (20, 64, 120, 200)),
    Task("get_genre", 120),
    Task("get_genre_with_explanation", 120),
    Task("get_genre_from_embedding"),
)

_CONTRACT: Final = """
contract: 1
client: bench
model: genre
protocol: {protocol}
dims: {{batch: {{min: 1, max: 1024}}}}
signatures:
  {signature}:
    inputs: {{{input}}}
    outputs: {{{outputs}}}
"""
_TEXT: Final = "title: {{dtype: {text}, shape: [batch], minLength: 1, maxLength: {longest}}}"
_EMBEDDING: Final = "embedding: {{dtype: float32, shape: [batch, 64], minimum: -1, maximum: 1}}"
_GENRE: Final = "genre: {{dtype: {text}, shape: [batch], minLength: 1}}"
_OUTPUTS: Final = {
    "embed": "embedding: {{dtype: float32, shape: [batch, 64], norm: {{value: 1, axis: -1, atol: 1.0e-4}}}}",
    "get_genre": _GENRE,
    "get_genre_from_embedding": _GENRE,
    "get_genre_with_explanation": f"{_GENRE}, confidence: {{{{dtype: float32, shape: [batch]}}}},"
    " explanation: {{dtype: {text}, shape: [batch]}}",
}


def contract_of(task: Task, protocol: str) -> str:
    """Return the contract that sigpact verifies."""
    words = {"text": "text" if protocol == "rest" else "string", "longest": task.longest}
    sent = (_TEXT if task.longest else _EMBEDDING).format(**words)
    outputs = _OUTPUTS[task.signature].format(**words)
    return _CONTRACT.format(protocol=protocol, signature=task.signature, input=sent, outputs=outputs)


def by_hand(task: Task, export: str) -> dict[str, float]:
    """Run the test that a user would write."""
    import numpy as np  # noqa: PLC0415 - in the process that is measured, and nowhere else
    import tensorflow as tf  # noqa: PLC0415
    from hypothesis import HealthCheck, given, settings  # noqa: PLC0415
    from hypothesis import strategies as st  # noqa: PLC0415
    from hypothesis.extra import numpy as npst  # noqa: PLC0415

    function = tf.saved_model.load(export).signatures[task.signature]
    rows = 0

    def judge(found: dict[str, Any]) -> None:
        nonlocal rows
        if task.signature == "embed":
            embedding = found["embedding"].numpy()
            assert embedding.shape == (1, 64)  # noqa: S101 - as a test of a user has it
            assert abs(np.linalg.norm(embedding) - 1) < 1e-4  # noqa: S101
        else:
            genre = found["genre"].numpy()
            assert genre.shape == (1,)  # noqa: S101
            assert genre[0]  # noqa: S101
        rows += 1

    def text(title: str) -> None:
        judge(function(title=tf.constant([title])))

    def embedding(row: "np.ndarray[Any, Any]") -> None:
        judge(function(embedding=tf.constant(row)))

    texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=task.longest)
    numbers = st.floats(-1, 1, width=32)
    drawn = texts if task.longest else npst.arrays(np.float32, (1, 64), elements=numbers)
    start = 0.0
    for examples in (20, EXAMPLES):
        rows, start = 0, time.perf_counter()
        chosen = settings(
            max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        chosen(given(drawn)(text if task.longest else embedding))()
    return {"rows": rows, "seconds": time.perf_counter() - start}


@contextmanager
def selected(task: Task, export: str, protocol: str) -> Iterator[Any]:
    """Hold the contract bound to the export."""
    import datetime as dt  # noqa: PLC0415 - in the process that is measured

    from sigpact.engine.selection import select  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "genre"
        base.mkdir()
        (base / "1").symlink_to(Path(export).resolve(), target_is_directory=True)
        file = Path(folder) / "bench.contract.yaml"
        file.write_text(contract_of(task, protocol))
        (binding,) = select([str(file)], [str(base)], dt.datetime.now(tz=dt.UTC).date()).bindings
        yield binding


def sigpact(task: Task, export: str, protocol: str, rows: str) -> dict[str, float]:
    """Verify the signature: boundaries, then random rows."""
    from sigpact.engine.options import Options  # noqa: PLC0415 - in the process that is measured
    from sigpact.engine.run import Run  # noqa: PLC0415
    from sigpact.runtime.backend import TensorFlowBackend  # noqa: PLC0415

    with selected(task, export, protocol) as binding:
        (use,) = binding.contract.signatures
        run = Run(Options(), TensorFlowBackend)
        run.values(binding, use, rows=100)
        worker: Any = run.session(binding.version.path)
        pid: int = worker._worker._pid  # noqa: SLF001 - its processor time is nobody else's business
        before, served, start = time.process_time(), processor_seconds(pid), time.perf_counter()
        result = run.values(binding, use, rows=int(rows))
        seconds, busy = time.perf_counter() - start, time.process_time() - before
        model, held = processor_seconds(pid) - served, peak_megabytes(pid)
        run.close()
    if result.findings or result.evidence.total_rows < int(rows):
        raise SystemExit(f"not what was to be measured: {result}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"rows": result.evidence.total_rows, "seconds": seconds, "busy": busy, "model": model}
    return {**found, "megabytes": own, "worker": held}


def processor_seconds(pid: int) -> float:
    """Return how long a process was busy, on all processors together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    """Return the most memory that a process held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def bare(task: Task, export: str) -> dict[str, float]:
    """Run the model over calls of 1,024 random rows that lie ready, one on each processor."""
    from importlib.util import find_spec  # noqa: PLC0415 - in the process that is measured

    from sigpact.engine.options import Options  # noqa: PLC0415
    from sigpact.engine.run import Run  # noqa: PLC0415
    from sigpact.runtime.backend import TensorFlowBackend  # noqa: PLC0415
    from sigpact.runtime.library import Fed, Library  # noqa: PLC0415
    from sigpact.values.plan import plan  # noqa: PLC0415

    with selected(task, export, "grpc") as binding:
        (use,) = binding.contract.signatures
        run = Run(Options(), TensorFlowBackend)
        found = run.signatures(binding).signatures
        requests = [
            each for each in plan(binding.contract, use, rows=MANY, seed=1).requests if each.rows == BATCH
        ]
    signature = next(each for each in found if each.name == task.signature)
    (spec,) = signature.inputs
    fetches = [each.tensor for each in signature.outputs]
    feeds = [[Fed(spec.tensor, spec.dtype.number, each.values[spec.name].array)] for each in requests]
    package = str(next(iter(find_spec("tensorflow").submodule_search_locations)))  # type: ignore[union-attr,arg-type]
    model = Library(package).load(export)

    def call(feed: list[Fed]) -> None:
        model.run(feed, fetches, in_company=True)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(call, feeds[:4]))
        start = time.perf_counter()
        list(threads.map(call, feeds))
        seconds = time.perf_counter() - start
    return {"rows": BATCH * len(feeds), "seconds": seconds}


def measured(way: str, task: Task, export: str, *more: str) -> dict[str, float]:
    """Run one way in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.rows", "--way", way, *map(str, task), export, *more]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
        env=os.environ | quiet,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def rate(found: dict[str, float]) -> float:
    """Return rows a second."""
    return found["rows"] / found["seconds"]


def spread(ratios: list[float], form: str = ",.0f") -> str:
    """Return the middle and, in brackets, the least and the most."""
    return f"{median(ratios):{form}} ({min(ratios):{form}}-{max(ratios):{form}})"


def beside(task: Task, export: str) -> None:
    """Print how many times the rows a second sigpact verifies, turn by turn."""
    turns = []
    for _ in range(TURNS):
        hand, most = rate(measured("hand", task, export)), rate(measured("bare", task, export))
        ours = {
            (protocol, rows): measured("sigpact", task, export, protocol, str(rows))
            for protocol in ("grpc", "rest")
            for rows in (ROWS, MANY)
        }
        turns.append((hand, most, ours))
    print(f"\n{task}: by hand {spread([hand for hand, _, _ in turns])} rows a second,", end=" ")
    print(f"the bare model {spread([most / hand for hand, most, _ in turns])} times as many")
    for protocol in ("grpc", "rest"):
        few, many = ([rate(ours[protocol, rows]) for *_, ours in turns] for rows in (ROWS, MANY))
        runs = [ours[protocol, MANY] for *_, ours in turns]
        hands = [hand for hand, *_ in turns]
        print(
            f"  {protocol}  {ROWS:,} rows: {spread(_over(few, hands))} times"
            f"   {MANY:,} rows: {spread(_over(many, hands))} times,"
            f" {spread(_over(many, [most for _, most, _ in turns]), '.2f')} of the bare model;"
            f" busy: own process {spread([each['busy'] / each['seconds'] for each in runs], '.0%')},"
            f" the model's {spread([each['model'] / each['seconds'] for each in runs], '.0%')}"
        )


def _over(these: list[float], those: list[float]) -> list[float]:
    return [this / that for this, that in zip(these, those, strict=True)]


def growth(task: Task, export: str) -> None:
    """Print how time and memory grow with the rows."""
    print(f"\n{task}, grpc, by rows:")
    for rows in (ROWS, MANY, MOST):
        found = measured("sigpact", task, export, "grpc", str(rows))
        print(
            f"  {rows:9,}  {1e6 * found['seconds'] / found['rows']:6.2f} µs a row"
            f"  own process {found['megabytes']:4.0f} MB  the model's {found['worker']:4.0f} MB"
        )


def main(arguments: list[str]) -> None:
    """Print the ratios; or, when told which way, be one of the processes."""
    if arguments[:1] == ["--way"]:
        way, signature, longest, export, *rest = arguments[1:]
        ways: dict[str, Callable[..., dict[str, float]]] = {"hand": by_hand, "bare": bare, "sigpact": sigpact}
        print(json.dumps(ways[way](Task(signature, int(longest)), export, *rest)))
        return
    export = "/".join(arguments) or "build/models/genre/1"
    print(f"middle of {TURNS} turns (least-most), {os.cpu_count()} processors")
    for task in TASKS:
        beside(task, export)
    growth(Task("embed", 200), export)


if __name__ == "__main__":
    main(sys.argv[1:])
