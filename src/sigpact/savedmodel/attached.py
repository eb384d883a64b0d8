"""Contracts that travel with an export: where they lie inside it, and whose they are."""

import os
from collections.abc import Iterable, Sequence
from typing import Final

from sigpact.errors import ConfigurationError
from sigpact.savedmodel.remote import is_url
from sigpact.savedmodel.versions import Model, VersionDir

FOLDER: Final = "assets.extra/sigpact/contracts"
"""In here a folder for each client. The digest of an export leaves it out (`digest.OURS`)."""


def folders(models: Iterable[Model]) -> tuple[str, ...]:
    """Return the folders with the contracts that travel with each version.

    Raises `ConfigurationError` where a version carries none: it would look as if nobody broke.
    """
    found: list[str] = []
    for model in models:
        for version in model.versions:
            folder = os.path.join(version.path, FOLDER)  # noqa: PTH118 - as the user wrote it
            if is_url(version.path) or not os.path.isdir(folder):  # noqa: PTH112 - the same
                where = (
                    "behind URLs none is looked for" if is_url(version.path) else "`sigpact attach` adds them"
                )
                raise ConfigurationError(
                    f"no contract travels with {model.name}@{version.number} ({version.path}); {where}"
                )
            found.append(folder)
    return tuple(found)


def own(file: str, versions: Sequence[VersionDir]) -> tuple[VersionDir, ...]:
    """Return the versions that a contract may bind: the one it travels with, if it is there; else all."""
    home, marker, _ = os.path.realpath(file).rpartition(f"{os.sep}{FOLDER.replace('/', os.sep)}{os.sep}")
    if not marker:
        return tuple(versions)
    found = tuple(each for each in versions if os.path.realpath(each.path) == home)
    return found or tuple(versions)
