"""`sigpact strength`: thin. It prints a report and returns its exit code."""

import argparse
import contextlib
import datetime as dt
import os
import sys
from pathlib import Path
from typing import Final

from sigpact.cli.arguments import Commands, add_contracts, add_environment, add_format, add_models, count
from sigpact.cli.progress import Progress
from sigpact.engine.options import DEFAULT_SEED, Configured, Options, configured
from sigpact.errors import ConfigurationError
from sigpact.report.strength import WHOLE, Strength

_ROWS: Final = 300
_EPILOG: Final = """\
exit codes: 0 each contract notices all changes (or --at-least N of a hundred), 1 it does not, 2 a contract,
option or configuration is wrong, 3 unknown, 4 not completed
"""


def add(commands: Commands) -> None:
    """Register the command."""
    told = "would the contracts notice? changes versions on purpose, and names the clauses that are missing"
    parser = commands.add_parser("strength", help=told, description=told, epilog=_EPILOG)
    add_contracts(parser)
    add_models(parser)
    add_environment(parser)
    parser.add_argument(
        "--at-least", type=_percent, default=WHOLE, metavar="N", help="percent that each contract must notice"
    )
    parser.add_argument(
        "--rows", type=count, default=_ROWS, help=f"random rows of a signature (default {_ROWS})"
    )
    parser.add_argument(
        "--seed", type=count, help=f"the seed that they are drawn from (default {DEFAULT_SEED})"
    )
    add_format(parser)
    parser.set_defaults(run=_strength)


def _percent(text: str) -> int:
    if not text.isdecimal() or int(text) > WHOLE:
        raise argparse.ArgumentTypeError(f"{text!r} is no percentage: a whole number from 0 to 100")
    return int(text)


def _strength(options: argparse.Namespace) -> int:
    found = configured(Path.cwd())
    measured = _measured(options, found)
    if options.format == "json":
        from sigpact.report import strength_data  # noqa: PLC0415 - each command imports what it needs

        sys.stdout.write(strength_data.render(measured))
    else:
        from sigpact.report import strength_text  # noqa: PLC0415 - the same

        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        sys.stdout.write(strength_text.render(measured, colour=colour))
    return measured.exit_code


def _measured(options: argparse.Namespace, found: Configured) -> Strength:
    from sigpact.authoring.strength.measuring import strength  # noqa: PLC0415 - brings numpy
    from sigpact.runtime.backend import TensorFlowBackend  # noqa: PLC0415 - the same

    contracts = options.contracts or list(found.contracts)
    models = options.models or list(found.models)
    if not contracts:
        raise ConfigurationError(
            "which contracts? name files or folders, or set [tool.sigpact] contracts = […]"
        )
    if not models:
        raise ConfigurationError("which models? say --models BASE, or set [tool.sigpact] models = […]")
    seeds = (options.seed, found.seed, DEFAULT_SEED)
    chosen = Options(
        rows=options.rows,
        seed=next(each for each in seeds if each is not None),
        today=dt.datetime.now(tz=dt.UTC).date(),
        cases=None,
        environment=found.environment(options.environment),
        checks=found.checks,
    )
    progress = Progress()
    try:
        # The report is what stands on stdout; a project's own checks may print.
        with contextlib.redirect_stdout(sys.stderr):
            return strength(
                contracts, models, chosen, TensorFlowBackend, progress.tell, at_least=options.at_least
            )
    finally:
        progress.end()
