"""Which breach is the same on a smaller request, and how many smaller requests are tried."""

import numpy as np
import pytest

from sigpact.checks.breaches import Breach
from sigpact.engine.shrinking import budget_for, is_same
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import value


def refused(message: str, rule: str = "request-refused") -> Breach:
    """Return that the server said no."""
    return Breach(rule, (), None, "an answer", message, 1, 1)


SAME = [
    ("400 Matrix size-incompatible: In[0]: [2,3]", "400 Matrix size-incompatible: In[0]: [1,3]", True),
    ("400 slice index 5 of dimension 0", "400 slice index 12 of dimension 0", True),
    ('400 JSON Value: "abc" Type: String', '400 JSON Value: "a" Type: String', True),
    ("400 could not convert string: abc def", "400 could not convert string: a", True),
    ("400 Matrix size-incompatible: In[0]", "400 Input to reshape is a tensor", False),
    ("400 no such title", "500 no such title", False),
]


@pytest.mark.parametrize(("one", "other", "expected"), SAME)
def test_a_refusal_is_the_same_in_the_same_words(one: str, other: str, *, expected: bool) -> None:
    """Numbers and what is quoted are the request's; another status or other words are another trouble."""
    assert is_same(refused(one), refused(other)) == expected
    assert not is_same(refused(one), refused(one, "answer-unreadable"))
    assert is_same(refused("a b", "model-crashed"), refused("c d", "model-crashed"))


@pytest.mark.parametrize(
    ("shape", "rule", "calls", "at_once"),
    [
        ((4, 1), "request-refused", 600, 32),
        ((4, 200_000), "request-refused", 100, 32),
        ((1, 10**7), "request-refused", 40, 32),
        ((4, 1), "model-crashed", 200, 1),
        ((4, 1), "model-hung", 40, 1),
    ],
)
def test_large_and_costly_requests_are_tried_less(
    shape: tuple[int, ...], rule: str, calls: int, at_once: int
) -> None:
    """By the numbers of a row; what costs seconds a call goes one by one."""
    made = value("int8", np.zeros(shape))
    budget = budget_for(Request(Origin.RANDOM, {"x": made}, {}, shape[0]), rule)
    assert (budget.calls, budget.at_once) == (calls, at_once)
