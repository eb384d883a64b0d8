"""What a session makes of workers that crash, hang and do not load: told by workers that follow a script."""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import cast

import numpy as np
import pytest

from sigpact.errors import RuntimeUnavailableError
from sigpact.runtime.library import Fetched
from sigpact.runtime.limits import Limits
from sigpact.runtime.processes import Ending, Worker
from sigpact.runtime.protocol import Answered, Call, Crashed, Hung, Outcome, Refused, Unloadable
from sigpact.runtime.session import TensorFlowSession
from sigpact.runtime.worker import Asked, Calls, Clock, Load, Loaded, Tensors, Told
from sigpact.wire.arrays import value
from tests.runtime.helpers import plain, signature

CRASH, HANG, INTERRUPT, CROWDED, STARVED = 13.0, 17.0, 19.0, 23.0, 29.0
SIGNATURE = signature("x")


class Scripted:
    """Stands in for a `Worker`: doubles a number, or does what the number says.

    Asked whether calls may run side by side, it gives `told`. What is `CROWDED` crashes beside others only.
    """

    def __init__(self, log: list[object], *, loads: object, told: object) -> None:
        self.log = log
        self.loads = loads
        self.told = told
        self.waiting: list[object] = []

    def send(self, message: object) -> None:
        """See `Worker.send`."""
        match message:
            case Calls(plans=plans, at_once=at_once):
                numbers = [float(plan.feeds[0].array) for plan in plans]
                self.waiting += [CRASH if each == CROWDED and at_once > 1 else each for each in numbers]
                self.log.append((f"{at_once} at once" if at_once > 1 else "calls", *numbers))
            case Clock(plans=plans, seconds=seconds):
                # The whole of a block has one reply: its only number, or how it ends.
                self.waiting = [float(plans[0].feeds[0].array)]
                self.log.append(("clock", len(plans), seconds))
            case Asked():
                self.waiting.append(self.told)
                self.log.append("asked")
            case Load(export=export):
                self.log.append(("load", export))

    def receive(self, timeout: float) -> object:
        """See `Worker.receive`."""
        if self.loads is not None:
            reply, self.loads = self.loads, None
            return _or_raise(reply)
        reply = self.waiting.pop(0)
        if not isinstance(reply, float):
            return _or_raise(reply)
        self.log.append(("received", reply, timeout))
        return _or_raise(
            {
                CRASH: EOFError(),
                HANG: TimeoutError(),
                INTERRUPT: KeyboardInterrupt(),
                STARVED: Refused("RESOURCE_EXHAUSTED", "no memory"),
            }.get(reply, reply)
        )

    def end(self) -> Ending:
        """See `Worker.end`."""
        self.log.append("end")
        return Ending(-11, "out of luck")


def _or_raise(reply: object) -> object:
    if isinstance(reply, BaseException):
        raise reply
    return (
        Tensors(
            (
                Fetched(
                    1,
                    np.float32(2 * reply) * np.ones(()),
                ),
            )
        )
        if isinstance(reply, float)
        else reply
    )


Start = Callable[..., TensorFlowSession]
_ALONE, _BESIDE = Told(independent=False), Told(independent=True)


@pytest.fixture
def log() -> list[object]:
    """What the workers were asked, in order."""
    return []


@pytest.fixture
def start(log: list[object]) -> Start:
    """Make a session whose workers load as told, one after the other, and then always."""

    def make(*loads: object, limits: Limits | None = None, told: object = _ALONE) -> TensorFlowSession:
        replies = iter(loads)

        def fork() -> Worker:
            log.append("fork")
            return cast("Worker", Scripted(log, loads=next(replies, Loaded()), told=told))

        return TensorFlowSession(fork, [], "genre/1", limits or Limits(at_once=2))

    return make


def calls(*numbers: float) -> list[Call]:
    """A call for each number."""
    return [Call(SIGNATURE, {"x": value("float32", number)}) for number in numbers]


def told(outcomes: Sequence[Outcome]) -> list[object]:
    """Numbers for answers, everything else as it is."""
    return [each if isinstance(each, Crashed | Hung | Refused) else plain(each)["y"] for each in outcomes]


CRASHED = Crashed("SIGSEGV", "the process was ended by SIGSEGV: out of luck")
HUNG = Hung(10.0)
GIVEN_UP = Crashed(None, "not run: 3 calls in a row crashed or hung")


