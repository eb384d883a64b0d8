"""`Progress`: what goes on, on stderr, once a command has taken over a second."""

import sys
import time


class Progress:
    """Says on stderr what is going on, once a run has taken over a second."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._told = False
        self._live = sys.stderr.isatty()

    def tell(self, what: str) -> None:
        """Say what begins now: one line that is overwritten on a terminal, a line each elsewhere."""
        if time.monotonic() - self._start < 1:
            return
        end, start = ("", "\r\x1b[K") if self._live else ("\n", "")
        sys.stderr.write(f"{start}sigpact: {what}{end}")
        sys.stderr.flush()
        self._told = True

    def end(self) -> None:
        """Take the line away again."""
        if self._told and self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
