"""What all renderers say alike: the answer in a sentence, and texts that XML cannot carry as they are."""

from typing import Final

from sigpact.findings import Answer
from sigpact.report.gated import Gated, Outcome, Override
from sigpact.report.model import Report

OUTCOMES: Final = {
    Outcome.SATISFIED: "every client that can reach it is satisfied",
    Outcome.BROKEN: "it breaks a client that works today",
    Outcome.UNKNOWN: "not all that is demanded was shown",
    Outcome.NO_CONTRACT: "no contract was found, so nothing was checked",
    Outcome.NOTHING_SELECTED: "no active contract binds it, so nothing was checked",
    Outcome.NOTHING_DEPLOYED: "no version of the model is live there, so nothing was checked",
    Outcome.FIRST_VERSION: "every client is satisfied; nothing was live to compare with",
    Outcome.OVERRIDDEN: "it was let through by hand, with a reason on record",
}
_UNLOADED: Final = {
    Outcome.SATISFIED: "nobody needs it",
    Outcome.BROKEN: "somebody reaches no other version",
    Outcome.UNKNOWN: "nobody knows whether somebody reaches it",
}


def sentence(report: Report) -> str:
    """Return the answer in one sentence."""
    if report.incomplete is not None:
        return f"not completed: {report.incomplete}"
    if report.problems:
        count = len(report.problems)
        return f"{count} {'mistake' if count == 1 else 'mistakes'} to mend first"
    if report.gate is not None:
        return gate_sentence(report.gate)
    counts = dict.fromkeys(Answer, 0)
    for each in report.verdicts:
        counts[each.verdict] += each.status == "active"
    told = ", ".join(f"{count} {answer}" for answer, count in counts.items() if count)
    return f"{report.answer}: {told or 'nothing was checked'}"


def gate_sentence(gate: Gated) -> str:
    """Return a gate's decision in one sentence."""
    reason = OUTCOMES[gate.outcome]
    if gate.unload:
        told = _UNLOADED.get(gate.outcome, reason)
        return f"{gate.answer}: {gate.subject} out of {gate.environment}: {told}"
    if gate.outcome is Outcome.BROKEN and any(
        row.blocks and row.reason == "first-break" for row in gate.rows
    ):
        reason = "it breaks a client, and nothing was live before it"
    return f"{gate.answer}: {gate.subject} to {gate.environment}: {reason}"


def overridden(override: Override) -> str:
    """Return in a sentence who opened which gate by hand, until when and why."""
    until = f"open until {override.until}" if override.is_open else f"ran out {override.until}, not closed"
    told = f"{override.id} of {override.subject} by {override.by}, {until}"
    return f"override {told}: {override.reason} ({override.ticket})"


def xml_text(text: str) -> str:
    """Return a text with the characters that XML 1.0 cannot carry written as escapes."""
    return "".join(each if _in_xml(each) else each.encode("unicode_escape").decode() for each in text)


def _in_xml(character: str) -> bool:
    code = ord(character)
    return (
        character in "\t\n\r"
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )
