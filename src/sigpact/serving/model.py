"""What a server is told to serve: models, policies, labels. Values only."""

from sigpact.findings import Span
from sigpact.frozen import frozen


@frozen
class Latest:
    """The versions with the highest numbers, so many; the server's default is one."""

    count: int = 1

    def __str__(self) -> str:
        return f"latest {self.count}"


@frozen
class Every:
    """All versions that are there."""

    def __str__(self) -> str:
        return "all"


@frozen
class Specific:
    """The versions of these numbers."""

    numbers: tuple[int, ...]

    def __str__(self) -> str:
        return f"specific {', '.join(map(str, self.numbers)) or 'none'}"


Policy = Latest | Every | Specific


@frozen
class Label:
    """A name that clients may call a version by, and where it is given."""

    name: str
    number: int
    span: Span


@frozen
class ModelConfig:
    """One model that a server is told to serve; `span` is where it says so."""

    name: str
    base_path: str
    platform: str
    policy: Policy
    labels: tuple[Label, ...]
    span: Span
    notes: tuple[str, ...] = ()


@frozen
class ServerConfig:
    """What one file tells a server to serve: at least one model, no two of one name."""

    file: str
    models: tuple[ModelConfig, ...]
