"""What a server that batches refuses of one call, in its words."""

from collections.abc import Mapping

import numpy as np
import pytest

from sigpact.wire.arrays import Value, value
from sigpact.wire.batching import refused_feeds, refused_outputs
from sigpact.wire.refusal import Refusal


def _of(*shapes: tuple[int, ...]) -> Mapping[str, Value]:
    return {f"t{at}": value("float32", np.zeros(shape)) for at, shape in enumerate(shapes)}


@pytest.mark.parametrize(
    ("shapes", "told"),
    [
        ([(2,)], None),
        ([(2, 3), (2,)], None),
        ([], "must have at least one input tensor"),
        ([()], "input tensors must have at least one dimension"),
        # a scalar is told before unequal lengths
        ([(2,), (3,), ()], "input tensors must have at least one dimension"),
        ([(2,), (3,)], "input tensors must have equal 0th-dimension size"),
    ],
)
def test_what_is_fed(shapes: list[tuple[int, ...]], told: str | None) -> None:
    """One first dimension in all inputs, and at least one input (batching_util.h:82-110)."""
    expected = None if told is None else Refusal("INVALID_ARGUMENT", f"Batching Run() {told}")
    assert refused_feeds(_of(*shapes)) == expected


@pytest.mark.parametrize(
    ("shapes", "told"),
    [
        ([(2,), (2, 5)], None),
        ([], None),
        ([(2,), ()], "Batched output tensor has 0 dimensions"),
        ([(1,)], "Batched output tensor's 0th dimension does not equal the sum"),
        ([(2,), (12,)], "Batched output tensor's 0th dimension does not equal the sum"),
    ],
)
def test_what_is_fetched(shapes: list[tuple[int, ...]], told: str | None) -> None:
    """Every output has the batch of the inputs."""
    found = refused_outputs(_of((2,), (2, 3)), _of(*shapes))
    if told is None:
        assert found is None
    else:
        assert found is not None
        assert (found.status, found.message[: len(told)]) == ("FAILED_PRECONDITION", told)
