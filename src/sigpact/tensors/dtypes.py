"""The dtypes of TensorFlow: name, wire number, kind and range.

Source of names and numbers: tensorflow/core/framework/types.proto (TensorFlow 2.21).
"""

from enum import StrEnum
from typing import Final

from sigpact.frozen import frozen


class Kind(StrEnum):
    """What sort of values a dtype holds."""

    FLOAT = "float"
    INT = "int"
    UINT = "uint"
    BOOL = "bool"
    STRING = "string"
    COMPLEX = "complex"
    OPAQUE = "opaque"
    """Resources, variants, and numbers that this release does not know."""


@frozen
class DType:
    """One dtype: its TensorFlow name, its number in types.proto, its kind and its width in bits.

    Quantized numbers are the whole numbers that are stored: their scale is the model's affair.
    """

    name: str
    number: int
    kind: Kind
    bits: int = 0

    @property
    def is_integer(self) -> bool:
        """Whether its values are whole numbers."""
        return self.kind in {Kind.INT, Kind.UINT}

    @property
    def minimum(self) -> int:
        """The least value of an integer dtype."""
        return -(1 << (self.bits - 1)) if self.kind is Kind.INT else 0

    @property
    def maximum(self) -> int:
        """The greatest value of an integer dtype."""
        return (1 << (self.bits - (self.kind is Kind.INT))) - 1

    @property
    def in_json(self) -> bool:
        """Whether the server's REST codec carries it (util/json_tensor.cc, AddValueToTensor)."""
        return self.name in _IN_JSON

    def __str__(self) -> str:
        return self.name


_IN_JSON: Final = frozenset(  # neither uint16 nor half
    ("float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint32", "uint64", "bool", "string")
)

_TABLE: Final = (
    DType("invalid", 0, Kind.OPAQUE),
    DType("float32", 1, Kind.FLOAT, 32),
    DType("float64", 2, Kind.FLOAT, 64),
    DType("int32", 3, Kind.INT, 32),
    DType("uint8", 4, Kind.UINT, 8),
    DType("int16", 5, Kind.INT, 16),
    DType("int8", 6, Kind.INT, 8),
    DType("string", 7, Kind.STRING),
    DType("complex64", 8, Kind.COMPLEX, 64),
    DType("int64", 9, Kind.INT, 64),
    DType("bool", 10, Kind.BOOL, 1),
    DType("qint8", 11, Kind.INT, 8),
    DType("quint8", 12, Kind.UINT, 8),
    DType("qint32", 13, Kind.INT, 32),
    DType("bfloat16", 14, Kind.FLOAT, 16),
    DType("qint16", 15, Kind.INT, 16),
    DType("quint16", 16, Kind.UINT, 16),
    DType("uint16", 17, Kind.UINT, 16),
    DType("complex128", 18, Kind.COMPLEX, 128),
    DType("float16", 19, Kind.FLOAT, 16),
    DType("resource", 20, Kind.OPAQUE),
    DType("variant", 21, Kind.OPAQUE),
    DType("uint32", 22, Kind.UINT, 32),
    DType("uint64", 23, Kind.UINT, 64),
    DType("float8_e5m2", 24, Kind.FLOAT, 8),
    DType("float8_e4m3fn", 25, Kind.FLOAT, 8),
    DType("float8_e4m3fnuz", 26, Kind.FLOAT, 8),
    DType("float8_e4m3b11fnuz", 27, Kind.FLOAT, 8),
    DType("float8_e5m2fnuz", 28, Kind.FLOAT, 8),
    DType("int4", 29, Kind.INT, 4),
    DType("uint4", 30, Kind.UINT, 4),
    DType("int2", 31, Kind.INT, 2),
    DType("uint2", 32, Kind.UINT, 2),
)

BY_NAME: Final = {dtype.name: dtype for dtype in _TABLE} | {
    alias: next(dtype for dtype in _TABLE if dtype.name == name)
    for alias, name in {"half": "float16", "float": "float32", "double": "float64"}.items()
}
"""Every dtype under its name, and under the names that `tf.DType` and C++ messages use besides."""

_BY_NUMBER: Final = {dtype.number: dtype for dtype in _TABLE}

_REF: Final = 100


def by_number(number: int) -> DType:
    """Return the dtype of a number in a proto; one that types.proto does not know is opaque.

    A reference dtype (TF1 variables, `number + 100`) keeps its own name: nothing can be sent to it.
    """
    known = _BY_NUMBER.get(number)
    if known is not None:
        return known
    base = _BY_NUMBER.get(number - _REF)
    return DType(f"{base.name}_ref" if base else f"unknown_dtype_{number}", number, Kind.OPAQUE)
