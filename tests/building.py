"""Exports that a script beside the tests builds, in a process that has TensorFlow."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest


def built(script: Path, root: Path) -> Path:
    """Run a script that fills a folder with exports, and return the folder; skip without TensorFlow."""
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed: pip install 'sigpact[tensorflow]'")
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, str(script), str(root)], env=quiet, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return root
