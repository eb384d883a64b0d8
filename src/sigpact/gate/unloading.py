"""May this version go away? Nobody may be left who reaches it alone."""

from collections.abc import Iterator

from sigpact.contract.model import Relation
from sigpact.errors import ConfigurationError
from sigpact.frozen import replace
from sigpact.gate.inquiry import Inquiry
from sigpact.gate.reach import Reach, reach
from sigpact.gate.standing import Standing
from sigpact.gate.table import unjudged
from sigpact.gate.versions import Judgement, named_by, still_bound
from sigpact.report.gated import Reason, Row


def leaving(inquiry: Inquiry, standing: Standing, number: int) -> Standing:
    """Return what is live, the version that is to go among it.

    Raises `ConfigurationError` where it is known not to be: who means another would hear that nobody needs
    it. Where nobody says what is live, whoever asks does.
    """
    if number in standing.live:
        return standing
    is_known = standing.is_configured or inquiry.store is not None
    if is_known or standing.version(number) is None:
        there = ", ".join(map(str, standing.live)) or "nothing"
        where = inquiry.asked.environment.name
        raise ConfigurationError(f"{standing.model.name}@{number} is not live in {where}; live is {there}")
    return replace(standing, live=tuple(sorted((*standing.live, number))))


def judge_unload(inquiry: Inquiry, standing: Standing, number: int) -> Judgement:
    """Return a row for each client: whether it still needs a version."""
    binding, expired = named_by(inquiry, standing.model.name)
    rows = [made for each in binding for made in _rows(reach(each, standing), standing, number)]
    name = standing.model.name
    rows += [unjudged(each, name, number, Reason.CONTRACT_EXPIRED, "it no longer binds") for each in expired]
    return Judgement(tuple(rows), notes=standing.notes)


def _rows(client: Reach, standing: Standing, number: int) -> Iterator[Row]:
    name, counted = standing.model.name, client.counted
    for relation in counted.contract.relations:
        if _names(relation, number):
            told = f"relation {relation.name!r} compares with version {number} by its number"
            yield unjudged(counted, name, number, Reason.STILL_BOUND, told)
            return
    if client.is_unknown:
        told = f"{client.why}; give the models.config that says what its label stands for"
        yield unjudged(counted, name, number, Reason.EVIDENCE_MISSING, told)
        return
    others = [each for each in client.numbers if each != number and each in standing.live]
    if client.reaches(number) and (not others or counted.contract.versions.label is not None):
        yield still_bound(client, standing, number, "it is to go")
    else:
        told = f"reaches {', '.join(map(str, others))}" if others else "does not reach it"
        yield unjudged(counted, name, number, Reason.NOT_BOUND, told)


def _names(relation: Relation, number: int) -> bool:
    return any(each.version is not None and each.version.number == number for each in relation.calls)
