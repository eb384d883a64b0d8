"""The catalogue of rules for a person: `sigpact rules`, `sigpact explain RULE`."""

import json

from sigpact.errors import ConfigurationError
from sigpact.nearest import nearest
from sigpact.rules.registry import PARTS, Rule, catalogue


def render_text() -> str:
    """Return a line for each rule."""
    rules = catalogue().values()
    width = max(len(each.id) for each in rules)
    lines = [f"{each.id:{width}}  {each.found_by:8}{each.title}" for each in rules]
    return "\n".join([*lines, "", "sigpact explain RULE says more."]) + "\n"


def render_json() -> str:
    """Return all rules with their documentation, as JSON."""
    return json.dumps([_as_data(each) for each in catalogue().values()], indent=2) + "\n"


def explain(name: str) -> str:
    """Return a rule's documentation. Raises `ConfigurationError`, with the nearest id, if there is none."""
    found = _found(name)
    parts = [f"{heading}\n{_indented(found.parts[heading])}" for heading in PARTS]
    return "\n\n".join([f"{found.id}: {found.title}", *parts]) + "\n"


def explain_json(name: str) -> str:
    """Return one rule as JSON. Raises as `explain` does."""
    return json.dumps(_as_data(_found(name)), indent=2) + "\n"


def _found(name: str) -> Rule:
    found = catalogue().get(name)
    if found is None:
        near = nearest(name, catalogue())
        told = f"did you mean {near!r}?" if near else "`sigpact rules` lists them"
        raise ConfigurationError(f"there is no rule {name!r}; {told}")
    return found


def _as_data(rule: Rule) -> dict[str, object]:
    return {"id": rule.id, "found_by": rule.found_by, "title": rule.title, "parts": rule.parts}


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.split("\n"))
