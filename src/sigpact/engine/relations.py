"""Relations at a loaded version: drawn once, called one after the other, judged row by row."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sigpact.checks.breaches import Breach
from sigpact.checks.evidence import row_hashes
from sigpact.checks.python_checks import is_judged, judged
from sigpact.contract.model import Clause, Contract, Relation
from sigpact.engine.budget import Budget
from sigpact.engine.chains import Chain, Made, Trace, answers_of, chain, run_chain
from sigpact.engine.dynamic import ENDED, batched
from sigpact.engine.journey import Journey
from sigpact.engine.places import places
from sigpact.engine.relation_causes import BROKEN, failure_of
from sigpact.engine.relation_tell import Stage, Suspect, call_finding, holds_finding, undecided_finding
from sigpact.engine.run import Result, Run
from sigpact.engine.selection import Binding
from sigpact.engine.sourcing import planned
from sigpact.engine.static import lacks_op, relations_that_cannot_run, unloadable
from sigpact.engine.tally import is_exhausted
from sigpact.engine.witness import difficulty
from sigpact.findings import MANY, Evidence, Finding, Level
from sigpact.report.evidence import boundaries_told
from sigpact.rows.real import first_rows, real_requests
from sigpact.rules.relating import outputs_read
from sigpact.runtime.protocol import Crashed, Hung, Unloadable
from sigpact.values.plan import Plan
from sigpact.values.relations import relation_use
from sigpact.values.requests import Origin, Request, row_of

_KEPT: Final = 12
"""Of each clause so many failing rows are kept, the easiest to read: one of them fails alone, as a rule."""
_NO_MATTER: Final = frozenset({"output-added-to-single", "output-removed-to-single", "input-default-changed"})
"""Breaks that are none for a call by name that sends all of its inputs."""
_GIVE_UP: Final = 3
"""So many crashes, hangs and calls without memory end a relation: the next would cost seconds."""


def related(run: Run, binding: Binding, relation: Relation, *, rows: int | None = None) -> Result:
    """Check one relation at one version; what it cannot look at is told in `not_checked`.

    Raises `RuntimeUnavailableError` where there is no TensorFlow.
    """
    looked = _looked(run, binding, relation, rows)
    return looked if isinstance(looked, Result) else _result(*looked)


def broken(run: Run, binding: Binding, relation: Relation, *, rows: int | None = None) -> str | None:
    """Return the rule by which a relation is broken at one version, if it is, and tell no more of it."""
    looked = _looked(run, binding, relation, rows)
    if isinstance(looked, Result):
        return next((each.rule for each in looked.findings if each.level is Level.ERROR), None)
    _, ran, _ = looked
    for breach, _, _ in ran.failures.values():
        return breach.rule
    return BROKEN if any(_is_broken(*each) for each in ran.clauses.items()) else None


def _looked(
    run: Run, binding: Binding, relation: Relation, rows: int | None
) -> "Result | tuple[Stage, _Ran, Plan]":
    told = not_to_run(run, binding, relation)
    if told is not None:
        return told
    session = run.session(binding.version.path)
    if isinstance(session, Unloadable):
        lacking = lacks_op(session.reason)
        return Result(blocked=lacking) if lacking else Result((unloadable(binding, session.reason),))
    journey = journey_of(run, binding, relation)
    found = places(run, binding, relation, journey)
    if isinstance(found, str):
        return _unlooked(relation, found)
    count = run.options.relation_rows if rows is None else rows
    budget = Budget(run.options.time_budget)
    drawn = planned(journey, session, rows=count, seed=run.options.seed)
    made = _with_real(binding.contract, relation, drawn, count)
    if made.undrawable:
        return _unlooked(relation, "; ".join(str(each) for each in made.undrawable))
    stage = Stage(binding, run.options, chain(binding.contract, relation, found))
    return stage, _run(stage.calls, made, budget), made


def _with_real(contract: Contract, relation: Relation, made: Plan, rows: int) -> Plan:
    """Return a plan with real rows in front, where all inputs are drawn from one signature with some."""
    uses = {signature for _, (signature, _) in relation.inputs}
    use = contract.signature(uses.pop()) if len(uses) == 1 else None
    if use is None or not use.rows_from:
        return made
    real = _renamed(relation, first_rows(real_requests(contract, use), rows))
    first = next(real, None)
    if first is None:
        return made
    return Plan(itertools.chain((first,), real, made.requests), notes=made.notes)


def _renamed(relation: Relation, requests: Iterator[Request]) -> Iterator[Request]:
    """Yield the drawn inputs as real rows have them; rows that lack one are left out."""
    for each in requests:
        values = {name: each.values[tensor] for name, (_, tensor) in relation.inputs if tensor in each.values}
        if len(values) == len(relation.inputs):
            yield Request(each.origin, values, each.sizes, each.rows, each.label)


def not_to_run(run: Run, binding: Binding, relation: Relation) -> Result | None:
    """Return what reading alone tells, where that is all that can be told."""
    loaded = run.signatures(binding)
    if loaded.reason is not None:
        unable = () if loaded.unknown else (unloadable(binding, loaded.reason),)
        return Result(unable, blocked=loaded.reason)
    mine = ("relations", relation.name)
    lacking = [each for each in relations_that_cannot_run(binding, loaded) if each.at[:2] == mine]
    if lacking:
        return Result(tuple(lacking))
    misfit = _misfit(journey_of(run, binding, relation), relation)
    if misfit is None:
        return None
    return Result(not_checked=(f"relation {relation.name}: {misfit}",), blocked=misfit)


def journey_of(run: Run, binding: Binding, relation: Relation) -> Journey:
    """Return how the relation's inputs would travel to this version, if they were those of one signature."""
    contract, number = binding.contract, str(binding.version.number)
    use = relation_use(contract, relation)
    signatures = run.signatures(binding).signatures
    return Journey(contract, use, signatures, binding.model, number, run.options.server)


