"""What is suggested is written such that YAML reads the same again, in any version of it."""

import json

import yaml
from hypothesis import given
from hypothesis import strategies as st

from sigpact.authoring.strength.written import Data, as_json, as_yaml
from sigpact.contract.source import parse

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
)
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "no",
        "Yes",
        "1e-5",
        "0o17",
        "~",
        "null",
        "a: b",
        "- x",
        "#",
        "@",
        "it's",
        "",
        " ",
        "2027-01-31",
        "\u2028",
        "\x85",
    ]
)
documents: st.SearchStrategy[Data] = st.recursive(
    scalars | texts, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
)


@given(documents)
def test_yaml_reads_what_was_written(data: Data) -> None:
    """By the contract's own reader."""
    assert parse(f"key: {as_yaml(data)}\n", "x.yaml").tree.data == {"key": data}


@given(documents)
def test_older_yaml_reads_what_was_written(data: Data) -> None:
    """Whoever checks contracts with another tool reads the same: PyYAML's scalars are those of YAML 1.1."""
    assert yaml.safe_load(f"key: {as_yaml(data)}\n") == {"key": data}


@given(documents)
def test_json_reads_what_was_written(data: Data) -> None:
    """On one line."""
    assert json.loads(as_json(data)) == data
    assert "\n" not in as_json(data)
    assert "\n" not in as_yaml(data)


def test_plain_words_have_no_quotes() -> None:
    """As a person writes them."""
    assert as_yaml({"enum": ["Drama", "Black Comedy", "Concert/Performance"]}) == (
        "{enum: [Drama, Black Comedy, Concert/Performance]}"
    )
    assert as_yaml({"value": 1, "axis": -1, "atol": 0.001, "rtol": 1e-05}) == (
        "{value: 1, axis: -1, atol: 0.001, rtol: 1.0e-05}"
    )
