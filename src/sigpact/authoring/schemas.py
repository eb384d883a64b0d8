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
    whose = f"Client {contract.client} of model {models}, signature {use.name}: {spoken(client_kind(contract, use))}."
    head: Schema = {"$schema": dialect, "$id": _name(contract, use, part), "title": made.pop("title")}
    owner = f" Owner: {contract.owner}." if contract.owner else ""
    described = _described(made, {each.name: each for each in tensors})
    return _text({**head, "description": f"{whose}{owner} {_REST}", **described})



def _name(contract: Contract, use: SignatureUse, part: str) -> str:
    """Return a name, not an address: nothing is to be fetched."""
    parts = (contract.client, "+".join(contract.models), use.name, part)
    return "urn:sigpact:" + ":".join(quote(each, safe="") for each in parts)


def _described(schema: Schema, tensors: dict[str, Tensor]) -> Schema:
    """Return a body's schema with a description at each tensor.

    Bare values are told at the key of the body.
    """
    properties = schema["properties"]
    made = {}
    for key, each in properties.items() if isinstance(properties, dict) else ():
        found = _in_content(each, tensors) if key != "signature_name" else each
        bare = len(tensors) == 1 and found == each and key != "signature_name"
        made[key] = {"description": _said(next(iter(tensors.values()))), **each} if bare else found
    return schema | {"properties": made}


def _in_content(content: object, tensors: dict[str, Tensor]) -> object:
    match content:
        case {"properties": {**properties}}:
            told = {
                name: {"description": _said(tensors[name]), **each} if isinstance(each, dict) and name in tensors else each
                for name, each in properties.items()
            }
            return {**content, "properties": told}
        case {"items": inner}:
            return {**content, "items": _in_content(inner, tensors)}
        case _:
            return content


def _said(tensor: Tensor) -> str:
    """Say what a contract declares that no keyword tells."""
    optional = "" if tensor.optional is None else "; not always sent"
    return f"{tensor.name}: {' or '.join(tensor.dtypes)}, shape {tensor.shape}{optional}"


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
