"""The form of `rest_vectors.jsonl`: one request or answer a line, with what the server's codec made of it."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from sigpact.wire.refusal import Refusal
from sigpact.wire.server_reads import read_request
from sigpact.wire.server_writes import write_answer
from tests.conformance.values import decoded, encoded, same, signature

Case = dict[str, Any]


def outcome(case: Case) -> dict[str, object]:
    """Return what our codec makes of a case, in the form of its `expect`."""
    return _request(case) if case["kind"] == "request" else _answer(case)


def _request(case: Case) -> dict[str, object]:
    return _read(case, list(case["inputs"]))


def _read(case: Case, order: list[str]) -> dict[str, object]:
    wanted = signature({name: case["inputs"][name]["dtype"] for name in order})
    read = read_request(case["text"].encode(errors="surrogatepass"), lambda _: wanted)
    if isinstance(read, Refusal):
        return {"error": str(read)}
    tensors = {name: encoded(value) for name, value in read.tensors.items()}
    return {"format": read.format, "signature_name": read.signature_name, "tensors": tensors}


def _answer(case: Case) -> dict[str, object]:
    outputs = {name: decoded(**spec) for name, spec in _specs(case["outputs"])}
    body = write_answer(case["format"], outputs)
    if isinstance(body, Refusal):
        return {"error": str(body)}
    try:
        return {"json": body.decode()}
    except UnicodeDecodeError:
        return {"json_base64": base64.b64encode(body).decode()}


def _specs(tensors: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, {"dtype": spec["dtype"], "shape": spec["shape"], "elements": spec["values"]})
        for name, spec in tensors.items()
    ]


def difference(case: Case, found: Mapping[str, Any]) -> str | None:
    """Say how an outcome differs from what is expected; `None` where it agrees.

    Errors agree in their status; their wording is for orientation. Bodies are compared as JSON whose
    number tokens count as they are written.
    """
    expected = case["expect"]
    if ("error" in expected) != ("error" in found):
        return f"expected {_brief(expected)}, got {_brief(found)}"
    if "error" in expected:
        agrees = _status(expected) == _status(found) or _status(expected) in _other_statuses(case)
        return None if agrees else f"expected {_status(expected)}, got {_status(found)}"
    if case["kind"] == "request":
        return _different_request(expected, found)
    ours, theirs = tokens(_body(found)), tokens(_body(expected))
    return None if ours == theirs else f"expected {_brief(expected)}, got {_brief(found)}"


def _other_statuses(case: Case) -> set[str]:
    """Return the statuses of a request with each input looked at first.

    Where several inputs are wrong, the server reports the one that its hash table gives first.
    """
    names = list(case.get("inputs", ()))
    orders = ([name, *(other for other in names if other != name)] for name in names)
    return {_status(found) for found in (_read(case, order) for order in orders) if "error" in found}


def _different_request(expected: Mapping[str, Any], found: Mapping[str, Any]) -> str | None:
    for key in ("format", "signature_name"):
        if expected[key] != found[key]:
            return f"{key}: expected {expected[key]!r}, got {found[key]!r}"
    theirs, ours = dict(_specs(expected["tensors"])), dict(_specs(found["tensors"]))
    if theirs.keys() != ours.keys():
        return f"expected tensors {sorted(theirs)}, got {sorted(ours)}"
    for name, wanted in theirs.items():
        if not same(decoded(**ours[name]), decoded(**wanted)):
            return (
                f"{name}: expected {_brief(expected['tensors'][name])}, got {_brief(found['tensors'][name])}"
            )
    return None


def _body(expect: Mapping[str, Any]) -> bytes:
    return (
        base64.b64decode(expect["json_base64"]) if "json_base64" in expect else str(expect["json"]).encode()
    )


def tokens(body: bytes) -> object:
    """Return a body as a tree whose numbers are their tokens, as `("number", text)`."""
    text = body.decode(errors="surrogateescape")
    return json.loads(text, parse_int=_token, parse_float=_token, parse_constant=_token)


def _token(text: str) -> tuple[str, str]:
    return ("number", text)


def _status(expect: Mapping[str, Any]) -> str:
    return str(expect["error"]).partition(":")[0]


def _brief(expect: object) -> str:
    text = json.dumps(expect, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"
