"""What a user names: exports, snapshots, a server's metadata, traffic -> `Sources`, told apart by content."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sigpact.engine.sides import Side, newest
from sigpact.engine.static import Loaded
from sigpact.errors import ConfigurationError, ExportError
from sigpact.frozen import frozen
from sigpact.savedmodel.metadata import is_metadata, read_metadata
from sigpact.savedmodel.remote import is_url
from sigpact.tensors.specs import Signature

STDIN: Final = "-"
_MOST_DOCUMENT: Final = 64 << 20
_HEAD: Final = 8


@frozen
class Sources:
    """What is known before traffic is read: the signatures of a version, and the files of traffic.

    `signatures` is `None` where no version is named; `told` are the sources as a comment names them.
    """

    model: str | None
    signatures: tuple[Signature, ...] | None
    traffic: tuple[str, ...]
    told: tuple[str, ...]


def sources(arguments: Sequence[str]) -> Sources:
    """Return what the arguments name.

    Raises `ConfigurationError` where one names nothing that can be read, or where two name versions;
    `ExportError` where no server loads the version.
    """
    versions, traffic = list[tuple[Side, str]](), list[str]()
    for argument in arguments:
        found = _version(argument)
        if found is None:
            traffic.append(argument)
        else:
            versions.append((found, argument))
    if len(versions) > 1:
        raise ConfigurationError(
            f"{versions[0][1]} and {versions[1][1]} are two versions: name one, and traffic"
        )
    told = [f"{argument} ({side})" for side, argument in versions] + traffic
    if not versions:
        return Sources(None, None, tuple(traffic), tuple(told))
    side, argument = versions[0]
    if side.loaded.reason is not None:
        raise ExportError(argument, f"there is nothing to write of: {side.loaded.reason}")
    return Sources(side.model or None, side.loaded.signatures, tuple(traffic), tuple(told))


def _version(argument: str) -> Side | None:
    """Return the version that an argument names; `None` for a file of traffic."""
    if argument == STDIN:
        return _told(sys.stdin.read(_MOST_DOCUMENT))
    if is_url(argument) or not Path(argument).is_file():
        return newest(argument)
    try:
        with Path(argument).open("rb") as stream:
            data = stream.read(_MOST_DOCUMENT)
    except OSError as error:
        raise ConfigurationError(f"{argument} cannot be read: {error.strerror}") from None
    start = data.lstrip()[:1]
    is_text = b"\0" not in data[:_HEAD]  # as stand in the length that a TFRecord begins with
    if is_text and (start.isalpha() or start == b"#"):
        return newest(argument)
    return _in_document(argument, data) if start == b"{" else None


def _in_document(file: str, data: bytes) -> Side | None:
    """Tell a snapshot and a metadata answer, each one JSON document, from JSON Lines."""
    try:
        document = json.loads(data)
    except ValueError:
        return None  # several documents, or a mistake that the reader of lines tells
    if isinstance(document, dict) and "snapshot" in document:
        return newest(file)
    return _side(document, file) if is_metadata(document) else None


def _told(text: str) -> Side:
    """Return the version that a metadata answer on standard input tells of."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"standard input is not JSON: {error}") from None
    if not is_metadata(document):
        raise ConfigurationError(
            "standard input is no answer to GET /v1/models/M/metadata; name other sources by file"
        )
    return _side(document, "standard input")


def _side(document: object, told: str) -> Side:
    try:
        found = read_metadata(document)
    except ValueError as error:
        raise ConfigurationError(f"{told} is no metadata answer that can be read: {error}") from None
    return Side(found.model, found.version or "?", Loaded(found.signatures), None)
