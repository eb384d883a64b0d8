"""Folders behind a URL (`s3://…`, `gs://…`, `memory://…`), through fsspec; it is imported for a URL alone.

fsspec's `exists`, `isdir`, `find` and `walk` take a refusal for an absence, so only `ls` is asked: what
cannot be reached or may not be read is `StorageError`, never a folder without versions. The kinds of
exception are the back end's own: of s3fs PermissionError, FileNotFoundError and botocore's, which are no
OSErrors (no credentials, no connection); of gcsfs OSError, its HttpError, and those of aiohttp, requests
and google.auth.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sigpact.errors import ConfigurationError, RuntimeUnavailableError, StorageError
from sigpact.frozen import frozen

_PACKAGES: Final = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "az": "adlfs",
}
"""Which package fsspec needs for a scheme."""
_SHOWN: Final = 200
"""Characters of a back end's message that are told."""


@frozen
class Entry:
    """What lies in a folder: its name, whether it is a folder too, the size of a file where that is told."""

    name: str
    is_folder: bool
    size: int | None = None


class Copy:
    """A folder on this machine that goes when nobody holds it any more, at the latest with the process."""

    def __init__(self) -> None:
        from shutil import rmtree  # noqa: PLC0415 - only URLs have copies
        from tempfile import mkdtemp  # noqa: PLC0415 - the same
        from weakref import finalize  # noqa: PLC0415 - the same

        self.path = mkdtemp(prefix="sigpact-")
        finalize(self, rmtree, self.path, ignore_errors=True)


def is_url(path: str) -> bool:
    """Whether a path is to be read through fsspec."""
    return "://" in path


def listing(url: str) -> tuple[Entry, ...] | None:
    """Return what lies in a folder, by name; `None` where nothing is there.

    Raises `ConfigurationError` where it is a file, or the scheme is none; `StorageError` where it cannot be
    told; `RuntimeUnavailableError` where a package is missing.
    """
    system, path = reached(url)
    with told(url):
        system.invalidate_cache()
        try:
            found = list(system.ls(path, detail=True))
        except (FileNotFoundError, NotADirectoryError):
            return None
    own = path.rstrip("/")
    entries: dict[str, Entry] = {}
    for each in found:
        name = str(each["name"])
        if name == own and each["type"] == "file":
            raise ConfigurationError(f"{url} is a file; a base path or an export is a folder")
        # An object store keeps an empty object in place of a folder, called as the folder with a slash.
        if name.rstrip("/") != own:
            entry = _entry(url, name, each)
            entries[entry.name] = entry
    return tuple(entries[name] for name in sorted(entries))


def _entry(url: str, path: str, found: Any) -> Entry:
    name = path.rstrip("/").rpartition("/")[2]
    if name in {"", ".", ".."} or "\0" in name or "\\" in name:
        raise StorageError(url, f"it holds {path!r}, which is no name for a file here")
    return Entry(name, found["type"] == "directory" or path.endswith("/"), found.get("size"))


def static_copy(url: str, file: str, beside: tuple[str, ...]) -> Copy:
    """Return a copy of an export that is good for reading: one file as it is, of the others the names.

    Folders that are not among `beside` are not looked into. Raises as `listing` does.
    """
    copy = Copy()
    for entry in _there(url):
        target = Path(copy.path, entry.name)
        if entry.is_folder:
            target.mkdir()
            if entry.name in beside:
                _names(f"{url}/{entry.name}", target)
        elif entry.name == file:
            _get(f"{url}/{entry.name}", target, entry.size)
        else:
            target.touch()
    return copy


def whole_copy(url: str) -> Copy:
    """Return a copy of a folder with all that is in it. Raises as `listing` does."""
    copy = Copy()
    waiting = [(url, Path(copy.path))]
    while waiting:
        folder, into = waiting.pop()
        for entry in _there(folder):
            target = into / entry.name
            if entry.is_folder:
                target.mkdir()
                waiting.append((f"{folder}/{entry.name}", target))
            else:
                _get(f"{folder}/{entry.name}", target, entry.size)
    return copy


def _there(url: str) -> tuple[Entry, ...]:
    found = listing(url)
    if found is None:
        raise StorageError(url, "was listed a moment ago, and is gone")
    return found


def _names(url: str, into: Path) -> None:
    """Make an empty file for each file at any depth."""
    waiting = [(url, into)]
    while waiting:
        folder, here = waiting.pop()
        for entry in _there(folder):
            if entry.is_folder:
                (here / entry.name).mkdir()
                waiting.append((f"{folder}/{entry.name}", here / entry.name))
            else:
                (here / entry.name).touch()


def _get(url: str, target: Path, size: int | None) -> None:
    """Copy one file. Raises `StorageError` also where less, or more, arrives than was listed."""
    system, path = reached(url)
    with told(url):
        try:
            system.get_file(path, str(target))
        except (FileNotFoundError, NotADirectoryError):
            raise StorageError(url, "was listed a moment ago, and is gone") from None
    got = target.stat().st_size
    if size is not None and got != size:
        raise StorageError(url, f"{got:,} bytes arrived of {size:,}: it changed, or was cut short; try again")


def reached(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the path in it. Raises as `listing` does."""
    scheme = url.partition("://")[0]
    if "::" in url:
        raise ConfigurationError(f"{url}: chained URLs are not read; name the folder itself")
    try:
        from fsspec.core import url_to_fs  # noqa: PLC0415 - paths of this machine need none of it
    except ImportError:
        raise RuntimeUnavailableError(_install(url, scheme)) from None
    _quiet()
    with told(url):
        try:
            system, path = url_to_fs(url)
        except ImportError:
            raise RuntimeUnavailableError(_install(url, scheme)) from None
        except ValueError as error:
            if "Protocol not known" not in str(error):
                raise
            raise ConfigurationError(f"{url}: fsspec knows no {scheme}://") from None
    return system, str(path)


def _quiet() -> None:
    """Keep what back ends log from stderr, where nobody listens to their loggers: it ends up in our one line.

    (gcsfs logs a traceback for each attempt.)
    """
    import logging  # noqa: PLC0415 - as fsspec

    for name in ("fsspec", *dict.fromkeys(_PACKAGES.values())):
        logger = logging.getLogger(name)
        if not any(isinstance(each, logging.NullHandler) for each in logger.handlers):
            logger.addHandler(logging.NullHandler())


def _install(url: str, scheme: str) -> str:
    package = _PACKAGES.get(scheme)
    more = f" {package}" if package else ""
    return f"{url}: a package is missing that reads {scheme}://; pip install 'sigpact[remote]'{more}"


@contextmanager
def told(url: str, done: str = "read") -> Iterator[None]:
    """Turn whatever a back end raises into `StorageError`; what we raise ourselves passes."""
    try:
        yield
    except (ConfigurationError, RuntimeUnavailableError, StorageError):
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        said = ": ".join(filter(None, (type(error).__name__, lines[0][:_SHOWN])))
        raise StorageError(url, f"cannot be {done}: {said}") from error
