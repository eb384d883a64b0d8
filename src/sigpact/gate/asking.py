"""From what people say (a command line, pytest's options, `[tool.sigpact]`) to a question: `Asked`."""

import datetime as dt
from pathlib import Path

from sigpact.clients.profile import PLAIN, Environment
from sigpact.engine.options import (
    DEFAULT_RELATION_ROWS,
    DEFAULT_ROWS,
    DEFAULT_SEED,
    Configured,
    Options,
    from_here,
)
from sigpact.frozen import frozen
from sigpact.gate.asked import Asked, Opening
from sigpact.gate.waivers import FILE


@frozen
class Said:
    """What somebody said of a question; what is empty or `None` is as `[tool.sigpact]` has it."""

    contracts: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    store: str | None = None
    waivers: Path | None = None
    rows: int | None = None
    seed: int | None = None
    unload: bool = False
    dry: bool = False
    opening: Opening | None = None


def question(found: Configured, subject: str, to: str, now: dt.datetime, said: Said) -> Asked:
    """Return a question. Raises `ConfigurationError` for the name of no environment."""
    environment = environment_of(found, to)
    rows = found.rows if said.rows is None else said.rows
    seed = found.seed if said.seed is None else said.seed
    options = Options(
        rows=DEFAULT_ROWS if rows is None else rows,
        relation_rows=DEFAULT_RELATION_ROWS if rows is None else rows,
        seed=DEFAULT_SEED if seed is None else seed,
        today=now.date(),
        environment=environment,
        checks=found.checks,
    )
    return Asked(
        subject,
        environment,
        said.contracts or found.contracts,
        said.models or found.models,
        options,
        now,
        said.store or found.store,
        said.waivers or waivers_file(found),
        said.unload,
        said.dry,
        said.opening,
        tuple(each.name for each in found.environments),
    )


def waivers_file(found: Configured) -> Path:
    """Return where waivers stand unless somebody says otherwise: beside pyproject.toml, as all it names."""
    return Path(FILE) if found.file is None else Path(from_here(Path(found.file).parent, FILE))


def environment_of(found: Configured, name: str) -> Environment:
    """Return an environment; where none is configured, the store says which there are (`inquire`)."""
    environment = found.environment(name) if found.environments else None
    return environment or Environment(name, PLAIN)
