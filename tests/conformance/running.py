"""Runs a file of cases, whichever form it has."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.conformance import compat, peers, vectors


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case, and how that differs from what is expected (`None`: it does not)."""

    id: str
    expect: dict[str, Any]
    difference: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file; `left_out` cases are not about the codec."""

    outcomes: tuple[Outcome, ...]
    left_out: int


def run(file: Path) -> Result:
    """Run the cases of a file: one document with `vectors`, or a case a line."""
    text = text_of(file)
    document = _document(text)
    if document is None:
        cases = [json.loads(line) for line in text.split("\n") if line.strip()]
        return Result(tuple(_outcome(vectors, case) for case in cases), 0)
    cases = [case for case in document["vectors"] if peers.applies(case)]
    return Result(tuple(_outcome(peers, case) for case in cases), len(document["vectors"]) - len(cases))


def run_compat(file: Path) -> Result:
    """Judge the pairs of versions of a file, for each kind of client."""
    return Result(tuple(_judged(case) for case in compat.read(text_of(file))), 0)


def _judged(case: compat.Case) -> Outcome:
    name = str(case.get("case"))
    try:
        found = compat.clients(case)
        return Outcome(name, dict(found), compat.difference(case, found))
    except Exception as error:  # noqa: BLE001  # a case that breaks the rules differs; the others still run
        return Outcome(name, {}, f"the rules raised {type(error).__name__}: {error}")


def text_of(file: Path) -> str:
    """Return a file's text, unpacked where its name ends in `.gz`."""
    content = file.read_bytes()
    return (gzip.decompress(content) if file.suffix == ".gz" else content).decode()


def _document(text: str) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) and "vectors" in document else None


def _outcome(form: ModuleType, case: dict[str, Any]) -> Outcome:
    try:
        found = form.outcome(case)
        return Outcome(case["id"], found, form.difference(case, found))
    except Exception as error:  # noqa: BLE001  # a case that breaks our codec differs; the others still run
        said = f"{type(error).__name__}: {error}"
        return Outcome(case["id"], {"error": said}, f"our codec raised {said}")
