"""One line of JSON Lines -> what kind of row it is, and its members; a body keeps the text that was sent."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sigpact.contract.mistakes import shown
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


def read_line(target: Target, text: str) -> Tensors | Body:
    """Return what a line holds.

    Raises `RowMistakeError`, `ForeignRowError` for a row of another signature, `RefusedRowError` for one that
    was recorded as refused.
    """
    members = members_of(text)
    if "request" in members:
        return _pair(target, members, text)
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


def _is_body(target: Target, members: Mapping[str, Json]) -> bool:
    """Whether a line without `request` is a body: `{"inputs": {…}}` alone is taken for tensors."""
    if "instances" in members or "examples" in members:
        return True
    if "inputs" not in members or "outputs" in members:
        return False
    inputs = members["inputs"]
    is_bare = not isinstance(inputs, dict) or inputs.keys() == {"b64"}
    return is_bare or (target.is_rest and "signature_name" in members)


def _tensors(target: Target, members: Mapping[str, Json]) -> Tensors:
    _require_known(members, _TENSORS)
    if "signature_name" in members:
        _require_mine(target, members["signature_name"])
    inputs, outputs = members["inputs"], members.get("outputs", {})
    if not isinstance(inputs, dict) or not isinstance(outputs, dict):
        raise RowMistakeError("'inputs' and 'outputs' hold tensors by name")
    return Tensors(inputs, outputs)


def _pair(target: Target, members: Mapping[str, Json], text: str) -> Body:
    _require_known(members, _PAIR)
    request, response = members["request"], members.get("response", {})
    if not isinstance(request, dict) or not isinstance(response, dict):
        raise RowMistakeError("'request' and 'response' are the JSON objects that were sent and answered")
    texts = _texts(text)
    body = _body(target, request, texts["request"], texts.get("response"))
    if response.keys() == {"error"}:
        raise RefusedRowError
    return body


def _body(target: Target, members: Mapping[str, Json], text: str, response: str | None) -> Body:
    _require_mine(target, members.get("signature_name", "") or DEFAULT_SIGNATURE)
    if not target.is_rest:
        raise RowMistakeError(
            'this is a REST body, and the contract is gRPC: write {"inputs": {…}}, or record PredictionLogs'
        )
    if ("examples" in members) != (target.use.verb != "predict"):
        raise ForeignRowError(target.use.name)
    return Body(members, text, response)


def _require_mine(target: Target, name: Json) -> None:
    if not isinstance(name, str):
        raise RowMistakeError("'signature_name' is a text")
    if name != target.use.name:
        raise ForeignRowError(name)


def _require_known(members: Mapping[str, Json], known: tuple[str, ...]) -> None:
    for key in members:
        if key not in known:
            near = nearest(key, [each for each in known if each not in members])
            meant = f"did you mean {near!r}?" if near else "what is no part of the row goes under 'meta'"
            raise RowMistakeError(
                f"unknown key {key!r} beside {' and '.join(k for k in known if k in members)}: {meant}"
            )


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{next(key for key in keys if keys.count(key) > 1)!r} is written twice")
    return made


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique)


def members_of(text: str) -> dict[str, Json]:
    """Return the members of a line. Raises `RowMistakeError`."""
    try:
        found = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at").removesuffix(" starting")
        more = ": one row a line" if error.msg == "Extra data" else ""
        raise RowMistakeError(f"not JSON: {what[:1].lower()}{what[1:]}{more}", error.pos + 1) from None
    except RecursionError:
        raise RowMistakeError("lists and objects are nested too deep") from None
    except ValueError as error:  # a key twice, a number of thousands of digits
        raise RowMistakeError(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise RowMistakeError(f"a row is a JSON object, found {shown(found)}")
    return found


def _texts(text: str) -> dict[str, str]:
    """Return the text of each member of an object that was read."""
    found: dict[str, str] = {}
    at = _skip(text, 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, _skip(text, at))
        start = _skip(text, _skip(text, at) + 1)
        _, at = _DECODER.raw_decode(text, start)
        found[key] = text[start:at]
        at = _skip(text, at)
        at += text[at] == ","
    return found


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()
