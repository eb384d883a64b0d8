"""The parts of checking one use of one signature, as pytest shows them: an item each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sigpact.contract.model import SignatureUse
from sigpact.engine.latency import measured
from sigpact.engine.run import Result, Run, settle, together
from sigpact.engine.selection import Binding
from sigpact.engine.static import unheeded_in
from sigpact.errors import RuntimeUnavailableError
from sigpact.findings import Level

_SETTLING: Final = 1000
"""So many real rows settle what comparing leaves open, beside the boundaries."""

Check = Callable[[Run, Binding, SignatureUse], Result]
"""Checks one part of one use at one version."""


def parts_of(use: SignatureUse) -> tuple["Part", ...]:
    """Return the parts that a use has something for, in the order in which they are checked."""
    parts = [Part("static", _static_part)]
    if use.examples:
        parts.append(Part("examples", _if_it_fits(Run.examples)))
    if use.rows_from:
        parts.append(Part("rows", _if_it_fits(Run.rows)))
    parts.append(Part("values", _if_it_fits(Run.values)))
    if use.properties:
        parts.append(Part("properties", _if_it_fits(Run.properties)))
    if use.latency is not None:
        parts.append(Part("latency", _if_it_fits(measured)))
    if unheeded := unheeded_in(use):
        parts.append(Part("others", skip=f"not checked yet: {'; '.join(unheeded)}"))
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of checking a use; one that nothing checks yet has no `check`, and `skip` says what it is."""

    name: str
    check: Check | None = None
    skip: str = ""


def _static_part(run: Run, binding: Binding, use: SignatureUse) -> Result:
    """Compare, and settle by running what comparing leaves open."""
    static = run.static(binding, use)
    if any(each.level is Level.UNDECIDED for each in static.findings) and not static.is_no:
        ran = [run.examples(binding, use)] if use.examples else []
        ran += [run.rows(binding, use, most=_SETTLING)] if use.rows_from else []
        return settle(static, together([*ran, run.values(binding, use, rows=0)]))
    try:
        return run.with_witnesses(binding, use, static)
    except RuntimeUnavailableError:
        # Comparing needs no TensorFlow: the break stands without a request that shows it.
        return static


def _if_it_fits(check: Check) -> Check:
    """Return a part that does not run where comparing shows a break: whoever leaves `static` out sees it."""

    def part(run: Run, binding: Binding, use: SignatureUse) -> Result:
        broken = [each.rule for each in run.static(binding, use).findings if each.level is Level.ERROR]
        if broken:
            return Result(blocked=f"not run, as the signature does not fit: {', '.join(broken)}")
        return check(run, binding, use)

    return part
