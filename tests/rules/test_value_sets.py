"""The integers that a contract's bounds admit, and what they meet at a dtype, against brute force."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.contract.model import Column, Domain, Tensor
from sigpact.frozen import replace
from sigpact.rules.literals import _fractions, _integers
from sigpact.rules.outcomes import Breaks, Effect, Safe, Silent, Undecided
from sigpact.rules.value_sets import Whole, whole_numbers
from sigpact.tensors.dtypes import BY_NAME

SPAN = range(-40, 41)
BOUNDS = st.one_of(st.none(), st.integers(-12, 12), st.sampled_from([-3.5, 0.5, 7.25]))
STEPS = st.sampled_from([None, 1, 2, 3, 5, 0.5, 1.5, 2.0])
ENUMS = st.one_of(st.none(), st.lists(st.sampled_from([-9, -1, 0, 2.0, 2.5, 3, 11]), min_size=1).map(tuple))


@st.composite
def domains(draw: st.DrawFn) -> Domain:
    """Draw bounds of every kind, steps and enums, together."""
    return Domain(
        minimum=draw(BOUNDS),
        maximum=draw(BOUNDS),
        exclusive_minimum=draw(BOUNDS),
        exclusive_maximum=draw(BOUNDS),
        multiple_of=draw(STEPS),
        enum=draw(ENUMS),
    )


def sending(*found: Domain, word: str = "integer") -> Tensor:
    """Return an input with one domain, or with one for each column."""
    tensor = Tensor("x", (word,), ())
    if len(found) == 1:
        return replace(tensor, domain=found[0])
    return replace(tensor, columns=tuple(Column(f"c{at}", each, ()) for at, each in enumerate(found)))


def admits(domain: Domain, number: int) -> bool:
    """Whether JSON Schema's own words admit a number."""
    return (
        (domain.minimum is None or number >= domain.minimum)
        and (domain.maximum is None or number <= domain.maximum)
        and (domain.exclusive_minimum is None or number > domain.exclusive_minimum)
        and (domain.exclusive_maximum is None or number < domain.exclusive_maximum)
        and (domain.multiple_of is None or (number / domain.multiple_of).is_integer())
        and (domain.enum is None or number in domain.enum)
    )


def held(parts: tuple[Whole, ...]) -> set[int]:
    """Return the members of some sets that lie in the span."""
    return {
        number
        for part in parts
        for number in SPAN
        if (part.least is None or number >= part.least)
        and (part.most is None or number <= part.most)
        and number % part.step == 0
    }


@given(domains())
def test_bounds_make_the_set_that_they_say(domain: Domain) -> None:
    """Every number that each word of the contract admits, and no other."""
    assert held(whole_numbers("integer", sending(domain))) == {each for each in SPAN if admits(domain, each)}


@given(domains())
def test_a_dtype_bounds_what_is_sent(domain: Domain) -> None:
    """An unsigned dtype sends no negative number, whatever the contract leaves open."""
    found = whole_numbers("uint8", sending(domain, word="uint8"))
    assert held(found) == {each for each in SPAN if each >= 0 and admits(domain, each)}
    assert all(not part.is_open for part in found)


@given(st.lists(domains(), min_size=1, max_size=3), st.integers(-12, 12), st.integers(0, 12))
def test_within_is_set_inclusion(found: list[Domain], least: int, size: int) -> None:
    """Bounded sets lie within two numbers exactly where each member does."""
    parts = whole_numbers("integer", sending(*found))
    members = held(parts)
    bounded = all(part.is_empty or not part.is_open for part in parts)
    expected = bounded and all(least <= each <= least + size for each in members)
    assert all(part.within(least, least + size) for part in parts) is expected


