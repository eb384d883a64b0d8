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
    """One version that is live, and the labels that clients may call it by, sorted."""

    version: VersionDir
    labels: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """The number of the version."""
        return self.version.number


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
    candidates: tuple[int, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of what is live."""
        return tuple(each.number for each in self.versions)

    @property
    def judged(self) -> frozenset[int]:
        """The numbers of what is live or may be next."""
        return frozenset((*self.numbers, *self.candidates))

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels, sorted."""
        return tuple(sorted(label for each in self.versions for label in each.labels))

    def labelled(self, label: str) -> int | None:
        """Return the number that a label stands for."""
        return next((each.number for each in self.versions if label in each.labels), None)

    def __str__(self) -> str:
        told = ", ".join(
            f"{each.number} ({', '.join(each.labels)})" if each.labels else str(each.number)
            for each in self.versions
        )
        return f"{told or 'no version'} is served (policy: {self.policy})"


def serve(model: str, layout: Layout, policy: Policy | None = None, labels: tuple[Label, ...] = ()) -> Served:
    """Return what a server serves of a base path; without a policy, the server's own: the latest version.

    Raises `ConfigurationError` where a label stands for a version that is not live: the server refuses the
    whole configuration.
    """
    policy = Latest() if policy is None else policy
    chosen = _chosen(laid_out(layout, policy).versions, policy)
    numbers = {each.number for each in chosen}
    for label in labels:
        if label.number not in numbers:
            raise ConfigurationError(_unavailable(model, label, numbers))
    versions = tuple(
        ServedVersion(each, tuple(sorted(label.name for label in labels if label.number == each.number)))
        for each in chosen
    )
    return Served(model, versions, policy, _notes(model, layout, policy, numbers))


def serve_configured(entry: ModelConfig, layout: Layout) -> Served:
    """Return what a server serves of one model of its configuration. Raises as `serve` does."""
    served = serve(entry.name, layout, entry.policy, entry.labels)
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


def _notes(model: str, layout: Layout, policy: Policy, live: set[int]) -> tuple[str, ...]:
    if policy == Specific(()):
        return (f"No specific versions requested for servable {model}.",)
    missing = [each for each in policy.numbers if each not in live] if isinstance(policy, Specific) else []
    told = [
        f"Version {each} of servable {model}, which was requested to be served as a 'specific' version in the"
        " servable's version policy, was not found in the file system"
        for each in missing
    ]
    if not live:
        told.append(
            f"No versions of servable {model} found under base path {layout.base}."
            " Did you forget to name your leaf directory as a number (eg. '/1/')?"
        )
    return tuple(told)


def _unavailable(model: str, label: Label, live: set[int]) -> str:
    told = f"Request to assign label to version {label.number} of model {model}"
    there = ", ".join(map(str, sorted(live))) or "none"
    return (
        f"{label.span}: {told}, which is not currently available for inference (label {label.name!r};"
        f" live is {there})"
    )
