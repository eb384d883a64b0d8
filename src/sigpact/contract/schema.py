"""The JSON Schema (draft 2020-12) of contracts, made from the table of fields, for editors and others."""

import json
from pathlib import Path as File
from typing import Any, Final

from sigpact.contract.fields import ROOT
from sigpact.contract.forms import (
    BYTES,
    Boolean,
    Choice,
    Const,
    Either,
    Field,
    Form,
    Integer,
    ListOf,
    MapOf,
    Nested,
    Null,
    Number,
    Record,
    Text,
    records,
)

FILE: Final = File(__file__).with_name("contract.schema.json")
"""The schema as it is shipped."""
MODELINE: Final = f"# yaml-language-server: $schema={FILE.name}"
"""The first line of a contract beside which the schema lies: editors then complete, explain and warn."""

Schema = dict[str, Any]


def schema() -> Schema:
    """Return the schema of a contract."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sigpact contract, version 1",
        **_schema(ROOT),
        "$defs": {each.name: _record(each) for each in records(ROOT)} | {"value": _nested()},
    }


def text() -> str:
    """Return the schema as the file in the package holds it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def write() -> None:
    """Write the schema into the package."""
    FILE.write_text(text(), encoding="utf-8")


def _schema(form: Form) -> Schema:
    match form:
        case Record(name=name):
            return {"$ref": f"#/$defs/{name}"}
        case Nested():
            return {"$ref": "#/$defs/value"}
        case Either(forms=forms):
            return {"anyOf": [_schema(each) for each in forms]}
        case ListOf(item=item, least=least, most=most):
            return {"type": "array", "items": _schema(item), **_said(minItems=least or None, maxItems=most)}
        case MapOf(item=item, least=least):
            return {
                "type": "object",
                "additionalProperties": _schema(item),
                "propertyNames": {"minLength": 1},
                **_said(minProperties=least or None),
            }
        case _:
            return _plain(form)


def _plain(form: Form) -> Schema:
    made: Schema = {}
    match form:
        case Text(least=least, pattern=pattern):
            made = {"type": "string", **_said(minLength=least or None, pattern=pattern)}
        case Choice(words=words):
            made = {"enum": list(words)}
        case Const(value=value):
            made = {"const": value}
        case Integer(least=least, most=most):
            made = {"type": "integer", **_said(minimum=least, maximum=most)}
        case Number(least=least, above=above, most=most):
            made = {"type": "number", **_said(minimum=least, exclusiveMinimum=above, maximum=most)}
        case Boolean():
            made = {"type": "boolean"}
        case Null():
            made = {"type": "null"}
    return made


def _said(**keywords: object) -> Schema:
    return {key: value for key, value in keywords.items() if value is not None}


def _nested() -> Schema:
    plain = {"type": ["number", "string", "boolean"]}
    lists = {"type": "array", "items": {"$ref": "#/$defs/value"}}
    return {"anyOf": [plain, lists, {"$ref": f"#/$defs/{BYTES.name}"}]}


def _record(record: Record) -> Schema:
    made: Schema = {
        "type": "object",
        "properties": {each.key: _property(each) for each in record.fields},
        "additionalProperties": False,
    }
    if record.required:
        made["required"] = [each.key for each in record.required]
    if record.one_of:
        made["oneOf"] = [{"required": [key]} for key in record.one_of]
    return made


def _property(field: Field) -> Schema:
    made = {**_schema(field.form), "description": field.description}
    if field.examples:
        made["examples"] = list(field.examples)
    if field.default is not None:
        made["default"] = field.default
    return made


if __name__ == "__main__":
    write()
