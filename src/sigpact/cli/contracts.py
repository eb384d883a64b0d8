"""The commands for people who write contracts: thin; what they print goes to stdout, complaints to stderr."""

import argparse
import difflib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sigpact.cli import readers
from sigpact.cli.arguments import Commands, add_format
from sigpact.engine.options import configured
from sigpact.errors import ConfigurationError, ContractError

if TYPE_CHECKING:
    from sigpact.contract.source import Document

_NO: Final = 1
_WRONG: Final = 2
_STDIN: Final = "-"
_LINT_EPILOG: Final = (
    "exit codes: 0 nothing to say, 1 something could be better, 2 a contract is wrong; "
    "`# sigpact: allow ID` on a line, or above it, allows it in all that stands there; "
    "`sigpact explain ID` says more"
)
_ATTACH_EPILOG: Final = (
    "exit codes: 0 done, 1 no contract travels with the export, 2 something said is wrong (nothing is "
    "written), 4 the export cannot be written"
)
_FMT_EPILOG: Final = (
    "exit codes: 0 written, or nothing to do, 1 --check or --diff: a file would change, "
    "2 a file is no contract that could be read (the others are written)"
)


def add(commands: Commands) -> None:
    """Register the commands."""
    _add_fmt(commands)
    _add_lint(commands)
    _add_attach(commands)
    schema = commands.add_parser("schema", help="JSON Schemas, for editors and for clients' own tests")
    of = schema.add_subparsers(title="schemas", metavar="WHAT", required=True)
    contract = of.add_parser("contract", help="of contracts: editors complete, explain and warn with it")
    contract.set_defaults(run=_schema_of_contracts)
    readers.add_schemas(of)


def _add_fmt(commands: Commands) -> None:
    fmt = commands.add_parser(
        "fmt", help="bring contracts into the one order of keys and layout, in place", epilog=_FMT_EPILOG
    )
    fmt.add_argument(
        "contracts",
        metavar="CONTRACTS",
        nargs="*",
        help="contract files, or folders of them; - is stdin to stdout",
    )
    fmt.add_argument("--check", action="store_true", help="write nothing; name the files that would change")
    fmt.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    fmt.set_defaults(run=_fmt)


def _add_lint(commands: Commands) -> None:
    lint = commands.add_parser(
        "lint", help="what is valid in contracts and could be better", epilog=_LINT_EPILOG
    )
    lint.add_argument("contracts", metavar="CONTRACTS", nargs="*", help="contract files, or folders of them")
    lint.add_argument(
        "--fix", action="store_true", help="take out what is superfluous, and write the file as `fmt` does"
    )
    add_format(lint)
    lint.set_defaults(run=_lint)


def _add_attach(commands: Commands) -> None:
    attach = commands.add_parser(
        "attach", help="put contracts into an export, to travel with it; or list them", epilog=_ATTACH_EPILOG
    )
    attach.add_argument("export", metavar="EXPORT", help="the folder of a version")
    attach.add_argument(
        "contracts",
        metavar="CONTRACTS",
        nargs="*",
        help="contract files, or folders of them: all of a client; left out: list what is there",
    )
    add_format(attach)
    attach.set_defaults(run=_attach)


def _files(said: Sequence[str]) -> tuple[str, ...]:
    """Return the contract files that were named, or those of `[tool.sigpact]`."""
    from sigpact.contract.load import find  # noqa: PLC0415 - each command imports what it needs

    contracts = said or configured(Path.cwd()).contracts
    if not contracts:
        raise ConfigurationError(
            "which contracts? name files or folders, or set [tool.sigpact] contracts = […]"
        )
    found = find(contracts)
    if not found:
        raise ConfigurationError(f"no contract in {', '.join(contracts)}: their names end in .contract.yaml")
    return found


