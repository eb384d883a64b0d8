"""The dynamic half: one use at one loaded version, over its examples, real, boundary and random rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sigpact.checks.answers import check_answer
from sigpact.checks.body_schema import check_body
from sigpact.checks.breaches import Breach
from sigpact.checks.evidence import Counts
from sigpact.checks.examples import Failure, check_example, check_raw_example
from sigpact.checks.labels import check_labels, shows
from sigpact.contract.model import Example, RawExample, SignatureUse, TensorExample
from sigpact.engine.budget import Budget
from sigpact.engine.journey import Arrival, Garbled, Journey, Read, Sent
from sigpact.engine.kept import UNSTEADY, Kept, is_steady
from sigpact.engine.static import lacks_domain
from sigpact.engine.tally import Tally, breaches, failure, is_exhausted
from sigpact.errors import ContractError
from sigpact.findings import Problem
from sigpact.frozen import replace
from sigpact.rows.examples import sendable_example
from sigpact.runtime.protocol import Call, Crashed, Hung, Outcome, Refused, Session
from sigpact.values.examples import fed_request
from sigpact.values.plan import Plan
from sigpact.values.requests import Origin, Request
from sigpact.wire.client_writes import CannotWrite
from sigpact.wire.refusal import http_status

_CALLS: Final = 32
"""Calls in one message to the worker: enough to keep it busy, few enough to keep memory flat."""
_ROWS: Final = 1024
"""Rows in one message: while some run the next are drawn, and the first is to be under way soon."""
_HURRIED: Final = (8, 128)
"""Calls and rows in one message where seconds are counted: what is on its way is still waited for."""
_NUMBERS: Final = 1 << 21
"""So many numbers (a text is one) end a message too: images are few a message, and memory stays flat."""
_SAMPLE: Final = 1000
"""So many random rows go through REST bodies in any case; of the rest, what JSON may not carry unchanged."""
ENDED: Final = "crashed, hung or ran out of memory"
GIVE_UP: Final = 3
"""So many crashes, hangs and calls without memory end a part: the next costs seconds, for nothing new."""


@dataclass(slots=True, eq=False)
class Ran:
    """What running a use told: troubles, counts, and what was not run and why."""

    counts: Counts
    tally: Tally = field(default_factory=Tally)
    calls: int = 0
    through_rest: int = 0
    undrawn: list[str] = field(default_factory=list)
    real_only: list[str] = field(default_factory=list)
    """What nothing is made up for, and real rows are sent of."""
    notes: list[str] = field(default_factory=list)
    boundaries: tuple[int, int] | None = None
    """Boundary rows that were to be sent, of how many there are."""
    examples_only: list[str] = field(default_factory=list)

    def boundaries_sent(self) -> tuple[int, int] | None:
        """Return the same, as far as they were sent: crashes may have ended it."""
        if self.boundaries is None:
            return None
        chosen, total = self.boundaries
        return min(chosen, self.counts.rows.get(Origin.BOUNDARY, 0)), total

    problems: list[Problem] = field(default_factory=list)
    """Examples and real rows that are wrong, and were not sent."""
    examples: list[tuple[Example, Arrival, tuple[Breach, ...]]] = field(default_factory=list)
    """Each example with what came of it, and what is wrong with that; where `keep`, asked for twice."""
    kept: Kept | None = None
    """What came of real rows, where their recorded answers are to be updated."""
    left: list[str] = field(default_factory=list)
    """What was not sent, as what came before it crashed or hung."""
    gave_up: str | None = None
    """Why values were sent no further, if so: each such call costs seconds."""

    @property
    def rows(self) -> int:
        """How many rows were sent and judged."""
        return sum(self.counts.rows.values())

    def count(self, request: Request, arrival: Arrival) -> None:
        """Count what was sent, and what came."""
        self.calls += 1
        self.counts.add(request, arrival.answer if isinstance(arrival, Read) else None)
        if isinstance(arrival, Read) and arrival.body is not None:
            self.through_rest += request.rows


def run_values(
    journey: Journey, session: Session, ran: Ran, planned: Plan, budget: Budget | None = None
) -> None:
    """Send boundaries, random rows as long as there is time, and judge every answer."""
    budget = budget or Budget()
    for each in planned.undrawable:
        told = f"{journey.use.name}: values of {each}"
        (ran.real_only if _has_real_rows_only(journey.use, each.tensor) else ran.undrawn).append(told)
    ran.notes.extend(f"{journey.use.name}: {note}" for note in planned.notes)
    ran.boundaries = planned.boundaries
    ran.examples_only += [each.tensor for each in planned.undrawable if each.tensor != journey.use.name]
    failures = 0
    for request, arrival in streamed(journey, session, planned.requests, budget):
        ran.count(request, arrival)
        found = breaches(journey.contract, journey.use, request, arrival)
        ran.tally.add(found, request)
        failures += isinstance(arrival, Crashed | Hung) or any(map(is_exhausted, found))
        if failures >= GIVE_UP:
            ran.gave_up = f"stopped after {failures} calls that {ENDED}"
            ran.notes.append(f"{journey.use.name}: {ran.gave_up}")
            return
    cut = budget.notes(f"{journey.use.name}: random rows")
    ran.notes.extend(cut)
    drawn = ran.counts.rows.get(Origin.RANDOM, 0)
    if not cut and drawn < planned.rows:
        ran.notes.append(
            f"{journey.use.name}: {drawn:,} random rows, not {planned.rows:,}: no more satisfied its words"
        )


def _has_real_rows_only(use: SignatureUse, name: str) -> bool:
    """Whether an input is a number without a domain, and the contract names real rows."""
    named = [each for each in (*use.inputs, *use.context) if each.name == name]
    return bool(use.rows_from and named) and all(map(lacks_domain, named))


def run_examples(journey: Journey, session: Session, ran: Ran, *, keep: bool = False) -> None:
    """Send each example of the contract, and compare what comes back; what the client never sends is told.

    `keep`: what came may be written down, and what is answered otherwise is asked for twice.
    """
    failures = 0
    for number, example in enumerate(journey.use.examples):
        if failures >= GIVE_UP:
            left = f"{len(journey.use.examples) - number} more examples ({failures} calls {ENDED})"
            ran.left.append(f"{journey.use.name}: {left}")
            break
        try:
            request = sendable_example(journey.contract, journey.use, example)
        except ContractError as error:
            ran.problems.extend(error.problems)
            continue
        sent, arrival, found = resent(journey, session, example, request)
        if request is None:
            _count_raw(ran, arrival)
        else:
            ran.count(request, arrival)
        ran.tally.add(found, request, example)
        failures += isinstance(arrival, Crashed | Hung)
        again = keep and found and isinstance(arrival, Read)
        steady = not again or is_steady(arrival, alone(journey, session, sent))
        ran.examples.append((example, arrival, found if steady else (*found, UNSTEADY)))
    _find_labels(journey, ran)


def _find_labels(journey: Journey, ran: Ran) -> None:
    """Look for an order of labels in which every example comes right."""
    answered = [
        (example, arrival.answer)
        for example, arrival, _ in ran.examples
        if isinstance(example, TensorExample) and isinstance(arrival, Read)
    ]
    for breach in check_labels(journey.use, answered):
        example, _ = next(each for each in answered if shows(journey.use, each, breach))
        ran.tally.add([breach], sendable_example(journey.contract, journey.use, example), example)


def order_alone(journey: Journey, example: Example | None, arrival: Arrival) -> tuple[Breach, ...]:
    """Return what one answered example says of the order of labels, whatever the others say."""
    if not isinstance(example, TensorExample) or not isinstance(arrival, Read):
        return ()
    return tuple(check_labels(replace(journey.use, examples=(example,)), [(example, arrival.answer)]))


def example_breaches(
    journey: Journey, example: TensorExample, request: Request, arrival: Arrival
) -> tuple[Breach, ...]:
    """Return where an answer differs from the example, and from the contract's words about every answer."""
    if example.error is not None and not isinstance(arrival, Refused | Read):
        return (failure(journey.contract, journey.use, arrival),)
    if isinstance(arrival, Read):
        differing = tuple(check_example(journey.use, example, arrival.answer))
        expected_error = example.error is not None
        return (
            differing
            if expected_error
            else (*differing, *breaches(journey.contract, journey.use, request, arrival))
        )
    if example.error is None:
        return (failure(journey.contract, journey.use, arrival),)
    return tuple(check_example(journey.use, example, _failed(journey, arrival)))


