"""A predict request's body as the server reads it: the rules one by one, messages included."""

import math
from collections.abc import Mapping

import numpy as np
import pytest

from sigpact.clients.profile import ServerProfile
from sigpact.tensors.specs import Signature
from sigpact.wire.refusal import Refusal
from sigpact.wire.server_reads import ReadRequest, read_request
from tests.wire.builders import signature, told

_ONE = {"x": "float32"}
_TWO = {"a": "int32", "b": "string"}


def _read(body: str | bytes, inputs: Mapping[str, str]) -> ReadRequest | Refusal:
    content = body if isinstance(body, bytes) else body.encode()
    return read_request(content, lambda _: signature(inputs))


_READ = [
    # row, bare: one input, its name left out
    ('{"instances": [1, 2.5, -0.0]}', _ONE, "row", {"x": ("float32", (3,), [1.0, 2.5, -0.0])}),
    ('{"instances": [[[1]], [[2]]]}', _ONE, "row", {"x": ("float32", (2, 1, 1), [1.0, 2.0])}),
    ('{"instances": [[], []]}', _ONE, "row", {"x": ("float32", (2, 0), [])}),
    ('{"instances": [[[], []]]}', _ONE, "row", {"x": ("float32", (1, 2, 0), [])}),
    # row, named: objects with exactly the inputs
    (
        '{"instances": [{"a": 1, "b": "x"}, {"b": {"b64": "aGk="}, "a": 2}]}',
        _TWO,
        "row",
        {"a": ("int32", (2,), [1, 2]), "b": ("string", (2,), [b"x", b"hi"])},
    ),
    # a key is cut at a NUL; a key sent twice is appended twice and the first values of all count (S§2.2.10)
    (r'{"instances": [{"x\u0000y": 1}]}', _ONE, "row", {"x": ("float32", (1,), [1.0])}),
    ('{"instances": [{"x":1,"x":2},{"x":3,"x":4}]}', _ONE, "row", {"x": ("float32", (2,), [1.0, 2.0])}),
    # a base64 object is a value, whatever the input is called
    ('{"instances": [{"b64": "aGk"}]}', {"x": "string"}, "row", {"x": ("string", (1,), [b"hi"])}),
    ('{"instances": [{"b64": "aGk"}]}', {"b64": "string"}, "row", {"b64": ("string", (1,), [b"hi"])}),
    ('{"instances": [{"b64": 7}]}', {"b64": "int32"}, "row", {"b64": ("int32", (1,), [7])}),
    # several inputs and such a first row: all rows go to one input
    (
        '{"instances": [{"b64": "aGk="}]}',
        {"p": "string", "q": "string"},
        "row",
        {"p": ("string", (1,), [b"hi"])},
    ),
    # columnar: bare, named, scalars, unknown keys, duplicates, unequal sizes
    ('{"inputs": 5}', _ONE, "columnar", {"x": ("float32", (), [5.0])}),
    ('{"inputs": []}', _ONE, "columnar", {"x": ("float32", (0,), [])}),
    ('{"inputs": {"b64": "aGk="}}', {"x": "string"}, "columnar", {"x": ("string", (), [b"hi"])}),
    (
        '{"inputs": {"a": [1, 2], "c": [null], "b": "x", "a": 3}}',
        _TWO,
        "columnar",
        {"a": ("int32", (2,), [1, 2]), "b": ("string", (), [b"x"])},
    ),
    # the document: first of two equal keys, unknown keys, what follows it
    ('{"inputs": [1], "k": [{}], "inputs": "no"} tail', _ONE, "columnar", {"x": ("float32", (1,), [1.0])}),
    # what narrow integers do
    ('{"inputs": [300, -1, 255]}', {"x": "uint8"}, "columnar", {"x": ("uint8", (3,), [44, 255, 255])}),
    ('{"inputs": [128, -129]}', {"x": "int8"}, "columnar", {"x": ("int8", (2,), [-128, 127])}),
    ('{"inputs": [65536, 40000]}', {"x": "int16"}, "columnar", {"x": ("int16", (2,), [0, -25536])}),
    ('{"inputs": [-0]}', {"x": "uint32"}, "columnar", {"x": ("uint32", (1,), [0])}),
    ('{"inputs": [18446744073709551615]}', {"x": "uint64"}, "columnar", {"x": ("uint64", (1,), [2**64 - 1])}),
    ('{"inputs": [-9223372036854775808]}', {"x": "int64"}, "columnar", {"x": ("int64", (1,), [-(2**63)])}),
    # what floats do
    (
        '{"inputs": [1e39, 1e-50, 16777217]}',
        _ONE,
        "columnar",
        {"x": ("float32", (3,), [math.inf, 0.0, 16777216.0])},
    ),
    (
        '{"inputs": [9007199254740993, 18446744073709551615, -Inf]}',
        {"x": "float64"},
        "columnar",
        {"x": ("float64", (3,), [9007199254740992.0, 18446744073709551616.0, -math.inf])},
    ),
    ('{"inputs": [true, false]}', {"x": "bool"}, "columnar", {"x": ("bool", (2,), [True, False])}),
    # dtypes without literals take empty lists
    ('{"inputs": [[], []]}', {"x": "float16"}, "columnar", {"x": ("float16", (2, 0), [])}),
    ('{"instances": [[]]}', {"x": "variant"}, "row", {"x": ("variant", (1, 0), [])}),
]


