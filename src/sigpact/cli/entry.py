"""Where the command line begins: `main` runs one command; every failure is one line and an exit code."""

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sigpact.cli import contracts, drafts, explained, gate, readers, store, strength, versions
from sigpact.errors import ConfigurationError, ContractError, SigpactError

_INCOMPLETE: Final = 4
_WRONG: Final = 2
_EPILOG: Final = """\
exit codes: 0 yes, 1 no, 2 a contract, option or configuration is wrong, 3 unknown, 4 not completed
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every failure is one line on stderr."""
    _make_writable()
    options = command_line().parse_args(arguments)
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
        # A file's name need not be text, nor a terminal know every character.
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
    for each in (versions, explained, contracts, gate, store, strength, drafts, readers):
        each.add(commands)
    return parser
