"""Plans: boundaries, then exactly the rows that were asked for; what is not drawn has a reason."""

import itertools
import tracemalloc
from collections import Counter
from typing import Any

import numpy as np
import pytest

from sigpact.contract.model import Around, Optional, Tensor
from sigpact.values import drawable
from sigpact.values import plan as plans
from sigpact.values.boundary_rows import BOUNDARY_ROWS
from sigpact.values.domains import Undrawable
from sigpact.values.plan import Plan, plan
from sigpact.values.requests import Origin, Request
from tests.values.builders import contract, tensor

Dims = dict[str, tuple[int | None, int | None]]


def planned(*inputs: Tensor, rows: int = 100, seed: int = 0, **said: Any) -> Plan:
    """Return the plan of a contract with these inputs."""
    return plan(*contract(*inputs, **said), rows=rows, seed=seed)


def by_origin(made: Plan, origin: Origin) -> list[Request]:
    """Return the requests of one origin."""
    return [each for each in made.requests if each.origin is origin]


def title(**said: Any) -> Tensor:
    """Return an input of text."""
    return tensor("title", "text", "batch", max_length=20, **said)


def x(*dims: int | str | None, name: str = "x", **said: Any) -> Tensor:
    """Return an input of floats from 0 to 1."""
    return tensor(name, "float32", *dims, minimum=0, maximum=1, **said)


@pytest.mark.parametrize("client", ["grpc", "row", "columnar"])
@pytest.mark.parametrize(
    ("dims", "rows"),
    [
        ({}, 1000),
        ({"batch": (1, 32)}, 1000),
        ({"batch": (1, 1024)}, 1000),
        ({"batch": (1, 1)}, 50),
        ({"batch": (1, 32)}, 1),
        ({"batch": (1, 300)}, 0),
        ({"batch": (5, 5)}, 100),
    ],
)
def test_rows_are_what_was_asked_for(client: str, dims: Dims, rows: int) -> None:
    """The random calls have exactly these rows, each call a size that is claimed, boundaries before them."""
    made = planned(title(), rows=rows, client=client, dims=dims)
    requests = list(made.requests)
    random = [each for each in requests if each.origin is Origin.RANDOM]
    assert sum(each.rows for each in random) == rows
    assert all(each.values["title"].shape == (each.rows,) for each in requests)
    assert [each.origin for each in requests] == sorted(
        (each.origin for each in requests), key=list(Origin).index
    )
    assert made.undrawable == ()


def test_half_of_the_rows_are_in_the_largest_calls() -> None:
    """Large calls are quick, small ones find other faults: both occur."""
    sizes = Counter(
        each.rows for each in by_origin(planned(title(), rows=4000, dims={"batch": (1, 64)}), Origin.RANDOM)
    )
    assert 1900 <= 64 * sizes[64] <= 2600
    assert min(sizes) <= 2
    assert len(sizes) > 20


def test_many_rows_are_in_the_largest_calls() -> None:
    """Once calls of all sizes were sent, more rows are there for their values."""
    random = by_origin(planned(title(), rows=50_000, dims={"batch": (1, 64)}), Origin.RANDOM)
    sizes = [each.rows for each in random]
    assert sum(sizes) == 50_000
    late = sizes[next(at for at in range(len(sizes)) if sum(sizes[:at]) >= 33_000) : -1]
    assert set(late) == {64}


def test_a_least_batch_is_kept() -> None:
    """Where the batch has a least size, the last call has it too, and a few rows more come."""
    random = by_origin(planned(title(), rows=10, dims={"batch": (4, 6)}), Origin.RANDOM)
    assert all(4 <= each.rows <= 6 for each in random)
    assert 10 <= sum(each.rows for each in random) <= 13


def test_each_size_at_its_least_its_most_and_one() -> None:
    """Every name has calls with each of its ends, and with 1."""
    made = planned(x("batch", "tokens"), dims={"batch": (0, 40), "tokens": (2, 9)})
    sizes = [each.sizes for each in by_origin(made, Origin.BOUNDARY)]
    assert {0, 1, 40} <= {each["batch"] for each in sizes}
    assert {2, 9} <= {each["tokens"] for each in sizes}
    assert {"batch": 0, "tokens": 2} in sizes
    assert {"batch": 40, "tokens": 9} in sizes


