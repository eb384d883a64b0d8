"""Every command and snippet of the pages is run, and prints what the page shows."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.snippets import KINDS, ROOT, Block, Project, blocks, commands, differs

PAGES = sorted(each for each in (ROOT / "docs").rglob("*.md"))
RUNNING = re.compile(r"\b(verify|gate|replay|pytest|two-sided|examples)\b")
WITHOUT = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None,
    reason="TensorFlow is not installed: pip install 'sigpact[tensorflow]'",
)


def told(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page's file."""
    return blocks(page.read_text(encoding="utf-8"))


def name(page: Path) -> str:
    """Return a page's path below the project."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_fence_is_of_a_kind_that_is_looked_at(page: Path) -> None:
    """A fence without a known word would be passed over; so would one that is never closed."""
    text = page.read_text(encoding="utf-8")
    fences = re.findall(r"^ *```(\w*)", text, re.MULTILINE)
    assert set(fences[::2]) <= set(KINDS)
    assert len(fences) == 2 * sum(each.kind != "hidden" for each in blocks(text))


@pytest.mark.tensorflow
@WITHOUT
@pytest.mark.parametrize("page", [each for each in PAGES if any(told(each))], ids=name)
def test_a_page_is_a_session_that_goes_as_it_says(page: Path, project: Project) -> None:
    """Its files are written, its contracts load, its commands print what it shows."""
    for each in told(page):
        project.run(each)


def test_what_is_printed_is_compared_line_by_line() -> None:
    """`…` stands for a part of a line or for lines; all else must be there."""
    assert not differs("a\n…\nz", "a\nb\nc\nz\n")
    assert not differs("a\n…\nz", "a\nz\n")
    assert not differs("took … s", "took 12 s\n")
    assert differs("a\nz", "a\nb\nz\n")
    assert differs("took … s", "took 12 ms\n")
    assert differs("a…", "b\na\n")
    assert differs("", "something\n")


def test_a_console_block_is_read_command_by_command() -> None:
    """Each with its lines; the code in the title is that of the last."""
    block = Block("console", "exit code 1", "$ one \\\n  more\nprinted\n$ two\n", 1)
    first, second = commands(block)
    assert (first.words, first.output, first.code) == ("one \\\n  more", "printed", 0)
    assert (second.words, second.output, second.code) == ("two", "", 1)


@pytest.mark.parametrize(
    "block",
    [
        Block("console", "", "$ echo something else\nsomething\n", 1),
        Block("console", "exit code 1", "$ true\n", 1),
        Block("yaml", "in a signature", "inputz: {}\n", 1),
        Block("yaml", "x.contract.yaml", "contract: 2\n", 1),
        Block("toml", "pyproject.toml", "[tool.sigpact]\nroes = 1\n", 1),
        Block("python", "", "raise SystemExit(1)\n", 1),
        Block("", "", "anything\n", 1),
        Block("yaml", "", "contract: 1\n", 1),
    ],
    ids=lambda each: f"{each.kind} {each.title}",
)
def test_a_snippet_that_is_wrong_is_noticed(block: Block, tmp_path: Path) -> None:
    """Whatever its kind."""
    folder = tmp_path / "project"
    folder.mkdir()
    with pytest.raises(Exception):  # noqa: B017, PT011 - an assertion or sigpact's own error, by kind
        Project(folder).run(block)
