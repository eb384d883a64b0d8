"""YAML: scalars of the 1.2 core, refusals before anything grows, and the same tree from both parsers."""

import json
import math

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sigpact.contract.source import parse
from sigpact.contract.tree import Tree
from sigpact.errors import ContractError
from tests.contract.documents import CASES, EVERYTHING


def reading_error(text: str) -> str:
    """Return the mistakes of reading YAML, as `line:column: message`."""
    try:
        problems = parse(text, "f").problems
    except ContractError as error:
        problems = error.problems
    return "\n".join(str(problem).removeprefix("f:") for problem in problems)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # YAML 1.2.2, 10.3.2: the core schema
        *[(word, None) for word in ("null", "Null", "NULL", "~", "")],
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[(word, word) for word in ("no", "No", "yes", "on", "off", "y", "tRUE", "2027-06-30", "12:30:45")],
        ("0", 0), ("-12", -12), ("+3", 3), ("0o17", 15), ("0x1F", 31), ("1_000", "1_000"), ("0b1", "0b1"),
        ("1e-5", 1e-5), ("1.", 1.0), (".5", 0.5), ("-0.0", -0.0), ("1E+3", 1000.0), ("1.5e3", 1500.0),
        (".inf", math.inf), ("-.INF", -math.inf), ("+.Inf", math.inf), (".", "."), ("e3", "e3"),
        ("+0x1", "+0x1"), ("0x", "0x"), (".nano", ".nano"), ("1e", "1e"), ("1.2.3", "1.2.3"), ("٣", "٣"),
        ('"1"', "1"), ("'no'", "no"), ("|\n  1", "1"),
    ],
)  # fmt: skip
def test_plain_scalars_are_those_of_the_core_schema(written: str, expected: object) -> None:
    """And quoted ones are texts."""
    data = parse(f"k: {written}", "f").tree.data
    assert data == {"k": expected}
    assert isinstance(data, dict)
    assert type(data["k"]) is type(expected)


def test_not_a_number() -> None:
    """`.nan` is the float that equals nothing."""
    data = parse("[.nan, .NaN, .NAN]", "f").tree.data
    assert isinstance(data, list)
    assert all(math.isnan(each) for each in data)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 007", "1:4: 007 has a leading zero: quote it if it is a text, else remove the zero"),
        ("a: -08.5", "1:4: -08.5 has a leading zero: quote it if it is a text, else remove the zero"),
        ("a: '007'", ""),
        ("a: 0.5", ""),
        (f"a: {'9' * 401}", "1:4: a number has at most 400 digits, found 401: is it a text?"),
        ("a: 1e999", "1:4: 1e999 is beyond what a float64 holds; infinity is written .inf"),
        ("a: 1\nb: 2\na: 3", "3:1: 'a' is written twice, first on line 1: remove one"),
        ("1: x\n'1': y", "2:1: '1' is written twice, first on line 1: remove one"),
        ("a: 1\n---\nb: 2", "2:1: a second document begins here; a file holds one contract"),
        ("---\na: 1\n...\n", ""),
        ("a: !!str 1", "1:4: the tag 'tag:yaml.org,2002:str' is refused: a contract is plain data"),
        ("a: ! x", "1:4: the tag '!' is refused: a contract is plain data"),
        ("a: !<t:x> {}", "1:4: the tag 't:x' is refused: a contract is plain data"),
        ("<<: {a: 1}", "1:1: merge keys '<<' are not YAML 1.2; 'types' and 'each' say a thing once"),
        ("'<<': 1", ""),
        ("[a]: 1", "1:1: a key is a text, found a list or a mapping; quote it if it is a text"),
        ("{a: &x b, *x : 1}", "1:11: a key is a text, found the alias '*x': write the key itself"),
        ("?\n: 1", "1:2: a key is missing before ':'"),
        ("shape: [*n]", "1:9: '*n' is a YAML alias and no anchor '&n' stands before it: quote it"),
        ("&a [*a]", "1:5: the alias '*a' stands inside its own anchor: it never ends"),
    ],
)  # fmt: skip
def test_what_is_refused_has_its_place(text: str, expected: str) -> None:
    """One line each."""
    assert reading_error(text) == expected


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ('p: "\\d"', "1:5", r"write '\d' in single quotes"),
        ("a: 1\n\tb: 2", "2:1", "indentation wants spaces"),
        ("holds: [a[0] > 1]", "1:14", "wants quotes"),
        ("h: {expr: a[0] > 1}", "1:12", "wants quotes"),
        ("a: b: c", "1:5", "a text with ': ' inside wants quotes"),
        ("a: @b", "1:4", "a text with this character here wants quotes"),
    ],
)
def test_the_traps_of_yaml_have_hints(text: str, place: str, hint: str) -> None:
    """People who do not know YAML learn what to type."""
    found = reading_error(text)
    assert found.startswith(f"{place}: not YAML: ")
    assert hint in found


