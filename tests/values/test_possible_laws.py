"""A domain that admits something is drawn: an independent search says what exists, few reasons excuse."""

from typing import Final

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from sigpact.values.plan import plan
from sigpact.values.requests import Origin
from tests.values.builders import contract
from tests.values.possible import is_possible
from tests.values.strategies import BOUNDS_OF_DIMS, tensors

EXCUSES: Final = ("has no minimum, so nothing is made up", "has no maximum, so nothing is made up")
"""The only reasons for which a domain that admits something is not drawn."""


@given(
    data=st.data(),
    count=st.integers(1, 2),
    seed=st.integers(0, 9),
    client=st.sampled_from(["grpc", "columnar", "row"]),
)
@settings(
    max_examples=200,
    suppress_health_check=list(HealthCheck),
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
)
def test_what_is_possible_is_drawn(data: st.DataObject, count: int, seed: int, client: str) -> None:
    """Where the search finds one call in the domain, calls are drawn, all of the rows that were asked for."""
    inputs = tuple(data.draw(tensors(f"x{at}")) for at in range(count))
    whole, use = contract(*inputs, client=client, dims=data.draw(st.sampled_from(BOUNDS_OF_DIMS)))
    possible = is_possible(whole, use)
    event("possible" if possible else "not known to be")
    planned = plan(whole, use, rows=20, seed=seed)
    lost = [each for each in planned.undrawable if not each.reason.startswith(EXCUSES)]
    if possible:
        assert lost == []
        requests = list(planned.requests)
        assert requests
        assert sum(each.rows for each in requests if each.origin is Origin.RANDOM) >= planned.rows > 0
