"""A relation's clauses over answers, row by row: what counts as equal, what is a tie, what the sides are."""

import numpy as np
import pytest

from sigpact.checks.related import Answers, Key, held, sides
from sigpact.contract.model import Clause, Tolerance
from sigpact.expressions import parse
from sigpact.wire.arrays import Value, value

SCORES: dict[Key, Key] = {("a", "label"): ("a", "scores"), ("b", "label"): ("b", "scores")}


def clause(text: str, **said: float | bool) -> Clause:
    """Return a clause as a contract has it."""
    return Clause(text, (), parse(text), tolerance=Tolerance(**said))  # type: ignore[arg-type]


def answers(rows: int = 3, scores: dict[Key, Key] | None = None, **values: Value) -> Answers:
    """Return answers: `a_y` is the output `y` of call `a`, `x` a drawn input."""
    keys: dict[str, Key] = {
        name: (name.split("_")[0], name.split("_")[1]) if "_" in name else (None, name) for name in values
    }
    return Answers({keys[name]: each for name, each in values.items()}, rows, scores or {})


def floats(*elements: float, dtype: str = "float32") -> Value:
    """Return a vector of floats."""
    return value(dtype, list(elements))


NOISY = answers(a_y=floats(1, 2, 3), b_y=floats(1, 2 * (1 + 4e-6), 3.1), x=floats(1, 2 * (1 + 4e-6), 3))


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        (clause("a.y == b.y"), [True, True, False]),  # floats of two calls: near
        (clause("a.y == b.y", exact=True), [True, False, False]),
        (clause("a.y ~= b.y", exact=True), [True, False, False]),
        (clause("a.y == b.y", atol=0.2), [True, True, True]),
        (clause("a.y != b.y"), [False, False, True]),  # its opposite
        (clause("not a.y == b.y"), [False, False, True]),
        (clause("a.y == x"), [True, False, True]),  # what was drawn is no answer of a call: exact
        (clause("a.y == b.y or a.y > 2"), [True, True, True]),
        (clause("a.y == b.y == a.y"), [True, True, False]),
        (clause("sum(a.y) >= 6"), [True, True, True]),  # of no row: of all
        (clause("max(a.y) > 3"), [False, False, False]),
    ],
)
def test_rows(said: Clause, rows: list[bool]) -> None:
    """Each row is judged for itself."""
    assert held(said, NOISY).rows.tolist() == rows


@pytest.mark.parametrize("text", ["x >= 0", "sum(y, axis=-1) == x", "y >= 0", "max(y, axis=-1) >= x"])
def test_a_call_without_rows_breaks_nothing(text: str) -> None:
    """There is no row that fails."""
    made = answers(0, x=value("int64", np.zeros(0)), y=value("int64", np.zeros((0, 5))))
    assert held(clause(text), made).rows.tolist() == []


def test_a_row_holds_where_all_of_it_does() -> None:
    """Whatever the dimensions behind the first."""
    made = answers(2, a_y=value("int64", [[1, 2], [3, 4]]), b_y=value("int64", [[1, 2], [3, 5]]))
    assert held(clause("a.y == b.y"), made).rows.tolist() == [True, False]


@pytest.mark.parametrize("text", ["a.y == b.y", "lower(a.y) == 'x'", "a.y"])
def test_what_has_no_value_holds_nowhere(text: str) -> None:
    """Shapes that do not go together, numbers taken for texts: said, never raised."""
    made = answers(2, a_y=value("float32", [[1.0, 2.0]]), b_y=value("float32", [[1.0, 2.0, 3.0]]))
    found = held(clause(text), made)
    assert not found.rows.any()
    assert found.problem is not None
    assert found.problem.startswith("it has no value: ")


def labelled(ours: list[list[float]], theirs: list[list[float]] | None, names: str = "abc") -> Answers:
    """Return two calls whose labels are the best of their scores."""
    made = {"a": ours, "b": ours if theirs is None else theirs}
    values: dict[str, Value] = {}
    for call, rows in made.items():
        best = np.asarray(rows).argmax(axis=-1)
        values[f"{call}_label"] = value("string", [names[each] for each in best])
        values[f"{call}_scores"] = value("float32", rows)
    return answers(len(ours), SCORES, **values)


