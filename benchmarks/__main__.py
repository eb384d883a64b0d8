"""All benchmarks, one after the other: `make bench`. Each prints what it measures beside its alternative."""

import subprocess
import sys

_MODULES = ("static", "verify", "rows", "gate", "load_contracts", "calls", "wire")


def main() -> None:
    """Run each in a process of its own, so that none warms up another."""
    for name in _MODULES:
        print(f"\n== {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)


if __name__ == "__main__":
    main()
