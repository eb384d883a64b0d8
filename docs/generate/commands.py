"""Every command with its options, from the parser of the command line; pytest's from the plugin."""

import argparse
from collections.abc import Iterator
from typing import Any, Final, cast

import pytest

from docs.generate.markdown import code, fence, table
from sigpact import pytest_plugin
from sigpact.cli import command_line

_BEGIN: Final = """\
# Commands

Every command and option, made from the parser itself; `sigpact COMMAND --help` prints the same. Reports go to
standard output, progress and complaints to standard error.

| exit code | means |
| --- | --- |
| 0 | yes |
| 1 | no: somebody breaks |
| 2 | a contract, waiver, option or configuration is wrong; nothing was answered |
| 3 | unknown: not everything was shown |
| 4 | it could not be completed |

Where a command's codes mean something of their own, its section says so. `NO_COLOR=1` leaves out colours,
`SIGPACT_TRACEBACK=1` shows where an internal error came from.
"""


def page() -> str:
    """Return the page."""
    whole = command_line()
    return "\n".join([_BEGIN, *(_section(each, told) for each, told in _commands(whole)), _in_pytest()])


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """Yield every command below a parser that has none below itself, with the line that tells it."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - the same
            told = {each.dest: each.help or "" for each in action._choices_actions}  # noqa: SLF001 - the same
            for name, command in action.choices.items():
                inner = list(_commands(command))
                yield from inner or [(command, told[name])]


def _section(command: argparse.ArgumentParser, told: str) -> str:
    usage = command.format_usage().removeprefix("usage: ")
    rows = [_row(each) for each in command._actions if each.help != argparse.SUPPRESS and each.dest != "help"]  # noqa: SLF001 - argparse has no other way to ask
    return "\n".join(
        [
            f"## {command.prog}\n",
            f"{told[:1].upper()}{told[1:]}.\n",
            fence(usage),
            *([table(("argument", "means"), rows)] if rows else []),
            *([fence(command.epilog)] if command.epilog else []),
        ]
    )


def _row(action: argparse.Action) -> tuple[str, str]:
    told = (action.help or "") % {**vars(action), "prog": "sigpact"}
    if action.choices:
        told = f"{told} ({', '.join(map(str, action.choices))})".strip()
    if action.default not in (None, False, [], argparse.SUPPRESS) and "default" not in told:
        told = f"{told}; default {action.default}".removeprefix("; ")
    return code(_spelled(action)), f"{told}; required" if action.required and action.option_strings else told


def _spelled(action: argparse.Action) -> str:
    name = action.metavar or (action.dest.upper() if action.choices is None else "FORM")
    if not action.option_strings:
        return str(action.metavar or action.dest)
    return " ".join([*action.option_strings, *([str(name)] if action.nargs != 0 else [])])


class _Options:
    """Stands in for pytest's parser: keeps what the plugin adds to it."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []

    def getgroup(self, _name: str, _told: str) -> "_Options":
        return self

    def addoption(self, name: str, **said: Any) -> None:
        self.rows.append((code(f"{name} {said.get('metavar', '')}".strip()), str(said["help"])))


def _in_pytest() -> str:
    options = _Options()
    pytest_plugin.pytest_addoption(cast("pytest.Parser", options))
    told = "Options that the plugin adds; what `[tool.sigpact]` says need not be said again.\n"
    return "\n".join(["## pytest\n", told, table(("option", "means"), options.rows)])
