"""`Budget`: seconds for a part of a run. A model that is slow has fewer rows, and the evidence says so."""

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from sigpact.values.requests import Origin, Request

_Item = TypeVar("_Item")


def _now() -> float:
    return time.monotonic()


@dataclass(slots=True, eq=False)
class Budget:
    """So many seconds from when it is made, without a number any; `cut`: something was left out."""

    seconds: float | None = None
    cut: bool = False
    _start: float = field(default_factory=_now)

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self.seconds is not None and _now() - self._start >= self.seconds

    def within(self, requests: Iterable[Request]) -> Iterator[Request]:
        """Yield boundaries in any case, random rows as long as there is time."""
        for request in requests:
            if request.origin is Origin.RANDOM and self.is_over:
                self.cut = True
                return
            yield request

    def chunks(self, items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
        """Yield the first items in any case, the others as long as there is time."""
        left = iter(items)
        for number in itertools.count():
            chunk = list(itertools.islice(left, size))
            if not chunk:
                return
            if number and self.is_over:
                self.cut = True
                return
            yield chunk

    def notes(self, what: str) -> tuple[str, ...]:
        """Say that something was left out, where it was."""
        if not self.cut:
            return ()
        return (f"{what}: stopped after {self.seconds:g} s: a run that time cuts short does not repeat",)
