"""A whole `sigpact verify` of one version beside a bare script that runs the same rows.

The bare script is what a user would write instead: import TensorFlow, `tf.saved_model.load`, and call
`signatures[…]` with rows that lie ready in a file; it generates nothing, encodes nothing, checks nothing.
"""

import argparse
import pickle
import sys
import tempfile
from pathlib import Path

from benchmarks.static import measure
from sigpact.contract.load import load
from sigpact.engine.options import DEFAULT_ROWS, DEFAULT_SEED
from sigpact.values.plan import plan

_BARE = """
import os, pickle, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf
with open(sys.argv[2], "rb") as file:
    calls = pickle.load(file)
signatures = tf.saved_model.load(sys.argv[1]).signatures
for name, feeds in calls:
    signatures[name](**{key: tf.constant(value, dtype) for key, (value, dtype) in feeds.items()})
"""


def rows_of(contract: Path) -> list[tuple[str, dict[str, tuple[object, str]]]]:
    """Return the calls that `verify` makes for a contract, as lists that the bare script feeds."""
    loaded = load(contract)
    return [
        (use.name, {name: (value.array, value.dtype.name) for name, value in request.values.items()})
        for use in loaded.signatures
        for request in plan(loaded, use, rows=DEFAULT_ROWS, seed=DEFAULT_SEED).requests
    ]


def main() -> None:
    """Print the seconds of both, and their ratio run by run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--contract", type=Path, default=Path("contracts/web-store/genre.contract.yaml"))
    parser.add_argument("--model", type=Path, default=Path("build/models/genre"))
    parser.add_argument("--version", default="1")
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        calls = Path(folder) / "calls.pickle"
        calls.write_bytes(pickle.dumps(rows_of(chosen.contract)))
        export = Path(folder) / chosen.model.name / chosen.version
        export.parent.mkdir()
        export.symlink_to((chosen.model / chosen.version).resolve(), target_is_directory=True)
        arguments = [str(chosen.contract), "--models", str(export.parent)]
        ours = [sys.executable, "-m", "sigpact", "verify", *arguments]
        bare = [sys.executable, "-c", _BARE, str(export), str(calls)]
        verified, alone = measure({"sigpact verify": ours, "bare script": bare}, chosen.runs)
    print(f"sigpact verify  {verified.seconds:6.2f} s  {verified.megabytes:5.0f} MB")
    print(f"bare script     {alone.seconds:6.2f} s  {alone.megabytes:5.0f} MB")
    print(f"ratio           {verified.seconds / alone.seconds:6.2f}")


if __name__ == "__main__":
    main()
