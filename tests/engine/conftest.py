"""Exports built once a session by another process, which has TensorFlow."""

from pathlib import Path

import pytest

from tests.building import built


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `executed_exports.py` fills."""
    return built(Path(__file__).with_name("executed_exports.py"), tmp_path_factory.mktemp("executed"))
