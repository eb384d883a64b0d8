"""From a relation that does not hold to a finding: the smallest row, call by call, and a kept case."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from sigpact.checks.breaches import Breach
from sigpact.checks.python_checks import UNDECIDED, about, judged
from sigpact.checks.related import sides
from sigpact.contract.model import Clause, Contract, SignatureUse
from sigpact.engine.cases import Case, case_id, keep
from sigpact.engine.causes import (
    Always,
    Cause,
    InCompany,
    Sometimes,
    by_chance,
    is_costly,
    level_of,
    rule_of,
    times,
    told_as,
)
from sigpact.engine.chains import Chain, Made, Trace, answers_of, run_chain
from sigpact.engine.options import Options
from sigpact.engine.relation_causes import (
    BROKEN,
    breaks,
    broken_because,
    failure_of,
    is_failing,
    leaves_open,
)
from sigpact.engine.selection import Binding
from sigpact.engine.static import Told, found
from sigpact.engine.witness import spoken_arrival, spoken_request, spoken_value
from sigpact.findings import Finding, Level, Witness
from sigpact.findings import Path as At
from sigpact.frozen import replace
from sigpact.savedmodel.folders import resolved
from sigpact.tensors.dtypes import BY_NAME
from sigpact.values.relations import relation_use
from sigpact.values.requests import Request
from sigpact.values.shrink import Budget, alone, shrink
from sigpact.wire.arrays import Array, Value

_TRIES: Final = Budget(200, 32)
_COSTLY: Final = Budget(40, 1, 4)
"""Of a call that crashes or hangs, each try that fails costs seconds."""
_SHOWN: Final = 1_000
"""Characters of each request and each answer that are shown; the kept case has the drawn inputs whole."""
_HIDDEN: Final = "(sensitive)"


@dataclass(frozen=True, slots=True, eq=False)
class Suspect:
    """A row for which a clause failed: alone, and in the request in which it did."""

    request: Request
    alone: Request


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One relation at one version: its calls, and how it is checked."""

    binding: Binding
    options: Options
    calls: Chain


@dataclass(frozen=True, slots=True, eq=False)
class Broken:
    """What went wrong, in the words of the finding that is made of it."""

    rule: str
    level: Level
    signature: str | None
    at: At
    path: At
    change: str
    message: str
    expected: str
    received: str
    why: str
    shows: str


def holds_finding(stage: Stage, clause: Clause, suspects: Sequence[Suspect], counted: str) -> Finding:
    """Return the finding that a clause does not hold for some rows, with the smallest of them."""
    calls, relation = stage.calls, stage.calls.relation

    def fails(requests: Sequence[Request]) -> list[bool]:
        return [breaks(calls, clause, trace) for trace in run_chain(calls, requests)]

    rows = [one for each in suspects if (one := alone(*_drawn(calls), each.alone, 0)) is not None]
    start = next((each for each, bad in zip(rows, fails(rows), strict=True) if bad), suspects[0].request)
    cause, trace = broken_because(calls, clause, _shrunk(calls, start, fails, _TRIES))
    broken = Broken(
        told_as(BROKEN, cause),
        Level.ERROR,
        None,
        ("relations", relation.name),
        clause.path,
        clause.text,
        f"relation {relation.name!r} does not hold ({counted}){_spoken_cause(cause)}",
        _relied_on(clause),
        said_sides(calls, clause, trace),
        clause.because or "the client relies on it between its calls",
        BROKEN,
    )
    return _finding(stage, broken, trace)


def _relied_on(clause: Clause) -> str:
    said = clause.text if clause.check is None else about(replace(clause, because=None))
    share = clause.tolerance.share
    return said if share is None else f"{said} in {share:.2%} of rows"


def undecided_finding(stage: Stage, clause: Clause, suspects: Sequence[Suspect], counted: str) -> Finding:
    """Return the finding that a check could not say whether a clause holds, with the smallest request."""
    calls, relation = stage.calls, stage.calls.relation

    def fails(requests: Sequence[Request]) -> list[bool]:
        return [leaves_open(calls, clause, trace) for trace in run_chain(calls, requests)]

    trace = run_chain(calls, [_shrunk(calls, suspects[0].request, fails, _TRIES)])[0]
    said = f"check {clause.text} {said_sides(calls, clause, trace)}"
    broken = Broken(
        UNDECIDED,
        Level.UNDECIDED,
        None,
        ("relations", relation.name),
        clause.path,
        clause.text,
        f"relation {relation.name!r}: {said} ({counted})",
        _relied_on(clause),
        said,
        clause.because or "the client relies on it between its calls",
        UNDECIDED,
    )
    return _finding(stage, broken, trace)


def call_finding(stage: Stage, breach: Breach, trace: Trace, counted: str) -> Finding:
    """Return the finding that a call of a relation is not answered, with the smallest request."""
    calls, failed = stage.calls, trace.failed
    if failed is None:
        raise ValueError("every call was answered")

    def fails(requests: Sequence[Request]) -> list[bool]:
        return [is_failing(each, failed.step.call.name, breach.rule) for each in run_chain(calls, requests)]

    smallest = _shrunk(calls, trace.request, fails, _COSTLY if is_costly(breach) else _TRIES)
    came = run_chain(calls, [smallest] * times(breach, smallest))
    failing = [is_failing(each, failed.step.call.name, breach.rule) for each in came]
    cause = by_chance(failing)
    shown = next((each for each, bad in zip(came, failing, strict=True) if bad), trace)
    seen = failure_of(shown.failed or failed)
    name, call = calls.relation.name, failed.step.call
    received = _HIDDEN if calls.is_sensitive else seen.received
    broken = Broken(
        rule_of(seen, cause),
        level_of(seen, cause),
        call.signature,
        ("relations", name, "calls", call.name),
        call.path,
        "",
        f"relation {name!r}, call {call.name!r}: {received} ({counted}){_spoken_cause(cause)}",
        seen.expected,
        received,
        "the client makes this call with what it read before, and gets no answer",
        seen.rule,
    )
    return _finding(stage, broken, shown)


