"""What a reader declares, and what none can be made of."""

from typing import Any

import pytest

from sigpact.authoring.readers.languages import RENDERERS, source
from sigpact.authoring.readers.model import Axis, Body, Element, Field, Lists, Struct
from sigpact.authoring.readers.plan import plan
from sigpact.clients.literals import Literal
from sigpact.contract.load import load
from sigpact.contract.model import Contract
from sigpact.errors import ConfigurationError
from tests.authoring.readers.test_python import ODD
from tests.clients.drawn_bodies import built

TEXT = {"dtype": "text", "shape": ["batch"], "maxLength": 3}


def contract(outputs: dict[str, Any], **more: Any) -> Contract:
    """Return a contract of one signature."""
    use = {"inputs": {"x": TEXT}, "outputs": outputs} | more.pop("use", {})
    made, mistakes = built({"contract": 1, "client": "c", "model": "m", "signatures": {"s": use}} | more)
    assert made is not None, mistakes
    return made


def answer(outputs: dict[str, Any], **more: Any) -> Body:
    """Return what an answer is read as."""
    made = contract(outputs, **more)
    return plan(made, made.signatures[0], "sigpact").answer


def test_a_row_body_has_the_rows_in_front() -> None:
    """Lengths are those of `dims` and of the shapes, the tightest of several."""
    outputs = {
        "y": {"dtype": "number", "shape": ["batch", "n"]},
        "z": {"dtype": "int8", "shape": [8], "maximum": 3, "exclusiveMinimum": 0},
    }
    dims = {"batch": {"min": 2, "max": 64}, "n": {"max": 9}}
    y = Field("y", Lists((Axis("n", 0, 9),), Element(Literal.NUMBER)), "number, [batch, n]")
    z = Field("z", Lists((), Element(Literal.INTEGER, 1, 3)), "int8, [8]")
    assert answer(outputs, dims=dims) == Body(
        "predictions", (Axis("batch", 8, 8),), Struct("AnswerRow", (y, z))
    )


def test_a_request_has_a_row() -> None:
    """The server refuses one of none."""
    made = contract({"y": {"dtype": "number", "shape": ["batch"]}}, dims={"batch": {"max": 4}})
    assert plan(made, made.signatures[0], "sigpact").request.axes == (Axis("batch", 1, 4),)


def test_what_goes_together_is_told() -> None:
    """A type does not say it, so a comment does."""
    feature = {"dtype": "float32", "shape": [], "minimum": 0, "maximum": 1, "optional": True}
    use = {"verb": "regress", "inputs": {"lat": feature, "lon": feature}, "together": [["lat", "lon"]]}
    made = contract({"outputs": {"dtype": "number", "shape": ["batch"]}}, use=use)
    content = plan(made, made.signatures[0], "sigpact").request.content
    assert isinstance(content, Struct)
    assert content.fields[0].doc == "float32, [], optional, together with lon or not at all"


def test_members_bound_an_integer() -> None:
    """So that it is a plain number where a language has two kinds."""
    content = answer({"y": {"dtype": "integer", "shape": ["batch"], "enum": [-3, 7]}}).content
    assert isinstance(content, Field)
    assert content.value.element == Element(Literal.INTEGER, -3, 7, (-3, 7))


def test_columns_have_a_length() -> None:
    """As many as are named."""
    columns = [{"name": "a"}, {"name": "b"}]
    content = answer({"y": {"dtype": "number", "shape": ["batch", "n"], "columns": columns}}).content
    assert isinstance(content, Field)
    assert content.value == Lists((Axis("n", 2, 2),), Element(Literal.NUMBER))


MISTAKES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (
        {"y": {"dtype": ["int32", "bool"]}},
        {},
        "y: it may be integer or boolean, and a typed client has one type",
    ),
    ({"y": {"dtype": "number", "shape": []}}, {}, "y: a scalar has no rows"),
    (
        {"y": {"dtype": "string", "shape": ["batch"]}},
        {"protocol": "grpc"},
        "c.json: a gRPC client has no JSON body",
    ),
    ({"y": TEXT}, {"use": {"inputs": {}}}, "s: it declares no inputs"),
    (
        {"classes": {"dtype": "text", "shape": ["batch"]}},
        {"use": {"verb": "classify"}},
        "classes: the API answers 2 dimensions",
    ),
    (
        {"outputs": {"dtype": "number", "shape": ["batch", 1, 1]}},
        {"use": {"verb": "regress"}},
        "outputs: the API answers one number a row",
    ),
]


@pytest.mark.parametrize(("outputs", "more", "message"), MISTAKES)
def test_what_no_typed_client_can_read(outputs: dict[str, Any], more: dict[str, Any], message: str) -> None:
    """One line with the place: nothing half is made."""
    with pytest.raises(ConfigurationError) as caught:
        answer(outputs, **more)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("language", RENDERERS)
def test_the_same_contract_gives_the_same_bytes(language: str) -> None:
    """No time of day, no order of a hash table: `--check` compares bytes."""
    first, second = load(ODD), load(ODD)
    for use, again in zip(first.signatures, second.signatures, strict=True):
        made = source(first, use, language)
        assert made == source(second, again, language)
        assert made.endswith("\n")
        assert not made.endswith("\n\n")
