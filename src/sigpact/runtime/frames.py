"""Messages over a stream socket: a pickle, and the arrays in it out of band, not copied into it.

Both ends are processes of one run on a private socket pair; nothing from outside is ever unpickled.
"""

import pickle
import socket
import struct
from typing import Any, BinaryIO, Final

_COUNT: Final = struct.Struct("<I")
_JOINED: Final = 1 << 16
"""Up to this many bytes, one system call on a copy is faster than several without."""


def send(connection: socket.socket, message: object) -> None:
    """Send one message. Raises `OSError` when the other end is gone."""
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(message, 5, buffer_callback=buffers.append)
    parts: list[memoryview] = [memoryview(head), *(buffer.raw() for buffer in buffers)]
    sizes = [part.nbytes for part in parts]
    prefix = struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes)
    if sum(sizes) <= _JOINED:
        connection.sendall(b"".join([prefix, *parts]))
        return
    connection.sendall(prefix)
    for part in parts:
        connection.sendall(part)


def receive(stream: BinaryIO) -> Any:
    """Return the next message; its arrays are read-only.

    Raises `EOFError` when the other end is gone, `TimeoutError` when the socket's timeout is over.
    """
    (count,) = _COUNT.unpack(_exactly(stream, _COUNT.size))
    sizes = struct.unpack(f"<{count}Q", _exactly(stream, 8 * count))
    head, *buffers = [_exactly(stream, size) for size in sizes]
    return pickle.loads(head, buffers=buffers)  # noqa: S301 - written by our own worker


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
