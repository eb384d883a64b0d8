"""The zygote: a process that loads TensorFlow once, starts no session, and forks a worker on request.

It is started with a socket and obeys three messages of it: `F`, with the file descriptors of a worker's
socket and of its output, forks (answer: the pid); `W` with a pid waits for that worker's end (answer: its
wait status); the end of the stream ends all workers and the zygote itself, whatever became of the parent.
"""

import contextlib
import importlib
import os
import signal
import socket
import struct
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final, NamedTuple

from sigpact.runtime import frames
from sigpact.runtime.library import Library
from sigpact.runtime.worker import become_worker, one_line

NUMBER: Final = struct.Struct("<q")


class Ready(NamedTuple):
    """The library is there; `version` is TensorFlow's."""

    version: str


class Unusable(NamedTuple):
    """The library did not load."""

    reason: str


def main(control: str, package: str, preload: str) -> None:
    """Run the zygote over the socket of that descriptor, with the TensorFlow in the folder `package`.

    Unless `preload` is `yes`, TensorFlow is loaded after each fork: elsewhere than on Linux its libraries
    may not survive a fork.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = socket.socket(fileno=int(control))

    @cache
    def library() -> Library:
        return Library(package)

    first = _first_words(library) if preload == "yes" else _in_child(library)
    frames.send(connection, first)
    if isinstance(first, Ready):
        # Workers need it later than the parent needs the first worker.
        importlib.import_module("sigpact.runtime.company")
        _obey(connection, library)


def _first_words(library: Callable[[], Library]) -> Ready | Unusable:
    try:
        return Ready(library().version)
    except (OSError, AttributeError) as error:
        return Unusable(one_line(error))


def _in_child(library: Callable[[], Library]) -> Ready | Unusable:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        with _ending():
            frames.send(theirs, _first_words(library))
    theirs.close()
    with ours, ours.makefile("rb") as stream:
        try:
            found = frames.receive(stream)
        except EOFError:
            found = Unusable("loading its library ended the process")
    os.waitpid(pid, 0)
    return found if isinstance(found, Ready) else Unusable(str(found.reason))


def _obey(connection: socket.socket, library: Callable[[], Library]) -> None:
    workers: set[int] = set()
    try:
        while True:
            message, files, _, _ = socket.recv_fds(connection, 1 + NUMBER.size, 2)
            match message[:1]:
                case b"F":
                    pid = _fork(connection, files, library)
                    workers.add(pid)
                    connection.sendall(NUMBER.pack(pid))
                case b"W":
                    (pid,) = NUMBER.unpack(message[1:])
                    _, status = os.waitpid(pid, 0)
                    workers.discard(pid)
                    connection.sendall(NUMBER.pack(status))
                case _:
                    return
    finally:
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _fork(connection: socket.socket, files: list[int], library: Callable[[], Library]) -> int:
    pid = os.fork()
    if pid == 0:
        with _ending():
            connection.close()
            become_worker(socket.socket(fileno=files[0]), files[1], library)
    for file in files:
        os.close(file)
    return pid


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    """Whatever happens inside a fork, it ends there and runs nothing of the zygote's."""
    try:
        yield
    finally:
        os._exit(0)
