"""Forms: what was found, what was expected, and the nearest right word."""

import pytest

from sigpact.contract.admit import BROKEN, admit
from sigpact.contract.forms import (
    BYTES,
    Boolean,
    Choice,
    Const,
    Either,
    Field,
    Form,
    Integer,
    Json,
    ListOf,
    MapOf,
    Nested,
    Null,
    Number,
    Record,
    Text,
    expected,
    records,
)
from sigpact.contract.mistakes import Mistakes
from tests.contract.documents import HEAD, document, mistakes

RECORD = Record(
    "r",
    (Field("minimum", Number(), "The least.", required=True), Field("maximum", Number(), "The most.")),
    hints=(("scores", "it belongs to outputs"),),
)


def admitted(form: Form, value: object) -> tuple[object, list[str]]:
    """Return what is admitted under the key `k`, and the messages."""
    found = Mistakes(document({"k": value}))
    made = admit(form, value, ("k",), found)
    return made, [problem.message for problem in found.problems]


@pytest.mark.parametrize(
    ("form", "value", "wanted"),
    [
        (Text(), "a", "a"),
        (Choice(("a", "b")), "b", "b"),
        (Const(1, "1"), 1.0, 1),
        (Integer(), 3.0, 3),
        (Integer(0, 5), 5, 5),
        (Number(least=0, most=1), 1, 1),
        (Boolean(), False, False),
        (Null(), None, None),
        (ListOf(Integer()), [1, 2.0], [1, 2]),
        (MapOf(Integer()), {"x": 1.0}, {"x": 1}),
        (Either((Integer(), Text())), "a", "a"),
        (Nested(), [[1, "a", True], {"b64": ""}], [[1, "a", True], {"b64": ""}]),
        (Json(), {"x": [None]}, {"x": [None]}),
        (RECORD, {"minimum": 1}, {"minimum": 1}),
    ],
)
def test_a_value_of_the_form_is_admitted(form: Form, value: object, wanted: object) -> None:
    """Whole floats become integers where integers are wanted."""
    made, messages = admitted(form, value)
    assert messages == []
    assert made == wanted
    assert repr(made) == repr(wanted)


@pytest.mark.parametrize(
    ("form", "value", "message"),
    [
        (Text(), "", "'k' wants a text, found ''"),
        (Text(), 5, "'k' wants a text, found 5: quote it if it is a text"),
        (Text(), None, "'k' wants a text, found nothing"),
        (Text(pattern="^a$", says="an a"), "b", "'k' wants an a, found 'b'"),
        (Text(), "x" * 0, "'k' wants a text, found ''"),
        (Choice(("rest", "grpc")), "grcp", "'k' wants one of rest, grpc, found 'grcp': did you mean 'grpc'?"),
        (Choice(("rest", "grpc")), [], "'k' wants one of rest, grpc, found an empty list"),
        (Const(1, "1, the version"), True, "'k' wants 1, the version, found true"),
        (Integer(), True, "'k' wants a whole number, found true"),
        (Integer(), 1.5, "'k' wants a whole number, found 1.5"),
        (Integer(1, 5), 6, "'k' wants a whole number of at least 1 and at most 5, found 6"),
        (Number(), "1", "'k' wants a number, found '1'"),
        (Number(above=0), 0, "'k' wants a number of above 0, found 0"),
        (Boolean(), "on", "'k' wants true or false, found 'on' (YAML 1.2 reads yes, no, on and off as text)"),
        (Boolean(), 1, "'k' wants true or false, found 1"),
        (Null(), 0, "'k' wants null, found 0"),
        (ListOf(Text(), 1), [], "'k' wants a list of at least 1, found an empty list"),
        (ListOf(Text(), 2, 2), ["a"], "'k' wants a list of 2, found a list"),
        (ListOf(Text()), ["a", 1], "item 2 of 'k' wants a text, found 1: quote it if it is a text"),
        (MapOf(Text()), [], "'k' wants a mapping, found an empty list"),
        (MapOf(Text()), {"": "x"}, "a name has at least one character, found ''"),
        (Either((Integer(), Text())), [1], "'k' wants a whole number or a text, found a list"),
        (Nested(), [[None]], f"item 1 of 'k' wants {expected(Nested())}, found nothing"),
        (Nested(), {"b65": "x"}, "unknown key 'b65': did you mean 'b64'?"),
        (BYTES, {}, "exactly one of b64, file is wanted in 'k', found none"),
        (BYTES, {"b64": "", "file": "x"}, "exactly one of b64, file is wanted in 'k', found b64 and file"),
        (RECORD, 5, "'k' wants a mapping, found 5"),
        (RECORD, {}, "'minimum' is missing in 'k': The least."),
        (RECORD, {"minimun": 1}, "unknown key 'minimun': did you mean 'minimum'?"),
        (RECORD, {"minimum": 1, "zzz": 2}, "unknown key 'zzz': the keys here are minimum, maximum"),
        (RECORD, {"minimum": 1, "scores": 2}, "unknown key 'scores': it belongs to outputs"),
    ],
)  # fmt: skip
def test_a_value_of_another_form_has_one_message(form: Form, value: object, message: str) -> None:
    """What was found, what was expected, what to do."""
    assert admitted(form, value)[1] == [message]


def test_infinities_are_no_numbers_of_the_language() -> None:
    """A bound, a tolerance, a limit is finite."""
    found = mistakes(HEAD + "signatures: {s: {inputs: {x: {dtype: number, minimum: -.inf, maximum: .nan}}}}")
    assert found == [
        "4:55: 'minimum' wants a number, found -inf",
        "4:71: 'maximum' wants a number, found nan",
    ]


def test_what_is_broken_is_left_out_or_marked() -> None:
    """A key of ours vanishes; a name of the user's, and an item among mappings, keeps its place."""
    assert admitted(RECORD, {"minimum": "x", "maximum": 2})[0] == {"maximum": 2}
    assert admitted(MapOf(Integer()), {"a": "x", "b": 1})[0] == {"a": BROKEN, "b": 1}
    assert admitted(ListOf(RECORD), [5, {"minimum": 1}])[0] == [BROKEN, {"minimum": 1}]
    assert admitted(ListOf(Integer()), [1, "x"])[0] is BROKEN


def test_records_are_reached_once() -> None:
    """Through lists, mappings and alternatives."""
    outer = Record("o", (Field("a", ListOf(MapOf(Either((RECORD, Null())))), "A."), Field("b", RECORD, "B.")))
    assert [record.name for record in records(outer)] == ["o", "r"]
    assert [record.name for record in records(Nested())] == ["bytes"]
