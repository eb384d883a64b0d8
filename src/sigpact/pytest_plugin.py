"""The pytest plugin: `*.contract.yaml`, `.yml` and `.json` files are tests, one item for each part.

Importing it costs nothing: whatever a run with contracts needs is imported when the first contract file
is collected. State lives on `config.stash`.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sigpact.contract.model import Relation, SignatureUse
    from sigpact.engine.options import Options
    from sigpact.engine.parts import Part
    from sigpact.engine.run import Result, Run
    from sigpact.engine.selection import Binding
    from sigpact.engine.served import Version
    from sigpact.engine.updating.update import Updated
    from sigpact.findings import Evidence
    from sigpact.serving.given import Given

_SUFFIXES = (".contract.yaml", ".contract.yml", ".contract.json")
_SETUP: "pytest.StashKey[Setup]" = pytest.StashKey()
_UPDATED: "pytest.StashKey[Updated]" = pytest.StashKey()
_BOUND: "pytest.StashKey[list[Binding]]" = pytest.StashKey()
_COUNT: "pytest.StashKey[int]" = pytest.StashKey()
_SEEN: "pytest.StashKey[dict[str, list[Evidence]]]" = pytest.StashKey()
"""What the items of this process rest on, by client and version."""
_TOLD: "pytest.StashKey[list[list[str]]]" = pytest.StashKey()
"""The same of xdist's workers, in lines."""


class BreachError(Exception):
    """A contract is broken, or could not be decided; the text is the report."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; all but the environment stand in `[tool.sigpact]` as well."""
    group = parser.getgroup("sigpact", "contracts for the signatures of served models")
    group.addoption(
        "--sigpact-models",
        metavar="BASE",
        action="append",
        help="a base path of a model (holding 1/, 2/), a folder of such, name=path, or models.config",
    )
    group.addoption("--sigpact-rows", metavar="N", type=_count, help="random rows for each signature")
    group.addoption("--sigpact-seed", metavar="N", type=_count, help="the seed that rows are drawn from")
    group.addoption(
        "--sigpact-time-budget",
        metavar="SECONDS",
        type=_count,
        help="how long the rows of each signature, relation and property may take",
    )
    group.addoption(
        "--sigpact-environment",
        metavar="NAME",
        help="for which server: [tool.sigpact.environments.NAME.server]; left out: one with no flag set",
    )
    group.addoption(
        "--sigpact-update-examples",
        action="store_true",
        help="rewrite recorded answers in contracts and JSON Lines where others came; such a run fails once",
    )
    group.addoption("--sigpact-gate", metavar="NAME", help="ask the gate too: may it go to that environment?")
    group.addoption(
        "--sigpact-subject",
        metavar="MODEL@N|CLIENT@R",
        action="append",
        help="what may go; left out: the highest version of each model",
    )


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the environment that the contracts are judged for."""
    name = config.getoption("sigpact_environment")
    return None if name is None else f"sigpact: environment {name}"


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that all of our items have: `-m sigpact`, `-m "not sigpact"`."""
    if config.getoption("sigpact_update_examples") and config.getoption("numprocesses", None):
        raise pytest.UsageError(
            "--sigpact-update-examples needs all answers in one process, and xdist spreads them: add `-n 0`"
        )
    config.addinivalue_line("markers", "sigpact: an item of a contract, collected from its file")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect contract files, by their suffix and nothing else."""
    if not file_path.name.endswith(_SUFFIXES):
        return None
    config = parent.config
    config.stash[_COUNT] = config.stash.get(_COUNT, 0) + 1
    return ContractFile.from_parent(parent, path=file_path)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep the items of a version together, and fail a run that was to check contracts and found none."""
    ours = [item for item in items if isinstance(item, SigpactItem)]
    if ours:
        first = next(at for at, item in enumerate(items) if isinstance(item, SigpactItem))
        others = [item for item in items if not isinstance(item, SigpactItem)]
        before = sum(not isinstance(item, SigpactItem) for item in items[:first])
        items[:] = [*others[:before], *sorted(ours, key=lambda item: item.place), *others[before:]]
    elif config.getoption("sigpact_models") and not config.stash.get(_COUNT, 0):
        items.append(NothingItem.from_parent(session, name="sigpact: no contract"))
    if config.getoption("sigpact_gate"):
        from sigpact.pytest_gate import gate_items  # noqa: PLC0415 - only who asks the gate pays for it

        items.extend(gate_items(session))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what the contracts' items rest on: passing alone does not tell how much was looked at."""
    told = [*config.stash.get(_TOLD, []), *_evidence_told(config)]
    if told:
        terminalreporter.section("sigpact evidence")
        for line in (line for block in sorted(told) for line in block):
            terminalreporter.line(line)
    if updated := _updated_told(config):
        terminalreporter.section("sigpact: recorded answers")
        terminalreporter.write_line("\n".join(updated))


