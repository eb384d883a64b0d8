"""What `sigpact replay` prints."""

import json
from collections.abc import Sequence
from textwrap import indent
from typing import Final

from sigpact.engine.replay import Replayed, State
from sigpact.report.text import harmless

_CODES: Final = {State.FIXED: 0, State.CANNOT_RUN: 3, State.FAILS: 1}


def render_text(replayed: Sequence[Replayed]) -> str:
    """Return for each case a line with its state and what it is, then what came back."""
    return "".join(
        f"{harmless(f'{each.state}  {each.case}  {each.title}')}\n{indent(harmless(each.detail), '  ')}\n"
        for each in replayed
    )


def render_json(replayed: Sequence[Replayed]) -> str:
    """Return the cases as JSON."""
    cases = [
        {"case": each.case, "state": str(each.state), "title": each.title, "detail": each.detail}
        for each in replayed
    ]
    return json.dumps({"replayed": cases}, indent=2) + "\n"


def exit_code(replayed: Sequence[Replayed]) -> int:
    """Return 0 where all are fixed, 1 where one fails, 3 where one cannot run and none fails."""
    states = {each.state for each in replayed}
    return 1 if State.FAILS in states else max((_CODES[each] for each in states), default=3)
