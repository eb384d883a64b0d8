"""`sigpact reader`, `sigpact schema request` and `answer`: thin; they print files for a client's project."""

import argparse
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sigpact.cli.arguments import Commands
from sigpact.errors import ConfigurationError

if TYPE_CHECKING:
    from sigpact.contract.model import Contract, SignatureUse

_LANGUAGES: Final = ("python", "typescript", "kotlin", "swift")
_PARTS: Final = (("request", "a REST client sends to a signature"), ("answer", "it reads of the answers"))


def add(commands: Commands) -> None:
    """Register `reader`."""
    reader = commands.add_parser(
        "reader", help="types of a signature's bodies, with what reads the answer and writes the request"
    )
    reader.add_argument("language", choices=_LANGUAGES, metavar="|".join(_LANGUAGES))
    _add_signature(reader)
    where = reader.add_mutually_exclusive_group()
    where.add_argument("--out", metavar="FILE", help="write it there instead of printing it")
    where.add_argument("--check", metavar="FILE", help="exit 1 where the file is not what would be written")
    reader.set_defaults(run=_reader)


def add_schemas(parts: Commands) -> None:
    """Register what `schema` says of bodies."""
    for part, told in _PARTS:
        each = parts.add_parser(part, help=f"of the bodies that {told}, by its contract")
        _add_signature(each)
        each.set_defaults(run=_body_schema, part=part)


def _add_signature(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("contract", metavar="CONTRACT", help="a contract file")
    parser.add_argument(
        "signature", metavar="SIGNATURE", nargs="?", help="may be left out where the contract has one"
    )


def _body_schema(options: argparse.Namespace) -> int:
    from sigpact.authoring.schemas import body_schema  # noqa: PLC0415 - each command imports what it needs

    contract, use = _chosen(options)
    _print(body_schema(contract, use, options.part))
    return 0


def _reader(options: argparse.Namespace) -> int:
    from sigpact.authoring.readers.languages import source  # noqa: PLC0415 - each command imports what it needs

    contract, use = _chosen(options)
    made = source(contract, use, options.language)
    if options.check is not None:
        return _checked(Path(options.check), made)
    if options.out is None:
        _print(made)
    else:
        Path(options.out).write_text(made, encoding="utf-8", newline="\n")
    return 0


def _print(file: str) -> None:
    """Print a file as its bytes are, whatever the terminal's encoding: an escape would be another text."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.write(file)


def _checked(file: Path, made: str) -> int:
    """Say whether a file is what would be generated, and where it first differs."""
    if not file.exists():
        sys.stdout.write(f"{file}: it is not there; {_again(made)}\n")
        return 1
    found = file.read_bytes().replace(b"\r\n", b"\n")
    wanted = made.encode()
    if found == wanted:
        return 0
    lines = zip(found.split(b"\n"), wanted.split(b"\n"), strict=False)
    line = next((at for at, (old, new) in enumerate(lines, 1) if old != new), 1)
    sys.stdout.write(f"{file}:{line}: it is not what the contract gives now; {_again(made)}\n")
    return 1


def _again(made: str) -> str:
    """Return what the header says: its second line is the command."""
    return f"generate it again: {made.splitlines()[1].lstrip('/# ')}"


def _chosen(options: argparse.Namespace) -> "tuple[Contract, SignatureUse]":
    """Return the contract and the signature that are named, if it has such."""
    from sigpact.contract.load import load  # noqa: PLC0415 - each command imports what it needs
    from sigpact.nearest import hint  # noqa: PLC0415 - the same

    contract = load(options.contract)
    names = [each.name for each in contract.signatures]
    if options.signature is None and len(names) == 1:
        return contract, contract.signatures[0]
    if options.signature is None:
        raise ConfigurationError(f"{contract.file}: which signature? there are {', '.join(names)}")
    use = contract.signature(options.signature)
    if use is None:
        said = hint(options.signature, names)
        raise ConfigurationError(f"{contract.file} uses no signature {options.signature!r}; {said}")
    return contract, use
