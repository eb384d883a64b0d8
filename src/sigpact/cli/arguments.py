"""Arguments that several commands take, with one name, one meaning and one help text each."""

import argparse
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def count(text: str) -> int:
    """Return a whole number from 0; raise argparse's error for any other text."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def add_contracts(parser: argparse.ArgumentParser) -> None:
    """Add `CONTRACTS…`: none stands for those of the configuration."""
    parser.add_argument(
        "contracts", metavar="CONTRACTS", nargs="*", help="contract files, or folders of them"
    )


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add `--models`: none stands for those of the configuration."""
    parser.add_argument(
        "--models",
        metavar="BASE",
        nargs="+",
        action="extend",
        help="base paths of models (…/genre holding 1/, 2/), folders of such, name=path, or a models.config",
    )


def add_environment(parser: argparse.ArgumentParser) -> None:
    """Add `--environment`: for which server."""
    parser.add_argument(
        "--environment",
        metavar="NAME",
        help="for which server: [tool.sigpact.environments.NAME.server]; left out: one with no flag set",
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add `--format`: for people or for programs."""
    parser.add_argument("--format", choices=("text", "json"), default="text")
