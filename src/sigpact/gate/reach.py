"""Which versions a client reaches: what its contract binds of what is live and of what may come."""

from collections.abc import Iterable

from sigpact.engine.selection import Binding, bind, labelled
from sigpact.errors import ExportError
from sigpact.frozen import frozen
from sigpact.gate.folders import Folders
from sigpact.gate.gathering import Counted
from sigpact.gate.standing import Standing
from sigpact.report.gated import Reason
from sigpact.serving.given import Given

Trouble = tuple[Reason, str]
"""What leaves nothing to be judged at a version, and a sentence about it."""


@frozen
class Reach:
    """One contract, and the versions that it binds among those asked about; `why` it binds none."""

    counted: Counted
    bindings: tuple[Binding, ...]
    why: str = ""
    is_unknown: bool = False
    """Nobody knows which version the client reaches: its label is in no configuration that was given."""
    gone: tuple[int, ...] = ()
    """What it would reach, had the folder not vanished."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The versions that it reaches."""
        return (*(each.version.number for each in self.bindings), *self.gone)

    def reaches(self, number: int) -> bool:
        """Whether it reaches a version."""
        return number in self.numbers

    def binding(self, number: int) -> Binding:
        """Return the binding to a version that it reaches."""
        return next(each for each in self.bindings if each.version.number == number)


def reach(counted: Counted, standing: Standing, others: Iterable[int] = ()) -> Reach:
    """Return which of the live versions, the candidate and `others` a client would reach."""
    served = standing.serving(others)
    bindings, unbound = bind([counted.contract], Given((standing.model,), (served,)))
    mine = [each for each in unbound if each.model == standing.model.name]
    wanted = served.judged
    chosen = tuple(
        each for each in bindings if each.model == standing.model.name and each.version.number in wanted
    )
    why = mine[0].reason if mine else ""
    label = counted.contract.versions.label
    unknown = label is not None and isinstance(labelled(served, label), str)
    versions = counted.contract.versions
    gone = [each for each in standing.live if standing.version(each) is None and versions.admits(each)]
    return Reach(counted, chosen, why, unknown, tuple(gone) if versions.label is None else ())


def trouble(standing: Standing, number: int, folders: Folders) -> Trouble | None:
    """Return what is wrong with a version's folder, beside what was recorded when it went live."""
    version = standing.version(number)
    recorded = next((each for each in standing.recorded if each.version == str(number)), None)
    if version is None:
        told = f"{standing.model.name}@{number} is recorded as live and there is no such folder"
        return Reason.VERSION_GONE, told
    if recorded is None:
        return None
    try:
        found = folders.of(version.path)
    except ExportError as error:
        return Reason.VERSION_GONE, str(error)
    if recorded.digests == (found,):
        return None
    told = f"{version.path} is not what was recorded as live under this number; restore it, or take a new one"
    return Reason.CONTENT_CHANGED, told
