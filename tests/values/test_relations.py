"""The drawn inputs of a relation as one use: one size for one name, the `given` of their signatures."""

from collections.abc import Mapping

import pytest

from sigpact.contract.model import Clause, Contract, Optional, Relation, RelationCall, SignatureUse, Tensor
from sigpact.expressions import parse
from sigpact.frozen import replace
from sigpact.values.plan import plan
from sigpact.values.relations import relation_use
from tests.values.builders import contract, tensor

DIMS: Mapping[str, tuple[int | None, int | None]] = {"batch": (1, 6), "n": (2, 3)}


def signature(name: str, *inputs: Tensor, given: tuple[str, ...] = (), body: str = "row") -> SignatureUse:
    """Return a use."""
    clauses = tuple(Clause(text, (), parse(text)) for text in given)
    return SignatureUse(
        name, (), "predict", body, named=True, answer="named", filter=False,
        inputs=inputs, outputs=(), given=clauses,
    )  # fmt: skip


def relation(inputs: dict[str, tuple[str, str]], *calls: str) -> Relation:
    """Return a relation that draws these inputs and calls these signatures; what they take is no matter."""
    made = tuple(RelationCall(f"c{at}", each, None, (), ()) for at, each in enumerate(calls))
    return Relation("r", (), tuple(inputs.items()), made, ())


def of(*uses: SignatureUse, client: str = "grpc") -> Contract:
    """Return a contract of these signatures."""
    return replace(contract(client=client, dims=dict(DIMS))[0], signatures=uses)


X = tensor("x", "float32", "batch", "n", minimum=0, maximum=1)
Y = tensor("y", "float32", "n", "batch", minimum=5, maximum=6)


def test_names_of_dimensions_are_one_over_several_signatures() -> None:
    """Inputs of two signatures, both at sizes that the contract admits, each in its own domain."""
    made = of(signature("f", X), signature("g", Y))
    use = relation_use(made, relation({"a": ("f", "x"), "b": ("g", "y")}, "f", "g"))
    assert [each.name for each in use.inputs] == ["a", "b"]
    requests = list(plan(made, use, rows=30, seed=1).requests)
    assert requests
    for each in requests:
        rows, columns = each.values["a"].shape
        assert each.values["b"].shape == (columns, rows)
        assert 1 <= rows <= 6
        assert 2 <= columns <= 3
        assert each.values["b"].array.min() >= 5


def test_what_is_optional_is_always_drawn() -> None:
    """A call takes it."""
    made = of(signature("f", replace(X, optional=Optional())))
    use = relation_use(made, relation({"a": ("f", "x")}, "f"))
    assert all("a" in each.values for each in plan(made, use, rows=20, seed=1).requests)


@pytest.mark.parametrize(
    ("inputs", "given"),
    [
        ({"p": ("f", "a"), "q": ("f", "b")}, ["p <= q + n"]),
        ({"p": ("f", "a")}, []),  # without the other input it says nothing
        ({"p": ("f", "a"), "q": ("g", "b")}, []),
        ({"p": ("f", "a"), "q": ("f", "b"), "r": ("f", "b")}, ["p <= q + n", "p <= r + n"]),
        ({"b": ("f", "a"), "a": ("f", "b")}, ["b <= a + n"]),  # names that change places
    ],
)
def test_given_holds_of_what_is_drawn(inputs: dict[str, tuple[str, str]], given: list[str]) -> None:
    """Under the relation's names, for each choice of drawn inputs; dimensions keep theirs."""
    a, b = (tensor(each, "float32", "batch", "n", minimum=0, maximum=1) for each in "ab")
    made = of(signature("f", a, b, given=("a <= b + n",)), signature("g", a, b))
    found = relation_use(made, relation(inputs, "f")).given
    assert [each.tree for each in found] == [parse(each) for each in given]


@pytest.mark.parametrize(
    ("body", "client", "wanted"),
    [("row", "row", "row"), ("columnar", "columnar", "columnar"), ("row", "grpc", "row")],
)
def test_rows_are_one_where_one_signature_sends_rows(body: str, client: str, wanted: str) -> None:
    """Only columns may have different first dimensions."""
    made = of(signature("f", X, body=body), signature("g", Y, body="columnar"), client=client)
    assert relation_use(made, relation({"a": ("f", "x"), "b": ("g", "y")}, "g")).body == wanted


def test_an_input_that_is_not_declared() -> None:
    """No contract that loads has one."""
    with pytest.raises(LookupError, match=r"'r' draws f\.z"):
        relation_use(of(signature("f", X)), relation({"a": ("f", "z")}, "f"))


def test_what_is_drawn_satisfies_given() -> None:
    """As the client makes sure of when it calls the signature itself."""
    a, b = (tensor(each, "float32", "batch", minimum=0, maximum=1) for each in "ab")
    made = of(signature("f", a, b, given=("a <= b",)))
    use = relation_use(made, relation({"q": ("f", "b"), "p": ("f", "a")}, "f"))
    requests = list(plan(made, use, rows=50, seed=1).requests)
    assert sum(each.rows for each in requests) > 50
    assert all((each.values["p"].array <= each.values["q"].array).all() for each in requests)
