"""The JSON report, from its JSON Schema: a section for each kind of object, a row for each key."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import sigpact
from docs.generate.markdown import code, listed, table

SCHEMA: Final = Path(sigpact.__file__).parent / "report" / "report.schema.json"
_BEGIN: Final = """\
# The JSON report

What `--format json` and `--report json=FILE` write, made from the JSON Schema that is in the package
(`sigpact/report/report.schema.json`) and that tests hold every report against. All keys are always there.
"""
Schema = Mapping[str, Any]


def page() -> str:
    """Return the page."""
    whole = json.loads(SCHEMA.read_text(encoding="utf-8"))
    sections = [_section(name, each) for name, each in _objects("report", whole)]
    words = [(code(name), _value(each), each.get("description", "")) for name, each in _words(whole)]
    told = f"## Words\n\n{table(('name', 'value', 'means'), words)}"
    return "\n".join([_BEGIN, *sections, told])


def _objects(name: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield every schema of an object with the name of its section, those inside one another too."""
    if "properties" in schema:
        yield name, schema
        for key, each in schema["properties"].items():
            yield from _objects(f"{name}.{key}", each)
    for key, each in schema.get("$defs", {}).items():
        yield from _objects(key, each)


def _words(whole: Schema) -> Iterator[tuple[str, Schema]]:
    for name, each in whole["$defs"].items():
        if "properties" not in each:
            yield name, each


def _section(name: str, schema: Schema) -> str:
    rows = [
        (code(key), _value(each), each.get("description", "")) for key, each in schema["properties"].items()
    ]
    return f"## {name}\n\n{table(('key', 'value', 'means'), rows)}"


def _value(schema: Schema) -> str:
    """Return what a value is, in words."""
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return " or ".join(map(_value, schema[key]))
    if "$ref" in schema:
        return code(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return listed(map(_written, schema["enum"]))
    if "const" in schema:
        return code(_written(schema["const"]))
    kinds = schema.get("type", "any")
    told = kinds if isinstance(kinds, str) else " or ".join(kinds)
    inside = schema.get("items", schema.get("additionalProperties"))
    return f"{told} of {_value(inside)}" if isinstance(inside, dict) else told


def _written(found: object) -> str:
    return found if isinstance(found, str) else json.dumps(found)
