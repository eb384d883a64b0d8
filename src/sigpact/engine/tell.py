"""From a trouble to a finding: the smallest request, what it shows, and a kept case to run again."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from sigpact.checks.breaches import Breach, is_sensitive
from sigpact.contract.model import TensorExample
from sigpact.engine.cases import Case, case_id, keep
from sigpact.engine.dynamic import alone, resent
from sigpact.engine.journey import Arrival, Journey, Sent
from sigpact.engine.options import Options
from sigpact.engine.selection import Binding
from sigpact.engine.sourcing import planned
from sigpact.engine.static import Told, found
from sigpact.engine.tally import Trouble
from sigpact.engine.witness import difficulty, row_of, rows_of, simplest, spoken_arrival, witness
from sigpact.findings import Finding, Level
from sigpact.frozen import replace
from sigpact.runtime.protocol import Refused, Session
from sigpact.values.examples import request_of
from sigpact.values.requests import Request

_CANDIDATES: Final = 400
"""Rows among which the simplest request is looked for."""
_SHOWN: Final = 256
"""Requests among which it is."""

_WHY: Final = {
    "request-refused": "the client gets an error where it relies on an answer",
    "request-not-writable": "the contract says that the client sends it, and its language cannot",
    "answer-unreadable": "the server says 200, and the client cannot read what it sends",
    "model-crashed": "on a real server every model behind the endpoint goes down with it",
    "model-hung": "the client runs into its deadline, and the call holds a thread of the server",
    "holds-broken": "the client's team wrote this down as what it relies on, in every row",
    "example-mismatch": "the client's team wrote this answer down as what it relies on",
}


_UNSEEN: Final = frozenset({"output-tensor-shared"})
"""Breaks that no run here shows: what the batching session mixes up is not mixed up without it."""


_OF_SEVERAL: Final = frozenset({"input-batch-refused", "output-batch-refused"})
"""Breaks that one row need not show: a request of one row has the batch of an output of one."""
_TRIED: Final = 40
"""Requests among which one that shows such a break is looked for."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One use at one loaded version."""

    journey: Journey
    session: Session
    binding: Binding
    options: Options


def breach_finding(scene: Scene, trouble: Trouble, rows: int, calls: int) -> Finding:
    """Return the finding for what went wrong in some of `rows` rows, sent in `calls` calls."""
    smallest, sent, arrival = _smallest(scene, trouble)
    breach, use = smallest.breach, scene.journey.use
    path = (*use.path, *breach.at) if trouble.example is None else trouble.example.path
    told = Told(
        path,
        use.name,
        breach.at,
        breach.change or breach.rule,
        _message(smallest, _counted(trouble, rows, calls)),
        breach.expected,
        breach.received,
        _WHY.get(breach.rule, "the contract says that the client relies on it"),
    )
    case = _keep(scene, smallest, sent, arrival)
    seen = witness(scene.journey, sent, smallest.request, arrival, case)
    return found(scene.binding, breach.rule, breach.level, told, seen)


def with_witness(scene: Scene, finding: Finding) -> Finding:
    """Return a static break with the most readable request of the domain and what comes of it."""
    if finding.level is not Level.ERROR or finding.witness is not None or finding.rule in _UNSEEN:
        return finding
    request = _telling(scene, finding)
    if request is None:
        return finding
    sent = scene.journey.send(request)
    arrival = alone(scene.journey, scene.session, sent)
    breach = Breach(finding.rule, finding.at, None, finding.expected, finding.received, 1, 1, finding.change)
    case = _keep(scene, Trouble(breach, request), sent, arrival)
    return replace(finding, witness=witness(scene.journey, sent, request, arrival, case))


def _telling(scene: Scene, finding: Finding) -> Request | None:
    """Return the easiest request in which the break shows: the one left out, the greatest value, or any."""
    if finding.rule in _OF_SEVERAL:
        return _refused(scene)
    requests = [row_of(each, 0) for each in islice(_readable(scene), _SHOWN)]
    name = finding.at[-1] if finding.at else ""
    if finding.rule.startswith("input-default"):
        requests = [each for each in requests if name not in each.values] or requests
    if finding.rule in {"input-dtype-changed", "input-precision-refused"}:
        return max(requests, key=lambda each: _magnitude(each, str(name)), default=None)
    return simplest(requests)


def _refused(scene: Scene) -> Request | None:
    """Return the easiest request that the server refuses; where a few show none, the easiest of all."""
    requests = sorted(islice(_readable(scene), _SHOWN), key=difficulty)
    tried = ((each, alone(scene.journey, scene.session, scene.journey.send(each))) for each in requests)
    shown = (each for each, arrival in islice(tried, _TRIED) if isinstance(arrival, Refused))
    return next(shown, simplest(requests))


