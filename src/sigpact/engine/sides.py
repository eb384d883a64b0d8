"""The two sides of a comparison: a version folder, `BASE@N`, or a snapshot in a file."""

import json
from filecmp import cmp
from pathlib import Path

from sigpact.engine.static import Exports, Loaded
from sigpact.errors import ConfigurationError, ExportError
from sigpact.frozen import frozen, replace
from sigpact.savedmodel.features import takes_examples, with_features
from sigpact.savedmodel.reader import FILE, serving_signatures
from sigpact.savedmodel.remote import is_url
from sigpact.savedmodel.snapshot import Seen, Unread, from_json
from sigpact.savedmodel.versions import version_number
from sigpact.serving.given import given, is_config


@frozen
class Side:
    """One version: whose it is, its signatures, and its folder where there is one to run."""

    model: str
    version: str
    loaded: Loaded
    folder: str | None

    def has_graph_of(self, other: "Side") -> bool:
        """Whether the graphs are surely the same: byte by byte, or of a snapshot by the version's name."""
        if self.folder is None or other.folder is None:
            return str(self) == str(other)
        mine, theirs = self._graph, other._graph  # noqa: SLF001 - of the same class
        return mine is not None and theirs is not None and cmp(mine, theirs, shallow=False)

    @property
    def _graph(self) -> Path | None:
        if self.folder is None:
            return None
        export = self.loaded.export
        file = (Path(self.folder) if export is None else export.folder) / FILE
        return file if file.is_file() else None

    def __str__(self) -> str:
        return f"{self.model}@{self.version}"


def side(argument: str) -> Side:
    """Return the version that an argument names.

    | an argument | is read as |
    | --- | --- |
    | a folder | a version's folder, or a base path with a single version |
    | a file | a snapshot (`sigpact show --format json`) of a single version |
    | a file (`models.config`) | the versions of the models that a server is told to serve |
    | one of them and `@3` or `@genre@3` | that version of several |

    Raises `ConfigurationError` where it names none, or several.
    """
    path, wanted = _split(argument)
    found = _candidates(path)
    chosen = [each for each in found if wanted in (None, each.version, str(each))]
    if len(chosen) != 1:
        several = len({each.model for each in found}) > 1
        there = ", ".join(f"{path}@{each if several else each.version}" for each in found) or "none"
        said = "holds no such version" if wanted and not chosen else f"names {len(chosen)} versions, not one"
        raise ConfigurationError(f"{argument} {said}; there is {there}")
    return chosen[0]


def newest(argument: str) -> Side:
    """Return the version that an argument names as for `side`; of several of one model, the highest.

    Raises `ConfigurationError` as `side` does.
    """
    path, wanted = _split(argument)
    found = [] if wanted is not None else _candidates(path)
    if len({each.model for each in found}) != 1:
        return side(argument)
    return max(found, key=lambda each: (version_number(each.version) or 0, each.version))


def _candidates(path: str) -> list[Side]:
    """Return all versions that a folder, a configuration or a snapshot holds."""
    return _snapshot(path) if Path(path).is_file() and not _is_config(path) else _folder(path)


def _is_config(path: str) -> bool:
    """Whether a file is a server's configuration: it begins with a word or a comment, as no snapshot does."""
    with Path(path).open("rb") as file:
        start = file.read(1024).lstrip()[:1]
    return is_config(path) and (start.isalpha() or start == b"#")


def version_side(model: str, version: str, path: str | None) -> Side:
    """Return the side of a version whose folder is known; `None`: it is not there."""
    if path is None:
        return Side(model, version, Loaded(reason="its folder is not there", unknown=True), None)
    return Side(model, version, _with_features(Exports().signatures(path)), path)


def _split(argument: str) -> tuple[str, str | None]:
    if is_url(argument):
        above, slash, name = argument.rpartition("/")
        name, at, wanted = name.partition("@")
        return above + slash + name, wanted if at else None
    if Path(argument).exists():
        return argument, None
    path, at, wanted = argument.partition("@")
    while at and not Path(path).exists():
        more, at, wanted = wanted.partition("@")
        path = f"{path}@{more}"
    return (path, wanted) if at else (argument, None)


def _folder(path: str) -> list[Side]:
    exports = Exports()
    return [
        Side(model.name, str(version.number), _with_features(exports.signatures(version.path)), version.path)
        for model in given([path]).models
        for version in model.versions
    ]


def _with_features(loaded: Loaded) -> Loaded:
    """Return the signatures with the tf.Example features that their graphs parse."""
    if loaded.export is None:
        return loaded
    looked_at = tuple(
        with_features(loaded.export, each) if takes_examples(each) else each for each in loaded.signatures
    )
    return replace(loaded, signatures=looked_at)


def _snapshot(path: str) -> list[Side]:
    try:
        snapshot = from_json(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{path} is no snapshot: {error}; `sigpact show --format json` writes one"
        ) from None
    return [Side(each.model, each.version, _loaded(each), None) for each in snapshot.versions]


def _loaded(seen: Seen) -> Loaded:
    if isinstance(seen.content, Unread):
        return Loaded(reason=seen.content.reason, unknown=True)
    try:
        return Loaded(serving_signatures(seen.content))
    except ExportError as error:
        return Loaded(reason=str(error))
