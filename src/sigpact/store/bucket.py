"""`Bucket`: a store behind a URL, read and written through fsspec."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from sigpact.errors import StorageError
from sigpact.savedmodel.remote import listing, reached, told
from sigpact.store.place import BLOBS, TOPS, Unread

_AT_ONCE: Final = 16


class Bucket:
    """The files below a URL. Each is written by one put: object stores show it whole or not at all."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._files, self._root = reached(url)

    def __str__(self) -> str:
        return self._url

    def names(self) -> tuple[str, ...]:
        """Return the paths of all files."""
        found: list[str] = []
        folders: list[str] = []
        for top in TOPS:
            for entry in listing(f"{self._url}/{top}") or ():
                (folders if entry.is_folder else found).append(f"{top}/{entry.name}")
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for names in threads.map(self._names, folders):
                found += names
        return tuple(sorted(found))

    def _names(self, folder: str) -> list[str]:
        return list(self._each(folder))

    def _each(self, folder: str) -> Iterator[str]:
        for entry in listing(f"{self._url}/{folder}") or ():
            if entry.name != BLOBS:
                yield f"{folder}/{entry.name}{'/' if entry.is_folder else ''}"

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes | Unread]:
        """Return the content of files by path, many at once."""
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            return dict(zip(paths, threads.map(self._content, paths), strict=True))

    def _content(self, path: str) -> bytes | Unread:
        with told(f"{self._url}/{path}"):
            try:
                found: bytes = self._files.cat_file(f"{self._root}/{path}")
            except FileNotFoundError:
                return Unread("is not there", is_absent=True)
        return found

    def write(self, path: str, data: bytes) -> None:
        """Put a file, if it is not there."""
        found = self._content(path)
        if isinstance(found, Unread):
            with told(f"{self._url}/{path}", "written"):
                self._files.pipe_file(f"{self._root}/{path}", data)
        elif found != data:
            reason = f"{path} is there with another content: torn or altered; it is not overwritten"
            raise StorageError(self._url, reason)
