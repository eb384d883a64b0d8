"""`Run`: checks one use of one signature at one version, part by part; versions are loaded once each.

The command line asks for all parts of everything, pytest for one part of one signature at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from sigpact.checks.answers import not_looked_at
from sigpact.checks.evidence import Counts
from sigpact.contract.model import SignatureUse
from sigpact.engine.budget import Budget
from sigpact.engine.dynamic import Ran, run_examples, run_values
from sigpact.engine.journey import Journey
from sigpact.engine.options import Options
from sigpact.engine.properties import SECONDS, Stage, check_property
from sigpact.engine.real import run_rows
from sigpact.engine.selection import Binding
from sigpact.engine.shown import with_witness
from sigpact.engine.sourcing import planned
from sigpact.engine.static import Exports, Loaded, compare, lacks_op, undeclared, unloadable
from sigpact.engine.tell import Scene, breach_finding, brief_finding
from sigpact.engine.updating.answers import Key, key_of
from sigpact.engine.updating.examples import Answered
from sigpact.engine.updating.lines import RowsAnswered
from sigpact.engine.updating.update import Answers
from sigpact.engine.verdicts import joined
from sigpact.findings import Evidence, Finding, Level, Problem
from sigpact.frozen import replace
from sigpact.report.kinds import ranked
from sigpact.rules.registry import catalogue
from sigpact.runtime.protocol import Backend, Session, Unloadable


@dataclass(frozen=True, slots=True)
class Result:
    """What one part found.

    `blocked` is why a part could not run at all: unknown, never yes. `undrawn`: it could not because no
    rows can be made up, which is no matter where the examples run.
    """

    findings: tuple[Finding, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)
    not_checked: tuple[str, ...] = ()
    blocked: str | None = None
    undrawn: bool = False
    problems: tuple[Problem, ...] = ()
    """Examples and real rows that are wrong, and were not sent."""

    @property
    def is_no(self) -> bool:
        """Whether the contract is broken."""
        return any(each.level is Level.ERROR for each in self.findings)

    @property
    def is_yes(self) -> bool:
        """Whether everything that was to be looked at was, and nothing is broken or undecided."""
        serious = {Level.ERROR, Level.UNDECIDED}
        broken = any(each.level in serious for each in self.findings)
        return self.blocked is None and not broken and not self.problems


class Run:
    """Loads versions when they are first asked for, and keeps them until `close`."""

    def __init__(self, options: Options, backend: Callable[[], Backend]) -> None:
        self.options = options
        self._make_backend = backend
        self._backend: Backend | None = None
        self._exports = Exports()
        self._sessions: dict[str, Session | Unloadable] = {}
        self._second: dict[str, Session | Unloadable] = {}
        self._gave_up: dict[Key, str] = {}
        """Why values of a use were sent no further."""
        self.answers = Answers()
        """What came of what has a recorded answer, where those are to be updated."""

    def static(self, binding: Binding, use: SignatureUse) -> Result:
        """Compare the use with the signature, without running anything."""
        loaded = self.signatures(binding)
        if loaded.unknown:
            return Result(blocked=loaded.reason)
        if loaded.reason is not None:
            return Result((unloadable(binding, loaded.reason),))
        compared = compare(binding, use, loaded, self.options.server)
        if any(each.level is Level.ERROR for each in compared.findings):
            self.answers.unfit.add(key_of(binding, use))
        return Result((*compared.findings, *undeclared(binding, use)), Evidence(proved=compared.compared))

    def signatures(self, binding: Binding) -> Loaded:
        """Return what the version's export declares."""
        return self._exports.signatures(binding.version.path)

    def examples(self, binding: Binding, use: SignatureUse) -> Result:
        """Send the examples of the contract, and compare what comes back."""
        return self._run(binding, use, partial(run_examples, keep=self.options.update_examples))

    def rows(self, binding: Binding, use: SignatureUse, *, most: int | None = None) -> Result:
        """Send the real rows of the contract's files, all or the first."""
        return self._run(binding, use, partial(run_rows, most=most, keep=self.options.update_examples))

    def values(self, binding: Binding, use: SignatureUse, *, rows: int | None = None) -> Result:
        """Send boundaries and random rows (as many as the contract or the options say)."""
        count = next(each for each in (rows, use.rows, self.options.rows) if each is not None)

        def run(journey: Journey, session: Session, ran: Ran) -> None:
            budget = Budget(self.options.time_budget)
            made = planned(journey, session, rows=count, seed=self.options.seed)
            run_values(journey, session, ran, made, budget)

        return self._run(binding, use, run)

    def properties(self, binding: Binding, use: SignatureUse) -> Result:
        """Send the same rows in other ways, and compare the answers.

        Not where values crash or hang the version: every comparison would, for nothing new.
        """
        loaded = self.signatures(binding)
        if loaded.reason is not None:
            return Result(blocked=loaded.reason)
        if gave_up := self._gave_up.get(key_of(binding, use)):
            left = f"{use.name}: properties (values {gave_up})"
            return Result(not_checked=(left,), blocked=left)
        path = binding.version.path
        session = self.session(path)
        if isinstance(session, Unloadable):
            return Result(blocked=session.reason)
        journey = self.journey(binding, use)
        seconds = SECONDS if self.options.time_budget is None else self.options.time_budget
        stage = Stage(
            journey,
            session,
            binding,
            self.options.seed,
            lambda: self.backend.load(path),
            seconds,
            self.options,
        )
        findings: list[Finding] = []
        notes: list[str] = []
        unchecked: list[str] = []
        for said in use.properties:
            told, rows, more = check_property(stage, said)
            findings += told
            notes += more
            if rows:
                over = "" if said.over is None else f" over {said.over}"
                notes.append(f"{use.name}: {said.name}{over}: {rows:,} rows compared")
            else:
                named = said.over is not None and not more
                over = f": no output has {said.over!r} in its shape, or no input" if named else ""
                unchecked.append(f"{use.name}: property {said.name}: no rows to compare{over}")
        blocked = "; ".join(unchecked) if len(unchecked) == len(use.properties) else None
        return Result(tuple(findings), Evidence(notes=tuple(notes)), tuple(unchecked), blocked)

    def with_witnesses(self, binding: Binding, use: SignatureUse, result: Result) -> Result:
        """Return the same findings, each static break with the smallest request and what comes of it."""
        if not result.is_no:
            return result
        session = self.session(binding.version.path)
        if isinstance(session, Unloadable):
            return result
        scene = Scene(self.journey(binding, use), session, binding, self.options, lambda: session)
        shown = ranked(result.findings, lambda each: (each.rule, each.level))
        return replace(
            result, findings=tuple(with_witness(scene, each) if first else each for each, first in shown)
        )

    def session(self, path: str) -> Session | Unloadable:
        """Return the version in a folder, loaded.

        Raises `RuntimeUnavailableError` where there is no TensorFlow.
        """
        if path not in self._sessions:
            self._sessions[path] = self.backend.load(path)
        return self._sessions[path]

    @property
    def backend(self) -> Backend:
        """Where versions run; made when it is first needed."""
        if self._backend is None:
            self._backend = self._make_backend()
        return self._backend

    def release(self, path: str) -> None:
        """Let the processes of a version go."""
        for sessions in (self._sessions, self._second):
            session = sessions.pop(path, None)
            if session is not None and not isinstance(session, Unloadable):
                session.close()

    def close(self) -> None:
        """Let all processes go."""
        for path in {*self._sessions, *self._second}:
            self.release(path)
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    def _run(
        self, binding: Binding, use: SignatureUse, part: Callable[[Journey, Session, Ran], None]
    ) -> Result:
        loaded = self.signatures(binding)
        if loaded.reason is not None:
            return Result(
                () if loaded.unknown else (unloadable(binding, loaded.reason),), blocked=loaded.reason
            )
        journey = self.journey(binding, use)
        session = self.session(binding.version.path)
        if isinstance(session, Unloadable):
            told = lacks_op(session.reason)
            return Result(blocked=told) if told else Result((unloadable(binding, session.reason),))
        ran = Ran(Counts(use))
        part(journey, session, ran)
        if ran.gave_up:
            self._gave_up[key_of(binding, use)] = ran.gave_up
        if self.options.update_examples:
            self._remember(binding, use, ran)
        findings = self._told(journey, session, binding, ran)
        blocked = _nothing(use, ran)
        undrawn = blocked is not None and bool(ran.undrawn or ran.real_only)
        unlooked = self._unlooked(use, ran)
        return Result(findings, self._evidence(ran), unlooked, blocked, undrawn, tuple(ran.problems))

    def _remember(self, binding: Binding, use: SignatureUse, ran: Ran) -> None:
        """Hold what came of what has a recorded answer, until all versions have answered."""
        self.answers.examples += (
            Answered(binding, use, arrival, wrong, example) for example, arrival, wrong in ran.examples
        )
        if ran.kept is not None:
            self.answers.rows.append(RowsAnswered(binding, use, ran.kept))
        self.answers.mistaken |= bool(ran.problems)

    def _told(self, journey: Journey, session: Session, binding: Binding, ran: Ran) -> tuple[Finding, ...]:
        """Return what went wrong as findings, the first of each kind with the smallest request."""
        scene = Scene(journey, session, binding, self.options, lambda: self._afresh(binding.version.path))
        troubles = ranked(ran.tally.counting(ran.counts.answered), lambda each: each.breach.rule)
        return tuple(
            (breach_finding if is_first else brief_finding)(scene, each, ran.rows, ran.calls)
            for each, is_first in troubles
        )

    def _afresh(self, path: str) -> Session | Unloadable:
        """Return a version in a second process: it has answered only what failed in the first."""
        if path not in self._second:
            self._second[path] = self.backend.load(path)
        return self._second[path]

    def journey(self, binding: Binding, use: SignatureUse) -> Journey:
        """Return how requests of a use travel to a version that can be read."""
        signatures = self.signatures(binding).signatures
        number = str(binding.version.number)
        return Journey(binding.contract, use, signatures, binding.model, number, self.options.server)

    def _evidence(self, ran: Ran) -> Evidence:
        shown = replace(
            ran.counts.shown(), boundaries=ran.boundaries_sent(), examples_only=tuple(ran.examples_only)
        )
        return Evidence(
            rows=ran.counts.by_kind(),
            through_rest=ran.through_rest,
            seed=self.options.seed,
            notes=(
                *ran.notes,
                *(f"{each}; real rows alone are sent" for each in ran.real_only),
            ),
            shown=(shown,),
        )

    @staticmethod
    def _unlooked(use: SignatureUse, ran: Ran) -> tuple[str, ...]:
        words = [f"{use.name}: {word} of {each.name}" for each in use.outputs for word in not_looked_at(each)]
        wrong = [f"{use.name}: the examples or real rows that are wrong"] if ran.problems else []
        return (*ran.undrawn, *ran.left, *wrong, *words)


