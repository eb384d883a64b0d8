"""`attach`: contracts into an export, with the files that they name; `attached`: what travels with it."""

import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from sigpact.contract.load import SUFFIXES, find, load, would_find
from sigpact.contract.model import Contract
from sigpact.errors import ConfigurationError, ContractError
from sigpact.findings import Problem
from sigpact.savedmodel.attached import FOLDER
from sigpact.savedmodel.remote import is_url
from sigpact.savedmodel.versions import FILES
from sigpact.store.content import Gathered, gather
from sigpact.store.whole import replaced

_UNFINISHED: Final = ".unfinished-"


def attach(export: str, contracts: Sequence[Contract]) -> tuple[str, ...]:
    """Put contracts into an export and return the clients; of each, what was there before goes.

    A client has a folder of its own: its contracts as they lay below the folder that they have in common,
    with the files that they name. Each client's folder changes as a whole.

    Raises `ConfigurationError` where there is no export, a file cannot go along or a contract would not be
    found again, `ContractError` where one does not load once it was copied, `OSError` where the export cannot
    be written.
    """
    folder = _folder(export)
    ordered = sorted(contracts, key=lambda each: (each.client, each.file))
    gathered = {
        client: gather(tuple(group), client)
        for client, group in groupby(ordered, key=lambda each: each.client)
    }
    for client, found in gathered.items():
        _require_found(client, found)
    for client, found in gathered.items():
        replaced(folder / client, dict(found.content), _UNFINISHED)
    return tuple(gathered)


def _require_found(client: str, gathered: Gathered) -> None:
    """Refuse what would lie in the export and be passed over: as if that client relied on nothing."""
    for path in gathered.contracts:
        if not would_find(f"{client}/{path}"):
            file = os.path.join(gathered.root, path)  # noqa: PTH118 - any text
            raise ConfigurationError(
                f"{file}: nobody would find it in {FOLDER}/{client}: a contract that travels is called "
                f"*{', *'.join(SUFFIXES)}, and no folder that it lies in is hidden or one of packages"
            )


def attached(export: str) -> tuple[Contract, ...]:
    """Return the contracts that travel with an export.

    Raises `ConfigurationError` where there is no export, `ContractError` with the mistakes of all of them.
    """
    folder = _folder(export)
    loaded: list[Contract] = []
    problems: list[Problem] = []
    for file in find([folder]) if folder.is_dir() else ():
        try:
            loaded.append(load(file))
        except ContractError as error:
            problems += error.problems
    if problems:
        raise ContractError(tuple(problems))
    return tuple(loaded)


def _folder(export: str) -> Path:
    """Return the folder for contracts in an export. Raises `ConfigurationError` where there is none."""
    if is_url(export):
        raise ConfigurationError(
            f"{export}: contracts travel with exports on this machine; attach, then upload"
        )
    if not any(os.path.isfile(os.path.join(export, each)) for each in FILES):  # noqa: PTH113, PTH118 - any text
        raise ConfigurationError(
            f"{export}: this is no export, the folder of a version, which holds saved_model.pb"
        )
    return Path(export, FOLDER)
