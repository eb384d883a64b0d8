"""Kept cases: what is written comes back, and what was damaged is said in one line."""

import base64
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.engine.cases import Case, case_id, keep, kept, read
from sigpact.errors import ConfigurationError
from sigpact.tensors.dtypes import BY_NAME, DType, Kind
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import Value, numpy_dtype, value


def case(request: Request | None, **words: Any) -> Case:
    """Return a case around a request."""
    made = {
        "id": "0123456789ab", "contract": "a.contract.yaml", "client": "app", "model": "m", "version": "3",
        "export": "models/m/3", "signature": "f", "rule": "output-value-outside", "at": ("outputs", "y", 0),
        "change": "maximum", "request": request, "example": None, "body": None, "expected": "at most 1",
        "received": "2.0", "answer": "y=[2.0]",
    }  # fmt: skip
    return Case(**{**made, **words})


def carried() -> list[DType]:
    """Return every dtype that an array carries."""
    found = []
    for dtype in dict.fromkeys(BY_NAME.values()):
        try:
            numpy_dtype(dtype)
        except (ValueError, TypeError):
            continue
        found.append(dtype)
    return found


def extremes(dtype: DType) -> list[Any]:
    """Return the values of a dtype that are most easily lost in JSON."""
    match dtype.kind:
        case Kind.STRING:
            return [b"", b"\0\xff", "é😀\n\"'\\".encode(), b"\xed\xa0\x80"]
        case Kind.BOOL:
            return [True, False]
        case Kind.INT | Kind.UINT:
            return [dtype.minimum, 0, 1, dtype.maximum]
        case Kind.COMPLEX:
            return [0j, complex(1.5, -2.5), complex(math.inf, math.nan)]
        case _:
            small = 2.0**-9 if dtype.name.startswith("float8") else np.finfo(np.float16).smallest_subnormal
            return [0.0, -0.0, 1.5, float(small), math.inf, -math.inf, math.nan]


def assert_same(one: Value, other: Value) -> None:
    """Compare bit by bit: -0.0 is not 0.0, and NaN is NaN."""
    assert one.dtype == other.dtype
    assert one.shape == other.shape
    assert one.array.dtype == other.array.dtype
    if one.dtype.kind is Kind.STRING:
        assert one.array.tolist() == other.array.tolist()
    else:
        assert one.array.tobytes() == other.array.tobytes()


@pytest.mark.parametrize("dtype", carried(), ids=str)
def test_every_dtype_comes_back_bit_by_bit(dtype: DType, tmp_path: Path) -> None:
    """Whatever a request can hold: bounds, NaN, infinities, minus zero, bytes that are no text."""
    flat = np.empty(len(extremes(dtype)), numpy_dtype(dtype))
    flat[:] = extremes(dtype)
    values = {
        "vector": Value(dtype, flat),
        "matrix": Value(dtype, np.stack([flat, flat[::-1]])),
        "scalar": Value(dtype, flat[:1].reshape(())),
        "empty": Value(dtype, flat[:0].reshape(0, 3)),
    }
    written = case(Request(Origin.RANDOM, values, {"batch": 2}, 2, "x: the longest"))
    keep(tmp_path, written)
    found = read(tmp_path, written.id).request
    assert found is not None
    assert (dict(found.sizes), found.rows, found.label) == ({"batch": 2}, 2, "x: the longest")
    assert list(found.values) == list(values)
    for name, each in values.items():
        assert_same(found.values[name], each)


@given(
    st.builds(
        case,
        st.none(),
        example=st.text(),
        body=st.none() | st.text(st.characters(codec="utf-8")),
        row=st.none() | st.tuples(st.text(), st.integers(1)),
        received=st.text(),
        at=st.lists(st.text() | st.integers(), max_size=4).map(tuple),
    )
)
def test_every_word_comes_back(tmp_path_factory: pytest.TempPathFactory, written: Case) -> None:
    """Any text that a name or an answer may hold, surrogates and control characters among it."""
    folder = tmp_path_factory.mktemp("cases")
    keep(folder, written)
    found = read(folder, written.id)
    for name in Case.__slots__:
        assert getattr(found, name) == getattr(written, name), name


def test_the_body_lies_beside_the_case(tmp_path: Path) -> None:
    """As the client sends it, byte by byte, for `curl`; it is no case itself."""
    written = case(None, example="one", body='{"instances": ["é\\n"]}\n')
    file = keep(tmp_path / "deep" / "cases", written)
    beside = file.with_name(f"{written.id}.request.json")
    assert beside.read_bytes() == '{"instances": ["é\\n"]}\n'.encode()
    assert kept(file.parent) == (written.id,)
    assert written.request_file.endswith(beside.name)


