"""The gate's part of a report as plain data: `gate` in `report.schema.json`."""

from typing import Any

from sigpact.report.gated import Gated, Override, Row


def gated(gate: Gated) -> dict[str, Any]:
    """Return a decision as plain lists and dicts."""
    return {
        "subject": gate.subject,
        "environment": gate.environment,
        "question": "unload" if gate.unload else "deploy",
        "outcome": str(gate.outcome),
        "answer": str(gate.answer),
        "rows": [_row(each) for each in gate.rows],
        "rollback": [_row(each) for each in gate.earlier],
        "overrides": [_override(each) for each in gate.overrides],
        "head": gate.head or None,
        "ticket": gate.ticket or None,
        "dry_run": gate.dry,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "client": row.client,
        "release": row.release,
        "model": row.model,
        "version": row.version,
        "role": str(row.role),
        "answer": str(row.answer),
        "reason": str(row.reason),
        "blocks": row.blocks,
        "detail": row.detail,
        "act": row.act,
        "owner": row.owner,
        "findings": list(row.findings),
        "request": row.request or None,
        "answers": None if not row.request else {"now": row.now, "before": row.before or None},
    }


def _override(override: Override) -> dict[str, Any]:
    return {
        "id": override.id,
        "subject": override.subject,
        "environment": override.environment,
        "reason": override.reason,
        "ticket": override.ticket,
        "by": override.by,
        "at": override.at,
        "until": override.until,
        "open": override.is_open,
    }
