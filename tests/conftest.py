"""What pytest must know of our own tests."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.spy import Spy

collect_ignore_glob = ["cases/*"]  # data: the plugin would take its contracts for ours

# A red build means a change, not a lucky draw; `HYPOTHESIS_PROFILE=default` goes looking for more.
settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture
def spy() -> "Iterator[type[Spy]]":
    """An empty file system at `spy://`."""
    import fsspec  # noqa: PLC0415 - few tests need it

    from tests.spy import Spy  # noqa: PLC0415 - the same

    fsspec.register_implementation("spy", Spy, clobber=True)
    Spy.store.clear()
    Spy.pseudo_dirs[:] = [""]
    Spy.asked.clear()
    Spy.fails.clear()
    yield Spy
    Spy.fails.clear()
