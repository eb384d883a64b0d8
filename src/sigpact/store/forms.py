"""Records as JSON: `record_of` makes the file of a body, `read` the record of a file, and says what is wrong.

A field means the same in every kind of record; `fields` has their forms.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from sigpact.nearest import hint
from sigpact.store.fields import FIELDS, is_text
from sigpact.store.records import (
    Amended,
    Body,
    Closed,
    Override,
    Owner,
    OwnerKind,
    Policy,
    Published,
    Record,
    ReleaseLive,
    Result,
    Retired,
    VersionLive,
)
from sigpact.store.written import canonical, digest, folder_name, parsed

FORM: Final = 1
RESULT: Final = "result"
_CLIENT: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
_FILE: Final = re.compile(r"(clients|models)/[^/]+/([a-z]+)-([0-9a-f]{64})\.json")
_TOPS: Final = {OwnerKind.CLIENT: "clients", OwnerKind.MODEL: "models"}


def folder_of(owner: Owner) -> str:
    """Return where the records of a client or model lie. Raises `ValueError` where its name is too long."""
    return f"{_TOPS[owner.kind]}/{folder_name(owner.name)}"


def record_of(body: Body) -> tuple[Record, bytes]:
    """Return a body as a record, and its canonical bytes. Raises `ValueError` for what no record can say."""
    kind = next(kind for (kind, _), made in _KINDS.items() if made is type(body))
    fields = {name: FIELDS[name].write(getattr(body, name)) for name in _NAMES[type(body)]}
    data = canonical({"record": kind, "form": FORM, str(body.owner.kind): body.owner.name, **fields})
    found = digest(data)
    path = f"{folder_of(body.owner)}/{kind}-{found}.json"
    return read(path, data), data


def read(path: str, data: bytes) -> Record:
    """Return the record in a file of the store. Raises `ValueError`: torn, altered, misplaced or foreign."""
    match = _FILE.fullmatch(path)
    if match is None:
        raise ValueError("is no record: records are called KIND-SHA256.json")
    found = digest(data)
    if found != match[3]:
        raise ValueError(
            f"is torn or altered: its content has the sha256 {found[:12]}…, not that of its name"
        )
    body = _body(parsed(data), match[2])
    if not path.startswith(f"{folder_of(body.owner)}/"):
        raise ValueError(f"is of {body.owner} and lies in another's folder")
    return Record(path, found, body)


def _body(data: object, kind: str) -> Body:
    if not isinstance(data, dict):
        raise ValueError("is no record: a JSON object is expected")  # noqa: TRY004 - as all readers
    if data.get("form") != FORM or type(data["form"]) is not int:
        raise ValueError(
            f"has the form {data.get('form')!r}, and this sigpact reads {FORM}: a newer one is needed"
        )
    if data.get("record") != kind:
        raise ValueError(f"says that it is {data.get('record')!r}; its name says {kind!r}")
    owner = _owner(data)
    made = _KINDS.get((kind, owner.kind))
    if made is None:
        raise ValueError(f"is of no kind that a {owner.kind} has: {kind!r}")
    names = _NAMES[made]
    _same_keys(data, {"record", "form", str(owner.kind), *names})
    body: Body = made(owner, *[_read(name, data[name]) for name in names])
    if isinstance(body, Published | Amended):
        _has_contracts(body)
    return body


def _owner(data: Mapping[str, Any]) -> Owner:
    kinds = [kind for kind in OwnerKind if kind in data]
    if len(kinds) != 1:
        raise ValueError("names a client or a model: one of them is expected")
    (kind,) = kinds
    name = data[kind]
    is_name = isinstance(name, str) and (
        is_text(name) if kind is OwnerKind.MODEL else _CLIENT.fullmatch(name)
    )
    if not is_name:
        raise ValueError(f"{kind}: {name!r} is no name")
    return Owner(kind, name)


def _same_keys(data: Mapping[str, Any], wanted: set[str]) -> None:
    if data.keys() == wanted:
        return
    for key in sorted(data.keys() - wanted):
        raise ValueError(f"has a key {key!r} that is not known; {hint(key, sorted(wanted))}")
    for key in sorted(wanted - data.keys()):
        raise ValueError(f"has no {key!r}")


def _has_contracts(body: Published | Amended) -> None:
    files = {path for path, _ in body.files}
    for path in body.contracts:
        if path not in files:
            raise ValueError(f"contracts: {path!r} is not among the files")


def _read(name: str, value: object) -> object:
    try:
        return FIELDS[name].read(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


_KINDS: Final[Mapping[tuple[str, OwnerKind], type[Any]]] = {
    ("published", OwnerKind.CLIENT): Published,
    ("amended", OwnerKind.CLIENT): Amended,
    ("live", OwnerKind.CLIENT): ReleaseLive,
    ("live", OwnerKind.MODEL): VersionLive,
    ("retired", OwnerKind.CLIENT): Retired,
    ("retired", OwnerKind.MODEL): Retired,
    (RESULT, OwnerKind.MODEL): Result,
    ("override", OwnerKind.CLIENT): Override,
    ("override", OwnerKind.MODEL): Override,
    ("closed", OwnerKind.CLIENT): Closed,
    ("closed", OwnerKind.MODEL): Closed,
    ("policy", OwnerKind.MODEL): Policy,
}
_NAMES: Final[Mapping[type[Any], tuple[str, ...]]] = {
    each: tuple(name for name in each.__slots__ if name != "owner") for each in _KINDS.values()
}
"""The fields of each kind, but the owner, who stands under a key of its own: `client` or `model`."""
