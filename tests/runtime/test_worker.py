"""A worker's side, in this process, with models that need no TensorFlow."""

import socket
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from sigpact.runtime import frames, worker
from sigpact.runtime.library import Fed, Fetched, Library, StatusError
from sigpact.runtime.protocol import Crashed, Refused, Timed
from sigpact.runtime.worker import (
    Calls,
    Clock,
    Load,
    Loaded,
    Plan,
    Tensors,
    answer,
    clocked,
    load,
    one_line,
    serve,
)

FED = Fed("x:0", 1, np.zeros(1, np.float32))


class Model:
    """Gives back what it is fed, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.company: list[bool] = []
        self.took = 0.25

    def run(self, feeds: Sequence[Fed], fetches: Sequence[str], *, in_company: bool = False) -> list[Fetched]:
        """As `sigpact.runtime.library.Model.run`."""
        self.company.append(in_company)
        if self.error is not None:
            raise self.error
        return [Fetched(fed.dtype, fed.array) for fed, _ in zip(feeds, fetches, strict=True)]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (StatusError("INTERNAL", "two\nlines"), Refused("INTERNAL", "two\nlines")),
        (ValueError("two\nlines"), Crashed(None, "ValueError: two lines")),
    ],
)
def test_no_exception_leaves_a_call(error: Exception, outcome: object) -> None:
    """What TensorFlow says is passed on word for word; our own mistakes in one line."""
    assert answer(Model(error), Plan((FED,), ("y:0",))) == outcome


def test_what_was_fetched_comes_back() -> None:
    """A call that goes well gives its tensors."""
    found = answer(Model(), Plan((FED,), ("y:0",)))
    assert isinstance(found, Tensors)
    assert found.fetched[0].dtype == 1


def test_a_clock_tells_what_the_session_took() -> None:
    """Of each call, and how long fixed work took before and after them."""
    found = clocked(Model(), Clock((Plan((FED,), ("y:0",)),) * 3, 60.0))
    assert isinstance(found, Timed)
    assert found.seconds == (0.25, 0.25, 0.25)
    assert len(found.spins) == 2
    assert min(found.spins) > 0


def test_a_clock_stops_in_time() -> None:
    """One call is always made; none begins after the seconds that were given."""
    found = clocked(Model(), Clock((Plan((FED,), ("y:0",)),) * 3, 0.0))
    assert isinstance(found, Timed)
    assert len(found.seconds) == 1


def test_a_clock_tells_of_a_call_without_an_answer() -> None:
    """Then there are no times."""
    found = clocked(Model(StatusError("INTERNAL", "no")), Clock((Plan((FED,), ("y:0",)),), 60.0))
    assert found == Refused("INTERNAL", "no")


def test_a_mistake_of_ours_does_not_make_a_version_unloadable() -> None:
    """Only TensorFlow says that a version does not load; anything else is told as what it is."""

    def broken() -> Library:
        raise TypeError("no library")

    assert load(Load("/nowhere", 1 << 30), broken) == Crashed(None, "TypeError: no library")


def test_serving_ends_with_the_stream() -> None:
    """Calls are answered one by one, and a closed socket ends the worker."""

    def absent() -> Library:
        raise OSError("absent")

    ours, theirs = socket.socketpair()
    serving = threading.Thread(target=serve, args=(theirs, absent))
    serving.start()
    with theirs:
        with ours, ours.makefile("rb") as stream:
            frames.send(ours, Load("/nowhere", 1 << 30))
            assert frames.receive(stream) == Crashed(None, "OSError: absent")
            frames.send(ours, Calls((Plan((FED,), ()), Plan((), ()))))
            assert [type(frames.receive(stream)) for _ in range(2)] == [Crashed, Crashed]
        serving.join(10)
        assert not serving.is_alive()


def test_side_by_side_calls_are_answered_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is the last to end, and its answer comes first; what comes later is read meanwhile."""
    last = threading.Event()

    class Slow(Model):
        def run(
            self, feeds: Sequence[Fed], fetches: Sequence[str], *, in_company: bool = False
        ) -> list[Fetched]:
            if feeds[0].tensor == "first":
                assert last.wait(10)
            if feeds[0].tensor == "last":
                last.set()
            return super().run(feeds, fetches, in_company=in_company)

    model = Slow()
    monkeypatch.setattr(worker, "load", lambda *_: model)
    monkeypatch.setattr(worker, "Model", Model)
    ours, theirs = socket.socketpair()
    serving = threading.Thread(target=serve, args=(theirs, lambda: None))
    serving.start()

    def plans(*names: str) -> tuple[Plan, ...]:
        return tuple(Plan((Fed(name, at, np.zeros(1, np.float32)),), ("y",)) for at, name in enumerate(names))

    with theirs:
        with ours, ours.makefile("rb") as stream:
            frames.send(ours, Load("/here", 1))
            frames.send(ours, Calls(plans("first", "second"), 2))
            frames.send(ours, Calls(plans("third", "last"), 2))
            frames.send(ours, Calls(plans("alone"), 1))
            came = [frames.receive(stream) for _ in range(6)]
        serving.join(10)
    assert came[0] == Loaded()
    assert [each.fetched[0].dtype for each in came[1:]] == [0, 1, 0, 1, 0]
    assert sorted(model.company) == [False, True, True, True, True]


@pytest.mark.parametrize(
    ("text", "line"), [("a\n  b\t c ", "a b c"), ("x" * 500, "x" * 500), ("x" * 501, "x" * 497 + "...")]
)
def test_one_line_folds_and_cuts(text: str, line: str) -> None:
    """Messages to users are one line of at most 500 characters."""
    assert one_line(text) == line
