"""`shrink`: what comes out fails, lies in the domain, is no larger, and is the least where that is known."""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigpact.contract.model import (
    Around,
    Clause,
    Column,
    Contract,
    Domain,
    Optional,
    SignatureUse,
    Tensor,
)
from sigpact.expressions import parse
from sigpact.values.given import Given
from sigpact.values.plan import plan
from sigpact.values.requests import Origin, Request
from sigpact.values.shrink import Budget, alone, shrink
from sigpact.values.shrink_values import size_of
from sigpact.wire.arrays import value
from tests.values.builders import contract, tensor
from tests.values.oracle import faults
from tests.values.strategies import tensors
from tests.values.test_plan_laws import described

Predicate = Callable[[Request], bool]
_BOUNDS_OF_DIMS: list[dict[str, tuple[int | None, int | None]]] = [{}, {"batch": (2, 5)}, {"n": (0, 2)}]


def asked(
    predicate: Predicate, log: list[Request] | None = None
) -> Callable[[Sequence[Request]], list[bool]]:
    """Return what asks about many requests at once, and writes down which."""

    def fails(requests: Sequence[Request]) -> list[bool]:
        if log is not None:
            log.extend(requests)
        return [predicate(each) for each in requests]

    return fails


def chaotic(request: Request) -> bool:
    """Fail for two requests of three, whichever."""
    return zlib.crc32(repr(described(request)[1:3]).encode()) % 3 != 0


def always(_: Request) -> bool:
    """Fail for every request."""
    return True


def has_many(least: int) -> Predicate:
    """Return what fails where a request has so many elements."""
    return lambda request: sum(each.array.size for each in request.values.values()) >= least


