"""What one contract at one version came to, as plain data for a `result` record of the store, and back."""

from collections.abc import Mapping
from typing import Any

from sigpact.contract.model import Contract
from sigpact.engine.selection import Binding
from sigpact.engine.verdicts import Part
from sigpact.findings import Evidence, Finding, Level, Members, Shown, Span, Timing, Witness
from sigpact.report.data import evidence as evidence_data
from sigpact.report.data import finding as finding_data


class NotStoredError(ValueError):
    """The data is none that a gate wrote."""


def part_data(part: Part) -> dict[str, Any]:
    """Return a part as plain data. Which contract and version it is about is the record's to say."""
    home = _home(part.binding.contract)
    return {
        "findings": [
            {
                **finding_data(each),
                "change": each.change,
                "file": None if each.span.file == home else each.span.file,
            }
            for each in part.findings
        ],
        "evidence": evidence_data(part.evidence),
        "not_checked": list(part.not_checked),
        "checked": part.checked,
    }


def rebound(part: Part, binding: Binding) -> Part:
    """Return a part for another contract of the same content: with its client's file in the places."""
    return part if part.binding is binding else part_of(part_data(part), binding)


def part_of(data: Mapping[str, Any], binding: Binding) -> Part:
    """Return the part of a binding; findings point into the contract as it lies now.

    Raises `NotStoredError` where the data is of another form.
    """
    try:
        return Part(
            binding,
            tuple(_finding(each, binding) for each in data["findings"]),
            evidence(data["evidence"]),
            tuple(map(str, data["not_checked"])),
            data["checked"] is True,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotStoredError(f"{type(error).__name__}: {error}") from None


def _finding(data: Mapping[str, Any], binding: Binding) -> Finding:
    witness = data["witness"]
    return Finding(
        rule=data["rule"],
        level=Level(data["level"]),
        client=data["client"],
        owner=data["owner"],
        model=data["model"],
        version=data["version"],
        signature=data["signature"],
        at=tuple(data["at"]),
        change=data["change"],
        span=_span(data, binding.contract),
        message=data["message"],
        expected=data["expected"],
        received=data["received"],
        why=data["why"],
        mend_model=data["mend"]["model"],
        mend_client=data["mend"]["client"],
        witness=None if witness is None else Witness(*(witness[key] for key in _WITNESS)),
    )


_WITNESS = ("request", "answer", "curl", "case")


def _span(data: Mapping[str, Any], contract: Contract) -> Span:
    """Return the place in the contract as it lies here: the same content may lie in another folder."""
    return Span(data["file"] or _home(contract), int(data["line"]), int(data["column"]))


def _home(contract: Contract) -> str:
    """Return what the spans of a contract call its file: of a release, the release and the path in it."""
    return contract.span(()).file


def evidence(data: Mapping[str, Any]) -> Evidence:
    """Return what a verdict rests on. Raises `KeyError`, `TypeError`, `ValueError` for another form."""
    return Evidence(
        proved=int(data["proved"]),
        rows=tuple((str(kind), int(count)) for kind, count in data["rows"].items()),
        through_rest=int(data["through_rest"]),
        seed=data["seed"],
        notes=tuple(map(str, data["notes"])),
        shown=tuple(map(_shown, data["signatures"])),
        timings=tuple(map(_timing, data["timings"])),
    )


def _shown(data: Mapping[str, Any]) -> Shown:
    """Return what rows showed. Of answers and members only counts were kept: numbers stand for them."""
    found = data["boundaries"]
    return Shown(
        data["signature"],
        int(data["answered"]),
        frozenset(range(int(data["distinct_answers"]))),
        tuple(
            Members(each["output"], frozenset(range(int(each["seen"]))), int(each["of"]))
            for each in data["enum_members"]
        ),
        None if found is None else (int(found["sent"]), int(found["of"])),
        tuple(map(str, data["examples_only"])),
    )


def _timing(data: Mapping[str, Any]) -> Timing:
    other = data["against"]
    return Timing(
        data["signature"],
        int(data["batch"]),
        int(data["calls"]),
        tuple((each["name"], each["ms"], each["low"], each["high"]) for each in data["percentiles"]),
        float(data["noise"]),
        None if other is None else (other["version"], other["ratio"], other["low"], other["high"]),
    )