def _magnitude(request: Request, name: str) -> float:
    """Return how far from nothing an input's numbers reach; of texts, nothing."""
    value = request.values.get(name)
    if value is None or value.array.dtype.kind not in "iuf" or not value.array.size:
        return 0.0
    return float(np.abs(value.array.astype(np.float64)).max())


def _readable(scene: Scene) -> Iterator[Request]:
    """Yield the examples first: a person of the client's team knows them."""
    journey = scene.journey
    if journey.use.verb != "predict":
        return
    examples = [each for each in journey.use.examples if isinstance(each, TensorExample)]
    if examples:
        yield request_of(journey.contract, journey.use, examples[0])
        return
    yield from planned(journey, scene.session, rows=_CANDIDATES, seed=scene.options.seed).requests


def _smallest(scene: Scene, trouble: Trouble) -> tuple[Trouble, Sent, Arrival]:
    """Run fewer and fewer rows alone, as long as they fail alike; an example is sent as it stands."""
    request = trouble.request
    sent, arrival, again = resent(scene.journey, scene.session, trouble.example, request)
    while request is not None and trouble.example is None and request.rows > 1:
        for part in _parts(trouble.breach, request):
            tried = resent(scene.journey, scene.session, None, part)
            if any(_is_same(each, trouble.breach) for each in tried[2]):
                request, (sent, arrival, again) = part, tried
                break
        else:
            break
    return _shrunk(trouble, request, again), sent, arrival


def _parts(breach: Breach, request: Request) -> list[Request]:
    """Return smaller requests to try: the row that has it, else either half; of none, none."""
    middle = request.rows // 2
    halves = [range(middle), range(middle, request.rows)]
    tries = (
        [range(breach.row, breach.row + 1)]
        if breach.row is not None and breach.row < request.rows
        else halves
    )
    parts = [rows_of(request, rows) for rows in tries]
    return [part for part in parts if part.rows < request.rows]


def _shrunk(trouble: Trouble, request: Request | None, again: tuple[Breach, ...]) -> Trouble:
    """Return the trouble with the breach as this request shows it."""
    breach = next((each for each in again if _is_same(each, trouble.breach)), trouble.breach)
    return Trouble(breach, request, trouble.example, trouble.rows, trouble.calls)


def _is_same(one: Breach, other: Breach) -> bool:
    return (one.rule, one.at, one.change) == (other.rule, other.at, other.change)


def _counted(trouble: Trouble, rows: int, calls: int) -> str:
    """Say how often it was seen: by rows, or by calls where the whole call fails and tells no row."""
    if trouble.breach.row is None:
        return f" ({trouble.calls:,} of {calls:,} calls)" if calls > 1 else ""
    return f" ({trouble.rows:,} of {rows:,} rows)" if rows > 1 else ""


def _message(trouble: Trouble, counted: str) -> str:
    breach = trouble.breach
    if breach.rule == "example-mismatch":
        return f"example {breach.change!r} is answered otherwise"
    if breach.rule == "answer-unreadable":
        return f"the client cannot read it: {breach.received}{counted}"
    if breach.rule == "holds-broken":
        return f"{breach.change} does not hold: {breach.received}{counted}"
    if breach.at[:1] == ("outputs",) and len(breach.at) > 1:
        return f"output {breach.at[1]!r}: {breach.received}; the contract says {breach.expected}{counted}"
    return f"{breach.received}{counted}"


def _keep(scene: Scene, trouble: Trouble, sent: Sent, arrival: Arrival) -> Case | None:
    """Write the case down, unless it holds what may not be stored or nothing is to be kept."""
    journey, breach, contract = scene.journey, trouble.breach, scene.binding.contract
    if scene.options.cases is None or is_sensitive(journey.use):
        return None
    body = None if sent.body is None else sent.body.decode(errors="replace")
    answer = spoken_arrival(arrival, rest=body is not None)
    environment = scene.options.environment
    identity = (breach.rule, *map(str, breach.at), contract.client, journey.model, journey.version)
    identity += () if environment is None else (environment.name,)
    case = Case(
        id=case_id(*identity, journey.use.name, body or repr(trouble.request and _shown(trouble.request))),
        contract=str(Path(contract.file).resolve()),
        client=contract.client,
        model=journey.model,
        version=journey.version,
        export=str(Path(scene.binding.version.path).resolve()),
        signature=journey.use.name,
        rule=breach.rule,
        at=breach.at,
        change=breach.change,
        request=trouble.request,
        example=trouble.example.name if trouble.example else None,
        body=body,
        expected=breach.expected,
        received=breach.received,
        answer=answer,
        environment=environment,
    )
    try:
        keep(Path(scene.options.cases), case)
    except OSError:
        # The finding counts, whether or not a file can be written beside it.
        return None
    return case


def _shown(request: Request) -> list[tuple[str, object]]:
    return [(name, value.array.tolist()) for name, value in sorted(request.values.items())]
