"""`Run`: checks one use of one signature at one version, part by part; versions are loaded once each.

The command line asks for all parts of everything, pytest for one part of one signature at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sigpact.checks.answers import not_looked_at
from sigpact.checks.evidence import Counts
from sigpact.contract.model import SignatureUse
from sigpact.engine.dynamic import Ran, run_examples, run_values
from sigpact.engine.journey import Journey
from sigpact.engine.options import Options
from sigpact.engine.properties import Stage, check_property
from sigpact.engine.rewriting import Answered
from sigpact.engine.selection import Binding
from sigpact.engine.sourcing import planned
from sigpact.engine.static import Exports, Loaded, compare, lacks_op, undeclared, unheeded_in, unloadable
from sigpact.engine.tell import Scene, breach_finding, with_witness
from sigpact.engine.verdicts import joined
from sigpact.errors import RuntimeUnavailableError
from sigpact.findings import Evidence, Finding, Level
from sigpact.frozen import replace
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

    @property
    def is_no(self) -> bool:
        """Whether the contract is broken."""
        return any(each.level is Level.ERROR for each in self.findings)

    @property
    def is_yes(self) -> bool:
        """Whether everything that was to be looked at was, and nothing is broken or undecided."""
        serious = {Level.ERROR, Level.UNDECIDED}
        return self.blocked is None and not any(each.level in serious for each in self.findings)


class Run:
    """Loads versions when they are first asked for, and keeps them until `close`."""

    def __init__(self, options: Options, backend: Callable[[], Backend]) -> None:
        self.options = options
        self._make_backend = backend
        self._backend: Backend | None = None
        self._exports = Exports()
        self._sessions: dict[str, Session | Unloadable] = {}
        self.answered: list[Answered] = []
        """What came of the examples, where they are to be updated."""

    def static(self, binding: Binding, use: SignatureUse) -> Result:
        """Compare the use with the signature, without running anything."""
        loaded = self.signatures(binding)
        if loaded.unknown:
            return Result(blocked=loaded.reason)
        if loaded.reason is not None:
            return Result((unloadable(binding, loaded.reason),))
        compared = compare(binding, use, loaded, self.options.server)
        return Result((*compared.findings, *undeclared(binding, use)), Evidence(proved=compared.compared))

    def signatures(self, binding: Binding) -> Loaded:
        """Return what the version's export declares."""
        return self._exports.signatures(binding.version.path)

    def examples(self, binding: Binding, use: SignatureUse) -> Result:
        """Send the examples of the contract, and compare what comes back."""
        return self._run(binding, use, run_examples)

    def values(self, binding: Binding, use: SignatureUse, *, rows: int | None = None) -> Result:
        """Send boundaries and random rows (as many as the contract or the options say)."""
        count = next(each for each in (rows, use.rows, self.options.rows) if each is not None)

        def run(journey: Journey, session: Session, ran: Ran) -> None:
            run_values(journey, session, ran, planned(journey, session, rows=count, seed=self.options.seed))

        return self._run(binding, use, run)

    def properties(self, binding: Binding, use: SignatureUse) -> Result:
        """Send the same rows in other ways, and compare the answers."""
        loaded = self.signatures(binding)
        if loaded.reason is not None:
            return Result(blocked=loaded.reason)
        path = binding.version.path
        session = self.session(path)
        if isinstance(session, Unloadable):
            return Result(blocked=session.reason)
        journey = self._journey(binding, use)
        stage = Stage(journey, session, binding, self.options.seed, lambda: self.backend.load(path))
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
                unchecked.append(f"{use.name}: property {said.name}: no rows to compare")
        blocked = "; ".join(unchecked) if len(unchecked) == len(use.properties) else None
        return Result(tuple(findings), Evidence(notes=tuple(notes)), tuple(unchecked), blocked)

    def with_witnesses(self, binding: Binding, use: SignatureUse, result: Result) -> Result:
        """Return the same findings, each static break with the smallest request and what comes of it."""
        if not result.is_no:
            return result
        session = self.session(binding.version.path)
        if isinstance(session, Unloadable):
            return result
        scene = Scene(self._journey(binding, use), session, binding, self.options)
        return replace(result, findings=tuple(with_witness(scene, each) for each in result.findings))

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
        """Let the process of a version go."""
        session = self._sessions.pop(path, None)
        if session is not None and not isinstance(session, Unloadable):
            session.close()

    def close(self) -> None:
        """Let all processes go."""
        for path in tuple(self._sessions):
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
        journey = self._journey(binding, use)
        session = self.session(binding.version.path)
        if isinstance(session, Unloadable):
            told = lacks_op(session.reason)
            return Result(blocked=told) if told else Result((unloadable(binding, session.reason),))
        ran = Ran(Counts(use))
        part(journey, session, ran)
        if self.options.update_examples:
            self.answered += (Answered(binding, use, *each) for each in ran.examples)
        scene = Scene(journey, session, binding, self.options)
        findings = tuple(
            breach_finding(scene, each, ran.rows, ran.calls)
            for each in ran.tally.counting(ran.counts.answered)
        )
        blocked = _nothing(use, ran)
        undrawn = blocked is not None and bool(ran.undrawn)
        return Result(findings, self._evidence(ran), self._unlooked(use, ran), blocked, undrawn)

    def _journey(self, binding: Binding, use: SignatureUse) -> Journey:
        signatures = self.signatures(binding).signatures
        number = str(binding.version.number)
        return Journey(binding.contract, use, signatures, binding.model, number, self.options.server)

    def _evidence(self, ran: Ran) -> Evidence:
        members = ran.counts.members_seen()
        seen = [
            f"{ran.counts.use.name}: {name} gave {had} of {all_} enum members" for name, had, all_ in members
        ]
        return Evidence(
            rows=ran.counts.by_kind(),
            through_rest=ran.through_rest,
            distinct_answers=ran.counts.distinct_answers,
            seed=self.options.seed,
            notes=(*ran.notes, *weakness(ran.counts), *(seen if ran.counts.answered else ())),
        )

    @staticmethod
    def _unlooked(use: SignatureUse, ran: Ran) -> tuple[str, ...]:
        words = [f"{use.name}: {word} of {each.name}" for each in use.outputs for word in not_looked_at(each)]
        return (*ran.undrawn, *words)


