"""A report for a terminal: the matrix first, then who breaks, why, and what to do."""

import json
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from sigpact.findings import Answer, Finding, Level, Verdict, Witness
from sigpact.frozen import replace
from sigpact.report.evidence import counted, sentences
from sigpact.report.kinds import capped
from sigpact.report.model import Report, Rewritten

_WIDTH: Final = 110
_ANSWER: Final = 300
"""Characters of an answer that are shown; the JSON report and the kept case have more."""
_LABEL: Final = 12
_OWN: Final = re.compile(r"(\x1b\[(?:0|1|31|32|33)m)")
"""The colours that `Paint` writes."""
_COLOURS: Final = {
    "yes": "32",
    "no": "31",
    "unknown": "33",
    "error": "31",
    "warning": "33",
    "undecided": "33",
}


class Paint:
    """Wraps words in terminal colours; switched off, it leaves them as they are."""

    def __init__(self, *, on: bool) -> None:
        self._on = on

    def __call__(self, word: str, colour_of: str | None = None) -> str:
        """Return the word in the colour of its meaning."""
        code = _COLOURS.get(colour_of or word.strip("() "))
        return f"\x1b[{code}m{word}\x1b[0m" if self._on and code else word

    def bold(self, word: str) -> str:
        """Return the word in bold."""
        return f"\x1b[1m{word}\x1b[0m" if self._on else word


def render(report: Report, *, colour: bool = False) -> str:
    """Return the whole report as text that ends in a newline; of each kind of finding a few are told."""
    paint = Paint(on=colour)
    conclusion = _conclusion(report, paint)
    report = replace(report, findings=capped(report.findings))
    blocks = [
        "\n".join(map(str, report.problems)),
        "\n".join(_matrix(report, paint)),
        "\n".join(_evidence(report)),
        "\n".join(_not_checked(report)),
        *("\n".join(block) for block in _breaks(report, paint)),
        "\n".join(_minor(report, paint)),
        "\n".join(_notes(report)),
        *map(render_rewritten, report.rewritten),
        conclusion,
    ]
    if report.environment is not None:
        blocks.insert(0, str(report.environment))
    return harmless("\n\n".join(block for block in blocks if block)) + "\n"


def render_findings(findings: Iterable[Finding]) -> str:
    """Return findings alone, without a report around them, for one item of a test run."""
    paint = Paint(on=False)
    return harmless("\n".join(line for each in capped(tuple(findings)) for line in _finding(each, paint)))


def render_rewritten(rewritten: Rewritten) -> str:
    """Return what was rewritten in a file: the difference, as `diff -u` writes it."""
    count = rewritten.answers
    told = f"rewritten: {count} {_plural(count, 'answer')} in {rewritten.file}"
    return harmless(f"{told}; look at the difference, then run again\n{rewritten.diff}")


def harmless(text: str) -> str:
    """Return a text in which nothing steers a terminal but our own colours.

    Names and answers come from exports, and may hold anything. What is not printable is written as JSON
    writes it, so that a request stays the request that it was.
    """
    parts = _OWN.split(text)
    return "".join(part if at % 2 else _escaped(part) for at, part in enumerate(parts))


def _escaped(text: str) -> str:
    # A tab steers nothing, and the difference of a contract in JSON may be full of them.
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(each if each.isprintable() or each in "\n\t" else json.dumps(each)[1:-1] for each in text)


def _matrix(report: Report, paint: Paint) -> Iterator[str]:
    clients = list(dict.fromkeys(each.client for each in report.verdicts))
    rows = list(dict.fromkeys((each.model, each.version) for each in report.verdicts))
    cells = {(each.model, each.version, each.client): _cell(each) for each in report.verdicts}
    if not rows:
        return
    first = max(len(_name(*row)) for row in rows)
    widths = [max(len(client), len("(unknown)")) for client in clients]
    if first + sum(widths) + 2 * len(widths) > _WIDTH:
        yield from _listed(report, paint)
        return
    yield "  ".join(
        [" " * first, *(f"{client:{width}}" for client, width in zip(clients, widths, strict=True))]
    ).rstrip()
    for model, version in rows:
        words = [cells.get((model, version, client), "-") for client in clients]
        painted = [
            paint(f"{word:{width}}", word.strip("()")) for word, width in zip(words, widths, strict=True)
        ]
        yield "  ".join([f"{_name(model, version):{first}}", *painted]).rstrip()
    if any(each.status == "pending" for each in report.verdicts):
        yield "(in brackets: the contract is pending; reported, does not block)"


