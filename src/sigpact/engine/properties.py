"""`properties`: the same rows sent in another way and answered alike, as the client reads the answers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import numpy as np

from sigpact.checks.breaches import Breach, is_sensitive
from sigpact.contract.model import Property, SignatureUse, TensorExample
from sigpact.engine.budget import Budget
from sigpact.engine.cases import Case
from sigpact.engine.causes import sendings
from sigpact.engine.differing import (
    AFRESH,
    CALLS,
    REPEATS,
    Difference,
    ask,
    differences,
    is_unread,
    smallest,
    variations,
    varied,
)
from sigpact.engine.journey import Arrival, Journey, Read
from sigpact.engine.options import Options
from sigpact.engine.selection import Binding
from sigpact.engine.static import Told, found
from sigpact.engine.tally import Trouble, failure
from sigpact.engine.tell import Scene, Shown, kept
from sigpact.engine.variations import Variation, batches, same, take
from sigpact.engine.witness import spoken_arrival, spoken_request
from sigpact.findings import Finding, Level, Witness
from sigpact.report.kinds import ranked
from sigpact.rows.real import first_rows, real_requests
from sigpact.runtime.protocol import Session, Unloadable
from sigpact.values.examples import request_of
from sigpact.values.features import drawn_use
from sigpact.values.plan import plan
from sigpact.values.requests import Origin, Request

ROWS: Final = 300
"""So many real rows are asked about and so many random ones, beside examples and boundaries."""
_NUMBERS: Final = 1 << 20
"""So many numbers (a text is one) the boundaries have at most, and so many the random rows: a row of an image
or a sound costs seconds where a text costs microseconds."""
SECONDS: Final = 15.0
"""So long a property takes where nothing else is said: it asks a slow model about each row many times."""
_PAIRS: Final = 256

_LISTED: Final = 8
"""A row of more elements is told by the one that is farthest apart."""

RULES: Final = {
    "deterministic": "answer-not-deterministic",
    "batch_invariant": "batch-not-invariant",
    "equivariant": "answer-not-equivariant",
    "padding_invariant": "padding-not-invariant",
}
_WHY: Final = {
    "deterministic": "the client caches answers, or compares them: the same request is answered otherwise",
    "batch_invariant": "which rows come in one request depends on load: the client's answers change with it",
    "equivariant": "the order in which candidates are sent says nothing, and the answer depends on it",
    "padding_invariant": "how far a row is padded says nothing, and the answer depends on it",
}


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One use at one loaded version; `again` loads the version once more, in a fresh process."""

    journey: Journey
    session: Session
    binding: Binding
    seed: int
    again: Callable[[], Session | Unloadable]
    seconds: float = SECONDS
    """How long one property may take."""
    options: Options = field(default_factory=lambda: Options(cases=None))

    @property
    def drawn(self) -> SignatureUse:
        """The use as its requests hold it: features with their rows in front."""
        return drawn_use(self.journey.contract, self.journey.use)


@dataclass(slots=True, eq=False)
class Seen:
    """What one property showed: rows compared, and by output what differed and how often."""

    said: Property
    rows: int = 0
    unread: int = 0
    """Rows that could not be compared: in a body that the client cannot read."""
    wrong: dict[str, int] = field(default_factory=dict)
    first: dict[str, Difference] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def broken(self) -> list[tuple[str, Difference]]:
        """What differs more often than `share` allows: by output, the smallest difference."""
        share = self.said.tolerance.share
        allowed = 0.0 if share is None else (1 - share) * self.rows
        return [(name, each) for name, each in self.first.items() if self.wrong[name] > allowed]

    def add(self, rows: int, differences: Sequence[Difference]) -> None:
        """Count a variation of so many rows."""
        self.rows += rows
        for each in differences:
            name = each.output
            count = rows if each.deviation is None else int(each.deviation.rows.sum())
            self.wrong[name] = self.wrong.get(name, 0) + count
            known = self.first.get(name)
            if known is None or each.size < known.size:
                self.first[name] = each


def check_property(stage: Stage, said: Property) -> tuple[tuple[Finding, ...], int, tuple[str, ...]]:
    """Return the findings about one property, how many rows were compared, and notes for the evidence."""
    seen = look(stage, said)
    if not seen.rows:
        return (), 0, tuple(seen.notes)
    findings = []
    for (name, each), is_first in ranked(seen.broken, lambda _: said.name):
        least = _smallest(stage, said, name, each) if is_first else None
        findings.append(_finding(stage, seen, name, each, least))
    return tuple(findings), seen.rows, tuple(seen.notes)


