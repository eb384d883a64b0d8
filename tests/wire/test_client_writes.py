"""The body of a predict request as the client writes it."""

import math

import pytest

from sigpact.clients.kinds import RestColumnar, RestRow
from sigpact.wire.arrays import Value, value
from sigpact.wire.client_writes import CannotWrite, write_request
from tests.wire.builders import COLUMNAR_BARE, COLUMNAR_NAMED, ROW_BARE, ROW_NAMED, use

_BODIES = [
    (ROW_BARE, {"x": "text"}, {"x": value("string", ["a", "é\n"])}, '"instances": ["a", "é\\n"]'),
    (ROW_BARE, {"x": "number"}, {"x": value("float32", [[1], [2.5]])}, '"instances": [[1.0], [2.5]]'),
    (ROW_BARE, {"x": "number"}, {"x": value("float32", [])}, '"instances": []'),
    (ROW_NAMED, {"x": "int32"}, {"x": value("int32", [1, -2])}, '"instances": [{"x": 1}, {"x": -2}]'),
    # the contract's order; an input left out is left out, one that it does not know goes by its value
    (
        ROW_NAMED,
        {"b": "boolean", "a": "integer", "c": "text"},
        {"z": value("bool", [True]), "a": value("int64", [2**60]), "b": value("bool", [False])},
        '"instances": [{"b": false, "a": 1152921504606846976, "z": true}]',
    ),
    (COLUMNAR_BARE, {"x": "float64"}, {"x": value("float64", 3)}, '"inputs": 3.0'),
    (
        COLUMNAR_NAMED,
        {"x": "number", "y": "integer"},
        {"x": value("float32", [0.5]), "y": value("uint64", [2**64 - 1])},
        '"inputs": {"x": [0.5], "y": [18446744073709551615]}',
    ),
    # bytes, and strings under a name that ends in _bytes
    (COLUMNAR_BARE, {"x": "bytes"}, {"x": value("string", [b"\xff"])}, '"inputs": [{"b64": "/w=="}]'),
    (COLUMNAR_BARE, {"x_bytes": "string"}, {"x_bytes": value("string", b"hi")}, '"inputs": {"b64": "aGk="}'),
    (COLUMNAR_BARE, {"x_bytes": "text"}, {"x_bytes": value("string", b"hi")}, '"inputs": "hi"'),
    # what is declared decides, not what carries it; of several dtypes the value's
    (COLUMNAR_BARE, {"x": "number"}, {"x": value("int64", [1])}, '"inputs": [1.0]'),
    (COLUMNAR_BARE, {"x": "integer"}, {"x": value("float32", [1])}, '"inputs": [1]'),
    (COLUMNAR_BARE, {"x": "float32|int32"}, {"x": value("int32", [1])}, '"inputs": [1]'),
    (COLUMNAR_BARE, {"x": "float32|int32"}, {"x": value("float32", [1])}, '"inputs": [1.0]'),
    (
        COLUMNAR_BARE,
        {"x": "number"},
        {"x": value("float64", [math.nan, -math.inf])},
        '"inputs": [NaN, -Infinity]',
    ),
]


@pytest.mark.parametrize(("kind", "inputs", "values", "content"), _BODIES)
def test_body(
    kind: RestRow | RestColumnar, inputs: dict[str, str], values: dict[str, Value], content: str
) -> None:
    """Named or bare, row or columnar, each element by its declared dtype; the signature is always named."""
    assert write_request(kind, "s", use(inputs), values) == f'{{"signature_name": "s", {content}}}'.encode()


def test_the_signature_is_named_even_if_it_is_the_default() -> None:
    """Names are JSON strings."""
    body = write_request(ROW_BARE, 'd"é', use({"x": "integer"}), {"x": value("int32", [1])})
    assert body == '{"signature_name": "d\\"é", "instances": [1]}'.encode()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("any", "1.0"),
        ("python", "1.0"),
        ("java", "1.0"),
        ("kotlin", "1.0"),
        ("javascript", "1"),
        ("go", "1"),
        ("swift", "1"),
    ],
)
def test_the_language_decides_about_the_point(language: str, text: str) -> None:
    """A whole number that is a fraction by nature is written as the language writes doubles."""
    kind = RestRow(named=False, bare_answer=True, language=language)
    body = write_request(kind, "s", use({"x": "float32"}), {"x": value("float32", [1])})
    assert body == f'{{"signature_name": "s", "instances": [{text}]}}'.encode()


_CANNOT = [
    ("any", ROW_BARE, {"x": "integer"}, {"x": value("int32", 1)}, "x: a scalar has no rows"),
    (
        "any",
        ROW_NAMED,
        {"x": "integer", "y": "integer"},
        {"x": value("int32", [1]), "y": value("int32", [1, 2])},
        "x has 1, y has 2",
    ),
    ("any", ROW_BARE, {}, {}, "exactly one input, and there are 0"),
    (
        "any",
        COLUMNAR_BARE,
        {"x": "integer", "y": "integer"},
        {"x": value("int32", [1]), "y": value("int32", [1])},
        "exactly one input, and there are 2",
    ),
    ("any", ROW_BARE, {"x": "text"}, {"x": value("string", [b"\xff"])}, "x: b'\\xff' is not UTF-8"),
    ("any", ROW_BARE, {"x": "integer"}, {"x": value("float32", [1, 1.5])}, "x: 1.5 is not an integer"),
    ("any", ROW_BARE, {"x": "complex64"}, {"x": value("complex64", [1])}, "JSON has no form for complex64"),
    ("javascript", ROW_BARE, {"x": "number"}, {"x": value("float32", [math.nan])}, "does not write nan"),
    ("java", ROW_BARE, {"x": "number"}, {"x": value("float32", [1, -math.inf])}, "does not write -inf"),
    (
        "javascript",
        ROW_BARE,
        {"x": "integer"},
        {"x": value("int64", [2**53 + 1])},
        "beyond 2^53 it loses digits",
    ),
]


@pytest.mark.parametrize(("language", "kind", "inputs", "values", "reason"), _CANNOT)
def test_what_cannot_be_written(
    language: str, kind: RestRow | RestColumnar, inputs: dict[str, str], values: dict[str, Value], reason: str
) -> None:
    """There is no body, and the reason says why."""
    spoken = type(kind)(named=kind.named, bare_answer=kind.bare_answer, language=language)
    found = write_request(spoken, "s", use(inputs), values)
    assert isinstance(found, CannotWrite)
    assert reason in found.reason


def test_integers_up_to_2_53_are_javascripts_too() -> None:
    """The last integer that every double holds is written."""
    kind = RestRow(named=False, bare_answer=True, language="javascript")
    body = write_request(kind, "s", use({"x": "int64"}), {"x": value("int64", [-(2**53)])})
    assert body == b'{"signature_name": "s", "instances": [-9007199254740992]}'
