"""Where exports are: the versions under a base path as the server reads it, and what users name.

Source: sources/storage_path/file_system_storage_path_source.cc of TensorFlow Serving.
"""

import os
import re
from collections.abc import Iterator, Sequence
from typing import Final

from sigpact.errors import ConfigurationError
from sigpact.frozen import frozen, replace
from sigpact.savedmodel.folders import (
    Folder,
    LocalFolder,
    absolute,
    folder,
    path_in,
    plain,
    resolved,
    split_path,
)
from sigpact.savedmodel.nearby import listed
from sigpact.savedmodel.reader import ELSEWHERE, FILE
from sigpact.savedmodel.remote import is_url

_NUMBER: Final = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)[ \t\n\v\f\r]*", re.ASCII)
_INT64: Final = range(-(1 << 63), 1 << 63)
FILES: Final = (FILE, *ELSEWHERE)
"""What makes a folder an export."""


@frozen
class VersionDir:
    """One version: its number, the name of its folder, its path; `note` where a line is due."""

    number: int
    folder: str
    path: str
    note: str | None = None
    twins: tuple[str, ...] = ()
    """Other folders of the same number, which the server ignores."""


@frozen
class Layout:
    """A base path as the server reads it: versions by number, and what a person should know.

    `is_whole` is false where somebody named versions of it one by one.
    """

    base: str
    versions: tuple[VersionDir, ...]
    notes: tuple[str, ...] = ()
    is_whole: bool = True


@frozen
class Model:
    """A served model: the name that clients use, and its versions (none: see the notes)."""

    name: str
    layout: Layout

    @property
    def versions(self) -> tuple[VersionDir, ...]:
        """The versions, by number."""
        return self.layout.versions


def version_number(name: str) -> int | None:
    """Return the version that a folder's name stands for, None where the server skips it.

    As absl::SimpleAtoi<int64>: blanks around it, a sign and leading zeros are fine (lines 85-89).
    """
    match = _NUMBER.fullmatch(name)
    if match is None:
        return None
    number = int(match.group(1))
    return number if number in _INT64 else None


def layout(base: str | os.PathLike[str]) -> Layout:
    """Return the versions under a base path.

    Raises `ConfigurationError` where it cannot be listed, `StorageError` where that is behind a URL.
    """
    path = plain(os.fspath(base))
    return _layout(folder(path, FILES) if is_url(path) else LocalFolder(path))


def _layout(base: Folder) -> Layout:
    names = base.names()
    found: dict[int, list[str]] = {}
    for name in names:
        number = version_number(name)
        if number is not None:
            found.setdefault(number, []).append(name)
    versions = tuple(_version(base, number, found[number]) for number in sorted(found))
    return Layout(base.path, versions, tuple(_oversights(base, names)))


def resolve_models(arguments: Sequence[str]) -> tuple[Model, ...]:
    """Return the models that the arguments name, sorted by name.

    | an argument | is read as |
    | --- | --- |
    | a folder with numbered folders | a base path: a model called as the folder |
    | an export in a numbered folder | that one version of the model that the folder above is called as |
    | an export in any other folder | version 0 of a model called as the folder; a note says so |
    | a folder of base paths | a model for each; a sub folder without versions is one without, and a note |
    | `name=` before one of the first three | the same under that name |

    Arguments that name versions of one base path add up to one model. Raises `ConfigurationError` where
    an argument names nothing, or where two base paths are called the same.
    """
    models: dict[str, Model] = {}
    for argument in arguments:
        for model in resolve_argument(argument):
            models[model.name] = joined(models[model.name], model) if model.name in models else model
    return tuple(models[name] for name in sorted(models))


def resolve_argument(argument: str) -> tuple[Model, ...]:
    """Return the models that one argument names. Raises as `resolve_models` does."""
    name, path = split_name(argument)
    there = folder(path, FILES)
    model = _one_model(there)
    if model.versions:
        return (replace(model, name=name or model.name),)
    models = tuple(_one_base(folder(each, FILES)) for each in _subfolders(there)) if name is None else ()
    if not any(each.versions for each in models):
        raise ConfigurationError("; ".join(model.layout.notes))
    return models


