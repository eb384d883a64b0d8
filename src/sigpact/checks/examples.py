"""Declared examples against what came: tensors within tolerances, REST bodies as parsed, expected errors."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sigpact.checks.breaches import Breach, is_sensitive, spoken
from sigpact.contract.model import Expected, ExpectedError, RawExample, SignatureUse, TensorExample, Tolerance
from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.values.drawable import sample_array
from sigpact.values.numerics import as_float
from sigpact.values.tolerances import near, nearness
from sigpact.wire.arrays import Array, Value

RULE: Final = "example-mismatch"


@dataclass(frozen=True, slots=True)
class Failure:
    """The server said no: the HTTP status (None over gRPC), and the message."""

    status: int | None
    message: str


def check_example(
    use: SignatureUse, example: TensorExample, came: Mapping[str, Value] | Failure
) -> Iterator[Breach]:
    """Yield where an answer differs from the example, one breach an output, or what failed instead."""
    if isinstance(came, Failure) or example.error is not None:
        yield from _check_failure(use, example, came)
        return
    for expected in example.outputs:
        value = came.get(expected.name)
        at = ("outputs", expected.name)
        if value is None:
            yield _mismatch(
                example, at, f"an output {expected.name!r}", f"outputs: {', '.join(sorted(came)) or 'none'}"
            )
            continue
        tensor = use.output(expected.name)
        yield from _compare(example, expected, value, sensitive=tensor is not None and tensor.sensitive)


def _compare(
    example: TensorExample, expected: Expected, value: Value, *, sensitive: bool
) -> Iterator[Breach]:
    at = ("outputs", expected.name)
    wanted = wanted_array(expected, value)
    if wanted is None:
        yield _mismatch(
            example, at, f"{spoken(expected.value, sensitive=sensitive)}", f"values of {value.dtype}"
        )
        return
    if wanted.shape != value.shape:
        yield _mismatch(example, at, f"shape {list(wanted.shape)}", f"shape {list(value.shape)}")
        return
    wrong = ~equal(value, wanted, expected.tolerance)
    if not wrong.any() or _share_holds(wrong, expected.tolerance):
        return
    where = tuple(int(each) for each in np.argwhere(wrong)[0])
    said = [spoken(_item(each[where]), sensitive=sensitive) for each in (wanted, value.array)]
    place = f" at {list(where)}" if where else ""
    row = where[0] if where else None
    yield Breach(RULE, at, row, said[0] + place, said[1] + place, int(wrong.sum()), wrong.size, example.name)


def _item(element: Any) -> object:
    return element if isinstance(element, bytes) else element.item()


def wanted_array(expected: Expected, value: Value) -> Array | None:
    """Return an example's values as an array beside the answer's; None where they are of another kind."""
    kind = value.dtype.kind
    try:
        if kind is Kind.STRING:
            array = sample_array(expected.value, BY_NAME["string"])
            return array if all(isinstance(each, bytes) for each in array.flat) else None
        array = np.asarray(expected.value)
    except (ValueError, OverflowError, OSError):
        return None
    return array if array.dtype.kind in ("b" if kind is Kind.BOOL else "iuf") else None


def equal(value: Value, wanted: Array, tolerance: Tolerance) -> Array:
    """Return where an answer's elements are those of an example, within its tolerance."""
    if value.dtype.kind in {Kind.STRING, Kind.BOOL}:
        return np.asarray(value.array == wanted, bool)
    if tolerance.exact and value.dtype.kind is Kind.FLOAT:
        return np.asarray(value.array == wanted.astype(value.array.dtype))
    return near(value.array, wanted, nearness(value.dtype, tolerance))


def _share_holds(wrong: Array, tolerance: Tolerance) -> bool:
    """Whether the rows without any wrong element are the share that is asked for."""
    if tolerance.share is None or not wrong.ndim:
        return False
    rows = wrong.reshape(len(wrong), -1).any(axis=1)
    return bool(1 - rows.mean() >= tolerance.share)


def _mismatch(
    example: TensorExample | RawExample, at: tuple[str, ...], expected: str, received: str
) -> Breach:
    return Breach(RULE, at, None, expected, received, 1, 1, example.name)


def _check_failure(use: SignatureUse, example: TensorExample | RawExample, came: object) -> Iterator[Breach]:
    wanted = example.error
    expected = "an answer" if wanted is None else _spoken_error(wanted)
    if not isinstance(came, Failure):
        yield _mismatch(example, (), expected, "an answer")
    elif wanted is None or not _is_expected(wanted, came):
        status = "" if came.status is None else f"status {came.status}: "
        # The server's messages quote what was sent.
        message = spoken(came.message, sensitive=True) if is_sensitive(use) else came.message
        yield _mismatch(example, (), expected, f"{status}{message}")


def _is_expected(wanted: ExpectedError, came: Failure) -> bool:
    status_fits = wanted.status is None or came.status is None or wanted.status == came.status
    return status_fits and (wanted.contains is None or wanted.contains in came.message)


def _spoken_error(wanted: ExpectedError) -> str:
    said = [] if wanted.status is None else [f"with status {wanted.status}"]
    said += [] if wanted.contains is None else [f"that contains {wanted.contains!r}"]
    return " ".join(["an error", *said])


def check_raw_example(use: SignatureUse, example: RawExample, came: bytes | Failure) -> Iterator[Breach]:
    """Yield the first difference between the body that came and the example's, or an unexpected failure.

    Objects: what the example names must be there and equal, more is allowed; lists: all. Two whole
    numbers are equal or not; where one has a point, they are compared within the tolerance.
    """
    if isinstance(came, Failure) or example.error is not None:
        yield from _check_failure(use, example, came)
        return
    if example.response is None:
        return
    try:
        body = json.loads(came)
    except ValueError as error:
        yield _mismatch(example, (), "a JSON body", f"no JSON: {error}")
        return
    for place, *both in _differences(json.loads(example.response), body, example.tolerance, "$"):
        said = [spoken(each, sensitive=is_sensitive(use)) for each in both]
        yield _mismatch(example, (), f"{said[0]} at {place}", f"{said[1]} at {place}")
        return


Difference = tuple[str, str, str]


def _differences(wanted: Any, found: Any, tolerance: Tolerance, place: str) -> Iterator[Difference]:
    match wanted:
        case dict() if isinstance(found, dict):
            for key, value in wanted.items():
                if key in found:
                    yield from _differences(value, found[key], tolerance, f"{place}.{key}")
                else:
                    yield place, f"a key {key!r}", f"keys {', '.join(map(repr, found)) or 'none'}"
        case list() if isinstance(found, list):
            if len(wanted) != len(found):
                yield place, f"{len(wanted)} items", f"{len(found)} items"
                return
            for index, (one, other) in enumerate(zip(wanted, found, strict=True)):
                yield from _differences(one, other, tolerance, f"{place}[{index}]")
        case _ if not _same(wanted, found, tolerance):
            yield place, _json(wanted), _json(found)


def _same(wanted: Any, found: Any, tolerance: Tolerance) -> bool:
    both = (wanted, found)
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in both):
        return type(wanted) is type(found) and bool(wanted == found)
    if all(isinstance(each, int) for each in both) and tolerance.rtol is None and tolerance.atol is None:
        return bool(wanted == found)
    how = nearness(BY_NAME["float64"], tolerance)
    return bool(near(np.asarray(as_float(wanted)), np.asarray(as_float(found)), how))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
