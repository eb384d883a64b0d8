"""Which contracts count: those that are written now, and those of client releases still out there."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from sigpact.contract.load import find
from sigpact.contract.model import Contract
from sigpact.engine.registered import Registered, attached
from sigpact.engine.selection import load_all
from sigpact.errors import ConfigurationError, ContractError
from sigpact.findings import Problem
from sigpact.frozen import frozen
from sigpact.store.content import released
from sigpact.store.place import Place
from sigpact.store.records import Amended, Published, Record
from sigpact.store.state import LiveRelease

BRANCH: Final = "branch"
"""The release of a contract that is no release: it is written here and now."""


@frozen
class Counted:
    """One contract that counts, as it is written now (`branch`) or as a live release of the client has it.

    `digest` is over the contract and the files that it names.
    """

    contract: Contract
    release: str
    digest: str

    @property
    def name(self) -> str:
        """The client and its release, as `mobile-app@4.3`."""
        return f"{self.contract.client}@{self.release}"


@frozen
class Gathered:
    """The contracts that count, and the mistakes of those that could not be read."""

    counted: tuple[Counted, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: "Gathered") -> "Gathered":
        """Return both together."""
        return Gathered((*self.counted, *other.counted), (*self.problems, *other.problems))


def written(paths: Sequence[str], checks: Registered) -> Gathered:
    """Return the contracts that are written in files and folders.

    Raises `ConfigurationError` where a path is named that holds none: a typo must not look like nobody.
    """
    for each in paths:
        if not find([each]):
            raise ConfigurationError(
                f"no contract in {each}: files are called *.contract.yaml, .yml or .json"
            )
    contracts, problems = load_all(find(paths))
    return _counted(contracts, BRANCH, checks) + Gathered((), problems)


def _counted(contracts: Iterable[Contract], release: str, checks: Registered) -> Gathered:
    """Return contracts with the functions that they name; the project that runs the gate registers them."""
    found = Gathered()
    for each in contracts:
        try:
            found += Gathered((Counted(attached(each, checks), release, digest(each)),))
        except ContractError as error:
            found += Gathered((), error.problems)
    return found


def out_there(place: Place, releases: Sequence[LiveRelease], checks: Registered) -> Gathered:
    """Return the contracts of client releases as they were published or amended.

    Raises `StorageError` where the store does not have them as they were.
    """
    found = Gathered()
    for release in releases:
        for record in release.contracts:
            found += _released(place, release.release, record, checks)
    return found


def _released(place: Place, release: str, record: Record, checks: Registered) -> Gathered:
    body = record.body
    if not isinstance(body, Published | Amended):
        raise TypeError(f"{record.path} has no contracts")
    try:
        contracts = released(place, record, body)
    except ContractError as error:
        return Gathered((), error.problems)
    return _counted(contracts, release, checks)


def digest(contract: Contract) -> str:
    """Return the sha256 over what a contract says: its bytes, and the files it names with their content.

    Where it lies does not count: a release's copy has the digest of what was published.
    """
    file = Path(contract.file)
    whole = hashlib.sha256(b"sigpact contract 1\n")
    for name, path in [(file.suffix, file), *((each, file.parent / each) for each in contract.files)]:
        whole.update(f"{len(name.encode())} {name}".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def clients(counted: Sequence[Counted]) -> tuple[str, ...]:
    """Return the names of all clients, sorted."""
    return tuple(sorted({each.contract.client for each in counted}))
