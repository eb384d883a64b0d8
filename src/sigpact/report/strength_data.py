"""A `Strength` as JSON, in the form that `strength.schema.json` publishes."""

import json
from typing import Any, Final

from sigpact.report.strength import Addition, Measured, Strength, Tried

FORM: Final = 1
"""The version of the form; it grows when something is renamed or removed, not when something is added."""


def render(strength: Strength) -> str:
    """Return the report as JSON text that ends in a newline."""
    return json.dumps(as_data(strength), ensure_ascii=True, indent=2) + "\n"


def as_data(strength: Strength) -> dict[str, Any]:
    """Return the report as plain lists and dicts."""
    return {
        "strength": FORM,
        "exit_code": strength.exit_code,
        "at_least": strength.at_least,
        "noticed": sum(each.noticed for each in strength.contracts),
        "of": sum(each.counted for each in strength.contracts),
        "contracts": [_measured(each) for each in strength.contracts],
        "problems": [
            {
                "file": each.span.file,
                "line": each.span.line,
                "column": each.span.column,
                "message": each.message,
            }
            for each in strength.problems
        ],
        "notes": list(strength.notes),
    }


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        "client": measured.client,
        "model": measured.model,
        "version": measured.version or None,
        "file": measured.file,
        "status": measured.status,
        "noticed": measured.noticed,
        "of": measured.counted,
        "rows": measured.rows,
        "unknown": measured.unknown,
        "changes": [_tried(each) for each in measured.tried],
        "notes": list(measured.notes),
    }


def _tried(tried: Tried) -> dict[str, Any]:
    return {
        "mutation": tried.mutation,
        "harm": tried.harm.name.lower(),
        "signature": tried.signature,
        "at": list(tried.at),
        "what": tried.what,
        "outcome": str(tried.outcome),
        "by": tried.by or None,
        "clause": None if tried.clause is None else _clause(tried.clause),
    }


def _clause(clause: Addition) -> dict[str, Any]:
    return {
        "under": list(clause.path),
        "text": clause.text,
        "file": clause.span.file,
        "line": clause.span.line,
        "column": clause.span.column,
        "note": clause.note or None,
    }
