"""What a gate may have seen, for tests of how it is judged."""

from typing import Any

from sigpact.findings import Evidence, Finding, Level, Shown, Span
from sigpact.gate.judging import Seen

ROWS = Evidence(
    proved=60,
    rows=(("boundaries", 90), ("random", 10_000)),
    shown=(Shown("get_genre", 10_090, frozenset(range(12))),),
)


def finding(**changes: Any) -> Finding:
    """Return a breach; words that a test does not look at are all the same."""
    words: dict[str, Any] = {
        "rule": "output-missing",
        "level": Level.ERROR,
        "client": "app",
        "owner": None,
        "model": "genre",
        "version": "7",
        "signature": "get_genre",
        "at": ("outputs", "genre"),
        "change": "missing",
        "span": Span("app.contract.yaml", 9, 5),
        "message": "output 'genre' is not in the version",
        "expected": "genre",
        "received": "none",
        "why": "the client reads it",
        "mend_model": "keep it",
        "mend_client": "read another",
    }
    return Finding(**(words | changes))


def seen(*findings: Finding, **changes: Any) -> Seen:
    """Return what was seen of one client at version 7: everything, and these findings."""
    words: dict[str, Any] = {
        "client": "app",
        "release": "4.3",
        "model": "genre",
        "version": "7",
        "findings": findings,
        "evidence": ROWS,
    }
    return Seen(**(words | changes))
