"""The form of `peer_cases.json`: the server's own unit tests as data (its `conventions` explain it)."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

from sigpact.wire.inference import (
    Feature,
    InferenceRequest,
    read_inference,
    write_classifications,
    write_regressions,
)
from sigpact.wire.refusal import Refusal
from sigpact.wire.server_reads import ReadRequest, read_request
from sigpact.wire.server_writes import error_body, write_answer
from tests.conformance.values import decoded, encoded, same, signature
from tests.conformance.vectors import tokens

Case = dict[str, Any]
_DTYPES = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16"}
_NOT_FINITE = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}


def applies(case: Case) -> bool:
    """Whether a case is about bodies; the others need a server, its model and its URLs."""
    return case["direction"] in {"request", "response"} and case.get("status", {}).get("code") != "OK"


def outcome(case: Case) -> dict[str, Any]:
    """Return what our codec makes of a case, in the form of its `expect`."""
    match case["direction"], case["api"]:
        case "request", "predict":
            return _told(_read(case))
        case "request", _:
            return _told(read_inference(_text(case)))
        case _, "predict":
            return _told(write_answer(case["format"], _outputs(case)))
        case _, "classify":
            results = [[(each["label"].encode(), each["score"]) for each in row] for row in case["result"]]
            return _told(write_classifications(results))
        case _, "regress":
            return _told(write_regressions([float(each) for each in case["result"]]))
        case _:
            return _told(error_body(case["status"]["message"]))


def _text(case: Case) -> bytes:
    if "json" in case:
        return str(case["json"]).encode()
    parts = (part.get("text") or part["repeat"] * part["count"] for part in case["json_parts"])
    return "".join(parts).encode()


def _read(case: Case) -> ReadRequest | Refusal:
    wanted = signature({name: _dtype(spec["dtype"]) for name, spec in case["inputs"].items()})
    return read_request(_text(case), lambda _: wanted)


def _dtype(written: str) -> str:
    return _DTYPES.get(written, written.removeprefix("DT_").lower())


def _outputs(case: Case) -> Any:
    return {name: _tensor(spec) for name, spec in case["outputs"].items()}


def _tensor(spec: Mapping[str, Any]) -> Any:
    values = [_NOT_FINITE.get(each, each) if isinstance(each, str) else each for each in spec["values"]]
    return decoded(_dtype(spec["dtype"]), spec["shape"], values)


def _told(result: ReadRequest | InferenceRequest | bytes | Refusal) -> dict[str, Any]:
    match result:
        case Refusal(status=status, message=message):
            return {"error": {"code": status, "message": message}}
        case bytes():
            return {"ok": True, "json": result.decode()}
        case ReadRequest():
            tensors = {name: encoded(value) for name, value in result.tensors.items()}
            return {
                "ok": True,
                "format": result.format,
                "signature_name": result.signature_name,
                "tensors": tensors,
                "n_inputs": len(tensors),
            }
        case InferenceRequest():
            return {
                "ok": True,
                "signature_name": result.signature_name,
                "examples": [_features(each) for each in result.examples],
                "context": None if result.context is None else _features(result.context),
            }


def _features(example: Mapping[str, Feature]) -> dict[str, Any]:
    return {
        name: {"kind": f"{each.kind}_list", "values": [_element(value) for value in each.values]}
        for name, each in example.items()
    }


def _element(value: float | bytes) -> float | str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    names = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return value if math.isfinite(value) else names[str(value)]


def difference(case: Case, found: Mapping[str, Any]) -> str | None:
    """Say how an outcome differs from what is expected; `None` where it agrees."""
    expected = case["expect"]
    if "error" in expected or "error" in found:
        return _different_error(expected, found)
    if "json" in expected:
        by_text = case["expect"].get("compare") == "json with all numbers kept as strings"
        theirs, ours = _document(expected["json"], by_text=by_text), _document(found["json"], by_text=by_text)
        return None if theirs == ours else f"expected {theirs}, got {ours}"
    for key, wanted in expected.items():
        agrees = _same_tensors(wanted, found[key]) if key == "tensors" else wanted == found[key]
        if not agrees:
            return f"{key}: expected {wanted}, got {found[key]}"
    return None


def _different_error(expected: Mapping[str, Any], found: Mapping[str, Any]) -> str | None:
    if "error" not in expected or "error" not in found:
        return f"expected {expected}, got {found}"
    wanted, got = expected["error"], found["error"]
    agrees = wanted["code"] == got["code"] and wanted.get("substring", "") in got["message"]
    return None if agrees else f"expected {wanted}, got {got}"


def _document(body: str, *, by_text: bool) -> object:
    return tokens(body.encode()) if by_text else json.loads(body)


def _same_tensors(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    if wanted.keys() != found.keys():
        return False
    return all(
        same(decoded(found[name]["dtype"], found[name]["shape"], found[name]["values"]), _tensor(spec))
        for name, spec in wanted.items()
    )
