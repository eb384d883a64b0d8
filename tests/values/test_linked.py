"""Linked sizes: nothing that goes together is cut off, and no end is left that no link allows."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.expressions import parse
from sigpact.tensors.shapes import evaluate
from sigpact.values.linked import Link, interval, tightened
from sigpact.values.plan import plan
from tests.values.builders import contract, tensor

_EXPRESSIONS = st.sampled_from(
    [
        "a-b",
        "2*a-b",
        "(a-4)//2+1",
        "min(3, a)-b",
        "max(a, b)-5",
        "a*b-6",
        "-a+b",
        "a%3-1",
        "a//b",
        "a%b",
        "a*a-7",
    ]
)
_SPANS = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (min(pair), max(pair)))


def value(text: str, a: int, b: int) -> int | None:
    """Return what an expression comes to; None where it divides by zero."""
    try:
        return evaluate(parse(text), {"a": a, "b": b})
    except ZeroDivisionError:
        return None


@given(texts=st.lists(_EXPRESSIONS, min_size=1, max_size=3), a=_SPANS, b=_SPANS, least=st.integers(0, 2))
def test_what_goes_together_is_kept(
    texts: list[str], a: tuple[int, int], b: tuple[int, int], least: int
) -> None:
    """Against all pairs: the spans that are left hold every pair that all links allow."""
    links = [Link(parse(text), least) for text in texts]
    pairs = [
        pair for pair in itertools.product(range(a[0], a[1] + 1), range(b[0], b[1] + 1))
        if all((found := value(text, *pair)) is None or found >= least for text in texts)
    ]  # fmt: skip
    left = tightened(links, [("a",), ("b",)], {"a": a, "b": b})
    if left is None:
        assert pairs == []
        return
    for at, name in enumerate("ab"):
        low, high = left[name]
        assert all(low <= pair[at] <= high for pair in pairs)


@given(text=_EXPRESSIONS, a=_SPANS, b=_SPANS)
def test_an_interval_holds_every_value(text: str, a: tuple[int, int], b: tuple[int, int]) -> None:
    """And of points it is the value."""
    low, high = interval(parse(text), {"a": a, "b": b})
    every = [value(text, *pair) for pair in itertools.product(range(a[0], a[1] + 1), range(b[0], b[1] + 1))]
    assert all(each is None or low <= each <= high for each in every)
    point = value(text, a[0], b[0])
    assert point is None or interval(parse(text), {"a": (a[0], a[0]), "b": (b[0], b[0])}) == (point, point)


A, C = {"a": 52}, {"c": 58}


@pytest.mark.parametrize(
    ("shapes", "dims", "low", "high"),
    [
        ((("n",), ("(n-400)//160+1",)), {"n": (1, 16000)}, {"n": 400}, {"n": 16000}),
        (
            (("a", "b", "c"), ("a-b", "b-c")),
            {"a": (1, 60), "b": (1, 60), "c": (50, 60)},
            {"a": 52},
            {"c": 58},
        ),
        ((("batch", "n"), ("batch", "n-2")), {"n": (0, 9)}, {"n": 3}, {"n": 9}),
    ],
)
def test_hard_sizes_are_drawn(shapes: Any, dims: Any, low: dict[str, int], high: dict[str, int]) -> None:
    """The least and the greatest size that goes with others is sent."""
    inputs = [tensor(f"x{at}", "int8", *each, minimum=0, maximum=9) for at, each in enumerate(shapes)]
    planned = plan(*contract(*inputs, dims=dims), rows=30, seed=0)
    assert planned.undrawable == ()
    requests = list(planned.requests)
    for name, size in low.items():
        assert min(each.sizes[name] for each in requests) == size
    for name, size in high.items():
        assert max(each.sizes[name] for each in requests) == size


@pytest.mark.parametrize("last", ["f", None])
def test_columns_and_labels_count_an_axis(last: str | None) -> None:
    """A name that nothing else bounds has as many positions, a `null` as well."""
    from sigpact.contract.model import Column, Domain, Labels  # noqa: PLC0415 - beside what it makes

    columns = tuple(Column(f"c{at}", Domain(minimum=0, maximum=at + 1), ()) for at in range(20))
    labels = Labels(tuple(map(str, range(12))), -1)
    for made, count in (
        (tensor("x", "float32", "batch", last, columns=columns), 20),
        (tensor("x", "float32", "batch", last, minimum=0, maximum=1, labels=labels), 12),
    ):
        planned = plan(*contract(made), rows=20, seed=0)
        assert planned.undrawable == ()
        assert {each.values["x"].shape[1] for each in planned.requests} == {count}
