"""The picture in the README shows what `sigpact verify` says today."""

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from docs.picture import COMMAND, FILE, drawn, printed
from tests.docs.snippets import ROOT

WITHOUT = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None,
    reason="TensorFlow is not installed: pip install 'sigpact[tensorflow]'",
)
BY_PROCESSOR = re.compile(r"\d+(\.\d+)?|[0-9a-f]{12}")
"""Scores, counts and what is named by them may differ in the last digit from one processor to the next."""


def lines(svg: str) -> list[str]:
    """Return the lines of text of a picture."""
    found = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - it is our own
    return ["".join(each.itertext()) for each in found]


def test_it_is_drawn_line_by_line_in_its_colours() -> None:
    """A word's colour is its class; markup in a text stays text."""
    svg = drawn("a \x1b[31mno\x1b[0m <b>\n\nend\n")
    assert lines(svg) == [COMMAND, "a no <b>", "end"]
    assert '<tspan class="r">no</tspan>' in svg


@pytest.mark.tensorflow
@WITHOUT
def test_it_is_what_the_command_prints(genre: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made anew, it has the same lines; `python -m docs.picture` draws it."""
    assert genre.is_dir()
    monkeypatch.chdir(ROOT)
    kept, now = FILE.read_text(encoding="utf-8"), drawn(printed())
    assert [BY_PROCESSOR.sub("0", each) for each in lines(kept)] == [
        BY_PROCESSOR.sub("0", each) for each in lines(now)
    ]