def raw_breaches(journey: Journey, example: RawExample, sent: Sent, arrival: Arrival) -> tuple[Breach, ...]:
    """Return where a body differs from the example's, and from the contract's words about every answer."""
    match arrival:
        case Read(body=bytes() as body) if example.error is None:
            return (*check_raw_example(journey.use, example, body), *_whole(journey, example, sent, arrival))
        case Read(body=bytes() as body) | Garbled(body=body):
            differing = tuple(check_raw_example(journey.use, example, body))
            if differing or example.error is not None or not isinstance(arrival, Garbled):
                return differing
            return (failure(journey.contract, journey.use, arrival),)
        case Refused():
            return tuple(check_raw_example(journey.use, example, _failed(journey, arrival)))
        case Read():
            raise TypeError("a raw example is a REST body, and so is its answer")
        case _:
            return (failure(journey.contract, journey.use, arrival),)


def _whole(journey: Journey, example: RawExample, sent: Sent, read: Read) -> tuple[Breach, ...]:
    """Return what else is wrong with an answer; JSON Schema speaks where the checks are silent."""
    contract, use = journey.contract, journey.use
    if use.verb == "predict" and sent.call is not None:
        found = breaches(contract, use, fed_request(contract, use, example, sent.call.feeds), read)
    else:
        request = Request(Origin.EXAMPLE, {}, {}, sent.examples, example.name)
        found = tuple(check_answer(contract, use, request, read.answer, served=read.served))
    return found or tuple(check_body(contract, use, example, read.body or b""))


