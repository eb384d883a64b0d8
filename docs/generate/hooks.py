"""MkDocs' hook: adds the pages that `generate` makes to those that lie in `docs/`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# MkDocs loads this file alone, and sigpact is not installed where it runs.
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from mkdocs.config.defaults import MkDocsConfig  # noqa: E402 - the path comes first
from mkdocs.structure.files import File, Files  # noqa: E402 - the same

from docs.generate import pages  # noqa: E402 - the same


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files
