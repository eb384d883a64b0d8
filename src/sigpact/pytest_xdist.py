"""The schedule under xdist: all items of one version go to one worker, so that each version loads once."""

import re
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

_VERSION = re.compile(r"\.contract\.(?:yaml|yml|json)::([^:]+@-?\d+)::")


def schedule(config: pytest.Config, log: Any) -> "VersionScheduling | None":
    """Return the schedule of a run that names models; any other keeps the one that it knows."""
    return VersionScheduling(config, log) if _names_models(config) else None


def _names_models(config: pytest.Config) -> bool:
    if config.getoption("sigpact_models"):
        return True
    files = (folder / "pyproject.toml" for folder in (config.rootpath, *config.rootpath.parents))
    nearest = next((file for file in files if file.is_file()), None)
    return nearest is not None and "[tool.sigpact]" in nearest.read_text(encoding="utf-8", errors="replace")


class VersionScheduling(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """As xdist's `load` for everybody else's tests: each is a scope of its own."""

    def _split_scope(self, nodeid: str) -> str:
        found = _VERSION.search(nodeid)
        return found.group(1) if found else nodeid
