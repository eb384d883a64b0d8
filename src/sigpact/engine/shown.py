"""The request that shows a break which comparing has found: the most readable one, with what comes of it."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

import numpy as np

from sigpact.checks.breaches import Breach
from sigpact.contract.model import TensorExample
from sigpact.engine.dynamic import alone, arrivals
from sigpact.engine.sourcing import planned
from sigpact.engine.tally import Trouble, breaches
from sigpact.engine.tell import Scene, Shown, kept, smallest_of
from sigpact.engine.witness import difficulty, witness
from sigpact.findings import Finding, Level
from sigpact.frozen import replace
from sigpact.rows.real import real_requests
from sigpact.values.examples import request_of
from sigpact.values.requests import Origin, Request, row_of

_CANDIDATES: Final = 400
"""Rows among which the simplest request is looked for."""
_SHOWN: Final = 256
"""Requests among which it is."""
_REAL: Final = 32
"""Requests of real rows among them."""
_AT_ONCE: Final = 32

_UNSEEN: Final = frozenset({"output-tensor-shared"})
"""Breaks that no run here shows: what the batching session mixes up is not mixed up without it."""


_OF_SEVERAL: Final = frozenset({"input-batch-refused", "output-batch-refused"})
"""Breaks that one row need not show: a request of one row has the batch of an output of one."""


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
    case = kept(scene, Shown(Trouble(breach, request), sent, arrival))
    return replace(finding, witness=witness(scene.journey, sent, request, arrival, case))


def _smaller(scene: Scene, request: Request) -> Request:
    """Return the smallest request with the same failure, if it fails at all."""
    arrival = alone(scene.journey, scene.session, scene.journey.send(request))
    for breach in breaches(scene.journey.contract, scene.journey.use, request, arrival):
        return smallest_of(scene, Trouble(breach, request)) or request
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
