"""Sizes of calls: names first, then shapes; what is not claimed stays small."""

from typing import Any

import numpy as np
import pytest

from sigpact.contract.model import Tensor
from sigpact.values.domains import NotDrawnError
from sigpact.values.ranges import sizes_of
from sigpact.values.sizes import CALL_NUMBERS, Sizes, Weight
from tests.values.builders import contract, tensor

Dims = dict[str, tuple[int | None, int | None]]


def sizes(*inputs: Tensor, client: str = "grpc", dims: Dims | None = None, **said: Any) -> Sizes:
    """Return what the calls of such a contract measure."""
    whole, use = contract(*inputs, client=client, dims=dims, **said)
    return sizes_of(whole, use, inputs, {each.name: Weight(1.0) for each in inputs})


def x(*dims: int | str | None, name: str = "x", rank: str = "") -> Tensor:
    """Return an input of a shape."""
    return tensor(name, "float32", *dims, rank=rank)


@pytest.mark.parametrize(
    ("bounds", "low", "high"),
    [
        ({}, 1, 8),
        ({"batch": (3, None)}, 3, 8),
        ({"batch": (20, None)}, 20, 20),
        ({"batch": (None, 300)}, 1, 300),
        ({"batch": (2, 5)}, 2, 5),
        ({"batch": (0, 5)}, 0, 5),
        ({"batch": (None, None)}, 1, 8),
    ],
)
def test_a_name_has_the_sizes_that_are_claimed(bounds: Dims, low: int, high: int) -> None:
    """A name without an upper bound is drawn at 8 or less, with a least of its own at that."""
    (found,) = sizes(x("batch"), dims=bounds).ranges
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("inputs", "client", "names"),
    [
        # the name that stands first in every input
        ([x("batch", "n"), x("batch", name="y")], "grpc", "batch"),
        ([x("batch"), x("n", name="y")], "grpc", None),
        ([x("batch"), x(3, name="y")], "grpc", None),
        ([x("batch"), x(name="y")], "grpc", None),
        ([x(None)], "grpc", None),
        ([x("2*n"), x("n", name="y")], "columnar", None),
        # any number of dimensions begins with the batch
        ([x("batch"), x(name="y", rank="any")], "grpc", "batch"),
        ([x(rank="any")], "grpc", ""),
        ([x("...", 4)], "grpc", ""),
        # the list of instances makes all first dimensions equal
        ([x("batch"), x("n", name="y")], "row", "batch"),
        ([x(None, 3)], "row", ""),
        ([x(rank="any")], "row", ""),
        ([x("...", 4)], "row", ""),
    ],
)
def test_the_batch_is_what_stands_first(inputs: list[Tensor], client: str, names: str | None) -> None:
    """Which dimension counts rows."""
    batch = sizes(*inputs, client=client).batch
    assert (None if batch is None else batch.names[0]) == names


@pytest.mark.parametrize("client", ["grpc", "columnar", "row"])
def test_shapes_follow_from_the_sizes(client: str) -> None:
    """A name has one size in all inputs, expressions are computed, `null` is small."""
    made = sizes(
        x("batch", "n"),
        x("batch", "2*n", None, name="y"),
        x("batch", "min(3, n)", 5, name="z"),
        client=client,
        dims={"batch": (2, 4), "n": (1, 6)},
    )
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(200):
        layout = made.layout({}, rng, leading=1)
        one, two, three = (layout.shape(each) for each in made.inputs)
        batch, n = layout.sizes["batch"], layout.sizes["n"]
        assert (one, two[:2], three) == ((batch, n), (batch, 2 * n), (batch, min(3, n), 5))
        assert 1 <= two[2] <= 4
        seen.add((batch, n))
    assert {each[0] for each in seen} == {2, 3, 4}
    assert {each[1] for each in seen} == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("dims", "least"),
    [
        # (n-400)//160+1 is positive from 400 on
        ({"n": (1, 2000)}, 400),
        ({"n": (400, 800)}, 400),
    ],
)
def test_sizes_that_make_no_shape_are_not_drawn(dims: Dims, least: int) -> None:
    """An expression is never negative, nor zero unless one of its names is."""
    made = sizes(x("batch", "n"), x("batch", "(n-400)//160+1", name="y"), dims=dims)
    rng = np.random.default_rng(0)
    found = [made.layout({}, rng, leading=1) for _ in range(100)]
    assert min(each.sizes["n"] for each in found) >= least
    assert all(each.shape(made.inputs[1])[1] >= 1 for each in found)


