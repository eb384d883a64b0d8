"""The short way reads what the long way through JSON reads, or is not taken."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.clients.kinds import RestColumnar, RestRow
from sigpact.contract.model import SignatureUse, Tensor
from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.tensors.shapes import AnyRank
from sigpact.tensors.specs import Signature, TensorSpec
from sigpact.values.numerics import rounded
from sigpact.wire.arrays import Value, value
from sigpact.wire.carried import carried_answer, carried_request
from sigpact.wire.client_reads import Unreadable, read_answer
from sigpact.wire.client_writes import CannotWrite, write_request
from sigpact.wire.refusal import Refusal
from sigpact.wire.server_reads import read_request
from sigpact.wire.server_writes import write_answer

_ELEMENTS = {
    "float32": st.floats(width=32) | st.sampled_from([0.0, -0.0, 1e-45, 3.4028235e38, 0.1]),
    "float64": st.floats() | st.sampled_from([1e-310, 0.1, 2.0**53]),
    "float16": st.floats(width=16),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1) | st.integers(-(2**53) - 1, 2**53 + 1),
    "uint8": st.integers(0, 255),
    "uint64": st.integers(0, 2**64 - 1),
    "bool": st.booleans(),
    "string": st.binary(max_size=4) | st.text(max_size=4).map(lambda text: text.encode(errors="replace")),
}
_WORDS = {"number": "float", "integer": "int", "boolean": "bool", "text": "string", "bytes": "string"}
_KINDS = st.builds(
    lambda kind, named, bare, language: kind(named=named, bare_answer=bare, language=language),
    st.sampled_from([RestRow, RestColumnar]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["any", "python", "javascript", "java", "go", "swift"]),
)


@st.composite
def _tensors(draw: st.DrawFn) -> Mapping[str, Value]:
    names = draw(st.lists(st.sampled_from(["a", "b", "c_bytes"]), min_size=1, max_size=2, unique=True))
    rows = draw(st.integers(0, 3))
    found = {}
    for name in names:
        dtype = draw(st.sampled_from(sorted(_ELEMENTS)))
        shape = draw(st.sampled_from([(), (rows,), (rows, 2), (rows, 0), (rows + 1,)]))
        count = int(np.prod(shape, dtype=int))
        flat = draw(st.lists(_ELEMENTS[dtype], min_size=count, max_size=count))
        made = value(dtype, flat)
        found[name] = Value(made.dtype, made.array.reshape(shape))
    return found


def _use(words: Mapping[str, str]) -> SignatureUse:
    tensors = tuple(Tensor(name, (word,), ()) for name, word in words.items())
    return SignatureUse(
        name="s", path=(), verb="predict", body="row", named=False, answer="bare", filter=False,
        inputs=tensors, outputs=tensors,
    )  # fmt: skip


def _same(one: Value, other: Value) -> bool:
    if one.dtype.kind is not other.dtype.kind and not (one.dtype.is_integer and other.dtype.is_integer):
        return False
    return one.shape == other.shape and bool(np.all(one.array == other.array))


@given(_KINDS, _tensors(), st.data())
def test_a_request_that_takes_the_short_way_arrives_as_by_the_long_one(
    kind: RestRow | RestColumnar, tensors: Mapping[str, Value], data: st.DataObject
) -> None:
    """The same dtype and values, whatever the input's dtype is, in every language."""
    wanted = {
        name: data.draw(st.sampled_from([each.dtype.name, *sorted(_ELEMENTS)]))
        for name, each in tensors.items()
    }
    specs = tuple(TensorSpec(name, BY_NAME[each], AnyRank(), f"{name}:0") for name, each in wanted.items())
    signature = Signature("s", "", specs, (), ())
    carried = carried_request(kind, signature, tensors)
    if carried is None:
        return
    if not kind.named and len(tensors) > 1:
        return  # several inputs are always named, as the loader sees to
    body = write_request(kind, "s", _use({name: each.dtype.name for name, each in tensors.items()}), tensors)
    assert not isinstance(body, CannotWrite)
    read = read_request(body, lambda _: signature)
    assert not isinstance(read, Refusal)
    assert read.tensors.keys() == carried.keys()
    assert all(_same(read.tensors[name], carried[name]) for name in carried)
    assert {name: each.dtype for name, each in carried.items()} == {spec.name: spec.dtype for spec in specs}


@given(_KINDS, _tensors(), st.data())
def test_an_answer_that_takes_the_short_way_is_read_as_by_the_long_one(
    kind: RestRow | RestColumnar, tensors: Mapping[str, Value], data: st.DataObject
) -> None:
    """Floats once rounded to what was served, as every check rounds them."""
    words = {name: data.draw(st.sampled_from(sorted(_WORDS))) for name in tensors}
    carried = carried_answer(kind, _use(words), tensors)
    if carried is None:
        return
    body = write_answer("row" if isinstance(kind, RestRow) else "columnar", tensors)
    assert not isinstance(body, Refusal)
    read = read_answer(kind, _use(words), body)
    assert not isinstance(read, Unreadable), read
    for name, found in carried.items():
        served = tensors[name].dtype
        there = read[name]
        if served.kind is Kind.FLOAT:
            there = Value(there.dtype, rounded(served, there.array).astype(np.float64))
        assert _same(there, found)


@pytest.mark.parametrize(
    ("dtype", "elements"),
    [
        ("float32", [float("nan")]), ("float64", [float("inf")]), ("float16", [1.0]), ("int64", [2**53 + 1]),
        ("string", [b"\xff"]), ("float32", []), ("float32", 1.0), ("complex64", [1j]),
    ],
)  # fmt: skip
def test_what_json_may_change_takes_the_long_way(dtype: str, elements: object) -> None:
    """Each of these is refused, unreadable or another number in some language."""
    found = {"a": value(dtype, elements)}
    word = {"string": "text", "int64": "integer"}.get(dtype, "number")
    assert carried_answer(RestRow(named=False, bare_answer=True), _use({"a": word}), found) is None


@pytest.mark.parametrize("dtype", ["float32", "int64", "string", "bool"])
def test_the_short_way_is_taken_where_it_can_be(dtype: str) -> None:
    """Else the laws above would hold of nothing."""
    kind = RestRow(named=True, bare_answer=True)
    found = {"a": value(dtype, [b"x"] if dtype == "string" else [1])}
    word = {"float32": "number", "int64": "integer", "string": "text", "bool": "boolean"}[dtype]
    signature = Signature("s", "", (TensorSpec("a", BY_NAME[dtype], AnyRank(), "a:0"),), (), ())
    assert carried_request(kind, signature, found) is not None
    assert carried_answer(kind, _use({"a": word}), found) is not None