def resent(
    journey: Journey, session: Session, example: Example | None, request: Request | None
) -> tuple[Sent, Arrival, tuple[Breach, ...]]:
    """Send an example or a request alone, and return what came and what is wrong with it."""
    sent = sent_of(journey, example, request)
    arrival = alone(journey, session, sent)
    return sent, arrival, wrong_with(journey, example, request, (sent, arrival))


def sent_of(journey: Journey, example: Example | None, request: Request | None) -> Sent:
    """Write an example or a request as the client does; a raw example is written already."""
    if isinstance(example, RawExample):
        return journey.post(example.request.encode())
    if request is None:
        raise ValueError("only a raw example has no request")
    return journey.send(request)


def wrong_with(
    journey: Journey, example: Example | None, request: Request | None, came: tuple[Sent, Arrival]
) -> tuple[Breach, ...]:
    """Return what is wrong with what came of an example or a request."""
    sent, arrival = came
    if isinstance(example, RawExample):
        return raw_breaches(journey, example, sent, arrival)
    if request is None:
        raise ValueError("only a raw example has no request")
    if example is None:
        return judged(journey, request, arrival)
    return example_breaches(journey, example, request, arrival)


def judged(journey: Journey, request: Request, arrival: Arrival) -> tuple[Breach, ...]:
    """Return what is wrong with what came of a request: where it is recorded, other than that too."""
    wrong = breaches(journey.contract, journey.use, request, arrival)
    return (*wrong, *recorded_breaches(journey.use, request, arrival))