def test_rest_rows_are_equally_many() -> None:
    """The list of instances gives all inputs one first dimension, however the contract writes it."""
    made = sizes(x("batch", "n"), x("2*n", name="y"), x(None, name="z"), client="row", dims={"batch": (1, 8)})
    rng = np.random.default_rng(0)
    for _ in range(100):
        layout = made.layout({}, rng, leading=1)
        firsts = {layout.shape(each)[0] for each in made.inputs}
        assert firsts == {layout.sizes["batch"]} == {2 * layout.sizes["n"]}
        assert made.rows(layout) == layout.sizes["batch"]


def test_zero_is_drawn_where_it_is_claimed() -> None:
    """`min: 0` admits an empty dimension, and then expressions of it that are 0."""
    made = sizes(x("batch", "n"), x("batch", "2*n", name="y"), dims={"n": (0, 2), "batch": (0, 2)})
    rng = np.random.default_rng(0)
    found = [made.layout({}, rng, leading=1) for _ in range(100)]
    assert {each.shape(made.inputs[1])[1] for each in found} == {0, 2, 4}
    assert {each.sizes["batch"] for each in found} == {0, 1, 2}


def test_answers_must_be_possible() -> None:
    """Sizes for which an output's expression is negative are not drawn: no answer could have it."""
    made = sizes(x("batch", "n"), outputs=(tensor("o", "float32", "batch", "n-3"),), dims={"n": (1, 6)})
    rng = np.random.default_rng(0)
    assert min(made.layout({}, rng, leading=1).sizes["n"] for _ in range(100)) == 3


@pytest.mark.parametrize(
    ("inputs", "client", "dims", "reason"),
    [
        ([x()], "row", {}, "an input is a scalar, and a REST row cannot send one"),
        ([x(2), x(3, name="y")], "row", {}, "no size of  lies within its bounds"),
        ([x("batch"), x(9, name="y")], "row", {"batch": (1, 4)}, "no size of batch lies within its bounds"),
        (
            [x("batch", "n"), x("batch", "n-9", name="y")],
            "grpc",
            {},
            "no sizes within batch 1..8, n 1..8 make all shapes possible in 4,194,304 numbers a call",
        ),
        (
            [x("batch", "n//(n-n)"), x("n", name="y")],
            "grpc",
            {},
            "no sizes within batch 1..8, n 1..8 make all shapes possible in 4,194,304 numbers a call",
        ),
        (
            [x(5000, 5000)],
            "grpc",
            {},
            "no sizes are there that make all shapes possible in 4,194,304 numbers a call",
        ),
    ],
)
def test_impossible_sizes_have_a_reason(inputs: list[Tensor], client: str, dims: Dims, reason: str) -> None:
    """Where no call can be made, the reason says what stands in the way."""
    with pytest.raises(NotDrawnError) as raised:
        sizes(*inputs, client=client, dims=dims).layout({}, np.random.default_rng(0), leading=1)
    assert raised.value.reason == reason


def test_calls_are_bounded() -> None:
    """Sizes that would make a call of more numbers than one may have are not drawn."""
    made = sizes(x("batch", "n", 1000), dims={"batch": (1, 100), "n": (1, 1000)})
    rng = np.random.default_rng(0)
    assert max(made.numbers(made.layout({}, rng, leading=1)) for _ in range(50)) <= CALL_NUMBERS


@pytest.mark.parametrize(("leading", "shape"), [(1, (3, 4)), (0, (4,))])
def test_leading_dimensions(leading: int, shape: tuple[int, ...]) -> None:
    """`...` stands for the batch or for nothing."""
    made = sizes(x("...", 4))
    layout = made.layout({"": 3}, np.random.default_rng(0), leading=leading)
    assert layout.shape(made.inputs[0]) == shape
    assert made.rows(layout) == (3 if leading else 1)
