"""`Refusal`: the server says no."""

from dataclasses import dataclass
from typing import Final

_HTTP: Final = {
    "OK": 200,
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server refuses: an absl status code name and the message, as its own code words it."""

    status: str
    message: str

    def __str__(self) -> str:
        return f"{self.status}: {self.message}"


def http_status(status: str) -> int:
    """Return the HTTP status of an absl status code name (model_servers/http_server.cc:46-87)."""
    return _HTTP.get(status, 500)
