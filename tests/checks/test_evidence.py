"""What was seen while rows ran."""

import numpy as np

from sigpact.checks.evidence import Counts, row_hashes
from sigpact.findings import COUNTED, Evidence, Members
from sigpact.report.evidence import counted, sentences
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import Value, value
from tests.values.builders import contract, tensor


def request(origin: Origin, rows: int) -> Request:
    """Return a request that counts as so many rows."""
    return Request(origin, {}, {"batch": rows}, rows)


def test_rows_are_counted_by_kind() -> None:
    """Rows count where they were sent, answered or not, in the order in which they are sent."""
    _, use = contract(outputs=(tensor("o", "int32", "batch"),))
    counts = Counts(use)
    counts.add(request(Origin.RANDOM, 5), {"o": value("int32", [1, 2, 1, 2, 3])})
    counts.add(request(Origin.EXAMPLE, 1), {"o": value("int32", [1])})
    counts.add(request(Origin.RANDOM, 2), None)
    assert counts.by_kind() == (("examples", 1), ("random", 7))
    assert counts.answered == 6
    assert len(counts.shown().answers) == 3
    assert not counts.shown().is_weak


def test_ten_thousand_rows_of_one_answer_are_one_answer() -> None:
    """What does not depend on its input looks weak."""
    _, use = contract(outputs=(tensor("genre", "text", "batch"),))
    counts = Counts(use)
    for _ in range(10):
        counts.add(request(Origin.RANDOM, 1000), {"genre": value("string", ["Drama"] * 1000)})
    assert len(counts.shown().answers) == 1
    assert counts.shown().is_weak


def test_more_than_are_counted_are_not_remembered() -> None:
    """Memory does not grow with rows; what is told is no more than what was counted."""
    _, use = contract(outputs=(tensor("o", "int32", "batch"),))
    counts = Counts(use)
    for start, distinct in ((0, 15_000), (15_000, COUNTED), (30_000, COUNTED)):
        counts.add(request(Origin.RANDOM, 15_000), {"o": value("int32", range(start, start + 15_000))})
        assert counts.shown().distinct == distinct
    assert counts.answered == 45_000
    assert len(counts.shown().answers) == 30_000
    seen = Evidence(rows=(("random", 45_000),), shown=(counts.shown(),))
    assert counted([seen]).endswith("; 20,000 or more distinct answers)")
    assert next(sentences(seen)) == f"{use.name}: 45,000 rows answered, 20,000 or more distinct"


def test_members_of_enums_are_counted() -> None:
    """How many members of each enum came, of text, of whole numbers and of floats that were rounded."""
    outputs = (
        tensor("genre", "text", "batch", enum=("Drama", "Horror", "Western")),
        tensor("share", "float32", "batch", enum=(0.1, 0.2)),
        tensor("k", "int32", "batch", enum=(1, 2, 3, 4)),
        tensor("free", "int32", "batch"),
    )
    counts = Counts(contract(outputs=outputs)[1])
    answer = {
        "genre": value("string", ["Drama", "Drama"]), "share": value("float32", [0.1, 0.9]),
        "k": value("int32", [4, 2]), "free": value("int32", [1, 2]),
    }  # fmt: skip
    counts.add(request(Origin.RANDOM, 2), answer)
    counts.add(request(Origin.RANDOM, 1), {"genre": value("string", ["Western"])})
    assert counts.shown().members == (
        Members("genre", frozenset({"Drama", "Western"}), 3),
        Members("share", frozenset({0.1}), 2),
        Members("k", frozenset({4, 2}), 4),
    )


def test_a_client_that_reads_nothing_has_no_distinct_answers() -> None:
    """So nothing weak is said of it either: nothing was to be seen."""
    counts = Counts(contract(outputs=())[1])
    counts.add(request(Origin.RANDOM, 100), {})
    assert (counts.shown().answers, counts.shown().is_weak) == (frozenset(), False)


def test_answers_differ_where_any_output_differs() -> None:
    """A row's answer is all of its outputs; where one begins and another ends makes a difference."""
    one = {"a": value("string", ["x", "x", "x"]), "b": value("int32", [[1, 2], [1, 2], [1, 3]])}
    assert len(row_hashes(one, 3)) == 2
    assert row_hashes({"a": value("string", [["ab", "c"]])}, 1) != row_hashes(
        {"a": value("string", [["a", "bc"]])}, 1
    )
    one, other = ({"a": value("string", [each])} for each in (["a\x001:b", "c"], ["a", "b\x001:c"]))
    assert row_hashes(one, 1) != row_hashes(other, 1)
    one, other = ({"a": value("string", [each])} for each in (["a\0b", "c"], ["a", "b\0c"]))
    assert row_hashes(one, 1) != row_hashes(other, 1)


def test_answers_without_rows_count_as_one() -> None:
    """An output that has not one row for each row is hashed as a whole."""
    assert len(row_hashes({"a": value("float32", 1.0)}, 3)) == 1
    assert len(row_hashes({"a": value("float32", [1, 2])}, 3)) == 1
    empty = Value(value("float32", 0).dtype, np.zeros((0, 2), np.float32))
    assert row_hashes({"a": empty}, 0) == set()
