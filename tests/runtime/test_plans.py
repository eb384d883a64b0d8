"""From a call to tensor names."""

import pytest

from sigpact.runtime.library import Fed, Fetched
from sigpact.runtime.plans import answered, plan
from sigpact.runtime.protocol import Call, Crashed, Refused
from sigpact.runtime.worker import Plan
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.specs import Default, Signature
from sigpact.wire.arrays import value
from tests.runtime.helpers import signature

ONE = value("float32", [1.0])
HALF = Default("b", BY_NAME["float32"], (), (0.5,))


@pytest.mark.parametrize(
    ("called", "sent", "message"),
    [
        # predict_util.cc:51-74, the count rule
        (
            signature("a", "b"),
            ("a",),
            (
                "input size does not match signature: 1!=2 len({a}) != len({a,b})."
                " Sent extra: {}. Missing but required: {b}."
            ),
        ),
        (
            signature("a"),
            ("a", "z"),
            (
                "input size does not match signature: 2!=1 len({a,z}) != len({a})."
                " Sent extra: {z}. Missing but required: {}."
            ),
        ),
        (
            signature("a", "b", defaults=(HALF,)),
            ("a", "b", "z"),
            (
                "input size does not match signature: 3!=2 len({a,b,z}) != len({a,b})."
                " Sent extra: {z}. Missing but required: {}."
            ),
        ),
        # saved_model/util.cc GetInputValues: aliases, then what is left over
        (
            signature("a", "b", defaults=(HALF,)),
            ("b",),
            (
                "Signature input alias: a(feed name: a:0) not found in request and no default value provided."
                " Inputs expected to be in the request {b}, or default input alias set: {b}"
            ),
        ),
        (
            signature("a", "b", defaults=(HALF,)),
            ("a", "z"),
            "Inputs contains invalid name. Used request inputs: {a}, request input: {a,z}",
        ),
    ],
    ids=["missing", "extra", "extra beside defaults", "missing beside defaults", "unknown beside defaults"],
)
def test_inputs_are_refused_in_the_words_of_the_server(
    called: Signature, sent: tuple[str, ...], message: str
) -> None:
    """Count rule first, then aliases, then names that nobody asked for."""
    assert plan(Call(called, dict.fromkeys(sent, ONE))) == Refused("INVALID_ARGUMENT", message)


@pytest.mark.parametrize(
    ("fetches", "message"),
    [
        (
            ("y", "w"),
            "output tensor alias not found in signature: w Outputs expected to be in the set {y,z}.",
        ),
        (("y", "y"), "duplicate output tensor alias: y"),
    ],
)
def test_outputs_are_refused_in_the_words_of_the_server(fetches: tuple[str, ...], message: str) -> None:
    """An output filter names outputs of the signature, each once (predict_util.cc:131-161)."""
    call = Call(signature("a", outputs=("y", "z")), {"a": ONE}, fetches)
    assert plan(call) == Refused("INVALID_ARGUMENT", message)


@pytest.mark.parametrize(
    ("fetches", "tensors"),
    [((), ("y:0", "z:0")), (("z",), ("z:0",)), (("z", "y"), ("z:0", "y:0"))],
)
def test_aliases_become_tensor_names(fetches: tuple[str, ...], tensors: tuple[str, ...]) -> None:
    """No filter asks for all outputs; the graph is asked in the order of the filter."""
    assert plan(Call(signature("a", outputs=("y", "z")), {"a": ONE}, fetches)) == Plan(
        (Fed("a:0", 1, ONE.array),), tensors
    )


@pytest.mark.parametrize(
    ("default", "dtype", "elements"),
    [
        (HALF, "float32", 0.5),
        (Default("b", BY_NAME["string"], (2,), (b"x\0", b"")), "object", [b"x\0", b""]),
        (Default("b", BY_NAME["int64"], (1, 2), (1, 2)), "int64", [[1, 2]]),
        (Default("b", BY_NAME["bfloat16"], (1,), (0.5,)), "float32", [0.5]),
        (Default("b", BY_NAME["float32"], (0,), ()), "float32", []),
    ],
)
def test_a_default_is_fed_where_the_input_is_left_out(default: Default, dtype: str, elements: object) -> None:
    """The server feeds the default verbatim, in its own dtype and shape."""
    made = plan(Call(signature("a", "b", defaults=(default,)), {"a": ONE}))
    assert isinstance(made, Plan)
    fed = made.feeds[1]
    assert (fed.tensor, fed.dtype) == ("b:0", default.dtype.number)
    assert (fed.array.dtype.name, fed.array.tolist()) == (dtype, elements)


def test_what_is_sent_goes_before_the_default() -> None:
    """A default counts only where the client leaves the input out."""
    two = value("float32", 2.0)
    made = plan(Call(signature("a", "b", defaults=(HALF,)), {"a": ONE, "b": two}))
    assert isinstance(made, Plan)
    assert made.feeds[1].array is two.array


def test_a_default_that_was_not_decoded_is_not_guessed() -> None:
    """The call is not run, and says why."""
    unread = Default("b", BY_NAME["float32"], (1 << 30,), None)
    made = plan(Call(signature("a", "b", defaults=(unread,)), {"a": ONE}))
    assert made == Crashed(None, "not run: the default of input 'b' was not decoded")


def test_answers_get_their_names_and_the_dtypes_of_the_graph() -> None:
    """The signature may lie about a dtype; what came back does not."""
    call = Call(signature("a", outputs=("y", "z")), {"a": ONE}, ("z", "y"))
    found = answered(call, [Fetched(9, value("int64", [1]).array), Fetched(1, ONE.array)])
    assert {name: (each.dtype.name, each.array.tolist()) for name, each in found.outputs.items()} == {
        "z": ("int64", [1]),
        "y": ("float32", [1.0]),
    }
