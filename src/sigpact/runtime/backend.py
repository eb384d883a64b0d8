"""`TensorFlowBackend`: versions run in processes of their own, which may crash, hang and eat memory."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Final, Self
from weakref import WeakValueDictionary

from sigpact.errors import RuntimeUnavailableError
from sigpact.runtime.capi import library_files
from sigpact.runtime.limits import Limits
from sigpact.runtime.processes import Worker, Zygote
from sigpact.runtime.protocol import Unloadable
from sigpact.runtime.session import TensorFlowSession
from sigpact.savedmodel.remote import Copy, is_url, whole_copy

_REMEDY: Final = "pip install 'sigpact[tensorflow]'"
_PRELOAD: Final = sys.platform == "linux"


class TensorFlowBackend:
    """Runs versions with the installed TensorFlow; a context manager.

    Constructing it starts the process that loads TensorFlow and returns at once, so make it before the
    static work. Not for use by several threads.

    Raises `RuntimeUnavailableError`: when constructed if there is no TensorFlow here, by `load` and
    `describe` if it does not work.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._zygote = Zygote(_package(), preload=_PRELOAD)
        self._live: list[TensorFlowSession] = []
        """Sessions with a worker, the one used last at the end."""
        self._copies: WeakValueDictionary[str, Copy] = WeakValueDictionary()
        """What was fetched from a URL, as long as a session has it."""

    def load(self, export: str) -> TensorFlowSession | Unloadable:
        """Load a version in a fresh process. See `Backend.load`.

        Where `limits.workers` are alive, the session that was idle longest gives up its process and loads
        again, with a fresh state, when it is next used. What lies behind a URL is fetched as a whole first.

        Raises `StorageError` where that cannot be done.
        """
        copy = self._fetched(export) if is_url(export) else None
        path = copy.path if copy is not None else str(Path(export).absolute())
        session = TensorFlowSession(self._fork, self._live, path, self._limits, copy)
        started = session.start()
        if isinstance(started, Unloadable):
            return Unloadable(started.reason.replace(path, export) if copy is not None else started.reason)
        return session

    def _fetched(self, url: str) -> Copy:
        copy = self._copies.get(url) or whole_copy(url)
        self._copies[url] = copy
        return copy

    def describe(self) -> str:
        """Return what runs the versions, as `TensorFlow 2.21.0`."""
        return f"TensorFlow {self._zygote.version()}"

    def close(self) -> None:
        """End all processes."""
        for session in tuple(self._live):
            session.close()
        self._zygote.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fork(self) -> Worker:
        idle = [each for each in self._live if not each.busy]
        for each in idle[: max(0, len(self._live) + 1 - self._limits.workers)]:
            each.close()
        return self._zygote.fork()


def _package() -> str:
    if not hasattr(os, "fork"):
        raise RuntimeUnavailableError("versions run on Linux and macOS only; on Windows use WSL")
    spec = importlib.util.find_spec("tensorflow")
    if spec is None:
        raise RuntimeUnavailableError(f"running a version needs TensorFlow: {_REMEDY}")
    folders = list(spec.submodule_search_locations or [])
    for folder in folders:
        if all(file.is_file() for file in library_files(folder)):
            return folder
    raise RuntimeUnavailableError(
        f"the tensorflow in {folders[0] if folders else spec.origin} has no C library"
        f" ({library_files('')[-1]}); install one that has: {_REMEDY}"
    )
