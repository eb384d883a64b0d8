"""A model's version as its folder is now: what `deployed genre@7` records."""

from collections.abc import Sequence

from sigpact.errors import ConfigurationError
from sigpact.frozen import frozen
from sigpact.nearest import hint
from sigpact.savedmodel.digest import Digests
from sigpact.savedmodel.remote import is_url, whole_copy
from sigpact.savedmodel.versions import Model
from sigpact.store.fields import is_text
from sigpact.store.subjects import Subject


@frozen
class Version:
    """A version and its folder: `digest` of all that is served, `path` as somebody named it."""

    subject: Subject
    digest: str
    path: str


def version(subject: Subject, models: Sequence[Model]) -> Version:
    """Return a version with the digest of its folder.

    Raises `ConfigurationError` where no such folder is known, `ExportError` or `StorageError` where it cannot
    be read.
    """
    model = next((each for each in models if each.name == subject.owner.name), None)
    if model is None:
        raise ConfigurationError(
            f"{subject}: where is its folder, to record its content? --models BASE, or [tool.sigpact] models"
        )
    numbers = [str(each.number) for each in model.versions]
    if subject.what not in numbers:
        raise ConfigurationError(
            f"{subject}: {model.layout.base} has no version {subject.what}; {hint('', numbers)}"
        )
    path = model.versions[numbers.index(subject.what)].path
    return Version(subject, _digest(path), path if is_text(path) else ascii(path))


def _digest(path: str) -> str:
    if not is_url(path):
        return Digests().of(path)
    copy = whole_copy(path)
    return Digests().of(copy.path)
