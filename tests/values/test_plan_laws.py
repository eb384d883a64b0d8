"""Whatever a contract says: all of its requests lie in its domains, and every boundary occurs."""

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from sigpact.contract.model import Domain
from sigpact.values.plan import plan
from sigpact.values.requests import Origin, Request
from tests.values.builders import contract, tensor
from tests.values.oracle import admits, faults
from tests.values.strategies import BOUNDS_OF_DIMS, numeric_words, tensors
from tests.values.test_numerics import every


def described(request: Request) -> list[Any]:
    """Return everything about a request that can be compared."""
    values = {name: (str(value.dtype), value.array.tolist()) for name, value in request.values.items()}
    return [str(request.origin), repr(values), dict(request.sizes), request.rows, request.label]


@given(
    data=st.data(),
    count=st.integers(1, 3),
    seed=st.integers(0, 9),
    client=st.sampled_from(["grpc", "columnar", "row"]),
)
@settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)
def test_all_requests_lie_in_the_domain(data: st.DataObject, count: int, seed: int, client: str) -> None:
    """No request has an element, a shape, a size or an absence that the contract does not admit."""
    inputs = tuple(data.draw(tensors(f"x{at}")) for at in range(count))
    dims = data.draw(st.sampled_from(BOUNDS_OF_DIMS))
    whole, use = contract(*inputs, client=client, dims=dims)
    planned = plan(whole, use, rows=40, seed=seed)
    requests = list(planned.requests)
    event("drawn" if requests else "undrawable")
    assert requests or planned.undrawable
    for request in requests:
        assert faults(whole, use, request) == [], request.label
    again = plan(whole, use, rows=40, seed=seed)
    assert [described(each) for each in again.requests] == [described(each) for each in requests]


@given(data=st.data(), seed=st.integers(0, 3))
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
def test_random_rows_are_what_was_asked_for(data: st.DataObject, seed: int) -> None:
    """The random rows are exactly as many as asked, where no least batch forces a few more."""
    inputs = (data.draw(tensors("x")),)
    whole, use = contract(*inputs, dims={"batch": (1, 7), "n": (1, 4)})
    rows = data.draw(st.integers(0, 60))
    planned = plan(whole, use, rows=rows, seed=seed)
    assume(not planned.undrawable)
    random = [each for each in planned.requests if each.origin is Origin.RANDOM]
    drawn = sum(each.rows for each in random)
    assert drawn == rows or planned.notes


@given(words=numeric_words(), name=st.sampled_from(["int8", "uint8"]))
@settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)
def test_the_ends_of_every_integer_domain_occur(words: dict[str, Any], name: str) -> None:
    """Of all values that a small dtype has, the least and the greatest admitted ones are sent."""
    _require_ends(words, name, list(range(-128, 256)))


@given(words=numeric_words(), name=st.sampled_from(["float16", "bfloat16"]))
@settings(max_examples=8, suppress_health_check=list(HealthCheck), deadline=None)
def test_the_ends_of_every_float_domain_occur(words: dict[str, Any], name: str) -> None:
    """The same for floats, against every value of 16 bits."""
    _require_ends(words, name, every(name))


def _require_ends(words: dict[str, Any], name: str, values: Sequence[float]) -> None:
    domain = Domain(**words)

    def is_admitted(each: float) -> bool:
        return admits(domain, name, each, finite=True, blob=False)

    bounds = [each for word in words.values() for each in (word if isinstance(word, tuple) else (word,))]
    low, high = min(bounds) - abs(min(bounds)) / 8 - 1, max(bounds) + abs(max(bounds)) / 8 + 1
    near = [each for each in values if low <= each <= high]
    least = next(filter(is_admitted, near), None)
    most = next(filter(is_admitted, reversed(near)), None)
    planned = plan(*contract(tensor("x", name, "batch", **words)), rows=0, seed=0)
    sent = {element for request in planned.requests for element in request.values["x"].array.tolist()}
    assert bool(sent) == (least is not None) or planned.undrawable
    if sent:
        wanted = {each for each in (0, 1, -1, least, most) if each is not None and is_admitted(each)}
        assert wanted <= sent
        assert all(map(is_admitted, sent))
