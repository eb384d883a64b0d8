"""`[tool.sigpact.environments]` -> `Environment`s: what the servers are that versions are judged for."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from sigpact.clients.profile import Environment, ServerProfile
from sigpact.errors import ConfigurationError
from sigpact.nearest import hint

_OLDEST: Final = (2, 0)
"""What servers before it did is not known here."""
_RELEASE: Final = re.compile(r"\d{1,4}\.\d{1,4}(\.\d{1,4})?", re.ASCII)
_WANTED: Final = {
    "batching": "true or false",
    "method_name_check": "true or false",
    "version": 'a release of TensorFlow Serving, from 2.0 on, in quotes: "2.14"',
}


def environments(file: str, tables: object) -> tuple[Environment, ...]:
    """Read all environments of a file. Raises `ConfigurationError` for an unknown key or a wrong value."""
    where = f"{file}: [tool.sigpact.environments]"
    return tuple(
        Environment(name, _server(f"{where[:-1]}.{name}]", table))
        for name, table in _table(where, tables).items()
    )


def chosen(name: str | None, there: tuple[Environment, ...], file: str | None) -> Environment | None:
    """Return the environment of a name; `None` where none is asked for.

    Raises `ConfigurationError` where there is no such environment.
    """
    if name is None:
        return None
    found = next((each for each in there if each.name == name), None)
    if found is None:
        where = f"{file}: " if file else "no pyproject.toml speaks of sigpact: "
        told = f"[tool.sigpact.environments] has no {name!r}; {hint(name, [each.name for each in there])}"
        raise ConfigurationError(where + told)
    return found


def _table(where: str, found: object) -> Mapping[str, object]:
    if not isinstance(found, Mapping):
        raise ConfigurationError(f"{where} is {found!r}; expected a table of keys and values")
    return found


def _server(where: str, table: object) -> ServerProfile:
    for key in _table(where, table):
        if key != "server":
            raise ConfigurationError(f"{where} has no key {key!r}; {hint(key, ['server'])}")
    where = f"{where[:-1]}.server]"
    settings = _table(where, _table(where, table).get("server", {}))
    return _profile(where, dict(_checked(where, settings)))


def _checked(where: str, settings: Mapping[str, object]) -> Iterator[tuple[str, bool | str]]:
    for key, value in settings.items():
        if key not in _WANTED:
            raise ConfigurationError(f"{where} has no key {key!r}; {hint(key, _WANTED)}")
        if not isinstance(value, str if key == "version" else bool):
            raise _wrong(where, key, value)
        yield key, value


def _profile(where: str, settings: Mapping[str, bool | str]) -> ServerProfile:
    text = settings.get("version", "")
    version = release(str(text))
    if "version" in settings and (not version or version < _OLDEST):
        raise _wrong(where, "version", text)
    return ServerProfile(
        settings.get("batching") is True, settings.get("method_name_check") is True, version or ()
    )


def release(text: str) -> tuple[int, ...] | None:
    """Return a release in numbers: (2, 14, 1) for `2.14.1`; `None` for what is no release."""
    return tuple(map(int, text.split("."))) if _RELEASE.fullmatch(text) else None


def _wrong(where: str, key: str, value: object) -> ConfigurationError:
    return ConfigurationError(f"{where} {key} is {value!r}; expected {_WANTED[key]}")