def weakness(counts: Counts) -> tuple[str, ...]:
    """Say it where many rows showed one thing only: whatever was sent, a constant would have passed."""
    if counts.answered < _MANY or counts.distinct_answers != 1 or not counts.use.outputs:
        return ()
    return (f"{counts.use.name}: weak evidence: {counts.answered:,} rows all had the same answer",)


_MANY: Final = 20
"""So many rows should not all be answered alike."""

Check = Callable[[Run, Binding, SignatureUse], Result]
"""Checks one part of one use at one version."""


def parts_of(use: SignatureUse) -> tuple["Part", ...]:
    """Return the parts that a use has something for, in the order in which they are checked."""
    parts = [Part("static", _static_part)]
    if use.examples:
        parts.append(Part("examples", _if_it_fits(Run.examples)))
    parts.append(Part("values", _if_it_fits(Run.values)))
    if use.properties:
        parts.append(Part("properties", _if_it_fits(Run.properties)))
    if unheeded := unheeded_in(use):
        parts.append(Part("others", skip=f"not checked yet: {'; '.join(unheeded)}"))
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of checking a use; one that nothing checks yet has no `check`, and `skip` says what it is."""

    name: str
    check: Check | None = None
    skip: str = ""


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
    failed = next((each for each in ran.findings if each.rule in _DECIDING), None)
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


def _static_part(run: Run, binding: Binding, use: SignatureUse) -> Result:
    """Compare, and settle by running what comparing leaves open."""
    static = run.static(binding, use)
    if any(each.level is Level.UNDECIDED for each in static.findings) and not static.is_no:
        examples = [run.examples(binding, use)] if use.examples else []
        return settle(static, together([*examples, run.values(binding, use, rows=0)]))
    try:
        return run.with_witnesses(binding, use, static)
    except RuntimeUnavailableError:
        # Comparing needs no TensorFlow: the break stands without a request that shows it.
        return static


def _if_it_fits(check: Check) -> Check:
    """Return a part that does not run where comparing shows a break: whoever leaves `static` out sees it."""

    def part(run: Run, binding: Binding, use: SignatureUse) -> Result:
        broken = [each.rule for each in run.static(binding, use).findings if each.level is Level.ERROR]
        if broken:
            return Result(blocked=f"not run, as the signature does not fit: {', '.join(broken)}")
        return check(run, binding, use)

    return part


def together(results: list[Result]) -> Result:
    """Join the dynamic parts: examples alone are enough to have run something."""
    blocked = [each.blocked for each in results if each.blocked is not None]
    return Result(
        tuple(finding for each in results for finding in each.findings),
        joined([each.evidence for each in results]),
        tuple(clause for each in results for clause in each.not_checked),
        "; ".join(blocked) if len(blocked) == len(results) else None,
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
    return "; ".join(ran.undrawn) or f"{use.name}: nothing was run"
