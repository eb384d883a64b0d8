"""The way in: files and folders -> contract files (`find`), a contract file -> `Contract` (`load`)."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path as File
from typing import Final

from sigpact.contract.build import build
from sigpact.contract.model import Contract
from sigpact.contract.source import read
from sigpact.errors import ConfigurationError

SUFFIXES: Final = (".contract.yaml", ".contract.yml", ".contract.json")
"""What the name of a contract file ends with."""

_SKIPPED: Final = frozenset(["node_modules", "__pycache__", "venv"])


def load(path: str | os.PathLike[str]) -> Contract:
    """Return the contract in a file. Raises `ContractError` with all mistakes of the file."""
    return build(read(path))


def find(paths: Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    """Return the contract files in files and folders, sorted, each once.

    A named file is taken whatever it is called. In folders, hidden ones and those of packages are skipped.
    Raises `ConfigurationError` for a path that does not exist, and for a folder that cannot be listed.
    """
    found: dict[str, str] = {}
    for each in paths:
        path = os.fspath(each)
        if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a name is too long
            files = _in_folder(path)
        elif os.path.exists(path):  # noqa: PTH110 - the same
            files = iter((path,))
        else:
            raise ConfigurationError(f"{path}: there is no such file or folder")
        for file in files:
            found.setdefault(os.path.realpath(file), file)
    return tuple(sorted(found.values()))


def would_find(path: str) -> bool:
    """Whether `find` takes a file for a contract, by its path below the folder that is searched."""
    *folders, name = File(path).parts
    return name.endswith(SUFFIXES) and all(map(_is_searched, folders))


def _is_searched(folder: str) -> bool:
    return not folder.startswith(".") and folder not in _SKIPPED


def _refuse(error: OSError) -> None:
    """A folder that cannot be listed may hold contracts: to pass over it would be to pass over them."""
    raise ConfigurationError(f"{error.filename}: the folder cannot be listed: {error.strerror}")


def _in_folder(folder: str) -> Iterator[str]:
    """Yield the contract files below a folder; links are followed, each folder is entered once."""
    seen: set[str] = set()
    for here, folders, files in os.walk(folder, onerror=_refuse, followlinks=True):
        real = os.path.realpath(here)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(filter(_is_searched, folders))
        yield from (str(File(here, name)) for name in files if name.endswith(SUFFIXES))
