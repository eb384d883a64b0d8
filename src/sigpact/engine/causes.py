"""Why a request fails: a row of it does wherever it is sent, only beside others, or only sometimes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from sigpact.checks.breaches import Breach, is_sensitive
from sigpact.checks.compare import deviations
from sigpact.contract.model import SignatureUse, Tensor, Tolerance
from sigpact.engine.journey import Arrival, Journey, Read
from sigpact.engine.tally import is_exhausted
from sigpact.engine.witness import spoken_value
from sigpact.findings import Level
from sigpact.tensors.shapes import Expr, Named, Ranked, names_of
from sigpact.values.features import drawn_use
from sigpact.values.requests import Origin, Request, row_of
from sigpact.values.shrink import alone
from sigpact.wire.arrays import Value

AGAIN: Final = 10
"""So many times a request is sent again before its failure is believed to be one of each time."""
_LONGER: Final = 9
"""So many times as often again, if it was not seen to fail once: a report shows a failure, if it can."""
_COSTLY: Final = {"model-crashed": 2, "model-hung": 1}
"""What costs seconds is sent again so many times."""
_OF_MEMORY: Final = 2
_LARGE: Final = 1 << 18
_SHOWN: Final = 200
"""Characters of an answer that are shown inside a sentence."""
_OF_LARGE: Final = 3
"""A request of more than `_LARGE` numbers (a text is one) is sent again so many times."""


@dataclass(frozen=True, slots=True, eq=False)
class Always:
    """The request fails each time that it is sent, and no row of it is answered otherwise alone."""


@dataclass(frozen=True, slots=True)
class Sometimes:
    """The same request was sent so many times, and failed some of them.

    `aged`: it fails each time in a process that has answered others before, and not in a fresh one.
    """

    failed: int
    sent: int
    aged: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class InCompany:
    """One row fails each time beside the others of the request, and each time passes alone: how answered."""

    row: int
    answer: Mapping[str, Value]


Cause = Always | Sometimes | InCompany
ALWAYS: Final = Always()
Once = tuple[Arrival, Breach | None]
"""What came of a request, and the breach that is looked for, if it is there."""
Sending = TypeVar("Sending", bound=tuple[object, object | None])
"""What came of something that was sent, and how that failed, if it did."""
Ask = Callable[[Request | None, int], Sequence[Once]]
"""Sends a request so many times."""


def times(breach: Breach, request: Request | None) -> int:
    """Return how often a request is sent again that was seen to fail."""
    if is_costly(breach):
        return _COSTLY.get(breach.rule, _OF_MEMORY)
    numbers = 0 if request is None else sum(value.array.size for value in request.values.values())
    return AGAIN if numbers <= _LARGE else _OF_LARGE


def is_costly(breach: Breach) -> bool:
    """Whether each time that this is seen costs seconds, or a process."""
    return breach.rule in _COSTLY or is_exhausted(breach)


def sendings(rule: str) -> int:
    """Return how often a kept case is sent, before it is said not to fail any more."""
    return AGAIN * (1 + _LONGER) if rule == "answer-not-deterministic" else 1


def cause_of(
    journey: Journey, request: Request | None, breach: Breach, ask: Ask
) -> tuple[Cause, Request | None, Once]:
    """Say why a request failed that was seen to; return also the request that shows it, and what came.

    `breach` is what was seen; `ask` says of each sending whether it was seen again. A raw example has no
    request.
    """
    came = until_seen(lambda count: ask(request, count), times(breach, request))
    cause, shown = by_chance([each[1] is not None for each in came]), _shown(came)
    if isinstance(cause, Sometimes):
        return cause, request, shown
    seen = shown[1] or breach
    one = None if seen.row is None else row_alone(journey, request, seen.row)
    if request is None or one is None:
        return cause, request, shown
    found = ask(one, times(breach, one))
    failing = [each[1] is not None for each in found]
    if any(failing):
        return by_chance(failing), one, _shown(found)
    pair = (shown[0], found[0][0])
    if differs(journey.use, (request.rows, seen.row or 0), pair) and isinstance(pair[1], Read):
        return InCompany(seen.row or 0, pair[1].answer), request, shown
    return cause, request, shown


def rule_of(breach: Breach, cause: Cause) -> str:
    """Return the rule that a breach is told under.

    A crash, a hang and want of memory are told for what they are, however seldom; an undecided breach says
    nothing yet.
    """
    if breach.level is not Level.ERROR or is_costly(breach):
        return breach.rule
    return told_as(breach.rule, cause)


def told_as(rule: str, cause: Cause) -> str:
    """Return the rule that a failure is told under: chance and company have rules of their own."""
    match cause:
        case Always():
            return rule
        case Sometimes():
            return "answer-not-deterministic"
        case InCompany():
            return "batch-not-invariant"


def level_of(breach: Breach, cause: Cause) -> Level:
    """Return how much a breach counts: a row that broke the contract in a real request did, alone or not.

    That a call took too long once and never again may be this machine's doing: undecided.
    """
    once = isinstance(cause, Sometimes) and cause.failed == 1
    return Level.UNDECIDED if breach.rule == "model-hung" and once else breach.level


def spoken_cause(journey: Journey, request: Request | None, breach: Breach, cause: Cause) -> str:
    """Say when a breach is seen, to go after what it is."""
    match cause:
        case Sometimes(failed, sent, aged):
            fresh = ", and not in a fresh process" if aged else ""
            return f"; {failed} of {sent} times that the same request was sent{fresh}"
        case InCompany(row, answer):
            said = "otherwise" if is_sensitive(journey.use) else _said(breach, answer)
            return f"; beside the other rows only: row {row} alone is answered {said}"
        case Always() if breach.row is None and request is not None and request.rows > 1:
            cut = request.origin is not Origin.EXAMPLE and request.recorded is None
            fewer = cut and _may_be_fewer(journey, request)
            return f"; {request.rows} rows are the fewest that were found to fail" if fewer else ""
        case _:
            return ""


def _may_be_fewer(journey: Journey, request: Request) -> bool:
    return alone(journey.contract, journey.use, request, 0) is not None


def _said(breach: Breach, answer: Mapping[str, Value]) -> str:
    """Say one output of an answer, or all of it where the breach is not about one."""
    name = str(breach.at[1]) if breach.at[:1] == ("outputs",) and len(breach.at) > 1 else ""
    found = {name: answer[name]} if name in answer else answer
    said = ", ".join(f"{each}={spoken_value(value)}" for each, value in found.items())
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"


def until_seen(send: Callable[[int], Sequence[Sending]], count: int) -> list[Sending]:
    """Send a request so many times; where that is cheap and it never fails, up to ten times as often."""
    came = list(send(count))
    for _ in range(_LONGER if count == AGAIN else 0):
        if any(failed is not None for _, failed in came):
            break
        came += send(count)
    return came


def _shown(came: Sequence[Once]) -> Once:
    """Return a sending that failed, if one did."""
    return next((each for each in came if each[1] is not None), came[0])


def by_chance(failing: Sequence[bool]) -> Always | Sometimes:
    """Say of some sendings of one request whether it failed each time.

    Where it is not seen again, that it was seen before counts.
    """
    if all(failing):
        return ALWAYS
    return Sometimes(sum(failing), len(failing)) if any(failing) else Sometimes(1, len(failing) + 1)


def row_alone(journey: Journey, request: Request | None, row: int) -> Request | None:
    """Return one row of a request, where the contract has such a call and its rows are several things.

    An example is sent as it stands.
    """
    if request is None or request.rows <= 1 or request.origin is Origin.EXAMPLE:
        return None
    if is_one_thing(drawn_use(journey.contract, journey.use), request):
        return None
    one = alone(journey.contract, journey.use, request, row)
    # A real row stays what a file says of it.
    return one if one is None or request.recorded is None else row_of(request, row)


def is_one_thing(use: SignatureUse, request: Request) -> bool:
    """Whether the contract itself looks at the rows of a call together: candidates of one ranking, say."""
    rows = {name for name, size in request.sizes.items() if size == request.rows}
    sets = {each.over for each in use.properties if each.name in {"equivariant", "padding_invariant"}}
    return bool(rows & sets) or any(_runs_along(each, rows) for each in (*use.inputs, *use.outputs))


def _runs_along(tensor: Tensor, rows: set[str]) -> bool:
    """Whether a length is computed from the rows, or a word about whole tensors runs along them."""
    if not isinstance(tensor.shape, Ranked):
        return False
    dims = tensor.shape.dims
    if any(isinstance(dim, Expr) and rows.intersection(names_of(dim)) for dim in dims):
        return True
    said = [around.axis for around in (tensor.sums_to, tensor.norm) if around is not None]
    said += [] if tensor.unique is None else [tensor.unique]
    said += [] if tensor.sorted is None else [-1]
    along = [dims[axis] for axis in said if -len(dims) <= axis < len(dims)]
    return any(isinstance(dim, Named) and dim.name in rows for dim in along)


def differs(use: SignatureUse, place: tuple[int, int], pair: tuple[Arrival, Arrival]) -> bool:
    """Whether a row is answered otherwise beside others than alone, tolerances and ties aside."""
    rows, row = place
    company, one = pair
    if not isinstance(company, Read) or not isinstance(one, Read):
        return False
    ours, theirs = _row(company.answer, rows, row), _row(one.answer, 1, 0)
    said = (each.tolerance for each in use.properties if each.name == "batch_invariant")
    return any(True for _ in deviations(use, (ours, theirs), one.served, next(said, Tolerance())))


def _row(answer: Mapping[str, Value], rows: int, row: int) -> dict[str, Value]:
    """Return one row of each output that has the rows in front."""
    return {
        name: Value(each.dtype, each.array[row : row + 1])
        for name, each in answer.items()
        if each.shape[:1] == (rows,)
    }
