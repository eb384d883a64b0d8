"""Every boundary that a domain admits really occurs, against a list that an independent search makes."""

import itertools
import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from sigpact.contract.model import Contract, SignatureUse, Tensor
from sigpact.values.plan import plan
from sigpact.values.requests import Origin, Request
from tests.values.builders import contract
from tests.values.oracle import INTEGERS, admits
from tests.values.possible import ordinary, sensible_sizes, values
from tests.values.strategies import BOUNDS_OF_DIMS, tensors

_LAW: Final[Any] = {
    "suppress_health_check": list(HealthCheck),
    "deadline": None,
    "phases": [Phase.generate, Phase.shrink],
    "report_multiple_bugs": False,
}


def bits(number: object) -> object:
    """Return what tells values apart: -0.0 is not 0.0, every NaN is the same."""
    if isinstance(number, float):
        return "NaN" if math.isnan(number) else (number, math.copysign(1, number))
    return number


def edges(tensor: Tensor) -> tuple[list[Any], list[Any]]:
    """Return the bounds of an input's elements (every member of an enum), and the other edges."""
    domain, dtype = tensor.domain, tensor.dtypes[0]
    found = values(domain, dtype)
    if domain.enum is not None or dtype == "bool":
        return found, []
    others = [*found[1:2], *found[-2:-1]]
    special = [0, 1, -1] if dtype in INTEGERS else ordinary(dtype)
    others += [each for each in special if admits(domain, dtype, each, finite=True, blob=False)]
    others += [] if tensor.finite else [math.nan, math.inf, -math.inf]
    return [found[0], found[-1]] if found else [], others


def boundaries(whole: Contract, use: SignatureUse, seed: int) -> tuple[list[Request], bool]:
    """Return the boundary requests of a contract, and whether special rows were left out."""
    planned = plan(whole, use, rows=0, seed=seed)
    assume(not planned.undrawable)
    sent, there_are = planned.boundaries or (0, 0)
    return [each for each in planned.requests if each.origin is Origin.BOUNDARY], sent < there_are


def rows_of(requests: list[Request], name: str) -> Iterator[list[Any]]:
    """Yield the rows of an input as flat lists: of a tensor whose rows are counted each, else the whole."""
    for request in requests:
        if name in request.values:
            array = request.values[name].array
            counted = array.shape[:1] == (request.rows,)
            yield from (
                (array if counted else array[np.newaxis]).reshape(request.rows if counted else 1, -1).tolist()
            )


def is_numeric(tensor: Tensor) -> bool:
    """Whether the law speaks of this input: numbers without columns and without words on the whole."""
    words = (tensor.norm, tensor.sums_to, tensor.unique, tensor.sorted)
    return not tensor.columns and tensor.dtypes[0] not in {"text", "bytes", "string"} and set(words) == {None}


@given(data=st.data(), seed=st.integers(0, 3), client=st.sampled_from(["grpc", "columnar", "row"]))
@settings(max_examples=100, **_LAW)
def test_each_edge_fills_a_row_and_each_bound_stands_in_each_position(
    data: st.DataObject, seed: int, client: str
) -> None:
    """Rows of one edge; rows with a bound in one position, unless the plan says that it sent a sample."""
    made = data.draw(tensors("x").filter(is_numeric))
    whole, use = contract(made, client=client, dims=data.draw(st.sampled_from(BOUNDS_OF_DIMS)))
    requests, is_sample = boundaries(whole, use, seed)
    rows = [row for row in rows_of(requests, "x") if row]
    bounds, others = edges(made)
    full = {bits(row[0]) for row in rows if len({bits(each) for each in row}) == 1}
    missing = [each for each in [*bounds, *others] if bits(each) not in full]
    assert not rows or missing == []
    if is_sample or not rows:
        return
    width = len(rows[0])
    places = {(bits(row[at]), at) for row in rows if len(row) == width for at in range(width)}
    assert [(each, at) for each in bounds for at in range(width) if (bits(each), at) not in places] == []


@given(data=st.data(), seed=st.integers(0, 3))
@settings(max_examples=100, **_LAW)
def test_bounds_of_two_inputs_meet(data: st.DataObject, seed: int) -> None:
    """Each bound of one input comes in one row, or one call, with each of the other's."""
    both = tuple(data.draw(tensors(name).filter(is_numeric)) for name in ("x", "y"))
    whole, use = contract(*both, dims={"batch": (1, 4), "n": (1, 4)})
    requests, is_sample = boundaries(whole, use, seed)
    assume(not is_sample)
    met = set()
    for request in requests:
        if request.values.keys() == {"x", "y"}:
            pairs = zip(*(rows_of([request], name) for name in ("x", "y")), strict=False)
            met |= {tuple(frozenset(map(bits, row)) for row in pair) for pair in pairs}
    wanted = itertools.product(edges(both[0])[0][:2], edges(both[1])[0][:2])
    assert not met or [w for w in wanted if tuple(frozenset([bits(each)]) for each in w) not in met] == []


@given(data=st.data(), count=st.integers(1, 2), client=st.sampled_from(["grpc", "columnar", "row"]))
@settings(max_examples=100, **_LAW)
def test_each_size_has_its_least_its_most_and_one(data: st.DataObject, count: int, client: str) -> None:
    """Of every name, as far as some shapes go with it."""
    inputs = tuple(data.draw(tensors(f"x{at}").filter(is_numeric)) for at in range(count))
    dims = data.draw(st.sampled_from(BOUNDS_OF_DIMS))
    whole, use = contract(*inputs, client=client, dims=dims)
    requests, _ = boundaries(whole, use, 0)
    possible = sensible_sizes(whole, use)
    for name in {name for each in requests for name in each.sizes}:
        admitted = {each[name] for each in possible}
        sent = {each.sizes[name] for each in requests if name in each.sizes}
        assert {min(admitted), max(admitted), *({1} & admitted)} <= sent, (name, admitted)


@given(data=st.data(), count=st.integers(2, 3))
@settings(max_examples=100, **_LAW)
def test_every_choice_of_optional_inputs_is_sent(data: st.DataObject, count: int) -> None:
    """All that the contract lets the client leave out, in every combination but nothing at all."""
    inputs = tuple(data.draw(tensors(f"x{at}").filter(is_numeric)) for at in range(count))
    whole, use = contract(*inputs, dims={"batch": (1, 4), "n": (1, 4)})
    requests, _ = boundaries(whole, use, 0)
    names = {each.name for each in inputs}
    optional = [each.name for each in inputs if each.optional is not None]
    left_out = (
        set(some) for many in range(len(optional) + 1) for some in itertools.combinations(optional, many)
    )
    sent = {frozenset(each.values) for each in requests}
    assert {frozenset(names - some) for some in left_out} - {frozenset()} <= sent
