"""Finding contract files, and what loading them may cost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sigpact.contract.load import find, load
from sigpact.errors import ConfigurationError, ContractError
from tests.contract.documents import CASES, HEAD


def _touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_folders_are_searched_and_named_files_taken(tmp_path: Path) -> None:
    """Sorted, each once; packages and hidden folders are not entered, unless they are named."""
    _touch(
        tmp_path,
        "b/x.contract.yaml",
        "a/y.contract.yml",
        "a/deep/er/z.contract.json",
        "a/other.yaml",
        ".hidden/x.contract.yaml",
        "a/.venv/x.contract.yaml",
        "node_modules/x.contract.yaml",
        "odd.txt",
    )
    names = ("a/deep/er/z.contract.json", "a/y.contract.yml", "b/x.contract.yaml")
    assert find([tmp_path]) == tuple(str(tmp_path / name) for name in names)
    twice = [tmp_path / "b", tmp_path / "b/x.contract.yaml", tmp_path / "odd.txt"]
    assert find(twice) == (str(tmp_path / "b/x.contract.yaml"), str(tmp_path / "odd.txt"))
    assert find([tmp_path / ".hidden"]) == (str(tmp_path / ".hidden/x.contract.yaml"),)
    assert find([tmp_path / "a/deep/er", tmp_path / "odd.txt"])[0].endswith("z.contract.json")
    assert find([]) == ()


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    """A folder is entered once, whatever leads to it."""
    _touch(tmp_path, "a/x.contract.yaml")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert find([tmp_path]) == (str(tmp_path / "a/x.contract.yaml"),)


def test_a_path_that_is_not_there_is_an_error() -> None:
    """In one line."""
    with pytest.raises(ConfigurationError, match=r"^nowhere/x: there is no such file or folder$"):
        find(["nowhere/x"])


def test_a_path_stays_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative paths make relative spans: that is what people click."""
    _touch(tmp_path, "c/x.contract.yaml")
    (tmp_path / "c/x.contract.yaml").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert find(["c"]) == (str(Path("c", "x.contract.yaml")),)
    with pytest.raises(ContractError) as raised:
        load("c/x.contract.yaml")
    assert str(raised.value).startswith("c/x.contract.yaml:1:1: 'contract' is missing")


def test_files_are_looked_for_beside_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where the command runs; a link that leads out of the folder is refused."""
    (tmp_path / "c").mkdir()
    (tmp_path / "c/labels.txt").write_text("a\r\nb\r\n", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("a\n", encoding="utf-8")
    (tmp_path / "c/link.txt").symlink_to(tmp_path / "secret.txt")
    body = "signatures: {s: {inputs: {x: {dtype: text, enum_from: FILE}}}}\n"
    (tmp_path / "c/x.yaml").write_text(HEAD + body.replace("FILE", "labels.txt"), encoding="utf-8")
    (tmp_path / "c/y.yaml").write_text(HEAD + body.replace("FILE", "link.txt"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load("c/x.yaml").signatures[0].inputs[0].domain.enum == ("a", "b")
    with pytest.raises(ContractError, match=r"'link\.txt' lies outside the contract's folder"):
        load("c/y.yaml")


def test_loading_imports_nothing_heavy() -> None:
    """The static half stays light; a good contract does not even pay for spelling help."""
    code = (
        "import sys; from sigpact.contract.load import load; "
        f"load({str(CASES / 'everything-grpc.yaml')!r}); print(*sys.modules)"
    )
    source = str(Path(__file__).parents[2] / "src")
    environment = {**os.environ, "PYTHONPATH": source}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    heavy = {
        "numpy",
        "hypothesis",
        "jsonschema",
        "tensorflow",
        "google.protobuf",
        "asyncio",
        "email",
        "difflib",
    }
    assert heavy.isdisjoint(run.stdout.split())
