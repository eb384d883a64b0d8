"""`admit`: a document against a form; every value of another form is recorded, and left out."""

import math
import re
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, cast

from sigpact.contract.forms import (
    BYTES,
    Boolean,
    Choice,
    Const,
    Either,
    Form,
    Integer,
    Json,
    ListOf,
    MapOf,
    Nested,
    Null,
    Number,
    Record,
    Text,
    expected,
    types_of,
)
from sigpact.contract.mistakes import Mistakes, listed, perhaps, shown
from sigpact.findings import Path


class _Broken(Enum):
    BROKEN = "broken"


BROKEN: Final = _Broken.BROKEN
"""Stands for a value that had another form; the message about it is already written."""

_TYPE_OF: Final = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}


def admit(form: Form, value: object, path: Path, mistakes: Mistakes) -> Any:
    """Return the value without what has a wrong form (numbers like 3.0 as integers), or `BROKEN`.

    A broken value of a key of ours is left out; under a name of the user's own, and in a list of mappings,
    `BROKEN` stays in its place.
    """
    return _ADMIT[type(form)](form, value, path, mistakes)


def _refuse(form: Form, value: object, path: Path, mistakes: Mistakes) -> _Broken:
    keys = [step for step in path if isinstance(step, str)]
    where = "the document"
    if keys:
        item = f"item {path[-1] + 1} of " if isinstance(path[-1], int) else ""
        where = f"{item}{keys[-1]!r}"
    hint = ""
    if isinstance(value, str) and value in {"yes", "no", "on", "off"} and "boolean" in types_of(form):
        hint = " (YAML 1.2 reads yes, no, on and off as text)"
    elif type(value) in {int, float, bool} and types_of(form) == {"string"}:
        hint = ": quote it if it is a text"
    if isinstance(form, Choice) and isinstance(value, str):
        hint = perhaps(value, form.words)
    mistakes.wrong_form(path, f"{where} wants {expected(form)}, found {shown(value)}{hint}")
    return BROKEN


def _text(form: Text, value: object, path: Path, mistakes: Mistakes) -> object:
    if type(value) is not str or len(value) < form.least:
        return _refuse(form, value, path, mistakes)
    if form.pattern is not None and re.search(form.pattern, value) is None:
        return _refuse(form, value, path, mistakes)
    return value


def _choice(form: Choice, value: object, path: Path, mistakes: Mistakes) -> object:
    return value if type(value) is str and value in form.words else _refuse(form, value, path, mistakes)


def _const(form: Const, value: object, path: Path, mistakes: Mistakes) -> object:
    is_it = type(value) in {int, float} and value == form.value
    return form.value if is_it else _refuse(form, value, path, mistakes)


def _integer(form: Integer, value: object, path: Path, mistakes: Mistakes) -> object:
    if type(value) is float and value.is_integer():
        value = int(value)
    if (
        type(value) is not int
        or (form.least is not None and value < form.least)
        or (form.most is not None and value > form.most)
    ):
        return _refuse(form, value, path, mistakes)
    return value


def _number(form: Number, value: object, path: Path, mistakes: Mistakes) -> object:
    if (
        (type(value) is not int and type(value) is not float)
        or not _is_finite(value)
        or (form.least is not None and value < form.least)
        or (form.above is not None and value <= form.above)
        or (form.most is not None and value > form.most)
    ):
        return _refuse(form, value, path, mistakes)
    return value


def _is_finite(value: float) -> bool:
    return isinstance(value, int) or math.isfinite(value)


def _boolean(form: Boolean, value: object, path: Path, mistakes: Mistakes) -> object:
    return value if type(value) is bool else _refuse(form, value, path, mistakes)


def _null(form: Null, value: object, path: Path, mistakes: Mistakes) -> object:
    return value if value is None else _refuse(form, value, path, mistakes)


def _list(form: ListOf, value: object, path: Path, mistakes: Mistakes) -> object:
    if (
        type(value) is not list
        or len(value) < form.least
        or (form.most is not None and len(value) > form.most)
    ):
        return _refuse(form, value, path, mistakes)
    handle = _ADMIT[type(form.item)]
    items = [handle(form.item, item, (*path, index), mistakes) for index, item in enumerate(value)]
    if any(item is BROKEN for item in items) and "object" not in types_of(form.item):
        return BROKEN
    return items


