"""What was found on exports that others published: the README of that example, and its contracts."""

import re
from pathlib import Path

from docs.generate.markdown import fence


def page(folder: Path) -> str:
    """Return the page: links to contracts lead to the contracts below."""
    readme = (folder / "README.md").read_text(encoding="utf-8")
    contracts = sorted((folder / "contracts").glob("*.contract.yaml"))
    told = re.sub(r"\(contracts/(\w+)\.contract\.yaml\)", r"(#\1)", readme)
    return "\n".join([told, *map(_contract, contracts)])


def _contract(file: Path) -> str:
    name = file.name.partition(".")[0]
    return f"## {name}\n\n{fence(file.read_text(encoding='utf-8'), 'yaml')}"