@pytest.mark.parametrize(("body", "inputs", "form", "expected"), _READ, ids=[row[0] for row in _READ])
def test_reads(body: str, inputs: Mapping[str, str], form: str, expected: Mapping[str, object]) -> None:
    """What the server accepts becomes these tensors."""
    found = _read(body, inputs)
    assert isinstance(found, ReadRequest), found
    assert found.format == form
    assert repr({name: told(value) for name, value in found.tensors.items()}) == repr(expected)


def test_bytes_that_are_not_utf_8_arrive_as_they_are() -> None:
    """Nothing is validated: a string is its bytes."""
    found = _read(b'{"instances": ["\xff"]}', {"x": "string"})
    assert isinstance(found, ReadRequest)
    assert told(found.tensors["x"]) == ("string", (1,), [b"\xff"])


_INVALID = [
    # the document
    ("", _ONE, "JSON Parse error: The document is empty"),
    ("[1", _ONE, "JSON Parse error: Missing a comma or ']' after an array element. at offset: 2"),
    ("[1]", _ONE, "JSON Value: [1] Is not object"),
    ('{"signature_name": null, "instances": [1]}', _ONE, "key must be a string value."),
    ('{"instances": [1], "inputs": 1}', _ONE, "expecting only one of 'inputs' or 'instances' keys to exist "),
    ('{"input": 1}', _ONE, "Missing 'inputs' or 'instances' key"),
    ('{"instances": {}}', _ONE, "Expecting 'instances' to be an list/array"),
    ('{"instances": []}', _ONE, "No values in 'instances' array"),
    ('{"instances": [1]}', {}, "Failed to get input map for signature: DEFAULT"),
    # rows
    ('{"instances": [1]}', _TWO, "instances is a plain list, but expecting list of objects"),
    (
        '{"instances": [{"a": 1, "b": "x", "c": 1}]}',
        _TWO,
        "key: c of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named input: c",
    ),
    (
        '{"instances": [{"a": 1}]}',
        _TWO,
        "0 of 'instances' list. JSON object: {\n    \"a\": 1\n} keys must be equal to: a,b",
    ),
    ('{"instances": [{"x": 1}, 2]}', _ONE, "Expecting object but got list at item 1 of input list"),
    ('{"instances": [1, {"x": 2}]}', _ONE, "Expecting value/list but got object at item 1 of input list"),
    (
        '{"instances": [[1, 2], [3]]}',
        _ONE,
        "element: 1 of 'instances' list. Error: INVALID_ARGUMENT: Expecting tensor size: 2 but got: 1",
    ),
    ('{"instances": [[1], 2]}', _ONE, "Expecting shape [1] but got: []"),
    ('{"instances": [{"x": 1, "x": [2]}]}', _ONE, "Expecting shape [] but got: [1]"),
    # one element
    (
        '{"inputs": [[1, 2], [3]]}',
        _ONE,
        "Encountered list at unexpected size: 1 at level: 1 expected size: 2",
    ),
    (
        '{"inputs": [[1], 2]}',
        _ONE,
        "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2",
    ),
    ('{"inputs": [1, [2]]}', _ONE, "Encountered list at unexpected level: 1 expected < 1"),
    (
        '{"inputs": [[], 2]}',
        _ONE,
        "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2",
    ),
    ('{"inputs": [[[1]], [2]]}', _ONE, "JSON Value: 2 found at incorrect level: 3 in the JSON DOM"),
    # columns
    ('{"inputs": [1]}', _TWO, "inputs is a plain value/list, but expecting an object"),
    ('{"inputs": {"b64": "aGk="}}', _TWO, "inputs is a plain value/list, but expecting an object"),
    ('{"inputs": {"a": 1}}', _TWO, "Missing named input: b in 'inputs' object."),
    # literals of another type
    ('{"inputs": null}', _ONE, "JSON Value: null Type: Null is not of expected type: float"),
    ('{"inputs": true}', _ONE, "JSON Value: true Type: True is not of expected type: float"),
    ('{"inputs": "1"}', {"x": "float64"}, 'JSON Value: "1" Type: String is not of expected type: double'),
    (
        '{"inputs": {"x": {"y": 1}}}',
        _ONE,
        'JSON Value: {\n    "y": 1\n} Type: Object is not of expected type: float',
    ),
    ('{"inputs": 1}', {"x": "bool"}, "JSON Value: 1 Type: Number is not of expected type: bool"),
    ('{"inputs": 1}', {"x": "string"}, "JSON Value: 1 Type: Number is not of expected type: string"),
    ('{"inputs": 1.0}', {"x": "int32"}, "JSON Value: 1.0 Type: Number is not of expected type: int32"),
    ('{"inputs": -0.0}', {"x": "int64"}, "JSON Value: -0.0 Type: Number is not of expected type: int64"),
    ('{"inputs": NaN}', {"x": "int8"}, "JSON Value:  Type: Number is not of expected type: int8"),
    ('{"inputs": [2147483648]}', {"x": "uint8"}, "is not of expected type: uint8"),
    ('{"inputs": [-1]}', {"x": "uint32"}, "is not of expected type: uint32"),
    ('{"inputs": [-1]}', {"x": "uint64"}, "is not of expected type: uint64"),
    ('{"inputs": [9223372036854775808]}', {"x": "int64"}, "is not of expected type: int64"),
    ('{"inputs": [4294967296]}', {"x": "uint32"}, "is not of expected type: uint32"),
    (
        '{"inputs": [0, false]}',
        {"x": "int32"},
        "JSON Value: false Type: False is not of expected type: int32",
    ),
    # base64
    ('{"inputs": [{"b64": "!"}]}', {"x": "string"}, "Unable to base64 decode"),
    ('{"inputs": [{"b64": 1}]}', {"x": "string"}, "not formatted correctly for base64 data"),
    ('{"inputs": [{"b64": "", "c": 1}]}', {"x": "string"}, "not formatted correctly for base64 data"),
    ('{"inputs": [{"b64": "aGk="}]}', {"x": "float16"}, "Type: Object is not of expected type: half"),
    # in rows every error of an element is INVALID_ARGUMENT
    (
        '{"instances": [1]}',
        {"x": "float16"},
        "0 of 'instances' list. Error: UNIMPLEMENTED: Conversion of JSON Value: 1 to type: half",
    ),
]