def _map(form: MapOf, value: object, path: Path, mistakes: Mistakes) -> object:
    if type(value) is not dict or len(value) < form.least:
        return _refuse(form, value, path, mistakes)
    admitted: dict[str, object] = {}
    handle = _ADMIT[type(form.item)]
    for key, item in value.items():
        if not key:
            mistakes.wrong_form((*path, key), "a name has at least one character, found ''", at_key=True)
            continue
        admitted[key] = handle(form.item, item, (*path, key), mistakes)
    return admitted


def _either(form: Either, value: object, path: Path, mistakes: Mistakes) -> object:
    kind = _TYPE_OF[type(value)]
    for each in form.forms:
        if kind in types_of(each):
            return admit(each, value, path, mistakes)
    return _refuse(form, value, path, mistakes)


def _nested(form: Nested, value: object, path: Path, mistakes: Mistakes) -> object:
    kind = type(value)
    if kind is list:
        items = cast("list[object]", value)
        admitted = [
            item if type(item) in _PLAIN else _nested(form, item, (*path, index), mistakes)
            for index, item in enumerate(items)
        ]
        return BROKEN if any(item is BROKEN for item in admitted) else admitted
    if kind is dict:
        return BROKEN if (made := _record(BYTES, value, path, mistakes)) == {} else made
    return value if kind in _PLAIN else _refuse(form, value, path, mistakes)


_PLAIN: Final = frozenset([str, int, float, bool])


def _json(_form: Json, value: object, _path: Path, _mistakes: Mistakes) -> object:
    return value


def _record(form: Record, value: object, path: Path, mistakes: Mistakes) -> object:
    if type(value) is not dict:
        return _refuse(form, value, path, mistakes)
    admitted: dict[str, object] = {}
    by_key = form.by_key
    for key, item in value.items():
        known = by_key.get(key)
        if known is None:
            _unknown_key(form, value, (*path, key), mistakes)
            continue
        made = _ADMIT[type(known.form)](known.form, item, (*path, key), mistakes)
        if made is not BROKEN:
            admitted[key] = made
    for missing in form.required:
        if missing.key not in value and not mistakes.is_broken((*path, missing.key)):
            mistakes.wrong_form(path, f"{missing.key!r} is missing{_in(path)}: {missing.description}")
    if form.one_of:
        _exactly_one(form, value, path, mistakes)
    return admitted


def _in(path: Path) -> str:
    return f" in {path[-1]!r}" if path and isinstance(path[-1], str) else ""


def _unknown_key(form: Record, value: dict[str, object], path: Path, mistakes: Mistakes) -> None:
    key = str(path[-1])
    hint = dict(form.hints).get(key)
    if hint is None:
        known = [each for each in form.by_key if each not in value]
        near = perhaps(key, known)
        if near:
            mistakes.excuse((*path[:-1], near.split("'")[1]))
        hint = near.removeprefix(": ") if near else f"the keys here are {listed(form.by_key)}"
    above, is_cut = path[:-1], mistakes.document.is_cut
    cut = next((each for each, item in value.items() if is_cut((*above, each), item)), None)
    if cut is None:
        mistakes.wrong_form(path, f"unknown key {key!r}: {hint}", at_key=True)
    elif not mistakes.is_broken((*above, cut)):
        mistakes.wrong_form((*above, cut), cut_message(value[cut]))


def cut_message(what: object) -> str:
    """Return the hint for a text that YAML ended at its comma."""
    return f"{shown(what)}: YAML cuts an unquoted text at a comma inside [ ] or {{ }}: put it all in quotes"


def _exactly_one(form: Record, value: dict[str, object], path: Path, mistakes: Mistakes) -> None:
    there = [key for key in form.one_of if key in value]
    if len(there) == 1 or any(mistakes.is_broken((*path, key)) for key in form.one_of):
        return
    found = " and ".join(there) if there else "none"
    mistakes.wrong_form(path, f"exactly one of {listed(form.one_of)} is wanted{_in(path)}, found {found}")


_ADMIT: Final[dict[type, Callable[[Any, object, Path, Mistakes], Any]]] = {
    Text: _text,
    Choice: _choice,
    Const: _const,
    Integer: _integer,
    Number: _number,
    Boolean: _boolean,
    Null: _null,
    ListOf: _list,
    MapOf: _map,
    Either: _either,
    Nested: _nested,
    Json: _json,
    Record: _record,
}