def _fmt(options: argparse.Namespace) -> int:
    from sigpact.authoring.fmt import formatted  # noqa: PLC0415 - each command imports what it needs
    from sigpact.contract.source import read  # noqa: PLC0415 - the same

    if options.contracts == [_STDIN]:
        document = _stdin()
        return _told(document, formatted(document), options)
    code = 0
    for file in _files(options.contracts):
        try:
            document = read(file)
            text = formatted(document)
        except ContractError as error:
            sys.stderr.write(f"{error}\n")
            code = _WRONG
            continue
        if text == document.text:
            continue
        if options.check or options.diff:
            code = max(code, _told(document, text, options))
        else:
            _write(document, text)
    return code


def _write(document: "Document", text: str) -> None:
    from sigpact.contract.rewrite import replace_file  # noqa: PLC0415 - --check needs none of it

    replace_file(document.file, document.text, text)
    sys.stdout.write(f"{document.file}: written\n")


def _lint(options: argparse.Namespace) -> int:
    from sigpact.authoring import remarks  # noqa: PLC0415 - each command imports what it needs
    from sigpact.authoring.lint import Remark, fixed, lint  # noqa: PLC0415 - the same
    from sigpact.contract.source import parse, read  # noqa: PLC0415 - the same

    files = _files(options.contracts)
    found: list[Remark] = []
    code = 0
    for file in files:
        try:
            document = read(file)
            here = lint(document)
            if options.fix and any(each.fixable for each in here):
                text = fixed(document, here)
                here = lint(parse(text, file))
                _fixed(file, document.text, text)
        except ContractError as error:
            sys.stderr.write(f"{error}\n")
            code = _WRONG
            continue
        found += here
    render = (
        remarks.render_json(found) if options.format == "json" else remarks.render_text(found, len(files))
    )
    sys.stdout.write(render)
    return code or (_NO if found else 0)


def _attach(options: argparse.Namespace) -> int:
    from sigpact.authoring.attach import attach, attached  # noqa: PLC0415 - each command imports what it needs
    from sigpact.engine.selection import load_all  # noqa: PLC0415 - the same

    if options.contracts:
        contracts, problems = load_all(_files(options.contracts))
        if problems:
            raise ContractError(problems)
        attach(options.export, contracts)
    there = attached(options.export)
    if options.format == "json":
        found = [
            {"file": each.file, "client": each.client, "owner": each.owner, "models": list(each.models)}
            for each in there
        ]
        sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    else:
        lines = (f"{each.client}  {', '.join(each.models)}  {each.file}\n" for each in there)
        sys.stdout.write("".join(lines) or f"{options.export}: no contract travels with it\n")
    return 0 if there else _NO


def _schema_of_contracts(_options: argparse.Namespace) -> int:
    from sigpact.contract import schema  # noqa: PLC0415 - each command imports what it needs

    sys.stdout.write(schema.text())
    return 0


def _fixed(file: str, before: str, after: str) -> None:
    """Write what `--fix` made; it is told on stderr, for stdout is the report."""
    from sigpact.contract.rewrite import replace_file  # noqa: PLC0415 - only --fix writes

    if before != after:
        replace_file(file, before, after)
        sys.stderr.write(f"{file}: written\n")


def _told(document: "Document", text: str, options: argparse.Namespace) -> int:
    """Say what would change, or the whole of stdin; return the exit code."""
    changes = text != document.text
    if options.diff:
        old, new = document.text.splitlines(), text.splitlines()
        lines = difflib.unified_diff(old, new, document.file, document.file, lineterm="")
        sys.stdout.writelines(f"{each}\n" for each in lines)
    elif not options.check:
        sys.stdout.write(text)
        return 0
    elif changes:
        sys.stdout.write(f"{document.file}\n")
    return _NO if changes else 0


def _stdin() -> "Document":
    """Return what stdin holds: JSON where it is JSON, else YAML. Raises `ContractError`."""
    from sigpact.contract.source import parse  # noqa: PLC0415 - each command imports what it needs

    try:
        text = sys.stdin.buffer.read().decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise ConfigurationError("stdin is not UTF-8; a contract is") from None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return parse(text, "<stdin>")
    return parse(text, "<stdin>.json")
