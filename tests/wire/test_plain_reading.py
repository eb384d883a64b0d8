"""Whole arrays at a time against value by value: the same of every body, right or wrong."""

import json
from collections.abc import Mapping
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigpact.clients.kinds import RestColumnar, RestRow
from sigpact.contract.model import SignatureUse
from sigpact.wire import client_reads, number_text, plain_json, server_reads
from sigpact.wire.arrays import Value
from sigpact.wire.client_reads import read_answer
from sigpact.wire.number_text import Numbers
from sigpact.wire.plain_json import read_plain
from sigpact.wire.server_reads import ReadRequest, read_request
from tests.wire.bodies import POOLS, body
from tests.wire.builders import COLUMNAR_BARE, COLUMNAR_NAMED, ROW_BARE, ROW_NAMED, signature, use

_DTYPES = {
    "plain integers": ("float32", "float64", "int8", "uint8", "int32", "int64", "uint32", "uint64"),
    "texts": ("string",),
    "flags": ("bool",),
}
_WORDS = {"plain integers": ("integer", "int8", "uint64", "number|integer", "number"), "texts": ("text",)}
_LANGUAGES = ("any", "python", "javascript")


def _told(values: Mapping[str, Value]) -> list[tuple[object, ...]]:
    """Return values so that they are equal only where every bit is, that of a zero's sign included."""
    return [
        (name, each.dtype, str(each.array.dtype), each.shape, _elements(each))
        for name, each in values.items()
    ]


def _elements(each: Value) -> object:
    return each.array.tolist() if each.array.dtype == object else each.array.tobytes()


def _agree_on_request(text: bytes, inputs: Mapping[str, str]) -> None:
    wanted = signature(inputs)
    found, exact = (read(text, lambda _: wanted) for read in (read_request, server_reads.read_exactly))
    if isinstance(exact, ReadRequest) and isinstance(found, ReadRequest):
        assert (found.format, found.signature_name) == (exact.format, exact.signature_name)
        assert _told(found.tensors) == _told(exact.tensors), text
    else:
        assert found == exact, text


def _agree_on_answer(text: bytes, kind: RestRow | RestColumnar, declared: SignatureUse) -> None:
    found, exact = (read(kind, declared, text) for read in (read_answer, client_reads.read_exactly))
    if isinstance(exact, Mapping) and isinstance(found, Mapping):
        assert _told(found) == _told(exact), text
    else:
        assert found == exact, text