def _unlooked(relation: Relation, reason: str) -> Result:
    return Result(not_checked=(f"relation {relation.name}: {reason}",))


def _misfit(journey: Journey, relation: Relation) -> str | None:
    """Say where a signature does not fit what the relation sends or reads; the form of answers aside."""
    read = outputs_read(relation)
    for call in relation.calls:
        use = journey.contract.signature(call.signature)
        if use is None or call.version is not None:
            continue
        named = {("inputs", name) for name, _ in call.inputs} | {
            ("outputs", name) for name in read[call.name]
        }
        for each in journey.judged(use):
            if each.level is Level.ERROR and each.at[:2] in named and each.rule not in _NO_MATTER:
                return f"not run, as {use.name} does not fit: {each.rule}"
    return None


@dataclass(slots=True, eq=False)
class _Looked:
    """One clause over all rows: how many failed and tied, and some that failed, the easiest first."""

    rows: int = 0
    failing: int = 0
    ties: int = 0
    suspects: list[Suspect] = field(default_factory=list)
    undecided: list[Suspect] = field(default_factory=list)
    """Requests, as they were sent, of which a check could not say; the easiest are kept."""
    unsaid: int = 0
    """Their rows."""

    def add(self, suspect: Suspect) -> None:
        """Keep a failing row if it is among the easiest."""
        _keep_easiest(self.suspects, suspect)

    def leave(self, request: Request) -> None:
        """Count a request of which nothing is known."""
        self.unsaid += request.rows
        _keep_easiest(self.undecided, Suspect(request, request))


def _keep_easiest(kept: list[Suspect], suspect: Suspect) -> None:
    kept.append(suspect)
    kept.sort(key=lambda each: difficulty(each.alone))
    del kept[_KEPT:]


@dataclass(slots=True, eq=False)
class _Ran:
    """What running a relation told."""

    clauses: dict[Clause, _Looked]
    failures: dict[tuple[str, str], tuple[Breach, Trace, int]] = field(default_factory=dict)
    """By call and rule: the first, and how many calls of the relation ended so."""
    elsewhere: dict[str, int] = field(default_factory=dict)
    """Why calls at other versions were not answered, and for how many rows."""
    rows: dict[Origin, int] = field(default_factory=dict)
    answers: set[int] = field(default_factory=set)
    crashes: int = 0
    calls: int = 0
    notes: tuple[str, ...] = ()


def _run(calls: Chain, made: Plan, budget: Budget) -> _Ran:
    ran = _Ran({clause: _Looked() for clause in calls.relation.holds if is_judged(clause)})
    for batch in batched(made.requests, budget):
        for trace in run_chain(calls, batch):
            _count(calls, ran, trace)
        if ran.crashes >= _GIVE_UP:
            break
    ran.notes = budget.notes(f"relation {calls.relation.name}: random rows")
    return ran


