"""`replay`: a kept case once more, in a fresh process: fixed, fails, or cannot run."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from sigpact.checks.breaches import Breach, is_sensitive
from sigpact.clients.profile import PLAIN
from sigpact.contract.load import load
from sigpact.contract.model import Contract, Example, TensorExample
from sigpact.engine.cases import Case, kept, read
from sigpact.engine.causes import sendings
from sigpact.engine.differing import Difference, varied
from sigpact.engine.dynamic import order_alone, resent
from sigpact.engine.journey import Arrival, Journey, Sent
from sigpact.engine.registered import Registered, attached
from sigpact.engine.relation_replay import again
from sigpact.engine.static import Exports
from sigpact.engine.witness import spoken_arrival
from sigpact.errors import ConfigurationError, ContractError
from sigpact.rows.real import row_at
from sigpact.rules.registry import catalogue
from sigpact.runtime.protocol import Backend, Session, Unloadable
from sigpact.serving.given import Given
from sigpact.values.examples import request_of
from sigpact.values.requests import Request

_AGED: Final = "it failed after other requests, and not in a fresh process: `sigpact verify` shows it again"


class State(StrEnum):
    """What became of a case."""

    FIXED = "fixed"
    FAILS = "fails"
    CANNOT_RUN = "cannot run"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One case run again; `detail` is what came back now, or why it cannot run."""

    case: str
    state: State
    title: str
    detail: str


def replay(
    case: str | None,
    folder: Path,
    models: Given,
    backend: Backend,
    checks: Registered | None = None,
) -> tuple[Replayed, ...]:
    """Run one case again, or all that are kept; exports are looked for in `models` first.

    `checks` are those that contracts may name.

    Raises `ConfigurationError` where there is no such case, or none at all.
    """
    ids = kept(folder)
    if case is None and not ids:
        raise ConfigurationError(f"no case is kept in {folder}; `sigpact verify` keeps what fails there")
    here = _Here(models, backend, checks or Registered())
    if case is not None:
        return (_replayed(read(folder, case), here),)
    return tuple(_read_and_replayed(folder, each, here) for each in ids)


def answered(case: Case, export: str, backend: Backend, checks: Registered) -> str | None:
    """Return what another version answers to a case's request; `None` where it cannot be sent there."""
    if case.relation is not None:
        return None
    ready = _prepare(replace(case, export=export), _Here(Given(()), backend, checks))
    session = None if isinstance(ready, str) else backend.load(export)
    if isinstance(ready, str) or session is None or isinstance(session, Unloadable):
        return None
    try:
        request, example = _asked(case, ready.journey)
        if request is None and example is None:
            return None
        sent, arrival, _ = resent(ready.journey, session, example, request)
    finally:
        session.close()
    hidden = is_sensitive(ready.journey.use)
    return "(sensitive)" if hidden else spoken_arrival(arrival, rest=sent.body is not None)


def _asked(case: Case, journey: Journey) -> tuple[Request | None, Example | None]:
    """Return a case's request and, where it was one, the example; neither where contract or file lost it."""
    if case.row is not None:
        return row_at(journey.contract, journey.use, case.row, case.request), None
    if case.example is None:
        return case.request, None
    example = next((each for each in journey.use.examples if each.name == case.example), None)
    if isinstance(example, TensorExample):
        return request_of(journey.contract, journey.use, example), example
    return None, example


@dataclass(frozen=True, slots=True)
class _Here:
    """What cases are run with: the models as they lie now, what runs them, checks that contracts may name."""

    models: Given
    backend: Backend
    checks: Registered

    def contract(self, case: Case) -> Contract:
        """Return the contract as it is now. Raises `ContractError`, `ConfigurationError`."""
        return attached(load(case.contract), self.checks)


def _read_and_replayed(folder: Path, case: str, here: _Here) -> Replayed:
    """Run one of many: a damaged file does not stop the others."""
    try:
        found = read(folder, case)
    except ConfigurationError as error:
        return Replayed(case, State.CANNOT_RUN, "the file is damaged", str(error))
    return _replayed(found, here)


def _replayed(case: Case, here: _Here) -> Replayed:
    about = case.signature if case.relation is None else f"relation {case.relation}"
    title = f"{case.rule}: {case.client} with {case.model}@{case.version}, {about}"
    title += "" if case.environment is None else f" in {case.environment.name}"
    if case.relation is not None:
        return _related(case, title, here)
    found = _prepare(case, here)
    if isinstance(found, str):
        return Replayed(case.id, State.CANNOT_RUN, title, found)
    session = here.backend.load(found.export)
    if isinstance(session, Unloadable):
        return Replayed(case.id, State.CANNOT_RUN, title, f"the version does not load: {session.reason}")
    try:
        judge = _judge_property if case.at[:1] == ("properties",) else _judge
        state, detail = judge(case, found.journey, session)
    finally:
        session.close()
    return Replayed(case.id, state, title, detail)


