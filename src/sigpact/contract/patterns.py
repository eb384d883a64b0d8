"""Regular expressions of contracts: whether they compile, what lengths they match, and matching without risk.

A contract comes from another team: a pattern can be written so that matching takes for ever. Here only
patterns that cannot are matched; the checks match the others under a time limit.
"""

import re
import warnings
from functools import lru_cache
from re import _constants, _parser  # type: ignore[attr-defined] # the only way to see inside a pattern
from typing import Any, Final

from sigpact.frozen import frozen

_MAX_WIDTH: Final = 1 << 20
_MAX_TEXT: Final = 200
_MAX_CHOICES: Final = 3
"""Three choices over 200 characters, or two and the place to begin, cost at most some million steps."""
_REPEATS: Final = frozenset([_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT])


@frozen
class Pattern:
    """A pattern that compiles: the fewest characters that it matches, the most that a whole text may have."""

    least: int
    most: int | None
    """None where it is not anchored at both ends, or has no limit."""
    is_quick: bool


@lru_cache(maxsize=1024)
def pattern(text: str) -> Pattern:
    """Return what is known of a pattern. Raises `re.error` (`ValueError` for sizes and depth)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text)
            parsed = _parser.parse(text)
    except (OverflowError, RecursionError, MemoryError) as error:
        raise ValueError(str(error) or "it nests too deep") from None
    least, most = parsed.getwidth()
    anchored = _is_anchored(list(parsed))
    # `$` lets one line break follow
    limit = most + 1 if anchored and most < _MAX_WIDTH else None
    searched = not (len(parsed) and parsed[0] == (_constants.AT, _constants.AT_BEGINNING))
    return Pattern(least, limit, _choices(parsed) + searched <= _MAX_CHOICES)


def _is_anchored(items: list[Any]) -> bool:
    if len(items) < 2:
        return False
    begins = [(_constants.AT, _constants.AT_BEGINNING), (_constants.AT, _constants.AT_BEGINNING_STRING)]
    ends = [(_constants.AT, _constants.AT_END), (_constants.AT, _constants.AT_END_STRING)]
    return items[0] in begins and items[-1] in ends


def _choices(parsed: Any, *, repeated: bool = False) -> int:
    """Count what makes matching try again; a choice inside a repeat counts as too many."""
    count = 0
    for operator, argument in parsed:
        if operator in _REPEATS:
            least, most, body = argument
            count += (least != most) * _cost(repeated=repeated)
            count += _choices(body, repeated=repeated or most > 1)
        else:
            count += (operator is _constants.BRANCH) * _cost(repeated=repeated)
            count += sum(_choices(each, repeated=repeated) for each in _bodies(argument))
    return count


def _cost(*, repeated: bool) -> int:
    return _MAX_CHOICES + 1 if repeated else 1


def _bodies(argument: Any) -> list[Any]:
    """Return the patterns inside the argument of an operator."""
    if isinstance(argument, _parser.SubPattern):
        return [argument]
    if isinstance(argument, list | tuple):
        return [body for each in argument for body in _bodies(each)]
    return []


def found_in(text: str, value: str) -> bool | None:
    """Whether a pattern is found in a value; None where finding out could take long."""
    try:
        if len(value) > _MAX_TEXT or not pattern(text).is_quick:
            return None
    except (ValueError, re.error):
        return None
    return re.search(text, value) is not None
