"""The project in which a page's snippets run: the example model's versions lie in `models/`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.snippets import ROOT, Project


@pytest.fixture(scope="session")
def genre() -> Path:
    """The base path of the example model, trained where it is not there yet."""
    base = ROOT / "build" / "models" / "genre"
    command = [sys.executable, "-m", "examples.genre", "--out", str(base)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return base


@pytest.fixture
def project(genre: Path, tmp_path: Path) -> Project:
    """A project of a team: four versions of the example model, and nothing else."""
    folder = tmp_path / "project"
    versions = folder / "models" / "genre"
    versions.mkdir(parents=True)
    for each in ("1", "2", "3", "4"):
        (versions / each).symlink_to(genre / each)
    return Project(folder)
