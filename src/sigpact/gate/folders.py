"""`Folders`: what versions' folders hold, as the gate first saw them: what comes later was not judged."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sigpact.errors import ExportError
from sigpact.savedmodel.digest import Digests
from sigpact.savedmodel.remote import is_url, whole_copy


@dataclass(slots=True, eq=False)
class Folders:
    """Digests by path, each taken once; a folder behind a URL is copied for it."""

    first: dict[str, str] = field(default_factory=dict)
    digests: Digests = field(default_factory=Digests)

    def of(self, path: str) -> str:
        """Return the digest of a folder. Raises `ExportError`, and `StorageError` behind a URL."""
        if path not in self.first:
            self.first[path] = self._now(path)
        return self.first[path]

    def require_same(self, paths: Iterable[str]) -> None:
        """Raise `ExportError` where a folder is not as it was first: which content ran, nobody knows."""
        for path in dict.fromkeys(paths):
            if path in self.first and self._now(path) != self.first[path]:
                raise ExportError(path, "changed while it was judged; let it be as it is, then ask again")

    def _now(self, path: str) -> str:
        if not is_url(path):
            return self.digests.of(path)
        copy = whole_copy(path)
        return self.digests.of(copy.path)
