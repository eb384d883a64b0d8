"""`--report FORMAT=FILE`: the same report in other forms, written whatever the answer is."""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from sigpact.errors import ConfigurationError
from sigpact.frozen import frozen
from sigpact.nearest import hint
from sigpact.report.model import Report


@frozen
class Wanted:
    """One form that is to be written, and where: `-` is standard output."""

    format: str
    file: str


def _json(report: Report) -> str:
    from sigpact.report.data import render  # noqa: PLC0415 - each form imports what it needs

    return render(report)


def _junit(report: Report) -> str:
    from sigpact.report.junit import render  # noqa: PLC0415 - the same

    return render(report)


def _sarif(report: Report) -> str:
    from sigpact.report.sarif import render  # noqa: PLC0415 - the same

    return render(report)


def _markdown(report: Report) -> str:
    from sigpact.report.markdown import render  # noqa: PLC0415 - the same

    return render(report)


def _github(report: Report) -> str:
    from sigpact.report.github import render  # noqa: PLC0415 - the same

    return render(report)


def _badge(report: Report) -> str:
    from sigpact.report.badge import render  # noqa: PLC0415 - the same

    return render(report)


FORMATS: Final[dict[str, Callable[[Report], str]]] = {
    "json": _json,
    "junit": _junit,
    "sarif": _sarif,
    "markdown": _markdown,
    "github": _github,
    "badge": _badge,
}


def wanted(arguments: Iterable[str]) -> tuple[Wanted, ...]:
    """Return what `--report` asks for. Raises `ConfigurationError` for a form that there is not."""
    found = []
    for each in arguments:
        name, _, file = each.partition("=")
        if name not in FORMATS:
            raise ConfigurationError(f"--report {each}: no format {name!r}; {hint(name, FORMATS)}")
        if not file and name != "github":
            raise ConfigurationError(f"--report {each}: where to? say {name}=FILE (- for standard output)")
        found.append(Wanted(name, file or "-"))
    return tuple(found)


def write(report: Report, forms: Iterable[Wanted]) -> None:
    """Write a report in every form asked for; `github` adds the summary of the job where there is one.

    Raises `OSError` where a file cannot be written.
    """
    for each in forms:
        text = FORMATS[each.format](report)
        if each.file == "-":
            sys.stdout.write(text)
        else:
            file = Path(each.file)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if each.format == "github" and summary:
            with Path(summary).open("a", encoding="utf-8") as stream:
                stream.write(_markdown(report))
