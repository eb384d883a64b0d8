"""The reference pages, made from what they describe each time the site is built: none of them is kept.

`pages` is all of them; `hooks` hands them to MkDocs.
"""

from pathlib import Path

from docs.generate import commands, language, published, report, rules, settings

ROOT = Path(__file__).parents[2]


def pages() -> dict[str, str]:
    """Return the text of each page by its path below `docs/`."""
    return {
        "reference/language.md": language.page(),
        "reference/rules.md": rules.page(),
        "reference/commands.md": commands.page(),
        "reference/settings.md": settings.page(),
        "reference/report.md": report.page(),
        "found.md": published.page(ROOT / "examples" / "published"),
    }
