"""What classify and regress send, drawn: features with the rows in front, one context for all of them."""

from typing import Any

import pytest

from sigpact.contract.model import Around, Optional, SignatureUse, Tensor, TensorExample
from sigpact.tensors.shapes import Fixed, Named, Ranked
from sigpact.values.examples import request_of
from sigpact.values.features import drawn_use, rows_of
from sigpact.values.plan import plan
from tests.values.builders import contract, shape, tensor
from tests.values.oracle import faults

SCORES = tensor("scores", "float32", "batch", 2)


def number(name: str, *dims: int | str | None, **said: Any) -> Tensor:
    """Return a feature of numbers from 0 to 9."""
    return tensor(name, "int64", *dims, minimum=0, maximum=9, **said)


def use_of(*inputs: Tensor, **said: Any) -> SignatureUse:
    """Return a classify client's use."""
    return contract(*inputs, verb="classify", **said)[1]


def drawn_of(*inputs: Tensor, **said: Any) -> SignatureUse:
    """Return a classify client's use as its requests hold it."""
    return drawn_use(*contract(*inputs, verb="classify", **said))


@pytest.mark.parametrize("client", ["grpc", "row"])
def test_requests_of_features_lie_in_the_domain(client: str) -> None:
    """Rows in front, within what the contract says of the output's batch; the context has none."""
    optional = Optional()
    inputs = (number("x", "n", 2), number("one"), number("at_times", optional=optional))
    said: dict[str, Any] = {"outputs": (SCORES,), "context": (number("all", "n"),)}
    dims: dict[str, tuple[int | None, int | None]] = {"batch": (2, 5), "n": (1, 3)}
    whole, use = contract(*inputs, verb="classify", client=client, dims=dims, **said)
    requests = list(plan(whole, use, rows=40, seed=0).requests)
    assert len(requests) > 40
    seen = set()
    for request in requests:
        assert faults(whole, drawn_use(whole, use), request) == []
        rows = request.sizes["batch"]
        assert 2 <= rows <= 5
        assert request.values["x"].shape == (rows, request.sizes["n"], 2)
        assert request.values["all"].shape == (request.sizes["n"],)
        seen.add("at_times" in request.values)
    assert seen == {True, False}


def test_rows_stack_where_there_is_no_context() -> None:
    """A call of many examples counts as so many rows."""
    whole, use = contract(number("x", 2), verb="classify", outputs=(SCORES,))
    requests = list(plan(whole, use, rows=40, seed=0).requests)
    assert sum(each.rows for each in requests) >= 40
    assert all(each.values["x"].shape == (each.rows, 2) for each in requests)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"outputs": (SCORES,)}, Named("batch")),
        ({"outputs": (tensor("scores", "float32", 3, 2),)}, Fixed(3)),
        ({"outputs": (tensor("scores", "float32", rank="any"),)}, Named("rows")),
        ({}, Named("rows")),
        ({"context": (number("c", "rows"),)}, Named("rows_")),
    ],
)
def test_what_the_rows_are_called(said: dict[str, Any], expected: object) -> None:
    """As the outputs begin; else a name that nothing else has."""
    assert rows_of(use_of(number("x", 2), **said)) == expected


def test_words_about_axes_speak_of_one_example() -> None:
    """Axis 0 of a feature is the first behind the rows; axes from the end stay."""
    said: dict[str, Any] = {"norm": Around(1.0, 1, None), "sums_to": Around(1.0, -1, None)}
    (found,) = drawn_of(number("x", 2, 3, unique=0, **said)).inputs
    assert (found.unique, found.norm, found.sums_to) == (1, Around(1.0, 2, None), Around(1.0, -1, None))
    assert found.shape == shape("rows", 2, 3)


def test_open_shapes_are_as_small_as_they_get() -> None:
    """A feature without a shape is a number for each example, a context without one a number."""
    use = drawn_of(number("x", rank="any"), number("y", "...", 2), context=(number("c", rank="any"),))
    assert [each.shape for each in use.inputs] == [shape("rows"), shape("rows", 2), Ranked(())]


def test_predict_is_as_it_is() -> None:
    """Nothing is in front of its inputs; over REST nothing is left out."""
    whole, use = contract(number("x", "batch", optional=Optional()))
    assert drawn_use(whole, use) is use
    over_rest, use = contract(number("x", "batch", optional=Optional()), client="row")
    assert drawn_use(over_rest, use).inputs == (number("x", "batch"),)


def test_an_example_binds_rows_and_names() -> None:
    """The rows are the features' first dimension, called as the output calls it."""
    example = TensorExample("one", (), (("x", ((1, 2, 3), (4, 5, 6))), ("c", 7)))
    said: dict[str, Any] = {"outputs": (SCORES,), "context": (number("c"),)}
    whole, use = contract(number("x", "n"), verb="classify", **said)
    request = request_of(whole, use, example)
    assert request.sizes == {"batch": 2, "n": 3}
    assert request.values["x"].shape == (2, 3)
    assert request.values["c"].shape == ()
