"""`Settings`: under which circumstances evidence was found; results count again only under the same."""

import hashlib
import json
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any, Final

from sigpact.engine.options import Options
from sigpact.frozen import frozen

_DISTRIBUTION: Final = re.compile(
    r"(tensorflow(?:_cpu|_intel|_macos|_rocm|_aarch64)?|tf_nightly(?:_cpu)?)-([^-]+)\.dist-info"
)


@frozen
class Settings:
    """What a result depends on beside contract and version.

    `rules` is a digest of sigpact itself: any change of it is another judge. `runtime` is the installed
    TensorFlow (`tensorflow 2.21.0`), `None` where there is none: then results of any runtime count, as
    nothing could be run here; `machine` is told and compared with nothing.
    """

    rules: str
    runtime: str | None
    machine: str
    options: tuple[tuple[str, str], ...]

    def accepts(self, runtime: str) -> bool:
        """Whether a result of a runtime counts here."""
        return self.runtime is None or self.runtime == runtime

    def key(self, contract: str, version: str, contents: tuple[str, ...]) -> str:
        """Return what a result of this contract at versions of these contents is found by."""
        return _digest([self.rules, list(self.options), contract, version, list(contents)])

    def matter(self, contract: str, version: str, contents: tuple[str, ...]) -> str:
        """Return what such results are found by however many rows were drawn, from whichever seed.

        A request that breaks a client does so whoever drew it.
        """
        options = [each for each in self.options if each[0] not in _DRAWN]
        return _digest([self.rules, options, contract, version, list(contents)])


_DRAWN: Final = frozenset({"rows", "relation_rows", "seed"})


def _digest(said: list[Any]) -> str:
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def settings(options: Options) -> Settings:
    """Return the circumstances here and now."""
    said = {
        "rows": str(options.rows),
        "relation_rows": str(options.relation_rows),
        "seed": str(options.seed),
        "server": str(options.server),
    }
    return Settings(
        rules_digest(), runtime_here(), f"{platform.machine()} {os.cpu_count()} cores", tuple(said.items())
    )


def rules_digest() -> str:
    """Return the sha256 over the code of sigpact: 200 files in a hundredth of a second."""
    package = Path(__file__).parents[1]
    whole = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        whole.update(str(file.relative_to(package)).encode() + hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def runtime_here() -> str | None:
    """Return the installed TensorFlow, by its folder: `importlib.metadata` takes a tenth of a second."""
    for place in map(Path, sys.path):
        try:
            names = sorted(os.listdir(place))  # noqa: PTH208 - names are all that is asked for
        except OSError:
            continue
        if "tensorflow" in names:
            found = [match for match in map(_DISTRIBUTION.fullmatch, names) if match is not None]
            return " ".join(found[0].groups()) if found else "tensorflow"
    return None
