"""A contract and one of its signatures -> the source of a reader in a language."""

import shlex
from collections.abc import Callable, Mapping
from typing import Final

from sigpact.authoring.readers import kotlin, python, swift, typescript
from sigpact.authoring.readers.model import Reader
from sigpact.authoring.readers.plan import plan, portable
from sigpact.contract.model import Contract, SignatureUse

RENDERERS: Final[Mapping[str, Callable[[Reader], str]]] = {
    "python": python.render,
    "typescript": typescript.render,
    "kotlin": kotlin.render,
    "swift": swift.render,
}


def source(contract: Contract, use: SignatureUse, language: str) -> str:
    """Return the source: of the same contract the same bytes.

    Raises `ConfigurationError` for a gRPC client, and for what no typed client can send or read.
    """
    command = shlex.join(["sigpact", "reader", language, portable(contract.file), use.name])
    return RENDERERS[language](plan(contract, use, f"{command} --out FILE"))