@pytest.mark.parametrize(("body", "inputs", "message"), _INVALID, ids=[row[0] for row in _INVALID])
def test_refuses(body: str, inputs: Mapping[str, str], message: str) -> None:
    """What the server refuses with INVALID_ARGUMENT, and its words."""
    found = _read(body, inputs)
    assert isinstance(found, Refusal)
    assert found.status == "INVALID_ARGUMENT"
    assert message in found.message


@pytest.mark.parametrize(
    ("dtype", "spoken"),
    [
        ("float16", "half"),
        ("bfloat16", "bfloat16"),
        ("uint16", "uint16"),
        ("complex64", "complex64"),
        ("qint8", "qint8"),
        ("int4", "int4"),
        ("resource", "resource"),
    ],
)
def test_columns_of_dtypes_without_literals_are_unimplemented(dtype: str, spoken: str) -> None:
    """Columnar errors are not wrapped: HTTP 501."""
    found = _read('{"inputs": [1]}', {"x": dtype})
    assert found == Refusal("UNIMPLEMENTED", f"Conversion of JSON Value: 1 to type: {spoken}")


def test_the_name_decides_the_signature() -> None:
    """Absent and empty mean `serving_default`; of two names the first counts; an unknown one is refused."""
    asked: list[str] = []

    def signature_of(name: str) -> Signature | None:
        asked.append(name)
        return None if name == "nope" else signature(_ONE)

    names = {
        b'{"inputs": 1}': "",
        b'{"signature_name": "", "inputs": 1}': "",
        '{"signature_name": "é", "signature_name": 5, "inputs": 1}'.encode(): "é",
    }
    for body, name in names.items():
        found = read_request(body, signature_of)
        assert isinstance(found, ReadRequest)
        assert found.signature_name == name
    assert list(dict.fromkeys(asked)) == ["serving_default", "é"]
    assert read_request(b'{"signature_name": "nope"}', signature_of) == Refusal(
        "INVALID_ARGUMENT", 'Serving signature name: "nope" not found in signature def'
    )


