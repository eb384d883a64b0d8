"""Floats as the server writes them, whole arrays at a time (util/json_tensor.cc:124-170, WriteDecimal).

Six significant digits where they read back as the same number, else as many as always do; `.0` after a whole
number without exponent; `NaN`, `Infinity`, `-Infinity`.
"""

from typing import Final

import numpy as np

from sigpact.wire.arrays import Array
from sigpact.wire.double_text import shortest

_NOT_FINITE: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def float_tokens(numbers: Array) -> list[bytes]:
    """Return the tokens of float32 or float64 numbers.

    Where no exponent is written, a decimal of few digits is the shortest text of the double nearest to it: so
    the numbers are rounded to six or nine digits, and their shortest text is the token.
    """
    with np.errstate(invalid="ignore"):  # a signaling NaN
        exact = numbers.astype(np.float64)
    size = np.abs(exact)
    plain = ((size >= 1e-4) & (size < 1e6)) | (size == 0)
    exact[~plain] = 0
    fraction = 5 - np.floor(np.log10(size, out=np.zeros_like(size), where=plain & (size > 0)))
    rounded = _rounded(exact, fraction)
    six = rounded.astype(numbers.dtype) == exact
    if numbers.dtype == np.float32:
        tokens = shortest(np.where(six, rounded, _rounded(exact, fraction + 3)))
    else:
        tokens = shortest(rounded)
        _put(tokens, ~six, _all_digits(exact[~six]))
    _put(tokens, ~plain, _tried(numbers[~plain]))
    return tokens


def _all_digits(doubles: Array) -> list[bytes]:
    return (b"%.17g " * doubles.size % tuple(doubles.tolist())).split()


def _put(tokens: list[bytes], where: Array, others: list[bytes]) -> None:
    for at, token in zip(np.flatnonzero(where).tolist(), others, strict=True):
        tokens[at] = token


def _rounded(numbers: Array, fraction: Array) -> Array:
    """Round to so many digits behind the point, at most twelve: what is sought is below 10^9.

    The product is exact for a float32 (24 bits, and 28 of 5^12). For a double it is not, but near the middle
    between two decimals of six digits lies none that six digits name. The quotient is rounded correctly.
    """
    power = 10.0**fraction
    return np.rint(numbers * power) / power


def _tried(numbers: Array) -> list[bytes]:
    """Return the same, of numbers of every size: each is written and read back."""
    doubles = list(map(float, numbers))
    texts = [f"{each:.6g}" for each in doubles]
    full = "%.9g" if numbers.dtype == np.float32 else "%.17g"
    # Rounding twice, over a double, is no matter: no decimal of six digits lies that near to the middle
    # between two float32 (all of them were tried).
    back = np.array(list(map(float, texts))).astype(numbers.dtype)
    for at in np.flatnonzero(back != numbers).tolist():
        texts[at] = full % doubles[at]
    return [_finished(each).encode() for each in texts]


def _finished(text: str) -> str:
    if "." in text or "e" in text:
        return text
    return _NOT_FINITE.get(text) or text + ".0"
