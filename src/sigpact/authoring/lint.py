"""`lint`: a contract -> remarks, in file order; `fixed`: its text without what is superfluous."""

import re
from collections.abc import Iterable
from typing import Final

from sigpact.authoring.fmt import laid_out_without
from sigpact.authoring.lints.registry import Lint, Noticed, Subject, catalogue
from sigpact.contract.build import build
from sigpact.contract.scope import as_data
from sigpact.contract.source import Document
from sigpact.findings import Path, Span
from sigpact.frozen import frozen

_ALLOW: Final = re.compile(r"#\s*sigpact: allow ([a-z-]+(?:, *[a-z-]+)*)")
"""`# sigpact: allow name-generated, owner-missing`, and whatever reason follows."""


@frozen
class Remark:
    """One thing that could be better: the lint, its place, and what was seen."""

    lint: Lint
    path: Path
    span: Span
    message: str
    fixable: bool = False

    @property
    def id(self) -> str:
        """The id of the lint."""
        return self.lint.rule.id

    @property
    def why(self) -> str:
        """Why it matters, in one paragraph."""
        return " ".join(self.lint.rule.parts["Why it breaks"].split())

    @property
    def mend(self) -> str:
        """What the client team can do."""
        return self.lint.rule.mend[1]


def lint(document: Document) -> tuple[Remark, ...]:
    """Return what could be better in a contract. Raises `ContractError` where it is no valid one."""
    contract = build(document)
    subject = Subject(contract, as_data(document.tree.data))
    found = [
        _remark(document, each, noticed) for each in catalogue().values() for noticed in each.check(subject)
    ]
    allowed = _allowed(document)
    heard = (each for each in found if not _is_allowed(document, each, allowed))
    return tuple(sorted(heard, key=lambda each: (each.span, each.id, each.message)))


def _remark(document: Document, found: Lint, noticed: Noticed) -> Remark:
    fixable = noticed.superfluous
    return Remark(found, noticed.path, document.span(noticed.path), noticed.message, fixable)


def _is_allowed(document: Document, remark: Remark, allowed: set[tuple[int, str]]) -> bool:
    """Whether its line allows a remark, or that of something it stands in: `fmt` may break a line in two."""
    around = (document.span(remark.path[:depth]).line for depth in range(1, len(remark.path)))
    return any((line, remark.id) in allowed for line in (remark.span.line, *around))


def _allowed(document: Document) -> set[tuple[int, str]]:
    """Return the lines, with the lints that a comment on them, or alone above them, allows."""
    lines = document.text.split("\n")
    found: set[tuple[int, str]] = set()
    waiting: list[str] = []
    for number, line in enumerate(lines, start=1):
        match = _ALLOW.search(line)
        said = re.split(", *", match[1]) if match else []
        if line.strip().startswith("#"):
            waiting += said
            continue
        found |= {(number, each) for each in (*waiting, *said)}
        waiting = []
    return found


def fixed(document: Document, remarks: Iterable[Remark]) -> str:
    """Return the text in the layout of `fmt`, without what the remarks call superfluous.

    Raises `ContractError` as `fmt.formatted` does.
    """
    return laid_out_without(document, {each.path for each in remarks if each.fixable})
