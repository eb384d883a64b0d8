"""`gate --prove`: plants a version that every client must be told about, and demands a no.

A gate may be set up such that it cannot fail: contracts that bind nothing, a policy that lets all pass.
The planted version is the candidate without the signatures that clients call.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from sigpact.engine.static import Exports
from sigpact.errors import ConfigurationError
from sigpact.frozen import frozen, replace
from sigpact.gate.asked import Asked
from sigpact.gate.evidence import Runs
from sigpact.gate.gate import decide
from sigpact.gate.inquiry import Inquiry, inquire
from sigpact.gate.standing import model_named
from sigpact.gate.versions import named_by
from sigpact.gate.words import named
from sigpact.report.gated import Outcome
from sigpact.report.model import Report
from sigpact.report.words import sentence
from sigpact.savedmodel.planting import without_signatures
from sigpact.savedmodel.reader import FILE
from sigpact.savedmodel.versions import Model, VersionDir
from sigpact.savedmodel.wire import WireError


@frozen
class Proof:
    """What was planted, and what the gate said about it."""

    planted: str
    said: str
    holds: bool

    def __str__(self) -> str:
        verdict = (
            "the gate can say no"
            if self.holds
            else "THE GATE DID NOT SAY NO; it cannot be trusted as it is set up"
        )
        return f"{verdict}\n  planted  {self.planted}\n  answer   {self.said}"


def prove(asked: Asked) -> Proof:
    """Plant a bad version beside the candidate, ask the gate about it, and return what it said.

    Nothing is run and nothing written: what was planted shows by reading. Raises as `gate` does, and
    `ConfigurationError` where the subject is no version whose export could be copied.
    """
    inquiry = inquire(asked)
    name, number = named(inquiry, asked.subject)
    model = model_named(name, inquiry.given.models)
    version = next((each for each in model.versions if each.number == number), None)
    if version is None:
        raise ConfigurationError(f"{asked.subject} is not there: --prove plants beside a version that is")
    gone = _called(inquiry, name) or _all(version)
    proofs = []
    for place in _places(inquiry, model, number):
        with tempfile.TemporaryDirectory(prefix="sigpact-") as folder:
            planted = _planted(version, place, gone, Path(folder))
            report = decide(_with(inquiry, model, planted), _nothing)
        told = f"{name}@{place}: {name}@{number} without {', '.join(sorted(gone)) or 'nothing'}"
        proofs.append(Proof(told, sentence(report), _is_no(report)))
    return next((each for each in proofs if each.holds), proofs[0])


def _places(inquiry: Inquiry, model: Model, number: int) -> Iterator[int]:
    """Yield the numbers to plant under: the next, and the subject's own, which contracts may pin.

    Where the own one is live, a no would only say that the folder is another.
    """
    yield max(each.number for each in model.versions) + 1
    if number not in inquiry.standing(model).live:
        yield number


def _all(version: VersionDir) -> set[str]:
    """Return all signatures: where no contract calls any, those that unknown callers may call."""
    return {each.name for each in Exports().signatures(version.path).signatures}


def _is_no(report: Report) -> bool:
    return report.gate is not None and report.gate.outcome is Outcome.BROKEN and not report.problems


def _called(inquiry: Inquiry, model: str) -> set[str]:
    counted, _ = named_by(inquiry, model)
    return {use.name for each in counted for use in each.contract.signatures}


def _planted(version: VersionDir, number: int, gone: set[str], folder: Path) -> VersionDir:
    """Return a copy of a version without some signatures, under a number."""
    try:
        data = Path(version.path, FILE).read_bytes()
        Path(folder, FILE).write_bytes(without_signatures(data, gone))
    except (OSError, WireError) as error:
        raise ConfigurationError(f"{version.path} cannot be copied for --prove: {error}") from None
    for each in Path(version.path).iterdir():
        if each.name != FILE:
            Path(folder, each.name).symlink_to(each.resolve())
    return VersionDir(number, str(number), str(folder))


def _with(inquiry: Inquiry, model: Model, planted: VersionDir) -> Inquiry:
    """Return the inquiry about the planted version, as if it lay beside the others."""
    others = [each for each in model.versions if each.number != planted.number]
    there = sorted([*others, planted], key=lambda each: each.number)
    layout = replace(model.layout, versions=tuple(there))
    models = tuple(
        replace(each, layout=layout) if each.name == model.name else each for each in inquiry.given.models
    )
    # Findings by the numbers of a version may be waived for one; what is waived for all versions stays so.
    asked = replace(inquiry.asked, subject=f"model:{model.name}@{planted.number}", dry=True, opening=None)
    return replace(inquiry, given=replace(inquiry.given, models=models), asked=asked)


def _nothing() -> Runs:
    raise AssertionError("nothing is run for a planted version")
