"""`pytest --sigpact-gate production`: one item for each question, the gate's report where it is no yes."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sigpact.engine.options import Configured, configured
from sigpact.errors import SigpactError
from sigpact.gate.asking import Said, environment_of, question
from sigpact.gate.gate import gate
from sigpact.serving.given import given
from sigpact.store.times import now

if TYPE_CHECKING:
    from sigpact.gate.asked import Asked
    from sigpact.gate.evidence import Runs
    from sigpact.report.model import Report


class ShutError(Exception):
    """The gate did not say yes; the text is its report."""


def gate_items(session: pytest.Session) -> "Iterator[GateItem]":
    """Yield an item for each subject that is named, or for the highest version of each model.

    Raises `pytest.UsageError` where the configuration is wrong: then nothing could be asked.
    """
    config = session.config
    to = config.getoption("sigpact_gate")
    try:
        found = configured(config.rootpath)
        environment_of(found, to)
        subjects = config.getoption("sigpact_subject") or list(_highest(config, found))
    except SigpactError as error:
        raise pytest.UsageError(str(error)) from None
    if not subjects:
        raise pytest.UsageError(
            f"--sigpact-gate {to}: no model was given, so there is nothing that may go there"
        )
    for each in subjects:
        yield GateItem.from_parent(session, name=f"sigpact gate {each} to {to}", subject=each)


def _highest(config: pytest.Config, found: Configured) -> Iterator[str]:
    for model in given(config.getoption("sigpact_models") or list(found.models)).models:
        if model.versions:
            yield f"model:{model.name}@{model.versions[-1].number}"


class GateItem(pytest.Item):
    """One question to the gate; it fails unless the answer is yes."""

    def __init__(self, *, subject: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.subject = subject
        self.add_marker("sigpact")

    def runtest(self) -> None:
        """Ask. Raises `ShutError`."""
        asked = self._asked()
        report = gate(asked, lambda: _runner(asked))
        if report.exit_code != 0:
            raise ShutError(_told(report))

    def _asked(self) -> "Asked":
        config = self.config
        said = Said(
            models=tuple(config.getoption("sigpact_models") or ()),
            rows=config.getoption("sigpact_rows"),
            seed=config.getoption("sigpact_seed"),
        )
        found = configured(config.rootpath)
        return question(found, self.subject, config.getoption("sigpact_gate"), now(), said)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the report, or the one line that says why there is none."""
        if isinstance(excinfo.value, ShutError | SigpactError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the question; it stands in no file."""
        return self.config.rootpath, None, self.name


def _runner(asked: "Asked") -> "Runs":
    from sigpact.gate.running import Runner  # noqa: PLC0415 - brings numpy
    from sigpact.runtime.backend import TensorFlowBackend  # noqa: PLC0415 - the same

    return Runner(asked.options, TensorFlowBackend, lambda _: None)


def _told(report: "Report") -> str:
    from sigpact.report import gate_text, text  # noqa: PLC0415 - only a no is told

    return text.render(report) if report.gate is None else gate_text.render(report, report.gate)
