"""The form of each field of a record, by its name: how it is read from JSON, strictly, and written."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from sigpact.frozen import frozen
from sigpact.store import times
from sigpact.store.records import How, Level

_HEX: Final = re.compile(r"[0-9a-f]{64}")
_FOLDER_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_VERSION: Final = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)
_LONGEST: Final = 2000
_Choice = TypeVar("_Choice", bound=StrEnum)


def is_text(text: str) -> bool:
    """Whether a text is one that a record can have: one line of printable characters, no blanks around it."""
    # of all blanks, ' ' alone is printable
    return 0 < len(text) <= _LONGEST and text.isprintable() and " " not in {text[0], text[-1]}


def is_path(text: str) -> bool:
    """Whether a text is a path inside a release: relative, `/` between names, none of them `.` or `..`."""
    return is_text(text) and all(each not in {"", ".", ".."} for each in text.split("/"))


@frozen
class Form:
    """How a field is read (raises `ValueError`) and written."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value


def _text(value: object) -> str:
    if not isinstance(value, str) or not is_text(value):
        raise ValueError(f"{value!r} is no line of printable text")
    return value


def _maybe_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")  # noqa: TRY004 - as all readers
    return value


def _instant(value: object) -> dt.datetime:
    return times.instant(_text(value))


def _maybe_instant(value: object) -> dt.datetime | None:
    return None if value is None else _instant(value)


def _choice(kind: type[_Choice]) -> Form:
    def read_choice(value: object) -> _Choice:
        return kind(_text(value))

    return Form(read_choice, str)


def _list(value: object, *, least: int = 0) -> list[str]:
    if not isinstance(value, list) or len(value) < least:
        raise ValueError(f"a list of {least} or more is expected")
    texts = [_text(each) for each in value]
    if texts != sorted(set(texts)):
        raise ValueError("is not sorted, each once")
    return texts


def _paths(value: object) -> tuple[str, ...]:
    return tuple(_path(each) for each in _list(value, least=1))


def _path(value: str) -> str:
    if not is_path(value):
        raise ValueError(f"{value!r} is no path inside a release")
    return value


def _sha(value: object) -> str:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise ValueError(f"{value!r} is no sha256")
    return value


def _digests(value: object) -> tuple[str, ...]:
    return tuple(_sha(each) for each in _list(value))


def _folder_digest(value: object) -> str:
    if not isinstance(value, str) or not _FOLDER_DIGEST.fullmatch(value):
        raise ValueError(f"{value!r} is no digest of a folder: sha256:…")
    return value


def _version(value: object) -> str:
    text = _text(value)
    if not _VERSION.fullmatch(text):
        raise ValueError(f"{text!r} is no version number")
    return text


def _files(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise ValueError("paths with their sha256 are expected")  # noqa: TRY004 - as all readers
    return tuple((_path(path), _sha(found)) for path, found in value.items())


def _payload(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("a JSON object is expected")  # noqa: TRY004 - as all readers
    return value


def _maybe_written(value: dt.datetime | None) -> str | None:
    return None if value is None else times.written(value)


_TEXT: Final = Form(_text)
FIELDS: Final[Mapping[str, Form]] = {
    "at": Form(_instant, times.written),
    "because": _TEXT,
    "by": _TEXT,
    "commit": Form(_maybe_text),
    "contracts": Form(_paths, list),
    "digest": Form(_folder_digest),
    "dirty": Form(_flag),
    "environment": _TEXT,
    "files": Form(_files, dict),
    "how": _choice(How),
    "lapses": Form(_maybe_instant, _maybe_written),
    "level": _choice(Level),
    "path": _TEXT,
    "payload": Form(_payload),
    "reason": _TEXT,
    "release": _TEXT,
    "replaces": Form(_digests, list),
    "ticket": Form(_maybe_text),
    "until": Form(_instant, times.written),
    "version": Form(_version),
    "what": _TEXT,
}
