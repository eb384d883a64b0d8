"""Where a store lies: a folder here (`Folder`), or a URL (`bucket.Bucket`). Files are written once, whole."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from sigpact.errors import ConfigurationError, StorageError
from sigpact.frozen import frozen
from sigpact.savedmodel.folders import plain
from sigpact.savedmodel.remote import is_url

TOPS: Final = ("clients", "models")
"""The folders that records lie in, each in the folder of its client or model."""
BLOBS: Final = "blobs"
UNFINISHED: Final = ".tmp-"
"""Begins the name of a file that is being written, or that a killed process left."""
MARKER: Final = "sigpact-store.json"
_CHUNK: Final = 1 << 20
_MARK: Final = b'{"store":1}\n'
_BESIDE: Final = {
    ".gitattributes": b"/clients/** -text\n/models/** -text\n/sigpact-store.json -text\n",
    ".gitignore": b".tmp-*\n",
}
"""In git, line ends stay as they are, and what a killed process left is no part of a commit."""


@frozen
class Unread:
    """A file that cannot be read, and why; `is_absent`: there is none."""

    reason: str
    is_absent: bool = False


class Place(Protocol):
    """Files by paths with `/` between names. Methods raise `StorageError` where it cannot be reached."""

    def names(self) -> tuple[str, ...]:
        """Return the paths of all files of clients and models, without blobs; a folder ends with `/`."""

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes | Unread]:
        """Return the content of files by path."""

    def write(self, path: str, data: bytes) -> None:
        """Write a file, whole or not at all; the same content twice is fine, another is refused."""


class Folder:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __str__(self) -> str:
        return str(self._root)

    def names(self) -> tuple[str, ...]:
        """Return the paths of all files."""
        try:
            return tuple(sorted(name for top in TOPS for name in self._below(top)))
        except OSError as error:
            raise self._failed("listed", error) from None

    def _below(self, top: str) -> Iterator[str]:
        for owner in _entries(self._root / top):
            if not _is_folder(owner):
                yield f"{top}/{owner.name}"
                continue
            for each in _entries(owner.path):
                if each.name != BLOBS:
                    yield f"{top}/{owner.name}/{each.name}{'/' if _is_folder(each) else ''}"

    def read(self, paths: Sequence[str]) -> dict[str, bytes | Unread]:
        """Return the content of files by path."""
        root = f"{self._root}/"
        return {path: _content(root + path) for path in paths}

    def write(self, path: str, data: bytes) -> None:
        """Write beside the other files, then give it its name."""
        file = self._root / path
        try:
            home = self._root.joinpath(*Path(path).parts[:2]) if "/" in path else self._root
            file.parent.mkdir(parents=True, exist_ok=True)
            _write_once(home, file, data)
        except FileExistsError:
            if _content(str(file)) != data:
                told = f"{path} is there with another content: torn or altered; it is not overwritten"
                raise StorageError(str(self), told) from None
        except OSError as error:
            raise self._failed("written", error) from None

    def _failed(self, done: str, error: OSError) -> StorageError:
        where = f" ({error.filename})" if error.filename else ""
        return StorageError(str(self), f"cannot be {done}: {error.strerror or error}{where}")


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # of a link in a circle, `is_dir` raises
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()  # noqa: PTH112 - never raises


def _content(path: str) -> bytes | Unread:
    # as few calls as can be: a gate reads thousands; a pipe with a record's name does not hold it up
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        is_absent = isinstance(error, FileNotFoundError | NotADirectoryError)
        return Unread(f"cannot be read: {error.strerror}", is_absent)
    try:
        data = os.read(file, _CHUNK)
        while more := os.read(file, _CHUNK):
            data += more
    except OSError as error:
        return Unread(f"cannot be read: {error.strerror}")
    finally:
        os.close(file)
    return data


def _write_once(home: Path, file: Path, data: bytes) -> None:
    """Write a file under another name, then link it. Raises `FileExistsError`, and `OSError`."""
    if file.exists():
        raise FileExistsError
    temporary = home / f"{UNFINISHED}{os.urandom(8).hex()}"
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        _named(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)
    _settled(file.parent)


def _named(temporary: Path, file: Path) -> None:
    try:
        file.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:
        # There are file systems without links. Who writes the same name writes the same content.
        temporary.replace(file)


def _settled(folder: Path) -> None:
    """Have the name on the disk too, where the system can."""
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def opened(text: str) -> Place:
    """Return the store at a path or URL. Raises `ConfigurationError` where there is none, `StorageError`."""
    place = _place(text)
    found = place.read([MARKER])[MARKER]
    match found:
        case bytes() if found == _MARK:
            return place
        case bytes():
            raise StorageError(
                text, f"{MARKER} is damaged, or of a newer sigpact: {_MARK.decode().strip()} is expected"
            )
        case Unread(reason, is_absent=False):
            raise StorageError(text, f"{MARKER} {reason}")
        case Unread():
            raise ConfigurationError(
                f"no store at {text} (no {MARKER}): `sigpact store init --store {text}` makes one"
            )


def created(text: str) -> Place:
    """Make a store at a path or URL, or find it there. Raises `StorageError`."""
    place = _place(text)
    if isinstance(place, Folder):
        for name, data in _BESIDE.items():
            if not Path(text, name).exists():
                place.write(name, data)
    place.write(MARKER, _MARK)
    return place


def _place(text: str) -> Place:
    path = plain(text)
    if not is_url(path):
        return Folder(Path(path))
    from sigpact.store.bucket import Bucket  # noqa: PLC0415 - only those who have one pay for its threads

    return Bucket(path.rstrip("/"))
