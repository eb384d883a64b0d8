"""The schedule under xdist: all items of one version go to one worker, so that each version loads once."""

import re

from xdist.scheduler import LoadScopeScheduling

_VERSION = re.compile(r"\.contract\.(?:yaml|yml|json)::([^:]+@-?\d+)::")


class VersionScheduling(LoadScopeScheduling):
    """As xdist's `load` for everybody else's tests: each is a scope of its own."""

    def _split_scope(self, nodeid: str) -> str:
        found = _VERSION.search(nodeid)
        return found.group(1) if found else nodeid
