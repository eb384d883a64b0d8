"""Values that a contract writes, beside values that an export holds."""

import math
import struct
from collections.abc import Sequence

from sigpact.contract.model import Nested, Scalar
from sigpact.tensors.specs import Default


def flat(nested: Nested) -> list[Scalar]:
    """Return the elements of a value as a contract writes it, in C order."""
    if isinstance(nested, tuple):
        return [each for part in nested for each in flat(part)]
    return [nested]


def shown(default: Default) -> str:
    """Say the values of a default."""
    return ", ".join(map(str, default.values)) if default.values is not None else f"a {default.dtype}"


def same_values(wanted: Sequence[Scalar], default: Default) -> bool:
    """Compare in the default's own dtype: 0.1 is the float32 next to it. What was not read never is."""
    if default.values is None or len(wanted) != len(default.values):
        return False
    return all(_equal(a, b, default) for a, b in zip(wanted, default.values, strict=True))


def _equal(wanted: Scalar, found: float | bytes, default: Default) -> bool:
    if isinstance(wanted, str):
        return wanted.encode() == found
    if isinstance(wanted, float) and isinstance(found, float) and math.isnan(wanted):
        return math.isnan(found)
    if isinstance(wanted, int | float) and isinstance(found, int | float) and default.dtype.name == "float32":
        return _float32(wanted) == _float32(found)
    return wanted == found


def _float32(number: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)
