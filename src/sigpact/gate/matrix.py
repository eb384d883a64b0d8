"""`matrix`: every client that counts with every version that the store has results about, and nothing run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

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

Cell = tuple[str, str, str]
"""Model, version, contract digest."""


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
    cells: dict[Cell, list[tuple[Answer, Evidence]]] = {}
    for body in usable:
        for version, contract, found in _answers(body.payload):
            cells.setdefault((body.owner.name, version, contract), []).append(found)
    damage = (*inquiry.store.state.damage, *history.damage)
    told = "; ".join(map(str, damage))
    return Report(
        "full",
        (),
        tuple(_verdicts(cells, inquiry.gathered.counted)),
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


def _answers(payload: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[Answer, Evidence]]]:
    for part in payload["parts"]:
        yield part["version"], part["contract"], (_answer(part), evidence(part["evidence"]))


def _answer(part: Mapping[str, Any]) -> Answer:
    levels = {each["level"] for each in part["findings"]}
    if Level.ERROR in levels:
        return Answer.NO
    is_whole = part["checked"] and not part["not_checked"] and Level.UNDECIDED not in levels
    return Answer.YES if is_whole else Answer.UNKNOWN


def _verdicts(
    cells: Mapping[Cell, list[tuple[Answer, Evidence]]], counted: Sequence[Counted]
) -> Iterator[Verdict]:
    versions = sorted(
        {(model, version) for model, version, _ in cells}, key=lambda each: (each[0], int(each[1]))
    )
    for model, version in versions:
        named: dict[str, list[Counted]] = {}
        for each in counted:
            if model in each.contract.models:
                named.setdefault(each.contract.client, []).append(each)
        for client, mine in sorted(named.items()):
            found = [cells.get((model, version, each.digest), []) for each in mine]
            answers = [worst([answer for answer, _ in each]) for each in found]
            shown = next((each[-1][1] for each in found if each), Evidence())
            active = any(each.contract.status == "active" for each in mine)
            unseen = () if all(found) else ("everything: no result of this contract at this version",)
            status = "active" if active else "pending"
            yield Verdict(client, model, version, worst(answers), status, "full", shown, unseen)
