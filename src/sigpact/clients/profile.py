"""`ServerProfile`: the flags and the release of a server; an `Environment` has one."""

from typing import Final

from sigpact.clients.demands import Demands
from sigpact.frozen import field, frozen


@frozen
class ServerProfile:
    """How the server was started; a flag that is off is the server's own default.

    `batching`: `--enable_batching` (batching/batching_session.cc). `method_name_check`:
    `--enable_signature_method_name_check` (model_servers/main.cc:283). `version` is the release of TensorFlow
    Serving in numbers, (2, 14, 1); empty: the newest that is known (9d981c5c, after 2.20).
    """

    batching: bool = False
    method_name_check: bool = False
    version: tuple[int, ...] = ()

    @property
    def feeds_defaults(self) -> bool:
        """Whether gRPC clients may leave out inputs with a default: since commit 45bc2916 of August 2023."""
        return not self.version or self.version >= _WITH_DEFAULTS

    @property
    def checks_precision(self) -> bool:
        """Whether JSON numbers that a float would not hold are refused: until 57dac6cd of March 2021."""
        return bool(self.version) and self.version < _WITHOUT_PRECISION_CHECK

    @property
    def release(self) -> str:
        """The release as people write it: `2.14.1`; empty where none was said."""
        return ".".join(map(str, self.version))

    def __str__(self) -> str:
        flags = (("batching", self.batching), ("method-name check", self.method_name_check))
        said = [word for word, on in flags if on] or ["no flags"]
        return ", ".join([*said, *([f"release {self.release}"] if self.version else [])])


PLAIN: Final = ServerProfile()
"""A server with no flag set."""

_WITH_DEFAULTS: Final = (2, 14)
"""The first release after the commit."""
_WITHOUT_PRECISION_CHECK: Final = (2, 5)
"""The first release after the commit. The third change by release, JSON that is parsed without recursion
(6cb01316 of August 2024), concerns no request of tensors."""


@frozen
class Environment:
    """Where versions are served: a name, `production`, the server that runs there, and what it demands."""

    name: str
    server: ServerProfile
    demands: Demands = field(default_factory=Demands)

    def __str__(self) -> str:
        return f"environment {self.name}: {self.server}"


def as_data(environment: Environment | None) -> dict[str, object] | None:
    """Return an environment as plain data for JSON; `None` where none was chosen."""
    if environment is None:
        return None
    server = environment.server
    return {
        "name": environment.name,
        "server": {
            "batching": server.batching,
            "method_name_check": server.method_name_check,
            "version": server.release or None,
        },
    }
