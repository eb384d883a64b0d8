"""How the default JSON writer of each language writes a double.

| language | writer | 1.0 | 1e7 | 1e-5 | NaN |
| --- | --- | --- | --- | --- | --- |
| python, any | json.dumps | `1.0` | `10000000.0` | `1e-05` | `NaN` |
| java, kotlin | Jackson, kotlinx.serialization | `1.0` | `1.0E7` | `1.0E-5` | refused, or a string |
| javascript | JSON.stringify | `1` | `10000000` | `0.00001` | `null` |
| go | encoding/json | `1` | `10000000` | `0.00001` | refused |
| swift | JSONEncoder | `1` | `10000000` | `1e-05` | refused |

A float32 is written as the double that equals it. `any` is the strictest: a point where others have none.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from sigpact.wire.arrays import Array
from sigpact.wire.double_text import shortest

_WITHOUT_POINT: Final = frozenset({"javascript", "go", "swift"})
_PLAIN_FROM: Final = 1e-3
_PLAIN_BELOW: Final = 1e7
"""Between these Java has no exponent, nor has any other."""


def double_tokens(language: str, numbers: Array) -> list[bytes]:
    """Return doubles as a language writes them; what is not finite as `repr` does."""
    write = _WRITERS[language]
    size = np.abs(numbers)
    # Here all agree on the layout, but for the point of whole numbers.
    common = ((size >= _PLAIN_FROM) & (size < _PLAIN_BELOW)) | ((size == 0) & ~np.signbit(numbers))
    tokens = shortest(np.where(common, numbers, 1))
    if language in _WITHOUT_POINT:
        tokens = [each.removesuffix(b".0") for each in tokens]
    rare = np.flatnonzero(~common)
    for at, number in zip(rare.tolist(), numbers[rare].tolist(), strict=True):
        tokens[at] = write(number).encode()
    return tokens


def _digits(number: float) -> tuple[str, str, int]:
    """Return sign, shortest digits and the place of the point: the number is 0.DIGITS * 10^POINT."""
    text = repr(number)
    sign = "-" if text.startswith("-") else ""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) + int(exponent or 0) - len(fraction)
    return sign, digits.rstrip("0"), point


def _plain(digits: str, point: int) -> str:
    """Return digits without an exponent and, where they are whole, without a point."""
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if point >= len(digits):
        return digits.ljust(point, "0")
    return f"{digits[:point]}.{digits[point:]}"


def _javascript(number: float) -> str:
    """ECMA-262, Number::toString; negative zero loses its sign."""
    return "0" if number == 0 else _go(number)


def _go(number: float) -> str:
    """encoding/json/encode.go, floatEncoder: as ECMA-262, but negative zero keeps its sign."""
    if number == 0:
        return repr(number).removesuffix(".0")
    sign, digits, point = _digits(number)
    if -6 < point <= 21:
        return sign + _plain(digits, point)
    return f"{sign}{_scientific(digits)}e{point - 1:+d}"


def _swift(number: float) -> str:
    """Double.description without a trailing `.0` (swift-foundation, JSONEncoder)."""
    if number == 0:
        return repr(number).removesuffix(".0")
    sign, digits, point = _digits(number)
    if point > -4 and abs(number) <= 1 << 54:
        return sign + _plain(digits, point)
    return f"{sign}{_scientific(digits)}e{point - 1:+03d}"


def _java(number: float) -> str:
    """Double.toString: plain from 1e-3 up to 1e7."""
    if number == 0 or _PLAIN_FROM <= abs(number) < _PLAIN_BELOW:
        return repr(number)
    sign, digits, point = _digits(number)
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{point - 1}"


def _scientific(digits: str) -> str:
    return f"{digits[0]}.{digits[1:]}".rstrip(".")


_WRITERS: Final[Mapping[str, Callable[[float], str]]] = {
    "any": repr,
    "python": repr,
    "java": _java,
    "kotlin": _java,
    "javascript": _javascript,
    "go": _go,
    "swift": _swift,
}
