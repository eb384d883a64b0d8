"""A `Strength` as text: the score of each contract, then its holes and the lines that close them."""

from collections.abc import Iterator
from typing import Final

from sigpact.report.strength import Addition, Measured, Outcome, Strength, Tried

_BOLD: Final = "\x1b[1m"
_RESET: Final = "\x1b[0m"


def render(strength: Strength, *, colour: bool = False) -> str:
    """Return the report, lines that end in a newline."""
    lines = [str(each) for each in strength.problems]
    for each in strength.contracts:
        head, *rest = _contract(each)
        lines += [f"{_BOLD}{head}{_RESET}" if colour else head, *rest, ""]
    lines += [*strength.notes, *_total(strength)]
    return "".join(f"{line}\n" for line in lines)


def _contract(measured: Measured) -> Iterator[str]:
    pending = "  (pending: does not count)" if measured.status == "pending" else ""
    if measured.unknown is not None:
        yield f"{measured.client} with {measured.model}: unknown{pending}"
        yield f"  {measured.unknown}"
        return
    of = f"{measured.model}@{measured.version}"
    yield f"{measured.client} with {of}: noticed {measured.noticed} of {measured.counted}{pending}"
    yield from (f"  {each}" for each in measured.notes)
    for clause, holes in _by_clause(measured).items():
        yield from _closing(clause, holes)
    apart = [each for each in measured.tried if each.outcome is Outcome.NO_MATTER]
    if apart:
        yield f"  {len(apart)} more changes do not count: {_reasons(apart)}"


def _by_clause(measured: Measured) -> dict[Addition | None, list[Tried]]:
    """Return the holes by the line that closes them; the line of the worst hole first."""
    found: dict[Addition | None, list[Tried]] = {}
    for each in measured.holes:
        found.setdefault(each.clause, []).append(each)
    return found


def _closing(clause: Addition | None, holes: list[Tried]) -> Iterator[str]:
    for each in holes:
        yield f"  missed {each.mutation} in {each.signature}: {each.what}"
    if clause is not None:
        under = ".".join(map(str, clause.path))
        note = f"  # {clause.note}" if clause.note else ""
        yield f"    add under {under}  {clause.span}"
        yield f"      {clause.text}{note}"


def _reasons(tried: list[Tried]) -> str:
    counts: dict[str, int] = {}
    for each in tried:
        counts[each.by] = counts.get(each.by, 0) + 1
    return "; ".join(f"{reason} ({count})" for reason, count in counts.items())


def _total(strength: Strength) -> Iterator[str]:
    noticed = sum(each.noticed for each in strength.contracts)
    counted = sum(each.counted for each in strength.contracts)
    if counted:
        count = len(strength.contracts)
        yield f"noticed {noticed} of {counted} changes in {count} contract{'s' * (count != 1)}"
    else:
        yield "nothing was tried"
