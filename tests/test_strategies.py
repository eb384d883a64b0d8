"""`sigpact.strategies.requests`: inside the domain, to its edges, and down to the smallest request."""

import doctest
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st

from sigpact import strategies
from sigpact.contract.model import Around, Clause, Column, Contract, Domain, Optional, SignatureUse
from sigpact.errors import ConfigurationError, ContractError
from sigpact.expressions import parse
from sigpact.strategies import requests
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import Named, Ranked
from sigpact.values.domains import drawn_dtypes
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import Value
from tests.values.builders import contract, tensor
from tests.values.oracle import faults
from tests.values.strategies import BOUNDS_OF_DIMS, tensors

QUICK = settings(
    derandomize=True, max_examples=2000, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


def as_request(whole: Contract, use: SignatureUse, feed: dict[str, Any]) -> Request:
    """Return a feed as the request that the oracle judges."""
    sizes: dict[str, int] = {}
    values = {}
    for each in use.inputs:
        if each.name in feed:
            dtypes = drawn_dtypes(whole, each)
            array = feed[each.name]
            values[each.name] = Value(dtypes[0], array)
            if isinstance(each.shape, Ranked):
                pairs = zip(reversed(each.shape.dims), reversed(array.shape), strict=False)
                sizes |= {dim.name: size for dim, size in pairs if isinstance(dim, Named)}
    firsts = [array.shape[0] for array in feed.values() if array.ndim]
    return Request(Origin.RANDOM, values, sizes, firsts[0] if firsts else 1)


@given(data=st.data(), count=st.integers(1, 2), client=st.sampled_from(["grpc", "columnar", "row"]))
@settings(
    max_examples=100, suppress_health_check=list(HealthCheck), deadline=None,
    phases=[Phase.generate, Phase.shrink],
)  # fmt: skip
def test_every_request_lies_in_the_domain(data: st.DataObject, count: int, client: str) -> None:
    """Whatever the contract says, by the oracle that judges the batches as well."""
    inputs = tuple(data.draw(tensors(f"x{at}")) for at in range(count))
    whole, use = contract(*inputs, client=client, dims=data.draw(st.sampled_from(BOUNDS_OF_DIMS)))
    try:
        drawn = requests(whole, "s")
    except ConfigurationError:
        assume(False)  # noqa: FBT003 - undrawable; what is possible is drawn by another law
    for _ in range(3):
        feed = data.draw(drawn)
        assert faults(whole, use, as_request(whole, use, feed)) == []


def smallest(whole: Contract, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the smallest request that satisfies a condition."""
    return find(requests(whole, "s"), condition, settings=QUICK)


@pytest.mark.parametrize(
    ("dtype", "words", "edges"),
    [
        ("float32", {"minimum": -2, "maximum": 5.5}, [-2.0, 5.5, 0.0, 1.0, 2.0**-149]),
        ("float16", {"minimum": 0, "exclusive_maximum": 1}, [0.0, 1 - 2.0**-11]),
        ("bfloat16", {"minimum": 1, "maximum": 3}, [1.0, 3.0, 1 + 2.0**-7]),
        ("float64", {"minimum": 0, "maximum": 1, "multiple_of": 0.1}, [0.0, 0.1, 1.0]),
        ("float32", {"minimum": 0, "maximum": 1, "finite": False}, [math.inf, -math.inf]),
        ("int64", {"minimum": -(2**63), "maximum": 2**63 - 1}, [-(2**63), 2**63 - 1, 0]),
        ("uint8", {"enum": (3, 200)}, [3, 200]),
        ("text", {"max_length": 200}, [b"", ("word " * 40).encode()]),
        ("bytes", {"min_length": 2, "max_length": 40}, [b"\x80\x80", b"\xff" * 40]),
        ("bool", {}, [False, True]),
    ],
)
def test_the_edges_are_reached(dtype: str, words: dict[str, Any], edges: list[Any]) -> None:
    """Each bound, the longest text, NaN and infinities, each member."""
    whole, _ = contract(tensor("x", dtype, "batch", **words), dims={"batch": (1, 3)})
    for edge in edges:
        found = smallest(whole, lambda feed, edge=edge: edge in feed["x"].tolist())  # type: ignore[misc]
        assert len(found["x"]) == 1


def test_sizes_reach_their_least_and_most() -> None:
    """Also where an expression links them."""
    whole, _ = contract(tensor("x", "int32", "batch", "2*n", minimum=0, maximum=9), dims={"n": (2, 300)})
    for wanted in (4, 600):
        assert smallest(whole, lambda feed, wanted=wanted: feed["x"].shape[1] == wanted)["x"].shape[0] == 1  # type: ignore[misc]


def test_requests_shrink_to_little() -> None:
    """One row, the number nearest to what fails, the shortest text."""
    inputs = (
        tensor("title", "text", "batch", max_length=100),
        tensor("age", "float32", "batch", "n", minimum=0, maximum=120, optional=Optional()),
    )
    whole, _ = contract(*inputs, dims={"batch": (1, 30), "n": (1, 40)})
    found = smallest(whole, lambda feed: "age" in feed and bool((feed["age"] > 17).any()))
    assert found["title"].tolist() == [b""]
    assert found["age"].tolist() == [[18.0]]
    text = smallest(whole, lambda feed: any(len(each.decode()) > 3 for each in feed["title"]))
    assert text.keys() == {"title"}
    assert text["title"].tolist() == [b"0000"]
    blank = smallest(whole, lambda feed: any(each[:1] == b" " for each in feed["title"]))
    assert blank["title"].tolist() == [b" "]  # from an edge of many characters


def test_words_on_the_whole_and_columns() -> None:
    """They hold in every request, and the smallest is one of the simple ones."""
    inputs = (
        tensor("p", "float32", "batch", 3, minimum=0, maximum=1, sums_to=Around(1, -1, None)),
        tensor("c", "float64", "batch", 2, columns=(
            Column("age", Domain(minimum=17, maximum=90), ()), Column("sex", Domain(enum=(0, 1)), ()))),
        tensor("o", "int32", "batch", 4, minimum=0, maximum=9, sorted="descending"),
    )  # fmt: skip
    whole, _ = contract(*inputs, dims={"batch": (1, 4)})
    found = smallest(whole, lambda _: True)
    assert np.allclose(found["p"].sum(axis=1), 1)
    assert found["c"].tolist() == [[17.0, 0.0]]
    assert found["o"].tolist() == [[0, 0, 0, 0]]


def test_given_holds() -> None:
    """What the client makes sure of is so in every request."""
    inputs = [tensor(name, "float32", "batch", minimum=0, maximum=9) for name in ("a", "b")]
    clauses = tuple(Clause(text, (), parse(text)) for text in ("a <= b", "a > 2"))
    whole, _ = contract(*inputs, given=clauses)

    @given(feed=requests(whole, "s"))
    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    def check(feed: dict[str, Any]) -> None:
        assert (feed["a"] <= feed["b"]).all()
        assert (feed["a"] > 2).all()

    check()


def test_dtypes_are_those_of_the_client() -> None:
    """A gRPC client has its own, a REST client doubles and int64."""
    made = (tensor("x", "float16", "batch", minimum=0, maximum=1),)
    assert smallest(contract(*made)[0], lambda _: True)["x"].dtype == np.float16
    rest = (tensor("x", "number", "batch", minimum=0, maximum=1),)
    assert smallest(contract(*rest, client="row")[0], lambda _: True)["x"].dtype == np.float64
    assert BY_NAME["float16"].bits == 16


def test_the_example_of_the_docstring_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the root of the project, as it stands there."""
    monkeypatch.chdir(Path(__file__).parents[1])
    found = doctest.testmod(strategies)
    assert found.attempted >= 4
    assert found.failed == 0


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    """A wrong name with the nearest right one, an input without a domain, a wrong file."""
    whole, _ = contract(tensor("x", "float32", "batch"))
    with pytest.raises(ConfigurationError, match=r"a.contract.yaml has no signature 'S': there is s"):
        requests(whole, "S")
    with pytest.raises(ConfigurationError, match=r"nothing can be drawn for 's': x: has no minimum"):
        requests(whole, "s")
    sourced, _ = contract(tensor("x", "float32", "batch", source=("embed", "vector")))
    with pytest.raises(ConfigurationError, match=r"`from: embed.vector`: embed was not run"):
        requests(sourced, "s")
    with pytest.raises(ContractError, match=r"missing.contract.yaml"):
        requests(tmp_path / "missing.contract.yaml", "s")