def look(stage: Stage, said: Property) -> Seen:
    """Send the same rows in other ways, and return what was seen."""
    seen, budget = Seen(said), Budget(stage.seconds)
    asked = sorted(_requests(stage, said), key=lambda each: each.rows)  # most requests in the time there is
    if said.name == "deterministic":
        _repeat(stage, seen, asked, budget)
    else:
        _vary(stage, seen, variations(stage.journey, said, asked, stage.seed), budget)
    seen.notes += budget.notes(f"{stage.journey.use.name}: {said.name}")
    if seen.unread:
        told = f"{seen.unread:,} rows not compared, in answers that the client cannot read"
        seen.notes.append(f"{stage.journey.use.name}: {said.name}: {told}")
    return seen


def _requests(stage: Stage, said: Property) -> list[Request]:
    journey = stage.journey
    examples = [
        each for each in journey.use.examples if isinstance(each, TensorExample) and each.error is None
    ]
    chosen = [request_of(journey.contract, journey.use, each) for each in examples]
    numbers = {Origin.FILE: 0, Origin.BOUNDARY: 0, Origin.RANDOM: 0}
    real = first_rows(real_requests(journey.contract, journey.use), ROWS)
    drawn = plan(journey.contract, journey.use, rows=ROWS, seed=stage.seed).requests
    for request in chain(real, drawn):
        numbers[request.origin] += sum(value.array.size for value in request.values.values())
        if numbers[request.origin] <= _NUMBERS:
            chosen.append(request)
    return [each for each in chosen if said.over is None or said.over in each.sizes]


def _repeat(stage: Stage, seen: Seen, requests: list[Request], budget: Budget) -> None:
    """Ask the same three times more, and once in a fresh process."""
    asked: list[Request] = []
    rounds: list[list[Arrival]] = [[] for _ in range(1 + REPEATS)]
    for group in budget.chunks(requests, CALLS):
        asked += group
        for answers in rounds:
            answers.extend(ask(stage.journey, stage.session, group))
    first, *rounds = rounds
    fresh = stage.again()
    if isinstance(fresh, Unloadable):
        seen.notes.append(f"{stage.journey.use.name}: not repeated in a fresh process: {fresh.reason}")
    else:
        rounds.append(ask(stage.journey, fresh, asked))
        fresh.close()
    hows = [*["sent again"] * REPEATS, AFRESH]
    for how, answers in zip(hows, rounds, strict=False):
        for request, one, other in zip(asked, first, answers, strict=True):
            variation = Variation(how, request, request, same, same, request.rows)
            _compare(stage, seen, variation, (one, other))


def _vary(stage: Stage, seen: Seen, variations: Iterator[Variation], budget: Budget) -> None:
    bases: dict[int, tuple[Request, Arrival]] = {}  # the request too: else its id might be another's next
    for group in budget.chunks(variations, CALLS):
        fresh = {id(each.base): each.base for each in group if id(each.base) not in bases}
        answers = ask(stage.journey, stage.session, list(fresh.values()))
        bases |= {id(base): (base, answer) for base, answer in zip(fresh.values(), answers, strict=True)}
        changed = ask(stage.journey, stage.session, [each.changed for each in group])
        for each, other in zip(group, changed, strict=True):
            _compare(stage, seen, each, (bases[id(each.base)][1], other))


def _compare(stage: Stage, seen: Seen, variation: Variation, pair: tuple[Arrival, Arrival]) -> None:
    """Count the rows of a variation, if any output of theirs could be compared."""
    one, other = pair
    if is_unread(seen.said, pair):
        seen.unread += variation.rows
        return
    both = isinstance(one, Read) and isinstance(other, Read)
    if not both or (isinstance(one, Read) and variation.ours(one.answer)):
        seen.add(variation.rows, list(differences(stage.journey, seen.said, variation, pair)))


def _smallest(stage: Stage, said: Property, name: str, first: Difference) -> Difference | None:
    """Return the smallest difference that one request shows, to be kept; `None` where none does."""
    narrow = said.name == "batch_invariant"
    start = _two_rows(stage, said, name, first) if narrow else first
    return smallest(stage.journey, stage.session, said, start)


def _finding(stage: Stage, seen: Seen, name: str, first: Difference, least: Difference | None) -> Finding:
    use, said, first = stage.journey.use, seen.said, least or first
    base, changed = first.variation.base, first.variation.changed
    hidden = is_sensitive(use)
    rest = stage.journey.is_rest
    what = f"output {name!r}" if name else "the answer"
    counted = f"{seen.wrong[name]:,} of {seen.rows:,} rows"
    received = _received(stage, first, hidden=hidden)
    shown = (
        "(sensitive)"
        if hidden
        else f"{spoken_request(use, base)}, and {first.variation.how}: {spoken_request(use, changed)}"
    )
    both = [spoken_arrival(each, rest=rest) for each in first.answers]
    told = Told(
        said.path, use.name, ("properties", said.name, *([name] if name else [])), said.name,
        f"{what} is another {first.variation.how}: {received} ({counted})",
        f"{said.name}: the same answer {first.variation.how}", received, _WHY[said.name],
    )  # fmt: skip
    answer = "(sensitive)" if hidden else f"{both[0]}, and {both[1]}"[:2000]
    case = None if least is None else _kept(stage, told, said, least)
    seen_as = Witness(shown[:2000], answer, case=None if case is None else case.id)
    return found(stage.binding, RULES[said.name], Level.ERROR, told, seen_as)


