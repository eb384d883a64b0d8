"""Declared examples against what came: tensors within tolerances, REST bodies as parsed, expected errors."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sigpact.checks.breaches import Breach, is_sensitive, spoken
from sigpact.contract.model import Expected, ExpectedError, RawExample, SignatureUse, TensorExample, Tolerance
from sigpact.findings import Path
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


def wrong_rows(answer: tuple[Expected, ...], came: Mapping[str, Value], rows: int) -> Array:
    """Return which rows of an answer differ from what is expected: all, where its form is another."""
    wrong = np.zeros(rows, bool)
    for expected in answer:
        value = came.get(expected.name)
        wanted = None if value is None else wanted_array(expected, value)
        if value is None or wanted is None or wanted.shape != value.shape or value.shape[:1] != (rows,):
            return np.ones(rows, bool)
        wrong |= (~equal(value, wanted, expected.tolerance)).reshape(rows, -1).any(axis=1)
    return wrong


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
    wrong = differing(expected, value, wanted)
    if not wrong.any():
        return
    where = tuple(int(each) for each in np.argwhere(wrong)[0])
    said = [spoken(_item(each[where]), sensitive=sensitive) for each in (wanted, value.array)]
    place = f" at {list(where)}" if where else ""
    row = where[0] if where else None
    yield Breach(RULE, at, row, said[0] + place, said[1] + place, int(wrong.sum()), wrong.size, example.name)


def _item(element: Any) -> object:
    return element if isinstance(element, bytes) else element.item()


def differing(expected: Expected, value: Value, wanted: Array) -> Array:
    """Return where an answer differs from an array of its shape; nowhere, where so few rows may."""
    wrong = ~equal(value, wanted, expected.tolerance)
    return np.zeros(wrong.shape, bool) if _share_holds(wrong, expected.tolerance) else wrong


def wanted_array(expected: Expected, value: Value) -> Array | None:
    """Return the expected values as an array beside the answer's; None where they are of another kind."""
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
    for each in differences(json.loads(example.response), body, example.tolerance):
        said = [spoken(one, sensitive=is_sensitive(use)) for one in (each.wanted, each.received)]
        place = place_of(each.path)
        yield _mismatch(example, (), f"{said[0]} at {place}", f"{said[1]} at {place}")
        return


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a body is not the example's: what is told of both, and the whole value that `found` is."""

    path: Path
    wanted: str
    received: str
    found: Any


def place_of(path: Path) -> str:
    """Return a place in a body as a person reads it: `$.predictions[0].genre`."""
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)


def differences(wanted: Any, found: Any, tolerance: Tolerance, path: Path = ()) -> Iterator[Difference]:
    """Yield where a body differs from what an example names, none of the places inside another."""
    match wanted:
        case dict() if isinstance(found, dict):
            missing = next((key for key in wanted if key not in found), None)
            if missing is not None:
                there = ", ".join(map(repr, found)) or "none"
                yield Difference(path, f"a key {missing!r}", f"keys {there}", found)
                return
            for key, value in wanted.items():
                yield from differences(value, found[key], tolerance, (*path, key))
        case list() if isinstance(found, list):
            if len(wanted) != len(found):
                yield Difference(path, f"{len(wanted)} items", f"{len(found)} items", found)
                return
            for index, (one, other) in enumerate(zip(wanted, found, strict=True)):
                yield from differences(one, other, tolerance, (*path, index))
        case _ if not _same(wanted, found, tolerance):
            yield Difference(path, _json(wanted), _json(found), found)


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
