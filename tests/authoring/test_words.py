"""What is said of a tensor on how many rows, and what stays unsaid."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from sigpact.authoring.facts import Facts
from sigpact.authoring.watch import Watch
from sigpact.authoring.words import of_input, of_output
from sigpact.authoring.yaml_text import Pairs, flow

ONE = {"value": 1, "axis": -1, "atol": 0.001}


def facts(family: str, *tensors: Sequence[Any], dtype: str | None = None) -> Facts:
    """Return what tensors show, one a call."""
    watch = Watch(family, dtype)
    for each in tensors:
        kind = {"number": np.float64, "integer": np.int64, "boolean": bool}.get(family, object)
        watch.add(np.asarray(each, kind))
    return watch.facts


def words(said: Any) -> dict[str, Any]:
    """Return words by key, mappings as dicts."""
    return {key: dict(value) if isinstance(value, Pairs) else value for key, value in said.words}


TITLES = [f"title {number} of many" for number in range(40)]
INPUTS: list[tuple[str, str, list[Any], dict[str, Any]]] = [
    ("lengths are rounded up", "text", TITLES, {"minLength": 1, "maxLength": 20}),
    ("an empty text was sent", "text", ["", *TITLES], {"maxLength": 20}),
    ("two words that come often", "text", ["en", "de"] * 20, {"enum": ("de", "en")}),
    ("one of three came but twice", "text", ["en", "de"] * 20 + ["fr"] * 2, {"minLength": 1, "maxLength": 2}),
    ("days", "text", [f"2026-01-{1 + number % 28:02}" for number in range(40)], {"format": "date"}),
    ("too few days", "text", ["2026-01-01", "2026-01-02"], {"minLength": 1, "maxLength": 10}),
    ("numbers of five digits", "text", [f"{number:05}" for number in range(40)], {"pattern": "^[0-9]{5}$"}),
    ("numbers", "text", [str(n) for n in range(90)], {"maxLength": 2, "pattern": "^[0-9]+$"}),
    ("ages", "integer", [*range(17, 90)], {"minimum": 0, "maximum": 100}),
    ("a flag", "integer", [0, 1] * 20, {"enum": (0, 1)}),
    ("prices", "number", [0.99 * number for number in range(50)], {"minimum": 0, "maximum": 50}),
    ("NaN besides", "number", [0.0, 1.0, float("nan")] * 9, {"minimum": 0, "maximum": 1, "finite": False}),
    ("truth", "boolean", [True, False] * 20, {}),
]


@pytest.mark.parametrize(
    ("family", "sent", "wanted"), [each[1:] for each in INPUTS], ids=[e[0] for e in INPUTS]
)
def test_an_input_is_described_wider_than_it_was_sent(
    family: str, sent: list[Any], wanted: dict[str, Any]
) -> None:
    """Ranges and lengths are rounded outward, lists and forms said where many rows show them."""
    assert words(of_input(facts(family, sent), None)) == wanted


SHARES = [[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]] * 10
UNITS = [[0.6, -0.8], [0.0, 1.0]] * 10
LOGITS = [[float(number), -3.5] for number in range(40)]
OUTPUTS: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("probabilities", "number", SHARES, {"minimum": 0, "maximum": 1, "sumsTo": ONE}),
    ("scores of their own", "number", [number / 40 for number in range(40)], {"minimum": 0, "maximum": 1}),
    ("too few scores", "number", [0.1, 0.9], {}),
    ("logits", "number", LOGITS, {}),
    ("unit vectors", "number", UNITS, {"norm": ONE}),
    ("labels", "text", ["Drama", "Comedy"] * 20, {"enum": ("Comedy", "Drama")}),
    ("a label that came once", "text", ["Drama", "Comedy"] * 20 + ["Western"], {}),
    ("texts", "text", TITLES, {}),
    ("texts that came thrice", "text", TITLES * 3, {"minLength": 1}),
    ("counts", "integer", [*range(90)], {}),
    ("classes", "integer", [0, 1, 2] * 20, {"enum": (0, 1, 2)}),
    ("many classes", "integer", [*range(20)] * 20, {"minimum": 0, "maximum": 19}),
    ("two that go down", "number", [[9.0, 9.0 - n / 10] for n in range(40)], {}),
    ("top scores", "number", [[9.0, 9.0 - n / 10, 2.0] for n in range(40)], {"sorted": "descending"}),
]


@pytest.mark.parametrize(
    ("family", "answered", "wanted"), [each[1:] for each in OUTPUTS], ids=[each[0] for each in OUTPUTS]
)
def test_of_an_output_is_said_what_more_answers_would_not_change(
    family: str, answered: Any, wanted: dict[str, Any]
) -> None:
    """Natural ranges and whole lists; any other range is a note."""
    assert words(of_output(facts(family, answered))) == wanted


def test_what_is_not_said_is_a_note_with_the_words_to_say_it() -> None:
    """The numbers of rows stand in it, and what to write."""
    (note,) = of_output(facts("number", LOGITS)).notes
    assert note.startswith("answered -3.5 to 39.0 on 80 values in 40 rows; if your code relies on a range")
    (note, listed) = of_output(facts("text", ["Drama"] * 40 + ["Western"])).notes
    assert listed == "only 2 different on 41 rows; if these are all there are: enum: [Drama, Western]"


def test_sums_that_are_near_have_a_wider_tolerance() -> None:
    """Rounded percentages sum to 0.997: that is one as well; to 0.9 is none."""
    rounded = [[0.3322, 0.3322, 0.3326]] * 6
    assert words(of_output(facts("number", rounded)))["sumsTo"] == {**ONE, "atol": 0.01}
    assert "sumsTo" not in words(of_output(facts("number", [[0.3, 0.3, 0.3]] * 6)))


def test_bounds_stay_inside_the_dtype() -> None:
    """A float16 has no 100,000, an int8 no 200."""
    assert dict(of_input(facts("number", [[1.0, 60_000.0]]), "float16").words)["maximum"] == 65504.0
    assert dict(of_input(facts("integer", [[-100, 100]]), "int8").words)["minimum"] == -128


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Drama", "Drama"),
        ("no", '"no"'),
        ("1e5", '"1e5"'),
        ("a: b", '"a: b"'),
        ('"', r'"\""'),
        ("\x85", r'"\x85"'),
    ],
)
def test_texts_are_quoted_where_yaml_would_read_something_else(value: str, written: str) -> None:
    """Also where YAML 1.1 would: others read contracts too."""
    assert flow(value) == written
