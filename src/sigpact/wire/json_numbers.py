"""Which number literals are too big for rapidjson 1.1.0 (reader.h, ParseNumber).

It does not compare the value with the greatest double: it stops while it reads digits. So `9e308` is read as
infinity, while `0e309` is refused.
"""


def overflows(digits: bytes) -> bool:
    """Whether whole digits alone are refused: rapidjson takes no digit after 1.7976931348623157e307."""
    return len(digits) > 309 or (len(digits) == 309 and float(digits[:308]) >= 1.7976931348623157e307)


def exponent_overflows(digits: bytes, fraction: bytes, power: bytes) -> bool:
    """Whether a positive exponent is refused: above 308 and the digits of the fraction that count.

    The value is not looked at: `0e309` is refused, and `18e307` is infinity.
    """
    exponent = power.lstrip(b"0")
    if len(exponent) < 3:
        return False
    return len(exponent) > 9 or int(exponent) > 308 + _digits_that_count(digits, fraction[1:])


def _digits_that_count(whole: bytes, fraction: bytes) -> int:
    """Return how many digits of a fraction rapidjson keeps: until 2^53 is reached, then 17 of all."""
    significand, significant, kept = int(whole), len(whole) - 1, 0
    for digit in fraction:
        if significand < 1 << 53:
            significand = significand * 10 + digit - ord("0")
            significant += significand != 0
        elif significant < 17:
            significant += 1
        else:
            break
        kept += 1
    return kept