def _evidence_told(config: pytest.Config) -> list[list[str]]:
    """Return what this process saw: of each client and version a line, and below it what stands out."""
    if not config.stash.get(_SEEN, {}):
        return []
    from sigpact.engine.verdicts import joined  # noqa: PLC0415 - only runs with contracts pay for it
    from sigpact.report.evidence import counted, sentences  # noqa: PLC0415 - the same
    from sigpact.report.text import harmless  # noqa: PLC0415 - the same

    told = []
    for name, evidence in config.stash[_SEEN].items():
        whole = joined(evidence)
        told.append([f"{name}: {counted([whole])}", *(f"  {each}" for each in sentences(whole))])
    return [[harmless(line) for line in block] for block in told]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker of xdist saw."""
    told = getattr(node, "workeroutput", {}).get("sigpact", [])
    node.config.stash.setdefault(_TOLD, []).extend(told)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give xdist's default schedule the items of a version as one piece: each version loads once."""
    if config.getoption("dist") != "load":
        return None
    from sigpact.pytest_xdist import schedule  # noqa: PLC0415 - only runs under xdist have it

    return schedule(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let the worker processes go, and rewrite examples where that was asked for: the run is no yes then.

    A worker of xdist hands on what it saw.
    """
    if _SETUP in session.config.stash:
        run = session.config.stash[_SETUP].run
        run.close()
        if run.options.update_examples:
            _update(session, run)
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["sigpact"] = _evidence_told(session.config)


def _update(session: pytest.Session, run: "Run") -> None:
    from sigpact.engine.updating.update import Updated, update  # noqa: PLC0415 - only such runs pay for it

    cut = session.shouldfail or session.shouldstop or session.exitstatus == pytest.ExitCode.INTERRUPTED
    told = "the run was cut short, so that not every version answered: nothing is rewritten"
    bound = session.config.stash.setdefault(_BOUND, [])
    updated = Updated(notes=(told,)) if cut else update(bound, run.answers)
    session.config.stash[_UPDATED] = updated
    if (updated.files or updated.failed) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _updated_told(config: pytest.Config) -> list[str]:
    """Return what was rewritten, and what was not and why."""
    updated = config.stash.get(_UPDATED, None)
    if updated is None:
        return []
    from sigpact.report.text import harmless, render_rewritten  # noqa: PLC0415 - only such runs pay for it

    notes = [updated.failed] if updated.failed else []
    return [*map(render_rewritten, updated.files), *map(harmless, (*updated.notes, *notes))]


@pytest.fixture(scope="session")
def sigpact_version(request: pytest.FixtureRequest) -> "Callable[[str], Version]":
    """Load versions for hand-written tests: `sigpact_version("genre@3")["get_genre"](title=["Jaws"])`."""
    from sigpact.engine.served import load_version  # noqa: PLC0415 - only tests that use it pay for it
    from sigpact.errors import SigpactError  # noqa: PLC0415 - the same

    def load(name: str) -> "Version":
        __tracebackhide__ = True
        try:
            setup = _setup(request.config)
            return load_version(name, setup.named.models, setup.run)
        except SigpactError as error:
            told = str(error)
        pytest.fail(told)

    return load


@dataclass(frozen=True, slots=True)
class Setup:
    """What the contracts of one pytest process share."""

    run: "Run"
    named: "Given"
    options: "Options"


def _setup(config: pytest.Config) -> Setup:
    """Return the one set-up of this pytest process. Raises `ConfigurationError`."""
    if _SETUP not in config.stash:
        config.stash[_SETUP] = _new_setup(config)
    return config.stash[_SETUP]


def _new_setup(config: pytest.Config) -> Setup:
    import datetime as dt  # noqa: PLC0415 - only runs with contracts pay for it

    from sigpact.engine.options import (  # noqa: PLC0415 - the same
        DEFAULT_RELATION_ROWS,
        DEFAULT_ROWS,
        DEFAULT_SEED,
        Options,
        configured,
        first_said,
    )
    from sigpact.engine.run import Run  # noqa: PLC0415 - the same
    from sigpact.errors import ConfigurationError  # noqa: PLC0415 - the same
    from sigpact.runtime.backend import TensorFlowBackend  # noqa: PLC0415 - the same
    from sigpact.serving.given import given  # noqa: PLC0415 - the same

    # Not `rootpath`: pytest moves it by where the models lie.
    here = config.invocation_params.dir
    found = configured(here)
    paths = config.getoption("sigpact_models") or found.models
    if not paths:
        raise ConfigurationError(
            "which models? say --sigpact-models BASE, or set [tool.sigpact] models = […]"
        )
    rows, seed = config.getoption("sigpact_rows"), config.getoption("sigpact_seed")
    seconds = config.getoption("sigpact_time_budget")
    options = Options(
        rows=first_said(rows, found.rows, DEFAULT_ROWS),
        relation_rows=first_said(rows, found.rows, DEFAULT_RELATION_ROWS),
        seed=first_said(seed, found.seed, DEFAULT_SEED),
        today=dt.datetime.now(tz=dt.UTC).date(),
        cases=str(here / ".sigpact" / "cases"),
        time_budget=found.time_budget if seconds is None else seconds,
        environment=found.environment(config.getoption("sigpact_environment")),
        update_examples=config.getoption("sigpact_update_examples"),
        checks=found.checks,
    )
    return Setup(Run(options, TensorFlowBackend), given(paths), options)


class ContractFile(pytest.File):
    """One contract file: a node for each version that it binds."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield a node for each version, or one failing item that says why there is none."""
        from sigpact.contract.load import load  # noqa: PLC0415 - only runs with contracts pay for it
        from sigpact.engine.registered import attached  # noqa: PLC0415 - the same
        from sigpact.engine.selection import bind  # noqa: PLC0415 - the same
        from sigpact.errors import SigpactError  # noqa: PLC0415 - the same

        try:
            contract = load(self._shown_path())
            setup = _setup(self.config)
            if contract.is_expired(setup.options.today):
                told = f"the contract expired on {contract.sunset} and no longer binds"
                yield ReasonItem.from_parent(self, name="~expired", reason=told, skip=True)
                return
            contract = attached(contract, setup.options.checks)
        except SigpactError as error:
            yield ReasonItem.from_parent(self, name="~contract", reason=str(error), line=_line(error))
            return
        bindings, unbound = bind([contract], setup.named)
        self.config.stash.setdefault(_BOUND, []).extend(bindings)
        for each in unbound:
            name = f"{each.model}@none"
            told, pending = f"{contract.client}: {each.reason}", contract.status == "pending"
            yield ReasonItem.from_parent(self, name=name, reason=told, pending=pending)
        for binding in bindings:
            name = f"{binding.model}@{binding.version.number}"
            yield VersionNode.from_parent(self, name=name, binding=binding)

    def _shown_path(self) -> Path:
        """Return the path as messages show it: relative to where pytest was started, if it lies there."""
        start = self.config.invocation_params.dir
        return self.path.relative_to(start) if self.path.is_relative_to(start) else self.path


def _line(error: Exception) -> int:
    """Return the line of the first mistake in a contract, counted from 1."""
    problems = getattr(error, "problems", ())
    return problems[0].span.line if problems else 1


class VersionNode(pytest.Collector):
    """One version, as one contract sees it."""

    def __init__(self, *, binding: "Binding", **rest: Any) -> None:
        super().__init__(**rest)
        self.binding = binding

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield a node for each signature, and one each for what stands beside the signatures."""
        contract = self.binding.contract
        for use in contract.signatures:
            yield SignatureNode.from_parent(self, name=use.name, binding=self.binding, use=use)
        if contract.relations:
            yield RelationsNode.from_parent(self, name="~relations", binding=self.binding)
        if contract.regressions:
            yield RegressionsNode.from_parent(self, name="~regressions", binding=self.binding)


class SignatureNode(pytest.Collector):
    """One signature at one version."""

    def __init__(self, *, binding: "Binding", use: "SignatureUse", **rest: Any) -> None:
        super().__init__(**rest)
        self.binding = binding
        self.use = use

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each part that the contract has something for."""
        from sigpact.engine.parts import parts_of  # noqa: PLC0415 - only runs with contracts pay for it

        for part in parts_of(self.use):
            yield PartItem.from_parent(self, name=part.name, binding=self.binding, use=self.use, part=part)


class RelationsNode(pytest.Collector):
    """The relations of a contract at one version."""

    def __init__(self, *, binding: "Binding", **rest: Any) -> None:
        super().__init__(**rest)
        self.binding = binding

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each relation."""
        for relation in self.binding.contract.relations:
            yield RelationItem.from_parent(self, name=relation.name, binding=self.binding, relation=relation)


class RegressionsNode(pytest.Collector):
    """The regressions of a contract at one version."""

    def __init__(self, *, binding: "Binding", **rest: Any) -> None:
        super().__init__(**rest)
        self.binding = binding

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each regression."""
        told, contract = "regressions are not checked yet", self.binding.contract
        for clause in contract.regressions:
            line = contract.span(clause.path).line
            yield ReasonItem.from_parent(
                self, name=clause.name, reason=told, skip=True, binding=self.binding, line=line
            )


class SigpactItem(pytest.Item):
    """What all of our items share: a place in the contract, a version to stay with, no traceback."""

    def __init__(self, *, binding: "Binding | None" = None, line: int = 1, **rest: Any) -> None:
        super().__init__(**rest)
        self.binding = binding
        self.line = line
        self.add_marker(pytest.mark.sigpact)
        if binding is not None and binding.contract.status == "pending":
            self.expect_breach()

    def expect_breach(self) -> None:
        """Let a breach be reported without failing the run; what could not be completed fails it still."""
        pending = pytest.mark.xfail(reason="the contract is pending", raises=BreachError, strict=False)
        self.add_marker(pending)

    @property
    def place(self) -> tuple[str, int]:
        """The version that the item is about; items of one version run together."""
        return ("", 0) if self.binding is None else (self.binding.model, self.binding.version.number)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the line of the contract, counted from 0 as pytest does."""
        return self.path, self.line - 1, self.nodeid

    def keep(self, result: "Result") -> "Result":
        """Return the result, its evidence kept for the summary."""
        if self.binding is not None:
            binding = self.binding
            name = f"{binding.contract.client} with {binding.model}@{binding.version.number}"
            self.config.stash.setdefault(_SEEN, {}).setdefault(name, []).append(result.evidence)
        return result

    def tell(self, result: "Result") -> None:
        """Raise `BreachError` with the report of what is not satisfied; what is minor is shown beside."""
        from sigpact.errors import ContractError  # noqa: PLC0415 - only runs with contracts pay for it
        from sigpact.report.text import render_findings  # noqa: PLC0415 - the same

        told = render_findings(result.findings)
        if result.problems:
            # A contract that is pending must be written rightly all the same: this is no xfail.
            self.add_report_section("call", "sigpact", told)
            raise ContractError(result.problems)
        if not result.is_yes:
            where = _setup(self.config).options.environment
            raise BreachError("\n".join(map(str, filter(None, (where, result.blocked, told)))))
        if told:
            self.add_report_section("call", "sigpact", told)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the report of a breach as it is; anything else is ours to mend and shows its traceback."""
        from sigpact.errors import SigpactError  # noqa: PLC0415 - only runs with contracts pay for it

        if isinstance(excinfo.value, BreachError | SigpactError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class PartItem(SigpactItem):
    """One part of one signature's contract: static, examples, rows, values, properties or latency."""

    def __init__(self, *, binding: "Binding", use: "SignatureUse", part: "Part", **rest: Any) -> None:
        super().__init__(binding=binding, line=binding.contract.span(use.path).line, **rest)
        self.run_part = part
        self.used = use
        if part.check is None:
            self.add_marker(pytest.mark.skip(reason=part.skip))

    def runtest(self) -> None:
        """Check the part; raise `BreachError` with the report where it is not satisfied."""
        if self.run_part.check is None or self.binding is None:
            raise BreachError(f"nothing checks {self.run_part.name}")
        result = self.keep(self.run_part.check(_setup(self.config).run, self.binding, self.used))
        others = [*["the examples"] * bool(self.used.examples), *["real rows"] * bool(self.used.rows_from)]
        if result.undrawn and self.run_part.name == "values" and others:
            pytest.skip(f"only {' and '.join(others)} run: {result.blocked}")
        if result.is_yes and self.run_part.name == "latency" and result.not_checked:
            self.tell(result)
            pytest.skip(f"not checked: {'; '.join(result.not_checked)}")
        self.tell(result)


class RelationItem(SigpactItem):
    """One relation at one version."""

    def __init__(self, *, binding: "Binding", relation: "Relation", **rest: Any) -> None:
        super().__init__(binding=binding, line=binding.contract.span(relation.path).line, **rest)
        self.relation = relation

    def runtest(self) -> None:
        """Check the relation; raise `BreachError` where it does not hold, skip what cannot be looked at."""
        from sigpact.engine.relations import related  # noqa: PLC0415 - only runs with relations pay for it

        if self.binding is None:
            raise BreachError(f"nothing checks {self.name}")
        result = self.keep(related(_setup(self.config).run, self.binding, self.relation))
        if result.is_yes and result.not_checked:
            pytest.skip(f"not checked: {'; '.join(result.not_checked)}")
        self.tell(result)


class ReasonItem(SigpactItem):
    """An item that fails, or is skipped, for one reason that is known at once."""

    def __init__(self, *, reason: str, skip: bool = False, pending: bool = False, **rest: Any) -> None:
        super().__init__(**rest)
        self.reason = reason
        if pending:
            self.expect_breach()
        if skip:
            self.add_marker(pytest.mark.skip(reason=reason))

    def runtest(self) -> None:
        """Say the reason."""
        raise BreachError(self.reason)


class NothingItem(pytest.Item):
    """Fails a run that was told models and collected no contract: nothing was checked."""

    def runtest(self) -> None:
        """Say that nothing was checked."""
        raise BreachError(
            "models were given and no *.contract.yaml, .yml or .json was collected: nothing was checked"
        )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the reason without a traceback."""
        return (
            str(excinfo.value)
            if isinstance(excinfo.value, BreachError)
            else super().repr_failure(excinfo, style)
        )
