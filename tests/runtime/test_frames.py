"""Messages over a socket."""

import socket
import threading

import numpy as np
import pytest

from sigpact.runtime import frames
from sigpact.wire.arrays import Array


def through(array: Array) -> Array:
    """Send an array in a message to oneself."""
    ours, theirs = socket.socketpair()
    with ours, theirs, theirs.makefile("rb") as stream:
        sender = threading.Thread(target=frames.send, args=(ours, (array,)))
        sender.start()
        (found,) = frames.receive(stream)
        sender.join()
        assert isinstance(found, np.ndarray)
        return found


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=np.float32).reshape(3, 4),
        np.arange(12, dtype=np.float32).reshape(3, 4).T,
        np.arange(1_000_000, dtype=np.int64),
        np.arange(20)[::2],
        np.empty((0, 3), np.uint8),
        np.array(7, np.int8),
        np.array([b"a\0", b"", b"\0"], object),
        np.array([True, False]),
    ],
    ids=["rows", "columns", "8 MB", "strided", "empty", "scalar", "bytes", "bool"],
)
def test_an_array_arrives_as_it_was(array: Array) -> None:
    """Elements, dtype and shape survive, whatever the layout in memory."""
    found = through(array)
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array, strict=True)


def test_numbers_travel_beside_the_pickle() -> None:
    """A received array is a read-only view of what came in: nothing was copied into the pickle."""
    found = through(np.arange(3))
    assert not found.flags.writeable


def test_messages_keep_their_order() -> None:
    """Several messages on one stream come out one by one."""
    ours, theirs = socket.socketpair()
    with ours, theirs, theirs.makefile("rb") as stream:
        for each in range(3):
            frames.send(ours, each)
        assert [frames.receive(stream) for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize("kept", [0, 3, 13, 20])
def test_the_end_of_the_stream_is_told(kept: int) -> None:
    """Wherever the other end stops, between or inside messages, `EOFError` is raised."""
    ours, theirs = socket.socketpair()
    with ours, theirs, theirs.makefile("rb") as stream:
        frames.send(ours, "x" * 100)
        data = theirs.recv(1 << 16)
        ours.sendall(data[:kept])
        ours.close()
        with pytest.raises(EOFError):
            frames.receive(stream)


def test_silence_is_told() -> None:
    """With a timeout on the socket, waiting ends in `TimeoutError`."""
    ours, theirs = socket.socketpair()
    with ours, theirs, theirs.makefile("rb") as stream:
        theirs.settimeout(0.01)
        with pytest.raises(TimeoutError):
            frames.receive(stream)