@pytest.mark.parametrize(
    ("sent", "outcomes", "forks"),
    [
        ((1.0, 2.0), [2.0, 4.0], 1),
        ((), [], 0),
        ((1.0, CRASH, 2.0), [2.0, CRASHED, 4.0], 2),
        ((HANG, 2.0), [HUNG, 4.0], 2),
        ((1.0, CRASH), [2.0, CRASHED], 1),  # nothing left: no process is started for it
        ((CRASH, HANG, 1.0, CRASH, HANG, 2.0), [CRASHED, HUNG, 2.0, CRASHED, HUNG, 4.0], 5),
        ((CRASH, HANG, CRASH, 1.0, 2.0), [CRASHED, HUNG, CRASHED, GIVEN_UP, GIVEN_UP], 3),
    ],
)
def test_every_call_has_its_outcome(
    start: Start, log: list[object], sent: tuple[float, ...], outcomes: list[object], forks: int
) -> None:
    """The call that did it is named, those after it run in a new process, three failures in a row end it."""
    assert told(start().run(calls(*sent))) == outcomes
    assert log.count("fork") == forks
    assert log.count(("load", "genre/1")) == forks


def test_a_replacement_that_does_not_load_ends_the_run(start: Start) -> None:
    """The rest is told to be not run, with the reason."""
    session = start(Loaded(), Unloadable("gone"))
    reason = Crashed(None, "not run: the version did not load again: gone")
    assert told(session.run(calls(1.0, CRASH, 2.0, 3.0))) == [2.0, CRASHED, reason, reason]


def test_a_run_after_a_run_that_was_given_up_starts_afresh(start: Start) -> None:
    """A call that is tried alone is really tried."""
    session = start()
    session.run(calls(CRASH, CRASH, CRASH, 1.0))
    assert told(session.run(calls(1.0))) == [2.0]


def test_what_the_server_refuses_before_the_graph_is_not_sent(start: Start, log: list[object]) -> None:
    """Refusals stand in their places, sent or not, and also where the run is given up."""
    refused = Call(SIGNATURE, {})
    session = start()
    assert [type(each) for each in session.run([refused, *calls(1.0), refused])] == [
        Refused,
        Answered,
        Refused,
    ]
    assert ("calls", 1.0) in log
    assert [type(each) for each in session.run([refused, refused])] == [Refused, Refused]
    found = session.run([*calls(CRASH, CRASH), refused, *calls(CRASH, 1.0), refused])
    assert [type(each) for each in found] == [Crashed, Crashed, Refused, Crashed, Crashed, Refused]
    assert found[4] == GIVEN_UP


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Unloadable("no variables"), "no variables"),
        (TimeoutError(), "it did not load within 120 s"),
        (EOFError(), "loading it failed: the process was ended by SIGSEGV: out of luck"),
    ],
)
def test_a_version_that_does_not_load_says_why(
    start: Start, log: list[object], reply: object, reason: str
) -> None:
    """Refused, hung or crashed: a reason, and no process is left."""
    assert start(reply).start() == Unloadable(reason)
    assert log[-1] == "end"


def test_a_mistake_of_ours_is_not_blamed_on_the_version(start: Start, log: list[object]) -> None:
    """What is neither loaded nor unloadable is an error of the run."""
    with pytest.raises(RuntimeUnavailableError, match="genre/1 could not be loaded: TypeError: x"):
        start(Crashed(None, "TypeError: x")).start()
    assert log[-1] == "end"


def test_batches_are_on_their_way_while_one_is_judged(start: Start, log: list[object]) -> None:
    """Drawn while others run, sent before the last is given out: the worker never waits for its parent."""

    def drawn() -> Iterator[Sequence[Call]]:
        for number in (1.0, 2.0, 3.0, 4.0, 5.0):
            log.append(("drawn", number))
            yield calls(number)

    for (outcome,) in start(limits=Limits(at_once=1)).stream(drawn()):
        log.append(("judged", plain(outcome)["y"]))
    order = [each for each in log if isinstance(each, tuple) and each[0] != "load"]
    assert [each[:2] for each in order] == [
        *[("drawn", 1.0), ("calls", 1.0), ("drawn", 2.0), ("calls", 2.0)],
        *[("drawn", 3.0), ("calls", 3.0), ("drawn", 4.0), ("calls", 4.0)],
        *[("drawn", 5.0), ("received", 1.0), ("calls", 5.0), ("judged", 2.0)],
        *[("received", 2.0), ("judged", 4.0), ("received", 3.0), ("judged", 6.0)],
        *[("received", 4.0), ("judged", 8.0), ("received", 5.0), ("judged", 10.0)],
    ]


