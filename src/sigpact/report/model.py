"""`Report`: everything that a run found out. Renderers read it, nothing else does."""

from sigpact.clients.profile import Environment
from sigpact.findings import Answer, Finding, Problem, Verdict, worst
from sigpact.frozen import frozen
from sigpact.report.gated import Gated


@frozen
class VersionSeen:
    """One version that was looked at; `note` where something about its folder is worth a line."""

    model: str
    version: str
    path: str
    note: str | None = None


@frozen
class Rewritten:
    """A contract or a file of real rows that now says what was answered: how many answers, and the diff."""

    file: str
    answers: int
    diff: str


@frozen
class Report:
    """The outcome of `check` or `verify`, sorted: the same run gives the same report.

    `expired` are contracts that no longer bind, as (client, file, sunset day); `notes` are sentences
    about the whole run (what was not found, what was skipped and why).
    """

    scope: str
    versions: tuple[VersionSeen, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()
    expired: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    incomplete: str | None = None
    """Why the run could not be completed, if it could not (exit code 4)."""
    environment: Environment | None = None
    """Where the versions are to be served, if somebody said; else a server with no flag set is meant."""
    gate: Gated | None = None
    """What a gate made of it, if a gate asked."""
    rewritten: tuple[Rewritten, ...] = ()

    @property
    def answer(self) -> Answer:
        """The gate's, or the worst verdict of the active contracts; of none, unknown.

        Where files were rewritten it is no: somebody is to look at the difference, and run again.
        """
        if self.rewritten:
            return Answer.NO
        if self.gate is not None:
            return self.gate.answer
        return worst([each.verdict for each in self.verdicts if each.status == "active"])

    @property
    def exit_code(self) -> int:
        """0 yes, 1 no, 2 a contract is wrong, 3 unknown, 4 not completed."""
        if self.incomplete is not None:
            return 4
        if self.problems:
            return 2
        return {Answer.YES: 0, Answer.NO: 1, Answer.UNKNOWN: 3}[self.answer]