def _spoken_cause(cause: Cause) -> str:
    match cause:
        case Sometimes(failed, sent):
            return f"; {failed} of {sent} times that the same was sent"
        case InCompany(row):
            return f"; beside the other rows only: it holds for row {row} alone"
        case Always():
            return ""


def said_sides(calls: Chain, clause: Clause, trace: Trace) -> str:
    """Say what each side of the failing comparison is, on the first row that fails."""
    if calls.is_sensitive:
        return _HIDDEN
    if trace.failed is not None:
        return failure_of(trace.failed).received
    answers = answers_of(calls, trace)
    seen = judged(clause, answers)
    if seen.undecided is not None:
        return ": ".join(filter(None, (seen.undecided, seen.problem)))
    if seen.problem is not None:
        return seen.problem
    row = int(np.argmin(seen.rows))
    said = [f"{text} is {_spoken(array, row, trace.request.rows)}" for text, array in sides(clause, answers)]
    return ", ".join(said) or "it does not"


def _spoken(array: Array, row: int, rows: int) -> str:
    one = array[row] if array.ndim and array.shape[0] == rows else array
    return spoken_value(Value(BY_NAME["string"], np.asarray(one, array.dtype)))


def _shrunk(
    calls: Chain, start: Request, fails: Callable[[Sequence[Request]], Sequence[bool]], budget: Budget
) -> Request:
    return shrink(*_drawn(calls), start, fails, budget)


def _drawn(calls: Chain) -> tuple[Contract, SignatureUse]:
    """Return what the drawn inputs are those of: the relation as if it were one signature."""
    contract = calls.steps[0].journey.contract
    return contract, relation_use(contract, calls.relation)


def _finding(stage: Stage, broken: Broken, trace: Trace) -> Finding:
    calls, case = stage.calls, _keep(stage, broken, trace)
    told = Told(
        broken.path,
        broken.signature,
        broken.at,
        broken.change,
        broken.message,
        broken.expected,
        broken.received,
        broken.why,
    )
    if calls.is_sensitive:
        seen = Witness(_HIDDEN, _HIDDEN)
    else:
        seen = Witness(spoken_chain(trace), _last(trace), case=case.id if case is not None else None)
    return found(stage.binding, broken.rule, broken.level, told, seen)


def spoken_chain(trace: Trace) -> str:
    """Say a chain in lines: what was drawn, then each call with what it was sent and what it answered."""
    drawn = ", ".join(f"{name}={spoken_value(value)}" for name, value in trace.request.values.items())
    return "\n".join([f"drawn: {_cut(drawn)}", *(spoken_call(made) for made in trace.made)])


def _last(trace: Trace) -> str:
    made = trace.made[-1]
    return f"{made.step.call.name}: {_cut(spoken_arrival(made.arrival, rest=made.step.journey.is_rest))}"


def spoken_call(made: Made) -> str:
    """Say one call in two lines: what it was sent, and what came."""
    journey, call = made.step.journey, made.step.call
    body = journey.send(made.request).body if journey.is_rest else None
    sent = spoken_request(journey.use, made.request) if body is None else body.decode(errors="replace")
    answer = spoken_arrival(made.arrival, rest=journey.is_rest)
    where = f" (version {journey.version})" if made.step.place.is_other else ""
    return f"{call.name}{where}: {_cut(sent)}\n  answered {_cut(answer)}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text):,} characters)"


def _keep(stage: Stage, broken: Broken, trace: Trace) -> Case | None:
    """Write the drawn inputs down, unless they may not be stored or nothing is to be kept."""
    binding, calls, folder = stage.binding, stage.calls, stage.options.cases
    if folder is None or calls.is_sensitive:
        return None
    contract, name = binding.contract, calls.relation.name
    drawn = [(key, value.array.tolist()) for key, value in sorted(trace.request.values.items())]
    environment = stage.options.environment
    identity = (broken.rule, *map(str, broken.at), broken.change, contract.client, binding.model)
    identity += () if environment is None else (environment.name,)
    case = Case(
        id=case_id(*identity, str(binding.version.number), repr(drawn)),
        contract=str(Path(contract.file).resolve()),
        client=contract.client,
        model=binding.model,
        version=str(binding.version.number),
        export=resolved(binding.version.path),
        signature=broken.signature or "",
        rule=broken.rule,
        at=broken.at,
        change=broken.change,
        request=trace.request,
        example=None,
        body=None,
        expected=broken.expected,
        received=broken.received,
        answer=spoken_chain(trace),
        relation=name,
        environment=environment,
        shows=broken.shows,
    )
    try:
        keep(Path(folder), case)
    except OSError:
        # The finding counts, whether or not a file can be written beside it.
        return None
    return case