@pytest.mark.parametrize("text", ["x: \x07", "é: \x07", "\U0001f600: \x07", "x: \x7f"])
def test_a_control_character_has_its_place(text: str) -> None:
    """In characters, whatever the parser counts."""
    found = reading_error(text)
    assert found.startswith("1:4: the character U+00")


@pytest.mark.parametrize("brackets", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused_before_anything_recurses(brackets: str) -> None:
    """200,000 levels crash libyaml's own composer."""
    assert "nesting is over 64 levels" in reading_error(brackets * 200_000)[:200]


def test_sixty_four_levels_load() -> None:
    """The limit itself is allowed."""
    assert reading_error("[" * 64 + "]" * 64) == ""
    assert reading_error("[" * 65 + "]" * 65) == "1:65: nesting is over 64 levels"


def test_aliases_may_be_used_and_may_not_explode() -> None:
    """An alias is its anchor's value again; ten levels of ten are refused."""
    document = parse("a: &x {b: [1, 2]}\nc: *x\nd: &y text\ne: *y", "f")
    assert document.tree.data == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}, "d": "text", "e": "text"}
    assert document.span(("c", "b", 1)).line == 1
    assert document.span_at(document.tree.values["c",]).line == 2
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
    )
    assert "aliases make this more than 100,000 values" in reading_error(bomb)
    deep = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [[[[[[[[[[*a{n - 1}]]]]]]]]]]\n" for n in range(1, 8))
    assert "nesting is over 64 levels" in reading_error(deep)


def test_an_anchor_may_stand_on_a_key() -> None:
    """It names the key's text."""
    assert parse("{&k a: 1, b: *k}", "f").tree.data == {"a": 1, "b": "a"}


@pytest.mark.parametrize(
    "path", [*EVERYTHING, *sorted((CASES / "mistakes").glob("*.yaml"))], ids=lambda path: path.stem
)
def test_without_libyaml_the_tree_is_the_same(path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML's own parser serves where it was built without the C library."""
    text = CASES.joinpath(str(path)).read_text(encoding="utf-8")
    fast = parse(text, "f").tree
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert _same(parse(text, "f").tree, fast)


def _same(one: Tree, other: Tree) -> bool:
    return (repr(one.data), one.values, one.keys, one.collections, one.mistakes) == (
        repr(other.data),
        other.values,
        other.keys,
        other.collections,
        other.mistakes,
    )


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp", "Co"]), max_size=8
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(_JSON, st.sampled_from([None, 1, 3]))
def test_json_text_is_one_tree_for_both_readers(data: object, indent: int | None) -> None:
    """JSON is YAML: both readers find the same data, at the same places, and it is the data written."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    from_yaml, from_json = parse(text, "f.yaml").tree, parse(text, "f.json").tree
    assert from_json.data == data
    assert _same(from_yaml, from_json)
