"""Exports built once a session by another process, and a backend that runs them."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.limits import Limits
from tests.runtime.helpers import Exports


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """The exports that `exports.py` builds."""
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed: pip install 'sigpact[tensorflow]'")
    root = tmp_path_factory.mktemp("exports")
    script = Path(__file__).with_name("exports.py")
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, str(script), str(root)], env=quiet, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Exports(root)


@pytest.fixture(scope="module")
def backend(exports: Exports) -> Iterator[TensorFlowBackend]:  # noqa: ARG001 - skips where absent
    """A backend of ordinary limits."""
    with TensorFlowBackend() as made:
        yield made


@pytest.fixture(scope="module")
def tight(exports: Exports) -> Iterator[TensorFlowBackend]:  # noqa: ARG001 - skips where absent
    """A backend that soon loses its patience."""
    with TensorFlowBackend(Limits(call=3.0, load=5.0, memory=256 << 20)) as made:
        yield made
