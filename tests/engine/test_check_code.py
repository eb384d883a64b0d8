"""What a Python check is made of: its file, what it is called by, and what of the project it imports."""

import sys
from pathlib import Path

import pytest

from sigpact.contract.load import load
from sigpact.engine.check_code import code_digests
from sigpact.engine.registered import Registered, attached
from tests.engine.world import APP

CHECK = "from code_town.words import known\n\n\ndef fine(inputs, outputs):\n    return known(outputs)\n"
FILES = {
    "code_town/__init__.py": "",
    "code_town/checks.py": f"import functools\n\n{CHECK}\n\nhalf = functools.partial(fine)\n",
    "code_town/words.py": "def known(outputs):\n    from . import late\n\n    return late.WORDS\n",
    "code_town/late.py": "WORDS = True\n",
    "code_town/other.py": "",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a package of checks, and a contract that names one."""
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (tmp_path / "app.contract.yaml").write_text(f"{APP}    holds: [{{check: mine}}]\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    for each in [name for name in sys.modules if name.partition(".")[0] == "code_town"]:
        monkeypatch.delitem(sys.modules, each)
    return tmp_path


def digests(project: Path, target: str = "code_town.checks:fine") -> tuple[str, ...]:
    """Return the digests of the contract with a target for its check."""
    there = Registered(str(project / "pyproject.toml"), (("mine", target), ("unused", "no_such:thing")))
    return code_digests(attached(load(project / "app.contract.yaml"), there), there)


@pytest.mark.parametrize("name", ["checks", "words", "late", "__init__"])
@pytest.mark.parametrize("function", ["fine", "half"])
def test_every_file_that_runs_counts(project: Path, name: str, function: str) -> None:
    """The check's own, what it imports, what that imports when it is called; functions of any kind."""
    before = digests(project, f"code_town.checks:{function}")
    assert digests(project, f"code_town.checks:{function}") == before
    (project / "code_town" / f"{name}.py").write_text("# changed\n" + FILES[f"code_town/{name}.py"])
    assert digests(project, f"code_town.checks:{function}") != before


def test_what_does_not_run_counts_for_nothing(project: Path) -> None:
    """Another module of the package; a check that no clause names."""
    before = digests(project)
    (project / "code_town" / "other.py").write_text("# changed\n")
    assert (digests(project), len(before)) == (before, 1)


def test_another_function_of_one_file_is_another_check(project: Path) -> None:
    """The file alone does not say what runs; what has no file is known by its name."""
    assert digests(project) != digests(project, "code_town.checks:half")
    assert digests(project, "operator:eq") != digests(project, "operator:ne")
