"""A version in a worker process, seen from the parent: calls in, one outcome each out, whatever happens."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sigpact.errors import RuntimeUnavailableError
from sigpact.runtime.limits import Limits
from sigpact.runtime.plans import answered, plan
from sigpact.runtime.processes import Ending, Worker
from sigpact.runtime.protocol import Call, Crashed, Hung, Outcome, Refused, Timed, Unloadable
from sigpact.runtime.worker import Calls, Clock, Load, Loaded, Plan, Tensors


class _Batch:
    """Calls on their way: what is sent, and the outcomes that are there already."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self.plans = [plan(call) for call in calls]
        self.outcomes: list[Outcome] = []
        self.failures = 0

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
        self._batch: _Batch | None = None

    @property
    def busy(self) -> bool:
        """Whether calls are on their way."""
        return self._batch is not None

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
        return self._collect(self._submit(calls))

    def stream(self, batches: Iterable[Sequence[Call]]) -> Iterator[list[Outcome]]:
        """Run batches, the next one already while the caller judges this one. See `Session.stream`."""
        ahead: _Batch | None = None
        for calls in batches:
            done = self._collect(ahead) if ahead else None
            ahead = self._submit(calls)
            if done is not None:
                yield done
        if ahead:
            yield self._collect(ahead)

    def time(self, calls: Sequence[Call], seconds: float) -> Timed | Refused | Crashed | Hung:
        """Run calls and tell how long each took. See `Session.time`."""
        if self._batch is not None:
            self._collect(self._batch)
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
        if self._batch is not None:
            self._batch.give_up("not run: the session was closed")
            self._batch = None
        if self._worker is not None:
            self._end(self._worker)

    def _submit(self, calls: Sequence[Call]) -> _Batch:
        if self._batch is not None:
            self._collect(self._batch)
        batch = _Batch(calls)
        batch.take_refusals()
        if batch.rest:
            self._batch = batch
            self._send(batch)
        return batch

    def _send(self, batch: _Batch) -> None:
        try:
            worker = self._ready()
            if isinstance(worker, Unloadable):
                batch.give_up(f"not run: the version did not load again: {worker.reason}")
                return
            worker.send(Calls(batch.rest))
        except BaseException:
            self.close()
            raise

    def _ready(self) -> Worker | Unloadable:
        worker = self._worker or self.start()
        self._live.sort(key=lambda session: session is self)  # the one used last goes to the end
        return worker

    def _collect(self, batch: _Batch) -> list[Outcome]:
        try:
            while (worker := self._worker) and len(batch.outcomes) < len(batch.calls):
                batch.outcomes.append(self._receive(worker, batch.calls[len(batch.outcomes)]))
                batch.take_refusals()
                batch.failures = 0 if self._worker else batch.failures + 1
                if batch.failures:
                    self._recover(batch)
        except BaseException:
            self.close()
            raise
        if self._batch is batch:
            self._batch = None
        return batch.outcomes

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

    def _recover(self, batch: _Batch) -> None:
        if batch.failures >= self._limits.failures:
            batch.give_up(f"not run: {batch.failures} calls in a row crashed or hung")
        elif batch.rest:
            self._send(batch)

    def _end(self, worker: Worker) -> Ending:
        self._worker = None
        self._live.remove(self)
        return worker.end()