@pytest.fixture(params=[1, 12, 1 << 18])
def _piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut short bodies into pieces too, as long ones are."""
    monkeypatch.setattr(number_text, "_PIECE", request.param)
    monkeypatch.setattr(plain_json, "_MANY", request.param)


def _request(random: Random) -> tuple[bytes, dict[str, str]]:
    """Return a body and a signature whose dtypes mostly fit it."""
    pool = random.choice([*POOLS])
    dtypes = _DTYPES.get(pool, ("float32", "float64")) + ("half", "string") * (random.random() < 0.1)
    inputs = {name: random.choice(dtypes) for name in random.choice(("x", "xy"))}
    return body(random, ("instances", "inputs"), [*inputs], pool), inputs


def _answer(random: Random) -> tuple[bytes, RestRow | RestColumnar, SignatureUse]:
    """Return a body, a client and a use of outputs that mostly fit it."""
    pool = random.choice([*POOLS])
    words = _WORDS.get(pool, ("number", "float32", "boolean")) + ("text", "integer|text") * (
        random.random() < 0.1
    )
    outputs = {name: random.choice(words) for name in random.choice(("x", "xy"))}
    text = body(random, ("predictions", "outputs"), [*outputs], pool)
    form = RestRow if b"predictions" in text else RestColumnar
    kind = form(named=True, bare_answer=len(outputs) == 1, language=random.choice(_LANGUAGES))
    return text, kind, use({}, outputs)


@pytest.mark.usefixtures("_piece")
def test_requests_are_read_the_same() -> None:
    """Thousands of bodies: every literal, white space, raggedness, duplicates, bytes gone wrong."""
    random = Random(3)  # noqa: S311  # the same bodies each time
    for _ in range(3000):
        _agree_on_request(*_request(random))


@pytest.mark.usefixtures("_piece")
def test_answers_are_read_the_same() -> None:
    """The same of answers, in every form and for readers of several languages."""
    random = Random(4)  # noqa: S311  # the same bodies each time
    for _ in range(3000):
        _agree_on_answer(*_answer(random))


_TRAPS = [
    # brackets that are right only once rows are joined
    '{"instances":[{"y":[1],[2],"x":[3]}]}',
    '{"instances":[{"x":[[1],"y":1},{"x":[2]],"y":1},{"x":[[3],[4]],[[5],[6]],"y":1}]}',
    '{"inputs":{"x":[1],[2],"y":[3]}}',
    '{"instances":[{"x":[1],[2],"y":1},{"x":"a","y":2}]}',
    '{"inputs":{"x":[[],[1]],"y":[[[]],[[1]]]}}',
    '{"inputs":{"x":1[,2],"y":[1,]2}}',
    # what JSON allows and rapidjson refuses, and the other way round
    *(f'{{"inputs":{{"x":[0,{each}],"y":[1]}}}}' for each in ("0e309", "0E+0309", "0.00e310", "-0", "NaN")),
    f'{{"inputs":{{"x":[1{"0" * 309}.0e-300],"y":[1]}}}}',
    f'{{"inputs":{{"x":[17976931348623157{"0" * 292}.0],"y":[1]}}}}',
    f'{{"inputs":{{"x":[17976931348623156{"0" * 292}.0],"y":[1]}}}}',
    f'{{"inputs":{{"x":[0.{"0" * 310}1e310],"y":[1]}}}}',
    '{"instances": 5}',
]


@pytest.mark.parametrize("text", _TRAPS)
def test_traps_for_the_server_are_read_the_same(text: str) -> None:
    """What chance seldom makes."""
    for dtype in ("float64", "int64"):
        for inputs in ({"x": dtype, "y": dtype}, {"x": dtype}):
            _agree_on_request(text.encode(), inputs)


_ANSWER_TRAPS = [
    '{"predictions":[{"x":1,"z":"a"},{"x":2,"z":1.5.5}]}',
    '{"predictions":[{"x":1,"z":["a",NaN]}]}',
    '{"predictions":[{"x":1,"z":[1.5.5]}]}',
    '{"predictions":[{"x":[1],[2],"z":1}]}',
    '{"predictions":[{"x":1,"z":[1],[2]}]}',
]


@pytest.mark.parametrize("text", _ANSWER_TRAPS)
def test_traps_for_the_client_are_read_the_same(text: str) -> None:
    """An output that is not declared must be JSON as well."""
    for language in _LANGUAGES:
        kind = RestRow(named=True, bare_answer=False, language=language)
        _agree_on_answer(text.encode(), kind, use({}, {"x": "number"}))


_NUMBER_LISTS = st.recursive(
    st.floats() | st.integers() | st.floats(width=32),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=30,
)


@settings(deadline=None)
@given(_NUMBER_LISTS, st.sampled_from(_DTYPES["plain integers"]), st.sampled_from(_WORDS["plain integers"]))
def test_any_numbers_are_read_the_same(nested: object, dtype: str, word: str) -> None:
    """Of numbers and lists that Hypothesis thinks of."""
    for key, reply in (("instances", "predictions"), ("inputs", "outputs")):
        _agree_on_request(json.dumps({key: nested}).encode(), {"x": dtype})
        kind = ROW_BARE if key == "instances" else COLUMNAR_BARE
        _agree_on_answer(json.dumps({reply: nested}).encode(), kind, use({}, {"x": word}))


_PLAIN = [
    ('{"instances": [[1, 2.5], [-0.0, 1e-05]]}', {"x": "float32"}),
    ('{"inputs": [[[1], [2]]], "signature_name": "é"}', {"x": "float64"}),
    ('{"signature_name": "", "instances": [\n1\n,\n-2\n]}', {"x": "int8"}),
    ('{"inputs": {"y": ["é", "]}"], "x": [18446744073709551615]}}', {"x": "uint64", "y": "string"}),
    ('{"instances": [{"x": [1, 2], "y": "a"}, {"y": "b", "x": [3, 4]}]}', {"x": "float32", "y": "string"}),
    ('{"instances": [{"x": [[true]]}, {"x": [[false]]}]}', {"x": "bool"}),
]


@pytest.mark.parametrize(("text", "inputs"), _PLAIN)
def test_plain_requests_take_the_quick_way(text: str, inputs: dict[str, str]) -> None:
    """Without this the others would hold of a quick way that is never taken."""
    wanted = signature(inputs)
    found = server_reads._read_plainly(read_plain(text.encode()), lambda _: wanted)
    exact = server_reads.read_exactly(text.encode(), lambda _: wanted)
    assert isinstance(exact, ReadRequest)
    assert _told(found.tensors) == _told(exact.tensors)


_PLAIN_ANSWERS = [
    ('{"predictions": [[1, 2.5], [-0.0, 1e-05]]}', ROW_BARE, {"x": "number"}),
    ('{\n"outputs": [\n1\n,\n-2\n]\n}', COLUMNAR_BARE, {"x": "integer"}),
    ('{"predictions": [{"x": [1, 2], "y": "a", "z": 1}]}', ROW_NAMED, {"x": "number", "y": "text"}),
    ('{"outputs": {"x": [9007199254740993], "z": [[]]}}', COLUMNAR_NAMED, {"x": "number"}),
]


@pytest.mark.parametrize(("text", "kind", "outputs"), _PLAIN_ANSWERS)
def test_plain_answers_take_the_quick_way(
    text: str, kind: RestRow | RestColumnar, outputs: dict[str, str]
) -> None:
    """The same of answers."""
    found = client_reads._read_plainly(kind, use({}, outputs), read_plain(text.encode()))
    exact = client_reads.read_exactly(kind, use({}, outputs), text.encode())
    assert isinstance(exact, Mapping)
    assert _told(found) == _told(exact)


def test_long_arrays_are_cut_between_items() -> None:
    """Several pieces make one array, of any rank, compact or not."""
    for shape in ((90_000,), (300, 300), (3, 100, 100, 3)):
        array = np.arange(np.prod(shape)).reshape(shape)
        for separators in ((",", ":"), (", ", ": "), (" , ", ": ")):
            text = json.dumps(array.tolist(), separators=separators).encode()
            assert np.array_equal(Numbers(text).integers(), array)
            assert np.array_equal(Numbers(text).doubles(), array)


def test_deep_nesting_is_left_to_the_slow_reader() -> None:
    """Neither recursion nor NumPy's highest rank ends the quick way in another manner."""
    for depth in (31, 32, 33, 64, 65, 255, 100_000):
        for inner, dtype in (("", "half"), ("1", "float32"), ('"a"', "string"), ("true", "bool")):
            text = f'{{"inputs": {"[" * depth}{inner}{"]" * depth}}}'.encode()
            _agree_on_request(text, {"x": dtype})
