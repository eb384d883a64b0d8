"""`matrix`: every client that counts with every version that the store has results about, and nothing run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sigpact.clients.demands import Demands
from sigpact.contract.model import Contract
from sigpact.engine.check_code import code_digests
from sigpact.errors import ConfigurationError
from sigpact.findings import Answer, Evidence, Level, Verdict, worst
from sigpact.gate.asked import Asked
from sigpact.gate.gathering import Counted
from sigpact.gate.inquiry import inquire
from sigpact.gate.settings import Settings, settings
from sigpact.gate.stored import evidence
from sigpact.report.model import Report
from sigpact.store.history import results
from sigpact.store.records import Owner, OwnerKind, Result

Cell = tuple[str, str, str, tuple[str, ...]]
"""Model, version, contract digest, and what the contract's Python checks are made of."""
Cells = dict[Cell, list[tuple[Answer, Evidence]]]
Named = tuple[Counted, tuple[str, ...]]
"""A contract that counts, and what its Python checks are made of."""


def matrix(asked: Asked, models: Sequence[str]) -> Report:
    """Return a verdict for each client and version, from results under the circumstances of here and now.

    A version is taken for what it was when it was judged: folders are not looked into. Raises
    `ConfigurationError` where there is no store, `StorageError` where it cannot be read.
    """
    inquiry = inquire(asked)
    if inquiry.store is None:
        raise ConfigurationError("the matrix is made from a store: name one with --store")
    owners = [Owner(OwnerKind.MODEL, each) for each in models] or None
    history = results(inquiry.store.place, owners)
    here = settings(asked.options)
    bodies = [each.body for each in history.records if isinstance(each.body, Result)]
    usable = [each for each in bodies if _is_usable(each.payload, here)]
    cells: Cells = {}
    for body in usable:
        for version, contract, code, found in _answers(body.payload, asked.environment.demands):
            cells.setdefault((body.owner.name, version, contract, code), []).append(found)
    damage = (*inquiry.store.state.damage, *history.damage)
    told = "; ".join(map(str, damage))
    return Report(
        "full",
        (),
        tuple(_verdicts(cells, inquiry.gathered.counted, asked)),
        (),
        inquiry.problems,
        notes=tuple(_notes(len(bodies), len(usable))),
        incomplete=f"the store {asked.store} is damaged: {told}" if damage else None,
        environment=asked.environment,
    )


def _notes(all_: int, usable: int) -> Iterator[str]:
    yield "from the store alone: folders were not looked into"
    if usable < all_:
        others = "another sigpact, TensorFlow, server, seed or number of rows"
        yield f"{all_ - usable:,} of {all_:,} results were found with {others}"


def _is_usable(payload: Mapping[str, Any], here: Settings) -> bool:
    same = payload.get("rules") == here.rules and payload.get("options") == dict(here.options)
    return same and here.accepts(str(payload.get("runtime")))


def _answers(
    payload: Mapping[str, Any], demands: Demands
) -> Iterator[tuple[str, str, tuple[str, ...], tuple[Answer, Evidence]]]:
    """Yield what each part says; one of a form that this release does not write says nothing."""
    parts = payload.get("parts")
    for part in parts if isinstance(parts, list) else ():
        try:
            version, contract, code = str(int(part["version"])), str(part["contract"]), tuple(part["code"])
            shown = evidence(part["evidence"])
            yield version, contract, code, (_answer(part, shown, demands), shown)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue


def _answer(part: Mapping[str, Any], shown: Evidence, demands: Demands) -> Answer:
    levels = {each["level"] for each in part["findings"]}
    if Level.ERROR in levels:
        return Answer.NO
    is_whole = part["checked"] is True and all(map(demands.is_accepted, part["not_checked"]))
    is_enough = shown.total_rows >= max(1, demands.rows)
    return Answer.YES if is_whole and is_enough and Level.UNDECIDED not in levels else Answer.UNKNOWN


def _verdicts(cells: Cells, counted: Sequence[Counted], asked: Asked) -> Iterator[Verdict]:
    binding = [each for each in counted if not each.contract.is_expired(asked.now.date())]
    named: dict[str, list[Named]] = {}
    for each in sorted(binding, key=lambda each: each.contract.client):
        named.setdefault(each.contract.client, []).append(
            (each, code_digests(each.contract, asked.options.checks))
        )
    versions = sorted(
        {(model, version) for model, version, *_ in cells}, key=lambda each: (each[0], int(each[1]))
    )
    for model, version in versions:
        for client, all_ in named.items():
            mine = [each for each in all_ if _may_bind(each[0].contract, model, int(version))]
            if mine:
                yield _verdict(cells, client, (model, version), mine)


def _may_bind(contract: Contract, model: str, version: int) -> bool:
    """Whether a contract binds a version; what a label stands for, the store does not say."""
    return model in contract.models and (
        contract.versions.label is not None or contract.versions.admits(version)
    )


def _verdict(cells: Cells, client: str, place: tuple[str, str], mine: list[Named]) -> Verdict:
    """Return the verdict of a client: of several contracts the worst, active ones before pending ones."""
    active = [each for each in mine if each[0].contract.status == "active"]
    found = [cells.get((*place, each.digest, code), []) for each, code in active or mine]
    answers = [worst([answer for answer, _ in each]) for each in found]
    shown = next((each[-1][1] for each in found if each), Evidence())
    unseen = () if all(found) else ("everything: no result of this contract at this version",)
    status = "active" if active else "pending"
    return Verdict(client, *place, worst(answers), status, "full", shown, unseen)
