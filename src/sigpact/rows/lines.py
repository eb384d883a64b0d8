"""One line of JSON Lines -> its members, and what kind of row it is; the text of a body stays as it was sent."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sigpact.nearest import nearest
from sigpact.rows.elements import Json
from sigpact.rows.mistakes import ForeignRowError, RefusedRowError, RowMistakeError
from sigpact.rows.target import Target
from sigpact.wire.server_reads import DEFAULT_SIGNATURE

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_TENSORS: Final = ("inputs", "outputs", "signature_name", "meta")
_PAIR: Final = ("request", "response", "meta")
_BODIES: Final = ("instances", "inputs", "examples")


@dataclass(frozen=True, slots=True)
class Tensors:
    """`{"inputs": {name: value}, "outputs": {name: value}}`: tensors as a contract writes them."""

    inputs: Mapping[str, Json]
    outputs: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Body:
    """A REST body as it was sent, read and as text; `response` is the text of what was answered."""

    content: Mapping[str, Json]
    text: str
    response: str | None = None


@dataclass(frozen=True, slots=True)
class _Member:
    value: Json
    text: str


def read_line(target: Target, text: str) -> Tensors | Body:
    """Return what a line holds.

    Raises `RowMistakeError`, `ForeignRowError` for a row of another signature, `RefusedRowError` for one that
    was recorded as refused.
    """
    members = _members(text)
    if "request" in members:
        return _pair(target, members)
    if _is_body(target, members):
        return _body(target, members, text, None)
    if "inputs" not in members:
        near = [
            f"; did you mean {each!r}?" for key in members if (each := nearest(key, (*_BODIES, "request")))
        ]
        found = ", ".join(members) or "nothing"
        raise RowMistakeError(
            f"a row has 'inputs', 'instances', 'examples' or 'request'; found {found}{''.join(near[:1])}"
        )
    return _tensors(target, members)


def _is_body(target: Target, members: Mapping[str, _Member]) -> bool:
    """Whether a line without `request` is a body: `{"inputs": {…}}` alone is taken for tensors."""
    if "instances" in members or "examples" in members:
        return True
    if "inputs" not in members or "outputs" in members:
        return False
    inputs = members["inputs"].value
    is_bare = not isinstance(inputs, dict) or inputs.keys() == {"b64"}
    return is_bare or (target.is_rest and "signature_name" in members)


def _tensors(target: Target, members: Mapping[str, _Member]) -> Tensors:
    _require_known(members, _TENSORS)
    if "signature_name" in members:
        _require_mine(target, members["signature_name"].value)
    inputs, outputs = (members[key].value if key in members else {} for key in ("inputs", "outputs"))
    for key, each in (("inputs", inputs), ("outputs", outputs)):
        if not isinstance(each, dict):
            raise RowMistakeError(f"{key!r} holds tensors by name")
    return Tensors(inputs, outputs)  # type: ignore[arg-type]  # both are mappings


def _pair(target: Target, members: Mapping[str, _Member]) -> Body:
    _require_known(members, _PAIR)
    request = members["request"]
    if not isinstance(request.value, dict):
        raise RowMistakeError("'request' is the JSON object that was sent")
    response = members.get("response")
    if response is not None and not isinstance(response.value, dict):
        raise RowMistakeError("'response' is the JSON object that was answered")
    inside = _members(request.text)
    body = _body(target, inside, request.text, None if response is None else response.text)
    if response is not None and response.value.keys() == {"error"}:  # type: ignore[attr-defined]  # a mapping
        raise RefusedRowError
    return body


def _body(target: Target, members: Mapping[str, _Member], text: str, response: str | None) -> Body:
    name = members["signature_name"].value if "signature_name" in members else ""
    _require_mine(target, name or DEFAULT_SIGNATURE)
    if not target.is_rest:
        raise RowMistakeError(
            'this is a REST body, and the contract is gRPC: write {"inputs": {…}}, or record PredictionLogs'
        )
    if ("examples" in members) != (target.use.verb != "predict"):
        raise ForeignRowError(target.use.name)
    return Body({key: each.value for key, each in members.items()}, text, response)


def _require_mine(target: Target, name: Json) -> None:
    if not isinstance(name, str):
        raise RowMistakeError("'signature_name' is a text")
    if name != target.use.name:
        raise ForeignRowError(name)


def _require_known(members: Mapping[str, _Member], known: tuple[str, ...]) -> None:
    for key in members:
        if key not in known:
            near = nearest(key, [each for each in known if each not in members])
            meant = f"did you mean {near!r}?" if near else "what is no part of the row goes under 'meta'"
            raise RowMistakeError(
                f"unknown key {key!r} beside {' and '.join(k for k in known if k in members)}: {meant}"
            )


class _TwiceError(ValueError):
    pass


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(f"{next(key for key in keys if keys.count(key) > 1)!r} is written twice")
    return made


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique)


def _members(text: str) -> dict[str, _Member]:
    """Return the members of an object, each with its text. Raises `RowMistakeError`."""
    try:
        return _read_members(text)
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at").removesuffix(" starting")
        raise RowMistakeError(f"not JSON: {what[:1].lower()}{what[1:]}", error.pos + 1) from None
    except _TwiceError as error:
        raise RowMistakeError(str(error)) from None
    except RecursionError:
        raise RowMistakeError("lists and objects are nested too deep") from None
    except ValueError as error:  # a number of thousands of digits
        raise RowMistakeError(f"not JSON: {error}") from None


def _read_members(text: str) -> dict[str, _Member]:
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise json.JSONDecodeError("a row is an object", text, at)
    members: dict[str, _Member] = {}
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}" or members:
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting a name in double quotes", text, at)
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise json.JSONDecodeError("Expecting ':'", text, at)
        start = _skip(text, at + 1)
        value, at = _DECODER.raw_decode(text, start)
        if key in members:
            raise _TwiceError(f"{key!r} is written twice")
        members[key] = _Member(value, text[start:at])
        at = _skip(text, at)
        if text[at : at + 1] != ",":
            break
        at = _skip(text, at + 1)
    if text[at : at + 1] != "}":
        raise json.JSONDecodeError("Expecting ',' or '}'", text, at)
    if _skip(text, at + 1) != len(text):
        raise json.JSONDecodeError("Extra data: one row a line", text, at + 1)
    return members


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()
