"""Patterns mean what `re` says, and none takes for ever."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sigpact.values import patterns
from sigpact.values.patterns import Pattern, PatternTimeoutError, pattern_pool

_ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "é",
        ".",
        r"\d",
        r"\D",
        r"\w",
        r"\W",
        r"\s",
        r"\S",
        "[ab]",
        "[^a]",
        "[a-c0-9]",
        r"[^\s\d]",
        r"\.",
        "^",
        "$",
        r"\A",
        r"\Z",
        r"\b",
        r"\B",
        r"[\]$^]",
        "(?s:.)",
    ]
)


_REPEATS = st.sampled_from(["*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{0,2}", "{2,}"])


@st.composite
def patterns_of(draw: st.DrawFn, depth: int = 4) -> str:
    """Draw a pattern that nests at most so deep."""
    form = draw(st.integers(0, 4)) if depth else 0
    match form:
        case 0:
            return draw(_ATOMS)
        case 1:
            return draw(patterns_of(depth - 1)) + draw(patterns_of(depth - 1))
        case 2:
            return f"(?:{draw(patterns_of(depth - 1))}|{draw(patterns_of(depth - 1))})"
        case 3:
            return f"({draw(patterns_of(depth - 1))})"
        case _:
            return f"(?:{draw(patterns_of(depth - 1))}){draw(_REPEATS)}"


TEXTS = st.text(st.sampled_from("abcé09_ .\n\t]$^"), max_size=8)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


@given(patterns_of().filter(_compiles), st.lists(TEXTS, min_size=1, max_size=8))
@example("a$", ["a", "a\n", "a\n\n", "\na"])
@example(r"\b", ["", "a", " ", "é"])
@example(r"\B", ["", "a", " "])
@example("$", ["", "\n", "a"])
@example("(?:a*)*", ["", "b"])
@example("(?:^a|b$)+", ["ab", "ba", "a\nb"])
@settings(max_examples=400)
def test_it_finds_what_re_finds(pattern: str, texts: list[str]) -> None:
    """The automaton answers as `re.search` does, whatever pattern and texts."""
    found = Pattern(pattern).found_in(texts)
    assert found == [re.search(pattern, text) is not None for text in texts]


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)+$", "(.*)*x$", "(a*a*a*a*a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_catastrophic_patterns_end(pattern: str) -> None:
    """Patterns that keep a backtracking matcher busy for years are matched in one pass."""
    matcher = Pattern(pattern)
    assert matcher.is_linear
    assert matcher.found_in(["a" * 3000 + "!"]) == [False]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^(?!.*secret).*$", "a secret", False),
        ("^(?!.*secret).*$", "open", True),
        (r"(a)\1", "aa", True),
        ("(?i)drama", "DRAMA", True),
        ("(?<=x)y", "ay", False),
    ],
)
def test_what_is_not_regular_is_left_to_re(pattern: str, text: str, *, found: bool) -> None:
    """Look-around, back-references and flags are matched all the same, short texts in this process."""
    matcher = Pattern(pattern)
    assert not matcher.is_linear
    assert matcher.found_in([text, text]) == [found, found]


def test_long_texts_of_irregular_patterns_are_matched_apart() -> None:
    """A text that might take long goes to another process, and its answer comes back."""
    assert Pattern(r"(\w+)\1z").found_in(["ab" * 150 + "z", "short", "ab" * 150]) == [True, False, False]


def test_irregular_patterns_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-ahead with a catastrophe inside does not hang; that nothing is known is said."""
    monkeypatch.setattr(patterns, "SECONDS", 0.5)
    with pytest.raises(PatternTimeoutError):
        Pattern("^(?=(a+)+$)").found_in(["a" * 60 + "!"])


def test_large_repeats_do_not_explode() -> None:
    """A pattern of more nodes than bearable is no automaton, and is matched apart."""
    matcher = Pattern("^(?:[ab]{100}){60}$")
    assert not matcher.is_linear
    assert matcher.found_in(["ab"]) == [False]