def settle(static: Result, ran: Result) -> Result:
    """Return what a static comparison amounts to once the version has run over the boundaries.

    What was undecided is broken where something failed (the first failure is its witness), only not
    promised where nothing did, and stays undecided where nothing could be run.
    """
    settled = [_settled(each, ran) for each in static.findings]
    undecided = {each.at[:1] for each in static.findings if each.level is Level.UNDECIDED}
    broken = any(each.level is Level.ERROR for each in settled)
    if broken and ("inputs",) in undecided:
        # One cause, told once: what the outputs are follows from what the inputs became.
        settled = [
            each
            for each, before in zip(settled, static.findings, strict=True)
            if not (before.level is Level.UNDECIDED and before.at[:1] == ("outputs",))
        ]
    return replace(static, findings=tuple(settled))


def _settled(finding: Finding, ran: Result) -> Finding:
    if finding.level is not Level.UNDECIDED:
        return finding
    errors = (each for each in ran.findings if each.level is Level.ERROR)
    failed = next((each for each in errors if each.rule in _DECIDING), None)
    if failed is not None:
        return replace(finding, level=Level.ERROR, witness=failed.witness, why=failed.message)
    if ran.blocked is not None or not ran.evidence.total_rows:
        return finding
    rule = _UNPROMISED[finding.rule]
    mend_model, mend_client = catalogue()[rule].mend
    count = ran.evidence.total_rows
    told = f"{finding.message}; {count:,} {'row' if count == 1 else 'rows'} ran and none failed"
    return replace(
        finding, rule=rule, level=Level.WARNING, message=told, mend_model=mend_model, mend_client=mend_client
    )


