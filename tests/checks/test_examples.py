"""Examples against what came: tensors, REST bodies, expected errors."""

import json
from typing import Any

import pytest

from sigpact.checks.examples import Failure, check_example, check_raw_example
from sigpact.contract.model import Expected, ExpectedError, Nested, RawExample, TensorExample, Tolerance
from sigpact.wire.arrays import value
from tests.values.builders import contract, tensor

PATH = ("signatures", "s", "examples", 0)
EXACT = Tolerance(exact=True)


def told(
    dtype: str, came: Any, wanted: Nested, tolerance: Tolerance | None = None, *, sensitive: bool = False
) -> list[tuple[str, str]]:
    """Return what is expected and received of one output of an example."""
    _, use = contract(outputs=(tensor("o", dtype, sensitive=sensitive),))
    expected = Expected("o", wanted, PATH, approx=tolerance is not None, tolerance=tolerance or Tolerance())
    example = TensorExample("an example", PATH, (), (expected,))
    made = list(check_example(use, example, {"o": value(dtype, came)}))
    assert {(each.rule, each.change) for each in made} <= {("example-mismatch", "an example")}
    return [(each.expected, each.received) for each in made]


@pytest.mark.parametrize(
    ("dtype", "came", "wanted", "tolerance", "expected"),
    [
        ("string", ["Drama"], ("Drama",), None, []),
        ("string", ["Drama", "Horror"], ("Drama", "Drama"), None, [('"Drama" at [1]', '"Horror" at [1]')]),
        ("string", [b"\xff"], (b"\xff",), None, []),
        ("string", ["1"], (1,), None, [("(1,)", "values of string")]),
        ("int32", [3], (3,), None, []),
        ("int32", [3], (4,), None, [("4 at [0]", "3 at [0]")]),
        ("int64", [2**53 + 1], (2**53,), None, [(f"{2**53} at [0]", f"{2**53 + 1} at [0]")]),
        ("bool", [True], (True,), None, []),
        ("bool", [True], (1,), None, [("(1,)", "values of bool")]),
        ("int32", [1], (True,), None, [("(True,)", "values of int32")]),
        ("float32", [1], ("a",), None, [("('a',)", "values of float32")]),
        # floats within the tolerance of the language
        ("float32", [0.1], (0.1,), None, []),
        ("float32", [1.0], (1.00001,), None, []),
        ("float32", [1.0], (1.0001,), None, [("1.0001 at [0]", "1.0 at [0]")]),
        ("float16", [1.0], (1.01,), None, []),
        ("bfloat16", [1.0], (1.02,), None, [("1.02 at [0]", "1.0 at [0]")]),
        # or that of the example
        ("float32", [0.9], (0.91,), Tolerance(atol=0.05), []),
        ("float32", [0.8], (0.91,), Tolerance(atol=0.05), [("0.91 at [0]", f"{0.800000011920929} at [0]")]),
        ("int32", [105], (100,), Tolerance(rtol=0.05), []),
        ("float32", [0.1], (0.1,), EXACT, []),
        ("float32", [1.0], (1.000001,), EXACT, [("1.000001 at [0]", "1.0 at [0]")]),
        # a share of the rows
        ("float32", [[1, 1], [1, 2], [1, 1], [1, 1]], ((1, 1),) * 4, Tolerance(share=0.75), []),
        (
            "float32",
            [[1, 1], [2, 2], [1, 1], [2, 1]],
            ((1, 1),) * 4,
            Tolerance(share=0.75),
            [("1 at [1, 0]", "2.0 at [1, 0]")],
        ),
        # shapes
        ("int32", [1, 2], (1,), None, [("shape [1]", "shape [2]")]),
        ("int32", 1, 1, None, []),
        ("int32", 1, 2, None, [("2", "1")]),
    ],
)
def test_tensors(
    dtype: str, came: Any, wanted: Nested, tolerance: Tolerance | None, expected: list[tuple[str, str]]
) -> None:
    """What came is equal, or near enough, or the first difference is told."""
    assert told(dtype, came, wanted, tolerance) == expected


def test_counts_and_rows() -> None:
    """The breach tells how many elements differ, and the row of the first."""
    _, use = contract(outputs=(tensor("o", "int32"),))
    example = TensorExample("e", PATH, (), (Expected("o", (1, 1, 1), PATH),))
    (made,) = check_example(use, example, {"o": value("int32", [1, 2, 3])})
    assert (made.at, made.row, made.count, made.total) == (("outputs", "o"), 1, 2, 3)


def test_missing_outputs() -> None:
    """An output that the example speaks of and the answer does not have."""
    _, use = contract(outputs=(tensor("o", "int32"),))
    example = TensorExample("e", PATH, (), (Expected("o", (1,), PATH),))
    (made,) = check_example(use, example, {"p": value("int32", [1])})
    assert (made.expected, made.received) == ("an output 'o'", "outputs: p")


