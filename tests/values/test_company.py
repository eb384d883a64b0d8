"""Calls whose rows are special together: sizes of a batch, one row many times."""

import numpy as np
import pytest

from sigpact.values.plan import plan
from sigpact.values.requests import Origin, Request
from tests.values.builders import contract, tensor


def sent(high: int | None, *, low: int = 1, unique: int | None = None) -> list[Request]:
    """Return the boundaries of one number a row."""
    made = tensor("x", "float32", "batch", minimum=0, maximum=1, unique=unique)
    whole, use = contract(made, dims={"batch": (low, high)})
    requests = plan(whole, use, rows=0, seed=0).requests
    return [each for each in requests if each.origin is Origin.BOUNDARY]


@pytest.mark.parametrize(
    ("low", "high", "sizes"),
    [
        (1, 1, []),
        (1, 3, [2]),
        (1, 32, [2, 4, 8, 16, 31]),
        (5, 20, [6, 8, 16, 19]),
        (1, 4000, [2, 4, 8, 16, 32, 64, 128, 256]),
    ],
)
def test_sizes_at_which_code_takes_another_way(low: int, high: int, sizes: list[int]) -> None:
    """Powers of two, and what is beside the ends."""
    labelled = [each for each in sent(high, low=low) if each.label.endswith(" rows")]
    assert [each.rows for each in labelled] == sizes
    assert [len(each.values["x"].array) for each in labelled] == sizes


def test_one_row_many_times() -> None:
    """As few as two and as many as there may be; any row, the least and the greatest."""
    alike = [each for each in sent(32) if each.label.endswith(" times")]
    assert [each.rows for each in alike] == [2, 2, 2, 32, 32, 32]
    assert all(len(np.unique(each.values["x"].array)) == 1 for each in alike)
    assert [each.values["x"].array[0] for each in alike if "edge" in each.label] == [0, 1, 0, 1]


def test_a_batch_of_many_is_not_all_alike() -> None:
    """Never more than is cheap."""
    assert max(each.rows for each in sent(100_000) if each.label.endswith(" times")) == 512


def test_rows_at_an_edge_are_fewer() -> None:
    """The longest text many times would be most of a model's time; a least batch is kept all the same."""

    def at_edges(low: int) -> set[int]:
        return {each.rows for each in sent(4000, low=low) if each.label.startswith("edge")}

    assert at_edges(1) == {2, 128}
    assert at_edges(200) == {200}


def test_unique_rows_are_never_alike() -> None:
    """The contract has no such call."""
    assert not [each for each in sent(32, unique=0) if each.label.endswith(" times")]


def test_large_rows_are_few() -> None:
    """An image or a sound costs seconds where a number costs nothing."""
    made = tensor("x", "float32", "batch", 1 << 18, minimum=0, maximum=1)
    whole, use = contract(made, dims={"batch": (1, 32)})
    requests = plan(whole, use, rows=0, seed=0).requests
    assert {each.rows for each in requests if each.label.endswith((" rows", " times"))} == {2, 4}
