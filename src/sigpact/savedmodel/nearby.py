"""What there is in place of what was asked for: the end of a message about a path."""

# ruff: noqa: PTH110 - Path.exists raises where a folder may not be entered
import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

from sigpact.nearest import nearest

_SHOWN: Final = 5


def nothing_there(path: Path, files: Collection[str]) -> str:
    """Say that a path is no folder and what is near it; `files` are what an export's folder holds."""
    if os.path.exists(path):
        if path.name in files:
            return f"{path} is a file; name its folder, {path.parent}"
        return f"{path} is a file; a base path or an export is a folder"
    above, missing = path.parent, path.name
    while not os.path.exists(above) and above != above.parent:
        above, missing = above.parent, above.name
    return f"{path} does not exist: there is no {missing!r} in {above}; {_likely(missing, above)}"


def _likely(wanted: str, folder: Path) -> str:
    names = _names(folder)
    near = nearest(wanted, names)
    return f"there is {near!r}" if near else listed(names)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names are all that is asked for
    except OSError as error:
        return [f"({error.strerror})"]


def listed(names: list[str]) -> str:
    """Say what a folder holds, at most the first five names."""
    if not names:
        return "it is empty"
    return f"it holds {', '.join(map(repr, names[:_SHOWN]))}{', …' if len(names) > _SHOWN else ''}"
