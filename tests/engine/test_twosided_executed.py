"""`diff --two-sided` on real exports: the smallest request that only the old version answers, as shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sigpact.engine.diff import diff
from sigpact.engine.sides import side
from sigpact.engine.twosided import two_sided
from sigpact.report.difference import Diff, Witnessed
from sigpact.runtime.backend import TensorFlowBackend

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def backend(executed: Path) -> Iterator[TensorFlowBackend]:  # noqa: ARG001 - skips where absent
    """What runs both versions."""
    with TensorFlowBackend() as made:
        yield made


def compared(executed: Path, backend: TensorFlowBackend, name: str) -> Diff:
    """Compare and run the two versions of a pair."""
    old, new = (side(str(executed / "pairs" / name / number)) for number in "12")
    return two_sided(diff(old, new), old, new, (), backend)


def witnesses(found: Diff) -> dict[str, Witnessed | None]:
    """Return the witness of each kind of client that breaks."""
    clients = [each for signature in found.signatures for each in signature.clients]
    return {each.client: each.witness for each in clients if each.verdict == "breaks"}


TITLE = '{"signature_name": "get", '
SHOWN = {
    # pair, client: request, old answer, how the new one begins, the token that differs
    ("output", "row-bare"): (
        f'{TITLE}"instances": ["a"]}}',
        '{"predictions": ["A"]}',
        '{"predictions": [{"genre": "A", "score": 1.0}]}',
        "{",
    ),
    ("output", "col-bare"): (
        f'{TITLE}"inputs": ["a"]}}',
        '{"outputs": ["A"]}',
        '{"outputs": {"genre": ["A"], "score": [1.0]}}',
        "{",
    ),
    ("input", "row-named"): (
        f'{TITLE}"instances": [{{"title": "a"}}]}}',
        '{"predictions": ["A"]}',
        '400 {"error": "Failed to process element: 0 of',
        "400",
    ),
    ("input", "col-named"): (
        f'{TITLE}"inputs": {{"title": ["a"]}}}}',
        '{"outputs": ["A"]}',
        '400 {"error": "Missing named input: by in',
        "400",
    ),
    ("input", "grpc"): (
        "get(title=['a'])",
        "genre=['A']",
        "INVALID_ARGUMENT: input size does not match signature: 1!=2",
        "INVALID_ARGUMENT",
    ),
    # the least number that an int32 does not hold
    ("narrow", "row-bare"): (
        f'{TITLE}"instances": [2147483648]}}',
        '{"predictions": [1073741824]}',
        '400 {"error": "Failed to process element: 0 of',
        "400",
    ),
    ("narrow", "grpc"): (
        "get(x=[0])",
        "y=[0]",
        "INVALID_ARGUMENT: Expects arg[0] to be int32 but int64 is provided",
        "INVALID_ARGUMENT",
    ),
    # the roundest number from 0.25 on, one row, one column
    ("limits", "col-bare"): (
        f'{TITLE}"inputs": [[1.0]]}}',
        '{"outputs": [1.0]}',
        '400 {"error": "assertion failed: [too large]',
        "400",
    ),
    ("limits", "grpc"): (
        "get(x=[[1.0]])",
        "y=[1.0]",
        "INVALID_ARGUMENT: assertion failed: [too large]",
        "INVALID_ARGUMENT",
    ),
    ("features", "classify"): (
        "get(x=[[0.0, 0.0]])",
        "classes=[['no', 'yes']], scores=[[1.0, 0.0]]",
        "INVALID_ARGUMENT: Name: <unknown>, Feature: z (data type: float) is required",
        "INVALID_ARGUMENT",
    ),
}


@pytest.mark.parametrize("pair", sorted({pair for pair, _ in SHOWN}))
def test_the_smallest_request_is_shown(executed: Path, backend: TensorFlowBackend, pair: str) -> None:
    """One row, the shortest text, the roundest number; both answers, and the token that differs."""
    found = witnesses(compared(executed, backend, pair))
    for (name, client), (request, old, new, token) in SHOWN.items():
        if name != pair:
            continue
        seen = found[client]
        assert seen is not None, client
        assert (seen.request, seen.old) == (request, old), client
        assert seen.new.startswith(new), client
        at, length = seen.new_token
        assert seen.new[at : at + length] == token, client


def test_who_is_safe_is_shown_nothing(executed: Path, backend: TensorFlowBackend) -> None:
    """A second output breaks no gRPC client, and the features of classify no client of predict."""
    assert witnesses(compared(executed, backend, "output")).keys() == {
        "row-bare",
        "row-named",
        "col-bare",
        "col-named",
    }
    assert witnesses(compared(executed, backend, "features")).keys() == {"classify"}
