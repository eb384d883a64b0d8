"""What is said where TensorFlow is not, or not as needed."""

import importlib.machinery
import importlib.util
import os
from pathlib import Path

import pytest

from sigpact.errors import RuntimeUnavailableError
from sigpact.runtime.backend import TensorFlowBackend


def found_at(monkeypatch: pytest.MonkeyPatch, folder: Path | None) -> None:
    """Let Python find a tensorflow in this folder, or none."""
    spec = importlib.machinery.ModuleSpec("tensorflow", None, is_package=True) if folder else None
    if spec is not None:
        spec.submodule_search_locations = [str(folder)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)


def test_without_tensorflow_the_remedy_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, when the backend is made."""
    found_at(monkeypatch, None)
    with pytest.raises(RuntimeUnavailableError) as raised:
        TensorFlowBackend()
    assert str(raised.value) == "running a version needs TensorFlow: pip install 'sigpact[tensorflow]'"


def test_a_tensorflow_without_its_c_library_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The folder, the file that is absent, and the remedy."""
    found_at(monkeypatch, tmp_path)
    with pytest.raises(
        RuntimeUnavailableError, match=rf"the tensorflow in {tmp_path} has no C library"
    ) as raised:
        TensorFlowBackend()
    assert str(raised.value).endswith("pip install 'sigpact[tensorflow]'")


def test_where_processes_do_not_fork_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows: one line instead of an attribute error."""
    monkeypatch.delattr(os, "fork")
    with pytest.raises(RuntimeUnavailableError, match="on Linux and macOS only; on Windows use WSL"):
        TensorFlowBackend()
