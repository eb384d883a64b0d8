"""The snippets of a page: what they are, what they are run by, and what they must print.

A page is one session in one project. A fence's first word says what it is, its title where it goes:

- `console`: commands after `$`, each with what it prints; `…` stands for what is left out, of a line or of
  lines. The title `exit code 1` is that of the last command, the others end with 0.
- any, with a path as its title: that file of the project, written when it is reached; a contract must load, a
  `pyproject.toml` be read.
- `yaml`, titled `in a signature` or `at the top`: a part of a contract, put into one that must load then.
- `python` without a title is run; `text` is read by people.

A comment `<!-- $ command -->` is run and not shown.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from sigpact.contract.load import load
from sigpact.engine.options import configured

ROOT: Final = Path(__file__).parents[2]
KINDS: Final = ("console", "yaml", "toml", "python", "json", "text")
_BLOCK: Final = re.compile(
    r'^(?P<in> *)```(?P<kind>\w*)(?: title="(?P<title>[^"]*)")?\n(?P<text>.*?)^(?P=in)```$'
    r"|^<!-- (?P<hidden>\$ .*?) -->$",
    re.MULTILINE | re.DOTALL,
)
_INCLUDED: Final = re.compile(r'^--8<-- "(.*)"$', re.MULTILINE)
_CODE: Final = re.compile(r"exit code (\d)")
_SIGNATURE: Final = {
    "inputs": {"title": {"dtype": "text", "shape": ["batch"], "maxLength": 120}},
    "outputs": {
        "genre": {"dtype": "text", "shape": ["batch"]},
        "confidence": {"dtype": "number", "shape": ["batch"]},
    },
}
"""What a part of a signature may speak of without saying it."""
_SIGNATURES: Final = {
    "get_genre": _SIGNATURE,
    "embed": {"inputs": _SIGNATURE["inputs"], "outputs": {"embedding": {"dtype": "number"}}},
    "get_genre_from_embedding": {
        "inputs": {"embedding": {"dtype": "number"}},
        "outputs": {"genre": {"dtype": "text"}},
    },
}
_CONTRACT: Final = {"contract": 1, "client": "app", "model": "genre", "signatures": _SIGNATURES}


@dataclass(frozen=True)
class Block:
    """One fence: its first word, its title, its text without the page's indentation, its line."""

    kind: str
    title: str
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """One command of a console block, what it prints, and its exit code; hidden ones print what they like."""

    words: str
    output: str | None
    code: int


def blocks(page: str) -> Iterator[Block]:
    """Yield the blocks of a page, in order."""
    for match in _BLOCK.finditer(page):
        line = page.count("\n", 0, match.start()) + 1
        if match["hidden"]:
            yield Block("hidden", "", match["hidden"].removeprefix("$ "), line)
            continue
        indent = len(match["in"])
        text = "".join(
            each[indent:] if each.strip() else each for each in match["text"].splitlines(keepends=True)
        )
        yield Block(match["kind"], match["title"] or "", _INCLUDED.sub(_file, text), line)


def _file(match: re.Match[str]) -> str:
    return (ROOT / match[1]).read_text(encoding="utf-8").rstrip("\n")


def commands(block: Block) -> Iterator[Command]:
    """Yield the commands of a console block; a line that ends in a backslash goes on in the next."""
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not parts[0].strip(), f"line {block.line}: a console block begins with `$ `"
    code = _CODE.fullmatch(block.title)
    for at, part in enumerate(parts[1:], start=1):
        lines = part.splitlines()
        words = [lines.pop(0)]
        while words[-1].endswith("\\"):
            words.append(lines.pop(0))
        last = at == len(parts) - 1
        yield Command("\n".join(words), "\n".join(lines).rstrip(), int(code[1]) if code and last else 0)


def differs(expected: str, got: str) -> bool:
    """Whether what was printed is not what the page shows, `…` standing for anything."""
    lines = [each.rstrip() for each in expected.splitlines()]
    pattern = "".join(r"(?:.*\n)*?" if each == "…" else _line(each) + r"\n" for each in lines)
    printed = "".join(f"{each.rstrip()}\n" for each in got.rstrip().splitlines())
    return re.fullmatch(pattern, printed) is None


def _line(text: str) -> str:
    return r"[^\n]*?".join(map(re.escape, text.split("…")))


class Project:
    """A folder in which the blocks of one page run, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        binaries = folder.parent / "bin"
        binaries.mkdir(exist_ok=True)
        for name, module in (("python", ""), ("sigpact", "-m sigpact"), ("pytest", "-m pytest")):
            file = binaries / name
            file.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n', encoding="utf-8")
            file.chmod(0o755)
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        self.environment = os.environ | {
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": path,
            "COLUMNS": "100",
            "NO_COLOR": "1",
        }

    def run(self, block: Block) -> None:
        """Do what a block says. Raises `AssertionError` where something else comes of it."""
        match block.kind:
            case "hidden":
                self._command(Command(block.text, None, 0), block.line)
            case "console":
                for each in commands(block):
                    self._command(each, block.line)
            case "yaml" if block.title in {"in a signature", "at the top"}:
                self.part(block)
            case _ if block.title:
                self._write(block)
            case "python":
                self._command(Command(f"python - <<'PYTHON'\n{block.text}\nPYTHON", None, 0), block.line)
            case _:
                assert block.kind == "text", f"line {block.line}: a block that nothing runs, {block.kind!r}"

    def _command(self, command: Command, line: int) -> None:
        done = subprocess.run(
            ["bash", "-c", command.words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        # What stands on standard error beside a report is progress, which a terminal does not keep.
        printed = done.stdout or done.stderr
        told = f"line {line}: $ {command.words}\nexit code {done.returncode}, it printed:\n{printed}"
        assert done.returncode == command.code, told
        assert command.output is None or not differs(command.output, printed), told

    def _write(self, block: Block) -> None:
        file = self.folder / block.title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")
        if ".contract." in file.name:
            load(str(file))
        elif file.name == "pyproject.toml":
            assert configured(self.folder).file, f"line {block.line}: nothing in it is for sigpact"
        elif file.suffix in {".yml", ".yaml"}:
            assert isinstance(yaml.safe_load(block.text), dict | list), f"line {block.line}: it is no YAML"

    def part(self, block: Block) -> None:
        """Put a part into a contract, where it says nothing of what the contract already says."""
        said = yaml.safe_load(block.text)
        whole = _CONTRACT | said
        if block.title == "in a signature":
            whole = _CONTRACT | {"signatures": {"get_genre": _SIGNATURE | said}}
        file = self.folder / f"line-{block.line}.contract.yaml"
        file.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), encoding="utf-8")
        load(str(file))
        file.unlink()