@given(
    data=st.data(),
    count=st.integers(1, 2),
    client=st.sampled_from(["grpc", "columnar", "row"]),
    which=st.integers(0, 2),
)
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
def test_the_laws_of_shrinking(data: st.DataObject, count: int, client: str, which: int) -> None:
    """Any domain, any predicate: all that is proposed lies in the domain, and shrinking comes to an end."""
    inputs = tuple(data.draw(tensors(f"x{at}")) for at in range(count))
    dims = data.draw(st.sampled_from(_BOUNDS_OF_DIMS))
    whole, use = contract(*inputs, client=client, dims=dims)
    requests = [each for each, _ in zip(plan(whole, use, rows=20, seed=0).requests, range(60), strict=False)]
    if not requests:
        return
    request = data.draw(st.sampled_from(requests))
    elements = sum(each.array.size for each in request.values.values())
    predicate = (chaotic, has_many(max(1, elements // 2)), always)[which]
    if not predicate(request):
        return
    log: list[Request] = []
    least = shrink(whole, use, request, asked(predicate, log), Budget(400, 16))
    assert len(log) <= 400
    assert predicate(least)
    assert size_of(whole, least) <= size_of(whole, request)
    for each in log:
        assert faults(whole, use, each) == []
    if len(log) < 400:
        again = shrink(whole, use, least, asked(predicate), Budget(400, 16))
        assert described(again) == described(least)
    other = shrink(whole, use, request, asked(predicate), Budget(400, 16))
    assert described(other) == described(least)


def only(made: Tensor, element: object, rows: int = 1) -> tuple[Contract, SignatureUse, Request]:
    """Return a contract with one input, and a request with one element in each of some rows."""
    whole, use = contract(made)
    dtype = {"text": "string", "bytes": "string"}.get(made.dtypes[0], made.dtypes[0])
    return whole, use, Request(Origin.RANDOM, {"x": value(dtype, [element] * rows)}, {"batch": rows}, rows)


def first(request: Request) -> Any:
    """Return the first element of the only input."""
    return request.values["x"].array.reshape(-1).tolist()[0]


@given(threshold=st.integers(0, 2**63 - 1), start=st.integers(0, 2**63 - 1))
@settings(max_examples=50, deadline=None)
def test_the_least_integer_is_found(threshold: int, start: int) -> None:
    """Of `x >= t`, whatever it began with; all digits of a 64-bit number count."""
    start = max(start, threshold)
    whole, use, request = only(tensor("x", "int64", "batch", minimum=0, maximum=2**63 - 1), start)
    assert first(shrink(whole, use, request, asked(lambda each: first(each) >= threshold))) == threshold


@given(threshold=st.integers(1, 400), start=st.integers(0, 400), step=st.sampled_from([1, 3, 7]))
@settings(max_examples=50, deadline=None)
def test_the_least_negative_integer_is_found(threshold: int, start: int, step: int) -> None:
    """Of `x <= -t`, on multiples: the nearest to zero."""
    bound = -(-threshold // step) * step
    made = tensor("x", "int32", "batch", minimum=-9000, maximum=9, multiple_of=step)
    whole, use, request = only(made, -bound - start * step)
    assert first(shrink(whole, use, request, asked(lambda each: first(each) <= -threshold))) == -bound


FLOATS = [
    # fails from, bounds, the simplest
    (0.3, (0.0, 1.0), 1.0),
    (0.3, (0.0, 0.99), 0.3),
    (0.31, (0.0, 0.99), 0.4),
    (0.991, (0.0, 0.999), 0.991),
    (17.3, (0.0, 1e6), 18.0),
    (1e300, (0.0, 1.7e308), 1e300),
    (2.0**-30, (0.0, 2.0**-20), 1e-7),
    (-5.0, (-5.0, 5.0), 0.0),
    (7.25, (7.25, 7.75), 7.3),
]


@pytest.mark.parametrize(("threshold", "bounds", "simplest"), FLOATS)
def test_the_simplest_float_is_found(threshold: float, bounds: tuple[float, float], simplest: float) -> None:
    """Of `x >= t`: the fewest decimals that do, then the least magnitude."""
    made = tensor("x", "float64", "batch", minimum=bounds[0], maximum=bounds[1])
    rng = np.random.default_rng(0)
    for start in [bounds[1], threshold, *rng.uniform(threshold, bounds[1], 5).tolist()]:
        whole, use, request = only(made, start)
        assert first(shrink(whole, use, request, asked(lambda each: first(each) >= threshold))) == simplest


def test_float32_is_rounded_as_it_is_carried() -> None:
    """0.1 as a float32 has one decimal, however many its double has."""
    made = tensor("x", "float32", "batch", minimum=0, maximum=0.9)
    whole, use, request = only(made, np.float32(0.123456))
    least = first(shrink(whole, use, request, asked(lambda each: first(each) >= 0.05)))
    assert np.float32(least) == np.float32(0.1)


def test_over_rest_a_float32_is_written_as_a_double() -> None:
    """0.1 would be 0.10000000149011612 in the body: a quarter has few digits there as well."""
    whole, use = contract(tensor("x", "float32", "batch", minimum=0, maximum=0.9), client="row")
    request = Request(Origin.RANDOM, {"x": value("float32", [0.123456])}, {"batch": 1}, 1)
    least = first(shrink(whole, use, request, asked(lambda each: 0.05 <= first(each) < 0.4)))
    assert least == 0.25


@given(least=st.integers(0, 30), extra=st.text("xyZ 9é\n", max_size=30))
@settings(max_examples=50, deadline=None)
def test_the_shortest_text_is_found(least: int, extra: str) -> None:
    """Of so many characters: as many `a`."""
    start = ("é" * least + extra)[:60].encode()
    whole, use, request = only(tensor("x", "text", "batch", max_length=60), start)
    found = first(shrink(whole, use, request, asked(lambda each: len(first(each).decode()) >= least)))
    assert found == b"a" * max(least, 1)


@pytest.mark.parametrize(
    ("words", "needle", "expected"),
    [
        ({"max_length": 60}, "é", "é"),
        ({"max_length": 60, "min_length": 3}, "é", {"éaa", "aéa", "aaé"}),
        ({"max_length": 60}, "a'b", "a'b"),
        ({"enum": ("long é word", "é", "other")}, "é", "é"),
        ({"pattern": "^[xé]+ ?[0-9]{2}$", "max_length": 60}, "é", {"é00", "é10", "é01"}),
        ({"max_length": 60}, "", "a"),
        ({"max_length": 0}, "", ""),
    ],
)
def test_a_text_keeps_what_it_takes(words: dict[str, Any], needle: str, expected: str | set[str]) -> None:
    """The shortest text of the domain that still contains it."""
    start = (
        ""
        if words == {"max_length": 0}
        else "xxé 42"
        if "pattern" in words
        else "long é word"
        if "enum" in words
        else "some é and a'b of it"
    )
    whole, use, request = only(tensor("x", "text", "batch", **words), start)
    found = first(shrink(whole, use, request, asked(lambda each: needle in first(each).decode()))).decode()
    if "pattern" in words:
        assert needle in found
        assert len(found) == 3
    else:
        assert found in ({expected} if isinstance(expected, str) else expected)


def test_an_empty_text_is_left_where_no_other_fails() -> None:
    """Of all texts `a` is the simplest: an empty one looks like a case of its own."""
    made = tensor("x", "text", "batch", max_length=9)
    whole, use, request = only(made, "")
    assert first(shrink(whole, use, request, asked(lambda each: first(each) == b""))) == b""
    assert first(shrink(whole, use, request, asked(lambda each: len(first(each)) < 3))) == b"a"


def test_bytes_stay_bytes() -> None:
    """What is no UTF-8 is cut byte by byte."""
    whole, use, request = only(
        tensor("x", "bytes", "batch", max_length=60), b"\xff\xfe\xc3\xa9 and \xe9 more"
    )
    found = first(shrink(whole, use, request, asked(lambda each: b"\xe9" in first(each))))
    assert found == b"\xe9"


@pytest.mark.parametrize("at", [0, 5, 63])
def test_one_row_is_left(at: int) -> None:
    """The one that fails, wherever it stands; the batch that a contract wants at least is kept."""
    made = tensor("x", "int64", "batch", minimum=0, maximum=99)
    for least in (1, 2):
        whole, use = contract(made, dims={"batch": (least, 64)})
        rows = [7] * 64
        rows[at] = 50
        request = Request(Origin.RANDOM, {"x": value("int64", rows)}, {"batch": 64}, 64)
        found = shrink(whole, use, request, asked(lambda each: 50 in each.values["x"].array))
        assert sorted(found.values["x"].array.tolist()) == [0, 50][2 - least :]
        assert (found.rows, found.sizes) == (least, {"batch": least})


def test_one_row_is_left_of_rows_without_elements() -> None:
    """Four histories of nothing are more than one."""
    whole, use = contract(tensor("x", "float32", "batch", "n", minimum=0, maximum=5), dims={"n": (0, 10)})
    sizes = {"batch": 4, "n": 0}
    request = Request(Origin.RANDOM, {"x": value("float32", np.zeros((4, 0)))}, sizes, 4)
    least = shrink(whole, use, request, asked(lambda each: each.sizes["n"] == 0))
    assert least.values["x"].shape == (1, 0)


def test_linked_sizes_shrink_together() -> None:
    """One name, two inputs and an expression: all are cut at the same places."""
    one = tensor("one", "int64", "batch", "n", minimum=0, maximum=9)
    other = tensor("other", "int64", "n", minimum=0, maximum=9)
    double = tensor("double", "int64", "2*n", minimum=0, maximum=9)
    whole, use = contract(one, other, double, dims={"n": (2, 8)})
    arrays = {"one": np.ones((3, 6)), "other": [1, 1, 1, 1, 7, 1], "double": np.ones(12)}
    values = {name: value("int64", each) for name, each in arrays.items()}
    request = Request(Origin.RANDOM, values, {"batch": 3, "n": 6}, 1)
    found = shrink(whole, use, request, asked(lambda each: 7 in each.values["other"].array))
    assert {name: each.array.tolist() for name, each in found.values.items()} == {
        "one": [[0, 0]],
        "other": [7, 0],
        "double": [0, 0, 0, 0],
    } or found.values["other"].array.tolist() == [0, 7]
    assert found.sizes == {"batch": 1, "n": 2}


def test_optional_inputs_go_first() -> None:
    """What the client may leave out is left out, a group as a whole, unless it is what fails."""
    made = [
        tensor(name, "int64", "batch", minimum=0, maximum=9, optional=Optional()) for name in ("lat", "lon")
    ]
    x = tensor("x", "int64", "batch", minimum=0, maximum=9)
    whole, use = contract(x, *made, together=(("lat", "lon"),))
    values = {name: value("int64", [3]) for name in ("x", "lat", "lon")}
    request = Request(Origin.RANDOM, values, {"batch": 1}, 1)
    assert shrink(whole, use, request, asked(always)).values.keys() == {"x"}
    kept = shrink(whole, use, request, asked(lambda each: "lat" in each.values))
    assert {name: each.array.tolist() for name, each in kept.values.items()} == {
        "x": [0],
        "lat": [0],
        "lon": [0],
    }


def test_columns_have_domains_of_their_own() -> None:
    """Each position is made simpler within its own bounds."""
    columns = tuple(
        Column(name, Domain(minimum=low, maximum=90), ()) for name, low in (("age", 17), ("n", 0))
    )
    whole, use = contract(tensor("x", "int64", "batch", 2, columns=columns))
    request = Request(Origin.RANDOM, {"x": value("int64", [[40, 33], [50, 60]])}, {"batch": 2}, 2)
    found = shrink(whole, use, request, asked(lambda each: each.values["x"].array[:, 1].max() >= 20))
    assert found.values["x"].array.tolist() == [[17, 20]]


def test_words_about_the_whole_are_kept() -> None:
    """A vector of length 1 ends as one with a single part; the bounds of the parts stay."""
    made = tensor("x", "float32", "batch", 4, minimum=-1, maximum=1, norm=Around(1.0, -1, None))
    whole, use = contract(made)
    request = next(each for each in plan(whole, use, rows=5, seed=0).requests if each.origin is Origin.RANDOM)
    found = shrink(whole, use, request, asked(always))
    assert found.values["x"].array.tolist() == [[1, 0, 0, 0]]


def test_a_large_tensor_is_emptied_in_pieces() -> None:
    """Of 19,200 numbers the one that counts is left, in few questions."""
    made = tensor("x", "float32", "batch", 80, 80, 3, minimum=0, maximum=1)
    whole, use = contract(made)
    array = np.random.default_rng(0).random((2, 80, 80, 3), np.float32)
    array[1, 50, 50, 1] = 1
    request = Request(Origin.RANDOM, {"x": value("float32", array)}, {"batch": 2}, 2)
    log: list[Request] = []
    found = shrink(whole, use, request, asked(lambda each: bool((each.values["x"].array == 1).any()), log))
    left = found.values["x"].array
    assert left.shape == (1, 80, 80, 3)
    assert np.count_nonzero(left) <= left.size // 32
    assert len(log) <= 1000


@pytest.mark.parametrize(
    ("clauses", "least", "expected"),
    [
        (("a <= b",), 4, ([0], [4])),
        (("a < b", "a >= 2"), 0, ([2], [3])),
        (("sum(a) + sum(b) >= 5",), 0, ([0], [5])),
        (("batch >= 2", "a <= b"), 0, ([0, 0], [0, 0])),
    ],
)
def test_what_given_says_holds(clauses: tuple[str, ...], least: int, expected: tuple[list[int], ...]) -> None:
    """Bounds are narrowed, and what else the client makes sure of is asked of each candidate."""
    made = [tensor(name, "int64", "batch", minimum=0, maximum=9) for name in ("a", "b")]
    given_ = tuple(Clause(each, ("given",), parse(each)) for each in clauses)
    whole, use = contract(*made, given=given_)
    values = {"a": value("int64", [3, 4, 5]), "b": value("int64", [5, 6, 7])}
    request = Request(Origin.RANDOM, values, {"batch": 3}, 3)
    log: list[Request] = []
    found = shrink(whole, use, request, asked(lambda each: each.values["b"].array.max() >= least, log))
    assert tuple(found.values[name].array.tolist() for name in "ab") == expected
    assert all(Given(whole, use).holds(each) for each in log)


def test_the_calls_are_counted() -> None:
    """Never more than were allowed, never more at once; nothing is asked twice."""
    made = tensor("x", "int64", "batch", 5, minimum=0, maximum=10**9)
    whole, use = contract(made)
    array = np.random.default_rng(0).integers(0, 10**9, (9, 5))
    request = Request(Origin.RANDOM, {"x": value("int64", array)}, {"batch": 9}, 9)
    for calls, at_once in [(0, 5), (1, 1), (37, 7), (200, 64)]:
        sent: list[int] = []
        texts: list[str] = []

        def fails(requests: Sequence[Request]) -> list[bool]:
            sent.append(len(requests))  # noqa: B023 - called within its round
            texts.extend(repr(described(each)) for each in requests)  # noqa: B023
            return [int(each.values["x"].array.sum()) % 5 > 1 for each in requests]

        shrink(whole, use, request, fails, Budget(calls, at_once))
        assert sum(sent) <= calls
        assert all(each <= at_once for each in sent)
        assert len(set(texts)) == len(texts)


def test_failures_are_counted_where_they_are_what_costs() -> None:
    """Those that pass may be as many as there are calls."""
    whole, use = contract(tensor("x", "int64", "batch", minimum=0, maximum=10**9))
    array = np.arange(1, 41) * 1001
    request = Request(Origin.RANDOM, {"x": value("int64", array)}, {"batch": 40}, 40)

    def is_large(each: Request) -> bool:
        return bool(each.values["x"].array.max() > 30_000)

    counts = []
    for most in (1, 2, None):
        log: list[Request] = []
        least = shrink(whole, use, request, asked(is_large, log), Budget(500, 1, most))
        counts.append(sum(map(is_large, log)))
        assert least.rows == 1
        assert len(log) > counts[-1]
    assert counts[:2] == [1, 2]
    assert counts[2] > 2


@pytest.mark.parametrize(
    ("said", "dims", "expected"),
    [
        ({}, {}, True),
        ({}, {"batch": (2, 8)}, False),
        ({"sums_to": Around(6.0, 0, None)}, {}, False),
    ],
)
def test_a_row_alone_where_the_contract_has_such_a_call(
    said: dict[str, Any], dims: dict[str, tuple[int | None, int | None]], *, expected: bool
) -> None:
    """Not below the least batch, nor where the words about all rows would no longer hold."""
    whole, use = contract(tensor("x", "float32", "batch", minimum=0, maximum=9, **said), dims=dims)
    array = np.asarray([1.0, 2.0, 3.0], np.float32)
    found = alone(whole, use, Request(Origin.RANDOM, {"x": value("float32", array)}, {"batch": 3}, 3), 1)
    assert (found is not None) is expected
    if found is not None:
        assert (found.values["x"].array.tolist(), found.rows, found.sizes) == ([2.0], 1, {"batch": 1})
