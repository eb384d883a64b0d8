"""What a run may be told: `Options`, from the command line, pytest or `[tool.sigpact]`."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sigpact.clients.profile import PLAIN, Environment, ServerProfile
from sigpact.engine.environments import chosen, environments
from sigpact.engine.registered import Registered, registered
from sigpact.errors import ConfigurationError
from sigpact.frozen import field, frozen, replace
from sigpact.nearest import hint
from sigpact.savedmodel.remote import is_url

DEFAULT_ROWS: Final = 10_000
DEFAULT_RELATION_ROWS: Final = 1_000
DEFAULT_SEED: Final = 20_260_101
"""Fixed, so that two runs of one commit see the same rows."""

KEYS: Final[dict[str, tuple[type, str]]] = {
    "contracts": (list, 'a list of paths: ["contracts"]'),
    "models": (list, 'a list of base paths: ["build/models"]'),
    "store": (str, 'a path or URL: "store"'),
    "rows": (int, "a whole number from 0"),
    "seed": (int, "a whole number from 0"),
    "time_budget": (int, "a whole number of seconds from 0"),
    "checks": (dict, 'a table of checks: [tool.sigpact.checks] name = "module:function"'),
    "environments": (dict, "a table for each environment: [tool.sigpact.environments.production.server]"),
}


@frozen
class Options:
    """How to run: `rows` random rows for each signature, drawn from `seed`; `cases` keeps what failed.

    `environment` is where the versions are to be served; none: a server with no flag set.
    """

    rows: int = DEFAULT_ROWS
    relation_rows: int = DEFAULT_RELATION_ROWS
    """Random rows for each relation."""
    seed: int = DEFAULT_SEED
    today: dt.date = dt.date.min
    cases: str | None = ".sigpact/cases"
    time_budget: float | None = None
    """Seconds for the rows of each signature, of each relation, and of each property; None: as long as it
    takes, and `properties.SECONDS` for a property."""
    environment: Environment | None = None
    update_examples: bool = False
    """Whether examples that are answered otherwise are rewritten."""
    checks: Registered = field(default_factory=Registered)
    """The Python checks that contracts may name."""

    @property
    def server(self) -> ServerProfile:
        """The server that versions are judged for."""
        return PLAIN if self.environment is None else self.environment.server


@frozen
class Configured:
    """`[tool.sigpact]` of the nearest pyproject.toml; relative paths are relative to that file."""

    file: str | None = None
    contracts: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    rows: int | None = None
    seed: int | None = None
    time_budget: int | None = None
    environments: tuple[Environment, ...] = ()
    store: str | None = None
    checks: Registered = field(default_factory=Registered)

    def environment(self, name: str | None) -> Environment | None:
        """Return the environment of a name. Raises `ConfigurationError` where there is none of it."""
        return chosen(name, self.environments, self.file)


def configured(start: Path) -> Configured:
    """Read `[tool.sigpact]` of the nearest pyproject.toml at or above a folder.

    Raises `ConfigurationError` for a file that is no TOML, an unknown key or a value of another type.
    """
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return _read(file)
    return Configured()


def _read(file: Path) -> Configured:
    try:
        text = file.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"{file}: {error}") from None
    if "sigpact" not in text:
        return Configured()
    import tomllib  # noqa: PLC0415 - only projects with a table of ours pay for it

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file}: {error}") from None
    return _configured(file, _table(file, document))


def _table(file: Path, document: Mapping[str, Any]) -> Mapping[str, Any]:
    table = document
    for key in ("tool", "sigpact"):
        table = table.get(key, {})
        if not isinstance(table, Mapping):
            raise ConfigurationError(f"{file}: [tool.sigpact] is no table of keys and values")
    return table


def _configured(file: Path, table: Mapping[str, Any]) -> Configured:
    for key, found in table.items():
        if key not in KEYS:
            raise ConfigurationError(f"{file}: [tool.sigpact] has no key {key!r}; {hint(key, KEYS)}")
        kind, wanted = KEYS[key]
        if not isinstance(found, kind) or isinstance(found, bool) or (isinstance(found, int) and found < 0):
            raise ConfigurationError(f"{file}: [tool.sigpact] {key} is {found!r}; expected {wanted}")
    return Configured(
        str(file),
        tuple(_relative(file, each) for each in table.get("contracts", ())),
        tuple(_relative(file, each) for each in table.get("models", ())),
        table.get("rows"),
        table.get("seed"),
        table.get("time_budget"),
        tuple(_placed(file, each) for each in environments(str(file), table.get("environments", {}))),
        from_here(file.parent, table["store"]) if "store" in table else None,
        registered(str(file), table.get("checks", {})),
    )


def _placed(file: Path, environment: Environment) -> Environment:
    """Return an environment whose models lie where they do as seen from the current folder."""
    models = tuple(_relative(file, each) for each in environment.demands.models)
    return replace(environment, demands=replace(environment.demands, models=models))


def _relative(file: Path, text: object) -> str:
    if not isinstance(text, str):
        raise ConfigurationError(f"{file}: [tool.sigpact] paths are texts, found {text!r}")
    name, equals, path = text.partition("=")
    if equals and "/" not in name:
        return f"{name}={from_here(file.parent, path)}"
    return from_here(file.parent, text)


def from_here(folder: Path, text: str) -> str:
    """Return a path as a person who stands in the current folder would write it; a URL as it is."""
    if is_url(text):
        return text
    here, path = Path.cwd(), folder / text
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def first_said(*values: int | None) -> int:
    """Return the first of several places' words that says anything; the last one is a default."""
    return next(each for each in values if each is not None)
