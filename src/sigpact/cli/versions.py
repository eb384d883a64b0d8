"""The commands that look at versions: `show`, `check`, `diff`, `verify`, `replay`."""

import argparse
import contextlib
import datetime as dt
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sigpact.cli import reports
from sigpact.cli.arguments import Commands, add_contracts, add_environment, add_format, add_models, count
from sigpact.cli.progress import Progress
from sigpact.engine.options import (
    DEFAULT_RELATION_ROWS,
    DEFAULT_ROWS,
    DEFAULT_SEED,
    Configured,
    Options,
    configured,
    first_said,
)
from sigpact.errors import ConfigurationError
from sigpact.report.model import Report

_INCOMPLETE: Final = 4
_EPILOG: Final = """\
exit codes: 0 yes, 1 no, 2 a contract, option or configuration is wrong, 3 unknown, 4 not completed
"""
_DIFF_EPILOG: Final = "exit codes: 0 nobody breaks, 1 somebody breaks, 2 usage, 3 undecided, 4 not completed"


def add(commands: Commands) -> None:
    """Register the commands."""
    _add_show(commands)
    _add_check(commands, "check", _check, "compare contracts with exports, without running them")
    _add_diff(commands)
    verify = _add_check(
        commands, "verify", _verify, "compare, then run every version over the contracts' domains"
    )
    verify.add_argument(
        "--rows", type=count, help=f"random rows for each signature (default {DEFAULT_ROWS:,})"
    )
    verify.add_argument(
        "--seed", type=count, help=f"the seed that rows are drawn from (default {DEFAULT_SEED})"
    )
    verify.add_argument(
        "--update-examples",
        action="store_true",
        help="rewrite recorded answers in contracts and JSON Lines where others came; such a run fails once",
    )
    verify.add_argument(
        "--time-budget",
        metavar="SECONDS",
        type=count,
        help="how long the rows of each signature, relation and property may take; the evidence says what was"
        " left out",
    )
    replay = commands.add_parser("replay", help="run failing requests that were kept in .sigpact/cases again")
    replay.add_argument("id", metavar="ID", nargs="?", help="one case; all of them if left out")
    replay.add_argument(
        "--models", metavar="BASE", nargs="+", action="extend", help="where the models are now"
    )
    add_format(replay)
    replay.set_defaults(run=_replay)


def _add_show(commands: Commands) -> None:
    show = commands.add_parser("show", help="the signatures of exports, without TensorFlow")
    show.add_argument("exports", metavar="EXPORT|BASE", nargs="+")
    add_format(show)
    show.set_defaults(run=_show)


def _add_check(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace], int],
    told: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=told, epilog=_EPILOG)
    add_contracts(parser)
    add_models(parser)
    parser.add_argument(
        "--attached",
        action="store_true",
        help="each version with the contracts that travel with it (`sigpact attach`), besides those named",
    )
    add_environment(parser)
    add_format(parser)
    reports.add(parser)
    parser.set_defaults(run=run)
    return parser


def _add_diff(commands: Commands) -> None:
    diff = commands.add_parser(
        "diff", help="what changed between two versions, and who breaks", epilog=_DIFF_EPILOG
    )
    told = "a version's folder, BASE@N, or a snapshot (sigpact show --format json)"
    diff.add_argument("old", metavar="OLD", help=told)
    diff.add_argument("new", metavar="NEW", help="the same")
    diff.add_argument(
        "contracts",
        metavar="CONTRACTS",
        nargs="*",
        help="contract files, or folders of them: which clients break",
    )
    diff.add_argument(
        "--two-sided", action="store_true", help="run both versions; show the smallest request for each break"
    )
    add_environment(diff)
    add_format(diff)
    diff.set_defaults(run=_diff)


def _show(options: argparse.Namespace) -> int:
    from sigpact.report import show  # noqa: PLC0415 - each command imports what it needs

    shown = show.show(options.exports)
    if options.format == "json":
        sys.stdout.write(show.render_json(shown))
    else:
        # A terminal's width; in a pipe, the renderer's own.
        width = os.get_terminal_size().columns if sys.stdout.isatty() else show.WIDTH
        sys.stdout.write(show.render_text(shown, width))
    return 0 if shown.all_read else _INCOMPLETE


def _check(options: argparse.Namespace) -> int:
    from sigpact.engine.check import check  # noqa: PLC0415 - each command imports what it needs

    found = configured(Path.cwd())
    contracts, models = _paths(options, found)
    today = dt.datetime.now(tz=dt.UTC).date()
    chosen = Options(today=today, environment=found.environment(options.environment))
    return _told(options, reports.reported(options.report, lambda: check(contracts, models, chosen)))


