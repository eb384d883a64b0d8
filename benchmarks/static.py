"""`sigpact show` and `sigpact check` beside `saved_model_cli show --all`, in turns on the same machine.

    python -m benchmarks.static --export EXPORT --contract CONTRACT --models BASE

Each command is a process of its own, as a person starts it. One round warms the disk's cache; then every
round runs all commands once, so that whatever else the machine does falls on all of them alike.
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

ALTERNATIVE: Final = "saved_model_cli show --all"
_ANSWERS: Final = {0, 1, 3}
"""Exit codes of commands that did their work: yes, no, unknown."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took: seconds of wall clock and its peak of resident memory in MB."""

    seconds: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Row:
    """One command: the median of its times, the greatest of its peaks."""

    name: str
    seconds: float
    megabytes: float


def measure(commands: Mapping[str, Sequence[str]], rounds: int) -> list[Row]:
    """Return a row for each command, after one round that does not count."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for counted in [False, *[True] * rounds]:
        for name, command in commands.items():
            run = once(command)
            if counted:
                runs[name].append(run)
    return [
        Row(
            name,
            statistics.median(each.seconds for each in found),
            max(each.megabytes for each in found),
        )
        for name, found in runs.items()
    ]


def once(command: Sequence[str]) -> Run:
    """Run a command to its end. Exits the benchmark where it fails: a failure is quick, and no figure."""
    start = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in _ANSWERS:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}; run it alone to see why")
    # The kernel counts in KiB, macOS in bytes.
    return Run(seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6)


def script(name: str, module: str) -> list[str]:
    """Return how to start a console script of this environment; by its module where it is not installed."""
    path = Path(sys.executable).with_name(name)
    return [str(path)] if path.exists() else [sys.executable, "-m", module]


def render(rows: Sequence[Row]) -> str:
    """Return a Markdown table; the ratio says how many times as fast as the alternative."""
    slow = next(each.seconds for each in rows if each.name == ALTERNATIVE)
    lines = ["| command | seconds | times as fast | peak memory, MB |", "| --- | ---: | ---: | ---: |"]
    lines += [
        f"| `{each.name}` | {each.seconds:.3f} | {slow / each.seconds:.0f} | {each.megabytes:.0f} |"
        for each in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--export", default="build/models/genre/1", help="one exported version")
    parser.add_argument("--contract", default="contracts/web-store", help="a contract, or a folder of them")
    parser.add_argument("--models", default="build/models", help="the base path for the contract")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    sigpact = script("sigpact", "sigpact")
    other = script("saved_model_cli", "tensorflow.python.tools.saved_model_cli")
    commands = {
        ALTERNATIVE: [*other, "show", "--dir", options.export, "--all"],
        "sigpact show": [*sigpact, "show", options.export],
        "sigpact check": [*sigpact, "check", options.contract, "--models", options.models],
    }
    print(render(measure(commands, options.rounds)))


if __name__ == "__main__":
    main()