def test_boundaries_are_sampled_and_counted() -> None:
    """At most so many special rows, and of how many they are a sample."""
    made = planned(x("batch", 300), dims={"batch": (1, 32)})
    special = [each for each in by_origin(made, Origin.BOUNDARY) if "x:" in each.label]
    assert sum(each.rows for each in special) == BOUNDARY_ROWS
    assert made.boundaries == (256, 1806)


def test_few_boundaries_are_all_there() -> None:
    """Every corner of a small domain is in some row, and nothing is said of a sample."""
    made = planned(tensor("k", "int32", "batch", minimum=3, maximum=200))
    sent = {
        each for request in by_origin(made, Origin.BOUNDARY) for each in request.values["k"].array.tolist()
    }
    assert {3, 4, 199, 200} <= sent
    assert made.notes == ()


def test_pairs_of_corners_across_inputs() -> None:
    """The ends of one input meet the ends of another in one row."""
    made = planned(x("batch", name="a"), x("batch", name="b"))
    rows = {
        pair
        for each in by_origin(made, Origin.BOUNDARY)
        for pair in zip(each.values["a"].array.tolist(), each.values["b"].array.tolist(), strict=True)
    }
    assert {(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)} <= rows


def test_more_than_two_inputs_are_special_together() -> None:
    """Of four inputs all ways, of many their first and their second all over."""
    made = planned(*(x("batch", name=name) for name in "abcd"))
    rows = {
        tuple(row)
        for each in by_origin(made, Origin.BOUNDARY)
        for row in zip(*(each.values[name].array.tolist() for name in "abcd"), strict=True)
    }
    assert set(itertools.product((0.0, 1.0), repeat=4)) <= rows
    names = [f"i{at}" for at in range(40)]
    many = by_origin(planned(*(x("batch", name=name) for name in names)), Origin.BOUNDARY)
    for end in (0.0, 1.0):
        assert any(
            (np.stack([each.values[name].array for name in names]) == end).all(axis=0).any() for each in many
        )
    # None of them is left out for the pairs of others.
    for name in names:
        values = np.concatenate([each.values[name].array for each in many])
        assert {0.0, 1.0} <= set(values.tolist())


def test_sizes_beside_the_powers_of_two_are_sent() -> None:
    """What is left over when code takes pieces of 32 goes another way."""
    made = planned(x("batch"), dims={"batch": (1, 300)}, rows=3000)
    sizes = {each.sizes["batch"] for each in by_origin(made, Origin.RANDOM)}
    assert {3, 5, 15, 17, 33, 63, 65, 127, 129, 255, 257} <= sizes


def test_a_size_that_can_still_be_padded_is_sent() -> None:
    """What is full cannot be padded."""
    made = planned(x("batch", "tokens"), dims={"batch": (1, 8), "tokens": (1, 40)})
    assert 39 in {each.sizes["tokens"] for each in by_origin(made, Origin.BOUNDARY)}


def test_every_enum_member_is_sent() -> None:
    """Of an enum each member occurs among the boundaries."""
    members = tuple(f"label {at}" for at in range(60))
    made = planned(tensor("label", "text", "batch", enum=members))
    sent = {
        each.decode()
        for request in by_origin(made, Origin.BOUNDARY)
        for each in request.values["label"].array
    }
    assert sent == set(members)


def test_each_dtype_is_drawn() -> None:
    """A list of dtypes is sent in each of them, boundaries and random rows."""
    made = planned(tensor("x", "float32 float64", "batch", minimum=0, maximum=0.1))
    for origin in (Origin.BOUNDARY, Origin.RANDOM):
        found = {str(each.values["x"].dtype): each.values["x"].array for each in by_origin(made, origin)}
        assert sorted(found) == ["float32", "float64"]
        assert all(str(array.dtype) == name for name, array in found.items())


