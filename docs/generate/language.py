"""The language reference, from `contract.fields`: a section for each record, a row for each key."""

import json
from typing import Final

from docs.generate.markdown import code, listed, table
from sigpact.contract.fields import ROOT
from sigpact.contract.forms import (
    Choice,
    Either,
    Field,
    Form,
    ListOf,
    MapOf,
    Nested,
    Record,
    expected,
    records,
)

_MANY: Final = 12
"""So many words are written out; of more, what the form says of them."""
_BEGIN: Final = """\
# The contract language

Every key of `*.contract.yaml`, `.yml` and `.json`, made from the table that sigpact itself reads contracts
by. [Writing contracts](../writing.md) shows them at work. A key that is not here is a mistake, told with the
nearest right word. Keys in **bold** must be there.

`sigpact check` tells all mistakes of a file at once, each with its line. Scalars are those of YAML 1.2: `no`
is a text, `1e-5` a number.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([_BEGIN, *map(_section, records(ROOT))])


def _section(record: Record) -> str:
    rows = [_row(each) for each in record.fields]
    choice = f"One of {listed(record.one_of)} must be there, and only one.\n" if record.one_of else ""
    heads = ("key", "value", "means", "default", "for example")
    return "\n".join([f"## {record.name}\n", *([choice] if choice else []), table(heads, rows)])


def _row(field: Field) -> tuple[str, str, str, str, str]:
    key = f"**{code(field.key)}**" if field.required else code(field.key)
    default = "" if field.default is None else code(_written(field.default))
    return key, value(field.form), field.description, default, listed(map(_written, field.examples))


def _written(found: object) -> str:
    return json.dumps(found, ensure_ascii=False)


def value(form: Form) -> str:
    """Return what may stand as a value, in words that link to the records they name."""
    match form:
        case Record(name=name):
            return f"[{name}](#{name.lower()})"
        case ListOf(item=item) if not isinstance(item, Nested):
            return f"{expected(form)}: {value(item)}"
        case MapOf(item=item):
            return f"by name: {value(item)}"
        case Either(forms=forms):
            return " or ".join(map(value, forms))
        case Choice(words=words) if len(words) <= _MANY:
            return listed(words)
        case _:
            return expected(form)
