"""What running a version costs: 10,000 rows of text through a signature, by sigpact and by a bare script.

`python -m benchmarks.calls [EXPORT SIGNATURE INPUT]` runs each in a fresh process, several times by turns,
and prints the best seconds of each phase and the ratio of the whole. The bare script is what a user would
write instead: `import tensorflow`, `tf.saved_model.load`, a call of the signature for every 32 rows.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROWS, BATCH, TURNS = 10_000, 32, 3
DEFAULT = ("build/models/genre/1", "get_genre", "title")


def batches() -> Iterator[list[bytes]]:
    """The same rows for both, different from each other."""
    for start in range(0, ROWS, BATCH):
        yield [b"The Two Houses of Verona, part %d" % row for row in range(start, min(start + BATCH, ROWS))]


def bare(export: str, signature: str, name: str) -> dict[str, float]:
    """TensorFlow in this process."""
    clock = Clock()
    import tensorflow as tf  # noqa: PLC0415 - its import is what is measured

    clock.lap("import")
    function = tf.saved_model.load(export).signatures[signature]
    clock.lap("load")
    rows = 0
    for batch in batches():
        answer = {key: each.numpy() for key, each in function(**{name: tf.constant(batch)}).items()}
        rows += len(next(iter(answer.values())))
    clock.lap("run")
    return clock.laps | {"rows": rows}


def workers(export: str, signature: str, name: str) -> dict[str, float]:
    """The zygote of sigpact and one worker."""
    clock = Clock()
    from sigpact.runtime.backend import TensorFlowBackend  # noqa: PLC0415 - its import is what is measured
    from sigpact.runtime.protocol import Answered, Call, Unloadable  # noqa: PLC0415
    from sigpact.savedmodel.reader import read_export, serving_signatures  # noqa: PLC0415
    from sigpact.wire.arrays import value  # noqa: PLC0415

    with TensorFlowBackend() as backend:
        found = next(each for each in serving_signatures(read_export(export)) if each.name == signature)
        backend.describe()
        clock.lap("import")
        session = backend.load(export)
        if isinstance(session, Unloadable):
            raise SystemExit(session.reason)
        clock.lap("load")
        calls = [Call(found, {name: value("string", batch)}) for batch in batches()]
        rows = 0
        for outcomes in session.stream([calls[at : at + 50] for at in range(0, len(calls), 50)]):
            for outcome in outcomes:
                if isinstance(outcome, Answered):
                    rows += len(next(iter(outcome.outputs.values())).array)
        clock.lap("run")
    clock.lap("close")
    return clock.laps | {"rows": rows}


class Clock:
    """Seconds since the last lap, by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """End a phase."""
        now = time.perf_counter()
        self.laps[name] = now - self._last
        self._last = now


WAYS: dict[str, Callable[[str, str, str], dict[str, float]]] = {"bare script": bare, "sigpact": workers}


def main(arguments: list[str]) -> None:
    """Measure both, or, when told which, be one of them."""
    if arguments[:1] == ["--way"]:
        print(json.dumps(WAYS[arguments[1]](*arguments[2:])))
        return
    target = arguments or DEFAULT
    best: dict[str, dict[str, float]] = {}
    for _ in range(TURNS):
        for way in WAYS:
            start = time.perf_counter()
            command = [sys.executable, "-m", "benchmarks.calls", "--way", way, *target]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout) | {"whole": time.perf_counter() - start}
            if way not in best or found["whole"] < best[way]["whole"]:
                best[way] = found
    print(f"{ROWS:,} rows, {BATCH} a call, {Path(target[0])}, seconds, best of {TURNS}")
    for way, laps in best.items():
        print(f"{way:12}", *(f"{name} {figure:,.2f}" for name, figure in laps.items() if name != "rows"))
        if laps["rows"] != ROWS:
            raise SystemExit(f"{way} answered {laps['rows']} rows")
    ratio = best["sigpact"]["whole"] / best["bare script"]["whole"]
    print(f"sigpact takes {ratio:.2f} of the bare script's time")


if __name__ == "__main__":
    main(sys.argv[1:])
