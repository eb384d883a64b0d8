"""Names of contracts as identifiers, and texts as literals."""

import ast
import json
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.authoring.readers import names


@pytest.mark.parametrize(
    ("text", "written", "pascal", "camel", "constant"),
    [
        ("genre", "genre", "Genre", "genre", "GENRE"),
        ("dense_26:0", "dense_26_0", "Dense260", "dense260", "DENSE_26_0"),
        ("Black Comedy", "Black_Comedy", "BlackComedy", "blackComedy", "BLACK_COMEDY"),
        ("Größe", "Grosse", "Grosse", "grosse", "GROSSE"),
        ("naïve", "naive", "Naive", "naive", "NAIVE"),
        ("日本", "u65e5_u672c", "U65e5U672c", "u65e5U672c", "U65E5_U672C"),
        ("2nd", "v2nd", "V2nd", "v2nd", "V2ND"),
        ("__proto__", "proto", "Proto", "proto", "PROTO"),
        ("", "v_empty", "V_empty", "v_empty", "V_empty"),
        ("TV", "TV", "TV", "tv", "TV"),
    ],
)
def test_styles(text: str, written: str, pascal: str, camel: str, constant: str) -> None:
    """As it is written, as a type, as a member in Swift and in Kotlin."""
    found = names.as_written(text), names.pascal(text), names.camel(text), names.constant(text)
    assert found == (written, pascal, camel, constant)


@given(st.lists(st.text(max_size=6), max_size=6))
def test_identifiers(texts: list[str]) -> None:
    """Whatever they are called: ASCII identifiers, no keyword, no two alike in upper or lower case."""
    reserved = frozenset(keyword.kwlist)
    for style in (names.as_written, names.pascal, names.camel, names.constant):
        made = names.unique(map(style, texts), reserved)
        assert all(each.isidentifier() and each.isascii() and each not in reserved for each in made)
        assert len({each.lower() for each in made}) == len(texts)


def test_a_name_that_is_taken_once_more() -> None:
    """A number that is a name already is passed over."""
    assert names.unique(["a", "a", "A", "a_2", "if"], frozenset(["if"])) == [
        "a",
        "a_2",
        "A_3",
        "a_2_2",
        "if_",
    ]


@given(st.text())
def test_literals_of_python(text: str) -> None:
    """A literal says the text again, whatever stands in it."""
    assert ast.literal_eval(names.quoted(text, names.PYTHON)) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_literals_of_kotlin(text: str) -> None:
    """But for `$`, which opens a template there, they are those of JSON."""
    assert json.loads(names.quoted(text, names.KOTLIN).replace("\\$", "$")) == text


@given(st.text())
def test_comments(text: str) -> None:
    """One line that ends no comment and begins none."""
    made = names.comment(text)
    assert made.isprintable()
    assert "*/" not in made
    assert "/*" not in made
