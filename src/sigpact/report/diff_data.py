"""A `Diff` as JSON, in the form that `diff.schema.json` publishes."""

import json
from typing import Any, Final

from sigpact.clients.profile import as_data as environment_data
from sigpact.report.data import told
from sigpact.report.difference import ContractMet, Diff, Met, SignatureDiff, Witnessed

FORM: Final = 1
"""The version of the form; it grows when something is renamed or removed, not when something is added."""


def render(diff: Diff) -> str:
    """Return the comparison as JSON text that ends in a newline."""
    return json.dumps(as_data(diff), ensure_ascii=True, indent=2) + "\n"


def as_data(diff: Diff) -> dict[str, Any]:
    """Return the comparison as plain lists and dicts."""
    return {
        "diff": FORM,
        "old": diff.old,
        "new": diff.new,
        "environment": environment_data(diff.environment),
        "same": diff.is_same,
        "verdict": diff.verdict,
        "exit_code": diff.exit_code,
        "unloadable": diff.unloadable,
        "unread": diff.unread,
        "signatures": [_signature(each) for each in diff.signatures],
        "equal": list(diff.equal),
        "contracts": None if diff.contracts is None else [_contract(each) for each in diff.contracts],
        "notes": list(diff.notes),
    }


def _signature(signature: SignatureDiff) -> dict[str, Any]:
    return {
        "name": signature.name,
        "changes": [
            {
                "at": list(each.at),
                "change": each.change,
                "message": each.message,
                "old": each.old,
                "new": each.new,
            }
            for each in signature.changes
        ],
        "clients": [_met(each) for each in signature.clients],
    }


def _met(met: Met) -> dict[str, Any]:
    return {
        "client": met.client,
        "verdict": met.verdict,
        "why": list(met.why),
        "reasons": [
            {
                "rule": each.rule,
                "verdict": each.verdict,
                "level": None if each.level is None else str(each.level),
                "who": each.who,
                "message": each.message,
                "why": each.why,
            }
            for each in met.reasons
        ],
        "ran": met.ran,
        "witness": None if met.witness is None else _witness(met.witness),
    }


def _witness(witness: Witnessed) -> dict[str, Any]:
    return {
        "request": witness.request,
        "old": witness.old,
        "new": witness.new,
        "old_token": list(witness.old_token),
        "new_token": list(witness.new_token),
    }


def _contract(met: ContractMet) -> dict[str, Any]:
    return {
        "client": met.client,
        "owner": met.owner,
        "file": met.file,
        "status": met.status,
        "verdict": met.verdict,
        "already": met.already,
        "ran": met.ran,
        "witness": None if met.witness is None else _witness(met.witness),
        "findings": [told(each) for each in met.findings],
    }
