"""JSON: RFC 8259, no less and no more, with a place for every mistake."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigpact.contract.source import parse
from sigpact.errors import ContractError


def reading_error(text: str) -> str:
    """Return the mistakes of reading JSON, as `line:column: message`."""
    try:
        problems = parse(text, "f.json").problems
    except ContractError as error:
        problems = error.problems
    return "\n".join(str(problem).removeprefix("f.json:") for problem in problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('\t{\t"a"\t:\t1\t}\t', {"a": 1}),
        ('"\x7f"', "\x7f"),
        ('"\\u0000\\/\\b\\f"', "\0/\b\f"),
        ("[1, 1.0, -0, 1e5, 0.5E-1]", [1, 1.0, 0, 1e5, 0.05]),
        ("[]", []),
        ("{}", {}),
        (" [ ] ", []),
        ("[true, false, null]", [True, False, None]),
        ('{"a": {"b": [{"c": 1}]}}', {"a": {"b": [{"c": 1}]}}),
    ],
)
def test_what_json_allows(text: str, expected: object) -> None:
    """Data and types are those of the standard library."""
    found = parse(text, "f.json").tree.data
    assert found == expected == json.loads(text)
    assert repr(found) == repr(json.loads(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", '1:1: the file is empty; a contract begins with {"contract": 1'),
        (" \n", '1:1: the file is empty; a contract begins with {"contract": 1'),
        ("[1,\n ]", "2:2: not JSON: expected a value, found ']'"),
        ('{"a": 1,}', "1:9: not JSON: expected a key in double quotes, found '}'"),
        ("['a']", "1:2: not JSON: expected a value, found \"'a'\"; texts are written in double quotes"),
        ("{a: 1}", "1:2: not JSON: expected a key in double quotes, found 'a'"),
        ('{"a" 1}', "1:6: not JSON: expected ':', found '1'"),
        ('{"a": 1 "b": 2}', "1:9: not JSON: expected ',' or '}', found '\"'"),
        ("[1 2]", "1:4: not JSON: expected ',' or ']', found '2'"),
        ("[1", "1:3: not JSON: the file ends, expected ',' or ']'"),
        ('{"a":', "1:6: not JSON: the file ends, expected a value"),
        ("{} x", "1:4: not JSON: expected the end of the file, found 'x'"),
        ("// hi\n{}", "1:1: not JSON: expected a value, found '//'; JSON has no comments: a .yaml file has"),
        ("[NaN]", "1:2: not JSON: expected a value, found 'NaN'"),
        ("[-Infinity]", "1:2: not JSON: expected a value, found '-Infinity'"),
        ("[01]", "1:2: not JSON: expected a value, found '01'"),
        ("[+1]", "1:2: not JSON: expected a value, found '+1'"),
        ("[1.]", "1:2: not JSON: expected a value, found '1.'"),
        ("[٣]", "1:2: not JSON: expected a value, found '٣'"),
        ("[tru]", "1:2: not JSON: expected a value, found 'tru'"),
        ('["a\tb"]', "1:4: not JSON: invalid control character"),
        ('["ab', "1:2: not JSON: unterminated string"),
        ('["\\x"]', "1:3: not JSON: invalid \\escape: 'x'"),
        ('["\\ud83d"]', "1:2: half of a surrogate pair is no character: write both halves"),
        (f"[{'9' * 401}]", "1:2: a number has at most 400 digits; this has 401"),
        ("[1e999]", "1:2: 1e999 is beyond what a float64 holds"),
        ('{"a": 1,\n "a": {"b": 2}}', "2:2: 'a' is written twice, first on line 1: remove one"),
    ],
)  # fmt: skip
def test_what_json_does_not_allow(text: str, expected: str) -> None:
    """Each mistake at the character where reading stopped."""
    found = reading_error(text)
    if "\\escape" in expected:
        # the standard library words this differently from release to release
        assert found.startswith("1:3: not JSON: invalid \\")
    else:
        assert found == expected


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_nesting_is_refused(opening: str) -> None:
    """200,000 levels do not reach the stack's end; 64 load."""
    assert reading_error(opening * 200_000).endswith("nesting is over 64 levels")
    assert reading_error("[" * 64 + "]" * 64) == ""
    assert reading_error("[" * 65 + "]" * 65) == "1:65: nesting is over 64 levels"


def _strict(text: str) -> object:
    """Read as the standard library does, without its extensions NaN and Infinity."""
    data = json.loads(text, parse_constant=lambda _: json.loads("x"))
    if any(math.isinf(each) for each in _floats(data)):
        raise ValueError(text)
    return data


def _floats(data: object) -> list[float]:
    if isinstance(data, list):
        return [each for item in data for each in _floats(item)]
    if isinstance(data, dict):
        return [each for item in data.values() for each in _floats(item)]
    return [data] if isinstance(data, float) else []


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.sampled_from([*'[]{},:" \n', '"a"', '"b":', "1", "-", "0", ".5", "e1", "true", "null"])).map(
        "".join
    )
)
def test_the_standard_library_agrees_about_any_text(text: str) -> None:
    """What `json` reads, this reads, and nothing else; duplicate keys apart."""
    try:
        expected: object = _strict(text)
    except ValueError:
        expected = ValueError
    if "is written twice" in (found := reading_error(text)):
        return
    assert (found == "") == (expected is not ValueError)
    if found == "":
        assert parse(text, "f.json").tree.data == expected
