"""Statuses."""

import pytest

from sigpact.wire.refusal import Refusal, http_status


@pytest.mark.parametrize(
    ("status", "http"),
    [
        ("OK", 200),
        ("INVALID_ARGUMENT", 400),
        ("FAILED_PRECONDITION", 400),
        ("OUT_OF_RANGE", 400),
        ("UNAUTHENTICATED", 401),
        ("PERMISSION_DENIED", 403),
        ("NOT_FOUND", 404),
        ("ABORTED", 409),
        ("ALREADY_EXISTS", 409),
        ("RESOURCE_EXHAUSTED", 429),
        ("CANCELLED", 499),
        ("UNKNOWN", 500),
        ("INTERNAL", 500),
        ("DATA_LOSS", 500),
        ("UNIMPLEMENTED", 501),
        ("UNAVAILABLE", 503),
        ("DEADLINE_EXCEEDED", 504),
    ],
)
def test_http_status(status: str, http: int) -> None:
    """Every absl code has the status of model_servers/http_server.cc."""
    assert http_status(status) == http


def test_a_refusal_is_spoken_as_the_server_does() -> None:
    """Status, colon, message: what `Status::ToString` gives."""
    assert str(Refusal("NOT_FOUND", "no such thing")) == "NOT_FOUND: no such thing"
