"""Which JSON literals a REST client writes and reads for the dtypes that its contract names."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from sigpact.tensors.dtypes import BY_NAME, DType, Kind

BYTES_SUFFIX: Final = "_bytes"
"""The server writes a string output whose name ends so as base64 (util/json_tensor.cc:877-885)."""


class Literal(StrEnum):
    """One kind of JSON value. The words are those of the contract language."""

    NUMBER = "number"
    INTEGER = "integer"
    TEXT = "text"
    BYTES = "bytes"
    BOOLEAN = "boolean"


_OF_KIND: Final = {
    Kind.FLOAT: Literal.NUMBER,
    Kind.INT: Literal.INTEGER,
    Kind.UINT: Literal.INTEGER,
    Kind.BOOL: Literal.BOOLEAN,
}


def literal_of(dtype: DType, name: str) -> Literal | None:
    """Return the literal of a dtype under a tensor's name; `None` for one that JSON has no form for."""
    if dtype.kind is Kind.STRING:
        return Literal.BYTES if name.endswith(BYTES_SUFFIX) else Literal.TEXT
    return _OF_KIND.get(dtype.kind)


def literals(words: Sequence[str], name: str) -> tuple[Literal, ...]:
    """Return the literals that a contract's dtype words allow, in their order, each once."""
    found = (literal_of(BY_NAME[word], name) if word in BY_NAME else Literal(word) for word in words)
    return tuple(dict.fromkeys(each for each in found if each is not None))
