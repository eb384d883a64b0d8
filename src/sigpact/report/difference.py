"""`Diff`: everything that comparing two versions found out. Renderers read it, nothing else does."""

from typing import Final

from sigpact.clients.profile import Environment
from sigpact.findings import Finding, Level
from sigpact.frozen import frozen
from sigpact.rules.changes import Change


@frozen
class Reason:
    """One difference as one kind of client meets it: what it does (`level`), to whom, and why."""

    rule: str
    verdict: str
    level: Level | None
    who: str | None
    message: str
    why: str


@frozen
class Witnessed:
    """A request that the old version answers and the new one does not, and both answers.

    `old_token` and `new_token` are where the answers begin to differ, as (position, length).
    """

    request: str
    old: str
    new: str
    old_token: tuple[int, int]
    new_token: tuple[int, int]


@frozen
class Met:
    """What the new version does to one kind of client: `safe`, `silent`, `undecided` or `breaks`.

    `ran` counts the requests that were sent to both versions.
    """

    client: str
    verdict: str
    reasons: tuple[Reason, ...]
    witness: Witnessed | None = None
    ran: int = 0

    @property
    def why(self) -> tuple[str, ...]:
        """Why the client fares as it does: the sentences of its worst reasons, each once."""
        worst = tuple(dict.fromkeys(each.why for each in self.reasons if each.verdict == self.verdict))
        return worst or ("what this client sends and reads has not changed",)


@frozen
class SignatureDiff:
    """One signature that is not the same in both versions; of a new one nobody is a client yet."""

    name: str
    changes: tuple[Change, ...]
    clients: tuple[Met, ...]


@frozen
class ContractMet:
    """What the new version does to one client; `already`: breaches that it has with the old one too."""

    client: str
    owner: str | None
    file: str
    status: str
    verdict: str
    findings: tuple[Finding, ...]
    already: int = 0
    witness: Witnessed | None = None
    ran: int = 0


_WORSE: Final = ("safe", "silent", "undecided", "breaks")


@frozen
class Diff:
    """The outcome of `diff`. `contracts` is `None` where none was given that binds the model.

    `unloadable` is why the new version goes live nowhere; `unread` why nothing is known about it.
    `environment` is where both are served; `None`: on a server with no flag set.
    """

    old: str
    new: str
    signatures: tuple[SignatureDiff, ...]
    equal: tuple[str, ...]
    contracts: tuple[ContractMet, ...] | None = None
    notes: tuple[str, ...] = ()
    unloadable: str | None = None
    unread: str | None = None
    ran: bool = False
    environment: Environment | None = None

    @property
    def is_same(self) -> bool:
        """Whether nothing changed at all, nor may have where a contract looks."""
        told = any(each.findings for each in self.contracts or ())
        return not self.signatures and not told and self.unloadable is None and self.unread is None

    @property
    def verdict(self) -> str:
        """The worst of all clients: of those with a contract where there are contracts, else of all kinds."""
        if self.unloadable is not None:
            return "breaks"
        if self.unread is not None:
            return "undecided"
        if self.contracts is not None:
            met = [each.verdict for each in self.contracts if each.status == "active"]
        else:
            met = [each.verdict for signature in self.signatures for each in signature.clients]
        return max(met, key=_WORSE.index, default="safe")

    @property
    def exit_code(self) -> int:
        """0 nobody breaks, 1 somebody breaks, 3 undecided.

        Other values in silence count as broken where what the client sends or reads is constrained.
        """
        verdict = self.verdict
        if verdict == "silent":
            return int(Level.ERROR in self._levels())
        return {"safe": 0, "undecided": 3, "breaks": 1}[verdict]

    def _levels(self) -> set[Level | None]:
        if self.contracts is not None:
            return {finding.level for each in self.contracts for finding in each.findings}
        clients = [met for signature in self.signatures for met in signature.clients]
        return {reason.level for met in clients for reason in met.reasons}
