"""`Asked`: what somebody wants to know of a gate, and where everything lies that the answer rests on."""

import datetime as dt
from pathlib import Path

from sigpact.clients.profile import Environment
from sigpact.engine.options import Options
from sigpact.frozen import field, frozen
from sigpact.gate.waivers import FILE


@frozen
class Opening:
    """A gate that is to be opened by hand: why, by which ticket, by whom, until when."""

    reason: str
    ticket: str
    by: str
    until: dt.datetime


@frozen
class Asked:
    """May `subject` (`genre@7`, `mobile-app@4.3`) go to an environment, or with `unload` go away there.

    `contracts` and `models` are paths as people name them. `store` is one too, `None` where none is used.
    `dry`: nothing is run or written. `environments` are the names of those that are configured.
    """

    subject: str
    environment: Environment
    contracts: tuple[str, ...]
    models: tuple[str, ...]
    options: Options
    now: dt.datetime
    store: str | None = None
    waivers: Path = field(default_factory=lambda: Path(FILE))
    unload: bool = False
    dry: bool = False
    opening: Opening | None = None
    environments: tuple[str, ...] = ()