NEAR = 1e-7


@pytest.mark.parametrize(
    ("ours", "theirs", "holds"),
    [
        ([0.5 + NEAR, 0.5, 0], [0.5, 0.5 + NEAR, 0], True),  # a tie on both sides
        ([0.6, 0.4, 0], [0.4, 0.6, 0], False),
        ([0.5 + NEAR, 0.5, 0], [0, 1, 0], True),  # one side could as well have said what the other does
        ([0.5 + NEAR, 0.5, 0.1], [0, 0.2, 0.8], False),  # near, but to a third
        ([0.6, 0.4, 0], [0.6, 0.4, 0], True),
    ],
)
def test_ties(ours: list[float], theirs: list[float], holds: object) -> None:
    """A label that differs because two scores are as good as equal is none that differs."""
    found = held(clause("a.label == b.label"), labelled([ours], [theirs]))
    assert found.rows.tolist() == [holds]
    assert found.ties == (holds is True and np.argmax(ours) != np.argmax(theirs))


@pytest.mark.parametrize(
    ("ours", "theirs"), [([0.5, 0.5], [0.5, 0.5 - NEAR]), ([0.5 + NEAR, 0.5], [0.5, 0.5])]
)
def test_which_of_equal_scores_wins_is_the_models(ours: list[float], theirs: list[float]) -> None:
    """A model whose last best wins says another label where ours is the first on both sides."""
    made = labelled([ours], [theirs])
    changed = {**made.values, ("b", "label"): value("string", ["b"])}
    found = held(clause("a.label == b.label"), Answers(changed, 1, SCORES))
    assert (found.rows.tolist(), found.ties) == ([True], 1)


def test_a_label_that_its_scores_do_not_decide_is_no_tie() -> None:
    """The same position on both sides, by far, and another label is a breach."""
    made = labelled([[0.6, 0.4, 0]], None)
    changed = {**made.values, ("b", "label"): value("string", ["z"])}
    assert not held(clause("a.label == b.label"), Answers(changed, 1, SCORES)).rows.any()


def test_ties_of_one_side_alone() -> None:
    """Where the other call tells no scores, the two best of this one must be near."""
    for gap, holds in ((NEAR, True), (0.1, False)):
        made = labelled([[0.5 + gap, 0.5, 0]], [[0, 1, 0]])
        only: dict[Key, Key] = {("a", "label"): ("a", "scores")}
        assert held(clause("a.label == b.label"), Answers(made.values, 1, only)).rows.tolist() == [holds]
        assert not held(clause("a.label == b.label"), Answers(made.values, 1, {})).rows.any()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a.y == b.y", ["a.y", "b.y"]),
        ("sum(a.y) >= 7 and a.y > 0", ["sum(a.y)"]),
        ("a.y > 0 and abs(a.y - b.y) < 0.05", ["abs(a.y - b.y)"]),
        ("not a.y == b.y", ["a.y", "b.y"]),
        ("a.y > 5 or b.y > 5", ["a.y", "b.y"]),
        # its own brackets, and no others
        ("a.y == (b.y >= 18)", ["a.y", "(b.y >= 18)"]),
        ("a.y + 1 == (b.y + 2) * 3", ["a.y + 1", "(b.y + 2) * 3"]),
        ("not ((a.y + 1) > b.y - 99)", ["(a.y + 1)", "b.y - 99"]),
        ("len(a.y) + 1 in [1, 2]", ["len(a.y) + 1", "[1, 2]"]),
    ],
)
def test_sides_are_those_of_the_comparison_that_fails(text: str, written: list[str]) -> None:
    """As they are written; literals are not repeated."""
    assert [said for said, _ in sides(clause(text), NOISY)] == written


def test_sides_have_their_values() -> None:
    """Whole: whoever shows them picks the row."""
    (ours, theirs) = sides(clause("a.y * 2 == b.y"), NOISY)
    assert ours[1].tolist() == [2, 4, 6]
    assert theirs[1].tolist() == NOISY.values["b", "y"].array.tolist()
