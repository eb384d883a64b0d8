"""From a trouble to a finding: the smallest request, what it shows, and a kept case to run again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path as File
from typing import Final

from sigpact.checks.breaches import Breach, is_sensitive
from sigpact.contract.model import SignatureUse
from sigpact.engine.cases import Case, case_id, keep
from sigpact.engine.causes import (
    ALWAYS,
    Always,
    Cause,
    Once,
    Sometimes,
    cause_of,
    is_costly,
    level_of,
    rule_of,
    spoken_cause,
    times,
)
from sigpact.engine.dynamic import arrivals, arrivals_of, judged, order_alone, sent_of, wrong_with
from sigpact.engine.journey import Arrival, Journey, Sent
from sigpact.engine.options import Options
from sigpact.engine.selection import Binding
from sigpact.engine.shrinking import Judge, is_same, smallest
from sigpact.engine.static import Told, found
from sigpact.engine.tally import Trouble
from sigpact.engine.witness import spoken_arrival, witness
from sigpact.findings import Finding, Path
from sigpact.frozen import replace
from sigpact.runtime.protocol import Crashed, Hung, Session, Unloadable
from sigpact.savedmodel.folders import resolved
from sigpact.values.requests import Request, row_of
from sigpact.values.shrink import alone as row_alone

_AT_ONCE: Final = 32
"""Real rows that are sent alone in one go."""

_WHY: Final = {
    "request-refused": "the client gets an error where it relies on an answer",
    "request-not-writable": "the contract says that the client sends it, and its language cannot",
    "answer-unreadable": "the server says 200, and the client cannot read what it sends",
    "model-crashed": "on a real server every model behind the endpoint goes down with it",
    "model-hung": "the client runs into its deadline, and the call holds a thread of the server",
    "answer-not-deterministic": "the same request is also answered well, and the client cannot tell when",
    "batch-not-invariant": "which rows come in one request depends on load: beside some the client gets this",
    "holds-broken": "the client's team wrote this down as what it relies on, in every row",
    "holds-undecided": "the client relies on it, and nothing is known of it: the check did not say",
    "example-mismatch": "the client's team wrote this answer down as what it relies on",
    "labels-permuted": "the client reads positions: each of these now means something else",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """One use at one loaded version; `again` gives the version in a process that has answered little yet."""

    journey: Journey
    session: Session
    binding: Binding
    options: Options
    again: Callable[[], Session | Unloadable]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A trouble with the request that shows it, as it was sent and answered, and why it fails."""

    trouble: Trouble
    sent: Sent
    arrival: Arrival
    cause: Cause = ALWAYS

    @property
    def rule(self) -> str:
        """The rule that is broken: what the answer breaks, unless its cause has a rule of its own."""
        return rule_of(self.trouble.breach, self.cause)


def breach_finding(scene: Scene, trouble: Trouble, rows: int, calls: int) -> Finding:
    """Return the finding for what went wrong in some of `rows` rows, sent in `calls` calls."""
    shown = _settled(scene, trouble)
    case = kept(scene, shown)
    seen = witness(scene.journey, shown.sent, shown.trouble.request, shown.arrival, case)
    counted = _counted(shown.trouble, rows, calls)
    return replace(_found(scene, shown.trouble, shown.cause, counted), witness=seen)


def brief_finding(scene: Scene, trouble: Trouble, rows: int, calls: int) -> Finding:
    """Return the same without a request that shows it, nor why it fails: nothing is run."""
    return _found(scene, trouble, ALWAYS, _counted(trouble, rows, calls))


def _found(scene: Scene, trouble: Trouble, cause: Cause, counted: str) -> Finding:
    breach, use, rule = trouble.breach, scene.journey.use, rule_of(trouble.breach, cause)
    why = spoken_cause(scene.journey, trouble.request, breach, cause)
    is_of_example = _is_of_example(trouble)
    message = _message(trouble, why if is_of_example else f"{why}{counted}{_as_in(trouble.request)}")
    told = Told(
        _place(use, trouble),
        use.name,
        breach.at,
        breach.change or breach.rule,
        message,
        breach.expected,
        breach.received,
        _WHY.get(rule, "the contract says that the client relies on it"),
    )
    return found(scene.binding, rule, level_of(breach, cause), told)


def _place(use: SignatureUse, trouble: Trouble) -> Path:
    """Return where in the contract it says what is broken."""
    if trouble.breach.rule == "labels-permuted":
        return (*use.path, *trouble.breach.at, "labels")
    if trouble.example is not None:
        return trouble.example.path
    recorded = trouble.breach.rule == "example-mismatch"
    return (*use.path, "rows_from") if recorded else (*use.path, *trouble.breach.at)


