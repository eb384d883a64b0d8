"""A release's content: contract files and the files that they name, into the store and out again."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from sigpact.contract.load import load
from sigpact.contract.model import Contract
from sigpact.errors import ConfigurationError, ContractError, StorageError
from sigpact.findings import Problem, Span
from sigpact.frozen import frozen, replace
from sigpact.store.fields import is_path
from sigpact.store.forms import folder_of
from sigpact.store.place import BLOBS, UNFINISHED, Place, Unread
from sigpact.store.records import Contracts, Owner, Record
from sigpact.store.whole import replaced, write_all
from sigpact.store.written import digest

CACHE: Final = ".sigpact/store"


@frozen
class Gathered:
    """What is to be published: the contracts by their paths in the release, all files with their content."""

    root: str
    """The folder that the paths are relative to."""
    contracts: tuple[str, ...]
    content: tuple[tuple[str, bytes], ...]
    """By path, sorted."""

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """The paths with the sha256 of each file."""
        return tuple((path, digest(data)) for path, data in self.content)


def gather(contracts: Sequence[Contract], client: str) -> Gathered:
    """Return the contracts of a client with the files that they name.

    Raises `ConfigurationError` for another client's contract and for a file that cannot go along,
    `ContractError` where a contract does not load once it and its files were copied.
    """
    for each in contracts:
        if each.client != client:
            raise ConfigurationError(f"{each.file} is a contract of {each.client!r}, not of {client!r}")
    named = [Path(os.path.realpath(Path(each.file).parent), Path(each.file).name) for each in contracts]
    root = os.path.commonpath([each.parent for each in named])
    beside = [
        file.parent / name for file, each in zip(named, contracts, strict=True) for name in _names(each)
    ]
    content = {_inside(root, path): _content(path) for path in (*named, *beside)}
    found = Gathered(
        root, tuple(sorted(_inside(root, each) for each in named)), tuple(sorted(content.items()))
    )
    _reads_the_same(found, client)
    return found


def _names(contract: Contract) -> tuple[str, ...]:
    for name in contract.files:
        if Path(name).is_absolute():
            raise ConfigurationError(
                f"{contract.file} names {name!r}: what is published names files relative to its contract"
            )
    return contract.files


def _inside(root: str, path: Path) -> str:
    found = os.path.relpath(path, root)
    if not is_path(found):
        raise ConfigurationError(f"{path}: no name that can be published: printable characters are expected")
    return found


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None


def _reads_the_same(found: Gathered, client: str) -> None:
    """Load the copies: what was read a moment ago may be something else now, or here."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - a gate that has all in its cache needs none

    with TemporaryDirectory(prefix="sigpact-") as folder:
        write_all(Path(folder), dict(found.content))
        _loaded(Path(folder), found.contracts, client, f"published from {found.root}")


def materialised(place: Place, record: Record, body: Contracts, cache: Path = Path(CACHE)) -> Path:
    """Return the folder that has a release's files, and nothing else, each as it was published.

    Raises `StorageError` where the store lacks a file, or has another, and where the cache cannot be written.
    """
    folder = cache / record.digest
    if _has(folder, body.files):
        return folder
    content = _blobs(place, body)
    try:
        replaced(folder, content, UNFINISHED)
    except OSError as error:
        raise StorageError(str(cache), f"{record.path} cannot be laid out here: {error}") from None
    if not _has(folder, body.files):
        raise StorageError(str(cache), f"{record.path} does not stay as it was laid out; who changes it?")
    return folder


def released(
    place: Place, record: Record, body: Contracts, cache: Path = Path(CACHE)
) -> tuple[Contract, ...]:
    """Return the contracts of a release. Their `file` is in the cache; spans tell release and path in it.

    Raises `StorageError` as `materialised` does, `ContractError` where this sigpact finds a mistake in one.
    """
    folder = materialised(place, record, body, cache)
    return _loaded(folder, body.contracts, body.owner.name, f"{body.owner.name}@{body.release}")


def _loaded(folder: Path, paths: Iterable[str], client: str, label: str) -> tuple[Contract, ...]:
    loaded: list[Contract] = []
    problems: list[Problem] = []
    for path in paths:
        told = f"{label}: {path}"
        try:
            contract = load(folder / path)
            spans = {at: Span(told, each.line, each.column) for at, each in contract.spans.items()}
            loaded.append(replace(contract, spans=spans))
            if contract.client != client:
                message = f"{contract.client!r} is the client here; this is a release of {client!r}"
                problems.append(Problem(spans["client",], message))
        except ContractError as error:
            problems += [
                Problem(Span(told, each.span.line, each.span.column), each.message) for each in error.problems
            ]
    if problems:
        raise ContractError(tuple(problems))
    return tuple(loaded)


def blob(owner: Owner, sha256: str) -> str:
    """Return where the store has a file's content."""
    return f"{folder_of(owner)}/{BLOBS}/{sha256}"


def _blobs(place: Place, body: Contracts) -> dict[str, bytes]:
    read = place.read(sorted({blob(body.owner, sha256) for _, sha256 in body.files}))
    return {path: _checked(place, path, blob(body.owner, sha256), read) for path, sha256 in body.files}


def _checked(place: Place, path: str, name: str, read: Mapping[str, bytes | Unread]) -> bytes:
    found = read[name]
    if isinstance(found, Unread):
        raise StorageError(str(place), f"{name} ({path}) {found.reason}")
    if digest(found) != name.rpartition("/")[2]:
        raise StorageError(
            str(place), f"{name} ({path}) is torn or altered: its content is not that of its name"
        )
    return found


def _has(folder: Path, files: Iterable[tuple[str, str]]) -> bool:
    """Whether a folder has these files with this content, and no others: a glob would find them."""
    wanted = dict(files)
    try:
        there = {
            os.path.relpath(Path(here, name), folder) for here, _, names in os.walk(folder) for name in names
        }
        return there == wanted.keys() and all(
            digest(Path(folder, path).read_bytes()) == sha256 for path, sha256 in wanted.items()
        )
    except OSError:
        return False
