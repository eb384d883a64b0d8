"""What versions made of something that has a recorded answer, and whose answer may be written down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sigpact.checks.breaches import Breach, is_sensitive
from sigpact.checks.examples import RULE
from sigpact.contract.model import SignatureUse
from sigpact.contract.rewrite import CannotRewriteError
from sigpact.engine.journey import Arrival, Read
from sigpact.engine.selection import Binding
from sigpact.findings import Level


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


def version_of(binding: Binding) -> str:
    """Return a version as reports name it: `genre@4`."""
    return f"{binding.model}@{binding.version.number}"


def usable(versions: Sequence[C]) -> list[C]:
    """Return the answers that may be recorded, those of the highest version last.

    Raises `CannotRewriteError` where there is none.
    """
    if any(is_sensitive(each.use) for each in versions):
        raise CannotRewriteError("the signature has `sensitive` tensors, whose values are not written down")
    found = [each for each in versions if not each.broken]
    if not found:
        told = "; ".join(f"{each.version}: {', '.join(each.broken)}" for each in versions)
        raise CannotRewriteError(f"what came is no answer that the contract admits ({told})")
    return sorted(found, key=lambda each: each.binding.version.number)


def require_agreement(last: Came, others: Iterable[str], what: str) -> None:
    """Raise `CannotRewriteError` where versions have another answer than the one that was written."""
    names = list(dict.fromkeys(others))
    if last.version in names:
        raise CannotRewriteError("the answer would not pass as it would be written")
    if names:
        raise CannotRewriteError(
            f"{last.version} answers otherwise than {', '.join(names)}, and one {what} holds for all "
            "versions that the contract binds: narrow `versions`, or write a tolerance"
        )