def _version(base: Folder, number: int, names: list[str]) -> VersionDir:
    # Of duplicates the server keeps the last name (lines 126-135).
    *ignored, name = names
    notes = []
    if ignored:
        others = " and ".join(map(repr, ignored))
        notes.append(f"{others} is version {number} too; the server loads {name!r}")
    if not base.has_folder(name):
        notes.append("a plain file, which the server takes for a version and cannot load")
    elif name != str(number):
        notes.append(f"the server reads the folder's name {name!r} as version {number}")
    return VersionDir(number, name, base.child(name), "; ".join(notes) or None, tuple(ignored))


def _oversights(base: Folder, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if version_number(name) is None and base.folder_holds(name, FILES):
            yield f"the server skips {name!r}, which holds an export: the name is no whole number"
    if base.folder_holds(".", FILES):
        yield "the server skips the export in the base path itself: it looks into numbered folders only"


def split_name(argument: str) -> tuple[str | None, str]:
    """Return the name and the path in `name=path`; a path that exists and has a `=` in it is a path."""
    name, equals, path = argument.partition("=")
    if not equals or {"/", os.sep} & set(name) or os.path.exists(argument):  # noqa: PTH110 - as a text
        return None, plain(argument)
    if not name or not path:
        raise ConfigurationError(f"{argument!r} is neither a path nor name=path")
    return name, plain(path)


def _one_model(there: Folder) -> Model:
    """Read a folder as a base path or else as one export."""
    model = _one_base(there)
    return model if model.versions or not there.folder_holds(".", FILES) else _one_export(there)


def _one_base(there: Folder) -> Model:
    """Read a folder as a base path; without a numbered folder it is a model without versions."""
    found = _layout(there)
    # A stray file with a number for a name makes a version for the server, but no model for a person.
    if not any(there.has_folder(each.folder) for each in found.versions):
        files = tuple(f"{each.folder!r} is {each.note}" for each in found.versions)
        wanted = path_in(path_in(there.path, "1"), FILE)
        missing = f"{there.path} holds no version: the server wants {wanted}; {listed(there.names())}"
        found = Layout(found.base, (), (missing, *files, *found.notes))
    return Model(split_path(absolute(there.path))[1], found)


def _one_export(there: Folder) -> Model:
    above, name = split_path(absolute(there.path))
    number = version_number(name)
    if number is None:
        note = "not in a numbered folder, as the server wants it: taken for version 0"
        alone = VersionDir(0, name, there.path, note)
        return Model(name, Layout(absolute(there.path), (alone,), is_whole=False))
    odd = f"the server reads the folder's name {name!r} as version {number}"
    version = VersionDir(number, name, there.path, None if name == str(number) else odd)
    return Model(split_path(above)[1], Layout(above, (version,), is_whole=False))


def _subfolders(there: Folder) -> Iterator[str]:
    names = (name for name in there.names() if not name.startswith(".") and there.has_folder(name))
    return (there.child(name) for name in names)


def joined(one: Model, other: Model) -> Model:
    """Return two models of one name as one. Raises `ConfigurationError` where they are two."""
    if one.versions and other.versions and not _same(one.layout.base, other.layout.base):
        raise ConfigurationError(
            f"two models are called {one.name!r}: {one.layout.base} and {other.layout.base};"
            " call one of them otherwise, as in name=path"
        )
    versions: dict[int, VersionDir] = {}
    for each in (*one.versions, *other.versions):
        known = versions.setdefault(each.number, each)
        if not _same(known.path, each.path):
            raise ConfigurationError(
                f"two exports are called version {each.number} of {one.name!r}: {known.path} and {each.path}"
            )
    notes = tuple(dict.fromkeys((*one.layout.notes, *other.layout.notes)))
    base = one.layout.base if one.versions else other.layout.base
    is_whole = one.layout.is_whole or other.layout.is_whole
    ordered = tuple(versions[number] for number in sorted(versions))
    return Model(one.name, Layout(base, ordered, notes, is_whole))


def _same(one: str, other: str) -> bool:
    return resolved(one) == resolved(other)
