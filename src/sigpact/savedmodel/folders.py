"""`Folder`: what may be asked of a folder, on this machine or behind a URL."""

# ruff: noqa: PTH110, PTH112 - Path.exists and Path.is_dir raise where a folder may not be entered
import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

from sigpact.errors import ConfigurationError
from sigpact.frozen import frozen
from sigpact.savedmodel.nearby import nothing_there
from sigpact.savedmodel.remote import Entry, is_url, listing

_FILE: Final = "file://"


@frozen
class LocalFolder:
    """A folder on this machine."""

    path: str

    def names(self) -> list[str]:
        """Return what is in it, sorted. Raises `ConfigurationError`."""
        try:
            return sorted(os.listdir(self.path))  # noqa: PTH208 - names are all that is asked for
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be listed: {error.strerror}") from None

    def has_folder(self, name: str) -> bool:
        """Whether a name in it is a folder, or a link to one."""
        return os.path.isdir(self.child(name))

    def folder_holds(self, name: str, files: Collection[str]) -> bool:
        """Whether a folder in it holds one of these files; `.` is the folder itself."""
        return any(os.path.exists(Path(self.path, name, each)) for each in files)

    def child(self, name: str) -> str:
        """Return the path of a name in it."""
        return str(Path(self.path, name))


@frozen
class RemoteFolder:
    """A folder behind a URL, as it was listed."""

    path: str
    entries: tuple[Entry, ...]

    def names(self) -> list[str]:
        """Return what is in it, sorted."""
        return [each.name for each in self.entries]

    def has_folder(self, name: str) -> bool:
        """Whether a name in it is a folder."""
        return any(each.name == name and each.is_folder for each in self.entries)

    def folder_holds(self, name: str, files: Collection[str]) -> bool:
        """Whether a folder in it holds one of these files; `.` is the folder itself."""
        if name == ".":
            return any(each.name in files and not each.is_folder for each in self.entries)
        inside = listing(self.child(name)) if self.has_folder(name) else None
        return any(each.name in files for each in inside or ())

    def child(self, name: str) -> str:
        """Return the URL of a name in it."""
        return path_in(self.path, name)


Folder = LocalFolder | RemoteFolder


def folder(path: str, files: Collection[str]) -> Folder:
    """Return a folder that is there; `files` are what an export's folder holds.

    Raises `ConfigurationError` where none is, `StorageError` where that cannot be told.
    """
    if not is_url(path):
        local = Path(path)
        if not os.path.isdir(local):
            raise ConfigurationError(nothing_there(local, files))
        return LocalFolder(str(local))
    entries = listing(path)
    if entries is None:
        raise ConfigurationError(f"{path} does not exist, or holds nothing")
    return RemoteFolder(path, entries)


def plain(path: str) -> str:
    """Return a path as the others here take it: `file://` is a path of this machine, a URL has no last slash.

    Raises `ConfigurationError` for a `file://` without an absolute path.
    """
    if path.startswith(_FILE):
        if not path.startswith(f"{_FILE}/"):
            raise ConfigurationError(f"{path}: a file:// has three slashes before an absolute path")
        return path[len(_FILE) :]
    return path.rstrip("/") if is_url(path) else path


def path_in(base: str, name: str) -> str:
    """Return the path of a name in a folder."""
    return f"{base}/{name}" if is_url(base) else str(Path(base, name))


def absolute(path: str) -> str:
    """Return a path that means the same from wherever it is read; a link keeps the name that was given."""
    return path if is_url(path) else os.path.abspath(path)  # noqa: PTH100 - links are not resolved


def resolved(path: str) -> str:
    """Return a path that two names of one folder have in common."""
    return path if is_url(path) else os.path.realpath(path)


def split_path(path: str) -> tuple[str, str]:
    """Return the folder that something lies in, and its name."""
    if is_url(path):
        above, _, name = path.rpartition("/")
        return above, name
    return str(Path(path).parent), Path(path).name
