"""`ServerProfile`: the flags of a server that change what breaks whom."""

from typing import Final

from sigpact.frozen import frozen


@frozen
class ServerProfile:
    """How the server was started; a flag that is off is the server's own default.

    `batching`: `--enable_batching` (batching/batching_session.cc). `method_name_check`:
    `--enable_signature_method_name_check` (model_servers/main.cc:283).
    """

    batching: bool = False
    method_name_check: bool = False


PLAIN: Final = ServerProfile()
"""A server with no flag set."""
