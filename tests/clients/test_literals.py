"""Which JSON literals a contract's dtype words stand for."""

import pytest

from sigpact.clients.literals import Literal, literals

_TABLE = [
    (("number",), "x", [Literal.NUMBER]),
    (("integer",), "x", [Literal.INTEGER]),
    (("text",), "x_bytes", [Literal.TEXT]),
    (("bytes",), "x", [Literal.BYTES]),
    (("boolean",), "x", [Literal.BOOLEAN]),
    (("float32", "float64", "bfloat16"), "x", [Literal.NUMBER]),
    (("uint8", "int64"), "x", [Literal.INTEGER]),
    (("int32", "float32"), "x", [Literal.INTEGER, Literal.NUMBER]),
    (("bool",), "x", [Literal.BOOLEAN]),
    # a string is text, or bytes under a name that ends in _bytes
    (("string",), "x", [Literal.TEXT]),
    (("string",), "x_bytes", [Literal.BYTES]),
    (("complex64", "resource"), "x", []),
]


@pytest.mark.parametrize(("words", "name", "expected"), _TABLE)
def test_literals(words: tuple[str, ...], name: str, expected: list[Literal]) -> None:
    """Kinds say it themselves; dtypes by what the server writes for them."""
    assert list(literals(words, name)) == expected
