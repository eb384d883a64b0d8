"""Rows of one line each -> requests of as many rows as the contract lets the client send."""

import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from sigpact.contract.model import Expected, Nested, Tolerance
from sigpact.rows.made import Row
from sigpact.rows.target import Target
from sigpact.values.requests import Origin, Recorded, Request, expecting
from sigpact.wire.arrays import Value

_HELD = 1 << 18
"""So many numbers (a text is one) wait for rows like them, at most."""

Key = tuple[object, ...]


def gathered(target: Target, rows: Iterable[Row]) -> Iterator[Request]:
    """Yield requests: rows of the same inputs, sizes and recorded outputs go together."""
    waiting: dict[Key, list[Request]] = {}
    held = 0
    for row in rows:
        request = row.request
        if not row.may_gather or target.most == 1:
            yield request
            continue
        key = _key(request)
        group = waiting.setdefault(key, [])
        group.append(request)
        numbers = sum(value.array.size for value in request.values.values())
        held += numbers
        if len(group) == target.most:
            held -= numbers * len(group)
            yield _joined(target, waiting.pop(key))
        if held > _HELD:
            held = 0
            yield from (_joined(target, each) for each in waiting.values())
            waiting.clear()
    yield from (_joined(target, each) for each in waiting.values())


def _key(request: Request) -> Key:
    inputs = tuple((name, value.shape, value.dtype.name) for name, value in request.values.items())
    answer = () if request.recorded is None else tuple(map(_form, request.recorded.answer))
    return (inputs, answer)


def _form(expected: Expected) -> tuple[str, tuple[int, ...], Tolerance]:
    shape, value = [], expected.value
    while isinstance(value, tuple):
        shape.append(len(value))
        if not value:
            break
        value = value[0]
    return expected.name, tuple(shape), expected.tolerance


def _joined(target: Target, requests: list[Request]) -> Request:
    if len(requests) == 1:
        return requests[0]
    first = requests[0]
    values = {
        name: Value(value.dtype, np.concatenate([each.values[name].array for each in requests]))
        for name, value in first.values.items()
    }
    known = [each.recorded for each in requests if each.recorded is not None]
    answer = tuple(
        expecting(each, _chained([one.answer[index] for one in known]))
        for index, each in enumerate(known[0].answer)
    )
    recorded = Recorded(tuple(one.places[0] for one in known), None, answer)
    sizes = {**first.sizes, target.batch or "": len(requests)}
    label = f"{recorded.places[0]} to {recorded.places[-1]}"
    return Request(Origin.FILE, values, sizes, len(requests), label, recorded)


def _chained(parts: list[Expected]) -> tuple[Nested, ...]:
    return tuple(itertools.chain.from_iterable(each.value for each in parts if isinstance(each.value, tuple)))
