"""`Subject`: what somebody names: `mobile-app@4.3`, `genre@7`, `client:x@1`, `model:x@1`."""

import re
from collections.abc import Iterable
from typing import Final

from sigpact.errors import ConfigurationError
from sigpact.frozen import frozen
from sigpact.nearest import hint, nearest
from sigpact.store.fields import is_text
from sigpact.store.records import Owner, OwnerKind

_CLIENT: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
_PREFIX: Final = re.compile(rf"({'|'.join(OwnerKind)}):(.*)", re.DOTALL)


@frozen
class Subject:
    """A release of a client, or a version of a model (`what`: a whole number)."""

    owner: Owner
    what: str

    def __str__(self) -> str:
        return f"{self.owner.name}@{self.what}"


def release(text: str) -> Subject:
    """Return the client's release that a text names, whether anybody knows it or not.

    Raises `ConfigurationError` for what is no `CLIENT@RELEASE`.
    """
    kind, name, what = _parts(text)
    if kind is OwnerKind.MODEL or not _CLIENT.fullmatch(name):
        raise ConfigurationError(
            f"{text!r} is no client's release: mobile-app@4.3 (names of a-z, 0-9, '.', '_', '-')"
        )
    return Subject(Owner(OwnerKind.CLIENT, name), what)


def subject(text: str, known: Iterable[Owner]) -> Subject:
    """Return what a text names among the clients and models that are known.

    Raises `ConfigurationError` for a form that is none, a name that nobody has, and one that both a client
    and a model have where the text does not say which.
    """
    owners = set(known)
    kind, name, what = _parts(text)
    found = [each for each in owners if each.name == name and kind in {None, each.kind}]
    if not found:
        raise ConfigurationError(f"{text}: {_unknown(kind, name, owners)}")
    if len(found) > 1:
        raise ConfigurationError(
            f"{text}: {name!r} is a client and a model; write client:{name}@… or model:{name}@…"
        )
    (owner,) = found
    return Subject(owner, what if owner.kind is OwnerKind.CLIENT else _version(text, what))


def _parts(text: str) -> tuple[OwnerKind | None, str, str]:
    match = _PREFIX.fullmatch(text)
    kind, rest = (OwnerKind(match[1]), match[2]) if match else (None, text)
    name, at, what = rest.partition("@")
    if not at or not is_text(name) or not is_text(what):
        raise ConfigurationError(
            f"{text!r} is neither CLIENT@RELEASE nor MODEL@VERSION, as mobile-app@4.3 or genre@7"
        )
    return kind, name, what


def _unknown(kind: OwnerKind | None, name: str, owners: set[Owner]) -> str:
    told = f"no {kind or 'client or model'} is called {name!r}"
    names = sorted({each.name for each in owners if kind in {None, each.kind}})
    if near := nearest(name, names):
        return f"{told}; did you mean {near!r}?"
    return f"{told}; {hint(name, names)} (clients that published; models of --models and of the store)"


def _version(text: str, what: str) -> str:
    if not (what.isascii() and what.isdecimal() and len(what) <= 19):
        raise ConfigurationError(f"{text}: a model's version is a whole number, {what!r} is none")
    return str(int(what))


def environment(name: str, known: Iterable[str]) -> str:
    """Return the name of an environment. Raises `ConfigurationError` where others are known and it is not."""
    names = sorted(set(known))
    if not is_text(name):
        raise ConfigurationError(f"--to {name!r}: an environment has a name, in one line")
    if names and name not in names:
        raise ConfigurationError(
            f"no environment is called {name!r}; {hint(name, names)}"
            f" (a new one is written into pyproject.toml: [tool.sigpact.environments.{name}])"
        )
    return name
