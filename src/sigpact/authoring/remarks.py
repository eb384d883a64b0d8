"""Remarks as people and programs read them."""

import json
from collections.abc import Sequence

from sigpact.authoring.lint import Remark


def render_text(remarks: Sequence[Remark], files: int) -> str:
    """Return remarks with reason and remedy, and how many there are."""
    blocks = [
        f"{each.span}: {each.id}: {each.message}\n    why     {each.why}\n    client  {each.mend}\n"
        for each in remarks
    ]
    fixable = sum(each.fixable for each in remarks)
    counted = f"{_counted(len(remarks), 'remark')} on {_counted(files, 'contract')}"
    fix = f", {fixable} of which --fix takes out" if fixable else ""
    return "\n".join([*blocks, f"{counted}{fix}"]) + "\n"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def render_json(remarks: Sequence[Remark]) -> str:
    """Return remarks as a JSON list."""
    found = [
        {
            "lint": each.id,
            "file": each.span.file,
            "line": each.span.line,
            "column": each.span.column,
            "path": list(each.path),
            "message": each.message,
            "why": each.why,
            "mend": each.mend,
            "fixable": each.fixable,
        }
        for each in remarks
    ]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