def recorded_breaches(use: SignatureUse, request: Request, arrival: Arrival) -> Iterator[Breach]:
    """Yield where an answer differs from the one that a file has of the same request."""
    if request.recorded is not None and request.recorded.answer and isinstance(arrival, Read):
        example = TensorExample("recorded answer", (*use.path, "rows_from"), (), request.recorded.answer)
        yield from check_example(use, example, arrival.answer)


def alone(journey: Journey, session: Session, sent: Sent) -> Arrival:
    """Run one request by itself."""
    if sent.call is None:
        return arrived(journey, sent, None)
    return arrived(journey, sent, session.run([sent.call])[0])


def arrivals(journey: Journey, session: Session, requests: Sequence[Request]) -> list[Arrival]:
    """Run requests in one go, and return what came of each."""
    return arrivals_of(journey, session, [journey.send(each) for each in requests])


def arrivals_of(journey: Journey, session: Session, sent: Sequence[Sent]) -> list[Arrival]:
    """Run what was sent in one go, and return what came of each."""
    outcomes = iter(session.run([each.call for each in sent if each.call is not None]))
    return [arrived(journey, each, None if each.call is None else next(outcomes)) for each in sent]


def _failed(journey: Journey, arrival: Refused | CannotWrite | Crashed | Hung | Garbled) -> Failure:
    if not isinstance(arrival, Refused):
        return Failure(None, failure(journey.contract, journey.use, arrival).received)
    return Failure(http_status(arrival.status) if journey.is_rest else None, arrival.message)


def streamed(
    journey: Journey, session: Session, requests: Iterable[Request], budget: Budget | None = None
) -> Iterator[tuple[Request, Arrival]]:
    """Yield each request with what came of it, the next batches already running while one is judged."""
    waiting: list[list[tuple[Request, Sent]]] = []
    random = 0

    def send(request: Request) -> Sent:
        nonlocal random
        random += request.rows * (request.origin is Origin.RANDOM)
        return journey.send_short(request) if random > _SAMPLE else journey.send(request)

    def batches() -> Iterator[list[Call]]:
        for batch in batched(requests, budget):
            pairs = [(request, send(request)) for request in batch]
            waiting.append(pairs)
            yield [sent.call for _, sent in pairs if sent.call is not None]

    for outcomes in session.stream(batches()):
        yield from _received(journey, waiting.pop(0), outcomes)


def _received(
    journey: Journey, pairs: list[tuple[Request, Sent]], outcomes: list[Outcome]
) -> Iterator[tuple[Request, Arrival]]:
    left = iter(outcomes)
    for request, sent in pairs:
        yield request, arrived(journey, sent, None if sent.call is None else next(left))


def arrived(journey: Journey, sent: Sent, outcome: Outcome | None) -> Arrival:
    """Return what came of what was sent; what never became a call has no outcome."""
    if outcome is not None:
        return journey.receive(sent, outcome)
    if sent.failure is None:
        raise ValueError("a request without a call has a failure")
    return sent.failure


def batched(requests: Iterable[Request], budget: Budget | None = None) -> Iterator[list[Request]]:
    """Yield as many requests as one message to the worker holds, as long as there is time for them."""
    budget = budget or Budget()
    calls, most = (_CALLS, _ROWS) if budget.seconds is None else _HURRIED
    batch: list[Request] = []
    rows = numbers = 0
    for request in budget.within(requests):
        batch.append(request)
        rows += request.rows
        numbers += sum(value.array.size for value in request.values.values())
        if len(batch) == calls or rows >= most or numbers >= _NUMBERS:
            yield batch
            batch, rows, numbers = [], 0, 0
    if batch:
        yield batch


def _count_raw(ran: Ran, arrival: Arrival) -> None:
    """Count a raw example as one row: how many instances it holds is the server's to say."""
    ran.calls += 1
    ran.counts.rows[Origin.EXAMPLE] = ran.counts.rows.get(Origin.EXAMPLE, 0) + 1
    ran.through_rest += isinstance(arrival, Read | Garbled)
