"""`[tool.sigpact.checks]`: the Python checks that a project lets contracts name.

A contract comes from another team: it names a check, and never says what runs under that name.
"""

import importlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from sigpact.contract.model import Clause, Contract
from sigpact.errors import ConfigurationError, ContractError
from sigpact.findings import Problem
from sigpact.frozen import frozen, replace
from sigpact.nearest import hint

_TABLE: Final = "[tool.sigpact.checks]"
_TARGET: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


@frozen
class Registered:
    """Names of checks with MODULE:FUNCTION each; modules are looked for beside `file` first."""

    file: str | None = None
    targets: tuple[tuple[str, str], ...] = ()


def registered(file: str, table: object) -> Registered:
    """Read the table of a file. Raises `ConfigurationError` for what is not NAME = "MODULE:FUNCTION"."""
    if not isinstance(table, Mapping):
        raise ConfigurationError(f'{file}: {_TABLE} is {table!r}; expected a table: name = "module:function"')
    for name, target in table.items():
        if not isinstance(target, str) or not _TARGET.fullmatch(target):
            told = f'{_TABLE} {name} is {target!r}; expected "module:function"'
            raise ConfigurationError(f"{file}: {told}")
    return Registered(file, tuple(table.items()))


def attached(contract: Contract, there: Registered) -> Contract:
    """Return the contract with the function of each check that it names, imported now.

    Raises `ContractError` for checks that nobody registered, `ConfigurationError` where one cannot be had.
    """
    named = [clause for clause in clauses(contract) if clause.check is not None]
    names = dict(there.targets)
    problems = tuple(_unknown(contract, each, there) for each in named if each.check not in names)
    if problems:
        raise ContractError(problems)
    if not named:
        return contract
    functions = {str(each.check): _function(there, str(each.check)) for each in named}

    def made(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
        return tuple(replace(each, function=functions.get(each.check or "")) for each in clauses)

    return replace(
        contract,
        signatures=tuple(replace(each, holds=made(each.holds)) for each in contract.signatures),
        relations=tuple(replace(each, holds=made(each.holds)) for each in contract.relations),
    )


def clauses(contract: Contract) -> Iterator[Clause]:
    """Yield every clause that may name a check."""
    for use in contract.signatures:
        yield from use.holds
    for relation in contract.relations:
        yield from relation.holds


def _unknown(contract: Contract, clause: Clause, there: Registered) -> Problem:
    known = [name for name, _ in there.targets]
    told = f"check {clause.check!r} is not registered"
    if known:
        told += f" in {_TABLE} of {there.file}; {hint(clause.check or '', known)}"
    else:
        told += f'; {there.file or "pyproject.toml"} would say {_TABLE} {clause.check} = "module:function"'
    return Problem(contract.span((*clause.path, "check")), told)


def _function(there: Registered, name: str) -> Callable[..., object]:
    target = dict(there.targets)[name]
    module, _, function = target.partition(":")
    folder = str(Path(there.file or "").parent)
    if folder not in sys.path:
        # First, as `python -m` has it; for good, as a check may import more while it runs.
        sys.path.insert(0, folder)
    where = f'{there.file}: {_TABLE} {name} = "{target}": '
    try:
        found = getattr(importlib.import_module(module), function, None)
    except (Exception, SystemExit) as error:
        words = " ".join(str(error).split())
        raise ConfigurationError(
            f"{where}importing {module} raised {type(error).__name__}: {words}"
        ) from error
    if not callable(found):
        told = f"there is no {function} in {module}" if found is None else f"{function} is no function"
        raise ConfigurationError(where + told)
    made: Callable[..., object] = found
    return made
