"""A JSON value -> the elements of one tensor of a given dtype (util/json_tensor.cc:290-432)."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.tensors.dtypes import DType, Kind
from sigpact.tensors.specs import TensorSpec
from sigpact.wire.arrays import Array, Value, numpy_dtype
from sigpact.wire.json_dialect import Json, JsonObject
from sigpact.wire.request_json import RefusedError, decode_b64, echo, invalid, type_of

_MAX_RANK: Final = 254
_SPOKEN: Final = {"float32": "float", "float64": "double", "float16": "half"}


def spoken_dtype(dtype: DType) -> str:
    """Return the name that the server's messages use (DataTypeString)."""
    return _SPOKEN.get(dtype.name, dtype.name)


def shape_of(item: Json) -> tuple[int, ...]:
    """Return the shape that the first item at each level gives (GetDenseTensorShape)."""
    shape = []
    while isinstance(item, list):
        shape.append(len(item))
        if not item:
            break
        item = item[0]
    return tuple(shape)


def elements_of(
    item: Json, shape: tuple[int, ...], dtype: DType, *, lossless: bool = False
) -> Iterator[object]:
    """Yield the elements of nested lists in C order, each of which this dtype takes (FillTensorProto).

    `lossless`: as servers before release 2.5, which refuse numbers that a float would not hold.
    """
    takes = (_LOSSLESS if lossless else _TAKES).get(dtype.name, _NOTHING)
    opened: list[Iterator[Json]] = [iter((item,))]
    while opened:
        for each in opened[-1]:
            level = len(opened) - 1
            if isinstance(each, list):
                _check_list(each, level, shape)
                if level == len(shape) - 1 and takes.all(each):
                    yield from each
                    continue
                opened.append(iter(each))
                break
            if level != len(shape):
                raise invalid(
                    f"JSON Value: {echo(each)} found at incorrect level: {level + 1} in the JSON DOM."
                    f" Expected at level: {len(shape)}"
                )
            yield _element(each, dtype, takes)
        else:
            opened.pop()


def _check_list(items: list[Json], level: int, shape: tuple[int, ...]) -> None:
    if level >= len(shape):
        raise invalid(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(items) != shape[level]:
        raise invalid(
            f"Encountered list at unexpected size: {len(items)} at level: {level}"
            f" expected size: {shape[level]}"
        )


@dataclass(frozen=True, slots=True)
class _Takes:
    """Which literals a dtype takes (AddValueToTensor); integers within both bounds."""

    types: frozenset[type]
    low: int | None = None
    high: int | None = None
    most: float = math.inf
    """The greatest size of what is no integer literal, where floats must hold numbers without a loss."""

    def one(self, item: Json) -> bool:
        """Whether it takes this one."""
        return self.all([item])

    def all(self, items: list[Json]) -> bool:
        """Whether it takes all of these."""
        if not self.types.issuperset(map(type, items)):
            return False
        if self.low is None or self.high is None or not items:
            return True
        numbers = [each for each in items if isinstance(each, int)]
        if self.most < math.inf:
            return all(self._holds(each) for each in items if isinstance(each, int | float))
        return self.low <= min(numbers) and max(numbers) <= self.high

    def _holds(self, number: float) -> bool:
        """Whether a float holds a literal without a loss (IsLosslessDecimal, until 57dac6cd)."""
        if isinstance(number, int):
            return (self.low or 0) <= number <= (self.high or 0)
        return not math.isfinite(number) or abs(number) <= self.most


def _integers(low: int, high: int) -> _Takes:
    return _Takes(frozenset({int}), low, high)


_NOTHING: Final = _Takes(frozenset())
_NUMBERS: Final = _Takes(frozenset({int, float}))
_INT32: Final = _integers(-(2**31), 2**31 - 1)
_TAKES: Final[Mapping[str, _Takes]] = {
    "float32": _NUMBERS,
    "float64": _NUMBERS,
    # One case for all four: what does not fit the narrow ones wraps when the tensor is made (303-309).
    "int32": _INT32,
    "int16": _INT32,
    "int8": _INT32,
    "uint8": _INT32,
    "int64": _integers(-(2**63), 2**63 - 1),
    "uint32": _integers(0, 2**32 - 1),
    "uint64": _integers(0, 2**64 - 1),
    "bool": _Takes(frozenset({bool})),
    "string": _Takes(frozenset({bytes})),
}
_LOSSLESS: Final[Mapping[str, _Takes]] = {
    **_TAKES,
    "float32": _Takes(_NUMBERS.types, 1 - 2**24, 2**24 - 1, float(np.finfo(np.float32).max)),
    "float64": _Takes(_NUMBERS.types, 1 - 2**53, 2**53 - 1, float(np.finfo(np.float64).max)),
}


def _element(item: Json, dtype: DType, takes: _Takes) -> object:
    """Return one element; an object is base64, or wrong before the dtype is looked at."""
    if isinstance(item, JsonObject):
        if dtype.kind is not Kind.STRING:
            raise _wrong_type(item, dtype)
        return decode_b64(item)
    if takes is _NOTHING:
        raise RefusedError(
            "UNIMPLEMENTED", f"Conversion of JSON Value: {echo(item)} to type: {spoken_dtype(dtype)}"
        )
    if takes.most < math.inf and takes.types.issuperset([type(item)]) and not takes.one(item):
        told = f"Cannot convert JSON value: {echo(item)} to {spoken_dtype(dtype)} without loss of precision."
        raise invalid(told)
    if not takes.one(item):
        raise _wrong_type(item, dtype)
    return item


def integers_taken(dtype: DType) -> tuple[int, int] | None:
    """Return the least and greatest integer literal of a dtype that takes integers alone."""
    takes = _TAKES.get(dtype.name, _NOTHING)
    return None if takes.low is None or takes.high is None else (takes.low, takes.high)


def tensor_of(spec: TensorSpec, values: Sequence[object] | Array, shape: tuple[int, ...]) -> Value:
    """Make the tensor (Tensor::FromProto): narrow integers wrap, doubles round to float32 or overflow."""
    if len(shape) > _max_rank():
        raise invalid(f"tensor parsing error: {spec.name}")
    return Value(spec.dtype, _array(spec.dtype, values).reshape(shape))


def _max_rank() -> int:
    """Return the highest rank that a tensor may have: TensorShape's 254, or what NumPy can hold."""
    return min(_MAX_RANK, 64 if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else 32)


def _array(dtype: DType, values: Sequence[object] | Array) -> Array:
    if not dtype.in_json:
        return np.empty(0, object)  # nothing but empty lists comes here, whatever the dtype
    if dtype.kind is Kind.STRING:
        array = np.empty(len(values), object)
        array[:] = values
        return array
    if dtype.name == "float32":
        with np.errstate(over="ignore"):
            return np.array(values, np.float64).astype(np.float32)
    if dtype.is_integer and dtype.bits < 32:
        return np.array(values, np.int32).astype(numpy_dtype(dtype))
    return np.array(values, numpy_dtype(dtype))


def _wrong_type(item: Json, dtype: DType) -> RefusedError:
    return invalid(
        f"JSON Value: {echo(item)} Type: {type_of(item)} is not of expected type: {spoken_dtype(dtype)}"
    )