def _diff(options: argparse.Namespace) -> int:
    from sigpact.engine.diff import diff, read_contracts  # noqa: PLC0415 - each command imports what it needs
    from sigpact.engine.sides import side  # noqa: PLC0415 - the same

    name = options.environment
    environment = None if name is None else configured(Path.cwd()).environment(name)
    old, new = side(options.old), side(options.new)
    contracts = read_contracts(options.contracts)
    found = diff(old, new, contracts, dt.datetime.now(tz=dt.UTC).date(), environment)
    if options.two_sided and not found.is_same:
        from sigpact.engine.twosided import two_sided  # noqa: PLC0415 - the static half needs no numpy
        from sigpact.runtime.backend import TensorFlowBackend  # noqa: PLC0415 - the same

        with TensorFlowBackend() as backend:
            found = two_sided(found, old, new, contracts, backend)
    if options.format == "json":
        from sigpact.report import diff_data  # noqa: PLC0415 - each command imports what it needs

        sys.stdout.write(diff_data.render(found))
    else:
        from sigpact.report import diff as text  # noqa: PLC0415 - the same

        sys.stdout.write(text.render(found, colour=_colour()))
    return found.exit_code


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _verify(options: argparse.Namespace) -> int:
    from sigpact.engine.verify import verify  # noqa: PLC0415 - each command imports what it needs
    from sigpact.runtime.backend import TensorFlowBackend  # noqa: PLC0415 - the static half needs no numpy

    found = configured(Path.cwd())
    contracts, models = _paths(options, found)
    chosen = Options(
        rows=first_said(options.rows, found.rows, DEFAULT_ROWS),
        relation_rows=first_said(options.rows, found.rows, DEFAULT_RELATION_ROWS),
        seed=first_said(options.seed, found.seed, DEFAULT_SEED),
        today=dt.datetime.now(tz=dt.UTC).date(),
        time_budget=found.time_budget if options.time_budget is None else options.time_budget,
        environment=found.environment(options.environment),
        update_examples=options.update_examples,
        checks=found.checks,
    )

    def make() -> Report:
        progress = Progress()
        try:
            # The report is what stands on stdout; a project's own checks may print.
            with contextlib.redirect_stdout(sys.stderr):
                return verify(contracts, models, chosen, TensorFlowBackend, progress.tell)
        finally:
            progress.end()

    return _told(options, reports.reported(options.report, make))


def _paths(options: argparse.Namespace, found: Configured) -> tuple[list[str], list[str]]:
    models = options.models or list(found.models)
    contracts = _attached(options, models) or options.contracts or list(found.contracts)
    if not contracts:
        raise ConfigurationError(
            "which contracts? name files or folders, or set [tool.sigpact] contracts = […]"
        )
    if not models:
        raise ConfigurationError("which models? say --models BASE, or set [tool.sigpact] models = […]")
    return contracts, models


def _attached(options: argparse.Namespace, models: list[str]) -> list[str]:
    """Return the contracts that were named and the folders of those that travel, if they are asked for."""
    if not options.attached or not models:
        return []
    from sigpact.savedmodel.attached import folders  # noqa: PLC0415 - each command imports what it needs
    from sigpact.serving.given import given  # noqa: PLC0415 - the same

    return [*options.contracts, *folders(given(models).models)]


def _told(options: argparse.Namespace, report: Report) -> int:
    if options.format == "json":
        from sigpact.report import data  # noqa: PLC0415 - each command imports what it needs

        sys.stdout.write(data.render(report))
    else:
        from sigpact.report import text  # noqa: PLC0415 - the same

        sys.stdout.write(text.render(report, colour=_colour()))
    return report.exit_code


def _replay(options: argparse.Namespace) -> int:
    from sigpact.engine import replayed  # noqa: PLC0415 - each command imports what it needs
    from sigpact.engine.cases import FOLDER  # noqa: PLC0415 - the same
    from sigpact.engine.replay import replay  # noqa: PLC0415 - the same
    from sigpact.runtime.backend import TensorFlowBackend  # noqa: PLC0415 - the static half needs no numpy
    from sigpact.serving.given import given  # noqa: PLC0415 - the same

    found = configured(Path.cwd())
    models = given(options.models or list(found.models))
    with TensorFlowBackend() as backend, contextlib.redirect_stdout(sys.stderr):
        outcomes = replay(options.id, Path(FOLDER), models, backend, found.checks)
    sys.stdout.write(
        replayed.render_json(outcomes) if options.format == "json" else replayed.render_text(outcomes)
    )
    return replayed.exit_code(outcomes)
