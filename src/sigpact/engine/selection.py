"""What a run is about: contracts, models, and which contract binds which version."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from sigpact.contract.load import find, load
from sigpact.contract.model import Contract
from sigpact.errors import ConfigurationError, ContractError
from sigpact.findings import Problem
from sigpact.frozen import frozen
from sigpact.nearest import hint
from sigpact.savedmodel.versions import Model, VersionDir, resolve_models

T = TypeVar("T")


@frozen
class Binding:
    """One contract that must be satisfied by one version of one model; `versions` are all of that model."""

    contract: Contract
    model: str
    version: VersionDir
    versions: tuple[VersionDir, ...] = ()


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
    models = resolve_models(model_paths)
    loaded, problems = load_all(files)
    expired = tuple(each for each in loaded if each.is_expired(today))
    ready, more = _each([each for each in loaded if not each.is_expired(today)], prepare)
    bindings, unbound = bind(ready, models)
    return Selection(models, loaded, bindings, unbound, expired, (*problems, *more))


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


def bind(
    contracts: Sequence[Contract], models: Sequence[Model]
) -> tuple[tuple[Binding, ...], tuple[Unbound, ...]]:
    """Return which contract binds which version, and which binds none."""
    bindings: list[Binding] = []
    unbound: list[Unbound] = []
    for contract in contracts:
        for name in contract.models:
            chosen = _bind_one(contract, name, models)
            if isinstance(chosen, Unbound):
                unbound.append(chosen)
            else:
                bindings.extend(chosen)
    return tuple(bindings), tuple(unbound)


def _bind_one(contract: Contract, name: str, models: Sequence[Model]) -> Unbound | list[Binding]:
    model = next((each for each in models if each.name == name), None)
    if model is None:
        return Unbound(contract, name, _no_model(name, models), "model")
    if contract.versions.kind == "label":
        label = contract.versions.label
        return Unbound(contract, name, f"label {label!r} is not known: a base path holds numbers, not labels")
    chosen = [each for each in model.versions if contract.versions.admits(each.number)]
    if not chosen:
        there = ", ".join(str(each.number) for each in model.versions) or "none"
        return Unbound(
            contract, name, f"no version satisfies 'versions: {contract.versions.text}'; there is {there}"
        )
    return [Binding(contract, name, each, model.versions) for each in chosen]


def _no_model(name: str, models: Sequence[Model]) -> str:
    names = [each.name for each in models]
    return f"no model {name!r} among those given; {hint(name, names)}"
