"""Which outputs must be there and of which dtype; rows, counts, and what is sensitive."""

from typing import Any

import numpy as np
import pytest

from sigpact.checks import answers as answers_module
from sigpact.checks.answers import not_looked_at
from sigpact.checks.breaches import Breach
from sigpact.contract.model import Image, Labels
from sigpact.rules.registry import catalogue
from sigpact.wire.arrays import Value, value
from tests.checks.answers import breaches, found
from tests.values.builders import tensor


@pytest.mark.parametrize(
    ("client", "declared", "dtype", "admitted"),
    [
        # over gRPC exact
        ("grpc", "float32", "float32", True),
        ("grpc", "float32", "float64", False),
        ("grpc", "float32 float64", "float64", True),
        ("grpc", "int32", "int64", False),
        ("grpc", "text", "string", True),
        ("grpc", "bytes", "string", True),
        ("grpc", "bool", "int8", False),
        # REST: the same kind of literals
        ("row", "number", "float64", True),
        ("row", "number", "int64", True),
        ("row", "number", "bool", False),
        ("row", "integer", "int64", True),
        ("row", "integer", "uint64", True),
        ("row", "integer", "float64", False),
        ("row", "float32", "float64", True),
        ("row", "float32", "int64", False),
        ("row", "int8", "int64", True),
        ("row", "int8", "float64", False),
        ("row", "boolean", "bool", True),
        ("row", "bool", "bool", True),
        ("row", "text", "string", True),
        ("row", "string", "int64", False),
    ],
)
def test_dtypes(client: str, declared: str, dtype: str, *, admitted: bool) -> None:
    """Over gRPC the dtype is exact, over REST any that gives the same literals will do."""
    made = found(tensor("o", declared, "batch"), dtype, [b"1"] if dtype == "string" else [1], client=client)
    wanted = [] if admitted else [("answer-dtype-changed", " or ".join(declared.split()), dtype)]
    assert made == wanted


def test_a_missing_output() -> None:
    """A declared output that the answer does not have is told with those that it has."""
    made = breaches(tensor("o", "float32"), answer={"b": value("int8", 1), "a": value("int8", 1)})
    assert [(each.rule, each.at, each.received) for each in made] == [
        ("output-missing", ("outputs", "o"), "outputs: a, b")
    ]


def test_an_answer_as_declared_has_nothing_wrong() -> None:
    """An answer that satisfies every word gives no breach."""
    outputs = (
        tensor("scores", "float32", "batch", 2, minimum=0, maximum=1),
        tensor("genre", "text", "batch", enum=("Drama",), pattern="^D"),
    )
    answer = {"scores": value("float32", [[0, 1], [0.5, 0.5]]), "genre": value("string", ["Drama", "Drama"])}
    assert breaches(*outputs, answer=answer, sizes={"batch": 2}) == []


def test_a_breach_tells_the_row_and_how_many() -> None:
    """The worst element is told with its row; the count is of elements."""
    array = np.zeros((4, 3), np.float32)
    array[1, 0], array[2, 1], array[3, 2] = 1.5, 7, 2
    (made,) = breaches(
        tensor("o", "float32", "batch", 3, maximum=1),
        answer={"o": value("float32", array)},
        sizes={"batch": 4},
    )
    assert made == Breach(
        "output-value-outside", ("outputs", "o"), 2, "maximum 1", "7.0 at [2, 1]", 3, 12, "maximum"
    )


def test_the_row_is_only_told_where_there_are_rows() -> None:
    """An output whose first dimension is not the batch has no row."""
    (made,) = breaches(
        tensor("o", "float32", 3, maximum=1), answer={"o": value("float32", [0, 2, 0])}, sizes={"batch": 2}
    )
    assert (made.row, made.received) == (None, "2.0 at [1]")
    (scalar,) = breaches(
        tensor("o", "float32", maximum=1), answer={"o": value("float32", 2)}, sizes={"batch": 1}
    )
    assert (scalar.row, scalar.received) == (None, "2.0")


