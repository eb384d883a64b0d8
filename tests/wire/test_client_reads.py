"""The body of a predict answer as the client reads it."""

import pytest

from sigpact.clients.kinds import RestColumnar, RestRow
from sigpact.frozen import replace
from sigpact.tensors.shapes import AnyRank, Fixed, Named, Ranked, Shape
from sigpact.wire.client_reads import Unreadable, read_answer
from tests.wire.builders import COLUMNAR_BARE, COLUMNAR_NAMED, ROW_BARE, ROW_NAMED, told, use

_LANGUAGES = ("any", "python", "javascript", "java", "kotlin", "swift", "go")

_READ = [
    (ROW_BARE, {"g": "text"}, '{"predictions": ["a", "é"]}', {"g": ("string", (2,), [b"a", "é".encode()])}),
    (ROW_BARE, {"g": "number"}, '{"predictions": [[1, 2.5]]}', {"g": ("float64", (1, 2), [1.0, 2.5])}),
    (ROW_BARE, {"g": "float32"}, '{"predictions": [0.333333343]}', {"g": ("float64", (1,), [0.333333343])}),
    (ROW_BARE, {"g": "integer"}, '{"predictions": [1, -2]}', {"g": ("int64", (2,), [1, -2])}),
    (
        ROW_BARE,
        {"g": "uint64"},
        '{"predictions": [18446744073709549568]}',
        {"g": ("uint64", (1,), [18446744073709549568])},
    ),
    (ROW_BARE, {"g": "boolean"}, '{"predictions": [true]}', {"g": ("bool", (1,), [True])}),
    (ROW_BARE, {"g": "bytes"}, '{"predictions": [{"b64": "/w=="}]}', {"g": ("string", (1,), [b"\xff"])}),
    (
        ROW_BARE,
        {"g_bytes": "string"},
        '{"predictions": [[{"b64": "aGk="}]]}',
        {"g_bytes": ("string", (1, 1), [b"hi"])},
    ),
    # named: what is not declared is not looked at
    (
        ROW_NAMED,
        {"a": "integer", "b": "text"},
        '{"predictions": [{"b": "x", "a": 1, "c": null}, {"a": 2, "b": "y"}]}',
        {"a": ("int64", (2,), [1, 2]), "b": ("string", (2,), [b"x", b"y"])},
    ),
    (ROW_NAMED, {"b64": "text"}, '{"predictions": [{"b64": "x"}]}', {"b64": ("string", (1,), [b"x"])}),
    (ROW_NAMED, {}, '{"predictions": [1]}', {}),
    # columnar
    (COLUMNAR_BARE, {"g": "integer"}, '{"outputs": 5}', {"g": ("int64", (), [5])}),
    (COLUMNAR_BARE, {"g": "bytes"}, '{"outputs": {"b64": ""}}', {"g": ("string", (), [b""])}),
    (COLUMNAR_BARE, {"g": "integer"}, '{"outputs": [[], []]}', {"g": ("int64", (2, 0), [])}),
    (
        COLUMNAR_NAMED,
        {"a": "integer", "b": "boolean"},
        '{"outputs": {"a": [1, 2], "b": false}}',
        {"a": ("int64", (2,), [1, 2]), "b": ("bool", (), [False])},
    ),
    # where several dtypes will do
    (COLUMNAR_BARE, {"g": "number|int32"}, '{"outputs": [1]}', {"g": ("float64", (1,), [1.0])}),
    (COLUMNAR_BARE, {"g": "int32|float32"}, '{"outputs": [1]}', {"g": ("int64", (1,), [1])}),
    (COLUMNAR_BARE, {"g": "int32|float32"}, '{"outputs": [1.5]}', {"g": ("float64", (1,), [1.5])}),
]


@pytest.mark.parametrize(("kind", "outputs", "body", "expected"), _READ, ids=[row[2] for row in _READ])
def test_reads(
    kind: RestRow | RestColumnar, outputs: dict[str, str], body: str, expected: dict[str, object]
) -> None:
    """Every language reads these values; dtypes are those of the literals, not of the model."""
    for language in _LANGUAGES:
        found = read_answer(_speaking(kind, language), use({}, outputs), body.encode())
        assert not isinstance(found, Unreadable), found
        assert repr({name: told(value) for name, value in found.items()}) == repr(expected)


def _speaking(kind: RestRow | RestColumnar, language: str) -> RestRow | RestColumnar:
    return replace(kind, language=language)


