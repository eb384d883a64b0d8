"""`Table`: what was seen of each client at each version that it reaches."""

from collections.abc import Iterable, Sequence

from sigpact.findings import Answer
from sigpact.frozen import frozen
from sigpact.gate.evidence import Known, Needed
from sigpact.gate.gathering import Counted
from sigpact.gate.judging import PASSING, Seen
from sigpact.gate.looking import Looking
from sigpact.gate.reach import Reach, Trouble, trouble
from sigpact.gate.standing import Standing
from sigpact.report.gated import Reason, Role, Row

Found = tuple[tuple[Needed, Known], ...]


@frozen
class Table:
    """What was seen, by the place of a client in the list that was asked about, and by version.

    `found` is what it rests on, but for versions that there is nothing to judge of.
    """

    cells: tuple[tuple[int, int, Seen], ...]
    found: Found = ()

    def of(self, client: int) -> dict[int, Seen]:
        """Return what was seen of one client, by version."""
        return {number: seen for at, number, seen in self.cells if at == client}


def looked(looking: Looking, standing: Standing, clients: Sequence[Reach], numbers: Sequence[int]) -> Table:
    """Find out about every client at every one of these versions that it reaches."""
    troubles = {each: trouble(standing, each, looking.folders) for each in numbers}
    reached = [
        (at, number) for at, client in enumerate(clients) for number in numbers if client.reaches(number)
    ]
    sound = [(at, number) for at, number in reached if troubles[number] is None]
    pairs = [(clients[at].counted, clients[at].binding(number)) for at, number in sound]
    found = looking.look(pairs)
    cells = [(*place, seen_of(*each)) for place, each in zip(sound, found, strict=True)]
    for at, number in reached:
        problem = troubles[number]
        if problem is not None:
            cells.append((at, number, _troubled(clients[at].counted, standing, number, problem)))
    return Table(tuple(cells), tuple(found))


def glanced(looking: Looking, clients: Sequence[Reach], number: int) -> Iterable[tuple[int, Seen]]:
    """Return what is known of each client at a version without running anything."""
    reached = [at for at, client in enumerate(clients) if client.reaches(number)]
    found = looking.glance([(clients[at].counted, clients[at].binding(number)) for at in reached])
    return [(at, seen_of(*each)) for at, each in zip(reached, found, strict=True)]


def seen_of(needed: Needed, known: Known) -> Seen:
    """Return what is known of a contract at a version as the judge sees it."""
    contract, part = needed.counted.contract, known.part
    return Seen(
        client=contract.client,
        release=needed.counted.release,
        model=needed.binding.model,
        version=str(needed.binding.version.number),
        owner=contract.owner,
        status=contract.status,
        scope=known.scope,
        checked=part.checked,
        findings=part.findings,
        evidence=part.evidence,
        not_checked=part.not_checked,
        disagrees=known.disagrees,
    )


def _troubled(counted: Counted, standing: Standing, number: int, problem: Trouble) -> Seen:
    contract, (reason, told) = counted.contract, problem
    return Seen(
        client=contract.client,
        release=counted.release,
        model=standing.model.name,
        version=str(number),
        owner=contract.owner,
        status=contract.status,
        trouble=reason,
        told=told,
    )


def unjudged(counted: Counted, model: str, number: int | str, reason: Reason, told: str) -> Row:
    """Return the row of a contract about which nothing could be judged at a version."""
    contract = counted.contract
    blocks = reason not in PASSING and contract.status == "active"
    answer = Answer.NO if reason in {Reason.STILL_BOUND, Reason.VERSION_GONE} else Answer.UNKNOWN
    return Row(
        contract.client, counted.release, model, str(number), Role.CANDIDATE, answer, reason, blocks, told,
        owner=contract.owner, status=contract.status,
    )  # fmt: skip
