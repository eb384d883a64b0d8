"""The functions of expressions, by name: whole arrays in, a whole array out."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from sigpact.expressions import Call
from sigpact.tensors.dtypes import DType, Kind
from sigpact.values.operands import (
    FLOAT64,
    INT64,
    INTEGERS,
    EvaluationError,
    Operand,
    booleans,
    coarsest,
    numbers_of,
    objects,
    require_room,
    texts_of,
    with_array,
)
from sigpact.wire.arrays import Array

Function = Callable[[Call, list[Operand], int | None], Operand]


def _reduced(name: str) -> Function:
    """`min max sum mean any all argmax argmin`: over everything, or along an axis."""

    def function(node: Call, found: list[Operand], axis: int | None) -> Operand:
        if len(found) > 1:
            return _extreme(node, found)
        (first,) = found
        if name in {"any", "all"}:
            truth, along = booleans(node.at, first), _inside(node, first, axis)
            return Operand(np.asarray(truth.any(axis=along) if name == "any" else truth.all(axis=along)))
        numbers = first if name in _ORDERED else numbers_of(node.at, first)
        array, along = numbers.array, _inside(node, numbers, axis)
        if name != "sum" and not (array.size if along is None else array.shape[along]):
            raise EvaluationError(node.at, f"{node.function}() of nothing")
        if name == "sum" and array.dtype.kind in "iu":
            return Operand(_whole_sum(node.at, array, along))
        made = np.asarray(_REDUCTIONS[name](array, along))
        dtype = {"mean": _floating(first.dtype), "argmax": INT64, "argmin": INT64}.get(name, first.dtype)
        return Operand(made.astype(np.int64) if name.startswith("arg") else made, dtype, first.is_blob)

    return function


_ORDERED: Final = frozenset({"min", "max", "argmin", "argmax"})
_REDUCTIONS: Final[Mapping[str, Callable[[Array, int | None], Array]]] = {
    "min": lambda array, axis: np.min(array, axis=axis),
    "max": lambda array, axis: np.max(array, axis=axis),
    "sum": lambda array, axis: np.sum(array, axis=axis),
    "mean": lambda array, axis: np.asarray(np.mean(array.astype(np.float64), axis=axis)),
    "argmin": lambda array, axis: np.asarray(np.argmin(array, axis=axis)),
    "argmax": lambda array, axis: np.asarray(np.argmax(array, axis=axis)),
}


def _floating(dtype: DType) -> DType:
    return dtype if dtype.kind is Kind.FLOAT else FLOAT64


def _whole_sum(at: int, array: Array, axis: int | None) -> Array:
    rough = np.sum(np.abs(array.astype(np.float64)), axis=axis)
    if np.size(rough) and np.max(rough) >= 2.0**62:
        raise EvaluationError(at, "sum() may go beyond int64")
    return np.asarray(np.sum(array, axis=axis), np.int64)


def _inside(node: Call, found: Operand, axis: int | None) -> int | None:
    if axis is not None and not -found.array.ndim <= axis < found.array.ndim:
        raise EvaluationError(node.at, f"axis {axis} is not in a shape of {list(found.array.shape)}")
    return axis


def _extreme(node: Call, found: list[Operand]) -> Operand:
    """`min` and `max` of several: element by element."""
    arrays = [each.array for each in found]
    require_room(node.at, *arrays)
    if len({each.dtype == object for each in arrays}) > 1:
        raise EvaluationError(node.at, f"{node.function}() mixes texts and numbers")
    made = arrays[0]
    for each in arrays[1:]:
        made = np.asarray(np.minimum(made, each) if node.function == "min" else np.maximum(made, each))
    return Operand(made, coarsest(found), found[0].is_blob)


def _of_floats(apply: Callable[[Array], Array]) -> Function:
    """`sqrt exp log`: always floats; where they are not defined, NaN or an infinity."""

    def function(node: Call, found: list[Operand], _axis: int | None) -> Operand:
        numbers = numbers_of(node.at, found[0])
        return Operand(np.asarray(apply(numbers.array.astype(np.float64))), _floating(numbers.dtype))

    return function


def _same_kind(apply: Callable[[Array], Array]) -> Function:
    """`round floor ceil`: whole numbers are as they are."""

    def function(node: Call, found: list[Operand], _axis: int | None) -> Operand:
        numbers = numbers_of(node.at, found[0])
        return (
            numbers
            if numbers.array.dtype.kind in "iu"
            else with_array(numbers, np.asarray(apply(numbers.array)))
        )

    return function


def _absolute(node: Call, found: list[Operand], _axis: int | None) -> Operand:
    numbers = numbers_of(node.at, found[0])
    if numbers.array.dtype == np.int64 and (numbers.array == INTEGERS.min).any():
        raise EvaluationError(node.at, "abs() goes beyond int64")
    return with_array(numbers, np.asarray(np.abs(numbers.array)))


def _length(node: Call, found: list[Operand], _axis: int | None) -> Operand:
    """Of texts, each one's; of anything else, that of the first dimension."""
    (first,) = found
    if first.array.dtype != object:
        if not first.array.ndim:
            raise EvaluationError(node.at, "len() of a scalar")
        return Operand(np.asarray(len(first.array), np.int64))
    flat = first.array.reshape(-1).tolist()
    counts = [len(each) if first.is_blob else len(each.decode(errors="replace")) for each in flat]
    return Operand(np.array(counts, np.int64).reshape(first.array.shape))