def _listed(report: Report, paint: Paint) -> Iterator[str]:
    """Yield a line for each verdict, where a table would be too wide."""
    width = max(len(_name(each.model, each.version)) for each in report.verdicts)
    for each in report.verdicts:
        yield f"{_name(each.model, each.version):{width}}  {paint(_cell(each), each.verdict)}  {each.client}"


def _cell(verdict: Verdict) -> str:
    return f"({verdict.verdict})" if verdict.status == "pending" else str(verdict.verdict)


def _name(model: str, version: str) -> str:
    return f"{model}@{version}" if version else model


def _evidence(report: Report) -> Iterator[str]:
    """Yield a line for each version, what was compared and run for all of its clients, and what of each."""
    versions: dict[tuple[str, str], list[Verdict]] = {}
    for each in report.verdicts:
        versions.setdefault((each.model, each.version), []).append(each)
    for (model, version), verdicts in versions.items():
        yield f"{_name(model, version)}: {counted([each.evidence for each in verdicts])}"
        said: dict[str, list[str]] = {}
        for each in verdicts:
            for sentence in sentences(each.evidence):
                said.setdefault(sentence, []).append(each.client)
        for sentence, clients in said.items():
            whose = "" if len(clients) == len(verdicts) else f"{', '.join(clients)}: "
            yield f"  {whose}{sentence}"


def _not_checked(report: Report) -> Iterator[str]:
    """Yield what nothing looked at, by client; a version is named where it was so for that version alone."""
    versions: dict[str, set[str]] = {}
    clauses: dict[tuple[str, str], list[str]] = {}
    for verdict in report.verdicts:
        name = _name(verdict.model, verdict.version)
        versions.setdefault(verdict.client, set()).add(name)
        for clause in verdict.not_checked:
            clauses.setdefault((verdict.client, clause), []).append(name)
    if clauses:
        yield "Not checked:"
    for client in dict.fromkeys(client for client, _ in clauses):
        said = [
            clause if set(names) == versions[client] else f"{clause} ({', '.join(names)})"
            for (whose, clause), names in clauses.items()
            if whose == client
        ]
        yield from _wrapped(f"  {client}: ", "; ".join(said))


def _breaks(report: Report, paint: Paint) -> Iterator[Iterator[str]]:
    serious = [each for each in report.findings if each.level in {Level.ERROR, Level.UNDECIDED}]
    for client, model, version in dict.fromkeys((each.client, each.model, each.version) for each in serious):
        chosen = [
            each for each in serious if (each.client, each.model, each.version) == (client, model, version)
        ]
        yield _break(report, chosen, paint)


def _break(report: Report, findings: list[Finding], paint: Paint) -> Iterator[str]:
    first = findings[0]
    verdict = next(
        each
        for each in report.verdicts
        if (each.client, each.model, each.version) == (first.client, first.model, first.version)
    )
    word = paint(_cell(verdict), str(verdict.verdict))
    owner = f"  (owner: {first.owner})" if first.owner else ""
    yield f"{paint.bold(_pair(verdict))}: {word}{owner}"
    shown: str | None = None
    for finding in findings:
        yield from _finding(finding, paint, shown)
        shown = finding.witness.request if finding.witness else shown


