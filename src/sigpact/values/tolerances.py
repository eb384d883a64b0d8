"""How near is equal, where a contract says nothing: the language's tolerances by dtype."""

from dataclasses import dataclass

import numpy as np

from sigpact.contract.model import Around, Tolerance
from sigpact.tensors.dtypes import DType, Kind
from sigpact.wire.arrays import Array


@dataclass(frozen=True, slots=True)
class Nearness:
    """Equal is `|a-b| <= rtol*max(|a|,|b|) + atol`; both 0 asks for equality."""

    rtol: float
    atol: float


EQUAL = Nearness(0.0, 0.0)


def language_nearness(dtype: DType) -> Nearness:
    """Return what the language says for a dtype: 1e-5 and 1e-6, of 16 bits 1e-2 and 1e-3, else equality."""
    if dtype.kind not in {Kind.FLOAT, Kind.COMPLEX}:
        return EQUAL
    return Nearness(1e-2, 1e-3) if dtype.bits <= 16 else Nearness(1e-5, 1e-6)


def nearness(dtype: DType, said: Tolerance) -> Nearness:
    """Return a contract's tolerance, what it does not say filled from the language's."""
    if said.exact:
        return EQUAL
    usual = language_nearness(dtype)
    return Nearness(
        usual.rtol if said.rtol is None else said.rtol, usual.atol if said.atol is None else said.atol
    )


def near(left: Array, right: Array, how: Nearness) -> Array:
    """Return where two numeric arrays are equal; NaN is near NaN, an infinity near itself."""
    if how == EQUAL and left.dtype.kind in "iub" and right.dtype.kind in "iub":
        return np.asarray(left == right)
    kind = np.complex128 if "c" in (left.dtype.kind, right.dtype.kind) else np.float64
    first, second = left.astype(kind), right.astype(kind)
    with np.errstate(invalid="ignore", over="ignore"):
        bound = how.rtol * np.maximum(np.abs(first), np.abs(second)) + how.atol
        close = (np.abs(first - second) <= bound) & np.isfinite(first) & np.isfinite(second)
    return np.asarray(close | (first == second) | (np.isnan(first) & np.isnan(second)))


def around(found: Array, wanted: Around, dtype: DType) -> Array:
    """Return where a sum or a norm is what `sumsTo` or `norm` say, within their atol or the language's."""
    target = np.full(found.shape, wanted.value)
    how = language_nearness(dtype) if wanted.atol is None else Nearness(0.0, wanted.atol)
    return near(found, target, how)
