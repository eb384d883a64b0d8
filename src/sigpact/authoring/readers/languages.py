"""The languages that readers are made in."""

from collections.abc import Callable, Mapping
from typing import Final

from sigpact.authoring.readers import kotlin, python, swift, typescript
from sigpact.authoring.readers.model import Reader

RENDERERS: Final[Mapping[str, Callable[[Reader], str]]] = {
    "python": python.render,
    "typescript": typescript.render,
    "kotlin": kotlin.render,
    "swift": swift.render,
}
