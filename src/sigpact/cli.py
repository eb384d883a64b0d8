"""The command line: a thin front end. Reports go to stdout, progress and complaints to stderr."""

import argparse
import contextlib
import datetime as dt
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from sigpact import cli_author, cli_contracts, cli_gate, cli_readers, cli_reports, cli_store, cli_strength
from sigpact.cli_progress import Progress
from sigpact.engine.options import (
    DEFAULT_RELATION_ROWS,
    DEFAULT_ROWS,
    DEFAULT_SEED,
    Configured,
    Options,
    configured,
)
from sigpact.errors import ConfigurationError, ContractError, SigpactError
from sigpact.report.model import Report

_INCOMPLETE: Final = 4
_WRONG: Final = 2
_EPILOG: Final = """\
exit codes: 0 yes, 1 no, 2 a contract, option or configuration is wrong, 3 unknown, 4 not completed
"""

_DIFF_EPILOG: Final = "exit codes: 0 nobody breaks, 1 somebody breaks, 2 usage, 3 undecided, 4 not completed"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every failure is one line on stderr."""
    _make_writable()
    options = command_line().parse_args(arguments)
    # A file's name need not be text, nor a terminal know every character.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the report has gone (`| head`); Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _INCOMPLETE
    except KeyboardInterrupt:
        return _fail("interrupted", _INCOMPLETE)
    except (SigpactError, OSError) as error:
        wrong = isinstance(error, ConfigurationError | ContractError)
        return _fail(str(error), _WRONG if wrong else _INCOMPLETE)
    except Exception as error:
        if os.environ.get("SIGPACT_TRACEBACK"):
            raise
        told = f"internal error: {type(error).__name__}: {error}"
        return _fail(f"{told} (SIGPACT_TRACEBACK=1 shows where; please report it)", _INCOMPLETE)
    return code


def _make_writable() -> None:
    """Let a closed stream swallow what it is given, and one of few characters escape the others."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            nothing = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open as long as the process
            setattr(sys, name, nothing)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _fail(message: str, code: int) -> int:
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    sys.stderr.write(f"sigpact: {message}\n")
    return code


def command_line() -> argparse.ArgumentParser:
    """Return the parser of every command; the reference pages are made from it."""
    parser = argparse.ArgumentParser(
        prog="sigpact",
        description="Contracts for the signatures of a served TensorFlow model.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_show(commands)
    _add_check(commands, "check", _check, "compare contracts with exports, without running them")
    _add_diff(commands)
    verify = _add_check(
        commands, "verify", _verify, "compare, then run every version over the contracts' domains"
    )
    verify.add_argument(
        "--rows", type=_count, help=f"random rows for each signature (default {DEFAULT_ROWS:,})"
    )
    verify.add_argument(
        "--seed", type=_count, help=f"the seed that rows are drawn from (default {DEFAULT_SEED})"
    )
    verify.add_argument(
        "--update-examples",
        action="store_true",
        help="rewrite the answers of examples that are answered otherwise; such a run fails once",
    )
    verify.add_argument(
        "--time-budget",
        metavar="SECONDS",
        type=_count,
        help="how long the rows of each signature, relation and property may take; the evidence says what was"
        " left out",
    )
    rules = commands.add_parser("rules", help="list all rules and lints")
    _add_format(rules)
    rules.set_defaults(run=_rules)
    explain = commands.add_parser("explain", help="what a rule or lint does, why it matters, how to mend it")
    explain.add_argument("rule", metavar="RULE")
    _add_format(explain)
    explain.set_defaults(run=_explain)
    replay = commands.add_parser("replay", help="run failing requests that were kept in .sigpact/cases again")
    replay.add_argument("id", metavar="ID", nargs="?", help="one case; all of them if left out")
    replay.add_argument(
        "--models", metavar="BASE", nargs="+", action="extend", help="where the models are now"
    )
    _add_format(replay)
    replay.set_defaults(run=_replay)
    cli_contracts.add(commands)
    cli_gate.add(commands)
    cli_store.add(commands)
    cli_strength.add(commands)
    cli_author.add_init(commands)
    cli_readers.add(commands)
    return parser


def _add_show(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    show = commands.add_parser("show", help="the signatures of exports, without TensorFlow")
    show.add_argument("exports", metavar="EXPORT|BASE", nargs="+")
    _add_format(show)
    show.set_defaults(run=_show)


def _add_check(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], int],
    told: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=told, epilog=_EPILOG)
    parser.add_argument(
        "contracts", metavar="CONTRACTS", nargs="*", help="contract files, or folders of them"
    )
    parser.add_argument(
        "--models",
        metavar="BASE",
        nargs="+",
        action="extend",
        help="base paths of models (…/genre holding 1/, 2/), folders of such, name=path, or a models.config",
    )
    parser.add_argument(
        "--attached",
        action="store_true",
        help="each version with the contracts that travel with it (`sigpact attach`), besides those named",
    )
    _add_environment(parser)
    _add_format(parser)
    cli_reports.add(parser)
    parser.set_defaults(run=run)
    return parser


def _add_diff(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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
    _add_environment(diff)
    _add_format(diff)
    diff.set_defaults(run=_diff)


def _add_environment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--environment",
        metavar="NAME",
        help="for which server: [tool.sigpact.environments.NAME.server]; left out: one with no flag set",
    )


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


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
    return _told(options, cli_reports.reported(options.report, lambda: check(contracts, models, chosen)))


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
        rows=_first(options.rows, found.rows, DEFAULT_ROWS),
        relation_rows=_first(options.rows, found.rows, DEFAULT_RELATION_ROWS),
        seed=_first(options.seed, found.seed, DEFAULT_SEED),
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

    return _told(options, cli_reports.reported(options.report, make))


def _first(*values: int | None) -> int:
    return next(each for each in values if each is not None)


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


def _rules(options: argparse.Namespace) -> int:
    from sigpact.authoring.lints.registry import documented  # noqa: PLC0415 - each command imports what it needs
    from sigpact.report import rules  # noqa: PLC0415 - the same

    render = rules.render_json if options.format == "json" else rules.render_text
    sys.stdout.write(render(documented()))
    return 0


def _explain(options: argparse.Namespace) -> int:
    from sigpact.authoring.lints.registry import documented  # noqa: PLC0415 - each command imports what it needs
    from sigpact.report import rules  # noqa: PLC0415 - the same

    explain = rules.explain_json if options.format == "json" else rules.explain
    sys.stdout.write(explain(options.rule, documented()))
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
