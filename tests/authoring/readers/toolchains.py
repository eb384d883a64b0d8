"""Compilers and grammars from npm and PyPI, in `build/toolchains`: fetched once.

A test is skipped with a reason where one is not to be had.
"""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "build" / "toolchains"
GRAMMAR = ("tree-sitter==0.26.1", "tree-sitter-swift==0.7.4")
VERSIONS = {"typescript": "7.0.2", "kotlin-compiler": "2.4.20"}


@cache
def _missing(package: str) -> str | None:
    """Fetch a package, and return why it is not there."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    version = VERSIONS[package]
    folder = FOLDER / f"{package}-{version}"
    if (folder / "ready").exists():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text("{}", encoding="utf-8")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", f"{package}@{version}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [each for each in done.stderr.splitlines() if each.strip()]
        return f"npm cannot install {package} {version}: {lines[0] if lines else done.returncode}"
    (folder / "ready").touch()
    return None


def package(name: str, *programs: str) -> Path:
    """Return the folder of an npm package; skip the test where it, or a program to run it, is missing."""
    absent = [each for each in programs if shutil.which(each) is None]
    if absent:
        pytest.skip(f"{', '.join(absent)} is not installed")
    reason = _missing(name)
    if reason is not None:
        pytest.skip(reason)
    return FOLDER / f"{name}-{VERSIONS[name]}" / "node_modules" / name


@cache
def _no_grammar() -> str | None:
    """Fetch Swift's grammar, and return why it is not there."""
    if not (FOLDER / "grammar" / "ready").exists():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--only-binary=:all:", "--target"]
        done = subprocess.run(
            [*pip, FOLDER / "grammar", *GRAMMAR], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return f"pip cannot install {', '.join(GRAMMAR)}: {done.stderr.strip().splitlines()[-1]}"
        (FOLDER / "grammar" / "ready").touch()
    return None


def grammar() -> Path:
    """Return the folder where Swift's grammar can be imported; skip the test where it is missing."""
    reason = _no_grammar()
    if reason is not None:
        pytest.skip(reason)
    return FOLDER / "grammar"


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program and return what it printed; its complaints are the test's."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
