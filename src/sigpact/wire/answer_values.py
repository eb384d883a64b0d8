"""Parsed JSON of one output -> a `Value`, by what the contract declares that it holds."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np

from sigpact.clients.kinds import EXACT_INTEGERS, LENIENT_READERS, ONLY_DOUBLES
from sigpact.clients.literals import Literal, literals
from sigpact.contract.model import Tensor
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import Fixed, Ranked
from sigpact.wire.arrays import Array, Value
from sigpact.wire.number_text import NotPlainError, Numbers
from sigpact.wire.plain_json import Leaf

Nested = object
"""What Python's `json` makes of a document: `None`, bool, int, float, str, dict, list."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why values cannot be read; one clause."""

    reason: str


def to_value(nested: Nested, tensor: Tensor, language: str) -> Value | Fault:
    """Return the tensor that nested lists are; of several literals that are allowed, the first that fits."""
    shaped = _shaped(nested, tensor)
    if isinstance(shaped, Fault):
        return shaped
    flat, shape = shaped
    faults = []
    for literal in literals(tensor.dtypes, tensor.name):
        array = _READERS[literal](flat, tensor, language)
        if not isinstance(array, Fault):
            return Value(BY_NAME[_DTYPES.get(literal, str(array.dtype))], array.reshape(shape))
        faults.append(array)
    return faults[0] if faults else Fault(f"JSON has no form for {', '.join(tensor.dtypes)}")


def plain_value(leaf: Leaf, tensor: Tensor, language: str) -> Value:
    """Return the same for a plain leaf, numbers as whole arrays.

    Raises `NotPlainError` wherever `to_value` might find a fault.
    """
    if not isinstance(leaf, Numbers):
        value = to_value(leaf, tensor, language)
        if isinstance(value, Fault):
            raise NotPlainError
        return value
    match literals(tensor.dtypes, tensor.name):
        case (Literal.NUMBER, *_):
            return Value(BY_NAME["float64"], _plain_doubles(leaf, tensor, language))
        case (Literal.INTEGER, *_):
            return _plain_integers(leaf, tensor, language)
        case _:
            raise NotPlainError


def _plain_doubles(found: Numbers, tensor: Tensor, language: str) -> Array:
    numbers = found.doubles()
    # Whether each has a point is counted; where an exponent may stand instead, the numbers are looked at.
    may_lack_one = _reads_points(tensor, language) and found.text.count(b".") < numbers.size
    if may_lack_one and _INTEGER.search(found.text):
        raise NotPlainError
    return numbers


_INTEGER: Final = re.compile(rb"(?<![\d.eE+-])-?\d++(?![.eE])")


def _plain_integers(found: Numbers, tensor: Tensor, language: str) -> Value:
    numbers = found.integers()
    least, greatest = int(numbers.min()), int(numbers.max())
    low, high = _bounds(tensor)
    if language == "any" or language in ONLY_DOUBLES:
        low, high = max(low, -EXACT_INTEGERS), min(high, EXACT_INTEGERS)
    if least < low or high < greatest:
        raise NotPlainError
    return Value(BY_NAME[str(numbers.dtype)], numbers)


_DTYPES: Final = {Literal.TEXT: "string", Literal.BYTES: "string"}


def _shaped(nested: Nested, tensor: Tensor) -> tuple[list[object], tuple[int, ...]] | Fault:
    """Return the elements in C order and the shape.

    Lists without elements do not tell the dimensions inside: the declared ones are taken.
    """
    items: list[object] = [nested]
    shape: tuple[int, ...] = ()
    while lists := [each for each in items if isinstance(each, list)]:
        lengths = {len(each) for each in lists}
        if len(lists) < len(items) or len(lengths) > 1:
            return Fault(f"its lists are ragged at depth {len(shape)}: {_said(items)}")
        shape += tuple(lengths)
        items = list(chain.from_iterable(lists))
    if not items:
        shape += _declared_inside(tensor, len(shape))
    return items, shape


def _said(items: list[object]) -> str:
    said = dict.fromkeys(f"{len(each)} elements" if isinstance(each, list) else "a value" for each in items)
    return ", ".join(said)


def _declared_inside(tensor: Tensor, rank: int) -> tuple[int, ...]:
    if not isinstance(tensor.shape, Ranked) or tensor.shape.leading:
        return ()
    return tuple(dim.size if isinstance(dim, Fixed) else 0 for dim in tensor.shape.dims[rank:])


def _numbers(flat: list[object], tensor: Tensor, language: str) -> Array | Fault:
    wrong = _other_than(flat, {int, float}, "a number")
    if wrong is None and _reads_points(tensor, language):
        wrong = _other_than(flat, {float}, "a number with a point")
    if wrong is not None:
        return wrong
    try:
        return np.array(flat, np.float64)
    except OverflowError:
        return Fault("it holds a number beyond every double")


