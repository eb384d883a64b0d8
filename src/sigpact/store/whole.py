"""Folders that come and go as a whole: nobody sees a half of one."""

import os
from collections.abc import Mapping
from pathlib import Path


def write_all(folder: Path, content: Mapping[str, bytes]) -> None:
    """Write files by path into a folder."""
    for path, data in content.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def put(fresh: Path, folder: Path) -> None:
    """Give a folder its name; what was there goes. Another process may do the same."""
    if folder.exists():
        gone = fresh.with_name(f"{fresh.name}-gone")
        folder.rename(gone)
        remove(gone)
    try:
        fresh.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def remove(folder: Path) -> None:
    """Take a folder away, as far as that is possible."""
    from shutil import rmtree  # noqa: PLC0415 - a gate that has all in its cache needs none

    rmtree(folder, ignore_errors=True)


def replaced(folder: Path, content: Mapping[str, bytes], prefix: str) -> None:
    """Make a folder hold these files and no others. Raises `OSError`, the folder as it was."""
    fresh = folder.with_name(f"{prefix}{os.urandom(8).hex()}")
    fresh.mkdir(parents=True)
    try:
        write_all(fresh, content)
        put(fresh, folder)
    finally:
        remove(fresh)