@pytest.mark.parametrize(
    ("dtype", "words", "elements"),
    [
        ("string", {"max_length": 3}, ["secret"]),
        ("float32", {"maximum": 1}, [1234.5]),
        ("int32", {"enum": (1,)}, [4321]),
    ],
)
def test_sensitive_values_are_never_told(dtype: str, words: dict[str, Any], elements: list[object]) -> None:
    """A digest stands for the value, the same for the same value."""
    sensitive = tensor("o", dtype, "batch", sensitive=True, **words)
    ((_, _, received),) = found(sensitive, dtype, elements)
    assert received.startswith("sha256:")
    assert received.endswith(" at [0]")
    assert "secret" not in received
    assert not any(digits in received for digits in ("1234", "4321"))
    assert [(sensitive.name, received)] == [("o", each[2]) for each in found(sensitive, dtype, elements)]


def test_long_texts_are_cut() -> None:
    """A report does not carry a text of thousands of characters."""
    ((_, _, received),) = found(tensor("o", "text", "batch", max_length=5), "string", ["é" * 5000])
    assert len(received) < 250
    assert "(5002 characters)" in received


def test_every_rule_is_in_the_catalogue() -> None:
    """Whatever a check calls its breach, `sigpact explain` knows it."""
    rules = {
        "output-missing",
        "answer-dtype-changed",
        "answer-shape-changed",
        "output-value-outside",
        "output-not-finite",
        "output-text-undecodable",
        "output-value-repeated",
        "output-order-changed",
        "output-sum-outside",
        "output-norm-outside",
        "output-pattern-undecided",
        "example-mismatch",
    }
    assert rules <= set(catalogue())


def test_words_without_a_check_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no check reads is told, so that no verdict speaks for it: images, where Pillow is not there."""
    picture = tensor("o", "bytes", image=Image("image/png", (1, 2), (1, 2), ("RGB",)))
    assert not_looked_at(picture) == ()
    monkeypatch.setattr(answers_module, "can_read", lambda: False)
    assert not_looked_at(picture) == ("`image` needs Pillow: pip install 'sigpact[images]'",)
    assert not_looked_at(tensor("o", "float32", minimum=0, unique=0)) == ()


def test_an_image_that_is_none_is_outside() -> None:
    """Images that come back are looked at like those that are sent."""
    picture = tensor("o", "bytes", "batch", image=Image("image/png", (1, 2), (1, 2), ("RGB",)))
    assert [each[0] for each in found(picture, "string", [b"no image"])] == ["output-value-outside"]


def test_there_is_a_position_for_each_label() -> None:
    """The length of the axis is the number of labels, whatever the shape says."""
    output = tensor("o", "float32", "batch", None, labels=Labels(("a", "b", "c"), -1))
    assert found(output, "float32", [[1, 2, 3]]) == []
    assert [each[0] for each in found(output, "float32", [[1, 2]])] == ["answer-shape-changed"]
    assert [each[0] for each in found(output, "float32", 1)] == ["answer-shape-changed"]


def test_opaque_answers_are_judged_by_dtype_alone() -> None:
    """A complex tensor has no bounds, and is not finite where a part is not."""
    output = tensor("o", "complex64", "batch")
    assert found(output, "complex64", [1 + 2j]) == []
    assert [each[0] for each in found(output, "complex64", [complex("nan")])] == ["output-not-finite"]
    bounded = tensor("o", "complex64", "batch", minimum=0, maximum=1)
    assert found(bounded, "complex64", [0.5 + 1j]) == []
    assert [each[0] for each in found(bounded, "complex64", [0.5 + 1.5j])] == ["output-value-outside"]
    assert [each[0] for each in found(bounded, "complex64", [-1, 0.5 - 1j])] == ["output-value-outside"] * 2


def test_an_empty_answer_breaks_no_element_word() -> None:
    """No elements, nothing wrong with them."""
    output = tensor("o", "float32", "batch", 3, minimum=0, unique=-1, sorted="ascending")
    empty = Value(value("float32", 0).dtype, np.zeros((0, 3), np.float32))
    assert breaches(output, answer={"o": empty}, sizes={"batch": 0}) == []
