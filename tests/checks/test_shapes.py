"""Shapes of answers: a name has one value over inputs and outputs."""

import numpy as np
import pytest

from sigpact.contract.model import Column, Domain
from sigpact.wire.arrays import value
from tests.checks.answers import Dims, breaches
from tests.values.builders import tensor


@pytest.mark.parametrize(
    ("dims", "sizes", "shape", "expected"),
    [
        (("batch",), {"batch": 2}, (2,), None),
        (("batch",), {"batch": 2}, (1,), "shape [batch] = [2]"),
        (("batch",), {"batch": 2}, (2, 1), "shape [batch] = [2]"),
        (("batch", 64), {"batch": 2}, (2, 64), None),
        (("batch", 64), {"batch": 2}, (2, 63), "shape [batch, 64] = [2, 64]"),
        (("batch", None), {"batch": 2}, (2, 99), None),
        ((), {}, (), None),
        ((), {}, (1,), "shape [] = []"),
        # expressions are computed from the request's sizes
        (("batch", "2*n+1"), {"batch": 1, "n": 3}, (1, 7), None),
        (("batch", "2*n+1"), {"batch": 1, "n": 3}, (1, 6), "shape [batch, 2*n+1] = [1, 7]"),
        (("batch", "min(20, n)"), {"batch": 1, "n": 30}, (1, 20), None),
        # a name that the request does not bind binds here, at its first plain occurrence
        (("batch", "k", "k"), {"batch": 1}, (1, 5, 5), None),
        (("batch", "k", "k"), {"batch": 1}, (1, 5, 4), "shape [batch, k, k] = [1, 5, 5]"),
        (("batch", "k", "2*k"), {"batch": 1}, (1, 5, 10), None),
        (("batch", "k", "2*k"), {"batch": 1}, (1, 5, 9), "shape [batch, k, 2*k] = [1, 5, 10]"),
        # any number of leading dimensions
        (("...", "batch", 2), {"batch": 3}, (3, 2), None),
        (("...", "batch", 2), {"batch": 3}, (7, 9, 3, 2), None),
        (("...", "batch", 2), {"batch": 3}, (3,), "shape [..., batch, 2] = [..., 3, 2]"),
        (("...", "batch", 2), {"batch": 3}, (3, 3), "shape [..., batch, 2] = [..., 3, 2]"),
        # what cannot be computed says nothing
        (("batch", "n//m"), {"batch": 1, "n": 1, "m": 0}, (1, 9), None),
    ],
)
def test_shapes(
    dims: tuple[int | str | None, ...], sizes: dict[str, int], shape: tuple[int, ...], expected: str | None
) -> None:
    """The shape that comes must be the one that the names, lengths and expressions make."""
    made = breaches(tensor("o", "int8", *dims), answer={"o": value("int8", np.zeros(shape))}, sizes=sizes)
    spoken = f"shape [{', '.join(map(str, shape))}]"
    wanted = [] if expected is None else [("answer-shape-changed", expected, spoken)]
    assert [(each.rule, each.expected, each.received) for each in made] == wanted


def test_no_shape_is_any_shape() -> None:
    """Without `shape` every rank will do."""
    output = tensor("o", "int8", rank="any")
    assert not any(breaches(output, answer={"o": value("int8", np.zeros((1,) * rank))}) for rank in range(4))


def test_names_are_shared_by_outputs() -> None:
    """A name that one output binds has this size in the next, in the contract's order."""
    outputs = (
        tensor("a", "int8", "batch", "k"),
        tensor("b", "int8", "batch", "k"),
        tensor("c", "int8", "k*2"),
    )
    answer = {
        "a": value("int8", np.zeros((1, 3))),
        "b": value("int8", np.zeros((1, 4))),
        "c": value("int8", np.zeros(6)),
    }
    (made,) = breaches(*outputs, answer=answer, sizes={"batch": 1})
    assert (made.at, made.expected) == (("outputs", "b"), "shape [batch, k] = [1, 3]")


def test_an_expression_never_binds() -> None:
    """An output that comes before the one that binds its name is compared all the same."""
    outputs = (tensor("a", "int8", "2*k"), tensor("b", "int8", "k"))
    answer = {"a": value("int8", np.zeros(5)), "b": value("int8", np.zeros(3))}
    (made,) = breaches(*outputs, answer=answer)
    assert (made.at, made.expected, made.received) == (("outputs", "a"), "shape [2*k] = [6]", "shape [5]")


@pytest.mark.parametrize(
    ("bounds", "size", "expected"),
    [
        ((1, 5), 5, []),
        ((1, 5), 6, ["k at least 1 and at most 5"]),
        ((2, None), 1, ["k at least 2"]),
        ((None, 3), 4, ["k at most 3"]),
        ((None, None), 400, []),
    ],
)
def test_dims_are_claims(bounds: tuple[int | None, int | None], size: int, expected: list[str]) -> None:
    """What `dims` says of a name counts for answers too."""
    dims: Dims = {"k": bounds}
    made = breaches(tensor("o", "int8", "k"), answer={"o": value("int8", np.zeros(size))}, dims=dims)
    assert [each.expected for each in made] == expected


def test_columns_are_the_last_dimension() -> None:
    """As many columns as the contract names."""
    columns = (Column("a", Domain(), ()), Column("b", Domain(), ()))
    (made,) = breaches(
        tensor("o", "int8", rank="any", columns=columns), answer={"o": value("int8", np.zeros((1, 3)))}
    )
    assert (made.rule, made.expected, made.received) == ("answer-shape-changed", "2 columns", "shape [1, 3]")