_UNREADABLE = [
    # the body
    (ROW_BARE, {"g": "text"}, b'{"predictions": ["\xff"]}', None, "the body is not UTF-8, from byte 18 on"),
    (ROW_BARE, {"g": "text"}, b"", None, "the body is not JSON"),
    (ROW_BARE, {"g": "text"}, b"[" * 200_000, None, "the body is not JSON"),
    (ROW_BARE, {"g": "text"}, b"[]", None, "not a JSON object"),
    (ROW_BARE, {"g": "text"}, b'{"error": "no model"}', None, "answered with an error: no model"),
    (ROW_BARE, {"g": "text"}, b'{"outputs": ["a"]}', None, "there is no `predictions` in it"),
    (COLUMNAR_BARE, {"g": "text"}, b'{"predictions": ["a"]}', None, "there is no `outputs` in it"),
    (ROW_BARE, {"g": "text"}, b'{"predictions": {}}', None, "`predictions` is not a list"),
    # bare and named
    (ROW_BARE, {"g": "text"}, b'{"predictions": [{"g": "a", "s": 1}]}', "g", "holds objects (g, s)"),
    (COLUMNAR_BARE, {"g": "text"}, b'{"outputs": {"g": "a", "s": 1}}', "g", "holds objects (g, s)"),
    (ROW_BARE, {"a": "text", "b": "text"}, b'{"predictions": []}', None, "the contract declares 2"),
    (ROW_NAMED, {"g": "text"}, b'{"predictions": ["a"]}', "g", "holds bare values, the client reads objects"),
    (ROW_NAMED, {"g": "bytes"}, b'{"predictions": [{"b64": ""}]}', "g", "holds bare values"),
    (COLUMNAR_NAMED, {"g": "text", "h": "text"}, b'{"outputs": ["a"]}', None, "objects with g, h"),
    (ROW_NAMED, {"g": "text"}, b'{"predictions": [{"s": 1}]}', "g", "not in the answer, which holds s"),
    (COLUMNAR_NAMED, {"g": "text", "h": "text"}, b'{"outputs": {"g": "a"}}', "h", "not in the answer"),
    # shapes
    (
        ROW_BARE,
        {"g": "integer"},
        b'{"predictions": [[1, 2], [3]]}',
        "g",
        "ragged at depth 1: 2 elements, 1 elements",
    ),
    (ROW_BARE, {"g": "integer"}, b'{"predictions": [1, [2]]}', "g", "ragged at depth 1: a value, 1 elements"),
    # literals
    (
        ROW_BARE,
        {"g": "integer"},
        b'{"predictions": [1, 2.0]}',
        "g",
        "holds the number 2.0, the client reads an integer",
    ),
    (
        ROW_BARE,
        {"g": "number"},
        b'{"predictions": ["1"]}',
        "g",
        "holds the string '1', the client reads a number",
    ),
    (ROW_BARE, {"g": "number"}, b'{"predictions": [true]}', "g", "holds true, the client reads a number"),
    (ROW_BARE, {"g": "number"}, b'{"predictions": [null]}', "g", "holds null"),
    (
        ROW_BARE,
        {"g": "boolean"},
        b'{"predictions": [1]}',
        "g",
        "holds the number 1, the client reads true or false",
    ),
    (
        COLUMNAR_BARE,
        {"g": "text"},
        b'{"outputs": [{"b64": "aGk="}]}',
        "g",
        "holds an object (b64), the client reads a string",
    ),
    (ROW_BARE, {"g": "text"}, b'{"predictions": [1]}', "g", "holds the number 1, the client reads a string"),
    (
        ROW_BARE,
        {"g": "bytes"},
        b'{"predictions": ["a"]}',
        "g",
        "holds the string 'a', the client reads {\"b64\"",
    ),
    (ROW_BARE, {"g": "bytes"}, b'{"predictions": [{"b64": "!"}]}', "g", "holds an object (b64)"),
    (ROW_BARE, {"g": "uint8"}, b'{"predictions": [255, 256]}', "g", "256 is no uint8"),
    (ROW_BARE, {"g": "int8|uint8"}, b'{"predictions": [255, -129]}', "g", "-129 is no int8 or uint8"),
    (ROW_BARE, {"g": "integer"}, b'{"predictions": [18446744073709551616]}', "g", "is no integer"),
    (ROW_BARE, {"g": "complex64"}, b'{"predictions": [1]}', "g", "JSON has no form for complex64"),
]


