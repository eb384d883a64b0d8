"""A report as a badge: a small SVG that says what was asked and what the answer is."""

from typing import Final
from xml.sax.saxutils import escape

from sigpact.findings import Answer
from sigpact.report.model import Report
from sigpact.report.words import xml_text

_COLOURS: Final = {Answer.YES: "#2e7d32", Answer.NO: "#c62828", Answer.UNKNOWN: "#8a6d00"}
"""Each has a contrast of at least 4.5 to white (WCAG 2.1)."""
_CHARACTER: Final = 6.6
"""Pixels of a character at 11 px, on the wide side: a text is squeezed into what is reckoned."""
_SIDE: Final = 8


def render(report: Report) -> str:
    """Return the badge; what was not completed, or not begun for a mistake, is no yes."""
    label = "sigpact" if report.gate is None else f"{report.gate.subject} → {report.gate.environment}"
    broken = report.incomplete is not None or bool(report.problems)
    answer = Answer.UNKNOWN if broken else report.answer
    words = {2: "mistakes", 4: "not completed"}.get(report.exit_code, str(answer))
    if report.gate is not None and report.gate.outcome == "overridden" and not broken:
        words, answer = "overridden", Answer.UNKNOWN
    return _svg(label, words, _COLOURS[answer])


def _svg(label: str, words: str, colour: str) -> str:
    left, right = (round(len(text) * _CHARACTER) + 2 * _SIDE for text in (label, words))
    label, words = escape(xml_text(label), {'"': "&quot;"}), escape(xml_text(words))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img"'
        f' aria-label="{label}: {words}">\n'
        f"  <title>{label}: {words}</title>\n"
        f'  <rect width="{left}" height="20" rx="3" fill="#444"/>\n'
        f'  <rect x="{left - 3}" width="{right + 3}" height="20" rx="3" fill="{colour}"/>\n'
        '  <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">\n'
        f'    <text x="{left / 2:g}" y="14" textLength="{left - 2 * _SIDE}">{label}</text>\n'
        f'    <text x="{left + right / 2:g}" y="14" textLength="{right - 2 * _SIDE}">{words}</text>\n'
        "  </g>\n</svg>\n"
    )
