"""From a trouble to a finding: the smallest request, what it shows, and a kept case to run again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path as File
from typing import Final

import numpy as np

from sigpact.checks.breaches import Breach, is_sensitive
from sigpact.contract.model import SignatureUse, TensorExample
from sigpact.engine.cases import Case, case_id, keep
from sigpact.engine.dynamic import alone, arrivals, judged, resent
from sigpact.engine.journey import Arrival, Journey, Sent
from sigpact.engine.options import Options
from sigpact.engine.selection import Binding
from sigpact.engine.shrinking import Judge, is_same, smallest
from sigpact.engine.sourcing import planned
from sigpact.engine.static import Told, found
from sigpact.engine.tally import Trouble, breaches
from sigpact.engine.witness import difficulty, spoken_arrival, witness
from sigpact.findings import Finding, Level, Path
from sigpact.frozen import replace
from sigpact.rows.real import real_requests
from sigpact.runtime.protocol import Session
from sigpact.savedmodel.folders import resolved
from sigpact.values.examples import request_of
from sigpact.values.requests import Origin, Request, row_of

_CANDIDATES: Final = 400
"""Rows among which the simplest request is looked for."""
_SHOWN: Final = 256
"""Requests among which it is."""
_REAL: Final = 32
"""Requests of real rows among them."""
_AT_ONCE: Final = 32

_WHY: Final = {
    "request-refused": "the client gets an error where it relies on an answer",
    "request-not-writable": "the contract says that the client sends it, and its language cannot",
    "answer-unreadable": "the server says 200, and the client cannot read what it sends",
    "model-crashed": "on a real server every model behind the endpoint goes down with it",
    "model-hung": "the client runs into its deadline, and the call holds a thread of the server",
    "holds-broken": "the client's team wrote this down as what it relies on, in every row",
    "holds-undecided": "the client relies on it, and nothing is known of it: the check did not say",
    "example-mismatch": "the client's team wrote this answer down as what it relies on",
    "labels-permuted": "the client reads positions: each of these now means something else",
}


_UNSEEN: Final = frozenset({"output-tensor-shared"})
"""Breaks that no run here shows: what the batching session mixes up is not mixed up without it."""


_OF_SEVERAL: Final = frozenset({"input-batch-refused", "output-batch-refused"})
"""Breaks that one row need not show: a request of one row has the batch of an output of one."""


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
    path = _place(use, trouble)
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


def _place(use: SignatureUse, trouble: Trouble) -> Path:
    """Return where in the contract it says what is broken."""
    if trouble.breach.rule == "labels-permuted":
        return (*use.path, *trouble.breach.at, "labels")
    if trouble.example is not None:
        return trouble.example.path
    recorded = trouble.breach.rule == "example-mismatch"
    return (*use.path, "rows_from") if recorded else (*use.path, *trouble.breach.at)


def with_witness(scene: Scene, finding: Finding) -> Finding:
    """Return a static break with the most readable request of the domain and what comes of it."""
    if finding.level is not Level.ERROR or finding.witness is not None or finding.rule in _UNSEEN:
        return finding
    request = _telling(scene, finding)
    if request is None:
        return finding
    if request.origin is not Origin.EXAMPLE:
        request = _smaller(scene, request)
    sent = scene.journey.send(request)
    arrival = alone(scene.journey, scene.session, sent)
    breach = Breach(finding.rule, finding.at, None, finding.expected, finding.received, 1, 1, finding.change)
    case = _keep(scene, Trouble(breach, request), sent, arrival)
    return replace(finding, witness=witness(scene.journey, sent, request, arrival, case))


def _smaller(scene: Scene, request: Request) -> Request:
    """Return the smallest request with the same failure, if it fails at all."""
    arrival = alone(scene.journey, scene.session, scene.journey.send(request))
    for breach in breaches(scene.journey.contract, scene.journey.use, request, arrival):
        return _smallest(scene, Trouble(breach, request))[0].request or request
    return request


def _telling(scene: Scene, finding: Finding) -> Request | None:
    """Return the first request that fails, of those in which the break should show; of none, the easiest.

    Examples come first, then what is easiest to read: without the input that is spoken of, or (where its
    dtype changed) with its greatest value.
    """
    found = islice(_readable(scene), _SHOWN)
    requests = list(found) if finding.rule in _OF_SEVERAL else [row_of(each, 0) for each in found]
    name = str(finding.at[-1]) if finding.at else ""
    if finding.rule.startswith("input-default"):
        requests = [each for each in requests if name not in each.values] or requests
    if finding.rule in {"input-dtype-changed", "input-precision-refused"}:
        requests.sort(key=lambda each: -_magnitude(each, name))
    else:
        requests.sort(key=lambda each: (each.origin is not Origin.EXAMPLE, difficulty(each)))
    return next(_failing(scene, requests), next(iter(requests), None))


def _failing(scene: Scene, requests: list[Request]) -> Iterator[Request]:
    """Yield the requests that fail, in their order; most often the first one does."""
    start, count = 0, 1
    journey = scene.journey
    while start < len(requests):
        chunk = requests[start : start + count]
        came = arrivals(journey, scene.session, chunk)
        for request, arrival in zip(chunk, came, strict=True):
            if breaches(journey.contract, journey.use, request, arrival):
                yield request
        start, count = start + count, _AT_ONCE


def _magnitude(request: Request, name: str) -> float:
    """Return how far from nothing an input's numbers reach; of texts, nothing."""
    value = request.values.get(name)
    if value is None or value.array.dtype.kind not in "iuf" or not value.array.size:
        return 0.0
    return float(np.abs(value.array.astype(np.float64)).max())


