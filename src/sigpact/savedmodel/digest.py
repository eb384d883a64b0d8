"""The digest of a version: one sha256 over every file in its folder, whoever copies the folder wherever.

What is written under `assets.extra/sigpact/` is ours and no part of what is served: it does not count, nor
do empty folders, modes and times. Links are followed, as the server follows them.
"""

import os
import stat
import time
from collections.abc import Iterator
from hashlib import file_digest, sha256
from typing import Final

from sigpact.errors import ExportError

OURS: Final = b"assets.extra/sigpact"
"""The folder inside a version that does not count."""
_FORM: Final = b"sigpact folder 1\n"
"""Begins what is hashed: another way to put names and contents together begins otherwise."""
_SETTLED: Final = 2_000_000_000
"""Nanoseconds: a file touched later than this before it was read may change again within one tick of the
file system's clock, and its times would not tell."""

_Folder = tuple[bytes, bytes, frozenset[tuple[int, int]]]
"""A folder to look into: its path, its path in the version, and the folders above it, by device and inode."""
_Known = tuple[int, int, int, int, int]


class Digests:
    """Makes digests; a file that has not changed since is not read again, however often it is asked for."""

    def __init__(self) -> None:
        self._known: dict[_Known, bytes] = {}

    def of(self, folder: str | os.PathLike[str]) -> str:
        """Return the digest of a folder: `sha256:` and 64 hexadecimal digits.

        Each file adds the length of its path in the folder (8 bytes), the path with `/` between names, and
        the sha256 of its content, in the order of the paths' bytes.

        Raises `ExportError` where something is no file and no folder, leads nowhere or in a circle, may not
        be read, or changes while it is read.
        """
        whole = sha256(_FORM)
        for name, path in sorted(_files(os.fsencode(folder))):
            whole.update(len(name).to_bytes(8, "big") + name + self._file(path))
        return f"sha256:{whole.hexdigest()}"

    def _file(self, path: bytes) -> bytes:
        try:
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - names need not be text
                before = os.fstat(file.fileno())
                key = _key(before)
                if key in self._known:
                    return self._known[key]
                found = file_digest(file, sha256).digest()
                after = os.fstat(file.fileno())
        except OSError as error:
            raise _wrong(path, f"cannot be read: {error.strerror}") from None
        if _key(after) != key:
            raise _wrong(path, "changed while it was read; copy the version as a whole, then try again")
        if time.time_ns() - max(after.st_mtime_ns, after.st_ctime_ns) > _SETTLED:
            self._known[key] = found
        return found


def _key(status: os.stat_result) -> _Known:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _files(root: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the path in the folder, and the path, of each file. Raises `ExportError`."""
    waiting: list[_Folder] = [(root, b"", frozenset())]
    while waiting:
        folder, below, above = waiting.pop()
        inside = _entered(folder, above)
        for name in _names(folder):
            path, relative = os.path.join(folder, name), below + name  # noqa: PTH118 - bytes
            mode = _status(path).st_mode
            if stat.S_ISREG(mode):
                yield relative, path
            elif not stat.S_ISDIR(mode):
                raise _wrong(path, "is no file and no folder; no server reads it: take it out of the version")
            elif relative != OURS:
                waiting.append((path, relative + b"/", inside))


def _entered(folder: bytes, above: frozenset[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Return the folders above and this one, by device and inode. Raises `ExportError` for a circle."""
    status = _status(folder)
    own = (status.st_dev, status.st_ino)
    if own in above:
        raise _wrong(folder, "is a link to a folder above it: the version has no end")
    return above | {own}


def _names(folder: bytes) -> list[bytes]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - bytes
    except NotADirectoryError:
        raise _wrong(folder, "is a file, not the folder of an export") from None
    except OSError as error:
        raise _wrong(folder, f"cannot be listed: {error.strerror}") from None


def _status(path: bytes) -> os.stat_result:
    try:
        return os.stat(path)  # noqa: PTH116 - bytes
    except FileNotFoundError:
        told = "is a link to nothing" if os.path.islink(path) else "does not exist"  # noqa: PTH114 - bytes
        raise _wrong(path, told) from None
    except OSError as error:
        raise _wrong(path, f"cannot be looked at: {error.strerror}") from None


def _wrong(path: bytes, reason: str) -> ExportError:
    return ExportError(os.fsdecode(path), reason)
