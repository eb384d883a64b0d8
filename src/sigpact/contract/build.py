"""`Document` -> `Contract`: forms first, then what only the whole can tell; all mistakes at once."""

import datetime as dt
import os
import re
from pathlib import Path as File
from typing import Any, Final

from sigpact.contract.admit import BROKEN, admit
from sigpact.contract.build_relations import check_cycles, regressions, relations, with_sources
from sigpact.contract.build_signatures import sides, signature
from sigpact.contract.fields import ROOT
from sigpact.contract.mistakes import Mistake, Mistakes, shown
from sigpact.contract.model import Contract, DimBounds, Versions
from sigpact.contract.scope import Data, Scope, as_data
from sigpact.contract.source import Document
from sigpact.errors import ContractError

_RANGE: Final = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*([0-9]{1,18})\s*")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def build(document: Document) -> Contract:
    """Return the contract of a document. Raises `ContractError` with all of its mistakes."""
    contract, mistakes = examine(document)
    if contract is None or mistakes.problems:
        raise ContractError(mistakes.problems)
    return contract


def examine(document: Document) -> tuple[Contract | None, Mistakes]:
    """Return what can be built (None of what is no mapping), and everything that is wrong with it."""
    mistakes = Mistakes(document)
    data = admit(ROOT, document.tree.data, (), mistakes)
    if data is BROKEN:
        return None, mistakes
    scope = _scope(document, mistakes, data)
    if scope.protocol == "grpc" and data.get("language", "any") != "any":
        message = "'language' is for REST: it says what writes and reads the JSON"
        mistakes.add(Mistake.KEY_NOT_IN_PROTOCOL, ("language",), message)
    every = {name: sides(scope, name, written) for name, written in data.get("signatures", {}).items()}
    every = {name: with_sources(scope, found, every) for name, found in every.items()}
    check_cycles(scope, every)
    model = data.get("model", "")
    return Contract(
        file=document.file,
        client=data.get("client", ""),
        models=tuple(model) if isinstance(model, list) else (model,),
        protocol=scope.protocol,
        language=data.get("language", "any"),
        versions=_versions(scope, data.get("versions", "live")),
        status=data.get("status", "active"),
        signatures=tuple(signature(scope, found) for found in every.values()),
        owner=data.get("owner"),
        description=data.get("description"),
        sunset=_sunset(scope, data.get("sunset")),
        dims=tuple(scope.dims.values()),
        relations=relations(scope, data.get("relations", []), every),
        regressions=regressions(scope, data.get("regressions", []), every),
        files=tuple(sorted(scope.named)),
        spans={} if mistakes.problems else document.spans(),
    ), mistakes


def _scope(document: Document, mistakes: Mistakes, data: Data) -> Scope:
    dims = {name: _dim(mistakes, name, as_data(said)) for name, said in data.get("dims", {}).items()}
    folder = os.path.realpath(File(document.file).parent)
    return Scope(document, mistakes, folder, data.get("protocol", "rest"), dims, data.get("types", {}), set())


def _dim(mistakes: Mistakes, name: str, said: Data) -> DimBounds:
    bounds = DimBounds(name, said.get("min"), said.get("max"), ("dims", name))
    if bounds.minimum is not None and bounds.maximum is not None and bounds.minimum > bounds.maximum:
        message = f"no length is at least {bounds.minimum} and at most {bounds.maximum}"
        mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, (*bounds.path, "min"), message)
    return bounds


def _sunset(scope: Scope, written: str | None) -> dt.date | None:
    if written is None:
        return None
    try:
        if _DATE.fullmatch(written):
            return dt.date.fromisoformat(written)
        reason = "expected year-month-day, such as 2027-06-30"
    except ValueError as error:
        reason = str(error)
    scope.mistakes.add(Mistake.BAD_DATE, ("sunset",), f"{shown(written)} is no date: {reason}")
    return None


def _versions(scope: Scope, written: Any) -> Versions:
    match written:
        case dict():
            label = written.get("label", "")
            return Versions(f"label {label}", "label", label=label)
        case int():
            return Versions(str(written), "number", number=written)
        case "live" | "all":
            return Versions(written, written)
        case str() if written.isascii() and written.isdigit() and len(written) <= 18:
            return Versions(written, "number", number=int(written))
    bounds = _bounds(written)
    if not bounds:
        message = (
            f"{shown(written)} names no versions: expected live, all, a number, a range such as '>=2, <9', "
            "or {label: stable}"
        )
        scope.mistakes.add(Mistake.BAD_VERSIONS, ("versions",), message)
    versions = Versions(written, "range", bounds=bounds)
    # a range is made of intervals and holes: it admits something near one of its numbers, or nothing
    near = {number + step for _, number in bounds for step in range(-1, len(bounds) + 2)}
    if bounds and not any(versions.admits(number) for number in near if number >= 0):
        message = f"no version satisfies {shown(written)}"
        scope.mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, ("versions",), message)
    return versions


def _bounds(written: str) -> tuple[tuple[str, int], ...]:
    parts = [_RANGE.fullmatch(part) for part in written.split(",")]
    if not all(parts):
        return ()
    return tuple((part[1], int(part[2])) for part in parts if part is not None)
