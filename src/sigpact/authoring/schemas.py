"""The JSON Schemas of a signature's bodies, as a client team takes them: with `$id` and descriptions."""

import json
from typing import Final
from urllib.parse import quote

from sigpact.clients.bodies import answer_schema, request_schema
from sigpact.clients.body_elements import Schema
from sigpact.clients.kinds import client_kind, spoken
from sigpact.contract.model import Contract, SignatureUse, Tensor

_REST: Final = "What JSON Schema cannot say (equal lengths, holds, sums) is sigpact verify's to check."


def body_schema(contract: Contract, use: SignatureUse, part: str) -> str:
    """Return the schema of a `request` or an `answer` as JSON text.

    Raises `ConfigurationError` for a gRPC client.
    """
    made = (request_schema if part == "request" else answer_schema)(contract, use)
    tensors = (*use.inputs, *use.context) if part == "request" else use.outputs
    dialect = made.pop("$schema")
    models = ", ".join(contract.models)
    how = spoken(client_kind(contract, use))
    whose = f"Client {contract.client} of model {models}, signature {use.name}: {how}."
    head: Schema = {"$schema": dialect, "$id": _name(contract, use, part), "title": made.pop("title")}
    owner = f" Owner: {contract.owner}." if contract.owner else ""
    described = _described(made, {each.name: each for each in tensors})
    return _text({**head, "description": f"{whose}{owner} {_REST}", **described})


def _name(contract: Contract, use: SignatureUse, part: str) -> str:
    """Return a name, not an address: nothing is to be fetched."""
    parts = (contract.client, "+".join(contract.models), use.name, part)
    return "urn:sigpact:" + ":".join(quote(each, safe="") for each in parts)


def _described(schema: Schema, tensors: dict[str, Tensor]) -> Schema:
    """Return a body's schema with a description at each tensor; of a bare one, at the key of the body."""
    properties = _mapping(schema["properties"])
    made: Schema = {}
    for key, each in properties.items():
        found = _in_content(each, tensors)
        is_bare = found == each and len(tensors) == 1 and key != "signature_name"
        made[key] = _with(each, next(iter(tensors.values()))) if is_bare else found
    return schema | {"properties": made}


def _in_content(content: object, tensors: dict[str, Tensor]) -> object:
    """Return what stands under a key, with descriptions where objects hold the tensors."""
    match _mapping(content):
        case {"properties": properties, **rest}:
            told = {
                name: _with(each, tensors[name]) if name in tensors else each
                for name, each in _mapping(properties).items()
            }
            return {**rest, "properties": told}
        case {"items": inner, **rest}:
            return {**rest, "items": _in_content(inner, tensors)}
        case _:
            return content


def _with(schema: object, tensor: Tensor) -> Schema:
    return {"description": _said(tensor), **_mapping(schema)}


def _mapping(schema: object) -> Schema:
    return {str(key): each for key, each in schema.items()} if isinstance(schema, dict) else {}


def _said(tensor: Tensor) -> str:
    """Say what a contract declares that no keyword tells."""
    optional = "" if tensor.optional is None else "; not always sent"
    return f"{tensor.name}: {' or '.join(tensor.dtypes)}, shape {tensor.shape}{optional}"


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
