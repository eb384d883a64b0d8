"""`--report FORMAT=FILE` of the commands that end in a report: written whatever the answer is."""

import argparse
from collections.abc import Callable, Sequence

from sigpact.errors import ConfigurationError, ContractError, SigpactError
from sigpact.findings import Problem, Span
from sigpact.report.model import Report


def add(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument(
        "--report",
        metavar="FORMAT=FILE",
        action="append",
        default=[],
        help="the report as a file too: json, junit, sarif, markdown, github, badge; - is standard output",
    )


def reported(arguments: Sequence[str], make: Callable[[], Report]) -> Report:
    """Return a report, written in every form that was asked for.

    Where there is none for a mistake or a failure, the forms say so before it is raised: whoever reads them
    must not find those of yesterday. Raises what `make` does, `ConfigurationError` for a form that is none,
    and `OSError` where a file cannot be written.
    """
    if not arguments:
        return make()
    from sigpact.report.formats import wanted, write  # noqa: PLC0415 - few runs write other forms

    forms = wanted(arguments)
    try:
        report = make()
    except Exception as error:
        write(_failed(error), forms)
        raise
    write(report, forms)
    return report


def _failed(error: Exception) -> Report:
    """Return the report of a question that has no answer."""
    if isinstance(error, ContractError):
        return Report("full", (), (), (), problems=error.problems)
    if isinstance(error, ConfigurationError):
        return Report("full", (), (), (), problems=(Problem(Span("pyproject.toml", 1, 1), str(error)),))
    told = str(error) if isinstance(error, SigpactError | OSError) else f"{type(error).__name__}: {error}"
    return Report("full", (), (), (), incomplete=told)
