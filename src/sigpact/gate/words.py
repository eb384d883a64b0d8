"""What people name: a version of a model that is given."""

from sigpact.errors import ConfigurationError
from sigpact.gate.gate import owners
from sigpact.gate.inquiry import Inquiry
from sigpact.store.records import OwnerKind
from sigpact.store.subjects import subject


def named(inquiry: Inquiry, text: str) -> tuple[str, int]:
    """Return the model and version that a text names. Raises `ConfigurationError` for anything else."""
    found = subject(text, owners(inquiry))
    if found.owner.kind is not OwnerKind.MODEL:
        raise ConfigurationError(f"{text} is a client's release; --prove takes a version, as genre@7")
    return found.owner.name, int(found.what)
