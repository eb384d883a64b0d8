"""`sigpact-waivers.yaml`: breaches that somebody with a name accepts for a time, each by its fingerprint.

A list. A waiver that names no finding, no owner or no reason, that has run out, that reaches over 90 days
ahead, or that matches nothing is a mistake: what is waived must be known and must end.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path as File
from typing import Final

from sigpact.contract.source import Document, read
from sigpact.errors import ConfigurationError, ContractError
from sigpact.findings import Finding, Path, Problem, Span
from sigpact.frozen import frozen
from sigpact.nearest import hint

FILE: Final = "sigpact-waivers.yaml"
MOST_DAYS: Final = 90

_KEYS: Final = {
    "finding": "the fingerprint of a finding: 16 hex digits, as a report prints it",
    "rule": "the finding's rule",
    "client": "the client that the finding is about",
    "model": "the model that the finding is about",
    "version": 'a version, in quotes: "7"',
    "environment": "the name of an environment",
    "owner": "who answers for it: a name or an address",
    "reason": "why it may pass, in a sentence",
    "expires": f"a day, at most {MOST_DAYS} days ahead: 2027-01-31",
}
_REQUIRED: Final = ("finding", "rule", "client", "model", "owner", "reason", "expires")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{16}")


@frozen
class Waiver:
    """One accepted breach. `version` and `environment` narrow it; without them it holds for all."""

    finding: str
    rule: str
    client: str
    model: str
    owner: str
    reason: str
    expires: dt.date
    span: Span
    version: str | None = None
    environment: str | None = None

    def covers(self, finding: Finding, environment: str) -> bool:
        """Whether a finding is the one that is waived, here."""
        return (
            (self.finding, self.rule, self.client, self.model)
            == (finding.fingerprint, finding.rule, finding.client, finding.model)
            and self.version in {None, finding.version}
            and self.environment in {None, environment}
        )


def read_waivers(path: File, today: dt.date) -> tuple[Waiver, ...]:
    """Return the waivers of a file; none where there is no file.

    Raises `ContractError` with all mistakes, those of time among them.
    """
    if not path.exists() or _says_nothing(path):
        return ()
    document = read(path)
    entries = document.tree.data
    if not isinstance(entries, list):
        raise ContractError(
            (Problem(document.span(()), "expected a list of waivers, each begun with a dash"),)
        )
    problems = list(document.problems)
    waivers = []
    for at, entry in enumerate(entries):
        found = list(_mistakes(document, (at,), entry, today))
        problems += found
        if not found and isinstance(entry, Mapping):
            waivers.append(_waiver(document.span((at,)), entry))
    if problems:
        raise ContractError(tuple(problems))
    return tuple(waivers)


def _says_nothing(path: File) -> bool:
    """Whether a file has comments at most, as one that `sigpact waive` will write to."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return False  # reading it says what is wrong
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines)


def unmatched(
    waivers: Iterable[Waiver],
    findings: Sequence[Finding],
    looked_at: frozenset[tuple[str, str]],
    environment: str,
) -> Iterator[Problem]:
    """Yield a mistake for each waiver that no finding needs; `looked_at` has the (model, version)s judged.

    A waiver of what was not looked at may well be needed.
    """
    models = {model for model, _ in looked_at}
    for each in waivers:
        in_scope = (
            each.model in models
            and each.environment in {None, environment}
            and (each.version is None or (each.model, each.version) in looked_at)
        )
        if in_scope and not any(each.covers(finding, environment) for finding in findings):
            told = (
                f"the waiver of {each.rule} ({each.finding}) for {each.client} matches no finding: remove it"
            )
            yield Problem(each.span, told)


def _mistakes(document: Document, path: Path, entry: object, today: dt.date) -> Iterator[Problem]:
    if not isinstance(entry, Mapping):
        yield Problem(
            document.span(path), f"expected a waiver with the keys {', '.join(_REQUIRED)}; found {entry!r}"
        )
        return
    for key in entry:
        if key not in _KEYS:
            yield Problem(document.key_span((*path, key)), f"unknown key {key!r}; {hint(str(key), _KEYS)}")
    for key in _REQUIRED:
        if key not in entry:
            bare = " (a rule alone would waive what nobody has seen)" if key == "finding" else ""
            yield Problem(document.span(path), f"a waiver needs {key!r}: {_KEYS[key]}{bare}")
    for key, value in entry.items():
        if key in _KEYS and (fault := _fault(str(key), value, today)) is not None:
            yield Problem(document.span((*path, str(key))), fault)


def _fault(key: str, value: object, today: dt.date) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return f"{key} is {value!r}; expected {_KEYS[key]}"
    if key == "finding" and not _FINGERPRINT.fullmatch(value):
        return f"finding is {value!r}; expected {_KEYS[key]}"
    return _time_fault(value, today) if key == "expires" else None


def _time_fault(value: str, today: dt.date) -> str | None:
    day = _day(value)
    if day is None:
        return f"expires is {value!r}; expected {_KEYS['expires']}"
    if day <= today:
        return f"the waiver expired on {day}: mend the breach, or waive it anew with a reason"
    if day > today + dt.timedelta(days=MOST_DAYS):
        return f"expires on {day}, {(day - today).days} days ahead; a waiver holds at most {MOST_DAYS} days"
    return None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _waiver(span: Span, entry: Mapping[str, str]) -> Waiver:
    return Waiver(
        finding=entry["finding"],
        rule=entry["rule"],
        client=entry["client"],
        model=entry["model"],
        owner=entry["owner"],
        reason=entry["reason"],
        expires=dt.date.fromisoformat(entry["expires"]),
        span=span,
        version=entry.get("version"),
        environment=entry.get("environment"),
    )


def write_waiver(path: File, waiver: Waiver) -> None:
    """Append a waiver to a file, which is made where there is none. Raises `ConfigurationError`."""
    words = [(key, getattr(waiver, key)) for key in _KEYS]
    lines = [f"{key}: {_quoted(str(value))}" for key, value in words if value is not None]
    entry = "- " + "\n  ".join(lines) + "\n"
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else _HEADER
        gap = "" if before.endswith("\n") else "\n"
        path.write_text(f"{before}{gap}{entry}", encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be written: {error}") from None


_HEADER: Final = (
    f"# Breaches that are accepted for a time. `sigpact waive` adds one; none holds over {MOST_DAYS} days.\n"
)


def _quoted(text: str) -> str:
    import json  # noqa: PLC0415 - only writing needs it

    return json.dumps(text, ensure_ascii=False)