@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [(r"^[A-Z]{2}\d{4}$", 0, 64), ("foo+", 5, 9), (r"^\w+$", 3, 5), (r"^(?!x)\w+$", 1, 4), ("é|ß", 2, 3)],
)
def test_pools_hold_what_matches(pattern: str, low: int, high: int) -> None:
    """Every example of a pool matches, as `re` says and as ECMA 262 says, and has an admitted length."""
    pool = pattern_pool(pattern, low, high)
    assert pool
    assert len(set(pool)) == len(pool)
    assert all(re.search(pattern, each) and low <= len(each) <= high for each in pool)
    assert not any(each.endswith("\n") for each in pool if pattern.endswith("$"))


def test_pools_repeat() -> None:
    """The same pattern gives the same examples."""
    assert pattern_pool("^[a-c]{3}$", 0, 64) == pattern_pool("^[a-c]{3}$", 0, 64)


def test_pools_are_ascii_where_ecma_is() -> None:
    r"""`\d` draws the digits that JSON Schema's dialect knows, though `re` knows more."""
    assert all(each.isascii() for each in pattern_pool(r"^\d{3}$", 0, 64))


def test_pools_of_impossible_lengths_are_empty() -> None:
    """Where no text of that length matches there is no pool."""
    assert pattern_pool("^[a-z]{3}$", 4, 9) == ()


REGULAR = (
    "^[a-z]+$",
    "^[A-Z]{2}[0-9]{6}$",
    "^(a|b|c|dd|eee)$",
    "^.{1,200}$",
    "foo",
    "[0-9]",
    r"^https?://[^\s/]+/\S*$",
    r"^\w+@\w+\.(com|org|net|de)$",
    r"\bcat\b",
    "^a*b?$",
    "x{3,5}|y{7}",
)


@pytest.mark.parametrize("pattern", REGULAR)
@pytest.mark.parametrize(("low", "high"), [(0, 8), (6, 40), (0, 200)])
def test_pools_reach_the_lengths(pattern: str, low: int, high: int) -> None:
    """The shortest and the longest text that there is between the bounds, and many between, all matching."""
    pool = pattern_pool(pattern, low, high)
    assert all(re.search(pattern, each) and low <= len(each) <= high for each in pool)
    possible = [length for length in range(low, high + 1) if _has_text(pattern, length)]
    if not possible:
        assert pool == ()
        return
    lengths = {len(each) for each in pool}
    assert {possible[0], possible[-1]} <= lengths
    assert len(pool) > 20 or pattern in {"^(a|b|c|dd|eee)$", "^a*b?$", "^[A-Z]{2}[0-9]{6}$", "x{3,5}|y{7}"}


def _has_text(pattern: str, length: int) -> bool:
    """Whether a text of a length matches, tried with a few hundred of these shapes."""
    tried = ["a" * length, "a" * (length - 1) + "b", "dd", "eee", "AB123456", "5" * length]
    tried += [
        f"foo{'-' * (length - 3)}",
        f"cat{'-' * (length - 3)}",
        "x" * length,
        f"xxx{'a' * (length - 3)}",
    ]
    tried += [f"http://a/{'b' * (length - 9)}", f"a@b.{'com'}", f"{'a' * (length - 5)}@b.de"]
    return any(len(each) == length and re.search(pattern, each) is not None for each in tried)


def test_every_alternative_is_taken() -> None:
    """In few texts, however many ways there are."""
    days = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
    pool = pattern_pool(f"^({days})-(0[1-9]|1[0-2])$", 0, 64)
    assert {each[:3] for each in pool} == set(days.split("|"))
    assert {each[4:] for each in pool} == {f"{month:02}" for month in range(1, 13)}
    assert set(pattern_pool("^(a|b|c|dd|eee)$", 0, 9)) == {"a", "b", "c", "dd", "eee"}


def test_pools_are_not_ascii_alone() -> None:
    """Where the pattern lets them: other scripts, beyond the BMP, white space; not where words are meant."""
    texts = "".join(pattern_pool("^.{1,50}$", 0, 50))
    assert any(each > "\uffff" for each in texts)
    assert "日" in texts
    assert "ש" in texts
    assert "\t" in texts
    assert "".join(pattern_pool(r"^\w+$", 0, 50)).isascii()
