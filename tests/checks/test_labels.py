"""Labels that changed places: found where all examples agree on one order, and nowhere else."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.checks.labels import check_labels
from sigpact.contract.model import Expected, ExpectedError, Labels, TensorExample, Tolerance
from sigpact.frozen import replace
from sigpact.wire.arrays import value
from tests.values.builders import contract, tensor

NAMES = ("Action", "Comedy", "Drama", "Horror")
PAIR = "labels Drama (2) and Horror (3) changed places"
ROUND = (
    "label Action (0) is at 1, label Comedy (1) is at 2, label Drama (2) is at 3, label Horror (3) is at 0"
)


def said(
    *pairs: tuple[Any, Any], axis: int = -1, names: tuple[str, ...] = NAMES, dtype: str = "float32"
) -> list[str]:
    """Return what is said of examples: what each wants, and what came; `None` came where nothing did."""
    output = tensor("o", dtype, labels=Labels(names, axis))
    near = Tolerance(atol=0.1)
    expected = [Expected("o", wanted, (), approx=True, tolerance=near) for wanted, _ in pairs]
    examples = tuple(TensorExample(f"example {at}", (), (), (each,)) for at, each in enumerate(expected))
    _, use = contract(outputs=(output,))
    use = replace(use, examples=examples)
    answered = [
        (example, {"o": value(dtype, came)})
        for example, (_, came) in zip(examples, pairs, strict=True)
        if came is not None
    ]
    return [each.received for each in check_labels(use, answered)]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        # as it was, and within the tolerance
        ([(((0.7, 0.2, 0.1, 0.0),), [[0.7, 0.2, 0.1, 0.05]])], []),
        # two changed places, in every example
        (
            [
                (((0.7, 0.0, 0.3, 0.0),), [[0.7, 0.0, 0.0, 0.3]]),
                (((0.0, 0.5, 0.5, 0.0),), [[0.0, 0.5, 0.0, 0.5]]),
            ],
            [PAIR],
        ),
        # one goes round
        (
            [(((0.1, 0.3, 0.6, 1.0),), [[1.0, 0.1, 0.3, 0.6]])],
            [ROUND],
        ),
        # no order explains both examples
        (
            [(((0.7, 0, 0.3, 0),), [[0.7, 0, 0, 0.3]]), (((0.7, 0, 0.3, 0),), [[0.7, 0, 0.3, 0]])],
            [],
        ),
        # other values, in no order
        ([(((0.7, 0.0, 0.3, 0.0),), [[0.4, 0.2, 0.2, 0.2]])], []),
        # another number of positions, another rank
        ([(((0.7, 0.3, 0.0, 0.0),), [[0.3, 0.7, 0.0]])], []),
        ([((0.7, 0.3, 0.0, 0.0), 0.7)], []),
        # an example that was not answered may be one that no order explains
        ([(((0.7, 0.3, 0, 0),), [[0.3, 0.7, 0, 0]]), (((0.7, 0.3, 0, 0),), None)], []),
        # what fits its own place stays there
        ([(((0.5, 0.5, 0.0, 1.0),), [[0.5, 0.5, 1.0, 0.0]])], [PAIR]),
        ([], []),
    ],
)  # fmt: skip
def test_orders(pairs: list[tuple[Any, Any]], expected: list[str]) -> None:
    """What is told, in the words of the file of labels."""
    assert said(*pairs) == expected


def test_other_axes_and_dtypes() -> None:
    """The axis may be any, and the values whole numbers or texts."""
    assert said((((1, 2), (3, 4)), [[3, 4], [1, 2]]), axis=0, names=("a", "b"), dtype="int32") == [
        "labels a (0) and b (1) changed places"
    ]
    assert said((("x", "y"), ["y", "x"]), names=("a", "b"), dtype="string") == [
        "labels a (0) and b (1) changed places"
    ]


def test_many_moves_are_cut() -> None:
    """A line stays a line."""
    names = tuple(f"l{at}" for at in range(40))
    (told,) = said((tuple(range(40)), [*range(39, -1, -1)]), names=names)
    assert told.startswith("labels l0 (0) and l39 (39) changed places, ")
    assert told.endswith(", and 12 more")


def test_an_expected_error_says_nothing_of_labels() -> None:
    """Only answers have positions."""
    output = tensor("o", "float32", labels=Labels(("a", "b"), -1))
    example = TensorExample("e", (), (), (), error=ExpectedError(400, None))
    _, use = contract(outputs=(output,))
    assert (
        list(check_labels(replace(use, examples=(example,)), [(example, {"o": value("float32", [1, 2])})]))
        == []
    )


@given(data=st.data(), count=st.integers(1, 5), examples=st.integers(1, 3))
def test_an_order_is_found_where_there_is_one(data: st.DataObject, count: int, examples: int) -> None:
    """Against all orders of a few labels, with values that repeat."""
    rows = st.lists(st.integers(0, 2), min_size=count, max_size=count)
    wanted = [data.draw(rows) for _ in range(examples)]
    order = data.draw(st.permutations(range(count)))
    came = [[row[at] for at in order] for row in wanted]
    if data.draw(st.booleans()):
        came[0] = data.draw(rows)
    orders = [
        each for each in itertools.permutations(range(count))
        if all([found[at] for at in each] == row for row, found in zip(wanted, came, strict=True))
    ]  # fmt: skip
    pairs = [(tuple(row), found) for row, found in zip(wanted, came, strict=True)]
    told = said(*pairs, names=tuple(f"l{at}" for at in range(count)), dtype="int32")
    assert bool(told) == (bool(orders) and tuple(range(count)) not in orders)
