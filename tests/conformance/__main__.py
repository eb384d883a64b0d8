"""`python -m tests.conformance rest|compat FILE... [--dump OUT]`: the server's cases against ours.

`rest`: our codec. `compat`: our verdict on pairs of versions, for each kind of client. A line for each case
that differs, then `N cases, M differ`; exit 1 where any does, or where there was none; 2 where a file is not
there.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.running import Outcome, Result, run, run_compat


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases of all files; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        results: list[Result] = [options.run(file) for file in options.files]
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return 2
    outcomes = [outcome for result in results for outcome in result.outcomes]
    differing = [outcome for outcome in outcomes if outcome.difference is not None]
    for outcome in differing:
        told = f"{outcome.id}: {outcome.difference}\n"
        # Half of a surrogate pair, as a case may hold it, cannot be printed.
        sys.stdout.write(told.encode(errors="backslashreplace").decode())
    if options.dump is not None:
        dumped = (json.dumps(options.form(outcome)) for outcome in outcomes)
        options.dump.write_text("".join(f"{line}\n" for line in dumped), encoding="utf-8")
    left_out = sum(result.left_out for result in results)
    if left_out:
        sys.stdout.write(f"{left_out} cases left out: they need a running server, not its JSON codec\n")
    sys.stdout.write(f"{len(outcomes)} cases, {len(differing)} differ\n")
    return 1 if differing or not outcomes else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    kinds = parser.add_subparsers(required=True, metavar="KIND")
    rest = kinds.add_parser(
        "rest", help="cases of the JSON codec: rest_vectors.jsonl or peer_cases.json, also as .gz"
    )
    rest.set_defaults(run=run, form=_as_expected)
    compat = kinds.add_parser("compat", help="pairs of versions: compat_cases.json, also as .gz")
    compat.set_defaults(run=run_compat, form=_as_clients)
    for each in (rest, compat):
        each.add_argument("files", nargs="+", type=Path, metavar="FILE")
        each.add_argument("--dump", type=Path, metavar="OUT", help="write what came, as JSON Lines")
    return parser


def _as_expected(outcome: Outcome) -> dict[str, object]:
    return {"id": outcome.id, "expect": outcome.expect}


def _as_clients(outcome: Outcome) -> dict[str, object]:
    return {"case": outcome.id, "clients": outcome.expect}


if __name__ == "__main__":
    sys.exit(main())