@pytest.mark.parametrize(("told", "sent"), [(_ALONE, "calls"), (_BESIDE, "2 at once")])
def test_calls_run_side_by_side_where_the_worker_says_that_they_may(
    start: Start, log: list[object], told: Told, sent: str
) -> None:
    """It is asked once, before the second batch of a stream; what is run outside of one runs alone."""
    session = start(told=told)
    for _ in range(2):
        assert len(list(session.stream([calls(1.0), calls(2.0), calls(3.0)]))) == 3
    session.run(calls(4.0, 5.0))
    assert log.count("asked") == 1
    assert (sent, 2.0) in log
    assert log.count(("calls", 1.0)) == (2 if sent == "calls" else 1)
    assert ("calls", 4.0, 5.0) in log


def test_a_crash_in_company_is_not_believed(start: Start, log: list[object]) -> None:
    """What fails only beside others is answered by itself; what crashes by itself too is told as that."""
    session = start(told=_BESIDE)
    found = list(session.stream([calls(1.0), calls(2.0, CROWDED, 3.0), calls(CRASH, 4.0), calls(5.0)]))
    assert [told(each) for each in found] == [[2.0], [4.0, 46.0, 6.0], [CRASHED, 8.0], [10.0]]
    assert ("calls", CROWDED, 3.0) in log
    assert ("calls", CRASH, 4.0) in log, "sent again to the new process, and by itself"
    assert ("calls", 5.0) in log, "from then on nothing runs in company"


def test_company_is_whatever_is_on_its_way(start: Start, log: list[object]) -> None:
    """A batch of one call has the next batch beside it; the last call of all has nobody."""
    found = list(start(told=_BESIDE).stream([calls(1.0), calls(CROWDED), calls(3.0)]))
    assert [told(each) for each in found] == [[2.0], [46.0], [6.0]]
    log.clear()
    found = list(start(told=_BESIDE).stream([calls(1.0), calls(2.0), calls(CRASH)]))
    assert [told(each) for each in found] == [[2.0], [4.0], [CRASHED]]
    assert log.count("fork") == 1


@pytest.mark.parametrize("number", [HANG, STARVED])
def test_what_company_may_bring_about_is_tried_alone(start: Start, log: list[object], number: float) -> None:
    """Two calls share processors and memory: the limits are those of one."""
    (_, found) = start(told=_BESIDE).stream([calls(1.0), calls(number, 2.0)])
    refused = Refused("RESOURCE_EXHAUSTED", "no memory")
    assert told(found) == [HUNG if number == HANG else refused, 4.0]
    assert [each for each in log if isinstance(each, tuple) and each[0] == "received"].count(
        ("received", number, 10.0)
    ) == 2


def test_a_worker_that_dies_when_it_is_asked_is_replaced(start: Start) -> None:
    """Asking is no call: nothing is told about the version."""
    found = list(start(told=EOFError()).stream([calls(1.0), calls(2.0)]))
    assert [told(each) for each in found] == [[2.0], [4.0]]


def test_a_run_between_two_batches_disturbs_neither(start: Start) -> None:
    """A failing call is tried alone while the next batch is on its way."""
    session = start()
    stream = session.stream([calls(1.0, 2.0), calls(3.0), calls(4.0, 5.0)])
    found = [(told(outcomes), told(session.run(calls(7.0)))) for outcomes in stream]
    assert found == [([2.0, 4.0], [14.0]), ([6.0], [14.0]), ([8.0, 10.0], [14.0])]


def test_the_last_call_beside_others_is_not_believed_either(start: Start) -> None:
    """Those beside it have answered already; it ran in their company all the same."""
    session = start(told=_BESIDE)
    batches = [calls(1.0), calls(2.0, CROWDED)]
    assert [told(each) for each in session.stream(batches)] == [[2.0], [4.0, 2 * CROWDED]]


def test_what_does_not_load_again_is_not_tried_for_each_that_waits(start: Start, log: list[object]) -> None:
    """A load may take two minutes."""
    session = start(Loaded(), Unloadable("gone"), Unloadable("gone"))
    batches = [calls(1.0), calls(CRASH), calls(2.0), calls(3.0), calls(4.0)]
    found = [told(each) for each in session.stream(batches)]
    assert found[:2] == [[2.0], [CRASHED]]
    assert log.count("fork") <= 3


def test_a_crash_in_a_stream_stays_in_its_batch(start: Start) -> None:
    """The batches after it run."""
    found = list(start().stream([calls(1.0, CRASH), calls(2.0)]))
    assert [told(each) for each in found] == [[2.0, CRASHED], [4.0]]


