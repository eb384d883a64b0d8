"""A kept case of a relation once more: its drawn inputs through all calls, as things are now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sigpact.checks.python_checks import UNDECIDED
from sigpact.contract.model import Clause, Contract, Relation
from sigpact.engine.cases import Case
from sigpact.engine.causes import sendings
from sigpact.engine.chains import Chain, Trace, chain, run_chain
from sigpact.engine.options import Options
from sigpact.engine.places import places
from sigpact.engine.relation_causes import BROKEN, breaks, is_failing, leaves_open
from sigpact.engine.relation_tell import spoken_chain
from sigpact.engine.relations import journey_of, not_to_run
from sigpact.engine.run import Run
from sigpact.engine.selection import Binding
from sigpact.errors import ConfigurationError
from sigpact.runtime.protocol import Backend
from sigpact.savedmodel.folders import split_path
from sigpact.savedmodel.versions import VersionDir, layout
from sigpact.serving.given import Given


@dataclass(frozen=True, slots=True)
class Again:
    """Whether the case still fails, and what came back; `None`: it cannot run, and why."""

    fails: bool | None
    detail: str


def again(case: Case, contract: Contract, models: Given, backend: Backend) -> Again:
    """Make the calls of a kept case once more."""
    relation = next((each for each in contract.relations if each.name == case.relation), None)
    if relation is None:
        return Again(None, f"the contract no longer has the relation {case.relation!r}")
    if case.request is None or set(case.request.values) != {name for name, _ in relation.inputs}:
        return Again(None, f"relation {relation.name!r} draws other inputs now")
    with _run(backend, _binding(case, contract, models)) as (run, binding):
        calls = _chain(run, binding, relation)
        return Again(None, calls) if isinstance(calls, str) else _judged(case, calls)


@contextmanager
def _run(backend: Backend, binding: Binding) -> Iterator[tuple[Run, Binding]]:
    """Hold what runs versions in fresh processes, and let these go in the end."""
    run = Run(Options(cases=None), lambda: backend)
    try:
        yield run, binding
    finally:
        for each in (binding.version, *binding.versions):
            run.release(each.path)


def _binding(case: Case, contract: Contract, models: Given) -> Binding:
    """Return the version of the case and those beside it: in the given models, else where they were."""
    model = next((each for each in models.models if each.name == case.model), None)
    versions = _beside(case.export) if model is None else model.versions
    found = next((each for each in versions if str(each.number) == case.version), None)
    version = found or VersionDir(int(case.version), split_path(case.export)[1], case.export)
    return Binding(contract, case.model, version, versions, models.served_of(case.model))


def _beside(export: str) -> tuple[VersionDir, ...]:
    try:
        return layout(split_path(export)[0]).versions
    except ConfigurationError:
        return ()


def _chain(run: Run, binding: Binding, relation: Relation) -> Chain | str:
    loaded = run.signatures(binding)
    if loaded.reason is not None:
        return loaded.reason
    unable = not_to_run(run, binding, relation)
    if unable is not None:
        return "; ".join([*(each.message for each in unable.findings), *unable.not_checked])
    found = places(run, binding, relation, journey_of(run, binding, relation))
    return found if isinstance(found, str) else chain(binding.contract, relation, found)


def _judged(case: Case, calls: Chain) -> Again:
    if case.request is None:
        raise ValueError("a case of a relation has drawn inputs")
    clause = next((each for each in calls.relation.holds if each.text == case.change), None)
    if case.shown_rule in _OF_CLAUSES and clause is None:
        return Again(None, f"relation {calls.relation.name!r} no longer says {case.change}")
    traces = run_chain(calls, [case.request] * sendings(case.rule))
    failing = [_fails(case, calls, clause, each) for each in traces]
    shown = traces[failing.index(True) if any(failing) else 0]
    return Again(any(failing), "(sensitive)" if calls.is_sensitive else spoken_chain(shown))


def _fails(case: Case, calls: Chain, clause: Clause | None, trace: Trace) -> bool:
    if clause is None or case.shown_rule not in _OF_CLAUSES:
        return is_failing(trace, str(case.at[-1]), case.shown_rule)
    still = breaks if case.shown_rule == BROKEN else leaves_open
    return trace.failed is not None or still(calls, clause, trace)


_OF_CLAUSES: Final = frozenset({BROKEN, UNDECIDED})
