"""Why a relation does not hold for a request: a row of it, the company of that row, or chance."""

from dataclasses import replace

import numpy as np

from sigpact.checks.breaches import Breach
from sigpact.checks.python_checks import judged
from sigpact.contract.model import Clause
from sigpact.engine.causes import (
    AGAIN,
    Always,
    Cause,
    InCompany,
    Sometimes,
    by_chance,
    differs,
    is_one_thing,
    row_alone,
    until_seen,
)
from sigpact.engine.chains import Chain, Made, Trace, answers_of, run_chain
from sigpact.engine.journey import Read
from sigpact.engine.tally import failure
from sigpact.values.relations import relation_use
from sigpact.values.requests import Request

BROKEN = "relation-broken"


def broken_because(calls: Chain, clause: Clause, request: Request) -> tuple[Cause, Trace]:
    """Say why a clause failed for a request, and return a chain in which it does, if there was one."""
    cause, trace = _by_chance(calls, clause, request)
    if isinstance(cause, Sometimes) or trace.failed is not None:
        return cause, trace
    found = judged(clause, answers_of(calls, trace))
    if found.is_whole:
        return cause, trace
    row = int(np.argmin(found.rows))
    journey = calls.steps[0].journey
    one = row_alone(replace(journey, use=relation_use(journey.contract, calls.relation)), request, row)
    if one is None or any(is_one_thing(made.step.journey.use, made.request) for made in trace.made):
        return cause, trace
    came = run_chain(calls, [one] * AGAIN)
    failing = [breaks(calls, clause, each) for each in came]
    if any(failing):
        return by_chance(failing), came[failing.index(True)]
    for ours, theirs in zip(trace.made, came[0].made, strict=False):
        alone = theirs.arrival
        pair = (ours.arrival, alone)
        if isinstance(alone, Read) and differs(ours.step.journey.use, (request.rows, row), pair):
            return InCompany(row, alone.answer), trace
    return cause, trace


def _by_chance(calls: Chain, clause: Clause, request: Request) -> tuple[Always | Sometimes, Trace]:
    def send(count: int) -> list[tuple[Trace, Clause | None]]:
        came = run_chain(calls, [request] * count)
        return [(each, clause if breaks(calls, clause, each) else None) for each in came]

    found = until_seen(send, AGAIN)
    shown = next((trace for trace, failed in found if failed is not None), found[0][0])
    return by_chance([failed is not None for _, failed in found]), shown


def breaks(calls: Chain, clause: Clause, trace: Trace) -> bool:
    """Whether a clause fails on some row of a chain that was answered."""
    return trace.failed is None and not judged(clause, answers_of(calls, trace)).rows.all()


def leaves_open(calls: Chain, clause: Clause, trace: Trace) -> bool:
    """Whether a check cannot say of a chain that was answered."""
    return trace.failed is None and judged(clause, answers_of(calls, trace)).undecided is not None


def is_failing(trace: Trace, call: str, rule: str) -> bool:
    """Whether a chain ends at this call, in the same way."""
    failed = trace.failed
    return failed is not None and failed.step.call.name == call and failure_of(failed).rule == rule


def failure_of(made: Made) -> Breach:
    """Return the breach that a call without an answer is."""
    journey = made.step.journey
    return failure(journey.contract, journey.use, made.arrival)  # type: ignore[arg-type]
