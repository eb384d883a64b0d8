"""`Scope`: what every part of the builder may look at; files beside a contract, and small conversions."""

import binascii
import os
import re
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any, Final

from sigpact.contract.admit import BROKEN
from sigpact.contract.mistakes import Mistake, Mistakes
from sigpact.contract.model import BytesFile, DimBounds, Nested, Scalar, Tolerance, VersionRef
from sigpact.contract.source import Document
from sigpact.findings import Path
from sigpact.frozen import frozen

Data = dict[str, Any]
"""A mapping that `forms.admit` has let through: under each key, what its form says."""

MAX_LINES_BYTES: Final = 16 << 20
_INNER_STARS: Final = re.compile(r"(?<=[^/])\*{2,}|\*{2,}(?=[^/])")


@frozen
class Scope:
    """One file on its way to a `Contract`."""

    document: Document
    mistakes: Mistakes
    folder: str
    """The contract's own folder, resolved: files outside are refused."""
    protocol: str
    dims: Mapping[str, DimBounds]
    types: Mapping[str, Data]
    named: set[str]
    """The files found so far, as they are named: relative to the folder."""

    def file(self, path: Path, name: str) -> str | None:
        """Return the absolute path of a file inside the folder; else record why not."""
        found = self._inside(path, name)
        if found is not None and not File(found).is_file():
            what = "is a folder" if File(found).is_dir() else "is not there"
            self.mistakes.add(Mistake.FILE_MISSING, path, f"{name!r} {what}: files stand beside the contract")
            return None
        if found is not None:
            self.named.add(os.path.normpath(name))
        return found

    def files(self, path: Path, names: str | list[str]) -> tuple[str, ...]:
        """Return the absolute paths of files by names and globs, in order, each once."""
        if isinstance(names, str):
            return self._matching(path, names)
        found = [file for index, name in enumerate(names) for file in self._matching((*path, index), name)]
        return tuple(dict.fromkeys(found))

    def lines(self, path: Path, name: str) -> tuple[str, ...]:
        """Return the lines of a text file; the last line break ends a line, it does not begin one."""
        found = self.file(path, name)
        if found is None:
            return ()
        problem = "is empty"
        try:
            with File(found).open("rb") as stream:
                data = stream.read(MAX_LINES_BYTES + 1)
            if len(data) > MAX_LINES_BYTES:
                problem = "is over 16 MiB"
            elif lines := data.decode("utf-8-sig").replace("\r\n", "\n").removesuffix("\n"):
                return tuple(lines.split("\n"))
        except UnicodeDecodeError:
            problem = "is not UTF-8"
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
        self.mistakes.add(Mistake.FILE_UNREADABLE, path, f"{name!r} {problem}; one value a line is expected")
        return ()

    def _matching(self, path: Path, name: str) -> tuple[str, ...]:
        if not any(mark in name for mark in "*?["):
            found = self.file(path, name)
            return () if found is None else (found,)
        if self._inside(path, name) is None:
            return ()
        # `**` beside other characters is `*`: Python 3.13 says so, earlier ones refuse it
        pattern = _INNER_STARS.sub("*", name)
        files = sorted(str(each) for each in File(self.folder).glob(pattern) if each.is_file())
        if not files:
            self.mistakes.add(
                Mistake.FILE_MISSING, path, f"no file matches {name!r} in the contract's folder"
            )
        inside = [(each, self._inside(path, each)) for each in files]
        self.named.update(os.path.relpath(each, self.folder) for each, real in inside if real is not None)
        return tuple(real for _, real in inside if real is not None)

    def _inside(self, path: Path, name: str) -> str | None:
        """Return the real path of a name (or of a glob, taken as a name) where the folder holds it."""
        try:
            real = os.path.realpath(File(self.folder, name))
        except (OSError, ValueError) as error:
            self.mistakes.add(Mistake.FILE_MISSING, path, f"{name!r} is no file name: {error}")
            return None
        if os.path.commonpath((real, self.folder)) == self.folder:
            return real
        message = f"{name!r} lies outside the contract's folder: copy it beside the contract"
        self.mistakes.add(Mistake.FILE_OUTSIDE, path, message)
        return None

    def nested(self, value: Any, path: Path) -> Nested:
        """Return a written tensor as a value: lists as tuples, `{b64: …}` as bytes, `{file: …}` resolved."""
        if isinstance(value, list):
            return tuple(
                item if type(item) is str or type(item) is float else self.nested(item, (*path, index))
                for index, item in enumerate(value)
            )
        return self.scalar(value, path)

    def scalar(self, value: Any, path: Path) -> Scalar:
        """Return one element as a value."""
        if not isinstance(value, dict):
            plain: Scalar = value
            return plain
        if "file" in value:
            return BytesFile(self.file((*path, "file"), value["file"]) or "")
        if "b64" not in value:
            return b""
        try:
            return decode_base64(value["b64"])
        except ValueError as error:
            message = f"{value['b64'][:40]!r} is not base64: {error}"
            self.mistakes.add(Mistake.BAD_BASE64, (*path, "b64"), message)
            return b""


def decode_base64(text: str) -> bytes:
    """Return the bytes of base64 text, with or without padding. Raises `ValueError`."""
    padded = text if text.endswith("=") else text + "=" * (-len(text) % 4)
    return binascii.a2b_base64(padded.encode(), strict_mode=True)


def tolerance(data: object) -> Tolerance:
    """Return what a mapping says of equality."""
    if not isinstance(data, dict):
        return Tolerance()
    return Tolerance(
        rtol=data.get("rtol"), atol=data.get("atol"), exact=data.get("exact", False), share=data.get("share")
    )


def version_ref(data: Any) -> VersionRef:
    """Return a version that a clause refers to; nothing said is the live one."""
    match data:
        case dict():
            return VersionRef(label=data.get("label", ""))
        case int():
            return VersionRef(number=data)
        case str() if data.isdigit():
            return VersionRef(number=int(data))
        case _:
            return VersionRef()


def as_data(value: Any) -> Data:
    """Return a mapping, empty where its form was wrong."""
    return {} if value is BROKEN or value is None else value
