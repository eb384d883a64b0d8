"""What inputs with `from:` are drawn from: answers of another signature, gathered and filtered."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from sigpact.contract.model import Around, Contract, SignatureUse, Tensor
from sigpact.values import sourced
from sigpact.values.plan import Plan, plan
from sigpact.values.requests import Origin, Request
from sigpact.values.shrink import shrink
from sigpact.values.sourced import Sourced, gather
from sigpact.wire.arrays import Array, Value, value
from tests.values.builders import contract, tensor

Answered = list[tuple[Request, Mapping[str, Value]]]


def asked(rows: int, *, origin: Origin = Origin.RANDOM, label: str = "") -> Request:
    """Return a request of so many rows; nobody looks at what it held."""
    return Request(origin, {}, {}, rows, label)


def embedder(*outputs: Tensor) -> SignatureUse:
    """Return the use that is drawn from, called `s`."""
    return contract(tensor("x", "float32", "batch"), outputs=outputs)[1]


E = tensor("e", "float32", "batch", 2)


def sent(planned: Plan, name: str) -> Array:
    """Return every row of an input over all requests."""
    return np.concatenate([each.values[name].array for each in planned.requests])


def planned(
    source: Sourced | str, *inputs: Tensor, rows: int = 40, client: str = "grpc", **said: Any
) -> Plan:
    """Plan a use whose inputs are drawn from `s`."""
    made, use = contract(*inputs, client=client, **said)
    return plan(made, use, rows=rows, seed=1, sources={"s": source})


def drawn(
    name: str = "v", *dims: int | str | None, dtype: str = "float32", source: str = "e", **said: Any
) -> Tensor:
    """Return an input that is drawn from an output of `s`."""
    return tensor(name, dtype, *(dims or ("batch", 2)), source=("s", source), **said)


def rows_of(
    *rows: list[float], origin: Origin = Origin.RANDOM, label: str = ""
) -> tuple[Request, Mapping[str, Value]]:
    """Return an answer with these rows in `e`."""
    return asked(len(rows), origin=origin, label=label), {"e": value("float32", list(rows))}


def test_boundaries_stand_first_with_their_labels() -> None:
    """Row by row, whatever the order in which they were answered."""
    found = gather(embedder(E), ("e",), [
        rows_of([1.0, 1.0]),
        rows_of([2.0, 2.0], [3.0, 3.0], origin=Origin.BOUNDARY, label="x: least; x: most"),
    ])  # fmt: skip
    (stack,) = found.stacks
    assert stack.labels == ("x: least", "x: most")
    assert stack.values["e"].array[:, 0].tolist() == [2, 3, 1]
    assert (found.rows, found.boundaries) == (3, 2)


def test_all_boundaries_are_sent_and_nothing_that_was_not_answered() -> None:
    """The random rows are answers as well, many of them different ones."""
    random = [[float(each), each / 2] for each in range(30)]
    found = gather(embedder(E), ("e",), [
        rows_of(*random),
        rows_of([-1.0, 0.0], [-2.0, 0.0], origin=Origin.BOUNDARY, label="one; two"),
    ])  # fmt: skip
    rows = {tuple(each) for each in sent(planned(found, drawn()), "v").tolist()}
    assert {(-1.0, 0.0), (-2.0, 0.0)} <= rows
    assert rows <= {*map(tuple, random), (-1.0, 0.0), (-2.0, 0.0)}
    assert len(rows) > 15
    labels = " ".join(each.label for each in planned(found, drawn()).requests)
    assert "v: from s with one" in labels


def test_rows_fill_more_dimensions() -> None:
    """A list of candidates is a row of the other signature each."""
    found = gather(embedder(E), ("e",), [rows_of(*([float(each), -float(each)] for each in range(9)))])
    made = planned(found, drawn("v", "batch", "cand", 2), dims={"cand": (1, 5)})
    arrays = [each.values["v"].array for each in made.requests]
    assert len({each.shape[1] for each in arrays}) > 1
    assert all((each[..., 0] == -each[..., 1]).all() for each in arrays)


def test_sizes_follow_the_answers() -> None:
    """A name that the answer has is of its size in all inputs; other sizes are never sent."""
    use = embedder(tensor("e", "float32", "batch", "tokens"))
    answers: Answered = [
        (asked(2), {"e": value("float32", np.full((2, width), width))}) for width in (3, 6)
    ]  # fmt: skip
    found = gather(use, ("e",), answers)
    weights = tensor("w", "int64", "tokens", minimum=0, maximum=9)
    made = planned(found, drawn("v", "batch", "tokens"), weights)
    shapes = {(each.values["v"].shape[1], each.values["w"].shape[0]) for each in made.requests}
    assert shapes == {(3, 3), (6, 6)}


def test_boundaries_of_all_sizes_are_sent() -> None:
    """Not only those that have the sizes in which the other boundaries are tried."""
    use = embedder(tensor("e", "float32", "batch", "tokens"))
    answers: Answered = [
        (asked(1, origin=Origin.BOUNDARY, label=f"width {width}"), {"e": value("float32", [[-1.0] * width])})
        for width in range(1, 7)
    ]  # fmt: skip
    answers += [(asked(9), {"e": value("float32", np.ones((9, width)))}) for width in range(1, 7)]
    made = planned(gather(use, ("e",), answers), drawn("v", "batch", "tokens"), rows=0)
    edges = {each.values["v"].shape[1] for each in made.requests if (each.values["v"].array == -1).any()}
    assert edges == set(range(1, 7))


def test_an_answer_that_has_no_rows_is_sent_whole() -> None:
    """Its rows belong together: never mixed with those of another answer."""
    use = embedder(tensor("e", "float32", "n", "n"))
    answers: Answered = [
        (asked(1), {"e": value("float32", np.full((size, size), 10 * size + at))})
        for size in (2, 3) for at in range(3)
    ]  # fmt: skip
    made = planned(gather(use, ("e",), answers), drawn("v", "n", "n"))
    arrays = [each.values["v"].array for each in made.requests]
    assert {each.shape for each in arrays} == {(2, 2), (3, 3)}
    assert all((each == each[0, 0]).all() for each in arrays)
    assert len({each[0, 0] for each in arrays}) == 6


KEPT = [
    # words of the input, then which of the rows 0 .. 9 (as [x, 1 - x]) are sent
    ({"minimum": -2}, range(4)),
    ({"maximum": 2}, range(3)),
    ({"enum": (0, 1)}, range(2)),
    ({"sums_to": Around(1.0, -1, None)}, range(10)),
    ({"norm": Around(1.0, 1, 1e-6)}, range(2)),
    ({"sorted": "ascending"}, range(1)),
    ({"unique": -1, "minimum": -9, "maximum": 9}, range(10)),
]


@pytest.mark.parametrize(("words", "kept"), KEPT)
def test_only_the_declared_domain_is_sent(words: dict[str, Any], kept: range) -> None:
    """What else was answered is counted."""
    found = gather(embedder(E), ("e",), [rows_of(*([float(each), 1.0 - each] for each in range(10)))])
    made = planned(found, drawn(**words), rows=300)
    assert set(sent(made, "v")[:, 0].tolist()) == set(kept)
    (note,) = made.notes
    lost = 10 - len(kept)
    assert (f"{lost} more lie outside of the declared domain" in note) is (lost > 0)


def test_what_is_not_finite_is_not_sent() -> None:
    """Unless the contract says that the client sends it."""
    found = gather(embedder(E), ("e",), [rows_of([1.0, 2.0], [float("nan"), 0.0])])
    assert np.isfinite(sent(planned(found, drawn()), "v")).all()
    assert np.isnan(sent(planned(found, drawn(finite=False)), "v")).any()


@pytest.mark.parametrize(
    ("words", "kept"),
    [({"max_length": 2}, {b"", b"ab"}), ({"pattern": "^a"}, {b"ab", b"abc"}), ({"enum": ("abc",)}, {b"abc"})],
)
def test_texts(words: dict[str, Any], kept: set[bytes]) -> None:
    """The words about strings count as well."""
    use = embedder(tensor("e", "string", "batch"))
    found = gather(use, ("e",), [(asked(3), {"e": value("string", ["", "ab", "abc"])})])
    made = planned(found, drawn("v", "batch", dtype="string", **words), rows=60)
    assert set(sent(made, "v").tolist()) == kept


def test_numbers_read_from_json_stay_what_they_are() -> None:
    """A client that read 0.1 sends 0.1 on, whatever dtype its contract names."""
    use = embedder(tensor("e", "float32", "batch"))
    found = gather(use, ("e",), [(asked(2), {"e": value("float64", [0.1, 0.2])})])
    (request, *_) = planned(found, drawn("v", "batch"), client="columnar").requests
    assert request.values["v"].dtype.name == "float64"
    assert request.values["v"].array[0] in {0.1, 0.2}
    (request, *_) = planned(found, drawn("v", "batch")).requests
    assert request.values["v"].dtype.name == "float32"


def test_another_kind_of_value_is_told() -> None:
    """A text is no number."""
    use = embedder(tensor("e", "string", "batch"))
    found = gather(use, ("e",), [(asked(1), {"e": value("string", ["a"])})])
    made = planned(found, drawn("v", "batch"))
    assert list(map(str, made.undrawable)) == ["v: `from: s.e`: it is string, and the input is float32"]
    assert list(made.requests) == []


@pytest.mark.parametrize("source", ["s was refused", Sourced("s", ())])
def test_without_answers_nothing_is_made_up(source: Sourced | str) -> None:
    """The reason is told."""
    made = planned(source, drawn(), rows=5)
    (told,) = made.undrawable
    assert str(told) in {
        "v: `from: s.e`: s was refused",
        "v: `from: s.e`: s answered nothing on its own domain",
    }
    assert list(made.requests) == []


def test_no_shape_of_its_own_means_that_of_the_output() -> None:
    """The names are one."""
    made, use = contract(drawn("v", rank="any"), outputs=(E,))
    both = Contract(
        made.file, made.client, made.models, "grpc", "any", made.versions, "active",
        (use, SignatureUse("src", (), "predict", "row", named=False, answer="named", filter=False,
                           inputs=(), outputs=(E,))),
    )  # fmt: skip
    found = gather(embedder(E), ("e",), [rows_of([1.0, 2.0], [3.0, 4.0])])
    assert sent(plan(both, use, rows=8, seed=1, sources={"s": found}), "v").shape[1:] == (2,)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is answered beyond it is not even asked for, and said."""
    monkeypatch.setattr(sourced, "NUMBERS", 10)
    asked_for = []

    def answers() -> object:
        for at in range(100):
            asked_for.append(at)
            yield rows_of([float(at), 0.0], [float(at), 1.0])

    found = gather(embedder(E), ("e",), answers())  # type: ignore[arg-type]
    assert (found.cut, len(asked_for)) == (True, 3)
    assert planned(found, drawn()).notes[0].endswith("it answered more than is kept")


@pytest.mark.parametrize("dim", ["tokens", None], ids=["named", "null"])
def test_shrinking_takes_rows_away_and_nothing_else(dim: str | None) -> None:
    """A part of an answer is none, nor is a simpler number."""
    made, use = contract(drawn("v", "batch", dim), tensor("w", "int64", "tokens", minimum=0, maximum=9))
    request = Request(
        Origin.RANDOM,
        {"v": value("float32", [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]]), "w": value("int64", [1, 2, 3])},
        {"batch": 2, "tokens": 3},
        2,
    )
    found = shrink(made, use, request, lambda tried: [4.5 in each.values["v"].array for each in tried])
    assert found.values["v"].array.tolist() == [[4.5, 5.5, 6.5]]
    assert found.values["w"].array.tolist() == [0] * (1 if dim is None else 3)
