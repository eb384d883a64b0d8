"""`rewrite`: other values in place of some in a contract file, all around them byte for byte as it was."""

import errno
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path as File
from typing import Any, Final

from sigpact.contract.extents import Extent, extents
from sigpact.contract.source import Document, parse
from sigpact.contract.yaml_quotes import quoted
from sigpact.errors import ContractError
from sigpact.findings import Path

_PLAIN: Final = re.compile(r"[^\W\d_](?:[\w ./()&+'!?-]*[\w./()&+'!?-])?")
"""What needs no quotes anywhere: it begins with a letter, and nothing in it means anything to YAML."""
_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""Words that one version of YAML or another takes for something else than a text."""
_BOM: Final = b"\xef\xbb\xbf"
_WRITABLE: Final = 0o222


class CannotRewriteError(Exception):
    """A value cannot be replaced where it stands; the message is one clause."""


def rewrite(document: Document, changes: Mapping[Path, object]) -> Document:
    """Return the document with the values at some paths changed, none of them inside another.

    Raises `CannotRewriteError` where a value has no place of its own, or where the text, read again, would
    not say what it said before but for the changes.
    """
    places = extents(document)
    escaped = document.text.isascii() and "\\u" in document.text
    found = (_edit(document, places, (path, value), escaped=escaped) for path, value in changes.items())
    text = "".join(_edited(document.text, sorted(found)))
    try:
        made = parse(text, document.file)
    except ContractError as error:
        raise CannotRewriteError(
            f"the file could not be read any more: {error.problems[0].message}"
        ) from None
    if repr(made.tree.data) != repr(_changed(document.tree.data, changes)):
        raise CannotRewriteError("something else in the file would change with it")
    return made


def _edited(text: str, edits: list[tuple[int, int, str]]) -> Iterator[str]:
    """Yield the pieces of a text with others in place of some, which are given in order."""
    at = 0
    for start, end, new in edits:
        yield text[at:start]
        yield new
        at = end
    yield text[at:]


def replace_file(file: str, before: str, text: str) -> None:
    """Put a text in a file's place, all at once: a reader sees the old or the new, never a part.

    Permissions stay, and so does a byte order mark. Raises `OSError` where the file cannot or may not be
    written, or does not say `before` any more.
    """
    real = File(os.path.realpath(file))
    content = real.read_bytes()
    mark = _BOM if content.startswith(_BOM) else b""
    if content != mark + before.encode():
        raise OSError(errno.ESTALE, "it has changed since it was read: run again", file)
    if not real.stat().st_mode & _WRITABLE or not os.access(real, os.W_OK):
        raise PermissionError(errno.EACCES, "it is read-only", file)
    handle, made = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(mark + text.encode())
            stream.flush()
            os.fsync(stream.fileno())
        File(made).chmod(real.stat().st_mode & 0o7777)
        File(made).replace(real)
    except BaseException:
        with suppress(OSError):
            File(made).unlink()
        raise


def _changed(data: object, changes: Mapping[Path, object], path: Path = ()) -> object:
    """Return plain data with other values at some paths."""
    if path in changes:
        return changes[path]
    match data:
        case dict():
            return {key: _changed(each, changes, (*path, key)) for key, each in data.items()}
        case list():
            return [_changed(each, changes, (*path, at)) for at, each in enumerate(data)]
        case _:
            return data


def _edit(
    document: Document, places: Mapping[Path, Extent], change: tuple[Path, object], *, escaped: bool
) -> tuple[int, int, str]:
    path, value = change
    place = places[path]
    if place.shared:
        raise CannotRewriteError("a YAML alias repeats it, so another place would change with it")
    if document.file.endswith(".json"):
        return place.start, place.end, _json(document.text, place, value, ascii_only=escaped)
    style = next(_text_styles(places, path), "plain")
    if place.style == "sequence" and isinstance(value, list) and value:
        return place.start, place.end, _lines(document.text, place, value, style)
    # Dashes may stand below the first letter of their key, nothing else may.
    space = "  " if place.style == "sequence" else ""
    if place.start == place.end:  # an empty scalar, right behind its colon or dash
        space = " "
    return place.start, place.end, space + _yaml(value, style, in_flow=place.in_flow)


def _text_styles(places: Mapping[Path, Extent], path: Path) -> Iterator[str]:
    """Yield how scalars at a path and below are quoted: what is new is written alike."""
    for each, place in places.items():
        if each[: len(path)] == path and place.style in {"plain", "single", "double"}:
            yield place.style


def _json(text: str, place: Extent, value: object, *, ascii_only: bool) -> str:
    old = text[place.start : place.end]
    is_dense = place.style == "flow" and not re.search(r"\s", old)
    separators = (",", ":") if is_dense else (", ", ": ")
    try:
        return json.dumps(value, ensure_ascii=ascii_only, allow_nan=False, separators=separators)
    except ValueError:
        raise CannotRewriteError("JSON has no form for a number that is not finite") from None


def _lines(text: str, place: Extent, items: list[Any], style: str) -> str:
    """Return items in lines, as the list that they replace."""
    before = text.rfind("\n", 0, place.start) + 1
    end = "\r\n" if text[max(before - 2, 0) : before] == "\r\n" else "\n"
    written = [f"- {_yaml(each, style, in_flow=False)}" for each in items]
    return f"{end}{' ' * (place.start - before)}".join(written)


def _yaml(value: object, style: str, *, in_flow: bool) -> str:
    """Return a value on one line, its texts quoted as `style` says where they can be."""
    match value:
        case None | bool():
            return json.dumps(value)
        case float():
            return _number(value)
        case str():
            return _quoted(value, style, in_flow=in_flow)
        case list():
            return f"[{', '.join(_yaml(each, style, in_flow=True) for each in value)}]"
        case dict():
            pairs = (
                f"{_quoted(key, 'plain', in_flow=True)}: {_yaml(each, style, in_flow=True)}"
                for key, each in value.items()
            )
            return f"{{{', '.join(pairs)}}}"
        case _:
            return str(value)


def _number(value: float) -> str:
    written = repr(value)
    return {"nan": ".nan", "inf": ".inf", "-inf": "-.inf"}.get(written, written)


def _quoted(text: str, style: str, *, in_flow: bool) -> str:
    if style == "single" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    # Outside brackets a comma means nothing.
    bare = text if in_flow else text.replace(", ", "  ")
    if style == "plain" and _PLAIN.fullmatch(bare) and text.lower() not in _WORDS:
        return text
    return quoted(text)
