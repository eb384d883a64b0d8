"""What a `Domain` admits: which values lie outside, and whether any lies inside.

Bounds are compared after rounding them to the tensor's dtype: float32(0.1) is not above 0.1.
"""

import math
import struct
from collections.abc import Iterable
from typing import Final

from sigpact.contract.images import can_read, image_fault
from sigpact.contract.model import BytesFile, Domain, Image, Number, Scalar
from sigpact.contract.patterns import found_in
from sigpact.frozen import frozen
from sigpact.tensors.dtypes import BY_NAME, DType, Kind

_INFINITY: Final = math.inf
_FORMATS: Final = {"float32": ("f", "i"), "float16": ("e", "h")}


def rounded(value: Number, dtype: DType | None) -> Number:
    """Return the nearest value of a float dtype, an infinity beyond its range; of others, the value."""
    if dtype is not None and dtype.kind is not Kind.FLOAT:
        return value
    try:
        number = float(value)
        if dtype is not None and dtype.name in _FORMATS:
            code = _FORMATS[dtype.name][0]
            (number,) = struct.unpack(code, struct.pack(code, number))
    except OverflowError:
        return _INFINITY if value > 0 else -_INFINITY
    return number


def next_above(value: float, dtype: DType | None) -> float:
    """Return the next greater value of a float dtype."""
    if dtype is None or dtype.name not in _FORMATS or math.isinf(value):
        return math.nextafter(value, _INFINITY)
    code, integer = _FORMATS[dtype.name]
    if value == 0:
        (least,) = struct.unpack(code, struct.pack(integer, 1))
        return float(least)
    (bits,) = struct.unpack(integer, struct.pack(code, value))
    (above,) = struct.unpack(code, struct.pack(integer, bits + (1 if value > 0 else -1)))
    return float(above)


@frozen
class _Interval:
    """Inclusive bounds among the values of one dtype; infinite where nothing is said."""

    low: Number
    high: Number

    @property
    def is_empty(self) -> bool:
        return self.low > self.high or self.low == _INFINITY or self.high == -_INFINITY


def _interval(domain: Domain, dtype: DType | None, *, whole: bool) -> _Interval:
    return _whole(domain, dtype) if whole else _real(domain, dtype)


def _real(domain: Domain, dtype: DType | None) -> _Interval:
    low: Number = -_INFINITY
    high: Number = _INFINITY
    if domain.minimum is not None:
        low = rounded(domain.minimum, dtype)
    if domain.exclusive_minimum is not None:
        low = max(low, next_above(rounded(domain.exclusive_minimum, dtype), dtype))
    if domain.maximum is not None:
        high = rounded(domain.maximum, dtype)
    if domain.exclusive_maximum is not None:
        high = min(high, -next_above(-rounded(domain.exclusive_maximum, dtype), dtype))
    return _Interval(low, high)


def _whole(domain: Domain, dtype: DType | None) -> _Interval:
    is_integer = dtype is not None and dtype.is_integer
    low: Number = dtype.minimum if dtype and is_integer else -_INFINITY
    high: Number = dtype.maximum if dtype and is_integer else _INFINITY
    if domain.minimum is not None:
        low = max(low, math.ceil(domain.minimum))
    if domain.exclusive_minimum is not None:
        low = max(low, math.floor(domain.exclusive_minimum) + 1)
    if domain.maximum is not None:
        high = min(high, math.floor(domain.maximum))
    if domain.exclusive_maximum is not None:
        high = min(high, math.ceil(domain.exclusive_maximum) - 1)
    return _Interval(low, high)


def _has_multiple(interval: _Interval, step: Number, *, whole: bool) -> bool:
    from fractions import Fraction  # noqa: PLC0415 (it imports decimal, and few domains have multiples)

    unit = Fraction(str(step))
    if whole:
        unit = Fraction(unit.numerator)  # k * p/q is whole only where q divides k
    if math.isinf(interval.low) or math.isinf(interval.high):
        return True
    low, high = Fraction(str(interval.low)), Fraction(str(interval.high))
    return math.ceil(low / unit) * unit <= high


def admits_nothing(domain: Domain, dtypes: tuple[str, ...], *, whole: bool) -> str | None:
    """Return why no number at all satisfies the bounds, in any of the dtypes; None where one does."""
    found = _dtypes(dtypes)
    intervals = [_interval(domain, dtype, whole=whole or _is_whole(dtype)) for dtype in found]
    if all(interval.is_empty for interval in intervals):
        return f"no {'whole number' if whole else 'number'}{_of(dtypes)} satisfies {spoken(domain)}"
    step = domain.multiple_of
    if step is None or any(
        not interval.is_empty and _has_multiple(interval, step, whole=whole or _is_whole(dtype))
        for interval, dtype in zip(intervals, found, strict=True)
    ):
        return None
    return f"no {'whole ' if whole else ''}multiple of {step} satisfies {spoken(domain)}"


