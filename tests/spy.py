"""A file system of fsspec that notes what it is asked, and fails when it is told to."""

from typing import Any

from fsspec.implementations.memory import MemoryFileSystem


class Spy(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Files in memory, at `spy://`: notes what is listed and fetched, and fails when it is told to."""

    protocol = "spy"
    store: dict[str, Any] = {}  # noqa: RUF012 - as the class above has it
    pseudo_dirs = [""]  # noqa: RUF012 - the same
    asked: list[tuple[str, str]] = []  # noqa: RUF012 - what was asked for
    fails: dict[tuple[str, str], BaseException] = {}  # noqa: RUF012 - and what is answered so
    cachable = False

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        stripped: str = MemoryFileSystem._strip_protocol(path.replace("spy://", "memory://"))
        return stripped

    def note(self, what: str, path: str) -> None:
        """Note a request, and fail where it is told to."""
        self.asked.append((what, path))
        for (kind, part), error in self.fails.items():
            if kind == what and part in path:
                raise error

    def invalidate_cache(self, path: str | None = None) -> None:
        """Note that what was listed before does not count."""
        self.asked.append(("fresh", path or ""))

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:  # noqa: FBT001, FBT002 - fsspec's
        """List a folder."""
        self.note("ls", path)
        return super().ls(path, detail=detail, **options)

    def get_file(self, rpath: str, lpath: str, **options: Any) -> None:
        """Fetch a file."""
        self.note("get", rpath)
        super().get_file(rpath, lpath, **options)

    def exists(self, path: str, **_: Any) -> bool:
        """Must not be asked: it takes a refusal for an absence."""
        raise AssertionError(path)

    def cat_file(self, path: str, **options: Any) -> bytes:
        """Return a file's content."""
        self.note("cat", path)
        found: bytes = super().cat_file(path, **options)
        return found

    def pipe_file(self, path: str, value: bytes, **options: Any) -> None:
        """Put a file."""
        self.note("pipe", path)
        super().pipe_file(path, value, **options)