def together(results: list[Result]) -> Result:
    """Join the dynamic parts: examples alone are enough to have run something."""
    blocked = [each.blocked for each in results if each.blocked is not None]
    return Result(
        tuple(finding for each in results for finding in each.findings),
        joined([each.evidence for each in results]),
        tuple(clause for each in results for clause in each.not_checked),
        "; ".join(blocked) if len(blocked) == len(results) else None,
        problems=tuple(problem for each in results for problem in each.problems),
    )


_DECIDING: Final = frozenset(
    {"request-refused", "answer-shape-changed", "answer-unreadable", "model-crashed", "model-hung"}
)
"""Failures that a changed shape or dtype may bring about; a label outside an enum is no such thing."""

_UNPROMISED: Final = {
    "asset-missing": "asset-missing",
    "variables-missing": "variables-missing",
    "verb-shape-unfit": "output-shape-unpromised",
    "feature-undetermined": "feature-undetermined",
    "feature-default-changed": "feature-default-changed",
    "input-dtype-changed": "input-dtype-unpromised",
    "input-default-changed": "input-default-unpromised",
    "input-shape-changed": "input-shape-unpromised",
    "output-shape-changed": "output-shape-unpromised",
    "answer-without-batch": "answer-batch-unpromised",
    "answer-batch-inconsistent": "answer-batch-unpromised",
    "output-batch-refused": "answer-batch-unpromised",
    "input-batch-refused": "input-batch-unpromised",
    "input-precision-refused": "input-dtype-unpromised",
}
"""What an undecided difference is called once running it has shown no failure."""


def _nothing(use: SignatureUse, ran: Ran) -> str | None:
    """Say why nothing was run, if nothing was."""
    if ran.rows:
        return None
    return "; ".join((*ran.undrawn, *ran.real_only)) or f"{use.name}: nothing was run"
