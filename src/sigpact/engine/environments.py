"""`[tool.sigpact.environments]` -> `Environment`s: what server runs there, and what a gate demands."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from sigpact.clients.demands import POLICIES, SCOPES, TTL_DAYS, Demands
from sigpact.clients.profile import Environment, ServerProfile
from sigpact.errors import ConfigurationError
from sigpact.nearest import hint

_OLDEST: Final = (2, 0)
"""What servers before it did is not known here."""
_RELEASE: Final = re.compile(r"\d{1,4}\.\d{1,4}(\.\d{1,4})?", re.ASCII)
SERVER_KEYS: Final = {
    "batching": "true or false",
    "method_name_check": "true or false",
    "version": 'a release of TensorFlow Serving, from 2.0 on, in quotes: "2.14"',
}
GATE_KEYS: Final = {
    "models": 'a list of models.config files or base paths: ["serving/models.config"]',
    "evidence": " or ".join(map(repr, SCOPES)),
    "rows": "a whole number from 0: so many rows must have run",
    "accept_unchecked": 'a list of words of clauses that may stay unchecked: ["latency"]',
    "callers": f"a table of policies: {{genre = {POLICIES[-1]!r}}}; there is {', '.join(POLICIES)}",
    "ttl_days": "a whole number from 1: days until a client's release lapses",
}
_KEYS: Final = ("server", *GATE_KEYS)


def environments(file: str, tables: object) -> tuple[Environment, ...]:
    """Read all environments of a file. Raises `ConfigurationError` for an unknown key or a wrong value."""
    where = f"{file}: [tool.sigpact.environments]"
    return tuple(
        _environment(name, f"{where[:-1]}.{name}]", table) for name, table in _table(where, tables).items()
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


def _environment(name: str, where: str, found: object) -> Environment:
    table = _table(where, found)
    for key in table:
        if key not in _KEYS:
            raise ConfigurationError(f"{where} has no key {key!r}; {hint(key, _KEYS)}")
    return Environment(name, _server(where, table), _demands(where, table))


def _server(where: str, table: Mapping[str, object]) -> ServerProfile:
    where = f"{where[:-1]}.server]"
    settings = _table(where, table.get("server", {}))
    return _profile(where, dict(_checked(where, settings)))


def _demands(where: str, table: Mapping[str, object]) -> Demands:
    evidence = table.get("evidence", "full")
    if not isinstance(evidence, str) or evidence not in SCOPES:
        raise _wrong(where, "evidence", evidence)
    return Demands(
        _words(where, table, "models"),
        evidence,
        _count(where, table, "rows", (0, 0)),
        _words(where, table, "accept_unchecked"),
        tuple(_policies(where, table.get("callers", {}))),
        _count(where, table, "ttl_days", (TTL_DAYS, 1)),
    )


def _words(where: str, table: Mapping[str, object], key: str) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, str) and each for each in found):
        raise _wrong(where, key, found)
    return tuple(found)


def _count(where: str, table: Mapping[str, object], key: str, usual: tuple[int, int]) -> int:
    default, least = usual
    found = table.get(key, default)
    if not isinstance(found, int) or isinstance(found, bool) or found < least:
        raise _wrong(where, key, found)
    return found


def _policies(where: str, found: object) -> Iterator[tuple[str, str]]:
    if not isinstance(found, Mapping):
        raise _wrong(where, "callers", found)
    for model, policy in found.items():
        if not isinstance(policy, str) or policy not in POLICIES:
            raise _wrong(where, f"callers.{model}", policy)
        yield model, policy


def _checked(where: str, settings: Mapping[str, object]) -> Iterator[tuple[str, bool | str]]:
    for key, value in settings.items():
        if key not in SERVER_KEYS:
            raise ConfigurationError(f"{where} has no key {key!r}; {hint(key, SERVER_KEYS)}")
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
    wanted = (SERVER_KEYS | GATE_KEYS)[key.partition(".")[0]]
    return ConfigurationError(f"{where} {key} is {value!r}; expected {wanted}")
