"""`Counts`: what was seen while rows ran, for the evidence of a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from sigpact.contract.model import Scalar, SignatureUse
from sigpact.findings import COUNTED, Members, Shown
from sigpact.tensors.dtypes import BY_NAME
from sigpact.values.drawable import sample_array
from sigpact.values.membership import among
from sigpact.values.numerics import rounded
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import Array, Value

_STRING = BY_NAME["string"]
_FLOATS = (BY_NAME["float64"], BY_NAME["float32"], BY_NAME["float16"])


@dataclass(slots=True, eq=False)
class Counts:
    """Rows by kind, distinct answers (up to `COUNTED`), and the enum members that outputs had.

    It is filled while a version runs; `rows` counts what was sent and judged, `answered` what came back.
    """

    use: SignatureUse
    rows: dict[Origin, int] = field(default_factory=dict)
    answered: int = 0
    _answers: set[int] = field(default_factory=set)
    _members: dict[str, set[Scalar]] = field(default_factory=dict)

    def add(self, request: Request, answer: Mapping[str, Value] | None) -> None:
        """Count a request, and the answer if one came."""
        self.rows[request.origin] = self.rows.get(request.origin, 0) + request.rows
        if answer is None:
            return
        self.answered += request.rows
        if len(self._answers) < COUNTED:
            self._answers.update(row_hashes(answer, request.rows))
        for tensor in self.use.outputs:
            if tensor.domain.enum is not None and tensor.name in answer:
                had = self._members.setdefault(tensor.name, set())
                had |= _members_in(tensor.domain.enum, answer[tensor.name].array)

    def shown(self) -> Shown:
        """Return what the rows showed; a client that reads nothing saw no answers."""
        members = tuple(
            Members(
                each.name,
                frozenset(self._members.get(each.name, ())),
                len(dict.fromkeys(each.domain.enum)),
            )
            for each in self.use.outputs
            if each.domain.enum is not None and self.answered
        )
        answers = frozenset(self._answers) if self.use.outputs else frozenset[int]()
        return Shown(self.use.name, self.answered, answers, members)

    def by_kind(self) -> tuple[tuple[str, int], ...]:
        """Return the rows by kind, in the order in which they are sent."""
        return tuple((str(origin), self.rows[origin]) for origin in Origin if origin in self.rows)


@cache
def _written(members: tuple[Scalar, ...]) -> dict[bytes, Scalar]:
    """Return the members of an enum by their bytes; files are read once."""
    return {sample_array(each, _STRING).item(): each for each in members}


def _members_in(members: tuple[Scalar, ...], array: Array) -> set[Scalar]:
    """Return which members of an enum stand in an array; 0.1 does where float32(0.1) does."""
    if array.dtype == object:
        found = set(array.reshape(-1).tolist())
        return {member for written, member in _written(members).items() if written in found}
    numbers = [each for each in members if isinstance(each, int | float)]
    views = [(dtype, rounded(dtype, array) if array.dtype.kind == "f" else array) for dtype in _FLOATS]
    return {each for each in numbers if any(among((each,), *view).any() for view in views)}


def row_hashes(answer: Mapping[str, Value], rows: int) -> set[int]:
    """Return a hash of each row over all outputs, bit by bit; of an answer without rows, one of the whole."""
    arrays = [answer[name].array for name in sorted(answer)]
    if not arrays or any(array.shape[:1] != (rows,) for array in arrays):
        arrays, rows = [array.reshape(1, -1) for array in arrays], 1
    if not rows:
        return set()
    keys = [_row_keys(each) for each in arrays]
    if len(keys) == 1:
        return {hash((each,)) for each in set(keys[0])}
    return set(map(hash, zip(*keys, strict=True))) or {hash(())}


def _row_keys(array: Array) -> list[object]:
    """Return what tells one row from another: its bytes, or its strings."""
    flat = np.ascontiguousarray(array).reshape(len(array), -1)
    if array.dtype == object:
        keys: list[object] = flat[:, 0].tolist() if flat.shape[1] == 1 else list(map(tuple, flat.tolist()))
        return keys
    if not flat.shape[1]:
        return [b""] * len(flat)
    whole: list[object] = flat.view(np.dtype((np.void, flat.itemsize * flat.shape[1])))[:, 0].tolist()
    return whole