def test_lists_deeper_than_any_tensor_are_refused() -> None:
    """A rank that no tensor can have is an error of the tensor, after the elements were read."""
    found = _read('{"inputs": ' + "[" * 100_000 + "]" * 100_000 + "}", _ONE)
    assert found == Refusal("INVALID_ARGUMENT", "tensor parsing error: x")


def test_rows_read_in_bulk_as_one_by_one() -> None:
    """The short cut for a row that fits as a whole agrees with element by element, on every dtype."""
    row = "[1, 0, 1, 1]"
    for dtype in ("float32", "float64", "int8", "uint8", "int32", "uint32", "int64", "uint64"):
        nested, flat = (
            _read(f'{{"inputs": [{row}, {row}]}}', {"x": dtype}),
            _read(f'{{"inputs": {row}}}', {"x": dtype}),
        )
        assert isinstance(nested, ReadRequest)
        assert isinstance(flat, ReadRequest)
        assert np.array_equal(nested.tensors["x"].array[1], flat.tensors["x"].array)
        assert nested.tensors["x"].array.dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    ("dtype", "literal", "refused"),
    [
        ("float32", "16777215", False),
        ("float32", "16777216", True),
        ("float32", "-16777215", False),
        ("float32", "-16777216", True),
        ("float32", "16777216.0", False),
        ("float32", "3.4028234663852886e38", False),
        ("float32", "3.4028235677973366e38", True),
        ("float32", "-1e39", True),
        ("float32", "NaN", False),
        ("float32", "-Infinity", False),
        # no 64 bits hold it: a double to the reader
        ("float32", "18446744073709551616", False),
        ("float32", "18446744073709551615", True),
        ("float64", "9007199254740991", False),
        ("float64", "9007199254740992", True),
        ("float64", "1e308", False),
        ("int64", "9007199254740993", False),
    ],
)
@pytest.mark.parametrize("form", ["row", "columnar"])
def test_old_releases_refuse_what_a_float_does_not_hold(
    form: str, dtype: str, literal: str, *, refused: bool
) -> None:
    """Until 57dac6cd (IsLosslessDecimal); later all of these are taken."""
    body = f'{{"{"instances" if form == "row" else "inputs"}": [0, {literal}]}}'.encode()
    said = {"float32": "float", "float64": "double"}.get(dtype, dtype)
    found = read_request(body, lambda _: signature({"x": dtype}), ServerProfile(version=(2, 4, 1)))
    assert isinstance(found, Refusal) is refused
    if isinstance(found, Refusal):
        assert found.status == "INVALID_ARGUMENT"
        assert "Cannot convert JSON value: " in found.message
        assert found.message.endswith(f" to {said} without loss of precision.")
    for server in (ServerProfile(version=(2, 5)), ServerProfile()):
        assert isinstance(read_request(body, lambda _: signature({"x": dtype}), server), ReadRequest)


def test_old_releases_name_other_types_as_later_ones_do() -> None:
    """A string is no number, before its precision is looked at."""
    found = read_request(b'{"inputs": ["a"]}', lambda _: signature(_ONE), ServerProfile(version=(2, 4)))
    assert found == read_request(b'{"inputs": ["a"]}', lambda _: signature(_ONE))
    assert isinstance(found, Refusal)