def test_failures_anywhere_in_a_stream_end_it(start: Start, log: list[object]) -> None:
    """A hang costs seconds: whoever streams has seen enough after three, and no other reply is mixed up."""
    session = start()
    batches = [calls(HANG, 1.0), calls(2.0, CRASH), calls(3.0, HANG, 4.0), calls(5.0, 6.0), calls(7.0)]
    ended = Crashed(None, "not run: 3 calls crashed or hung")
    assert [told(each) for each in session.stream(iter(batches))] == [
        [HUNG, 2.0],
        [4.0, CRASHED],
        [6.0, HUNG, ended],
        [ended, ended],
        [ended],
    ]
    assert not session.busy
    assert told(session.run(calls(8.0))) == [16.0]
    assert ("received", 5.0, 10.0) not in log


def test_what_nobody_waits_for_is_not_waited_for(start: Start, log: list[object]) -> None:
    """A stream that is left may have calls on their way that hang: their process goes."""
    session = start()
    stream = session.stream([calls(1.0), calls(HANG), calls(2.0)])
    assert told(next(stream)) == [2.0]
    assert isinstance(stream, Generator)
    stream.close()
    assert not session.busy
    assert log[-1] == "end"
    assert told(session.run(calls(3.0))) == [6.0]
    assert ("received", HANG, 10.0) not in log


def test_a_stream_that_is_left_when_all_is_answered_keeps_its_process(
    start: Start, log: list[object]
) -> None:
    """Loading again costs time too."""
    session = start()
    stream = session.stream([calls(1.0)])
    assert told(next(stream)) == [2.0]
    assert isinstance(stream, Generator)
    stream.close()
    assert told(session.run(calls(3.0))) == [6.0]
    assert log.count("fork") == 1


def test_a_closed_session_answers_what_was_on_its_way(start: Start, log: list[object]) -> None:
    """Closing in the middle of a stream leaves no process and nobody waiting."""
    session = start()
    stream = session.stream([calls(1.0), calls(2.0), calls(3.0)])
    assert told(next(stream)) == [2.0]
    session.close()
    session.close()
    closed = [Crashed(None, "not run: the session was closed")]
    assert [told(each) for each in stream] == [closed, closed]
    assert log.count("end") == 1


def test_an_interrupt_leaves_no_process(start: Start, log: list[object]) -> None:
    """Ctrl-C while waiting ends the worker, whose answers nobody would match to calls any more."""
    session = start()
    with pytest.raises(KeyboardInterrupt):
        session.run(calls(INTERRUPT))
    assert log[-1] == "end"
    assert told(session.run(calls(1.0))) == [2.0]


def test_limits_are_those_that_were_asked_for(start: Start, log: list[object]) -> None:
    """Seconds a call, and how many failures are enough."""
    session = start(limits=Limits(call=3.0, failures=1))
    assert told(session.run(calls(HANG, 1.0))) == [
        Hung(3.0),
        Crashed(None, "not run: 1 calls in a row crashed or hung"),
    ]
    assert ("received", HANG, 3.0) in log


def test_a_crash_for_want_of_memory_says_what_the_limit_was(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash at our own limit must not look like one of the version alone."""
    monkeypatch.setattr(Scripted, "end", lambda _: Ending(-6, "what(): std::bad_alloc"))
    (outcome,) = start().run(calls(CRASH))
    assert outcome == Crashed(
        "SIGABRT",
        "the process was ended by SIGABRT: what(): std::bad_alloc (its memory may grow by 4 GiB once loaded)",
    )


@pytest.mark.parametrize(
    ("number", "outcome"),
    [(CRASH, CRASHED), (HANG, HUNG)],
)
def test_a_block_that_ends_badly_is_told_and_the_next_one_loads_again(
    start: Start, log: list[object], number: float, outcome: object
) -> None:
    """It has the seconds of the block and those of one call."""
    session = start()
    assert session.time(calls(number, 2.0), 3.0) == outcome
    assert log == ["fork", ("load", "genre/1"), ("clock", 2, 3.0), ("received", number, 13.0), "end"]
    session.time(calls(1.0), 3.0)
    assert log.count("fork") == 2


def test_a_block_that_cannot_be_run(start: Start, log: list[object]) -> None:
    """What the server refuses is no time, nor is what does not load again; an interruption closes."""
    session = start(Unloadable("gone"))
    refused = session.time([Call(SIGNATURE, {})], 1.0)
    assert isinstance(refused, Refused)
    assert log == []
    assert session.time(calls(1.0), 1.0) == Crashed(None, "not run: the version did not load again: gone")
    with pytest.raises(KeyboardInterrupt):
        session.time(calls(INTERRUPT), 1.0)
    assert log[-1] == "end"
