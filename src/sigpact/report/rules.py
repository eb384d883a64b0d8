"""The catalogue of rules for a person: `sigpact rules`, `sigpact explain RULE`."""

import json
from collections.abc import Mapping

from sigpact.errors import ConfigurationError
from sigpact.nearest import nearest
from sigpact.rules.registry import PARTS, Rule

Known = Mapping[str, Rule]
"""Everything that is documented as a rule is, by id."""


def render_text(known: Known) -> str:
    """Return a line for each rule."""
    width = max(map(len, known))
    lines = [f"{each.id:{width}}  {each.found_by:8}{each.title}" for each in known.values()]
    return "\n".join([*lines, "", "sigpact explain RULE says more."]) + "\n"


def render_json(known: Known) -> str:
    """Return all rules with their documentation, as JSON."""
    return json.dumps([_as_data(each) for each in known.values()], indent=2) + "\n"


def explain(name: str, known: Known) -> str:
    """Return a rule's documentation. Raises `ConfigurationError`, with the nearest id, if there is none."""
    found = _found(name, known)
    parts = [f"{heading}\n{_indented(found.parts[heading])}" for heading in PARTS]
    return "\n\n".join([f"{found.id}: {found.title}", *parts]) + "\n"


def explain_json(name: str, known: Known) -> str:
    """Return one rule as JSON. Raises as `explain` does."""
    return json.dumps(_as_data(_found(name, known)), indent=2) + "\n"


def _found(name: str, known: Known) -> Rule:
    found = known.get(name)
    if found is None:
        near = nearest(name, known)
        told = f"did you mean {near!r}?" if near else "`sigpact rules` lists them"
        raise ConfigurationError(f"there is no rule {name!r}; {told}")
    return found


def _as_data(rule: Rule) -> dict[str, object]:
    return {"id": rule.id, "found_by": rule.found_by, "title": rule.title, "parts": rule.parts}


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.split("\n"))
