"""Versions behind a URL, run: fetched as a whole, judged as on this machine, gone afterwards."""

import gc
import importlib.util
import tempfile
from pathlib import Path

import fsspec
import pytest

from sigpact.engine.diff import diff, read_contracts
from sigpact.engine.options import Options
from sigpact.engine.replay import State, replay
from sigpact.engine.sides import side
from sigpact.engine.twosided import two_sided
from sigpact.engine.verify import verify
from sigpact.errors import StorageError
from sigpact.report.model import Report
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.serving.given import given
from tests.building import built
from tests.engine.test_relations_executed import BROKEN, CONTRACT

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]
URL = "memory://bucket/genre"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base path of three versions, and a copy of it in memory."""
    script = Path(__file__).with_name("relation_exports.py")
    folder = built(script, tmp_path_factory.mktemp("relations")) / "genre"
    fsspec.filesystem("memory").put(str(folder), "/bucket/genre", recursive=True)
    return folder


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that copies are made in."""
    folder = tmp_path / "copies"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def verified(folder: Path, models: str) -> Report:
    """Verify one client against all versions, and keep what fails."""
    file = folder / "shop.contract.yaml"
    file.write_text(CONTRACT.replace("PROTOCOL", "grpc"), encoding="utf-8")
    options = Options(rows=100, relation_rows=200, cases=str(folder / "cases"))
    return verify([str(file)], [models], options, TensorFlowBackend, lambda _: None)


def test_the_verdicts_are_the_same(tmp_path: Path, base: Path, copies: Path) -> None:
    """From memory as from disk: the same faults, each fails again when replayed, and no copy stays."""
    report = verified(tmp_path, URL)
    assert {(each.version, each.change) for each in report.findings} == BROKEN
    assert report.verdicts == verified(tmp_path, str(base)).verdicts
    assert [each.path for each in report.versions] == [f"{URL}/{number}" for number in (1, 2, 3)]
    for models in ([URL], []):  # without models, at the URL that is kept with the case
        with TensorFlowBackend() as backend:
            again = replay(None, tmp_path / "cases", given(models), backend)
        assert [each.state for each in again] == [State.FAILS] * 3
    gc.collect()
    assert [each.name for each in copies.iterdir()] == []


def test_two_sides(tmp_path: Path, base: Path, copies: Path) -> None:
    """One version behind a URL, one on this machine."""
    file = tmp_path / "shop.contract.yaml"
    file.write_text(CONTRACT.replace("PROTOCOL", "rest"), encoding="utf-8")
    old, new = side(f"{URL}@1"), side(str(base / "2"))
    contracts = read_contracts([str(file)])
    with TensorFlowBackend() as backend:
        assert two_sided(diff(old, new, contracts), old, new, contracts, backend).ran
    assert diff(old, side(f"{base}@1")).is_same
    del old
    gc.collect()
    assert [each.name for each in copies.iterdir()] == []


def test_a_session_keeps_its_copy(base: Path, copies: Path) -> None:
    """Two sessions of one URL share it; the last one takes it along."""
    assert base.is_dir()
    with TensorFlowBackend() as backend:
        one, other = backend.load(f"{URL}/1"), backend.load(f"{URL}/1")
        assert len(list(copies.iterdir())) == 1
        del one
        gc.collect()
        assert len(list(copies.iterdir())) == 1
        del other
    gc.collect()
    assert list(copies.iterdir()) == []


def test_what_cannot_be_fetched(base: Path, copies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no version that does not load: nothing is known of it."""
    assert base.is_dir()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("Access Denied")

    monkeypatch.setattr("fsspec.implementations.memory.MemoryFileSystem.get_file", refuse, raising=False)
    with TensorFlowBackend() as backend, pytest.raises(StorageError, match="Access Denied"):
        backend.load(f"{URL}/1")
    gc.collect()
    assert list(copies.iterdir()) == []
