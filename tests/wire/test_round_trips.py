"""What one side writes the other side reads: the same values, over every format and language."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigpact.clients.kinds import RestColumnar, RestRow
from sigpact.frozen import replace
from sigpact.tensors.dtypes import BY_NAME
from sigpact.wire.arrays import Value, value
from sigpact.wire.client_reads import read_answer
from sigpact.wire.client_writes import write_request
from sigpact.wire.server_reads import ReadRequest, read_request
from sigpact.wire.server_writes import write_answer
from tests.wire.builders import COLUMNAR_BARE, COLUMNAR_NAMED, ROW_BARE, ROW_NAMED, signature, use

_KINDS = (ROW_BARE, ROW_NAMED, COLUMNAR_BARE, COLUMNAR_NAMED)
_LANGUAGES = ("any", "python", "javascript", "java", "kotlin", "swift", "go")
_SAFE = 2**53


def _elements(dtype: str) -> st.SearchStrategy[object]:
    found = BY_NAME[dtype]
    if dtype == "float32":
        return st.floats(width=32, allow_nan=False, allow_infinity=False)
    if dtype == "float64":
        return st.floats(allow_nan=False, allow_infinity=False)
    if dtype == "bool":
        return st.booleans()
    if dtype == "string":
        return st.text(st.characters(codec="utf-8"), max_size=8).map(str.encode)
    return st.integers(max(found.minimum, -_SAFE), min(found.maximum, _SAFE))


@st.composite
def _tensors(draw: st.DrawFn) -> dict[str, Value]:
    rows = draw(st.integers(1, 3))
    names = draw(
        st.lists(st.sampled_from(["x", "b64", "y_bytes", "é k"]), min_size=1, max_size=3, unique=True)
    )
    tensors = {}
    for name in names:
        dtype = draw(
            st.sampled_from(["float32", "float64", "int8", "uint8", "int64", "uint32", "bool", "string"])
        )
        shape = (rows, *draw(st.lists(st.integers(1, 3), max_size=2)))
        count = int(np.prod(shape))
        flat = np.empty(count, object)
        flat[:] = draw(st.lists(_elements(dtype), min_size=count, max_size=count))
        tensors[name] = value(dtype, flat.reshape(shape))
    return tensors


def _same(found: Mapping[str, Value], sent: Mapping[str, Value]) -> bool:
    """Whether values are equal once they have the sender's dtype; a zero may have lost its sign."""
    return found.keys() == sent.keys() and all(
        found[name].shape == each.shape
        and np.array_equal(found[name].array.astype(each.array.dtype), each.array)
        for name, each in sent.items()
    )


def _kinds(tensors: Mapping[str, Value]) -> list[RestRow | RestColumnar]:
    """Return the forms that can carry these: several tensors need names, as does a text called b64."""
    named = [kind for kind in _KINDS if kind.named]
    return named if len(tensors) > 1 else list(_KINDS)


def _ambiguous(kind: RestRow | RestColumnar, tensors: Mapping[str, Value]) -> bool:
    """Whether `{"b64": "text"}` is meant as an object: the server takes it for bytes (S§2.2.11)."""
    return kind.named and len(tensors) == 1 and "b64" in tensors and tensors["b64"].dtype.name == "string"


@settings(deadline=None)
@given(_tensors())
def test_the_server_reads_what_the_client_writes(tensors: dict[str, Value]) -> None:
    """Over every format, from every language, each tensor arrives with its dtype and its values."""
    declared = {name: each.dtype.name for name, each in tensors.items()}
    for kind in _kinds(tensors):
        if _ambiguous(kind, tensors):
            continue
        for language in ("any", "java"):
            body = write_request(replace(kind, language=language), "s", use(declared), tensors)
            assert isinstance(body, bytes), body
            found = read_request(body, lambda _: signature(declared))
            assert isinstance(found, ReadRequest), (body, found)
            assert {name: each.dtype for name, each in found.tensors.items()} == {
                name: each.dtype for name, each in tensors.items()
            }
            assert _same(found.tensors, tensors)


@settings(deadline=None)
@given(_tensors())
def test_the_client_reads_what_the_server_writes(tensors: dict[str, Value]) -> None:
    """Every language finds every declared output, bare where there is one, named where there are several."""
    declared = {name: each.dtype.name for name, each in tensors.items()}
    for form, bare, named in (("row", ROW_BARE, ROW_NAMED), ("columnar", COLUMNAR_BARE, COLUMNAR_NAMED)):
        body = write_answer(form, tensors)
        assert isinstance(body, bytes), body
        kind = bare if len(tensors) == 1 else named
        for language in _LANGUAGES:
            found = read_answer(replace(kind, language=language), use({}, declared), body)
            assert isinstance(found, dict), (body, found)
            assert _same(found, tensors)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_whole_numbers_meet_an_integer_input(language: str) -> None:
    """The same client value passes or fails by the language that writes it (S§2.4)."""
    kind = replace(ROW_BARE, language=language)
    body = write_request(kind, "s", use({"x": "number"}), {"x": value("float32", [1])})
    assert isinstance(body, bytes)
    found = read_request(body, lambda _: signature({"x": "int32"}))
    assert isinstance(found, ReadRequest) == (language in {"javascript", "go", "swift"})


def test_a_text_called_b64_cannot_be_named() -> None:
    """The server decodes it: another value arrives, or none."""
    sent = {"b64": value("string", ["aGk="])}
    body = write_request(ROW_NAMED, "s", use({"b64": "text"}), sent)
    assert isinstance(body, bytes)
    found = read_request(body, lambda _: signature({"b64": "string"}))
    assert isinstance(found, ReadRequest)
    assert found.tensors["b64"].array.tolist() == [b"hi"]


@pytest.mark.parametrize(
    "number",
    [np.float32(1e-45), np.finfo(np.float32).max, np.finfo(np.float32).tiny, np.float32(7.038531e-26)],
)
def test_float32_edges_arrive(number: np.float32) -> None:
    """A float32 is written as the double that equals it, so rounding twice does no harm."""
    for language in _LANGUAGES:
        sent = {"x": Value(BY_NAME["float32"], np.array([number], np.float32))}
        body = write_request(replace(ROW_BARE, language=language), "s", use({"x": "number"}), sent)
        assert isinstance(body, bytes)
        found = read_request(body, lambda _: signature({"x": "float32"}))
        assert isinstance(found, ReadRequest)
        assert found.tensors["x"].array[0] == number
