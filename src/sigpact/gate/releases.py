"""May this client's release go out? Its contracts against every version that is live."""

from collections.abc import Iterator, Mapping, Sequence

from sigpact.errors import ConfigurationError
from sigpact.frozen import replace
from sigpact.gate.gathering import BRANCH, Counted, Gathered, out_there
from sigpact.gate.inquiry import Inquiry
from sigpact.gate.judging import Seen, row
from sigpact.gate.looking import Looking
from sigpact.gate.reach import Reach, reach
from sigpact.gate.standing import Standing
from sigpact.gate.table import looked, unjudged
from sigpact.gate.versions import Judgement, sound
from sigpact.nearest import hint
from sigpact.report.gated import Reason, Role, Row
from sigpact.store.records import Published
from sigpact.store.state import LiveRelease, contracts
from sigpact.store.subjects import Subject


def release_contracts(inquiry: Inquiry, subject: Subject) -> Gathered:
    """Return the contracts of a release: as it was published, or without a store as they are written now.

    Raises `ConfigurationError` where nobody published it.
    """
    name, store = subject.owner.name, inquiry.store
    if store is None:
        mine = tuple(each for each in inquiry.gathered.counted if each.contract.client == name)
        return Gathered(mine, inquiry.gathered.problems)
    records = contracts(store.history, subject.owner, subject.what)
    if not records:
        bodies = [each.body for each in store.history.records]
        there = [
            each.release for each in bodies if isinstance(each, Published) and each.owner == subject.owner
        ]
        raise ConfigurationError(
            f"{subject} is not published ({hint(subject.what, there)}): `sigpact publish` comes first"
        )
    release = LiveRelease(name, subject.what, records, (), None)
    return out_there(store.place, [release], inquiry.asked.options.checks)


def judge_release(
    inquiry: Inquiry, looking: Looking, mine: Sequence[Counted], standings: Sequence[Standing]
) -> Judgement:
    """Return what each live version does to a client's release, beside those that are out now."""
    parts = [_judged(inquiry, looking, mine, each) for each in standings]
    given = {each.model.name for each in standings}
    absent = [
        unjudged(each, name, "", Reason.EVIDENCE_MISSING, f"no model {name!r} among those given")
        for each in mine
        for name in each.contract.models
        if name not in given
    ]
    return Judgement(
        (*(row for each in parts for row in each.rows), *absent),
        tuple(found for each in parts for found in each.found),
        notes=tuple(note for each in parts for note in each.notes),
    )


def _judged(inquiry: Inquiry, looking: Looking, mine: Sequence[Counted], standing: Standing) -> Judgement:
    name = standing.model.name
    asked = [each for each in mine if name in each.contract.models]
    out = [each for each in inquiry.gathered.counted if _is_out(each, asked) and name in each.contract.models]
    clients = [reach(each, standing) for each in (*asked, *out)]
    table = looked(looking, standing, clients, standing.live)
    before = _before(clients[len(asked) :], [table.of(at) for at in range(len(asked), len(clients))])
    rows = [
        made
        for at, client in enumerate(clients[: len(asked)])
        for made in _rows(inquiry, client, table.of(at), before, standing)
    ]
    return Judgement(tuple(rows), table.found, notes=standing.notes)


def _before(clients: Sequence[Reach], seen: Sequence[Mapping[int, Seen]]) -> list[dict[int, Seen]]:
    """Return what each release that is out has by version: the breaches of all its contracts together."""
    found: dict[str, dict[int, Seen]] = {}
    for client, mine in zip(clients, seen, strict=True):
        known = found.setdefault(client.counted.release, {})
        for number, each in mine.items():
            other = known.get(number, each)
            both = each.findings if other is each else (*other.findings, *each.findings)
            known[number] = replace(other, findings=both, disagrees=other.disagrees or each.disagrees)
    return list(found.values())


def _is_out(counted: Counted, asked: Sequence[Counted]) -> bool:
    """Whether a contract is that of another release of the same client, which is out already."""
    clients = {each.contract.client for each in asked}
    releases = {each.release for each in asked}
    return counted.contract.client in clients and counted.release not in {BRANCH, *releases}


def _rows(
    inquiry: Inquiry,
    client: Reach,
    seen: Mapping[int, Seen],
    before: Sequence[Mapping[int, Seen]],
    standing: Standing,
) -> Iterator[Row]:
    demands, waived = inquiry.asked.environment.demands, inquiry.is_waived
    if client.counted.contract.is_expired(inquiry.asked.now.date()):
        told = f"expired on {client.counted.contract.sunset}: it no longer binds"
        yield unjudged(client.counted, standing.model.name, "", Reason.CONTRACT_EXPIRED, told)
        return
    if not standing.live:
        told = f"no version of {standing.model.name} is live there, so nothing was checked"
        yield unjudged(client.counted, standing.model.name, "", Reason.EVIDENCE_MISSING, told)
    elif not seen:
        text = client.counted.contract.versions.text
        told = client.why or f"'versions: {text}' selects no version that is live"
        is_open = (
            client.is_unknown and not standing.is_configured
        )  # a server refuses a label it does not know
        reason = Reason.EVIDENCE_MISSING if is_open else Reason.VERSION_GONE
        yield unjudged(client.counted, standing.model.name, standing.live[-1], reason, told)
    for number, each in seen.items():
        known = sound([one[number] for one in before if number in one])
        yield row(each, known, Role.CANDIDATE, demands, waived)