@pytest.mark.parametrize(
    ("kind", "outputs", "body", "output", "reason"),
    _UNREADABLE,
    ids=[repr(row[2][:60]) for row in _UNREADABLE],
)
def test_unreadable(
    kind: RestRow | RestColumnar, outputs: dict[str, str], body: bytes, output: str | None, reason: str
) -> None:
    """No language reads these; the output concerned and the reason are named."""
    for language in _LANGUAGES:
        found = read_answer(_speaking(kind, language), use({}, outputs), body)
        assert isinstance(found, Unreadable)
        assert found.output == output
        assert reason in found.reason


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity"])
def test_only_python_reads_what_is_not_json(token: str) -> None:
    """Such a token anywhere makes the body unreadable to all others; its output is named if declared."""
    body = f'{{"predictions": [{{"a": 1.5, "b": 2}}, {{"a": {token}, "b": 3}}]}}'.encode()
    for language in _LANGUAGES:
        kind = _speaking(ROW_NAMED, language)
        for outputs, output in (({"a": "number", "b": "integer"}, "a"), ({"b": "integer"}, None)):
            found = read_answer(kind, use({}, outputs), body)
            if language == "python":
                assert not isinstance(found, Unreadable)
                assert [str(each) for each in found["b"].array] == ["2", "3"]
            else:
                assert isinstance(found, Unreadable)
                assert found.output == output
                assert "NaN or Infinity" in found.reason


def test_what_is_not_json_is_told_before_what_is_missing() -> None:
    """The client never gets as far as looking for its output."""
    found = read_answer(ROW_NAMED, use({}, {"z": "number"}), b'{"predictions": [{"a": NaN}]}')
    assert isinstance(found, Unreadable)
    assert "NaN" in found.reason


def test_integers_beyond_2_53() -> None:
    """JavaScript reads another integer, `any` cannot rely on any, typed languages read it."""
    body = b'{"predictions": [9007199254740993]}'
    read = {
        language: read_answer(_speaking(ROW_BARE, language), use({}, {"g": "int64"}), body)
        for language in _LANGUAGES
    }
    for language in ("any", "javascript"):
        unreadable = read.pop(language)
        assert isinstance(unreadable, Unreadable)
        assert "9007199254740993 loses digits" in unreadable.reason
    for found in read.values():
        assert not isinstance(found, Unreadable)
        assert found["g"].array.tolist() == [9007199254740993]
    for token in (b"9223372036854775807", b"-9223372036854775808"):
        found = read_answer(
            _speaking(ROW_BARE, "javascript"),
            use({}, {"g": "int64"}),
            body.replace(b"9007199254740993", token),
        )
        assert isinstance(found, Unreadable) == (token[:1] != b"-")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (AnyRank(), (0,)),
        (Ranked((Named("batch"),)), (0,)),
        (Ranked((Named("batch"), Fixed(64), Named("k"))), (0, 64, 0)),
        (Ranked((Fixed(3),), leading=True), (0,)),
    ],
)
def test_no_rows_have_the_declared_dimensions_inside(shape: Shape, expected: tuple[int, ...]) -> None:
    """`[]` does not say what its rows would have been."""
    declared = use({}, {"g": "number"})
    declared = replace(declared, outputs=(replace(declared.outputs[0], shape=shape),))
    found = read_answer(ROW_BARE, declared, b'{"predictions": []}')
    assert not isinstance(found, Unreadable)
    assert found["g"].shape == expected


def test_integers_that_share_no_dtype() -> None:
    """Python reads any integer, but an array holds either negative ones or those beyond int64."""
    body = b'{"predictions": [18446744073709551615, -1]}'
    found = read_answer(_speaking(ROW_BARE, "python"), use({}, {"g": "integer"}), body)
    assert found == Unreadable("g", "no integer dtype holds both -1 and 18446744073709551615")


@pytest.mark.parametrize("language", _LANGUAGES)
@pytest.mark.parametrize(
    ("words", "numbers", "typed"),
    [
        ("float32", "[1.5, 2]", None),
        ("float64", "[2]", None),
        ("float32", "[1.5, 2.0, 9e+06, 1e-05]", "float64"),
        ("float32", "[0.5, 9e+06, -3]", None),
        ("float32", "[]", "float64"),
        ("number", "[1.5, 2]", "float64"),
        ("number|float32", "[2]", "float64"),
        ("float32|int32", "[2]", "int64"),
        ("float32|int32", "[2, 0.5]", None),
    ],
)
def test_typed_readers_of_floats_want_a_point(
    words: str, numbers: str, typed: str | None, language: str
) -> None:
    """`2` for `2.0` breaks them, unless the contract says `number` (the protocols' table 5.1)."""
    expected = "float64" if language in {"python", "javascript"} else typed
    kind = replace(COLUMNAR_BARE, language=language)
    found = read_answer(kind, use({}, {"g": words}), f'{{"outputs": {numbers}}}'.encode())
    if expected is None:
        assert isinstance(found, Unreadable)
        assert found.reason.endswith("the client reads a number with a point")
    else:
        assert not isinstance(found, Unreadable)
        assert found["g"].dtype.name == expected