def test_sensitive_outputs_are_digests() -> None:
    """Neither what was expected nor what came is told."""
    ((expected, received),) = told("string", ["alice"], ("bob",), sensitive=True)
    assert "alice" not in received
    assert "bob" not in expected
    ((expected, received),) = told("string", ["alice"], (1,), sensitive=True)
    assert "sha256:" in expected


REFUSED = Failure(400, "Expected image (JPEG, PNG, or GIF)")


@pytest.mark.parametrize(
    ("wanted", "came", "expected"),
    [
        (ExpectedError(400, "JPEG"), REFUSED, []),
        (ExpectedError(None, None), REFUSED, []),
        (ExpectedError(None, "PNG"), Failure(None, "no PNG"), []),
        (ExpectedError(500, None), REFUSED, [("an error with status 500", f"status 400: {REFUSED.message}")]),
        (
            ExpectedError(400, "WEBP"),
            REFUSED,
            [("an error with status 400 that contains 'WEBP'", f"status 400: {REFUSED.message}")],
        ),
        (ExpectedError(400, None), None, [("an error with status 400", "an answer")]),
        (None, REFUSED, [("an answer", f"status 400: {REFUSED.message}")]),
        (None, Failure(None, "no"), [("an answer", "no")]),
        (None, None, []),
    ],
)
def test_errors(wanted: ExpectedError | None, came: Failure | None, expected: list[tuple[str, str]]) -> None:
    """An expected error must come, an unexpected one must not; tensors and bodies alike."""
    _, use = contract(outputs=())
    answers: list[Any] = [{}, b"{}"] if came is None else [came, came]
    made = [
        list(check_example(use, TensorExample("e", PATH, (), error=wanted), answers[0])),
        list(check_raw_example(use, RawExample("e", PATH, "{}", error=wanted), answers[1])),
    ]
    assert [[(each.expected, each.received) for each in some] for some in made] == [expected, expected]


def test_messages_about_sensitive_inputs_are_digests() -> None:
    """The server's errors quote what was sent."""
    _, use = contract(tensor("name", "text", sensitive=True))
    (made,) = check_raw_example(use, RawExample("e", PATH, "{}"), Failure(400, 'JSON Value: "alice"'))
    assert "alice" not in made.received


@pytest.mark.parametrize(
    ("wanted", "came", "tolerance", "expected"),
    [
        ({"predictions": ["Drama"]}, {"predictions": ["Drama"]}, {}, []),
        (
            {"predictions": ["Drama"]},
            {"predictions": ["Horror"]},
            {},
            [('"Drama" at $.predictions[0]', '"Horror" at $.predictions[0]')],
        ),
        # of objects, what is named; more is allowed
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}, {}, []),
        ({"a": 1}, {"b": 1}, {}, [("a key 'a' at $", "keys 'b' at $")]),
        # of lists, all
        ([1, 2], [1, 2, 3], {}, [("2 items at $", "3 items at $")]),
        ([{"a": 1}], [{"a": 1, "b": 2}], {}, []),
        # numbers: whole ones exactly, others within the tolerance, 2.0 is 2
        (1000001, 1000002, {}, [("1000001 at $", "1000002 at $")]),
        (1000001, 1000002, {"rtol": 1e-5}, []),
        (2, 2.0, {}, []),
        (0.333333343, 0.3333333333333333, {}, []),
        (0.3, 0.31, {}, [("0.3 at $", "0.31 at $")]),
        (0.3, 0.31, {"atol": 0.05}, []),
        # kinds are not mixed
        (1, True, {}, [("1 at $", "true at $")]),
        (True, True, {}, []),
        (None, False, {}, [("null at $", "false at $")]),
        ("1", 1, {}, [('"1" at $', "1 at $")]),
        ({"a": 1}, [1], {}, [('{"a": 1} at $', "[1] at $")]),
        (10**400, 1.0, {}, [(f"{'1' + '0' * 199}… (401 characters) at $", "1.0 at $")]),
    ],
)
def test_bodies(wanted: Any, came: Any, tolerance: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """A body is compared as the client parses it, and the first difference is told with its place."""
    _, use = contract()
    example = RawExample("e", PATH, "{}", json.dumps(wanted), Tolerance(**tolerance))
    made = list(check_raw_example(use, example, json.dumps(came).encode()))
    assert [(each.expected, each.received) for each in made] == expected


def test_bodies_that_are_no_json() -> None:
    """A body that cannot be parsed is told, and so is one that is not UTF-8."""
    _, use = contract()
    for body in (b"<html>", b"\xff"):
        (made,) = check_raw_example(use, RawExample("e", PATH, "{}", "{}"), body)
        assert made.expected == "a JSON body"


def test_an_example_without_an_answer_only_wants_one() -> None:
    """Where nothing is said of the answer, any will do."""
    _, use = contract()
    assert list(check_raw_example(use, RawExample("e", PATH, "{}"), b"anything")) == []
    assert list(check_example(use, TensorExample("e", PATH, ()), {})) == []
