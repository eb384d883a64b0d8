"""A worker's side: load one export, answer calls until the socket closes."""

import contextlib
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from queue import Queue, SimpleQueue
from threading import Thread
from typing import Any, Final, NamedTuple

from sigpact.runtime import frames
from sigpact.runtime.library import Fed, Fetched, Library, Model, StatusError
from sigpact.runtime.protocol import Crashed, Refused, Timed, Unloadable

_PR_SET_PDEATHSIG: Final = 1
_SEND_BUFFER: Final = 1 << 22
"""Answers wait here while the parent judges earlier ones; the kernel grants what it allows."""


_SPINS: Final = 100_000
"""About two milliseconds."""


class Load(NamedTuple):
    """Load this export; let memory grow by so many bytes beyond what it takes once loaded."""

    export: str
    memory: int


class Loaded(NamedTuple):
    """The export is loaded."""


class Plan(NamedTuple):
    """One call in the graph's words."""

    feeds: tuple[Fed, ...]
    fetches: tuple[str, ...]


class Calls(NamedTuple):
    """Run these, so many at once, and answer them in order.

    One at a time, each is answered before the next one runs, so that a crash names its call. Of several
    nobody knows which it was.
    """

    plans: tuple[Plan, ...]
    at_once: int = 1


class Clock(NamedTuple):
    """Run these in order, and say how long the session took for each; begin none after so many seconds."""

    plans: tuple[Plan, ...]
    seconds: float


class Asked(NamedTuple):
    """Asks whether calls that fetch these tensors may run side by side."""

    fetches: tuple[str, ...]


class Told(NamedTuple):
    """Whether they may: see `company`."""

    independent: bool


class Tensors(NamedTuple):
    """What a call fetched."""

    fetched: tuple[Fetched, ...]


Reply = Loaded | Unloadable | Told | Tensors | Timed | Refused | Crashed


def serve(connection: socket.socket, library: Callable[[], Library]) -> None:
    """Answer messages until the other end closes."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    stream = connection.makefile("rb")
    company = _Company(connection)
    model: Model | None = None
    export = ""
    while True:
        try:
            message = frames.receive(stream)
        except (EOFError, OSError):
            return
        if not isinstance(message, Calls) or message.at_once == 1:
            company.wait()
        match message:
            case Load(export=export):
                loaded = load(message, library)
                model = loaded if isinstance(loaded, Model) else None
                frames.send(connection, Loaded() if isinstance(loaded, Model) else loaded)
            case Asked(fetches=fetches):
                from sigpact.runtime.company import is_independent  # noqa: PLC0415 - see `zygote.main`

                frames.send(connection, Told(model is not None and is_independent(model, export, fetches)))
            case Calls(plans=plans, at_once=1):
                for plan in plans:
                    frames.send(connection, answer(model, plan))
            case Calls():
                company.run(model, message)
            case Clock():
                frames.send(connection, clocked(model, message))


class _Company:
    """Threads that run calls side by side, and one that sends what came of them, in order."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._calls: SimpleQueue[tuple[Model | None, Plan, SimpleQueue[Reply]]] = SimpleQueue()
        self._replies: Queue[SimpleQueue[Reply]] = Queue()
        self._threads = 0

    def wait(self) -> None:
        """Return once every reply is sent: what comes next runs by itself."""
        self._replies.join()

    def run(self, model: Model | None, calls: Calls) -> None:
        """Run calls; returns at once, so that the next message is read meanwhile."""
        if not self._threads:
            Thread(target=self._send, daemon=True).start()
        for _ in range(self._threads, calls.at_once):
            Thread(target=self._answer, daemon=True).start()
            self._threads += 1
        for plan in calls.plans:
            reply: SimpleQueue[Reply] = SimpleQueue()
            self._replies.put(reply)
            self._calls.put((model, plan, reply))

    def _answer(self) -> None:
        while True:
            model, plan, reply = self._calls.get()
            reply.put(answer(model, plan, in_company=True))

    def _send(self) -> None:
        while True:
            reply = self._replies.get().get()
            # The other end may be gone: then the stream ends as well, and the worker with it.
            with contextlib.suppress(OSError):
                frames.send(self._connection, reply)
            self._replies.task_done()


def load(message: Load, library: Callable[[], Library]) -> Model | Unloadable | Crashed:
    """Return the loaded model, and limit what it may take from now on."""
    try:
        tensorflow = library()
        limit_memory(message.memory + 4 * _size(message.export))
        model = tensorflow.load(message.export)
        limit_memory(message.memory)
    except StatusError as error:
        return Unloadable(one_line(error.message))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent waits for an answer
        return Crashed(None, f"{type(error).__name__}: {one_line(error)}")
    return model


def answer(model: Any, plan: Plan, *, in_company: bool = False) -> Tensors | Refused | Crashed:
    """Return what became of one call; no exception leaves it."""
    try:
        return Tensors(tuple(model.run(plan.feeds, plan.fetches, in_company=in_company)))
    except StatusError as error:
        return Refused(error.code, error.message)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent waits for an answer
        return Crashed(None, f"{type(error).__name__}: {one_line(error)}")


def clocked(model: Any, message: Clock) -> Timed | Refused | Crashed:
    """Return how long each call took, or what became of the first one without an answer."""
    end = time.perf_counter() + message.seconds
    before = _spin()
    took: list[float] = []
    for plan in message.plans:
        outcome = answer(model, plan)
        if not isinstance(outcome, Tensors):
            return outcome
        took.append(model.took)
        if time.perf_counter() > end:
            break
    return Timed(tuple(took), (before, _spin()))


def _spin() -> float:
    """Return how long a fixed piece of work takes: long enough to lose the processor to somebody else."""
    start = time.perf_counter()
    for _ in range(_SPINS):
        pass
    return time.perf_counter() - start


def one_line(text: object) -> str:
    """Return a text with all white space folded, cut at 500 characters."""
    line = " ".join(str(text).split())
    return line if len(line) <= 500 else f"{line[:497]}..."


def limit_memory(growth: int) -> None:
    """Let this process's private memory grow by so many bytes from now on, where Linux counts it."""
    import resource  # noqa: PLC0415 - absent on Windows, where this module is imported only

    size = _private_bytes()
    if size is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (size + growth, hard))


def _private_bytes() -> int | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")), None)


def _size(export: str) -> int:
    return sum(each.stat().st_size for each in Path(export).rglob("*") if each.is_file())


def become_worker(connection: socket.socket, output: int, library: Callable[[], Library]) -> None:
    """Serve in a fresh fork. `output` takes what TensorFlow prints."""
    import resource  # noqa: PLC0415 - see `limit_memory`

    os.dup2(output, 1)
    os.dup2(output, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _end_with_parent()
    serve(connection, library)


def _end_with_parent() -> None:
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    # Where memory runs out in spite of the limit, the kernel takes the worker, not the process that judges.
    Path("/proc/self/oom_score_adj").write_text("1000")
