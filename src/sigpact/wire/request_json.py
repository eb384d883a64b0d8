"""What all REST request bodies share: the document, its signature name, and how refusals are worded.

Names are texts; a byte that is not UTF-8 becomes a surrogate (`surrogateescape`).
"""

from typing import Final

from sigpact.wire import b64
from sigpact.wire.json_dialect import Json, JsonError, JsonObject, read
from sigpact.wire.json_text import pretty
from sigpact.wire.refusal import Refusal

_ECHO: Final = 256
"""How many bytes of the JSON a message shows (json_tensor.cc:225-236)."""


class RefusedError(Exception):
    """Carries a refusal out of nested reading; never leaves the readers of this package."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(status, message)
        self.refusal = Refusal(status, message)


def read_document(body: bytes) -> JsonObject:
    """Parse a body, which must be an object (ParseJson)."""
    if not body:
        raise invalid("JSON Parse error: The document is empty")
    try:
        document = read(body)
    except JsonError as error:
        raise invalid(f"JSON Parse error: {error}") from error
    if not isinstance(document, JsonObject):
        raise invalid_document(document, "Is not object")
    return document


def signature_name(document: JsonObject) -> str:
    """Return the name that was sent, empty where none was."""
    found = document.values(b"signature_name")
    if not found:
        return ""
    if not isinstance(found[0], bytes):
        raise invalid_document(
            document, "not formatted correctly. 'signature_name' key must be a string value."
        )
    return name_of(found[0])


def decode_b64(item: JsonObject) -> bytes:
    """Return the bytes of `{"b64": "..."}` (JsonDecodeBase64Object)."""
    text = item.members[0][1] if is_b64(item) else None
    if not isinstance(text, bytes):
        raise invalid(f"JSON Value: {echo(item)} not formatted correctly for base64 data")
    decoded = b64.decode(text)
    if decoded is None:
        raise invalid("Unable to base64 decode")
    return decoded


def is_b64(item: Json) -> bool:
    """Whether it is `{"b64": "..."}`: that one key, with a string (IsValBase64Object)."""
    return (
        isinstance(item, JsonObject)
        and len(item.members) == 1
        and item.members[0][0] == b"b64"
        and isinstance(item.members[0][1], bytes)
    )


def name_of(name: bytes) -> str:
    """Return the name that these bytes are."""
    return name.decode(errors="surrogateescape")


def echo(item: Json) -> str:
    """Return a value as a message shows it."""
    return pretty(item, _ECHO).decode(errors="replace")


def read_name(key: bytes) -> str:
    """Return a key as a name: it ends at a NUL, as C strings do."""
    return name_of(key.partition(b"\0")[0])


def invalid(message: str) -> RefusedError:
    """Return the error of a refusal with INVALID_ARGUMENT."""
    return RefusedError("INVALID_ARGUMENT", message)


def invalid_document(document: Json, message: str) -> RefusedError:
    """Return the error of a refusal with INVALID_ARGUMENT that shows the document."""
    return invalid(f"JSON Value: {echo(document)} {message}")


def type_of(item: Json) -> str:
    """Return the server's word for a literal (JsonTypeString)."""
    match item:
        case None:
            return "Null"
        case bool():
            return str(item)
        case bytes():
            return "String"
        case JsonObject():
            return "Object"
        case list():
            return "Array"
        case _:
            return "Number"