def _count(calls: Chain, ran: _Ran, trace: Trace) -> None:
    request, failed = trace.request, trace.failed
    ran.calls += 1
    if failed is not None:
        _count_failure(ran, trace, failed)
        return
    ran.rows[request.origin] = ran.rows.get(request.origin, 0) + request.rows
    read = {f"{call}.{name}": value for (call, name), value in trace.read().items()}
    ran.answers |= row_hashes(read, request.rows)
    answers = answers_of(calls, trace)
    for clause, looked in ran.clauses.items():
        found = judged(clause, answers)
        if found.undecided is not None:
            looked.leave(request)
            continue
        looked.rows += request.rows
        looked.ties += found.ties
        failing = (~found.rows).nonzero()[0].tolist()
        looked.failing += len(failing)
        for row in failing[:_KEPT]:
            looked.add(Suspect(request, row_of(request, row)))


def _count_failure(ran: _Ran, trace: Trace, failed: Made) -> None:
    journey, arrival = failed.step.journey, failed.arrival
    breach = failure_of(failed)
    ran.crashes += isinstance(arrival, Crashed | Hung) or is_exhausted(breach)
    if failed.step.place.is_other:
        told = f"call {failed.step.call.name!r} at version {journey.version}: {breach.received}"
        ran.elsewhere[told] = ran.elsewhere.get(told, 0) + trace.request.rows
        return
    ran.rows[trace.request.origin] = ran.rows.get(trace.request.origin, 0) + trace.request.rows
    key = (failed.step.call.name, breach.rule)
    before = ran.failures.get(key)
    ran.failures[key] = (breach, trace, 1) if before is None else (*before[:2], before[2] + 1)


def _result(stage: Stage, ran: _Ran, made: Plan) -> Result:
    relation = stage.calls.relation
    if not ran.rows:
        reason = next(iter(ran.elsewhere), "no row was drawn")
        return _unlooked(relation, reason)
    findings: list[Finding] = []
    for breach, trace, count in ran.failures.values():
        told = f"{count:,} of {ran.calls:,} calls"
        findings.append(call_finding(stage, breach, trace, told))
    for clause, looked in ran.clauses.items():
        if _is_broken(clause, looked):
            told = f"{looked.failing:,} of {looked.rows:,} rows"
            findings.append(holds_finding(stage, clause, looked.suspects, told))
        if looked.undecided:
            told = f"{looked.unsaid:,} of {looked.unsaid + looked.rows:,} rows"
            findings.append(undecided_finding(stage, clause, looked.undecided, told))
    return Result(tuple(findings), _evidence(stage, ran, made))


def _is_broken(clause: Clause, looked: _Looked) -> bool:
    """Whether more rows fail than `share` allows; without it, any."""
    share = clause.tolerance.share
    allowed = 0.0 if share is None else (1 - share) * looked.rows
    return looked.failing > allowed + 1e-9 * looked.rows


def _evidence(stage: Stage, ran: _Ran, made: Plan) -> Evidence:
    calls = stage.calls
    name, rows = calls.relation.name, sum(ran.rows.values())
    told = f"relation {name}: {rows:,} rows, {len(calls.steps)} calls each; {len(ran.answers):,} distinct"
    notes = [told if made.boundaries is None else f"{told}; {boundaries_told(*made.boundaries)}"]
    if rows >= MANY and len(ran.answers) == 1:
        notes.append(f"relation {name}: weak evidence: {rows:,} rows all had the same answers")
    for clause, looked in ran.clauses.items():
        if looked.ties:
            notes.append(f"relation {name}: {looked.ties:,} rows of {clause.text} are ties of the scores")
        if clause.tolerance.share is not None and looked.rows:
            notes.append(f"relation {name}: {clause.text} in {1 - looked.failing / looked.rows:.2%} of rows")
    notes += [
        f"relation {name}: {count:,} rows not compared: {told}" for told, count in ran.elsewhere.items()
    ]
    if ran.crashes >= _GIVE_UP:
        notes.append(f"relation {name}: stopped after {ran.crashes} calls that {ENDED}")
    rest = calls.steps[0].journey.is_rest
    return Evidence(
        rows=tuple((str(each), ran.rows[each]) for each in Origin if each in ran.rows),
        through_rest=rows if rest else 0,
        seed=stage.options.seed,
        notes=(*notes, *ran.notes, *(f"relation {name}: {note}" for note in made.notes)),
    )