def test_optional_inputs_are_absent_and_present() -> None:
    """Optional inputs come and go, groups together, the required one always."""
    made = planned(
        x("batch"),
        x("batch", name="lat", optional=Optional()),
        x("batch", name="lon", optional=Optional()),
        x("batch", name="age", optional=Optional()),
        together=(("lat", "lon"),),
    )
    wanted = {
        frozenset("x"),
        frozenset(["x", "age"]),
        frozenset(["x", "lat", "lon"]),
        frozenset(["x", "lat", "lon", "age"]),
    }
    for origin in (Origin.BOUNDARY, Origin.RANDOM):
        assert {frozenset(each.values) for each in by_origin(made, origin)} == wanted


def test_many_optional_inputs_are_left_out_one_by_one() -> None:
    """Of many optional inputs each is missing alone and sent alone."""
    inputs = [x("batch", name=f"x{at}", optional=Optional()) for at in range(6)]
    present = {frozenset(each.values) for each in by_origin(planned(*inputs), Origin.BOUNDARY)}
    names = frozenset(each.name for each in inputs)
    assert {names - {name} for name in names} <= present
    assert {frozenset([name]) for name in names} <= present
    assert frozenset() not in present


def test_the_size_of_an_absent_input_is_not_told() -> None:
    """A name that only an absent input has is not bound by the request."""
    made = planned(x("batch"), x("batch", "n", name="y", optional=Optional()))
    for each in made.requests:
        assert set(each.sizes) == ({"batch", "n"} if "y" in each.values else {"batch"})


def test_samples_are_sent() -> None:
    """Samples of elements, of rows with their own length, and of whole tensors are boundaries."""
    made = planned(
        tensor(
            "ids",
            "int32",
            "batch",
            "n",
            minimum=0,
            maximum=9,
            samples=(7, (1, 2, 3, 4, 5, 6), ((8, 8), (9, 9))),
        )
    )
    rows = [
        tuple(row) for each in by_origin(made, Origin.BOUNDARY) for row in each.values["ids"].array.tolist()
    ]
    assert any(set(row) == {7} for row in rows)
    assert (1, 2, 3, 4, 5, 6) in rows
    assert (8, 8) in rows
    assert (9, 9) in rows


@pytest.mark.parametrize(
    ("inputs", "said", "expected"),
    [
        (
            [tensor("x", "float32", "batch")],
            {},
            Undrawable("x", "has no minimum, so nothing is made up; declare its bounds, enum or samples"),
        ),
        ([x()], {"client": "row"}, Undrawable("s", "an input is a scalar, and a REST row cannot send one")),
        (
            [x("batch", 4, norm=Around(9, -1, None))],
            {},
            Undrawable("x", "`norm` could not be satisfied within its bounds and shape [2, 4]"),
        ),
        # over REST nothing can be left out
        (
            [x("batch"), tensor("y", "float32", "batch", optional=Optional())],
            {"client": "columnar"},
            Undrawable("y", "has no minimum, so nothing is made up; declare its bounds, enum or samples"),
        ),
    ],
)
def test_what_is_not_drawn_has_a_reason(
    inputs: list[Tensor], said: dict[str, Any], expected: Undrawable
) -> None:
    """No request at all rather than one that the client would not send."""
    made = planned(*inputs, **said)
    assert made.undrawable == (expected,)
    assert list(made.requests) == []
    assert str(expected) == f"{expected.tensor}: {expected.reason}"


def test_an_optional_input_that_is_not_drawn_is_left_out() -> None:
    """The others are still sent; what goes together with it stays out too."""
    made = planned(
        x("batch"),
        tensor("y", "float32", "batch", optional=Optional()),
        x("batch", name="z", optional=Optional()),
        together=(("y", "z"),),
    )
    assert [each.tensor for each in made.undrawable] == ["y", "z"]
    assert {frozenset(each.values) for each in made.requests} == {frozenset("x")}