def _reads_points(tensor: Tensor, language: str) -> bool:
    """Whether a reader of floats stumbles over `2`: of a dtype by name, where the language is typed."""
    return language not in LENIENT_READERS and Literal.NUMBER not in tensor.dtypes


def _integers(flat: list[object], tensor: Tensor, language: str) -> Array | Fault:
    wrong = _other_than(flat, {int}, "an integer without a point")
    if wrong is not None:
        return wrong
    numbers = [each for each in flat if isinstance(each, int)]
    fault = _outside(numbers, tensor)
    if fault is None and (language == "any" or language in ONLY_DOUBLES):
        fault = _loses_digits(numbers, language)
    if fault is not None:
        return fault
    least, greatest = min(numbers, default=0), max(numbers, default=0)
    if least < 0 and greatest > _INT64.maximum:
        return Fault(f"no integer dtype holds both {least} and {greatest}")
    return np.array(numbers, np.int64 if greatest <= _INT64.maximum else np.uint64)


def _outside(numbers: list[int], tensor: Tensor) -> Fault | None:
    low, high = _bounds(tensor)
    outside = next((each for each in numbers if not low <= each <= high), None)
    return None if outside is None else Fault(f"{outside} is no {' or '.join(tensor.dtypes)}")


def _loses_digits(numbers: list[int], language: str) -> Fault | None:
    """Return what a reader with doubles alone takes for another integer: an id for the next one's."""
    lost = next((each for each in numbers if int(float(each)) != each), None)
    if lost is None:
        return None
    if language == "any":
        return Fault(f"{lost} loses digits where every number is a double (JavaScript); say `language`")
    return Fault(f"{lost} loses digits in {language}, where every number is a double; `number` allows that")


_INT64: Final = BY_NAME["int64"]
_UINT64: Final = BY_NAME["uint64"]


def _bounds(tensor: Tensor) -> tuple[int, int]:
    """Return the least and greatest integer of the declared dtypes; of the kind, all that REST carries."""
    named = [BY_NAME[word] for word in tensor.dtypes if word in BY_NAME and BY_NAME[word].is_integer]
    dtypes = named if named and Literal.INTEGER not in tensor.dtypes else [_INT64, _UINT64]
    return min(each.minimum for each in dtypes), max(each.maximum for each in dtypes)


def _booleans(flat: list[object], _tensor: Tensor, _language: str) -> Array | Fault:
    return _other_than(flat, {bool}, "true or false") or np.array(flat, bool)


def _texts(flat: list[object], _tensor: Tensor, _language: str) -> Array | Fault:
    wrong = _other_than(flat, {str}, "a string")
    if wrong is not None:
        return wrong
    return _objects([each.encode(errors="surrogatepass") for each in flat if isinstance(each, str)])


def _bytes(flat: list[object], _tensor: Tensor, _language: str) -> Array | Fault:
    decoded = [_unpacked(each) for each in flat]
    wrong = next((each for each, found in zip(flat, decoded, strict=True) if found is None), None)
    if None in decoded:
        return Fault(f'it holds {_spoken(wrong)}, the client reads {{"b64": …}}')
    return _objects([each for each in decoded if each is not None])


def _unpacked(item: object) -> bytes | None:
    """Return the bytes of `{"b64": "..."}`, `None` for anything else."""
    if not isinstance(item, dict) or item.keys() != {"b64"} or not isinstance(item["b64"], str):
        return None
    try:
        return base64.b64decode(item["b64"], validate=True)
    except (binascii.Error, ValueError):
        return None


def _objects(elements: list[bytes]) -> Array:
    array = np.empty(len(elements), object)
    array[:] = elements
    return array


def _other_than(flat: list[object], types: set[type], wanted: str) -> Fault | None:
    if set(map(type, flat)) <= types:
        return None
    wrong = next(each for each in flat if type(each) not in types)
    return Fault(f"it holds {_spoken(wrong)}, the client reads {wanted}")


def _spoken(item: object) -> str:
    match item:
        case None:
            return "null"
        case bool():
            return str(item).lower()
        case dict():
            return f"an object ({', '.join(map(str, sorted(item)))})"
        case str():
            return f"the string {item[:40]!r}"
        case _:
            return f"the number {item}"


_Reader = Callable[[list[object], Tensor, str], Array | Fault]
_READERS: Final[Mapping[Literal, _Reader]] = {
    Literal.NUMBER: _numbers,
    Literal.INTEGER: _integers,
    Literal.BOOLEAN: _booleans,
    Literal.TEXT: _texts,
    Literal.BYTES: _bytes,
}