def _finding(finding: Finding, paint: Paint, shown: str | None = None) -> Iterator[str]:
    """Yield one finding; `shown` is the request that the finding before it has shown already."""
    where = f" in {finding.signature}" if finding.signature else ""
    yield f"  {paint(str(finding.level))} {paint.bold(finding.rule)}{where}  {finding.span}"
    yield from field("", finding.message)
    yield from field("expected", finding.expected)
    yield from field("received", finding.received)
    yield from field("why", finding.why)
    if finding.witness is not None:
        yield from _witness(finding.witness, shown)
    yield from field("model team", finding.mend_model)
    yield from field("client", finding.mend_client)


def _witness(witness: Witness, shown: str | None) -> Iterator[str]:
    if witness.request == shown:
        yield from field("request", "the same as above")
    else:
        yield from field("request", witness.curl or witness.request, wrap=False)
        yield from field("answer", _cut(witness.answer), wrap=False)
    if witness.case is not None:
        yield from field("replay", f"sigpact replay {witness.case}")


def _cut(answer: str) -> str:
    return answer if len(answer) <= _ANSWER else f"{answer[:_ANSWER]}… ({len(answer):,} characters)"


def field(label: str, text: str, *, wrap: bool = True) -> Iterator[str]:
    """Yield one labelled paragraph, if there is one; what is to be copied to a shell is never wrapped."""
    if not text:
        return
    start = f"    {label:{_LABEL}}"
    if not wrap:
        yield from (
            start + line if not at else " " * len(start) + line for at, line in enumerate(text.split("\n"))
        )
        return
    yield from _wrapped(start if label else "    ", text)


def _wrapped(start: str, text: str) -> list[str]:
    lines = textwrap.wrap(text, _WIDTH - len(start), break_long_words=False, break_on_hyphens=False) or [""]
    return [start + lines[0], *(" " * len(start) + line for line in lines[1:])]


def _minor(report: Report, paint: Paint) -> Iterator[str]:
    """Yield warnings and advice, a line each, once for all versions that they are about."""
    lines: dict[tuple[str, str, str, str], list[str]] = {}
    for each in report.findings:
        if each.level in {Level.WARNING, Level.ADVICE}:
            key = (str(each.span), str(each.level), each.rule, each.message)
            lines.setdefault(key, []).append(_name(each.model, each.version))
    for (span, level, rule, message), versions in lines.items():
        yield f"{span}: {paint(level)} {rule}: {message} ({', '.join(versions)})"


def _notes(report: Report) -> Iterator[str]:
    for version in report.versions:
        if version.note:
            yield f"{_name(version.model, version.version)}: {version.note}"
    for client, file, day in report.expired:
        yield f"{client}: the contract expired on {day} and no longer binds ({file})"
    yield from report.notes


def _conclusion(report: Report, paint: Paint) -> str:
    if report.incomplete is not None:
        return f"not completed: {report.incomplete}"
    if report.problems:
        count = len(report.problems)
        return f"{count} {'mistake' if count == 1 else 'mistakes'} in contracts; mend them first"
    blocking = [
        each for each in report.verdicts if each.status == "active" and each.verdict is not Answer.YES
    ]
    if report.rewritten and not blocking:
        return f"{paint('no')}: examples were rewritten"
    scope = "" if report.scope == "full" else " (static: signatures compared, nothing run)"
    if not blocking:
        return f"{paint(str(report.answer))}: {_summary(report)}{scope}"
    told = [
        f"{paint(str(answer))}: {', '.join(names)}"
        for answer in (Answer.UNKNOWN, Answer.NO)
        if (names := [_pair(each) for each in blocking if each.verdict is answer])
    ]
    return "\n".join(told) + scope


def _pair(verdict: Verdict) -> str:
    return f"{verdict.client} with {_name(verdict.model, verdict.version)}"


def _summary(report: Report) -> str:
    active = [each for each in report.verdicts if each.status == "active"]
    if not active:
        return "no active contract was checked"
    clients = len({each.client for each in active})
    versions = len({(each.model, each.version) for each in active})
    return (
        f"{clients} {_plural(clients, 'client')}, {versions} {_plural(versions, 'version')}, nothing breaks"
    )


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