def _readable(scene: Scene) -> Iterator[Request]:
    """Yield an example first, then real rows: a person of the client's team knows them."""
    journey = scene.journey
    examples = [each for each in journey.use.examples if isinstance(each, TensorExample)]
    for example in examples[:1]:
        yield request_of(journey.contract, journey.use, example)
    yield from islice(real_requests(journey.contract, journey.use), _REAL)
    yield from planned(journey, scene.session, rows=_CANDIDATES, seed=scene.options.seed).requests


def _smallest(scene: Scene, trouble: Trouble) -> tuple[Trouble, Sent, Arrival]:
    """Look for the smallest request that fails alike; an example is sent as it stands."""
    journey, request, breach = scene.journey, trouble.request, trouble.breach

    def judge(requests: Sequence[Request], came: Sequence[Arrival]) -> list[bool]:
        pairs = zip(requests, came, strict=True)
        found = (judged(journey, *each) for each in pairs)
        return [any(is_same(one, breach) for one in each) for each in found]

    if request is not None and request.recorded is not None:
        request = _real(scene, request, breach, judge)
    elif request is not None and trouble.example is None:
        request = smallest(journey, scene.session, request, breach, judge)
    sent, arrival, again = resent(journey, scene.session, trouble.example, request)
    return _shrunk(trouble, request, again), sent, arrival


def _real(scene: Scene, request: Request, breach: Breach, judge: Judge) -> Request:
    """Return the real row that fails alike alone; where none does, the rows as they were sent."""
    rows = range(request.rows) if breach.row is None else (breach.row,)
    alone = [row_of(request, row) for row in rows] if request.rows > 1 else []
    for start in range(0, len(alone), _AT_ONCE):
        chunk = alone[start : start + _AT_ONCE]
        for each, fails in zip(
            chunk, judge(chunk, arrivals(scene.journey, scene.session, chunk)), strict=True
        ):
            if fails:
                return each
    return request


def _shrunk(trouble: Trouble, request: Request | None, again: tuple[Breach, ...]) -> Trouble:
    """Return the trouble with the breach as this request shows it."""
    breach = next((each for each in again if is_same(each, trouble.breach)), trouble.breach)
    return Trouble(breach, request, trouble.example, trouble.rows, trouble.calls)


def _counted(trouble: Trouble, rows: int, calls: int) -> str:
    """Say how often it was seen: by rows, or by calls where the whole call fails and tells no row."""
    if trouble.breach.row is None:
        return f" ({trouble.calls:,} of {calls:,} calls)" if calls > 1 else ""
    return f" ({trouble.rows:,} of {rows:,} rows)" if rows > 1 else ""


def _message(trouble: Trouble, counted: str) -> str:
    breach, request = trouble.breach, trouble.request
    if request is not None and request.recorded is not None:
        counted += f", as in {request.label}"
    if trouble.example is not None and breach.change in {trouble.example.name, "labels-permuted"}:
        return _message_of_example(breach)
    if breach.rule == "example-mismatch":
        return f"real rows are answered otherwise than recorded{counted}"
    if breach.rule == "answer-unreadable":
        return f"the client cannot read it: {breach.received}{counted}"
    if breach.rule == "holds-broken":
        return f"{breach.change} does not hold: {breach.received}{counted}"
    if breach.at[:1] == ("outputs",) and len(breach.at) > 1:
        return f"output {breach.at[1]!r}: {breach.received}; the contract says {breach.expected}{counted}"
    return f"{breach.received}{counted}"


def _message_of_example(breach: Breach) -> str:
    if breach.rule == "labels-permuted":
        return f"output {breach.at[1]!r}: {breach.received}: so every example comes right"
    if breach.rule == "answer-schema-broken":
        return f"the answer to example {breach.change!r} is not what the contract declares: {breach.received}"
    return f"example {breach.change!r} is answered otherwise"


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
    # Two examples may send the same and want something else.
    identity += () if trouble.example is None else (trouble.example.name,)
    case = Case(
        id=case_id(*identity, journey.use.name, body or repr(trouble.request and _shown(trouble.request))),
        contract=str(File(contract.file).resolve()),
        client=contract.client,
        model=journey.model,
        version=journey.version,
        export=resolved(scene.binding.version.path),
        signature=journey.use.name,
        rule=breach.rule,
        at=breach.at,
        change=breach.change,
        request=trouble.request,
        example=trouble.example.name if trouble.example else None,
        row=_row_of_file(trouble.request),
        body=body,
        expected=breach.expected,
        received=breach.received,
        answer=answer,
        environment=environment,
    )
    try:
        keep(File(scene.options.cases), case)
    except OSError:
        # The finding counts, whether or not a file can be written beside it.
        return None
    return case


def _row_of_file(request: Request | None) -> tuple[str, int] | None:
    """Return the file and the number of what is sent just as it was recorded, or was answered otherwise."""
    recorded = None if request is None else request.recorded
    if recorded is None or recorded.is_gathered or not (recorded.body or recorded.answer):
        return None
    return recorded.places[0].file, recorded.places[0].number


def _shown(request: Request) -> list[tuple[str, object]]:
    return [(name, value.array.tolist()) for name, value in sorted(request.values.items())]
