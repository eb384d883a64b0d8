"""`Served`: which versions of a model a server has live, by policy, and what their labels are.

Sources: sources/storage_path/file_system_storage_path_source.cc (policies), server_core.cc (labels),
core/aspired_versions_manager.cc and core/basic_manager.cc (of two folders with one number).
"""

import os

from sigpact.errors import ConfigurationError
from sigpact.frozen import field, frozen, replace
from sigpact.savedmodel.folders import path_in
from sigpact.savedmodel.versions import Layout, VersionDir
from sigpact.serving.model import Every, Label, Latest, ModelConfig, Policy, Specific


@frozen
class ServedVersion:
    """One version that is live, or may be next, and the labels that clients may call it by, sorted."""

    version: VersionDir
    labels: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """The number of the version."""
        return self.version.number

    def __str__(self) -> str:
        return f"{self.number} ({', '.join(self.labels)})" if self.labels else str(self.number)


@frozen
class Served:
    """The versions of one model that a server has live, by number, and the policy that says so.

    `notes` are about what the policy asks for and is not there. `candidates` are versions that somebody
    thinks of serving: they are judged beside those that are live.
    """

    model: str
    versions: tuple[ServedVersion, ...]
    policy: Policy = field(default_factory=Latest)
    notes: tuple[str, ...] = ()
    candidates: tuple[ServedVersion, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of what is live."""
        return tuple(each.number for each in self.versions)

    @property
    def judged(self) -> frozenset[int]:
        """The numbers of what is live or may be next."""
        return frozenset(each.number for each in (*self.versions, *self.candidates))

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels, sorted."""
        return tuple(sorted({label for each in (*self.versions, *self.candidates) for label in each.labels}))

    def labelled(self, label: str) -> int | None:
        """Return the number that a label stands for."""
        there = (*self.versions, *self.candidates)
        return next((each.number for each in there if label in each.labels), None)

    def __str__(self) -> str:
        live, next_ = (", ".join(map(str, each)) for each in (self.versions, self.candidates))
        told = f"{live or 'no version'} is served (policy: {self.policy})"
        return f"{told}; named beside it: {next_}" if next_ else told


def serve(
    model: str,
    layout: Layout,
    policy: Policy | None = None,
    labels: tuple[Label, ...] = (),
    candidates: tuple[VersionDir, ...] = (),
) -> Served:
    """Return what a server serves of a base path; without a policy, the server's own: the latest version.

    Raises `ConfigurationError` where a label stands for a version that is neither live nor a candidate: the
    server refuses the whole configuration.
    """
    policy = Latest() if policy is None else policy
    live = _chosen(laid_out(layout, policy).versions, policy)
    there = {each.number for each in (*live, *candidates)}
    for label in labels:
        if label.number not in there:
            raise ConfigurationError(_unavailable(model, label, there))
    called, next_ = (
        tuple(
            ServedVersion(each, tuple(sorted(label.name for label in labels if label.number == each.number)))
            for each in versions
        )
        for versions in (live, candidates)
    )
    return Served(model, called, policy, _notes(model, layout, policy, there), next_)


def serve_configured(entry: ModelConfig, layout: Layout, candidates: tuple[VersionDir, ...] = ()) -> Served:
    """Return what a server serves of one model of its configuration. Raises as `serve` does."""
    served = serve(entry.name, layout, entry.policy, entry.labels, candidates)
    return replace(served, notes=(*entry.notes, *(f"{entry.span}: {each}" for each in served.notes)))


def laid_out(layout: Layout, policy: Policy) -> Layout:
    """Return a base path as the server reads it under a policy: of names for one number it takes another.

    Under `all` it is told to load each of them, and keeps the first, as the number is taken then.
    """
    if not isinstance(policy, Every):
        return layout
    return replace(layout, versions=tuple(map(_first_of_twins, layout.versions)))


def _first_of_twins(version: VersionDir) -> VersionDir:
    if not version.twins:
        return version
    first, *others = (*version.twins, version.folder)
    path = path_in(os.path.dirname(version.path), first)  # noqa: PTH120 - may be a URL
    told = " and ".join(map(repr, others))
    note = f"{told} is version {version.number} too; under the policy 'all' the server keeps {first!r}"
    return VersionDir(version.number, first, path, note)


def _chosen(versions: tuple[VersionDir, ...], policy: Policy) -> tuple[VersionDir, ...]:
    match policy:
        case Latest(count=count):
            return versions[-count:]
        case Every():
            return versions
        case Specific(numbers=numbers):
            return tuple(each for each in versions if each.number in numbers)


def _notes(model: str, layout: Layout, policy: Policy, there: set[int]) -> tuple[str, ...]:
    if policy == Specific(()):
        return (f"No specific versions requested for servable {model}.",)
    missing = [each for each in policy.numbers if each not in there] if isinstance(policy, Specific) else []
    told = [
        f"Version {each} of servable {model}, which was requested to be served as a 'specific' version in the"
        " servable's version policy, was not found in the file system"
        for each in missing
    ]
    if not there:
        told.append(
            f"No versions of servable {model} found under base path {layout.base}."
            " Did you forget to name your leaf directory as a number (eg. '/1/')?"
        )
    return tuple(told)


def _unavailable(model: str, label: Label, known: set[int]) -> str:
    told = f"Request to assign label to version {label.number} of model {model}"
    there = ", ".join(map(str, sorted(known))) or "none"
    return (
        f"{label.span}: {told}, which is not currently available for inference (label {label.name!r};"
        f" live is {there})"
    )
