"""Expressions over whole tensors, against a second implementation that goes element by element."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sigpact.contract.model import Tolerance
from sigpact.expressions import Binary, Call, Compare, ListOf, Name, Node, Number, Unary, parse
from sigpact.values.evaluate import Scope, evaluate
from sigpact.values.operands import EvaluationError
from sigpact.wire.arrays import Value, value

Plain = tuple[tuple[int, ...], list[object]]
"""A shape and its elements in C order: plain Python."""


def scope(values: Mapping[str, Value], sizes: Mapping[str, int] | None = None, **more: object) -> Scope:
    """Return a scope without calls."""
    return Scope({(None, name): each for name, each in values.items()}, sizes or {}, **more)  # type: ignore[arg-type]


def _at(plain: Plain, index: tuple[int, ...]) -> object:
    shape, flat = plain
    place = 0
    for size, step in zip(shape, index[len(index) - len(shape) :], strict=True):
        place = place * size + (0 if size == 1 else step)
    return flat[place]


def _each(apply: Callable[..., object], *found: Plain) -> Plain:
    shape = np.broadcast_shapes(*(each[0] for each in found))
    places = itertools.product(*map(range, shape))
    return shape, [apply(*(_at(each, place) for each in found)) for place in places]


def _along(apply: Callable[[list[object]], object], found: Plain, axis: int | None) -> Plain:
    shape, flat = found
    if axis is None:
        return (), [apply(flat)]
    axis %= len(shape)
    rest = (*shape[:axis], *shape[axis + 1 :])
    places = itertools.product(*map(range, rest))
    return rest, [
        apply([_at(found, (*place[:axis], step, *place[axis:])) for step in range(shape[axis])])
        for place in places
    ]


def _divided(a: float, b: float) -> float:
    if b:
        return a / b
    return math.nan if not a or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


_PLAIN: Mapping[str, Callable[..., object]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divided,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "abs": abs,
    "floor": lambda a: float(math.floor(a)) if isinstance(a, float) and math.isfinite(a) else a,
    "sum": sum,
    "min": min,
    "max": max,
    "any": any,
    "all": all,
    "argmax": lambda row: row.index(max(row)),
    "len": len,
}


def slowly(  # noqa: C901, PLR0911 - one case for each kind of node
    tree: Node, values: Mapping[str, Plain]
) -> Plain:
    """Evaluate in plain Python."""
    match tree:
        case Number(value=number):
            return (), [number]
        case Name(name=name):
            return values[name]
        case Unary(operator="not", operand=operand):
            return _each(lambda a: not a, slowly(operand, values))
        case Unary(operand=operand):
            return _each(lambda a: -a, slowly(operand, values))
        case Binary(operator=operator, left=left, right=right):
            return _each(_PLAIN[operator], slowly(left, values), slowly(right, values))
        case Compare(operators=operators, operands=operands):
            found = [slowly(each, values) for each in operands if not isinstance(each, ListOf)]
            links = [
                _each(_PLAIN[operator], *pair)
                for operator, pair in zip(operators, itertools.pairwise(found), strict=True)
            ]
            return _each(lambda *held: all(held), *links)
        case Call(function="len", arguments=(argument,)):
            return _each(len, slowly(argument, values))
        case Call(function=("abs" | "floor") as function, arguments=(argument,)):
            return _each(_PLAIN[function], slowly(argument, values))
        case Call(function=function, arguments=(argument,), axis=axis):
            along = None if axis is None else int(str(slowly(axis, values)[1][0]))
            return _along(_PLAIN[function], slowly(argument, values), along)
        case Call(function=function, arguments=arguments):
            return _each(_PLAIN[function], *(slowly(each, values) for each in arguments))
    raise AssertionError(tree)


_FLOAT = st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, -3.25, 1e3, math.inf, -math.inf]) | st.floats(width=32)
_NUMERIC = st.recursive(
    st.sampled_from(["x", "y", "n", "m", "2", "0.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        inner.map(lambda t: f"abs({t})"),
        inner.map(lambda t: f"floor({t})"),
        inner.map(lambda t: f"(-{t})"),
        st.tuples(inner, inner).map(lambda t: f"min({t[0]}, {t[1]})"),
    ),
    max_leaves=5,
)
_COMPARED = st.tuples(_NUMERIC, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), _NUMERIC).map(" ".join)
_CLAUSES = st.recursive(
    _COMPARED | st.tuples(_COMPARED, st.sampled_from(["<", "<="]), _NUMERIC).map(" ".join),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda t: f"not ({t})"),
    ),
    max_leaves=3,
)


def _plain(found: Value) -> Plain:
    return found.shape, found.array.reshape(-1).tolist()


@given(
    _CLAUSES | _NUMERIC,
    st.lists(_FLOAT, min_size=6, max_size=6),
    st.lists(st.integers(-9, 9), min_size=6, max_size=6),
)
def test_element_by_element_it_is_the_same(text: str, floats: Sequence[float], whole: Sequence[int]) -> None:
    """Shapes that broadcast, NaN and infinities, whole numbers and fractions."""
    values = {
        "x": value("float64", floats), "y": value("float64", floats[:3]),
        "n": value("int64", whole), "m": value("int64", whole[0]),
    }  # fmt: skip
    values["x"] = Value(values["x"].dtype, values["x"].array.reshape(2, 3))
    values["n"] = Value(values["n"].dtype, values["n"].array.reshape(2, 3))
    assume("min(" not in text or not any(map(math.isnan, floats)))  # Python's min keeps what stands first
    tree = parse(text)
    try:
        wanted = slowly(tree, {name: _plain(each) for name, each in values.items()})
    except OverflowError:
        return
    found = evaluate(tree, scope(values))
    assert found.shape == wanted[0]
    np.testing.assert_array_equal(
        np.asarray(found, np.float64).reshape(-1), np.asarray(wanted[1], np.float64)
    )


@pytest.mark.parametrize("function", ["sum", "min", "max", "argmax"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@given(whole=st.lists(st.integers(-9, 9), min_size=6, max_size=6))
def test_reductions_along_an_axis_and_over_everything(
    function: str, axis: int | None, whole: list[int]
) -> None:
    """Ties go to the first, as everywhere."""
    found = value("int32", np.reshape(whole, (2, 3)))
    tree = parse(f"{function}(n)" if axis is None else f"{function}(n, axis={axis})")
    wanted = slowly(tree, {"n": _plain(found)})
    made = evaluate(tree, scope({"n": found}))
    assert (made.shape, made.reshape(-1).tolist()) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x[0]", [1.0, 2.0]), ("x[:, 1]", [2.0, 4.0]), ("x[-1, ::-1]", [4.0, 3.0]), ("x[b - 2, 0]", 1.0),
        ("shape(x)", [2, 2]), ("len(x)", 2), ("len(t)", [2, 0]), ("lower(t)", [b"\xc3\xa9a", b""]),
        ("upper(t) == ['ÉA', '']", [True, True]), ("t in ['x', '']", [False, True]),
        ("startswith(t, 'é')", [True, False]), ("contains(t, '')", [True, True]),
        ("sort(x[:, ::-1])", [[1.0, 2.0], [3.0, 4.0]]), ("unique([3, 1, 3])", [1, 3]),
        ("7 // 2", 3), ("-7 // 2", -4), ("-7 % 3", 2), ("1 / 2", 0.5), ("mean([1, 2])", 1.5),
        ("round(2.5)", 2.0), ("ceil(0.5)", 1.0), ("max(1, 2.5)", 2.5), ("all(x > 0)", True),
        ("any(x > 3, axis=-1)", [False, True]), ("h ~= h + 0.005", True), ("f ~= f + 0.005", False),
        ("f ~= f * 1.000001", True), ("1 ~= 2", False), ("0 < x[0] <= 1", [True, False]),
        ("sum(x[0:0])", 0.0), ("true or false", True), ("1 + true", 2), ("u == 18446744073709551615", True),
        ("strip('  a ') == 'a'", True),
        ("sqrt(4) == 2", True), ("log(0) < 0", True), ("sum(x, axis=0)", [4.0, 6.0]),
    ],
)  # fmt: skip
def test_what_the_language_says(text: str, wanted: object) -> None:
    """One line for each construct."""
    values = {
        "x": value("float32", [[1, 2], [3, 4]]), "t": value("string", ["éA", ""]),
        "h": value("float16", 1.0), "f": value("float32", 1.0), "u": value("uint64", 2**64 - 1),
    }  # fmt: skip
    assert evaluate(parse(text), scope(values, {"b": 2})).tolist() == wanted


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("x[2]", 1, "index 2 lies outside a shape of [2]"), ("x[0, 0]", 1, "2 indices into a shape of [2]"),
        ("1 // (b - 2)", 2, "'//' divides by zero"), ("i + 1 > 0", 2, "'+' goes beyond int64"),
        ("i * 2", 2, "'*' goes beyond int64"), ("abs(-i - 1)", 0, "abs() goes beyond int64"),
        ("sum([i, i])", 0, "sum() may go beyond int64"), ("u + 1", 2, "beyond it"),
        ("max(x[2:])", 0, "max() of nothing"),
        ("x == [1, 2, 3]", 5, "shapes [2] and [3] do not go together"), ("x == t", 5, "compares a text"),
        ("max(x, axis=1)", 0, "axis 1 is not in a shape of [2]"), ("z == 1", 0, "z has no value here"),
        ("x[0.5]", 2, "expected one whole number"), ("x[::0]", 1, "the step of a slice is not 0"),
        ("[1, 't']", 0, "the items of a list are alike"), ("t + 1", 2, "expected numbers, found texts"),
        ("sum(b == 2) and 1 == 1", 12, "expected what holds or does not, found numbers"),
    ],
)  # fmt: skip
def test_what_has_no_value(text: str, at: int, said: str) -> None:
    """One line, with the place in the text."""
    values = {"x": value("float32", [1, 2]), "t": value("string", ["a", "b"]), "i": value("int64", 2**63 - 1)}
    values["u"] = value("uint64", 2**64 - 1)
    with pytest.raises(EvaluationError) as told:
        evaluate(parse(text), scope(values, {"b": 2}))
    assert said in str(told.value)
    assert told.value.at == at


def test_a_clause_says_how_near_is_equal() -> None:
    """`rtol`, `atol` and `exact` of the clause; whole numbers too, where it says so."""
    values = {"f": value("float32", 1.0), "i": value("int64", 3)}
    assert evaluate(parse("f ~= 1.4"), scope(values, tolerance=Tolerance(atol=0.5)))
    assert not evaluate(parse("f ~= 1.0000001"), scope(values, tolerance=Tolerance(exact=True)))
    assert evaluate(parse("i ~= 4"), scope(values, tolerance=Tolerance(atol=1)))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x <= 0.6", [True, True]),
        ("0.6 >= x", [True, True]),
        ("max(x) == 0.6", True),
        ("x[0] in [0.6, 2]", True),
        ("0 < -x + 0.7 <= 0.6", [True, True]),
        ("-x >= -0.6", [False, True]),  # computed: as it is
        ("w <= 0.6", [False, True]),  # a double tells them apart
    ],
)
def test_a_literal_is_what_the_tensor_carries(text: str, wanted: object) -> None:
    """float32(0.6) is not above 0.6, as with bounds."""
    x = value("float32", [0.6, 0.25])
    found = evaluate(parse(text), scope({"x": x, "w": value("float64", x.array)}))
    assert found.tolist() == wanted


def test_lengths_count_bytes_of_bytes() -> None:
    """And characters of text."""
    values: dict[tuple[str | None, str], Value] = {(None, "t"): value("string", "é")}
    assert evaluate(parse("len(t)"), Scope(values)) == 1
    assert evaluate(parse("len(t)"), Scope(values, blobs=frozenset([(None, "t")]))) == 2


@example(1 << 14)
@given(st.integers(1, 100))
def test_no_result_is_larger_than_memory(size: int) -> None:
    """Two long vectors that broadcast to a square are refused before it is made."""
    column = value("float32", np.zeros((size, 1), np.float32))
    row = value("float32", np.zeros((1, size), np.float32))
    made = scope({"a": column, "b": row})
    if size * size > 1 << 26:
        with pytest.raises(EvaluationError, match="more than"):
            evaluate(parse("a + b"), made)
    else:
        assert evaluate(parse("a + b"), made).shape == (size, size)
