r"""`pattern:` a regular expression, matched in time linear in the text, and pools of examples of it.

A pattern comes from another team, and `(a+)+$` keeps Python's backtracking matcher busy for ever; it
cannot be interrupted inside the process. So a pattern becomes a nondeterministic automaton whose sets
of states are followed character by character (Thompson's construction), and remembered. What no such
automaton can say (look-around, back-references) and what would be too large is matched by `re` in a
process of its own that is ended when the time is up.

Patterns mean what Python's `re` says, as in the contract layer. What is drawn satisfies ECMA 262 (to which
JSON Schema refers) as well: there `\d`, `\w`, `\b` are ASCII and no line feed may follow `$`.
"""

import contextlib
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

import numpy as np

from sigpact.contract.patterns import found_in as found_quickly
from sigpact.values.automaton import Automaton, NotRegularError
from sigpact.values.pattern_texts import texts_of

POOL: Final = 1000
"""How many examples a pool has at most,"""
_DRAWN: Final = 400
"""and so many are drawn where no automaton says what they are."""
SECONDS: Final = 5.0
"""How long the process may take that matches what an automaton cannot."""


class PatternTimeoutError(Exception):
    """Matching took longer than `SECONDS`: nothing is known of these texts."""


class Pattern:
    """A pattern that is searched in texts: it matches where it is found anywhere, unless anchored.

    Raises `re.error` for a text that is no pattern.
    """

    def __init__(self, pattern: str) -> None:
        self._source = pattern
        self.automaton: Automaton | None = None
        # `[[a]` warns of what a later Python may mean by it.
        with warnings.catch_warnings(), contextlib.suppress(NotRegularError):
            warnings.simplefilter("ignore", FutureWarning)
            re.compile(pattern)
            self.automaton = Automaton(pattern)

    @property
    def is_linear(self) -> bool:
        """Whether an automaton matches it, in this process."""
        return self.automaton is not None

    def found_in(self, texts: Iterable[str]) -> list[bool]:
        """Say of each text whether the pattern is found in it.

        Raises `PatternTimeoutError`; never for a pattern that `is_linear`.
        """
        if self.automaton is not None:
            return [self.automaton.finds(text) for text in texts]
        every = list(texts)
        quick = {text: found_quickly(self._source, text) for text in set(every)}
        slow = [text for text, found in quick.items() if found is None]
        answers = quick | dict(zip(slow, _found_apart(self._source, slow), strict=True))
        return [bool(answers[text]) for text in every]


_APART: Final = (
    "import json, re, sys\n"
    "pattern, texts = json.load(sys.stdin)\n"
    "json.dump([re.search(pattern, text) is not None for text in texts], sys.stdout)\n"
)


def _found_apart(source: str, texts: list[str]) -> list[bool]:
    if not texts:
        return []
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, the pattern travels as data
            [sys.executable, "-I", "-S", "-c", _APART],
            input=json.dumps([source, texts]),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise PatternTimeoutError from error
    return [bool(each) for each in json.loads(done.stdout)]


@cache
def pattern_pool(pattern: str, low: int, high: int) -> tuple[str, ...]:
    """Return up to `POOL` different texts in which the pattern is found, of `low` to `high` characters.

    The same pattern gives the same pool: of each length that there is, through each alternative. What no
    automaton says is drawn by Hypothesis, and filled up where the pattern allows it.
    """
    matcher = Pattern(pattern)
    if matcher.automaton is not None:
        rng = np.random.Generator(np.random.PCG64(0))
        made = dict.fromkeys(texts_of(matcher.automaton, (low, high), 3 * POOL, rng))
        fitting = [each for each in made if low <= len(each) <= high and not _is_odd(pattern, each)]
        found = matcher.found_in(fitting)
        return tuple(each for each, matches in zip(fitting, found, strict=True) if matches)[:POOL]
    return _by_hypothesis(pattern, low, high)


def _is_odd(pattern: str, text: str) -> bool:
    """Whether a line feed stands where ECMA 262 has none: before the end that `$` means."""
    return "$" in pattern and text.endswith("\n")


def _by_hypothesis(pattern: str, low: int, high: int) -> tuple[str, ...]:
    from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: PLC0415 - 0.4 s, and rarely needed
    from hypothesis import strategies as st  # noqa: PLC0415 - the same

    found = dict[str, None]()
    compiled = re.compile(pattern, 0 if "(?" in pattern else re.ASCII)
    alphabet = st.characters(codec="utf-8")
    drawn = st.one_of(
        st.from_regex(compiled, fullmatch=True, alphabet=alphabet), st.from_regex(compiled, alphabet=alphabet)
    )

    @seed(0)
    @settings(
        max_examples=_DRAWN,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn)
    def collect(text: str) -> None:
        found[text] = None

    collect()
    fitting = [text for text in _fitting(list(found), low, high) if not _is_odd(pattern, text)]
    matcher = Pattern(pattern)
    return tuple(text for text, matches in zip(fitting, matcher.found_in(fitting), strict=True) if matches)[
        :POOL
    ]


def _fitting(texts: list[str], low: int, high: int) -> Iterator[str]:
    """Yield what fits, and of what is too short or long the nearest that might."""
    fits = dict[str, None]()
    for text in texts:
        for each in (text, text + " " * (low - len(text)), text + text[-1:] * (low - len(text)), text[:high]):
            if low <= len(each) <= high:
                fits[each] = None
    yield from fits
