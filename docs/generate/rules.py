"""Every rule and lint, from their catalogue: what `sigpact explain` prints, on one page."""

from typing import Final

from docs.generate.markdown import code, fence, table
from sigpact.authoring.lints.registry import documented
from sigpact.rules.registry import PARTS, Rule

_BEGIN: Final = """\
# Rules

What sigpact can find, made from the rules themselves; `sigpact explain RULE` prints the same. An id never
changes its meaning: waivers and reports go by it. *reading* finds it in the export alone (`sigpact check`),
*running* takes `sigpact verify`, *linting* is `sigpact lint`, of the contract alone.
"""
_EXAMPLE: Final = "Example"


def page() -> str:
    """Return the page."""
    rules = documented().values()
    rows = [(f"[{code(each.id)}](#{each.id})", each.found_by, each.title) for each in rules]
    return "\n".join([_BEGIN, table(("rule", "found by", "finds"), rows), *map(_section, rules)])


def _section(rule: Rule) -> str:
    parts = rule.parts
    told = [
        f"**{heading}**\n\n{fence(parts[heading]) if heading == _EXAMPLE else parts[heading]}\n"
        for heading in PARTS
    ]
    return "\n".join([f"## {rule.id}\n", f"{rule.title}\n", *told])
