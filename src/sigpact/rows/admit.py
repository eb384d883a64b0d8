"""Whether real rows are such that the contract lets the client send them: its domains, and `given`."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from sigpact.contract.domains import outside
from sigpact.contract.mistakes import shown
from sigpact.contract.model import Contract, Scalar, SignatureUse, Tensor
from sigpact.rows.mistakes import Seen
from sigpact.rows.target import Target
from sigpact.values.admitted import admitted
from sigpact.values.domains import is_bytes
from sigpact.values.given import Given
from sigpact.values.requests import Request, row_of
from sigpact.wire.arrays import Value


def sendable(target: Target, request: Request, seen: Seen) -> Iterator[Request]:
    """Yield what of a request the contract lets the client send; the rest is told as mistakes.

    Rows that were put together are looked at alone where something is wrong: `given` may speak of all.
    """
    use = target.drawn
    reason = outside_domain(target.contract, use, request) or given_broken(target.contract, use, request)
    if reason is None or request.recorded is None:
        yield request
    elif request.is_gathered:
        for row in range(request.rows):
            yield from sendable(target, row_of(request, row), seen)
    else:
        seen.tell_of(request.recorded.places[0], reason)


def outside_domain(contract: Contract, use: SignatureUse, request: Request) -> str | None:
    """Return what lies outside the declared domains, if anything does: the first element."""
    for tensor in use.inputs:
        value = request.values.get(tensor.name)
        if value is None or not value.array.size:
            continue
        array = value.array if value.array.ndim else value.array.reshape(1)
        kept = admitted(contract, tensor, Value(value.dtype, array))
        if not kept.all():
            return _reason(contract, tensor, array[int(kept.argmin())])
    return None


def _reason(contract: Contract, tensor: Tensor, row: Any) -> str:
    """Say why a row of an input lies outside, by its first element that does."""
    elements: Any = np.asarray(row, object)
    blob = is_bytes(contract, tensor)
    for index in np.ndindex(elements.shape):
        element = elements[index]
        if isinstance(element, bytes):
            element = element if blob else element.decode(errors="replace")
        elif isinstance(element, np.generic):
            element = element.item()
        if (why := _of_element(tensor, element, index)) is not None:
            said = "a value" if tensor.sensitive else shown(element)
            return f"{said} {why} of {tensor.name!r}"
    return f"{tensor.name!r} lies outside its declared domain"


def _of_element(tensor: Tensor, element: Scalar, index: tuple[int, ...]) -> str | None:
    if isinstance(element, float) and not np.isfinite(element):
        return "is not finite, unlike the values" if tensor.finite else None
    if tensor.columns and index and index[-1] < len(tensor.columns):
        column = tensor.columns[index[-1]]
        why = outside(column.domain, tensor.dtypes, element)
        if why is not None:
            return f"{why} of column {column.name!r}"
    return outside(tensor.domain, tensor.dtypes, element)


def given_broken(contract: Contract, use: SignatureUse, request: Request) -> str | None:
    """Return which clause of `given` a request breaks, if it does; `use` is as its requests hold it."""
    if not use.given:
        return None
    for clause, _ in Given(contract, use).broken(request):
        return f"it breaks `given` {clause.text} ({contract.span(clause.path)})"
    return None
