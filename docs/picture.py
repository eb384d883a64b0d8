"""The picture of a terminal in the README: what `sigpact verify` says of two versions of the demo.

    make demo && .venv/bin/python -m docs.picture

Text stays text: it can be selected, searched and read aloud.
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sigpact.engine.options import Options
from sigpact.engine.verify import verify
from sigpact.report import text
from sigpact.runtime.backend import TensorFlowBackend

FILE: Final = Path(__file__).with_name("verify.svg")
CONTRACTS: Final = ("contracts/mobile-app",)
MODELS: Final = ("build/models/genre/2", "build/models/genre/4")
COMMAND: Final = f"$ sigpact verify {' '.join(CONTRACTS)} --models {' '.join(MODELS)}"
_CODE: Final = re.compile(r"\x1b\[(\d+)m")
_CLASSES: Final = {"1": "b", "31": "r", "32": "g", "33": "y"}
_ADVANCE: Final = 7.83
"""The width of a character at 13 px, by the widest of the fonts named."""
_LINE: Final = 18
_EDGE: Final = 20
_STYLE: Final = """\
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
text { fill: #d6dbe0; white-space: pre }
.b { font-weight: 700 } .r { fill: #ff7b72 } .g { fill: #7ee787 } .y { fill: #e3b341 }"""


def printed() -> str:
    """Return what `COMMAND` prints on a terminal; it takes seconds, and TensorFlow."""
    report = verify(CONTRACTS, MODELS, Options(), TensorFlowBackend, lambda _: None)
    return text.render(report, colour=True)


def drawn(output: str) -> str:
    """Return a terminal's text, colours as ANSI codes, as SVG."""
    lines = [COMMAND, *output.rstrip("\n").split("\n")]
    wide = max(len(_CODE.sub("", line)) for line in lines)
    width, height = round(2 * _EDGE + wide * _ADVANCE), 2 * _EDGE + len(lines) * _LINE
    rows = [
        f'<text x="{_EDGE}" y="{_EDGE + 13 + at * _LINE}" xml:space="preserve">{"".join(_spans(line))}</text>'
        for at, line in enumerate(lines)
        if line
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>{html.escape(COMMAND)}</title>",
            f"<style>\n{_STYLE}\n</style>",
            f'<rect width="{width}" height="{height}" rx="10" fill="#14181d"/>',
            *rows,
            "</svg>\n",
        ]
    )


def _spans(line: str) -> Iterator[str]:
    """Yield the parts of a line, each in its colour."""
    plain, *rest = _CODE.split(line)
    yield html.escape(plain)
    for code, part in zip(rest[::2], rest[1::2], strict=True):
        told = html.escape(part)
        if told:
            yield f'<tspan class="{_CLASSES[code]}">{told}</tspan>' if code in _CLASSES else told


if __name__ == "__main__":
    FILE.write_text(drawn(printed()), encoding="utf-8")
