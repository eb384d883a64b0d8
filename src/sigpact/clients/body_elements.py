"""The JSON Schema of one element of a tensor: a literal, and the words of its domain."""

import base64
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from sigpact.clients.literals import Literal
from sigpact.contract.domains import next_above, rounded
from sigpact.contract.model import BytesFile, Domain, Number, Tensor
from sigpact.tensors.dtypes import BY_NAME, DType, Kind

Schema = dict[str, object]

_FLOAT32: Final = BY_NAME["float32"]
_BASE64: Final = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_PYTHON: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P<\w+>", re.DOTALL)
"""Escapes, classes and named groups of a pattern."""
_BY_NAME: Final = re.compile(r"\(\?(?:P=|\()")
"""What speaks of a group, perhaps by its name."""
_INTEGERS: Final = (BY_NAME["int64"], BY_NAME["uint64"])
"""What REST carries of whole numbers."""
_OVERFLOW: Final = 2.0**128 - 2.0**103
"""From here on a double rounds to no finite float32."""


def element(tensor: Tensor, literal: Literal, domain: Domain, *, sent: bool) -> Schema:
    """Return the schema of an element as one of the literals that its tensor may have.

    What is sent is rounded to the declared dtype before it is compared with a bound; what is read, to
    float32 as well, for that may have been served.
    """
    match literal:
        case Literal.NUMBER:
            return _number(tensor, domain, tuple(_floats(tensor, sent=sent)))
        case Literal.INTEGER:
            return _integer(tensor, domain)
        case Literal.TEXT:
            return _text(domain)
        case Literal.BYTES:
            return _bytes(domain)
        case Literal.BOOLEAN:
            return {"type": "boolean", **_members(domain, bool)}


def _floats(tensor: Tensor, *, sent: bool) -> Iterator[DType | None]:
    if not sent:
        yield _FLOAT32
    for name in tensor.dtypes:
        dtype = BY_NAME.get(name)
        if dtype is None or dtype.kind is Kind.FLOAT:
            yield dtype


def _number(tensor: Tensor, domain: Domain, dtypes: Sequence[DType | None]) -> Schema:
    made: Schema = {"type": "number"}
    if set(tensor.dtypes) == {"float32"}:
        made |= {"exclusiveMinimum": -_OVERFLOW, "exclusiveMaximum": _OVERFLOW}
    if domain.minimum is not None:
        made["minimum"] = -_most(-domain.minimum, dtypes)
    if domain.maximum is not None:
        made["maximum"] = _most(domain.maximum, dtypes)
    # The neighbour of a rounded bound lies inside of the bound: nothing is to be widened.
    if domain.exclusive_minimum is not None:
        made["exclusiveMinimum"] = domain.exclusive_minimum
    if domain.exclusive_maximum is not None:
        made["exclusiveMaximum"] = domain.exclusive_maximum
    if domain.enum is not None:
        numbers = [each for each in domain.enum if isinstance(each, int | float)]
        made["anyOf"] = [
            {"minimum": -_most(-each, dtypes), "maximum": _most(each, dtypes)} for each in numbers
        ]
    return made


def _most(bound: Number, dtypes: Sequence[DType | None]) -> Number:
    """Return the greatest number that is no greater than a bound once both are rounded.

    Where the rounded bound is written in nine digits, as the server writes it, nothing greater is written
    that would round to it.
    """
    greatest = bound
    for dtype in dtypes:
        nearest = float(rounded(bound, dtype))
        if dtype is None or abs(nearest) == float("inf") or float(f"{nearest:.9g}") == bound:
            continue
        greatest = max(greatest, (nearest + next_above(nearest, dtype)) / 2)
    return greatest


def _integer(tensor: Tensor, domain: Domain) -> Schema:
    named = [BY_NAME[word] for word in tensor.dtypes if word in BY_NAME and BY_NAME[word].is_integer]
    dtypes = named if named and "integer" not in tensor.dtypes else _INTEGERS
    least, most = min(each.minimum for each in dtypes), max(each.maximum for each in dtypes)
    made: Schema = {
        "type": "integer",
        "minimum": least if domain.minimum is None else max(least, domain.minimum),
        "maximum": most if domain.maximum is None else min(most, domain.maximum),
        **_members(domain, int),
    }
    if domain.exclusive_minimum is not None:
        made["exclusiveMinimum"] = domain.exclusive_minimum
    if domain.exclusive_maximum is not None:
        made["exclusiveMaximum"] = domain.exclusive_maximum
    if domain.multiple_of is not None:
        # k * p/q is whole only where q divides k.
        made["multipleOf"] = Fraction(str(domain.multiple_of)).numerator
    return made


def _members(domain: Domain, kind: type) -> Schema:
    """Return the `enum` of whole numbers, or of booleans: neither is ever the other."""
    if domain.enum is None:
        return {}
    same = [each for each in domain.enum if isinstance(each, bool) is (kind is bool)]
    return {"enum": [kind(each) for each in same if isinstance(each, int | float) and each == int(each)]}


def _text(domain: Domain) -> Schema:
    made: Schema = {"type": "string", **_lengths(domain)}
    if domain.pattern is not None:
        made["pattern"] = _PYTHON.sub(_everywhere, domain.pattern)
    if domain.format is not None:
        made["format"] = domain.format
    members = _strings(domain)
    if members is not None:
        made["enum"] = [text for text in map(_decoded, members) if text is not None]
    return made


def _everywhere(found: re.Match[str]) -> str:
    """Return a piece of a pattern as Python and ECMAScript both read it: validators know the latter."""
    piece = found.group()
    if piece.startswith("(?P<"):
        return piece if _BY_NAME.search(found.string) else "("
    return {r"\A": "^", r"\Z": r"(?![\s\S])"}.get(piece, piece)


def _lengths(domain: Domain) -> Schema:
    said = {"minLength": domain.min_length, "maxLength": domain.max_length}
    return {key: length for key, length in said.items() if length is not None}


def _bytes(domain: Domain) -> Schema:
    """Return the schema of `{"b64": …}`; lengths are those of the base64, three bytes in four characters."""
    text: Schema = {"type": "string", "contentEncoding": "base64", "pattern": _BASE64}
    text |= {key: -(-int(str(length)) // 3) * 4 for key, length in _lengths(domain).items()}
    members = _strings(domain)
    if members is not None:
        text["enum"] = [base64.b64encode(each).decode() for each in members]
    return {"type": "object", "required": ["b64"], "properties": {"b64": text}, "additionalProperties": False}


def _strings(domain: Domain) -> list[bytes] | None:
    """Return the members of an `enum` as bytes; None where there is none, or one is a file: not read here."""
    if domain.enum is None or any(isinstance(each, BytesFile) for each in domain.enum):
        return None
    return [
        each.encode() if isinstance(each, str) else each
        for each in domain.enum
        if isinstance(each, str | bytes)
    ]


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
