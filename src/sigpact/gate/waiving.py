"""`waive`: from a finding that a gate told to a waiver. The last report is kept: a mark is enough."""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sigpact.errors import ConfigurationError
from sigpact.findings import Span
from sigpact.gate.waivers import MOST_DAYS, Waiver
from sigpact.report.data import render
from sigpact.report.model import Report

LAST: Final = ".sigpact/gate.json"
"""The report of the last gate that ran here."""
_DAYS: Final = 30
_WORDS: Final = ("fingerprint", "rule", "client", "model", "level")


def remember(report: Report, file: Path = Path(LAST)) -> None:
    """Keep a report for `sigpact waive`; where it cannot be written, `--from` takes another."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(render(report), encoding="utf-8")
    except OSError:
        return


def waive(source: Path, mark: str, words: tuple[str, str, str | None], today: dt.date) -> Waiver:
    """Return the waiver of a finding in a report; `words` are owner, reason and the last day, if said.

    Raises `ConfigurationError` where there is no such report, no such breach in it, or a word is wrong.
    """
    owner, reason, day = words
    if not owner.strip() or not reason.strip():
        raise ConfigurationError("--owner and --reason may not be empty: somebody answers for a waiver")
    report = _report(source)
    found = _finding(report, mark, source)
    gate = report.get("gate")
    return Waiver(
        finding=found["fingerprint"],
        rule=found["rule"],
        client=found["client"],
        model=found["model"],
        owner=owner.strip(),
        reason=" ".join(reason.split()),
        expires=_until(day, today),
        span=Span(str(source), 1, 1),
        environment=gate["environment"] if isinstance(gate, Mapping) else None,
    )


def _until(day: str | None, today: dt.date) -> dt.date:
    latest = today + dt.timedelta(days=MOST_DAYS)
    if day is None:
        return today + dt.timedelta(days=_DAYS)
    try:
        found = dt.date.fromisoformat(day)
    except ValueError:
        raise ConfigurationError(f"--expires {day!r} is no day; write it as {latest}") from None
    if not today < found <= latest:
        raise ConfigurationError(
            f"--expires {day}: a waiver ends after today and by {latest} ({MOST_DAYS} days)"
        )
    return found


def _report(source: Path) -> Mapping[str, Any]:
    try:
        report = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"no report at {source} ({error.strerror}): run `sigpact gate` first, or name one with --from"
        ) from None
    except ValueError as error:
        raise ConfigurationError(f"{source} is no JSON report: {error}") from None
    if not isinstance(report, Mapping) or not _has_findings(report.get("findings")):
        raise ConfigurationError(f"{source} is no report as `--format json` writes it")
    return report


def _has_findings(found: object) -> bool:
    return isinstance(found, list) and all(
        isinstance(each, Mapping) and all(isinstance(each.get(key), str) for key in _WORDS) for each in found
    )


def _finding(report: Mapping[str, Any], mark: str, source: Path) -> Mapping[str, Any]:
    breaches = [each for each in report["findings"] if each["level"] == "error"]
    chosen = [each for each in breaches if each["fingerprint"].startswith(mark)] if mark else []
    marks = sorted({each["fingerprint"] for each in chosen})
    if len(marks) == 1:
        found: Mapping[str, Any] = chosen[0]
        return found
    there = (
        ", ".join(f"{each['fingerprint']} ({each['rule']}, {each['client']})" for each in breaches) or "none"
    )
    told = "is the beginning of several" if marks else "is none"
    raise ConfigurationError(f"{mark!r} {told} of the breaches in {source}; there is {there}")
