"""`shrink`: from a request that fails to the smallest one that was found to fail as well.

A pure function: it proposes requests of the contract's domain, many at a time, and whoever calls it says
which of them fail. The same request and the same answers give the same result, and what comes out is shrunk
no further when it is put in again, unless the calls ran out.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sigpact.contract.model import Contract, SignatureUse
from sigpact.values.cuts import cut, frame_of, parts, without_optional
from sigpact.values.features import drawn_use
from sigpact.values.given import Given, narrowed
from sigpact.values.requests import Request
from sigpact.values.shrink_values import Asking, Simplified, simpler_values, simplified, size_of

Fails = Callable[[Sequence[Request]], Sequence[bool]]
"""Says of each of some requests whether it fails as the first one did."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How many requests may be asked about in all, how many in one go, and how many may fail.

    Where a failure costs seconds (a crash, say) and an answer nothing, it is the failures that count.
    """

    calls: int = 1000
    at_once: int = 64
    failures: int | None = None


DEFAULT: Final = Budget()


def shrink(
    contract: Contract, use: SignatureUse, request: Request, fails: Fails, budget: Budget = DEFAULT
) -> Request:
    """Return the smallest request that was found to fail; the given one where none smaller does.

    Fewest inputs, then fewest elements (rows and named dimensions), then the simplest elements. What lies
    outside of the domain in `request` (of a real row, say) may stay; nothing else outside is proposed.
    """
    state = _state(contract, use, request, fails, budget)
    while state.improves(_passes(state)):
        pass
    return state.request


def alone(contract: Contract, use: SignatureUse, request: Request, row: int) -> Request | None:
    """Return a request with one row of another; `None` where the contract has no call of this row alone."""
    state = _state(contract, use, request, lambda requests: [False] * len(requests), DEFAULT)
    frame = frame_of(state.contract, state.use, request)
    for size in () if frame is None else frame.ranges:
        if frame is None or not frame.counts_rows(size, request) or size.low > 1:
            continue
        made = cut(frame, request, size, [row])
        if made is not None and _keeps_words(state, made) and state.given.holds(made):
            return made
    return None


def _state(
    contract: Contract, use: SignatureUse, request: Request, fails: Fails, budget: Budget
) -> "_Shrinking":
    use = drawn_use(contract, use)
    given = Given(contract, use)
    if use.given:
        contract, use = narrowed(contract, use)
    known = {
        tensor.name: simplified(contract, tensor, request.values[tensor.name])
        for tensor in use.inputs
        if tensor.name in request.values
    }
    return _Shrinking(contract, use, request, known, given, fails, budget)


@dataclass(slots=True, eq=False)
class _Shrinking:
    """The smallest request so far, and what was asked already."""

    contract: Contract
    use: SignatureUse
    request: Request
    known: Mapping[str, Simplified | None]
    given: Given
    fails: Fails
    budget: Budget
    asked: int = 0
    answers: dict[bytes, bool] = field(default_factory=dict)

    def current(self) -> Request:
        """Return the smallest request so far."""
        return self.request

    def improves(self, passes: Iterable[Asking]) -> bool:
        """Run passes one after the other; say whether any made the request smaller."""
        before = self.request
        for each in passes:
            self._run(each)
        return self.request is not before

    def _run(self, asking: Asking) -> None:
        try:
            candidates = next(asking)
            while self._may_ask():
                index = self._first(candidates)
                if index is not None:
                    self.request = candidates[index]
                candidates = asking.send(index)
        except StopIteration:
            return

    def _may_ask(self) -> bool:
        most = self.budget.failures
        return self.asked < self.budget.calls and (most is None or sum(self.answers.values()) < most)

    def _first(self, candidates: Sequence[Request]) -> int | None:
        """Return the smallest candidate that is smaller, is one that the client sends, and fails."""
        mine = size_of(self.contract, self.request)
        sizes = [size_of(self.contract, each) for each in candidates]
        smaller = sorted((at for at in range(len(sizes)) if sizes[at] < mine), key=lambda index: sizes[index])
        smaller = [each for each in smaller if self.given.holds(candidates[each])]
        for start in range(0, len(smaller), self.budget.at_once):
            chunk = smaller[start : start + self.budget.at_once]
            failing = self._ask([candidates[each] for each in chunk])
            for index, is_failing in zip(chunk, failing, strict=True):
                if is_failing:
                    return index
        return None

    def _ask(self, requests: Sequence[Request]) -> list[bool]:
        """Say which requests fail; nothing is asked about twice, and nothing beyond the budget."""
        marks = [_digest(each) for each in requests]
        new = {mark: each for mark, each in zip(marks, requests, strict=True) if mark not in self.answers}
        asked = list(new.items())[: self.budget.calls - self.asked] if self._may_ask() else []
        self.asked += len(asked)
        if asked:
            failing = self.fails([each for _, each in asked])
            self.answers |= {mark: each for (mark, _), each in zip(asked, failing, strict=True)}
        return [self.answers.get(each, False) for each in marks]


def _passes(state: _Shrinking) -> Iterator[Asking]:
    """Yield what is tried in one round; each pass begins with the smallest request at that time."""
    yield _inputs(state)
    frame = frame_of(state.contract, state.use, state.request)
    for index in range(0 if frame is None else len(frame.ranges)):
        yield _dimension(state, index)
    for name, known in state.known.items():
        if known is not None and name in state.request.values:
            yield simpler_values(state.current, known)


def _inputs(state: _Shrinking) -> Asking:
    """Leave out what the client does not always send."""
    while found := list(without_optional(state.use, state.request)):
        if (yield found) is None:
            return


def _dimension(state: _Shrinking, index: int) -> Asking:
    """Cut one size, from the smallest that is allowed up to all but one, again while that helps."""
    improved = True
    while improved:
        improved = False
        for found in _cuts(state, index):
            if found and (yield found) is not None:
                improved = True
                break


def _cuts(state: _Shrinking, index: int) -> Iterator[list[Request]]:
    frame = frame_of(state.contract, state.use, state.request)
    if frame is None or index >= len(frame.ranges):
        return
    size = frame.ranges[index]
    for kept in parts(frame.sizes[size.names[0]], size.low):
        made = (cut(frame, state.request, size, each) for each in kept)
        yield [each for each in made if each is not None and _keeps_words(state, each)]


def _keeps_words(state: _Shrinking, made: Request) -> bool:
    """Whether the words about whole tensors that hold of the request hold of the smaller one."""
    for tensor in state.use.inputs:
        value = made.values.get(tensor.name)
        if value is None:
            continue
        if tensor.columns and value.shape[-1:] != (len(tensor.columns),):
            return False
        known = state.known[tensor.name]
        if known is not None and not known.admits(state.request.values[tensor.name].array, value.array):
            return False
    return True


def _digest(request: Request) -> bytes:
    hashed = hashlib.blake2b(digest_size=16)
    for name, value in sorted(request.values.items()):
        array = value.array
        hashed.update(f"{name} {value.dtype} {array.shape}".encode(errors="surrogatepass"))
        hashed.update(repr(array.tolist()).encode() if array.dtype == object else array.tobytes())
    return hashed.digest()