@given(st.integers(-70, 70), st.integers(0, 40), st.integers(1, 24), st.integers(1, 5))
def test_what_a_float_holds_exactly(least: int, count: int, step: int, mantissa: int) -> None:
    """A number of few significant bits, compared with rounding it bit by bit."""
    start = -(-least // step) * step
    part = Whole(start, start + count * step, step)

    def rounded(number: int) -> bool:
        while number and number % 2 == 0:
            number //= 2
        return abs(number) < 1 << mantissa

    assert part.is_exact(mantissa) is all(
        rounded(each) for each in range(start, start + count * step + 1, step)
    )


@pytest.mark.parametrize("step", [1, 2, 3, 6, 1024])
def test_long_ranges_are_judged_like_short_ones(step: int) -> None:
    """Where not every number is looked at, the last exact one is still the last."""
    exact = (step & -step) << 24
    top = exact // step * step
    assert Whole(0, top, step).is_exact(24)
    assert not Whole(0, top + 2 * step, step).is_exact(24)


def word(effect: Effect) -> str:
    """Say an effect in a word."""
    match effect:
        case Breaks():
            return "breaks"
        case Silent(constrained=constrained):
            return "silent!" if constrained else "silent"
        case Undecided():
            return "undecided"
        case Safe():
            return "safe"


INTEGERS: list[tuple[Domain, str, str]] = [
    # an exclusive bound is not sent
    (Domain(minimum=0, exclusive_maximum=256), "uint8", "safe"),
    (Domain(minimum=0, maximum=256), "uint8", "silent!"),
    (Domain(exclusive_minimum=-1, maximum=255), "uint8", "safe"),
    (Domain(exclusive_minimum=-2, maximum=255), "uint8", "silent!"),
    (Domain(minimum=0.5, maximum=255.5), "uint8", "safe"),
    # multiples: 250 is the last one
    (Domain(minimum=0, maximum=259, multiple_of=10), "uint8", "safe"),
    (Domain(minimum=0, maximum=260, multiple_of=10), "uint8", "silent!"),
    # members one by one
    (Domain(enum=(0, 255)), "uint8", "safe"),
    (Domain(enum=(0, 256)), "uint8", "silent!"),
    (Domain(enum=(0, 1 << 40)), "uint8", "breaks"),
    (Domain(enum=(0, 1 << 40)), "int64", "safe"),
    # one open end: what is known to lie outside decides, else nothing does
    (Domain(minimum=0), "uint32", "undecided"),
    (Domain(minimum=-1), "uint32", "breaks"),
    (Domain(minimum=1 << 31), "int32", "breaks"),
    (Domain(maximum=-200), "int8", "silent!"),
    (Domain(), "int32", "undecided"),
    (Domain(), "int64", "safe"),
    (Domain(minimum=1 << 63), "int64", "breaks"),
    # floats hold what has few significant bits
    (Domain(minimum=-(1 << 24), maximum=1 << 24), "float32", "safe"),
    (Domain(minimum=0, maximum=(1 << 24) + 1), "float32", "silent!"),
    (Domain(enum=(0, 1 << 40)), "float32", "safe"),
    (Domain(enum=(0, (1 << 40) + 1)), "float32", "silent!"),
    (Domain(minimum=0, maximum=1 << 25, multiple_of=2), "float32", "safe"),
    (Domain(minimum=0), "float32", "undecided"),
    (Domain(minimum=(1 << 24) + 1), "float32", "silent!"),
    (Domain(minimum=0, maximum=1 << 53), "float64", "safe"),
    # bounds that admit nothing send nothing
    (Domain(minimum=5, maximum=3), "uint8", "safe"),
]


@pytest.mark.parametrize(("domain", "found", "expected"), INTEGERS)
def test_integers_at_a_dtype(domain: Domain, found: str, expected: str) -> None:
    """What is sent lies inside what is taken, or something is known to lie outside."""
    assert word(_integers("integer", sending(domain), BY_NAME[found])) == expected


def test_columns_are_judged_together() -> None:
    """One column outside is enough, and a bounded one does not close an open one."""
    small, great = Domain(minimum=0, maximum=9), Domain(minimum=0, maximum=999)
    assert word(_integers("integer", sending(small, small), BY_NAME["uint8"])) == "safe"
    assert word(_integers("integer", sending(small, great), BY_NAME["uint8"])) == "silent!"
    assert word(_integers("integer", sending(small, Domain(minimum=0)), BY_NAME["uint8"])) == "undecided"


FRACTIONS: list[tuple[str, Domain, str, str]] = [
    ("float64", Domain(), "float32", "silent"),
    ("float64", Domain(minimum=-1, maximum=1), "float32", "silent"),
    ("float64", Domain(minimum=0, maximum=1e39), "float32", "silent!"),
    ("float64", Domain(minimum=-1e39), "float32", "silent!"),
    # the greatest float32 as people write it
    ("number", Domain(minimum=0, maximum=3.4028235e38), "float32", "safe"),
    ("number", Domain(minimum=0, maximum=3.41e38), "float32", "silent!"),
    ("number", Domain(enum=(0.5, 1e300)), "float32", "silent!"),
    ("number", Domain(minimum=0, maximum=1e300), "float64", "safe"),
    ("float32", Domain(), "float64", "safe"),
]


@pytest.mark.parametrize(("sent", "domain", "found", "expected"), FRACTIONS)
def test_fractions_at_a_dtype(sent: str, domain: Domain, found: str, expected: str) -> None:
    """Rounding is told of doubles, infinities of everybody whose bounds reach there."""
    assert word(_fractions(sent, sending(domain, word=sent), BY_NAME[found], "any")) == expected
