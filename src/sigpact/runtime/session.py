"""A version in a worker process, seen from the parent: calls in, one outcome each out, whatever happens."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sigpact.errors import RuntimeUnavailableError
from sigpact.runtime.limits import Limits
from sigpact.runtime.plans import answered, plan
from sigpact.runtime.processes import Ending, Worker
from sigpact.runtime.protocol import Answered, Call, Crashed, Hung, Outcome, Refused, Timed, Unloadable
from sigpact.runtime.worker import Asked, Calls, Clock, Load, Loaded, Plan, Tensors, Told

_AHEAD: Final = 4
"""Batches on their way: while one is answered, the next are there already."""


@dataclass(slots=True)
class _Failures:
    """How many calls crashed or hung: in a row, or of all batches of a stream."""

    in_a_row: bool
    count: int = 0

    def add(self, *, failed: bool) -> None:
        """Count one more call."""
        self.count = self.count + failed if failed or not self.in_a_row else 0

    @property
    def told(self) -> str:
        """Why the calls left are not run."""
        return f"not run: {self.count} calls{' in a row' if self.in_a_row else ''} crashed or hung"


class _Batch:
    """Calls on their way: what is sent, and the outcomes that are there already."""

    def __init__(self, calls: Sequence[Call], failures: _Failures) -> None:
        self.calls = calls
        self.plans = [plan(call) for call in calls]
        self.at_once = 1
        self.outcomes: list[Outcome] = []
        self.failures = failures
        self.take_refusals()

    @property
    def is_done(self) -> bool:
        """Whether every call has its outcome."""
        return len(self.outcomes) == len(self.calls)

    @property
    def rest(self) -> tuple[Plan, ...]:
        """The plans that a worker has still to run."""
        return tuple(each for each in self.plans[len(self.outcomes) :] if isinstance(each, Plan))

    def take_refusals(self) -> None:
        """Move on over calls that no worker has to see."""
        while len(self.outcomes) < len(self.plans):
            planned = self.plans[len(self.outcomes)]
            if isinstance(planned, Plan):
                return
            self.outcomes.append(planned)

    def give_up(self, reason: str) -> None:
        """Fill in the calls that will not be run."""
        for planned in self.plans[len(self.outcomes) :]:
            self.outcomes.append(Crashed(None, reason) if isinstance(planned, Plan) else planned)


class TensorFlowSession:
    """One version; see `Session` of the protocol. It loads again by itself when its process is gone.

    `kept` is held as long as the session is: a fetched folder goes with it.
    """

    def __init__(
        self,
        fork: Callable[[], Worker],
        live: list["TensorFlowSession"],
        export: str,
        limits: Limits,
        kept: object = None,
    ) -> None:
        self._fork = fork
        self._kept = kept
        self._live = live
        self._export = export
        self._limits = limits
        self._worker: Worker | None = None
        self._waiting: list[_Batch] = []
        """What was sent and is not answered, in order."""
        self._independent: dict[tuple[str, ...], bool] = {}
        """By what is fetched: whether such calls may run side by side."""
        self._alone = False
        """Whether a failure in company was seen: from then on every call runs by itself."""

    @property
    def busy(self) -> bool:
        """Whether calls are on their way."""
        return bool(self._waiting)

    def start(self) -> Worker | Unloadable:
        """Load the version in a fresh process.

        Raises `RuntimeUnavailableError` when it is TensorFlow, not the version, that fails.
        """
        self._worker = worker = self._fork()
        self._live.append(self)
        worker.send(Load(self._export, self._limits.memory))
        try:
            reply = worker.receive(self._limits.load)
        except TimeoutError:
            self._end(worker)
            return Unloadable(f"it did not load within {self._limits.load:g} s")
        except EOFError:
            return Unloadable(f"loading it failed: {self._told(self._end(worker))}")
        except BaseException:
            self._end(worker)
            raise
        if isinstance(reply, Loaded):
            return worker
        self._end(worker)
        if isinstance(reply, Unloadable):
            return reply
        raise RuntimeUnavailableError(f"{self._export} could not be loaded: {reply.detail}")

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        """Run calls in order. See `Session.run`."""
        self._collect_all()
        return self._collect(self._submit(_Batch(calls, _Failures(in_a_row=True))))

    def stream(self, batches: Iterable[Sequence[Call]]) -> Iterator[list[Outcome]]:
        """Run batches, the next ones already while the caller judges this one. See `Session.stream`.

        Calls run side by side where that makes no difference; whether it does is asked when a second batch
        comes. One that fails in company is run again by itself, and so are those after it: only then is it
        known which one it was. What is on its way when the caller stops is not waited for: it may hang.
        """
        ahead: deque[_Batch] = deque()
        failures = _Failures(in_a_row=False)
        try:
            for number, calls in enumerate(batches):
                done = self._collect(ahead.popleft()) if len(ahead) == _AHEAD else None
                batch = _Batch(calls, failures)
                if self._are_independent(batch, ask=number > 0):
                    batch.at_once = self._limits.at_once
                ahead.append(self._submit(batch))
                if done is not None:
                    yield done
            while ahead:
                yield self._collect(ahead.popleft())
        finally:
            self._leave(ahead)

    def time(self, calls: Sequence[Call], seconds: float) -> Timed | Refused | Crashed | Hung:
        """Run calls and tell how long each took. See `Session.time`."""
        self._collect_all()
        plans = [plan(call) for call in calls]
        for each in plans:
            if not isinstance(each, Plan):
                return each
        try:
            worker = self._ready()
            if isinstance(worker, Unloadable):
                return Crashed(None, f"not run: the version did not load again: {worker.reason}")
            worker.send(Clock(tuple(each for each in plans if isinstance(each, Plan)), seconds))
            timed: Timed | Refused | Crashed | Hung = self._reply(worker, seconds)
        except BaseException:
            self.close()
            raise
        return timed

    def close(self) -> None:
        """Let the process go; a later call would load the version again."""
        for each in self._waiting:
            each.give_up("not run: the session was closed")
        self._waiting.clear()
        if self._worker is not None:
            self._end(self._worker)

    def _leave(self, batches: Iterable[_Batch]) -> None:
        """Let go of batches that nobody collects; what else waits is sent again."""
        left = [each for each in batches if each in self._waiting]
        for each in left:
            each.give_up("not run: nobody waits for it")
            self._waiting.remove(each)
        if left and self._worker is not None:
            self._end(self._worker)
            self._send_again()

    def _submit(self, batch: _Batch) -> _Batch:
        if batch.failures.count >= self._limits.failures:
            batch.give_up(batch.failures.told)
        if batch.rest:
            self._waiting.append(batch)
            try:
                self._send(batch)
            except BaseException:
                self.close()
                raise
        return batch

    def _are_independent(self, batch: _Batch, *, ask: bool) -> bool:
        if self._alone or self._limits.at_once == 1:
            return False
        fetched = {each.fetches for each in batch.rest}
        for fetches in fetched - self._independent.keys() if ask else ():
            self._collect_all()
            if (told := self._ask(fetches)) is not None:
                self._independent[fetches] = told
        return all(self._independent.get(each, False) for each in fetched)

    def _ask(self, fetches: tuple[str, ...]) -> bool | None:
        """Return whether such calls may run side by side; `None` where nobody is there to say."""
        worker = self._worker
        if worker is None:
            return None
        worker.send(Asked(fetches))
        try:
            reply = worker.receive(self._limits.call)
        except (EOFError, TimeoutError):
            self._end(worker)
            return None
        except BaseException:
            self.close()
            raise
        return isinstance(reply, Told) and reply.independent

    def _send(self, batch: _Batch) -> None:
        worker = self._ready()
        if isinstance(worker, Unloadable):
            # It would not load for the others either.
            for each in tuple(self._waiting):
                each.give_up(f"not run: the version did not load again: {worker.reason}")
                self._waiting.remove(each)
            return
        batch.at_once = 1 if self._alone else batch.at_once
        worker.send(Calls(batch.rest, batch.at_once))

    def _ready(self) -> Worker | Unloadable:
        worker = self._worker or self.start()
        self._live.sort(key=lambda session: session is self)  # the one used last goes to the end
        return worker

    def _collect(self, batch: _Batch) -> list[Outcome]:
        try:
            while not batch.is_done:
                self._take(self._waiting[0])
        except BaseException:
            self.close()
            raise
        return batch.outcomes

    def _collect_all(self) -> None:
        for each in tuple(self._waiting):
            self._collect(each)

    def _take(self, batch: _Batch) -> None:
        """Take one reply, for the first batch that waits for one."""
        worker = self._worker
        if worker is None:
            raise ValueError("what waits for replies was sent to a worker")
        in_company = batch.at_once > 1 and (len(batch.calls) > 1 or len(self._waiting) > 1)
        outcome = self._receive(worker, batch.calls[len(batch.outcomes)])
        if in_company and _is_doubtful(outcome):
            self._alone = True
            if self._worker:
                self._end(self._worker)
        else:
            batch.outcomes.append(outcome)
            batch.take_refusals()
            batch.failures.add(failed=self._worker is None)
        if batch.is_done:
            self._waiting.remove(batch)
        if self._worker is None:
            self._send_again()

    def _send_again(self) -> None:
        """Send what waits to a fresh process; of those that failed too often nothing."""
        for each in tuple(self._waiting):
            if each.is_done:
                continue
            if each.failures.count < self._limits.failures:
                self._send(each)
            else:
                each.give_up(each.failures.told)
                self._waiting.remove(each)

    def _receive(self, worker: Worker, call: Call) -> Outcome:
        reply = self._reply(worker)
        return answered(call, reply.fetched) if isinstance(reply, Tensors) else reply

    def _reply(self, worker: Worker, more: float = 0.0) -> Any:
        """Return the worker's next reply, or how it ended; `more`: seconds beyond those of one call."""
        try:
            return worker.receive(self._limits.call + more)
        except TimeoutError:
            self._end(worker)
            return Hung(self._limits.call)
        except EOFError:
            ending = self._end(worker)
            return Crashed(ending.signal, self._told(ending))

    def _told(self, ending: Ending) -> str:
        limit = f" (its memory may grow by {self._limits.memory / 2**30:g} GiB once loaded)"
        return f"the process {ending}" + limit * ("bad_alloc" in ending.words)

    def _end(self, worker: Worker) -> Ending:
        self._worker = None
        self._live.remove(self)
        return worker.end()


def _is_doubtful(outcome: Outcome) -> bool:
    """Whether a call may end so because of those beside it: it crashed or hung, or memory ran out."""
    match outcome:
        case Refused(status=status):
            return status == "RESOURCE_EXHAUSTED"
        case Answered():
            return False
        case _:
            return True
