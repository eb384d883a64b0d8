"""`Inquiry`: everything that one question to the gate rests on, read once before anything is judged."""

from collections.abc import Iterator

from sigpact.errors import ContractError
from sigpact.findings import Finding, Problem
from sigpact.frozen import frozen, replace
from sigpact.gate.asked import Asked
from sigpact.gate.gathering import Gathered, out_there, written
from sigpact.gate.standing import Standing, standing
from sigpact.gate.waivers import Waiver, read_waivers
from sigpact.nearest import hint
from sigpact.savedmodel.versions import Model
from sigpact.serving.given import Given, given
from sigpact.store import subjects
from sigpact.store.history import History, history
from sigpact.store.place import Place, opened
from sigpact.store.records import OwnerKind
from sigpact.store.state import LiveRelease, State, environments, state


@frozen
class Store:
    """An opened store: its history as it was when the gate began to look, and what holds by it."""

    place: Place
    history: History
    state: State


@frozen
class Inquiry:
    """What a gate looks at. `problems` are mistakes in contracts and waivers: with any there is no answer."""

    asked: Asked
    store: Store | None
    given: Given
    gathered: Gathered
    waivers: tuple[Waiver, ...]
    problems: tuple[Problem, ...]

    def standing(self, model: Model, candidate: int | None = None) -> Standing:
        """Return what is live of a model."""
        served = self.given.served_of(model.name)
        if self.store is None:
            return standing(model, served, None, candidate)
        recorded = [each for each in self.store.state.versions if each.model == model.name]
        return standing(model, served, recorded, candidate)

    def is_waived(self, finding: Finding) -> bool:
        """Whether somebody accepts a breach for now."""
        return any(each.covers(finding, self.asked.environment.name) for each in self.waivers)

    @property
    def lapsed(self) -> tuple[LiveRelease, ...]:
        """Client releases that were not renewed in time."""
        return () if self.store is None else self.store.state.lapsed


def inquire(asked: Asked) -> Inquiry:
    """Read what a question rests on.

    Raises `ConfigurationError` where something named is not there, `StorageError` where it
    cannot be reached.
    """
    store = _store(asked)
    named = given(tuple(dict.fromkeys((*asked.models, *asked.environment.demands.models))))
    gathered = written(asked.contracts, asked.options.checks)
    if store is not None:
        gathered += out_there(store.place, store.state.releases, asked.options.checks)
    waivers, problems = _waivers(asked)
    found = Inquiry(asked, store, named, gathered, waivers, (*gathered.problems, *problems))
    return replace(found, problems=(*found.problems, *_misplaced(found)))


def _misplaced(inquiry: Inquiry) -> Iterator[Problem]:
    """Yield a mistake for each waiver of a model or environment that there is not: it would never match."""
    asked, store = inquiry.asked, inquiry.store
    history = History() if store is None else store.history
    models = {each.name for each in inquiry.given.models}
    models |= {each.name for each in history.known() if each.kind is OwnerKind.MODEL}
    models |= {name for each in inquiry.gathered.counted for name in each.contract.models}
    places = {asked.environment.name, *asked.environments, *environments(history)}
    is_sure = len(places) > 1 or bool(asked.environments)  # else others may just be written down nowhere
    for each in inquiry.waivers:
        if each.model not in models:
            yield Problem(each.span, f"no model is called {each.model!r}; {hint(each.model, models)}")
        if each.environment is not None and each.environment not in places and is_sure:
            told = f"no environment is called {each.environment!r}; {hint(each.environment, places)}"
            yield Problem(each.span, f"the waiver of {each.rule} holds nowhere: {told}")


def _store(asked: Asked) -> Store | None:
    if asked.store is None:
        return None
    place = opened(asked.store)
    found = history(place)
    # In an environment that nobody ever deployed to, nothing is live and everything is a first version.
    subjects.environment(asked.environment.name, (*asked.environments, *environments(found)))
    return Store(place, found, state(found, asked.environment.name, asked.now))


def _waivers(asked: Asked) -> tuple[tuple[Waiver, ...], tuple[Problem, ...]]:
    try:
        return read_waivers(asked.waivers, asked.now.date()), ()
    except ContractError as error:
        return (), error.problems
