"""May this version go there? Rows for it, for what is live, and for what could be rolled back to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sigpact.findings import Answer
from sigpact.frozen import frozen, replace
from sigpact.gate.callers import NAME
from sigpact.gate.gathering import Counted
from sigpact.gate.inquiry import Inquiry
from sigpact.gate.judging import MODEL_TEAM, Seen, row
from sigpact.gate.looking import Looking
from sigpact.gate.reach import Reach, reach, trouble
from sigpact.gate.standing import Standing
from sigpact.gate.table import Found, glanced, looked, unjudged
from sigpact.report.gated import Reason, Role, Row

_EARLIER: Final = 5
"""So many earlier versions are in the rollback matrix: who goes further back asks about that one."""


@frozen
class Judgement:
    """The rows of a question, the rollback matrix, and all that was found out for them.

    `first`: nothing was live to compare with.
    """

    rows: tuple[Row, ...]
    found: Found = ()
    first: bool = False
    earlier: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()


def judge_version(inquiry: Inquiry, looking: Looking, standing: Standing, candidate: int) -> Judgement:
    """Return what a candidate does to every client that can reach it, beside what is live."""
    model = standing.model.name
    binding, expired = named_by(inquiry, model)
    live = tuple(each for each in standing.live if each != candidate)
    clients = [reach(each, standing) for each in binding]
    table = looked(looking, standing, clients, (candidate, *live))
    rows = [
        made
        for at, each in enumerate(clients)
        for made in _rows(inquiry, each, table.of(at), candidate, standing)
    ]
    rows += [unjudged(each, model, candidate, Reason.CONTRACT_EXPIRED, _expiry(each)) for each in expired]
    rows += _unreached(looking, standing, candidate, rows)
    earlier = tuple(_earlier(inquiry, looking, binding, standing, candidate))
    is_first = not standing.live
    return Judgement(tuple(rows), table.found, is_first, earlier, standing.notes)


def _unreached(looking: Looking, standing: Standing, candidate: int, rows: Sequence[Row]) -> Iterator[Row]:
    """Yield a row for each folder that is not what was recorded and that no contract's row tells of."""
    told = {(each.version, each.reason) for each in rows if each.blocks}
    for number in (candidate, *(each for each in standing.live if each != candidate)):
        problem = trouble(standing, number, looking.folders)
        if problem is not None and (str(number), problem[0]) not in told:
            role = Role.CANDIDATE if number == candidate else Role.LIVE
            name = standing.model.name
            yield Row(
                NAME, f"{name}@{number}", name, str(number), role, Answer.NO, problem[0], blocks=True,
                detail=problem[1], act=MODEL_TEAM,
            )  # fmt: skip


def named_by(inquiry: Inquiry, model: str) -> tuple[list[Counted], list[Counted]]:
    """Return the contracts that name a model: those that bind, and those that have expired."""
    named = [each for each in inquiry.gathered.counted if model in each.contract.models]
    expired = [each for each in named if each.contract.is_expired(inquiry.asked.now.date())]
    return [each for each in named if each not in expired], expired


def _expiry(counted: Counted) -> str:
    return f"expired on {counted.contract.sunset}: it no longer binds"


def _rows(
    inquiry: Inquiry, client: Reach, seen: Mapping[int, Seen], candidate: int, standing: Standing
) -> Iterator[Row]:
    """Yield the rows of one client: at the candidate, at each live version, and for what goes away."""
    demands, waived = inquiry.asked.environment.demands, inquiry.is_waived
    live = [each for number, each in seen.items() if number != candidate]
    if candidate in seen:
        # Whoever has this very version today, and no other, has its breaches today. A label may come to it.
        is_here = not live and candidate in standing.live and client.counted.contract.versions.label is None
        before = [seen[candidate]] if is_here else live
        yield row(seen[candidate], sound(before), Role.CANDIDATE, demands, waived)
    else:
        yield _elsewhere(client, standing, candidate)
    for each in live:
        yield row(each, [each], Role.LIVE, demands, waived)
    for number in standing.unloaded:
        if client.reaches(number) and not any(each in standing.remaining for each in client.numbers):
            yield still_bound(client, standing, number, "the server's policy lets it go")


def sound(seen: Sequence[Seen]) -> list[Seen]:
    """Return what was seen of versions that a server can serve: only they can be as bad as another."""
    return [each for each in seen if each.is_served]


def _elsewhere(client: Reach, standing: Standing, candidate: int) -> Row:
    """Return the row of a client that does not reach the candidate, as far as anybody knows."""
    versions = ", ".join(map(str, client.numbers))
    told = client.why or f"'versions: {client.counted.contract.versions.text}' selects {versions}"
    if client.is_unknown:
        told += "; give the models.config that says what its label stands for"
        return unjudged(client.counted, standing.model.name, candidate, Reason.EVIDENCE_MISSING, told)
    return unjudged(client.counted, standing.model.name, candidate, Reason.NOT_BOUND, told)


def still_bound(client: Reach, standing: Standing, number: int, how: str) -> Row:
    """Return the row of a client that reaches this version and would reach none."""
    told = f"'versions: {client.counted.contract.versions.text}' reaches version {number} alone, and {how}"
    return unjudged(client.counted, standing.model.name, number, Reason.STILL_BOUND, told)


def _earlier(
    inquiry: Inquiry, looking: Looking, counted: Sequence[Counted], standing: Standing, candidate: int
) -> Iterator[Row]:
    """Yield the rollback matrix: what each version before the candidate would do to clients now."""
    numbers = [each.number for each in standing.model.versions if each.number < candidate][-_EARLIER:]
    demands, waived = inquiry.asked.environment.demands, inquiry.is_waived
    clients = [reach(each, standing, numbers) for each in counted]
    for number in reversed(numbers):
        for _, seen in glanced(looking, clients, number):
            # Nothing is compared with what is live: whoever rolls back wants to know who works then.
            yield row(seen, [], Role.EARLIER, demands, waived)
        yield from (_left(each, standing, number) for each in clients if _is_left(each, standing, number))


def _is_left(client: Reach, standing: Standing, number: int) -> bool:
    """Whether a client reaches something now, and nothing once all that came after a version is gone."""
    now = [each for each in client.numbers if each in standing.live or each in standing.next.judged]
    return bool(now) and not client.reaches(number) and min(now) > number


def _left(client: Reach, standing: Standing, number: int) -> Row:
    """Return the row of a client that a way back would leave without a version; a label may go along."""
    text = client.counted.contract.versions.text
    told = f"'versions: {text}' does not reach it, and nothing before it that is live"
    made = unjudged(client.counted, standing.model.name, number, Reason.STILL_BOUND, told)
    is_label = client.counted.contract.versions.label is not None
    answer = Answer.UNKNOWN if is_label else Answer.NO
    return replace(made, role=Role.EARLIER, answer=answer, blocks=False)