def _dtypes(names: Iterable[str]) -> list[DType | None]:
    return [BY_NAME.get(name) for name in names] or [None]


def _is_whole(dtype: DType | None) -> bool:
    return dtype is not None and dtype.is_integer


def _of(names: tuple[str, ...]) -> str:
    known = [name for name in names if name in BY_NAME]
    return f" of {' or '.join(known)}" if known else ""


_WORDS: Final = (
    ("minimum", "minimum"),
    ("exclusive_minimum", "exclusiveMinimum"),
    ("maximum", "maximum"),
    ("exclusive_maximum", "exclusiveMaximum"),
)


def spoken(domain: Domain) -> str:
    """Return the bounds in the words of the contract: `minimum 3 and maximum 1`."""
    said = [f"{word} {value}" for name, word in _WORDS if (value := getattr(domain, name)) is not None]
    return " and ".join(said) or "its dtype"


def outside(domain: Domain, dtypes: tuple[str, ...], value: Scalar) -> str | None:
    """Return why a value lies outside a domain (`is below minimum 0`); None where it is inside.

    The value has the right type already. A pattern that could take long is left to the checks, which have a
    time limit; so are formats, and the contents of files that are no images. Without Pillow images are not
    looked at: what is drawn of them says so.
    """
    if domain.enum is not None and not _is_member(domain.enum, dtypes, value):
        return f"is not in enum {_listed(domain.enum)}"
    if domain.image is not None and isinstance(value, bytes | BytesFile) and can_read():
        return _image_outside(domain.image, value)
    if isinstance(value, bool | BytesFile):
        return None
    if isinstance(value, str | bytes):
        return _text_outside(domain, value)
    reasons = [_number_outside(domain, dtype, value) for dtype in _dtypes(dtypes)]
    return None if None in reasons else reasons[0]


def _is_member(members: tuple[Scalar, ...], dtypes: tuple[str, ...], value: Scalar) -> bool:
    """Whether a value is one of the members, both rounded: 0.10000000149 is the float32 0.1."""
    if value in members or not isinstance(value, float):
        return value in members
    numbers = [each for each in members if isinstance(each, int | float)]
    return any(rounded(each, dtype) == rounded(value, dtype) for dtype in _dtypes(dtypes) for each in numbers)


def _listed(values: tuple[Scalar, ...]) -> str:
    shown = ", ".join(str(value) for value in values[:8])
    return f"[{shown}{', …' if len(values) > 8 else ''}]"


def _image_outside(said: Image, value: bytes | BytesFile) -> str | None:
    if isinstance(value, bytes):
        fault = image_fault(said, value)
        return None if fault is None else f"{fault}: outside the image domain"
    try:
        with open(value.path, "rb") as file:  # noqa: PTH123 - one read, no path arithmetic
            fault = image_fault(said, file.read())
    except OSError:
        return None  # a file that is not there is a mistake of its own
    return None if fault is None else f"{fault}: outside the image domain"


def _text_outside(domain: Domain, value: str | bytes) -> str | None:
    unit = "characters" if isinstance(value, str) else "bytes"
    if domain.min_length is not None and len(value) < domain.min_length:
        return f"has {len(value)} {unit}, fewer than minLength {domain.min_length}"
    if domain.max_length is not None and len(value) > domain.max_length:
        return f"has {len(value)} {unit}, more than maxLength {domain.max_length}"
    if domain.pattern is not None and isinstance(value, str) and found_in(domain.pattern, value) is False:
        return f"does not match pattern {domain.pattern!r}"
    return None


def _number_outside(domain: Domain, dtype: DType | None, value: Number) -> str | None:
    if _is_whole(dtype) and dtype is not None and not dtype.minimum <= value <= dtype.maximum:
        return f"is outside {dtype.name}"
    mine = rounded(value, dtype)
    if isinstance(mine, float) and math.isinf(mine) and abs(value) != _INFINITY:
        return f"is outside {dtype}"
    broken = [
        f"{word} {bound}"
        for name, word in _WORDS
        if (bound := getattr(domain, name)) is not None and not _keeps(name, mine, rounded(bound, dtype))
    ]
    if broken:
        return f"breaks {' and '.join(broken)}"
    if (
        domain.multiple_of is not None
        and abs(value) < _INFINITY
        and not _is_multiple(value, domain.multiple_of)
    ):
        return f"is no multiple of {domain.multiple_of}"
    return None


def _keeps(name: str, value: Number, bound: Number) -> bool:
    match name:
        case "minimum":
            return value >= bound
        case "maximum":
            return value <= bound
        case "exclusive_minimum":
            return value > bound
        case _:
            return value < bound


def _is_multiple(value: Number, step: Number) -> bool:
    from fractions import Fraction  # noqa: PLC0415 (as above)

    return Fraction(str(value)) % Fraction(str(step)) == 0
