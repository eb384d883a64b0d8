"""What a run is about: contracts, models, and which contract binds which version."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from sigpact.contract.load import find, load
from sigpact.contract.model import Contract, VersionRef
from sigpact.errors import ConfigurationError, ContractError
from sigpact.findings import Problem
from sigpact.frozen import frozen
from sigpact.nearest import hint
from sigpact.savedmodel.attached import own
from sigpact.savedmodel.versions import Model, VersionDir
from sigpact.serving.given import Given, given
from sigpact.serving.served import Served

T = TypeVar("T")


@frozen
class Binding:
    """One contract that must be satisfied by one version of one model; `versions` are all of that model.

    `served` is what a server's configuration says of the model, where one is given.
    """

    contract: Contract
    model: str
    version: VersionDir
    versions: tuple[VersionDir, ...] = ()
    served: Served | None = None


@frozen
class Unbound:
    """One contract that selects no version of a model that it names, and why."""

    contract: Contract
    model: str
    reason: str
    key: str = "versions"
    """The key of the contract that selects nothing."""


@frozen
class Selection:
    """Everything that a run looks at. Contracts with mistakes are `problems`; the others go on."""

    models: tuple[Model, ...]
    contracts: tuple[Contract, ...]
    bindings: tuple[Binding, ...]
    unbound: tuple[Unbound, ...]
    expired: tuple[Contract, ...]
    problems: tuple[Problem, ...]
    served: tuple[Served, ...] = ()


def _as_it_is(contract: Contract) -> Contract:
    return contract


def select(
    contract_paths: Sequence[str],
    model_paths: Sequence[str],
    today: dt.date,
    prepare: Callable[[Contract], Contract] = _as_it_is,
) -> Selection:
    """Load contracts, list versions, and bind the one to the other; `prepare` gets those that bind still.

    Raises `ConfigurationError` where a path names nothing, or where there is no contract file at all: a
    run that has nothing to check must not look like one that found nothing.
    """
    files = find(contract_paths)
    if not files:
        where = " ".join(contract_paths)
        raise ConfigurationError(f"no contract in {where}: files are called *.contract.yaml, .yml or .json")
    named = given(model_paths)
    loaded, problems = load_all(files)
    expired = tuple(each for each in loaded if each.is_expired(today))
    live, more = _each([each for each in loaded if not each.is_expired(today)], prepare)
    bindings, unbound = bind(live, named)
    return Selection(named.models, loaded, bindings, unbound, expired, (*problems, *more), named.served)


def load_all(files: Sequence[str]) -> tuple[tuple[Contract, ...], tuple[Problem, ...]]:
    """Load contract files; the mistakes of one do not stop the others."""
    return _each(files, load)


def _each(
    given: Iterable[T], make: Callable[[T], Contract]
) -> tuple[tuple[Contract, ...], tuple[Problem, ...]]:
    made: list[Contract] = []
    problems: list[Problem] = []
    for each in given:
        try:
            made.append(make(each))
        except ContractError as error:
            problems.extend(error.problems)
    return tuple(made), tuple(problems)


def bind(contracts: Sequence[Contract], named: Given) -> tuple[tuple[Binding, ...], tuple[Unbound, ...]]:
    """Return which contract binds which version, and which binds none.

    Of a model of which it is known what is served, `live`, a number, a range and a label select among that
    and the candidates; `all` selects everything. Of any other, all versions that are given may be live.
    """
    bindings: list[Binding] = []
    unbound: list[Unbound] = []
    for contract in contracts:
        for name in contract.models:
            chosen = _bind_one(contract, name, named)
            if isinstance(chosen, Unbound):
                unbound.append(chosen)
            else:
                bindings.extend(chosen)
    return tuple(bindings), tuple(unbound)


def _bind_one(contract: Contract, name: str, named: Given) -> Unbound | list[Binding]:
    model = next((each for each in named.models if each.name == name), None)
    if model is None:
        return Unbound(contract, name, _no_model(name, named.models), "model")
    live = named.served_of(name)
    label = contract.versions.label
    if label is not None:
        number = labelled(live, label)
        if isinstance(number, str):
            return Unbound(contract, name, number)
        chosen = [each for each in model.versions if each.number == number]
    else:
        within = None if live is None or contract.versions.kind == "all" else live.judged
        chosen = [each for each in model.versions if contract.versions.admits(each.number)]
        chosen = [each for each in chosen if within is None or each.number in within]
    travels = own(contract.file, model.versions)
    chosen = [each for each in chosen if each in travels]
    if not chosen:
        return Unbound(contract, name, _no_version(contract, model, live))
    return [Binding(contract, name, each, model.versions, live) for each in chosen]


def labelled(served: Served | None, label: str) -> int | str:
    """Return the number of the version that a label stands for, or why there is none."""
    if served is None:
        known = "a base path holds numbers, not labels; name the server's models.config beside it"
        return f"label {label!r} is not known: {known}"
    number = served.labelled(label)
    if number is None:
        return f"Unrecognized servable version label: {label}; {hint(label, served.labels)}"
    return number


def _no_version(contract: Contract, model: Model, live: Served | None) -> str:
    there = ", ".join(str(each.number) for each in model.versions) or "none"
    told = f"no version satisfies 'versions: {contract.versions.text}'; there is {there}"
    return told if live is None else f"{told}; {live}"


def _no_model(name: str, models: Sequence[Model]) -> str:
    names = [each.name for each in models]
    return f"no model {name!r} among those given; {hint(name, names)}"


def other_version(binding: Binding, wanted: VersionRef) -> VersionDir | str:
    """Return the version of the same model that is meant, or why there is none.

    `previous` is the highest below the one that is checked; among those served, where that is known.
    """
    own = binding.version.number
    number = wanted.number
    if wanted.label is not None:
        meant = labelled(binding.served, wanted.label)
        if isinstance(meant, str):
            return meant
        number = meant
    if number is not None:
        found = next((each for each in binding.versions if each.number == number), None)
        return found or f"there is no version {number} of {binding.model}"
    served = None if binding.served is None else binding.served.numbers
    before = [
        each for each in binding.versions if each.number < own and (served is None or each.number in served)
    ]
    if not before:
        return f"there is no version before {own}" + ("" if served is None else " that is served")
    return max(before, key=lambda each: each.number)
