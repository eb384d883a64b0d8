"""Bounds around what was seen: wider, round, and never beyond the dtype that holds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.authoring.ranges import nice, nice_below, outward


@pytest.mark.parametrize(
    ("seen", "bounds"),
    [
        ((0.2, 0.9), (0, 1)),  # a share
        ((-0.9, 0.8), (-1, 1)),
        ((3, 250), (0, 255)),  # a byte
        ((3, 17), (0, 20)),
        ((48.1, 52.3), (45, 55)),  # a latitude: its distance from 0 means nothing
        ((1990, 2023), (1950, 2050)),
        ((-12, 31), (-50, 50)),
        ((0.99, 1299), (0, 2000)),
        ((1_333_333_334, 2_100_000_000), (1_000_000_000, 2_147_483_647)),  # not out of int32
        ((0, 0), (0, 1)),
    ],
)
def test_bounds_are_those_that_somebody_would_write(
    seen: tuple[float, float], bounds: tuple[float, float]
) -> None:
    """A natural range that the data fill half of; else the next 1, 2, 5 times a power of ten."""
    assert outward(*seen, few=False) == bounds


NUMBERS = st.one_of(
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-9, 9),
)


@given(NUMBERS, NUMBERS, st.booleans())
def test_bounds_hold_what_was_seen(one: float, other: float, few: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever was seen lies inside, exactly; of whole numbers the bounds are whole."""
    least, most = min(one, other), max(one, other)
    low, high = outward(least, most, few=few)
    assert low <= least
    assert most <= high
    if isinstance(least, int) and isinstance(most, int):
        assert isinstance(low, int)
        assert isinstance(high, int)
    assert least < 0 or low >= 0


@given(NUMBERS, NUMBERS)
def test_few_rows_make_bounds_no_narrower(one: float, other: float) -> None:
    """What a dozen rows show is a guess."""
    least, most = min(one, other), max(one, other)
    wide, narrow = outward(least, most, few=True), outward(least, most, few=False)
    assert wide[1] - wide[0] >= (narrow[1] - narrow[0]) * (1 - 1e-12)


@given(st.integers(1, 10**12))
def test_nice_lengths_surround_a_length(length: int) -> None:
    """The one above is at most two and a half times the one below."""
    assert nice_below(length) <= length <= nice(length) <= nice_below(length) * 2.5
