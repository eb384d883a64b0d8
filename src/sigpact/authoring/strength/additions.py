"""`Candidate`: a clause that a contract has not, and the contract that has it as well."""

import copy
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from sigpact.authoring.strength.written import Data, as_json, as_yaml
from sigpact.contract.build import build
from sigpact.contract.model import Contract
from sigpact.contract.source import parse, read
from sigpact.errors import ContractError
from sigpact.findings import Path
from sigpact.report.strength import Addition

Prepare = Callable[[Contract], Contract]
"""What becomes of a contract after it was read: its Python checks are looked up."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """`data` for the key at the end of `path`; an index at its end is the end of a list.

    `keeps_inputs`: whether it changes nothing of what the client sends.
    """

    path: Path
    data: Data
    note: str = ""
    keeps_inputs: bool = True
    instead: str = ""
    """The line of the signature that a person writes where the data is too long for one: it names a file."""

    @property
    def key(self) -> str:
        """What it says and where, as text: one candidate may be thought of twice."""
        return as_json([*self.path, self.data])


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A contract's own document, which candidates are added to."""

    contract: Contract
    data: dict[str, Any]
    prepare: Prepare

    def says(self, path: Path) -> bool:
        """Whether the document has something at a path."""
        found: Any = self.data
        for key in path:
            if not isinstance(found, dict) or key not in found:
                return False
            found = found[key]
        return True

    def at(self, path: Path) -> Any:  # what a document holds
        """Return what the document has at a path, or `None`."""
        found: Any = self.data
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def with_candidate(self, candidate: Candidate) -> Contract | None:
        """Return the contract with a clause more; `None` where it would be a mistake."""
        document: Any = copy.deepcopy(self.data)
        parent = document
        for key, following in itertools.pairwise(candidate.path):
            if parent.get(key) is None:
                parent[key] = [] if isinstance(following, int) else {}
            parent = parent[key]
        if isinstance(parent, list):
            parent.append(candidate.data)
        else:
            parent[candidate.path[-1]] = candidate.data
        beside = str(File(self.contract.file).with_name("with-a-clause-more.contract.json"))
        try:
            return self.prepare(build(parse(as_json(document), beside)))
        except ContractError:
            return None

    def additions(self, candidates: Iterable[Candidate]) -> dict[str, Addition]:
        """Return the lines that somebody adds, by candidate: what goes under one key is one line."""
        lines: dict[tuple[Path, str | int], Data] = {}
        places: dict[str, tuple[Path, str | int]] = {}
        notes: dict[tuple[Path, str | int], dict[str, None]] = {}
        found: dict[str, Addition] = {}
        for each in candidates:
            if each.instead:
                use = each.path[:2]
                found[each.key] = Addition(use, each.instead, self.contract.span(use), each.note)
                continue
            place, data = self._placed(each)
            lines[place] = _together(lines[place], data) if place in lines else data
            places[each.key] = place
            notes.setdefault(place, {})[each.note] = None
        for key, (under, name) in places.items():
            text = self._text(name, lines[under, name])
            note = "; ".join(filter(None, notes[under, name]))
            found[key] = Addition(under, text, self.contract.span(under), note)
        return found

    def _placed(self, candidate: Candidate) -> tuple[tuple[Path, str | int], Data]:
        """Return the nearest place that there is, the key that is new there, and what is said under it."""
        keys = candidate.path
        known = len(keys) - 1
        while self.at(keys[:known]) is None:
            known -= 1
        data: Data = candidate.data
        for key in reversed(keys[known + 1 :]):
            data = [data] if isinstance(key, int) else {str(key): data}
        return (keys[:known], keys[known]), data

    def _text(self, key: str | int, data: Data) -> str:
        as_text = as_json if self.contract.file.endswith(".json") else as_yaml
        if isinstance(key, int):
            return as_text(data) if as_text is as_json else f"- {as_text(data)}"
        return f"{as_text(key)}: {as_text(data)}"


def _together(one: Data, other: Data) -> Data:
    """Return what two clauses say under one key."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **other}
    if isinstance(one, list) and isinstance(other, list):
        return [*one, *(each for each in other if each not in one)]
    return one


def written(contract: Contract, prepare: Prepare) -> Written:
    """Return the document of a contract. Raises `ContractError` where its file changed meanwhile."""
    data = read(contract.file).tree.data
    return Written(contract, data if isinstance(data, dict) else {}, prepare)
