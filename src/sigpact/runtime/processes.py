"""The parent's side: starts the zygote, has it fork workers, and knows how each of them ended."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from sigpact.errors import RuntimeUnavailableError
from sigpact.runtime import frames
from sigpact.runtime.worker import one_line
from sigpact.runtime.zygote import NUMBER, Ready, Unusable

_BOOT: Final = (
    "import sys; sys.path[:] = sys.argv[4:]; from sigpact.runtime.zygote import main; main(*sys.argv[1:4])"
)
_ENVIRONMENT: Final = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "CUDA_VISIBLE_DEVICES": "-1",  # workers side by side would each take the whole of a GPU
    "OPENBLAS_NUM_THREADS": "1",  # with NumPy's threads it would not be safe to fork, and nothing uses them
}
_DEFAULTS: Final = {
    # oneDNN rounds otherwise on each kind of processor, and its allocator waits ten seconds before it says
    # that there is no memory: as long as a call may take. Who serves with it sets the variable to 1.
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
_TAIL: Final = 8192
_GRACE: Final = 5.0


class Zygote:
    """The process that has TensorFlow loaded; it starts at once and is waited for at the first fork."""

    def __init__(self, package: str, *, preload: bool) -> None:
        self._control, theirs = socket.socketpair()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process lives
        paths = [str(Path(path).absolute()) for path in sys.path]
        with theirs:
            arguments = [str(theirs.fileno()), package, "yes" if preload else "no", *paths]
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-I", "-c", _BOOT, *arguments],
                env=_DEFAULTS | os.environ | _ENVIRONMENT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                start_new_session=True,
            )
        self._version: str | None = None

    def version(self) -> str:
        """Return TensorFlow's version, once it is loaded.

        Raises `RuntimeUnavailableError` when it does not load.
        """
        if self._version is None:
            try:
                with self._control.makefile("rb") as stream:
                    first = frames.receive(stream)
            except (EOFError, OSError):
                raise self._gone() from None
            match first:
                case Unusable(reason=reason):
                    raise RuntimeUnavailableError(f"the installed TensorFlow cannot be used: {reason}")
                case Ready(version=version):
                    self._version = version
        return self._version or ""

    def fork(self) -> "Worker":
        """Return a new worker. Raises `RuntimeUnavailableError` when there is no zygote to fork."""
        self.version()
        ours, theirs = socket.socketpair()
        output = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process lives
        with theirs:
            try:
                socket.send_fds(self._control, [b"F"], [theirs.fileno(), output.fileno()])
                pid = self._number()
            except OSError:
                ours.close()
                output.close()
                raise self._gone() from None
        return Worker(self, pid, ours, output)

    def wait(self, pid: int) -> int | None:
        """Return the wait status of a worker that has ended or is about to; `None` if nobody knows it."""
        try:
            self._control.sendall(b"W" + NUMBER.pack(pid))
            return self._number()
        except OSError:
            return None

    def close(self) -> None:
        """End the zygote and all of its workers."""
        self._control.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()

    def _number(self) -> int:
        data = self._control.recv(NUMBER.size, socket.MSG_WAITALL)
        if len(data) < NUMBER.size:
            raise ConnectionResetError
        return int(NUMBER.unpack(data)[0])

    def _gone(self) -> RuntimeUnavailableError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        how = Ending(self._process.returncode, last_words(self._output))
        return RuntimeUnavailableError(f"the process that loads TensorFlow {how}")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended: `code` as `subprocess` gives it, `None` where nobody knows; its last words."""

    code: int | None
    words: str

    @property
    def signal(self) -> str | None:
        """The name of the signal that ended it."""
        return signal.Signals(-self.code).name if self.code is not None and self.code < 0 else None

    def __str__(self) -> str:
        how = "ended"
        if self.signal is not None:
            how = f"was ended by {self.signal}"
        elif self.code is not None:
            how = f"ended with exit code {self.code}"
        return f"{how}: {self.words}" if self.words else how


class Worker:
    """One worker process, spoken to over a socket of its own."""

    def __init__(self, zygote: Zygote, pid: int, connection: socket.socket, output: BinaryIO) -> None:
        self._zygote = zygote
        self._pid = pid
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._output = output
        self._heard = 0

    def send(self, message: object) -> None:
        """Send a message; if the worker has ended, `receive` tells."""
        self._connection.settimeout(None)
        with contextlib.suppress(ConnectionError):
            frames.send(self._connection, message)

    def receive(self, timeout: float) -> Any:
        """Return the next reply.

        Raises `EOFError` when the worker has ended, `TimeoutError` when it is silent for `timeout` seconds.
        """
        self._connection.settimeout(timeout)
        try:
            reply = frames.receive(self._stream)
        except ConnectionError:
            raise EOFError from None
        self._heard = os.fstat(self._output.fileno()).st_size
        return reply

    def end(self) -> "Ending":
        """End the worker, and return how it had ended before, if it had."""
        self._stream.close()
        self._connection.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        status = self._zygote.wait(self._pid)
        words = last_words(self._output, self._heard)
        self._output.close()
        code = None if status is None else os.waitstatus_to_exitcode(status)
        return Ending(code, words)


_LOG_PREFIX: Final = re.compile(r"^[IWEF]\d{4} [\d:.]+ +\d+ \S+\] ")
"""Severity, clock, thread and place: they differ from run to run and tell a user nothing."""
_NOISE: Final = ("@ ", "*** ", "WARNING: All log messages before absl")


def last_words(output: BinaryIO, start: int = 0) -> str:
    """Return the last lines that a process printed since `start`, in one line, without stack frames."""
    size = output.seek(0, os.SEEK_END)
    output.seek(max(start, size - _TAIL))
    lines = output.read().decode(errors="replace").splitlines()
    spoken = [_LOG_PREFIX.sub("", line) for line in map(str.strip, lines)]
    told = [line[:160] for line in spoken if line and not line.startswith(_NOISE)]
    return one_line(" | ".join(told[-3:]))