def _settled(scene: Scene, trouble: Trouble) -> Shown:
    """Look for the smallest request that fails alike, send it again, and say why it fails."""
    journey, example = scene.journey, trouble.example

    def ask(request: Request | None, count: int, session: Session = scene.session) -> list[Once]:
        sent = sent_of(journey, example, request)
        came = arrivals_of(journey, session, [sent] * count)
        found = [
            (*wrong_with(journey, example, request, (sent, each)), *order_alone(journey, example, each))
            for each in came
        ]
        again = (next((one for one in each if is_same(one, trouble.breach)), None) for each in found)
        return list(zip(came, again, strict=True))

    request = smallest_of(scene, trouble)
    cause, request, (arrival, breach) = cause_of(journey, request, trouble.breach, ask)
    if breach is None and request is not trouble.request:
        # What is smaller fails by chance, and too seldom to be shown.
        cause, request, (arrival, breach) = cause_of(journey, trouble.request, trouble.breach, ask)
    if breach is not None and isinstance(cause, Always) and _passes_afresh(scene, ask, (request, breach)):
        sent = times(breach, request)
        cause = Sometimes(sent, sent + 1, aged=True)
    seen = Trouble(breach or trouble.breach, request, example, trouble.rows, trouble.calls)
    return Shown(seen, sent_of(journey, example, request), arrival, cause)


def _passes_afresh(scene: Scene, ask: Callable[..., list[Once]], seen: tuple[Request | None, Breach]) -> bool:
    """Whether a request that fails each time does not in a process that has answered little before."""
    request, breach = seen
    if is_costly(breach):
        return False
    fresh = scene.again()
    if isinstance(fresh, Unloadable):
        return False
    arrival, again = ask(request, 1, fresh)[0]
    return again is None and not isinstance(arrival, Crashed | Hung)


def smallest_of(scene: Scene, trouble: Trouble) -> Request | None:
    """Return the smallest request found that fails alike; an example is sent as it stands."""
    journey, breach = scene.journey, trouble.breach
    if trouble.request is None or trouble.example is not None:
        return trouble.request

    def judge(requests: Sequence[Request], came: Sequence[Arrival]) -> list[bool]:
        pairs = zip(requests, came, strict=True)
        found = (judged(journey, *each) for each in pairs)
        return [any(is_same(one, breach) for one in each) for each in found]

    start = _start(scene, trouble, judge) or trouble.request
    if start.recorded is not None:
        return _real(scene, start, breach, judge)
    return smallest(journey, scene.session, start, breach, judge)


def _start(scene: Scene, trouble: Trouble, judge: Judge) -> Request | None:
    """Return a row that failed in some request and fails alone too, where the contract has such a call."""
    contract, use = scene.journey.contract, scene.journey.use
    rows = [each for each in trouble.suspects if row_alone(contract, use, each, 0) is not None]
    failing = judge(rows, arrivals(scene.journey, scene.session, rows))
    return next((each for each, fails in zip(rows, failing, strict=True) if fails), None)


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


def _counted(trouble: Trouble, rows: int, calls: int) -> str:
    """Say how often it was seen: by rows, or by calls where the whole call fails and tells no row."""
    if trouble.breach.row is None:
        return f" ({trouble.calls:,} of {calls:,} calls)" if calls > 1 else ""
    return f" ({trouble.rows:,} of {rows:,} rows)" if rows > 1 else ""


def _as_in(request: Request | None) -> str:
    """Say in which file a request stands, if it holds real rows."""
    return "" if request is None or request.recorded is None else f", as in {request.label}"


def _is_of_example(trouble: Trouble) -> bool:
    """Whether a breach speaks of an example, or of all of them, and not of how many rows had it."""
    return trouble.example is not None and trouble.breach.change in {trouble.example.name, "labels-permuted"}


def _message(trouble: Trouble, when: str) -> str:
    """Say what is wrong, and when it is."""
    breach = trouble.breach
    if _is_of_example(trouble):
        return f"{_message_of_example(breach)}{when}"
    if breach.rule == "example-mismatch":
        return f"real rows are answered otherwise than recorded{when}"
    if breach.rule == "answer-unreadable":
        return f"the client cannot read it: {breach.received}{when}"
    if breach.rule == "holds-broken":
        return f"{breach.change} does not hold: {breach.received}{when}"
    if breach.at[:1] == ("outputs",) and len(breach.at) > 1:
        return f"output {breach.at[1]!r}: {breach.received}; the contract says {breach.expected}{when}"
    return f"{breach.received}{when}"


def _message_of_example(breach: Breach) -> str:
    if breach.rule == "labels-permuted":
        return f"output {breach.at[1]!r}: {breach.received}: so every example comes right"
    if breach.rule == "answer-schema-broken":
        return f"the answer to example {breach.change!r} is not what the contract declares: {breach.received}"
    return f"example {breach.change!r} is answered otherwise"


def _is_aged(shown: Shown) -> bool:
    """Whether it takes a process with a past; what costs seconds is not sent as often as chance needs."""
    return isinstance(shown.cause, Sometimes) and (shown.cause.aged or is_costly(shown.trouble.breach))


def kept(scene: Scene, shown: Shown, *, aged: bool = False) -> Case | None:
    """Write the case down, unless it holds what may not be stored or nothing is to be kept."""
    trouble, sent, arrival = shown.trouble, shown.sent, shown.arrival
    journey, breach, contract = scene.journey, trouble.breach, scene.binding.contract
    if scene.options.cases is None or is_sensitive(journey.use):
        return None
    body = None if sent.body is None else sent.body.decode(errors="replace")
    answer = spoken_arrival(arrival, rest=body is not None)
    environment = scene.options.environment
    identity = (shown.rule, *map(str, breach.at), contract.client, journey.model, journey.version)
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
        rule=shown.rule,
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
        shows=breach.rule,
        aged=aged or _is_aged(shown),
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
