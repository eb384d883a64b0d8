"""Exports built once a session by another process, and a backend that runs them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.limits import Limits
from tests.building import built
from tests.runtime.helpers import Exports


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """The exports that `exports.py` builds."""
    return Exports(built(Path(__file__).with_name("exports.py"), tmp_path_factory.mktemp("exports")))


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
