"""What a Python check may answer, and what becomes of it."""

from collections.abc import Callable

import numpy as np
import pytest

from sigpact.checking import Arrays, Check, Verdict
from sigpact.checks.holds import check_holds
from sigpact.checks.python_checks import about, judged
from sigpact.checks.related import Answers, Held
from sigpact.contract.model import Clause
from sigpact.frozen import replace
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import value
from tests.values.builders import contract, tensor

ROWS = 3
ANSWERS = Answers(
    {
        (None, "title"): value("string", ["é", "b", "c"]),
        (None, "picture"): value("string", [b"\xff", b"b", b"c"]),
        ("", "y"): value("float32", [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]),
        ("embed", "e"): value("int64", [1, 2, 3]),
    },
    ROWS,
    {},
    frozenset({(None, "picture")}),
)


def run(function: Callable[[Arrays, Arrays], object]) -> Held:
    """Judge the three rows by a function."""
    return judged(Clause("own", (), check="own", function=function), ANSWERS)


@pytest.mark.parametrize(
    ("said", "rows", "is_whole"),
    [
        (None, [True] * 3, False),
        (True, [True] * 3, False),
        (np.bool_(False), [False] * 3, True),  # noqa: FBT003 - what a check returns
        ("the shelf is empty", [False] * 3, True),
        (np.array([True, False, True]), [True, False, True], False),
        ([True, True, False], [True, True, False], False),
        (np.array([[True, True], [True, False], [False, False]]), [True, False, False], False),
    ],
)
def test_what_a_check_may_answer(said: Verdict, rows: list[bool], *, is_whole: bool) -> None:
    """Booleans row by row, all dimensions behind the rows; one for the call; a text; nothing."""
    found = run(lambda *_: said)
    assert (found.rows.tolist(), found.is_whole, found.undecided) == (rows, is_whole, None)
    assert (found.problem is None) == all(rows)


def test_a_call_without_rows() -> None:
    """None of its rows fails."""
    none = Answers({("", "y"): value("float32", np.zeros((0, 2)))}, 0, {})
    said = judged(Clause("own", (), check="own", function=lambda _, found: found["y"] > 0), none)
    assert (said.rows.tolist(), said.undecided) == ([], None)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "returned str,"),
        (1, "returned int,"),
        (np.ones(3), "returned ndarray of shape [3],"),
        ([True, False], "returned list of shape [2],"),
        ([[True], [True, False]], "returned list,"),
        ({"a": True}, "returned dict,"),
    ],
)
def test_anything_else_is_no_answer(said: object, told: str) -> None:
    """Neither a breach nor a yes: what was meant is not known."""
    found = run(lambda *_: said)
    assert found.undecided == f"{told} expected a boolean for each of 3 rows, one for all, a text or None"
    assert found.rows.all()


def test_an_assertion_says_why() -> None:
    """By its message; a bare one by its source, where that can be had."""
    space: dict[str, Callable[[Arrays, Arrays], None]] = {}
    exec("def bare(inputs, outputs):\n    assert not outputs", space)  # noqa: S102 - pytest would add words

    def worded(_: Arrays, __: Arrays) -> None:
        raise AssertionError("nothing\nstands out")

    assert run(space["bare"]).problem == "an assertion failed"
    assert run(worded).problem == "nothing stands out"
    assert run(worded).is_whole


def test_another_exception_leaves_it_undecided() -> None:
    """With its type, its place and its words; no traceback."""
    found = run(lambda _, outputs: outputs["rank"])
    assert found.undecided is not None
    assert found.undecided.startswith("raised KeyError (test_python_checks.py:")
    assert found.problem == "'rank'"
    assert found.rows.all()


def test_what_it_is_given() -> None:
    """Texts as str, bytes as bytes, an output of a relation under its call, and all of it a copy."""
    seen: dict[str, object] = {}

    def look(inputs: Arrays, outputs: Arrays) -> bool:
        seen.update({name: each.tolist() for name, each in (*inputs.items(), *outputs.items())})
        outputs["embed.e"].fill(0)
        return True

    assert run(look).rows.all()
    assert seen == {
        "title": ["é", "b", "c"],
        "picture": [b"\xff", b"b", b"c"],
        "y": [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]],
        "embed.e": [1, 2, 3],
    }
    assert ANSWERS.values["embed", "e"].array.tolist() == [1, 2, 3]


def test_what_a_clause_relies_on() -> None:
    """A check is told by its name and the first line of its docstring."""

    def own(inputs: Arrays, outputs: Arrays) -> bool:
        """The shelf shows each item once.

        More.
        """
        return bool(inputs or outputs)

    assert about(Clause("own", (), check="own", function=own)) == "check own: The shelf shows each item once."
    assert about(Clause("own", (), check="own", because="b")) == "check own (b)"
    assert about(Clause("y > 0", (), because="it is drawn")) == "y > 0 (it is drawn)"


def test_an_answer_that_lacks_an_output_is_not_shown_to_a_check() -> None:
    """That it is missing is told by itself; the check would only fail to find it."""

    def own(_: Arrays, outputs: Arrays) -> Verdict:
        return bool((outputs["y"] == outputs["z"]).all())

    check: Check = own
    made, use = contract(outputs=(tensor("y", "int32", "batch"), tensor("z", "int32", "batch")))
    use = replace(use, holds=(Clause("own", (), check="own", function=check),))
    request = Request(Origin.RANDOM, {}, {"batch": 1}, 1)
    answer = {"y": value("int32", [1]), "z": value("int32", [2])}
    assert [each.rule for each in check_holds(made, use, request, answer, {})] == ["holds-broken"]
    assert list(check_holds(made, use, request, {"y": answer["y"]}, {})) == []