def _related(case: Case, title: str, here: _Here) -> Replayed:
    try:
        contract = here.contract(case)
    except ContractError as error:
        return Replayed(case.id, State.CANNOT_RUN, title, f"the contract: {error.problems[0]}")
    ran = again(case, contract, here.models, here.backend)
    states = {True: State.FAILS, False: State.FIXED, None: State.CANNOT_RUN}
    return Replayed(case.id, states[ran.fails], title, ran.detail)


@dataclass(frozen=True, slots=True)
class _Ready:
    journey: Journey
    export: str


def _prepare(case: Case, here: _Here) -> _Ready | str:
    """Return the journey of a case as contract and export are now, or why there is none."""
    if case.rule not in catalogue():
        return f"there is no rule {case.rule!r} in this release"
    try:
        contract = here.contract(case)
    except ContractError as error:
        return f"the contract: {error.problems[0]}"
    use = contract.signature(case.signature)
    if use is None:
        return f"the contract no longer calls {case.signature!r}"
    export = next(
        (
            version.path
            for model in here.models.models
            for version in model.versions
            if (model.name, str(version.number)) == (case.model, case.version)
        ),
        case.export,
    )
    loaded = Exports().signatures(export)
    if loaded.reason is not None:
        return loaded.reason
    server = PLAIN if case.environment is None else case.environment.server
    return _Ready(Journey(contract, use, loaded.signatures, case.model, case.version, server), export)


def _judge(case: Case, journey: Journey, session: Session) -> tuple[State, str]:
    request, example = _asked(case, journey)
    if case.example is not None and example is None:
        return State.CANNOT_RUN, f"the contract no longer has the example {case.example!r}"
    if case.row is not None and request is None:
        return State.CANNOT_RUN, f"{case.row[0]}:{case.row[1]} no longer holds that row"
    if catalogue()[case.shown_rule].check is not None:
        sent, arrival, _ = resent(journey, session, example, request)
        fails = _still_compared(case, journey)
    else:
        fails, sent, arrival = _sent_again(case, journey, session, (example, request))
    if case.aged and not fails:
        return State.CANNOT_RUN, _AGED
    told = "(sensitive)" if is_sensitive(journey.use) else spoken_arrival(arrival, rest=sent.body is not None)
    return (State.FAILS if fails else State.FIXED), told


def _judge_property(case: Case, journey: Journey, session: Session) -> tuple[State, str]:
    """Send a request in the ways of a property once more; by chance an answer is the same for a while."""
    named = [each for each in journey.use.properties if each.name == case.change]
    if not named or case.request is None:
        return State.CANNOT_RUN, f"the contract no longer says {case.change}"
    output = "".join(map(str, case.at[2:]))
    for _ in range(sendings(case.rule)):
        found = (each for said in named for each in varied(journey, session, said, case.request))
        seen = next((each for each in found if each.output == output), None)
        if seen is not None:
            return State.FAILS, _told(journey, seen)
    if case.aged:
        return State.CANNOT_RUN, _AGED
    return State.FIXED, f"the same answers, {case.change}"


def _told(journey: Journey, seen: Difference) -> str:
    if is_sensitive(journey.use):
        return "(sensitive)"
    one, other = (spoken_arrival(each, rest=journey.is_rest) for each in seen.answers)
    return f"{one}, and {seen.variation.how}: {other}"


def _sent_again(
    case: Case, journey: Journey, session: Session, what: tuple[Example | None, Request | None]
) -> tuple[bool, Sent, Arrival]:
    """Send a case until it fails: of what fails only sometimes as often as it was sent to find that out."""
    for _ in range(sendings(case.rule)):
        sent, arrival, found = resent(journey, session, *what)
        fails = any(_is_it(case, each) for each in (*found, *order_alone(journey, what[0], arrival)))
        if fails:
            break
    return fails, sent, arrival


def _is_it(case: Case, breach: Breach) -> bool:
    return (breach.rule, breach.at, breach.change) == (case.shown_rule, case.at, case.change)


def _still_compared(case: Case, journey: Journey) -> bool:
    return any((each.rule, each.at) == (case.rule, case.at) for each in journey.judged(journey.use))