def test_ids_tell_cases_apart() -> None:
    """The same breach by the same request has the same id, anything else another."""
    assert case_id("a", "bc") == case_id("a", "bc")
    assert case_id("a", "bc") != case_id("ab", "c")
    assert case_id("\udcff") != case_id("?")
    assert len(case_id("a")) == 12


def test_nothing_kept(tmp_path: Path) -> None:
    """A folder that is not there holds no case."""
    assert kept(tmp_path / "nowhere") == ()
    with pytest.raises(ConfigurationError, match=r"no case 'x' in .*; there is none"):
        read(tmp_path / "nowhere", "x")


def whole(folder: Path) -> dict[str, Any]:
    """Return the data of a kept case with one float32 input."""
    request = Request(Origin.RANDOM, {"x": value("float32", [1.0])}, {"batch": 1}, 1)
    data: dict[str, Any] = json.loads(keep(folder, case(request)).read_text(encoding="utf-8"))
    return data


def test_missing_cases_name_those_that_are_there(tmp_path: Path) -> None:
    """The ids to choose from."""
    whole(tmp_path)
    with pytest.raises(ConfigurationError, match="there is 0123456789ab"):
        read(tmp_path, "other")


DAMAGE: list[str | bytes | dict[str, Any]] = [
    "",
    "{",
    "[]",
    "3",
    '"text"',
    "null",
    b"\xff\xfe",
    "[" * 100_000,
    {"case": 2},
    {"rule": None},
    {"version": 3},
    {"at": None},
    {"request": None},
    {"request": []},
    {"request": {"rows": 1, "sizes": {}, "label": ""}},
    {"request": {"rows": "many", "sizes": {}, "label": "", "inputs": {}}},
    {"request": {"rows": 1, "sizes": [], "label": "", "inputs": {}}},
    {"request": {"rows": 1, "sizes": {}, "label": "", "inputs": []}},
    {"environment": "production"},
    {"environment": {"name": "production", "server": {}}},
    {"environment": {"name": 3, "server": {"batching": True, "method_name_check": True, "version": None}}},
    {"environment": {"name": "p", "server": {"batching": 1, "method_name_check": True, "version": None}}},
]
TENSORS: list[dict[str, Any]] = [
    {"dtype": "float33", "shape": [1], "values": [1.0]},
    {"dtype": "resource", "shape": [1], "values": [1.0]},
    {"dtype": "float32", "shape": [2], "values": [1.0]},
    {"dtype": "float32", "shape": ["a"], "values": [1.0]},
    {"dtype": "float32", "shape": [1], "values": ["one"]},
    {"dtype": "uint8", "shape": [1], "values": [300]},
    {"dtype": "int64", "shape": [1], "values": [1 << 70]},
    {"dtype": "string", "shape": [1], "values": ["?"]},
    {"dtype": "string", "shape": [1], "values": [1]},
    {"dtype": "complex64", "shape": [1], "values": [1.0]},
]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda each: str(each)[:40])
def test_a_damaged_file_is_one_clear_line(damage: str | bytes | dict[str, Any], tmp_path: Path) -> None:
    """Cut off, changed by hand, or of another release: the file and what is wrong, no traceback."""
    data = whole(tmp_path)
    file = tmp_path / "0123456789ab.json"
    if isinstance(damage, dict):
        damage = json.dumps({**data, **damage})
    file.write_bytes(damage if isinstance(damage, bytes) else damage.encode())
    with pytest.raises(ConfigurationError, match=r"0123456789ab\.json is no kept case: "):
        read(tmp_path, "0123456789ab")


@pytest.mark.parametrize("key", sorted({*Case.__slots__} - {"id"}))
def test_every_key_is_wanted(key: str, tmp_path: Path) -> None:
    """A file without one of its keys is damaged."""
    data = whole(tmp_path)
    del data[key]
    (tmp_path / "0123456789ab.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=key):
        read(tmp_path, "0123456789ab")


@pytest.mark.parametrize("tensor", TENSORS, ids=str)
def test_a_damaged_tensor_is_one_clear_line(tensor: dict[str, Any], tmp_path: Path) -> None:
    """Dtypes, shapes and values that do not go together."""
    data = whole(tmp_path)
    data["request"]["inputs"]["x"] = tensor
    (tmp_path / "0123456789ab.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is no kept case: "):
        read(tmp_path, "0123456789ab")


def test_strings_are_base64(tmp_path: Path) -> None:
    """Any bytes, in a file that any editor opens."""
    request = Request(Origin.RANDOM, {"x": value("string", [b"\xff"])}, {}, 1)
    data = json.loads(keep(tmp_path, case(request)).read_text(encoding="ascii"))
    assert data["request"]["inputs"]["x"]["values"] == [base64.b64encode(b"\xff").decode()]
