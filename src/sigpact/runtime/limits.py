"""How much a version may take."""

import os
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """What a version may take before it is stopped."""

    call: float = 10.0
    """Seconds a call."""
    load: float = 120.0
    """Seconds to load."""
    memory: int = 4 << 30
    """Bytes beyond what the version takes once loaded (counted on Linux only)."""
    failures: int = 3
    """So many crashes or hangs, in a row of a `run` or anywhere in a `stream`, end it: the rest is left."""
    at_once: int = field(default_factory=lambda: min(4, os.cpu_count() or 1))
    """Calls that run side by side in one process, where their order makes no difference."""
    workers: int = field(default_factory=lambda: max(2, os.cpu_count() or 1))
    """Processes alive at a time, the zygote apart: two at least, a version may be measured beside another."""
