"""What versions made of something that has a recorded answer, and whose answer may be written down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sigpact.checks.breaches import Breach, is_sensitive
from sigpact.checks.examples import RULE
from sigpact.contract.model import SignatureUse
from sigpact.contract.rewrite import CannotRewriteError
from sigpact.engine.journey import Arrival, Read
from sigpact.engine.kept import UNSTEADY
from sigpact.engine.selection import Binding
from sigpact.findings import Level

Key = tuple[str, str, str]
"""A version's folder, a contract's file and a signature's name."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came of it at one version, and what is wrong with that."""

    binding: Binding
    use: SignatureUse
    arrival: Arrival
    breaches: tuple[Breach, ...]

    @property
    def version(self) -> str:
        """The version as reports name it: `genre@4`."""
        return version_of(self.binding)

    @property
    def is_other(self) -> bool:
        """Whether the answer is not the recorded one."""
        return any(each.rule == RULE for each in self.breaches)

    @property
    def broken(self) -> tuple[str, ...]:
        """The rules that the answer breaks besides; one that cannot be read is no answer."""
        serious = (each.rule for each in self.breaches if each.level in {Level.ERROR, Level.UNDECIDED})
        rules = tuple(dict.fromkeys(rule for rule in serious if rule != RULE))
        return rules if rules or isinstance(self.arrival, Read) else ("none that the client can read",)


C = TypeVar("C", bound=Came)


def key_of(binding: Binding, use: SignatureUse) -> Key:
    """Return what tells one use at one version from any other."""
    return binding.version.path, binding.contract.file, use.name


def version_of(binding: Binding) -> str:
    """Return a version as reports name it: `genre@4`."""
    return f"{binding.model}@{binding.version.number}"


def usable(versions: Sequence[C]) -> list[C]:
    """Return the answers that may be recorded, those of the highest version last.

    Raises `CannotRewriteError` where there is none, or where a client may not have that of the last.
    """
    if any(is_sensitive(each.use) for each in versions):
        raise CannotRewriteError("the signature has `sensitive` tensors, whose values are not written down")
    chance = [each.version for each in versions if UNSTEADY in each.breaches]
    if chance:
        raise CannotRewriteError(f"{chance[0]} answers it otherwise each time (answer-not-deterministic)")
    found = [each for each in versions if not each.broken]
    if not found:
        told = "; ".join(f"{each.version}: {', '.join(each.broken)}" for each in versions)
        raise CannotRewriteError(f"what came is no answer that the contract admits ({told})")
    found.sort(key=lambda each: each.binding.version.number)
    for each in versions:
        if each.broken and each.version == found[-1].version:
            told = f"{each.binding.contract.client}: {', '.join(each.broken)}"
            raise CannotRewriteError(f"what {each.version} answers not every client admits ({told})")
    return found


def require_all(missing: Iterable[Binding], what: str) -> None:
    """Raise `CannotRewriteError` where a version has not answered."""
    names = dict.fromkeys(version_of(each) for each in missing)
    if names:
        raise CannotRewriteError(
            f"{', '.join(names)} did not answer it, and one {what} holds for all versions that the contract "
            "binds: run them all, or narrow `versions`"
        )


def require_agreement(last: Came, others: Iterable[Came], what: str) -> None:
    """Raise `CannotRewriteError` where others have another answer than the one that was written."""
    names = list(dict.fromkeys(_name(each, last) for each in others))
    if last.version in names:
        raise CannotRewriteError("the answer would not pass as it would be written")
    if names:
        raise CannotRewriteError(
            f"{last.version} answers otherwise than {', '.join(names)}, and one {what} holds for all "
            "versions that the contract binds: narrow `versions`, or write a tolerance"
        )


def _name(came: Came, last: Came) -> str:
    client = came.binding.contract.client
    return came.version if client == last.binding.contract.client else f"{came.version} for {client}"
