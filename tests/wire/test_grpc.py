"""A gRPC request as the server takes it."""

from collections.abc import Mapping

import pytest

from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.frozen import replace
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


_CHECKED = ServerProfile(method_name_check=True)


@pytest.mark.parametrize(
    ("method", "server", "refused"),
    [
        ("tensorflow/serving/predict", _CHECKED, False),
        ("tensorflow/serving/classify", _CHECKED, False),
        ("tensorflow/serving/regress", _CHECKED, False),
        ("tensorflow/serving/Predict", _CHECKED, True),
        ("", _CHECKED, True),
        ("", PLAIN, False),
        ("", ServerProfile(batching=True), False),
    ],
)
def test_method_names_count_where_they_are_checked(
    method: str, server: ServerProfile, *, refused: bool
) -> None:
    """With the flag Predict takes three method names, without it any (predict_util.cc:38-49)."""
    found = read_grpc(replace(_TWO, method_name=method), {"x": _X, "y": _Y}, (), server)
    message = (
        "Expected prediction signature method_name to be one of {tensorflow/serving/predict,"
        f" tensorflow/serving/classify, tensorflow/serving/regress}}. Was: {method}"
    )
    assert (found == Refusal("INTERNAL", message)) is refused
    assert isinstance(found, GrpcRequest) is not refused


def test_the_method_name_is_looked_at_first() -> None:
    """A request that is wrong besides hears of the method name."""
    found = read_grpc(_TWO, {}, ("nope",), _CHECKED)
    assert isinstance(found, Refusal)
    assert found.status == "INTERNAL"


@pytest.mark.parametrize(("version", "fed"), [((2, 13, 1), False), ((2, 14), True), ((), True)])
def test_old_releases_feed_no_defaults(version: tuple[int, ...], *, fed: bool) -> None:
    """Before 45bc2916 any omission is a matter of the count."""
    found = read_grpc(_OPTIONAL, {"x": _X}, (), ServerProfile(version=version))
    told = (
        "input size does not match signature: 1!=2 len({x}) != len({x,y})."
        " Sent extra: {}. Missing but required: {y}."
    )
    assert isinstance(found, GrpcRequest) is fed
    assert (found == Refusal("INVALID_ARGUMENT", told)) is not fed


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((), "input tensors must have at least one dimension"),
        ((1,), "input tensors must have equal 0th-dimension size"),
        ((2,), None),
    ],
)
def test_a_default_takes_part_in_batching(shape: tuple[int, ...], told: str | None) -> None:
    """Injected as it stands, beside two rows that were sent."""
    default = Default("y", BY_NAME["int32"], shape, (7,) * (shape[0] if shape else 1))
    called = signature({"x": "float32", "y": "int32"}, {"o": "float32"}, (default,))
    found = read_grpc(called, {"x": value("float32", [1, 2])}, (), ServerProfile(batching=True))
    if told is None:
        assert isinstance(found, GrpcRequest)
    else:
        assert found == Refusal("INVALID_ARGUMENT", f"Batching Run() {told}")
    assert isinstance(read_grpc(called, {"x": _X}, ()), GrpcRequest)
