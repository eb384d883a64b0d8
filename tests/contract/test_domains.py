"""Domains: membership and emptiness, two implementations that must agree, and both with brute force."""

import math
import struct

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sigpact.contract.domains import admits_nothing, outside, rounded, spoken
from sigpact.contract.model import BytesFile, Domain
from sigpact.tensors.dtypes import BY_NAME

_BOUND = st.none() | st.integers(-140, 140) | st.integers(-280, 280).map(lambda n: n / 4)
_DOMAINS = st.builds(
    Domain,
    minimum=_BOUND,
    maximum=_BOUND,
    exclusive_minimum=_BOUND,
    exclusive_maximum=_BOUND,
    multiple_of=st.none() | st.sampled_from([1, 2, 3, 7, 0.5, 2.5, 0.1, 50]),
)


@settings(max_examples=150, deadline=None)
@given(_DOMAINS, st.sampled_from(["int8", "uint8"]))
def test_integers_are_admitted_as_brute_force_says(domain: Domain, name: str) -> None:
    """A domain is empty where every value of the dtype lies outside."""
    dtype = BY_NAME[name]
    inside = [n for n in range(dtype.minimum, dtype.maximum + 1) if outside(domain, (name,), n) is None]
    assert (admits_nothing(domain, (name,), whole=True) is None) == bool(inside)


def _half(bits: int) -> float:
    (value,) = struct.unpack("<e", struct.pack("<H", bits))
    return float(value)


_HALVES = sorted({_half(bits) for bits in range(1 << 16) if math.isfinite(_half(bits))}, key=abs)


@settings(max_examples=15, deadline=None)
@given(
    st.builds(
        Domain,
        minimum=st.none() | st.floats(-70000, 70000),
        maximum=st.none() | st.floats(-1, 1) | st.just(0.1),
        exclusive_minimum=st.none() | st.floats(-1e-7, 1e-7) | st.just(0.0999),
        exclusive_maximum=st.none() | st.sampled_from([0, 1e-7, 6e-8, 0.1, 65504]),
    )
)
def test_half_floats_are_admitted_as_brute_force_says(domain: Domain) -> None:
    """Bounds round to the dtype, so a bound between two values admits the nearer."""
    inside = any(outside(domain, ("float16",), value) is None for value in _HALVES)
    assert (admits_nothing(domain, ("float16",), whole=False) is None) == inside


@given(
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    st.sampled_from(["float32", "float64", "float16"]),
)
def test_a_bound_is_inside_itself(value: float, dtype: str) -> None:
    """Inclusive bounds include, exclusive ones exclude, after rounding."""
    assume(math.isfinite(rounded(value, BY_NAME[dtype])))
    assert outside(Domain(minimum=value, maximum=value), (dtype,), value) is None
    assert outside(Domain(exclusive_minimum=value), (dtype,), value) is not None
    assert outside(Domain(exclusive_maximum=value), (dtype,), value) is not None
    assert admits_nothing(Domain(minimum=value, maximum=value), (dtype,), whole=False) is None
    assert admits_nothing(Domain(minimum=value, exclusive_maximum=value), (dtype,), whole=False) is not None


@pytest.mark.parametrize(
    ("domain", "dtypes", "value", "reason"),
    [
        # float32(0.1) is 0.100000001490116, and is not above 0.1
        (Domain(maximum=0.1), ("float32",), 0.100000001490116, None),
        (Domain(exclusive_minimum=0.1), ("float32",), 0.100000001490116, "breaks exclusiveMinimum 0.1"),
        (Domain(maximum=0.1), ("float64",), 0.100000001490116, "breaks maximum 0.1"),
        # inside one of several dtypes is inside
        (Domain(), ("int8", "int16"), 200, None),
        (Domain(), ("int8", "uint8"), 300, "is outside int8"),
        (Domain(), ("float32",), 1e39, "is outside float32"),
        (Domain(), ("float32",), 10**400, "is outside float32"),
        (Domain(), ("number",), 1e300, None),
        (Domain(multiple_of=0.1), ("number",), 0.3, None),
        (Domain(multiple_of=0.1), ("number",), 0.35, "is no multiple of 0.1"),
        (Domain(enum=(0.1, 2)), ("float32",), 0.10000000149011612, None),
        (Domain(enum=(0.1, 2)), ("float64",), 0.10000000149011612, "is not in enum [0.1, 2]"),
        (Domain(enum=("a", "b")), ("text",), "c", "is not in enum [a, b]"),
        (Domain(enum=tuple(range(9))), ("integer",), 9, "is not in enum [0, 1, 2, 3, 4, 5, 6, 7, …]"),
        (Domain(min_length=2), ("text",), "é", "has 1 characters, fewer than minLength 2"),
        (Domain(max_length=1), ("bytes",), b"ab", "has 2 bytes, more than maxLength 1"),
        (Domain(max_length=1), ("text",), "\U0001f600", None),
        (Domain(pattern="b"), ("text",), "abc", None),
        (Domain(pattern="^b"), ("text",), "abc", "does not match pattern '^b'"),
        (Domain(minimum=5), ("boolean",), True, None),
        (Domain(max_length=1), ("bytes",), BytesFile("/x"), None),
    ],
)
def test_outside(
    domain: Domain, dtypes: tuple[str, ...], value: float | str | bytes, reason: str | None
) -> None:
    """The reason names the keyword that is broken."""
    assert outside(domain, dtypes, value) == reason


def test_the_bounds_are_spoken_in_the_words_of_the_contract() -> None:
    """And a domain without bounds has those of its dtype."""
    assert spoken(Domain(minimum=1, exclusive_maximum=0)) == "minimum 1 and exclusiveMaximum 0"
    assert spoken(Domain()) == "its dtype"
