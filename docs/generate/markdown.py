"""Markdown: what the pages are put together from."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a cell may hold any text."""
    lines = [list(heads), ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def code(text: str) -> str:
    """Return a text in the type of code, whatever backticks it holds."""
    if "`" in text:
        return f"`` {text} ``"
    return f"`{text}`" if text else ""


def listed(texts: Iterable[str]) -> str:
    """Return texts in the type of code, with commas between."""
    return ", ".join(map(code, texts))


def fence(text: str, kind: str = "text") -> str:
    """Return a block of code."""
    return f"```{kind}\n{text.rstrip()}\n```\n"
