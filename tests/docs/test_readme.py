"""What README and pages say of commands, options and keys is so; the pages' snippets are run beside this."""

import argparse
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from docs.generate import pages
from sigpact.cli import command_line
from sigpact.contract.load import load
from tests.docs.snippets import ROOT, Block, Project, blocks

README = ROOT / "README.md"
TEXTS = [README, *sorted((ROOT / "docs").rglob("*.md"))]
FOREIGN = {"--enable_batching", "--enable_signature_method_name_check", "--all", "--out"}
"""Flags of TensorFlow Serving, of saved_model_cli, of the examples' own commands."""


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and all below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from parsers(each)


def readme(kind: str) -> list[Block]:
    """Return the README's blocks of a kind without their indentation; one is a comment for editors alone."""
    found = [each for each in blocks(README.read_text(encoding="utf-8")) if each.kind == kind]
    said = [Block(kind, each.title, textwrap.dedent(each.text), each.line) for each in found]
    return [each for each in said if yaml.safe_load(each.text)] if kind == "yaml" else said


@pytest.mark.parametrize("file", TEXTS, ids=lambda each: str(each.relative_to(ROOT)))
def test_every_command_that_is_named_is_there(file: Path) -> None:
    """In a sentence, a table or a block."""
    known = {each.prog.removeprefix("sigpact").strip() for each in parsers(command_line())}
    named = re.findall(r"(?:`|^|\$ |\| )sigpact ([a-z]+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= known


@pytest.mark.parametrize("file", TEXTS, ids=lambda each: str(each.relative_to(ROOT)))
def test_every_option_that_is_named_is_there(file: Path) -> None:
    """Of some command, or of pytest."""
    actions = [action for each in parsers(command_line()) for action in each._actions]
    known = {option for action in actions for option in action.option_strings}
    known |= set(re.findall(r"`(--sigpact-[a-z-]+)", pages()["reference/commands.md"]))
    named = re.findall(r"(?<![\w-])--[a-z][a-z_-]+", file.read_text(encoding="utf-8"))
    assert set(named) - FOREIGN <= known


@pytest.mark.parametrize("block", readme("yaml"), ids=lambda each: f"line {each.line}")
def test_the_readmes_contracts_load(block: Block, tmp_path: Path) -> None:
    """Whole ones, and parts in their place."""
    said = yaml.safe_load(block.text)
    if "contract" in said:
        file = tmp_path / "whole.contract.yaml"
        file.write_text(block.text, encoding="utf-8")
        load(str(file))
        return
    top = {"relations", "signatures"} & set(said)
    (tmp_path / "project").mkdir()
    Project(tmp_path / "project").part(
        Block("yaml", "at the top" if top else "in a signature", block.text, block.line)
    )


@pytest.mark.parametrize("block", readme("toml"), ids=lambda each: f"line {each.line}")
def test_the_readmes_settings_are_read(block: Block, tmp_path: Path) -> None:
    """By what reads a project's."""
    (tmp_path / "project").mkdir()
    Project(tmp_path / "project").run(Block("toml", "pyproject.toml", block.text, block.line))
