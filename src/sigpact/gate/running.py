"""`Runner`: runs what a gate does not know yet. The dynamic half is imported when something is to be run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sigpact.engine.options import Options
from sigpact.engine.selection import Binding
from sigpact.engine.verdicts import Part
from sigpact.runtime.protocol import Backend


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs contracts against versions, each in a process of its own.

    Its methods raise `RuntimeUnavailableError` where there is no TensorFlow.
    """

    options: Options
    backend: Callable[[], Backend]
    progress: Callable[[str], None]

    def parts(self, bindings: Sequence[Binding]) -> list[Part]:
        """Return what verifying each contract against the version that it is bound to finds."""
        from sigpact.engine.verify import verify_bindings  # noqa: PLC0415 - brings numpy

        return verify_bindings(bindings, self.options, self.backend, self.progress)

    def answer(self, case: str, export: str) -> str | None:
        """Return what a version answers to the request of a kept case; `None` where it cannot be sent."""
        from sigpact.engine.cases import read  # noqa: PLC0415 - brings numpy
        from sigpact.engine.replay import answered  # noqa: PLC0415 - the same

        if self.options.cases is None:
            return None
        backend = self.backend()
        try:
            return answered(read(Path(self.options.cases), case), export, backend, self.options.checks)
        finally:
            backend.close()
