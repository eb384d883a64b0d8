"""Patterns: what lengths they match, and never one that takes long."""

import re

import pytest

from sigpact.contract.patterns import found_in, pattern


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, None),
        ("a+b", 2, None),
        ("[0-9]{4}", 4, None),
        # `$` lets one line break follow
        ("^[0-9]{4}$", 4, 5),
        (r"\A(?:ab|c)\Z", 1, 3),
        ("^a$|b", 1, None),
        ("^a*$", 0, None),
        ("^(?=abc)x", 1, None),
    ],
)
def test_the_lengths_that_a_pattern_matches(text: str, least: int, most: int | None) -> None:
    """A lower bound of every match; an upper one of the whole text where it is anchored."""
    found = pattern(text)
    assert (found.least, found.most) == (least, most)


@pytest.mark.parametrize("text", ["(", "a{2,1}", "[z-a]", "(?P<n>a)(?P<n>b)", "a**"])
def test_a_pattern_that_does_not_compile(text: str) -> None:
    """`re.error`, as Python says it."""
    with pytest.raises(re.error):
        pattern(text)


@pytest.mark.parametrize("text", ["a{99999999999}", "(" * 5000 + ")" * 5000])
def test_a_pattern_that_python_cannot_hold(text: str) -> None:
    """Sizes and depth beyond the limits are one clear error."""
    with pytest.raises((ValueError, re.error)):
        pattern(text)


@pytest.mark.parametrize(
    "text", ["(a+)+$", "(a|aa)+$", "(a?){30}a{30}", "a?" * 30 + "a" * 30, "(a*)*b", "a*a*a*a*b", "((a|b)*)*c"]
)
def test_a_pattern_that_could_take_for_ever_is_not_matched(text: str) -> None:
    """It is left to the checks and their time limit."""
    assert found_in(text, "a" * 40) is None


@pytest.mark.parametrize("text", ["a*a*b", "^a*a*a*b", "(?:a|b)x", "[0-9]{4}-[0-9]{2}", "^[^@]+@[^@]+$"])
def test_a_pattern_that_is_matched_is_quick(text: str) -> None:
    """Even on the longest text that is tried, where nothing matches: else this test does not end."""
    assert found_in(text, "a" * 200) is False


def test_a_text_too_long_is_not_matched() -> None:
    """What is not matched is not decided, in either direction."""
    assert found_in("a", "a" * 201) is None
    assert found_in("b", "a" * 200) is False
    assert found_in("(", "a") is None
