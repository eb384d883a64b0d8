"""Contracts for the tests of this folder: where the case files are, and documents made from plain data."""

import json
from pathlib import Path

from sigpact.contract.build import examine
from sigpact.contract.load import load
from sigpact.contract.mistakes import Mistakes
from sigpact.contract.model import Contract
from sigpact.contract.source import Document, parse
from sigpact.errors import ContractError

CASES = Path(__file__).parent.parent / "cases" / "contracts"
EVERYTHING = (CASES / "everything.contract.yaml", CASES / "everything-grpc.yaml")
SHARED = Path(__file__).parents[3] / "shared" / "examples" / "contracts"

HEAD = "contract: 1\nclient: c\nmodel: m\n"


def document(data: object) -> Document:
    """Return the document of plain data, as a JSON file would hold it."""
    return parse(json.dumps(data, ensure_ascii=False), "case.json")


def contract(body: str) -> Contract:
    """Return the contract of YAML below the three required keys; the folder is that of the cases."""
    made, mistakes = examine(parse(HEAD + body, str(CASES / "made.yaml")))
    assert made is not None
    assert mistakes.problems == ()
    return made


def mistakes(text: str) -> list[str]:
    """Return the mistakes of YAML text as `line:column: message`; of what cannot be read, the one."""
    try:
        _, found = examine(parse(text, str(CASES / "made.yaml")))
    except ContractError as error:
        return [f"{each.span.line}:{each.span.column}: {each.message}" for each in error.problems]
    return lines(found)


def lines(found: Mistakes) -> list[str]:
    """Return mistakes as `line:column: message`."""
    return [f"{each.span.line}:{each.span.column}: {each.message}" for each in found.problems]


def loading_error(path: Path) -> str:
    """Return what loading a file says, without the file's folder."""
    try:
        load(path)
    except ContractError as error:
        return str(error).replace(f"{path.parent}/", "")
    return ""
