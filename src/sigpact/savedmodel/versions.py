"""Where exports are: the versions under a base path as the server reads it, and what users name.

Source: sources/storage_path/file_system_storage_path_source.cc of TensorFlow Serving.
"""

# ruff: noqa: PTH110, PTH112 - Path.exists and Path.is_dir raise where a folder may not be entered
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from sigpact.errors import ConfigurationError
from sigpact.frozen import frozen, replace
from sigpact.savedmodel.nearby import contents, nothing_there
from sigpact.savedmodel.reader import ELSEWHERE, FILE

_NUMBER: Final = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)[ \t\n\v\f\r]*", re.ASCII)
_INT64: Final = range(-(1 << 63), 1 << 63)
_FILES: Final = (FILE, *ELSEWHERE)


@frozen
class VersionDir:
    """One version: its number, the name of its folder, its path; `note` where a line is due."""

    number: int
    folder: str
    path: str
    note: str | None = None


@frozen
class Layout:
    """A base path as the server reads it: versions by number, and what a person should know."""

    base: str
    versions: tuple[VersionDir, ...]
    notes: tuple[str, ...] = ()


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
    """Return the versions under a base path. Raises `ConfigurationError` where it cannot be listed."""
    path = Path(base)
    try:
        names = sorted(os.listdir(path))  # noqa: PTH208 - names are all that is asked for
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be listed: {error.strerror}") from None
    found: dict[int, list[str]] = {}
    for name in names:
        number = version_number(name)
        if number is not None:
            found.setdefault(number, []).append(name)
    versions = tuple(_version(path, number, found[number]) for number in sorted(found))
    return Layout(os.fspath(base), versions, tuple(_oversights(path, names)))


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
        for model in _resolve(argument):
            models[model.name] = _joined(models[model.name], model) if model.name in models else model
    return tuple(models[name] for name in sorted(models))


def _version(base: Path, number: int, names: list[str]) -> VersionDir:
    # Of duplicates the server keeps the last name (lines 126-135).
    *ignored, name = names
    notes = []
    if ignored:
        others = " and ".join(map(repr, ignored))
        notes.append(f"{others} is version {number} too; the server loads {name!r}")
    if not os.path.isdir(base / name):
        notes.append("a plain file, which the server takes for a version and cannot load")
    elif name != str(number):
        notes.append(f"the server reads the folder's name {name!r} as version {number}")
    return VersionDir(number, name, str(base / name), "; ".join(notes) or None)


def _oversights(base: Path, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if version_number(name) is None and _holds_export(base / name):
            yield f"the server skips {name!r}, which holds an export: the name is no whole number"
    if _holds_export(base):
        yield "the server skips the export in the base path itself: it looks into numbered folders only"


def _holds_export(folder: Path) -> bool:
    return any(os.path.exists(folder / name) for name in _FILES)


def _resolve(argument: str) -> tuple[Model, ...]:
    name, path = _split(argument)
    if "://" in path:
        raise ConfigurationError(f"{path}: only local folders are read; copy the model here first")
    folder = Path(path)
    if not os.path.isdir(folder):
        raise ConfigurationError(nothing_there(folder, _FILES))
    model = _one_model(folder)
    if model.versions:
        return (replace(model, name=name or model.name),)
    models = tuple(_one_base(child) for child in _subfolders(folder)) if name is None else ()
    if not any(each.versions for each in models):
        raise ConfigurationError("; ".join(model.layout.notes))
    return models


def _split(argument: str) -> tuple[str | None, str]:
    """Return the name and the path in `name=path`; a path that exists and has a `=` in it is a path."""
    name, equals, path = argument.partition("=")
    if not equals or {"/", os.sep} & set(name) or os.path.exists(argument):
        return None, argument
    if not name or not path:
        raise ConfigurationError(f"{argument!r} is neither a path nor name=path")
    return name, path


def _one_model(folder: Path) -> Model:
    """Read a folder as a base path or else as one export."""
    model = _one_base(folder)
    return model if model.versions or not _holds_export(folder) else _one_export(folder)


def _one_base(folder: Path) -> Model:
    """Read a folder as a base path; without a numbered folder it is a model without versions."""
    found = layout(folder)
    # A stray file with a number for a name makes a version for the server, but no model for a person.
    if not any(os.path.isdir(each.path) for each in found.versions):
        files = tuple(f"{each.folder!r} is {each.note}" for each in found.versions)
        missing = f"{folder} holds no version: the server wants {folder / '1' / FILE}; {contents(folder)}"
        found = Layout(found.base, (), (missing, *files, *found.notes))
    return Model(_absolute(folder).name, found)


def _one_export(folder: Path) -> Model:
    absolute = _absolute(folder)
    number = version_number(absolute.name)
    if number is None:
        note = "not in a numbered folder, as the server wants it: taken for version 0"
        version = VersionDir(0, absolute.name, str(folder), note)
        return Model(absolute.name, Layout(str(absolute), (version,)))
    version = replace(_version(absolute.parent, number, [absolute.name]), path=str(folder))
    return Model(absolute.parent.name, Layout(str(absolute.parent), (version,)))


def _absolute(folder: Path) -> Path:
    return Path(os.path.abspath(folder))  # noqa: PTH100 - a link keeps the name that the user gave


def _subfolders(folder: Path) -> Iterator[Path]:
    names = sorted(os.listdir(folder))  # noqa: PTH208 - names are all that is asked for
    return (folder / name for name in names if not name.startswith(".") and os.path.isdir(folder / name))


def _joined(one: Model, other: Model) -> Model:
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
    return Model(one.name, Layout(base, tuple(versions[number] for number in sorted(versions)), notes))


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
