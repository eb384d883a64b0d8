"""A gRPC request as the server takes it."""

from collections.abc import Mapping

import pytest

from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.specs import Default, Signature
from sigpact.wire.arrays import Value, value
from sigpact.wire.client_writes import CannotWrite
from sigpact.wire.grpc import GrpcRequest, read_grpc
from sigpact.wire.refusal import Refusal
from tests.wire.builders import signature, told

_X, _Y = value("float32", [1.0]), value("int32", [2])
_DEFAULT = Default("y", BY_NAME["int32"], (2,), (7, 8))
_TWO = signature({"x": "float32", "y": "int32"}, {"o": "float32", "p": "float32"})
_OPTIONAL = signature({"x": "float32", "y": "int32"}, {"o": "float32"}, (_DEFAULT,))


def test_everything_sent_is_fed() -> None:
    """Dtypes are not looked at: they are the session's business."""
    found = read_grpc(_TWO, {"x": _X, "y": _X}, ("p", "o"))
    assert isinstance(found, GrpcRequest)
    assert (found.feeds, found.fetches) == ({"x": _X, "y": _X}, ("p", "o"))


def test_no_inputs_at_all_is_fine() -> None:
    """A signature without inputs is called with none."""
    found = read_grpc(signature({}, {"o": "float32"}), {}, ())
    assert isinstance(found, GrpcRequest)
    assert (found.feeds, found.fetches) == ({}, ())


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        (_DEFAULT, ("int32", (2,), [7, 8])),
        (Default("y", BY_NAME["string"], (), (b"a\0",)), ("string", (), [b"a\0"])),
        (Default("y", BY_NAME["float32"], (1, 0), ()), ("float32", (1, 0), [])),
    ],
)
def test_a_default_is_fed_as_it_is(default: Default, expected: object) -> None:
    """Its dtype and shape are its own, whatever the input says."""
    found = read_grpc(signature({"x": "float32", "y": "int32"}, {}, (default,)), {"x": _X}, ())
    assert isinstance(found, GrpcRequest)
    assert told(found.feeds["y"]) == expected


def test_what_is_sent_wins_over_the_default() -> None:
    """A default counts only where its input was left out."""
    found = read_grpc(_OPTIONAL, {"x": _X, "y": _Y}, ())
    assert isinstance(found, GrpcRequest)
    assert found.feeds["y"] is _Y


_REFUSED: list[tuple[Signature, Mapping[str, Value], tuple[str, ...], str]] = [
    (
        _TWO,
        {"x": _X},
        (),
        (
            "input size does not match signature: 1!=2 len({x}) != len({x,y}). Sent extra: {}. "
            "Missing but required: {y}."
        ),
    ),
    (
        _TWO,
        {"x": _X, "y": _Y, "z": _X},
        (),
        (
            "input size does not match signature: 3!=2 len({x,y,z}) != len({x,y}). Sent extra: {z}. "
            "Missing but required: {}."
        ),
    ),
    (
        _OPTIONAL,
        {"x": _X, "y": _Y, "z": _X},
        (),
        (
            "input size does not match signature: 3!=2 len({x,y,z}) != len({x,y}). Sent extra: {z}. "
            "Missing but required: {}."
        ),
    ),
    # with the right count, or with any default, the names are looked at
    (
        _TWO,
        {"x": _X, "z": _Y},
        (),
        (
            "Signature input alias: y(feed name: y:0) not found in request and no default value provided. "
            "Inputs expected to be in the request {x,z}, or default input alias set: {}."
        ),
    ),
    (
        _OPTIONAL,
        {"y": _Y},
        (),
        (
            "Signature input alias: x(feed name: x:0) not found in request and no default value provided. "
            "Inputs expected to be in the request {y}, or default input alias set: {y}."
        ),
    ),
    (
        _OPTIONAL,
        {"x": _X, "z": _Y},
        (),
        "Inputs contains invalid name. Used request inputs: {x}, request input: {x,z}",
    ),
    # the filter
    (
        _TWO,
        {"x": _X, "y": _Y},
        ("o", "q"),
        "output tensor alias not found in signature: q Outputs expected to be in the set {o,p}.",
    ),
    (_TWO, {"x": _X, "y": _Y}, ("o", "o"), "duplicate output tensor alias: o"),
]


@pytest.mark.parametrize(("called", "sent", "output_filter", "message"), _REFUSED)
def test_refuses(
    called: Signature, sent: Mapping[str, Value], output_filter: tuple[str, ...], message: str
) -> None:
    """Count, names, filter: in the server's order and words."""
    assert read_grpc(called, sent, output_filter) == Refusal("INVALID_ARGUMENT", message)


def test_a_default_that_was_not_decoded_cannot_be_fed() -> None:
    """It is not the server that refuses: we do not know the value."""
    called = signature({"x": "float32"}, {}, (Default("x", BY_NAME["float32"], (9,), None),))
    assert isinstance(read_grpc(called, {}, ()), CannotWrite)
    assert isinstance(read_grpc(called, {"x": _X}, ()), GrpcRequest)