def test_huge_rows_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A budget of numbers cuts the rows, and a note tells."""
    monkeypatch.setattr(plans, "NUMBERS", 100_000)
    made = planned(x("batch", 50, 50), rows=10_000, dims={"batch": (1, 4)})
    assert "40 random rows instead of 10,000: a row has up to 2,500 numbers" in made.notes
    assert sum(each.rows for each in by_origin(made, Origin.RANDOM)) == 40


def test_long_texts_count_as_many_numbers() -> None:
    """Texts of a million characters are drawn too, only fewer of them."""
    made = planned(tensor("t", "text", "batch", max_length=1_000_000), rows=10_000, dims={"batch": (1, 64)})
    assert made.notes[0] == "134 random rows instead of 10,000: a row has up to 125,001 numbers"


def test_texts_beyond_all_measure_are_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengths that no call could carry are cut, and a note tells."""
    monkeypatch.setattr(plans, "LONGEST", 50)
    monkeypatch.setattr(drawable, "LONGEST", 50)
    made = planned(tensor("t", "text", "batch", max_length=70))
    assert made.notes == ("t is drawn with lengths up to 50, not of its maxLength 70",)
    assert max(len(text.decode()) for each in made.requests for text in each.values["t"].array) == 50
    (reason,) = planned(tensor("t", "text", "batch", min_length=60)).undrawable
    assert reason.reason == "has texts of 60 or more; none longer than 50 are drawn"


def test_sizes_that_no_call_holds_are_told() -> None:
    """A size that is claimed and does not fit in one call is in a note."""
    made = planned(x("batch", "n"), dims={"batch": (1, 2), "n": (1, 10_000_000)})
    assert (
        "no call with n at its most: 10000000: no other sizes go with it in 4,194,304 numbers" in made.notes
    )


def test_no_shape_is_one_dimension() -> None:
    """Any rank is drawn as the batch alone, and a note says so."""
    made = planned(tensor("x", "float32", rank="any", minimum=0, maximum=1))
    assert {len(each.values["x"].shape) for each in made.requests} == {1}
    assert made.notes == ("x has no shape: drawn with one dimension",)
    assert sum(each.rows for each in by_origin(made, Origin.RANDOM)) == 100


def test_leading_dimensions_come_and_go() -> None:
    """`...` is none or one; over REST rows always the batch."""
    assert {len(each.values["x"].shape) for each in planned(x("...", 4)).requests} == {1, 2}
    assert {len(each.values["x"].shape) for each in planned(x("...", 4), client="row").requests} == {2}


def test_a_signature_without_inputs_is_called_once() -> None:
    """There is one request, and no random one."""
    (only,) = planned().requests
    assert (dict(only.values), only.rows, only.label) == ({}, 1, "no inputs")


def test_the_same_seed_gives_the_same_plan_again() -> None:
    """Reading a plan twice, and planning twice, gives the same; another seed gives another."""

    def sent(made: Plan) -> list[bytes]:
        return [np.asarray(each.values["x"].array).tobytes() for each in made.requests]

    made = planned(x("batch", "n"), seed=7)
    assert sent(made) == sent(made) == sent(planned(x("batch", "n"), seed=7))
    assert sent(made) != sent(planned(x("batch", "n"), seed=8))


def test_memory_is_flat() -> None:
    """Ten times the rows need no more memory: requests are made as they are asked for."""

    def peak(rows: int) -> int:
        made = planned(x("batch", 64), rows=rows, dims={"batch": (1, 64)})
        tracemalloc.start()
        for _ in made.requests:
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(50_000) < 1.5 * peak(5_000)


def test_rows_that_depend_on_each_other_are_drawn_call_by_call() -> None:
    """`unique: 0` holds within each call, which is then never cut from a larger one."""
    made = planned(tensor("id", "int32", "batch", minimum=1, maximum=9, unique=0), dims={"batch": (1, 20)})
    for each in made.requests:
        found = each.values["id"].array.tolist()
        assert len(set(found)) == len(found) <= 9
    assert sum(each.rows for each in by_origin(made, Origin.RANDOM)) == 100