def _kept(stage: Stage, told: Told, said: Property, least: Difference) -> Case | None:
    """Write down the request that `replay` sends in the ways of the property."""
    scene = Scene(stage.journey, stage.session, stage.binding, stage.options, stage.again)
    base = least.variation.base
    breach = Breach(RULES[told.change], told.at, None, told.expected, told.received, 1, 1, told.change)
    shown = Shown(Trouble(breach, base), stage.journey.send(base), least.answers[0])
    is_kept = stage.options.cases is not None and not is_sensitive(stage.journey.use)
    return kept(scene, shown, aged=is_kept and not _shows_afresh(stage, said, least))


def _shows_afresh(stage: Stage, said: Property, least: Difference) -> bool:
    """Whether a process that has answered nothing else answers it otherwise too, as `replay` asks."""
    fresh = stage.again()
    if isinstance(fresh, Unloadable):
        return False
    try:
        return any(
            each.output == least.output
            for _ in range(sendings(RULES[said.name]))
            for each in varied(stage.journey, fresh, said, least.variation.base)
        )
    finally:
        fresh.close()


def _received(stage: Stage, first: Difference, *, hidden: bool) -> str:
    each = first.deviation
    if each is None:
        failed = next(answer for answer in first.answers if not isinstance(answer, Read))
        return failure(stage.journey.contract, stage.journey.use, failed).received
    if each.shapes is not None:
        return f"shape {list(each.shapes[0])} and {list(each.shapes[1])}"
    apart = (
        ""
        if each.absolute is None
        else f", {each.absolute:.3g} apart at most ({each.relative:.2g} of the value)"
    )
    if hidden:
        return f"other values{apart}"
    backs = (first.variation.ours, first.variation.theirs)
    found = [
        back(answer.answer)[each.output].array if isinstance(answer, Read) else np.zeros(0)
        for back, answer in zip(backs, first.answers, strict=True)
    ]
    rows = [array[each.worst] if array.ndim else array for array in found]
    if np.size(rows[0]) <= _LISTED:
        return f"{_said(rows[0])} and {_said(rows[1])}{apart}"
    with np.errstate(invalid="ignore"):
        far = np.abs(rows[0] - rows[1]) if rows[0].dtype.kind in "iuf" else rows[0] != rows[1]
    at = tuple(int(index) for index in np.unravel_index(np.argmax(far), np.shape(far)))
    return f"{_said(rows[0][at])} and {_said(rows[1][at])} at {list(at)}{apart}"


def _said(found: object) -> str:
    plain = found.decode(errors="replace") if isinstance(found, bytes) else found
    text = (
        np.array2string(plain, threshold=8, edgeitems=3)
        if isinstance(plain, np.ndarray)
        else repr(plain if isinstance(plain, str) else getattr(plain, "item", lambda: plain)())
    )
    return " ".join(text.split())


def _two_rows(stage: Stage, said: Property, name: str, first: Difference) -> Difference:
    """Return two rows that show it, the one alone and beside the other; as it was found if no two rows do."""
    over = said.over or ""
    contract = stage.journey.contract
    bounds = contract.bounds(over)
    if first.deviation is None or ((bounds.minimum if bounds is not None else None) or 1) > 1:
        return first
    base, row = first.variation.base, first.deviation.worst
    if first.variation.how == "alone":
        row = int(_row_sent(first.variation))
    others = [each for each in range(base.sizes.get(over, 0)) if each != row][:_PAIRS]
    pairs = [pair for each in others for pair in _pairs(stage, said, base, (row, each))]
    changed = ask(stage.journey, stage.session, [each.changed for each in pairs])
    companies = ask(stage.journey, stage.session, [each.base for each in pairs])
    for pair, one, other in zip(pairs, companies, changed, strict=True):
        for each in differences(stage.journey, said, pair, (one, other)):
            if each.deviation is not None and each.deviation.output == name:
                return each
    return first


def _row_sent(variation: Variation) -> int:
    """Return which row of the batch was sent alone."""
    base, alone = variation.base.values, variation.changed.values
    for row in range(variation.base.rows):
        if all(
            np.array_equal(value.array[row : row + 1], alone[each].array)
            for each, value in base.items()
            if value.shape[:1] == (variation.base.rows,)
        ):
            return row
    return 0


def _pairs(stage: Stage, said: Property, base: Request, rows: tuple[int, int]) -> Iterator[Variation]:
    """Yield each of two rows alone, beside both together."""
    company = take(stage.drawn, base, said.over or "", np.array(rows))
    found = batches(stage.journey.contract, stage.drawn, said, [company])
    yield from (each for each in found if each.how == "alone")
