"""`python -m tests.conformance rest FILE... [--dump OUT]`: the server's cases against our codec.

A line for each case that differs, then `N cases, M differ`; exit 1 where any does, or where there was none.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.running import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases of all files; return the exit code."""
    options = _parser().parse_args(arguments)
    results = [run(file) for file in options.files]
    outcomes = [outcome for result in results for outcome in result.outcomes]
    differing = [outcome for outcome in outcomes if outcome.difference is not None]
    for outcome in differing:
        sys.stdout.write(f"{outcome.id}: {outcome.difference}\n")
    if options.dump is not None:
        dumped = (json.dumps({"id": outcome.id, "expect": outcome.expect}) for outcome in outcomes)
        options.dump.write_text("".join(f"{line}\n" for line in dumped), encoding="utf-8")
    left_out = sum(result.left_out for result in results)
    if left_out:
        sys.stdout.write(f"{left_out} cases left out: they need a running server, not its JSON codec\n")
    sys.stdout.write(f"{len(outcomes)} cases, {len(differing)} differ\n")
    return 1 if differing or not outcomes else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    rest = parser.add_subparsers(required=True, metavar="KIND").add_parser(
        "rest", help="cases of the JSON codec: rest_vectors.jsonl or peer_cases.json, also as .gz"
    )
    rest.add_argument("files", nargs="+", type=Path, metavar="FILE")
    rest.add_argument("--dump", type=Path, metavar="OUT", help="write what came, as JSON Lines")
    return parser


if __name__ == "__main__":
    sys.exit(main())
