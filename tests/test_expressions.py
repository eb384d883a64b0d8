"""The expression grammar: what parses and to what, where it stops, what it costs, and what can be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.expressions import (
    FUNCTIONS,
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_TOKENS,
    Binary,
    Call,
    Compare,
    ExpressionError,
    Index,
    ListOf,
    Name,
    Node,
    Number,
    Slice,
    Text,
    Unary,
    children,
    names_in,
    parse,
    walk,
)


def shown(node: Node | None) -> str:  # noqa: C901, PLR0911 - one case for each kind of node
    """Write a tree with all of its brackets."""
    match node:
        case None:
            return ""
        case Number(value=found):
            return repr(found)
        case Text(value=found):
            return repr(found)
        case Name(name=name, call=call):
            return f"{call}.{name}" if call else name
        case Unary(operator=sign, operand=operand):
            return f"({sign} {shown(operand)})"
        case Binary(operator=sign, left=left, right=right):
            return f"({shown(left)} {sign} {shown(right)})"
        case Compare(operators=signs, operands=operands):
            said = [
                shown(operands[0]),
                *(f"{a} {shown(b)}" for a, b in zip(signs, operands[1:], strict=True)),
            ]
            return f"({' '.join(said)})"
        case Call(function=name, arguments=arguments, axis=axis):
            told = [*map(shown, arguments), *([] if axis is None else [f"axis={shown(axis)}"])]
            return f"{name}({', '.join(told)})"
        case Slice(start=start, stop=stop, step=step):
            return f"{shown(start)}:{shown(stop)}:{shown(step)}"
        case Index(value=value, indices=indices):
            return f"{shown(value)}[{', '.join(map(shown, indices))}]"
        case ListOf(items=items):
            return f"[{', '.join(map(shown, items))}]"


GRAMMAR = [
    # names, numbers, texts
    ("a", "a"),
    ("  a\t\n", "a"),
    ("größe", "größe"),
    ("call.output", "call.output"),
    ("1", "1"),
    ("1.5", "1.5"),
    (".5", "0.5"),
    ("1.", "1.0"),
    ("1e3", "1000.0"),
    ("2E-2", "0.02"),
    ("true", "True"),
    ("false", "False"),
    ("'a'", "'a'"),
    ('"a"', "'a'"),
    (r'"\"\\\n\t\r\0"', repr('"\\\n\t\r\0')),
    (r"'it\'s'", '"it\'s"'),
    ('"é😀"', "'é😀'"),
    # arithmetic: from the left, * before +, - before *
    ("a + b - c", "((a + b) - c)"),
    ("a - b - c", "((a - b) - c)"),
    ("a + b * c", "(a + (b * c))"),
    ("a / b // c % d", "(((a / b) // c) % d)"),
    ("-a * b", "((- a) * b)"),
    ("a * -b", "(a * (- b))"),
    ("--a", "(- (- a))"),
    ("-a[0]", "(- a[0])"),
    ("(a + b) * c", "((a + b) * c)"),
    # comparisons: below arithmetic, chained
    ("a + 1 < b", "((a + 1) < b)"),
    ("0 <= a < b != c", "(0 <= a < b != c)"),
    ("a ~= b", "(a ~= b)"),
    ("a == b", "(a == b)"),
    ("a >= b", "(a >= b)"),
    ("a > b", "(a > b)"),
    ("a in ['x', 'y']", "(a in ['x', 'y'])"),
    # logic: not before and before or
    ("a and b or c and d", "((a and b) or (c and d))"),
    ("not a and b", "((not a) and b)"),
    ("not a == b", "(not (a == b))"),
    ("not not a", "(not (not a))"),
    ("a or not b", "(a or (not b))"),
    # indexes and slices
    ("a[0]", "a[0]"),
    ("a[-1]", "a[(- 1)]"),
    ("a[0, 1]", "a[0, 1]"),
    ("a[0][1]", "a[0][1]"),
    ("a[:]", "a[::]"),
    ("a[1:]", "a[1::]"),
    ("a[:2]", "a[:2:]"),
    ("a[::3]", "a[::3]"),
    ("a[1:2:3]", "a[1:2:3]"),
    ("a[:, n-1:]", "a[::, (n - 1)::]"),
    ("call.output[0]", "call.output[0]"),
    ("[1, 2][0]", "[1, 2][0]"),
    # calls
    ("sum(a)", "sum(a)"),
    ("sum(a, axis=-1)", "sum(a, axis=(- 1))"),
    ("sum(axis=0, a)", "sum(a, axis=0)"),
    ("max(a, b, 3)", "max(a, b, 3)"),
    ("abs(-a) <= 1", "(abs((- a)) <= 1)"),
    ("len(strip(a)) > 0", "(len(strip(a)) > 0)"),
    ("[]", "[]"),
    ("sum", "sum"),
    ("inside", "inside"),
    ("order", "order"),
]


@pytest.mark.parametrize(("text", "tree"), GRAMMAR)
def test_grammar(text: str, tree: str) -> None:
    """Precedence, brackets and every form of the language."""
    assert shown(parse(text)) == tree


@pytest.mark.parametrize("text", [tree for _, tree in GRAMMAR if "::" not in tree and "\\" not in tree])
def test_brackets_change_nothing(text: str) -> None:
    """A tree written with all of its brackets is the same tree."""
    assert shown(parse(text.replace("True", "true").replace("False", "false"))) == text


MISTAKES = [
    ("", 0, "expected a name, a number or a text, found the end"),
    ("   ", 3, "expected a name, a number or a text, found the end"),
    ("a b", 2, "'b' is one word too many"),
    ("a +", 3, "expected a name, a number or a text, found the end"),
    ("+ a", 0, "expected a name, a number or a text, found +"),
    ("a ? b", 2, "'?' is not part of an expression"),
    ("a = b", 2, "'=' is one word too many"),
    ("a := b", 2, "':' is one word too many"),
    ("a & b", 2, "'&' is not part of an expression"),
    ("a ** b", 3, "expected a name, a number or a text, found *"),
    ("'open", 0, '"\'" is not part of an expression'),
    ("  é ; x", 4, "';' is not part of an expression"),
    ("(a", 2, "expected ')', found the end"),
    ("a)", 1, "')' is one word too many"),
    ("[a", 2, "expected ',', found the end"),
    ("[a b]", 3, "expected ',', found b"),
    ("a[]", 2, "expected an index, found ]"),
    ("a[0", 3, "expected ']', found the end"),
    ("a[1:2:3:4]", 8, "a slice has at most two colons"),
    ("a[1 2]", 4, "expected ']', found 2"),
    ("and", 0, "expected a name, a number or a text, found 'and'"),
    ("a and or b", 6, "expected a name, a number or a text, found 'or'"),
    ("a not in b", 2, "'not' is one word too many"),
    ("a.", 2, "expected an output's name, found the end"),
    ("a.1", 1, "'.1' is one word too many"),
    ("a.b.c", 3, "'.' is one word too many"),
    ("a.b()", 0, "there are no methods; functions are written f(x)"),
    ("sum()", 0, "sum() wants an argument"),
    ("sum(axis=0)", 0, "sum() wants an argument"),
    ("sum(a,)", 6, "expected a name, a number or a text, found )"),
    ("sum(a b)", 6, "expected ',', found b"),
    ("sum(a, keepdims=1)", 7, "'axis' is the only keyword, once; found 'keepdims'"),
    ("sum(a, axis=0, axis=1)", 15, "'axis' is the only keyword, once; found 'axis'"),
    ("'\\d'", 1, "\\d is not an escape"),
    ("'ab\\u00e9'", 3, "\\u is not an escape"),
    ("1 2", 2, "'2' is one word too many"),
    ("lambda: 1", 6, "':' is one word too many"),
    ("x if a else b", 2, "'if' is one word too many"),
    ("{}", 0, "'{' is not part of an expression"),
]


@pytest.mark.parametrize(("text", "at", "message"), MISTAKES)
def test_mistakes_point_at_the_first_word_that_does_not_belong(text: str, at: int, message: str) -> None:
    """The offset of the word and what was expected there."""
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.at, caught.value.message) == (at, message)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "name",
    [
        "eval",
        "exec",
        "__import__",
        "open",
        "getattr",
        "print",
        "Sum",
        "sum_",
        "map",
        "vars",
        "type",
        "\uff53um",
        "in_",
    ],
)
def test_nothing_else_can_be_called(name: str) -> None:
    """A contract comes from another team: no builtin, no method, no other name."""
    with pytest.raises(ExpressionError) as caught:
        parse(f"1 + {name}(a)")
    assert (caught.value.at, f"{name!r} is not a function" in caught.value.message) == (4, True)


@pytest.mark.parametrize(
    "text", ["a.sum(b)", "(sum)(a)", "a[0](b)", "'a'.join(b)", "sum(a)(b)", "a.__class__()"]
)
def test_only_a_plain_name_can_be_called(text: str) -> None:
    """Neither attributes, nor results, nor texts."""
    with pytest.raises(ExpressionError):
        parse(text)


def test_the_functions_are_those_of_the_language() -> None:
    """The closed list, word by word."""
    words = """
    abs min max sum mean any all len shape argmax argmin sort unique round floor ceil sqrt exp log
    lower upper strip startswith endswith contains
    """
    assert set(FUNCTIONS) == set(words.split())
    for name in FUNCTIONS:
        assert parse(f"{name}(a)") == Call(0, name, (Name(len(name) + 1, "a"),))


def test_every_node_knows_its_place() -> None:
    """Offsets count from the beginning of the text: what a message points at."""
    text = "  sum(a.b, axis=0) <= -n[1:] and 'x' in [\"y\"]"
    places = {shown(each): each.at for each in walk(parse(text))}
    for part in ("sum(a.b, axis=0)", "a.b", "n"):
        assert text[places[part] :].startswith(part.split("(")[0])
    assert places["(- n[1::])"] == text.index("-n")
    assert places["'x'"] == text.index("'x'")
    assert places["['y']"] == text.index('["y"]')
    assert places["1::"] == text.index("1:")


LIMITS = [
    # (just within, just beyond)
    ("(" * (MAX_DEPTH - 1) + "a" + ")" * (MAX_DEPTH - 1), "(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH),
    ("[" * (MAX_DEPTH - 1) + "a" + "]" * (MAX_DEPTH - 1), "[" * MAX_DEPTH + "a" + "]" * MAX_DEPTH),
    ("abs(" * (MAX_DEPTH - 1) + "a" + ")" * (MAX_DEPTH - 1), "abs(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH),
    ("-" * MAX_DEPTH + "a", "-" * (MAX_DEPTH + 1) + "a"),
    ("not " * MAX_DEPTH + "a", "not " * (MAX_DEPTH + 1) + "a"),
    ("a" * MAX_LENGTH, "a" * (MAX_LENGTH + 1)),
    (" + ".join("a" * (MAX_TOKENS // 2)), " + ".join("a" * (MAX_TOKENS // 2 + 1))),
    ("a" + "[0]" * ((MAX_TOKENS - 2) // 3), "a" + "[0]" * (MAX_TOKENS // 3 + 1)),
]


@pytest.mark.parametrize(("within", "beyond"), LIMITS, ids=[each[:8] for each, _ in LIMITS])
def test_cost_is_bounded(within: str, beyond: str) -> None:
    """Depth, length and words have an end that is told; up to it, trees are walked without trouble."""
    tree = parse(within)
    assert list(walk(tree))
    assert hash(tree) == hash(parse(within))
    with pytest.raises(ExpressionError, match=f"at most ({MAX_DEPTH}|{MAX_LENGTH}|{MAX_TOKENS}) "):
        parse(beyond)


def test_many_denials_keep_their_number() -> None:
    """None is dropped: an odd number of `not` would become an even one."""
    count = sum(isinstance(each, Unary) for each in walk(parse("not " * 61 + "a")))
    assert count == 61


@pytest.mark.parametrize("text", ["9" * 1999, "1e999", "0" * 1500 + ".5", "1e-999"])
def test_large_numbers_are_numbers(text: str) -> None:
    """Whatever fits the length; no conversion fails."""
    assert isinstance(parse(text), Number)


_SIGNS = "( ) [ ] , : . = == != <= >= ~= < > + - * / // % ** { & \\ ' \" é \0 \ud800 \u2028 ٣ ²"
_NAMES = "a b.c 1 .5 'x' \"y\" and or not in true axis sum( max( f( lambda __import__("
WORDS = st.sampled_from([*_SIGNS.split(" "), *_NAMES.split(" "), " ", "\n"])


@given(
    st.text(max_size=80)
    | st.lists(WORDS, max_size=40).map(" ".join)
    | st.lists(WORDS, max_size=40).map("".join)
)
def test_any_text_parses_or_is_refused_with_a_place(text: str) -> None:
    """Never another exception; the place lies in the text; nothing outside the list is called."""
    try:
        tree = parse(text)
    except ExpressionError as error:
        place, nodes = error.at, []
    else:
        place, nodes = 0, list(walk(tree))
    assert 0 <= place <= len(text)
    assert all(each.function in FUNCTIONS for each in nodes if isinstance(each, Call))
    assert all(0 <= each.at < len(text) for each in nodes)


TREES: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(["a", "b", "c.d", "1", "2.5", "'x'", "true"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner).map(
            lambda each: f"({' '.join(each)})"
        ),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda each: f"({' '.join(each)})"),
        st.tuples(inner, st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "~=", "in"]), inner).map(
            lambda each: f"({' '.join(each)})"
        ),
        st.tuples(st.sampled_from(["-", "not"]), inner).map(lambda each: f"({' '.join(each)})"),
        inner.map(lambda each: f"sum({each}, axis=0)"),
        st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]"),
        inner.map(lambda each: f"a[{each}]"),
    ),
    max_leaves=12,
)


@given(TREES)
def test_what_is_written_comes_back(text: str) -> None:
    """Parsing what a tree looks like gives the tree: reading and writing agree."""
    once = shown(parse(text))
    assert shown(parse(once.replace("True", "true"))) == once


def test_children_and_names() -> None:
    """Names are found once for each use, without those of calls; children stand from left to right."""
    tree = parse("a + b[a:c] + x.y + max(d, axis=e)")
    assert list(names_in(tree)) == ["a", "b", "a", "c", "d", "e"]
    index = next(each for each in walk(tree) if isinstance(each, Index))
    assert [shown(each) for each in children(index)] == ["b", "a:c:"]
    assert children(parse("1")) == children(parse("'a'")) == children(parse("a")) == ()