def _shape(_node: Call, found: list[Operand], _axis: int | None) -> Operand:
    return Operand(np.array(found[0].array.shape, np.int64))


def _sorted(node: Call, found: list[Operand], axis: int | None) -> Operand:
    if not found[0].array.ndim:
        raise EvaluationError(node.at, "sort() of a scalar")
    along = _inside(node, found[0], axis)
    return with_array(found[0], np.sort(found[0].array, axis=-1 if along is None else along))


def _distinct(node: Call, found: list[Operand], axis: int | None) -> Operand:
    along = _inside(node, found[0], axis)
    if found[0].array.dtype == object and along is not None and found[0].array.ndim > 1:
        raise EvaluationError(node.at, "unique() along an axis is of numbers")
    return with_array(found[0], np.unique(found[0].array, axis=along if found[0].array.ndim > 1 else None))


def _each_text(apply: Callable[[str], str]) -> Function:
    """`lower upper strip`: of characters; bytes that are no UTF-8 stay as they are."""

    def function(node: Call, found: list[Operand], _axis: int | None) -> Operand:
        texts = texts_of(node.at, found[0])
        flat: list[bytes] = texts.array.reshape(-1).tolist()
        made: list[object] = [
            apply(each.decode(errors="surrogateescape")).encode(errors="surrogateescape") for each in flat
        ]
        return with_array(texts, objects(made, texts.array.shape))

    return function


def _two_texts(apply: Callable[[bytes, bytes], bool]) -> Function:
    """`startswith endswith contains`: as bytes."""

    def function(node: Call, found: list[Operand], _axis: int | None) -> Operand:
        first, second = (texts_of(node.at, each).array for each in found)
        require_room(node.at, first, second)
        left, right = np.broadcast_arrays(first, second)
        pairs = zip(left.reshape(-1).tolist(), right.reshape(-1).tolist(), strict=True)
        return Operand(np.array([apply(*pair) for pair in pairs], bool).reshape(left.shape))

    return function


FUNCTIONS: Final[Mapping[str, Function]] = {
    **{name: _reduced(name) for name in (*_REDUCTIONS, "any", "all")},
    "abs": _absolute,
    "len": _length,
    "shape": _shape,
    "sort": _sorted,
    "unique": _distinct,
    "round": _same_kind(np.rint),
    "floor": _same_kind(np.floor),
    "ceil": _same_kind(np.ceil),
    "sqrt": _of_floats(np.sqrt),
    "exp": _of_floats(np.exp),
    "log": _of_floats(np.log),
    "lower": _each_text(str.lower),
    "upper": _each_text(str.upper),
    "strip": _each_text(str.strip),
    "startswith": _two_texts(bytes.startswith),
    "endswith": _two_texts(bytes.endswith),
    "contains": _two_texts(lambda text, part: part in text),
}
