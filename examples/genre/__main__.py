"""Train the example model and export its four versions; nothing is done where they are up to date."""

import argparse
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from examples.genre.versions import up_to_date


def main() -> None:
    """Build what is missing, and say what is there."""
    started = time.monotonic()
    parser = argparse.ArgumentParser(prog="python -m examples.genre", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=Path("build/models/genre"), help="base path of the exports"
    )
    base = parser.parse_args().out
    with _alone(base):
        facts = up_to_date(base)
        if facts:
            print(facts.report(base), "  all there already, made from the same data and code", sep="\n")
            return
        # Before the import: TensorFlow reads them once, and says things at length that are of no use here.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
        # Else some processors are told at length, and round otherwise than the rest.
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
        from examples.genre.build import build  # noqa: PLC0415 - 5 s, needless above

        print(build(base, started).report(base))


@contextmanager
def _alone(base: Path) -> Iterator[None]:
    """Held by one process at a time: tests that run side by side all ask for the model first."""
    base.mkdir(parents=True, exist_ok=True)
    with (base / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main()
