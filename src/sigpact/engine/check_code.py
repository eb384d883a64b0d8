"""The code of Python checks: what a contract's own functions are made of, so that evidence can rest on it.

A check's own file counts, and every file of the project that it imports, at whatever depth; installed
packages, and data that a check reads, do not.
"""

import ast
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from sigpact.contract.model import Contract
from sigpact.engine.registered import Registered, clauses

_INSTALLED = frozenset({"site-packages", "dist-packages"})


def code_digests(contract: Contract, there: Registered) -> tuple[str, ...]:
    """Return for each check that an `attached` contract names what runs, and a sha256 over its files."""
    names = {each.check for each in clauses(contract) if each.check is not None}
    found = [(name, target) for name, target in sorted(there.targets) if name in names]
    return tuple(
        f"{name} = {target} {_digest(target.partition(':')[0], Path(there.file or '').parent.resolve())}"
        for name, target in found
    )


def _digest(module: str, project: Path) -> str:
    whole = sha256()
    for name, data in sorted(_files(module, project).items()):
        whole.update(f"{name} {sha256(data).hexdigest()}\n".encode())
    return whole.hexdigest()


def _files(module: str, project: Path) -> dict[str, bytes]:
    """Return by module the content of each file: a module that is no file of Python has none."""
    own = getattr(sys.modules.get(module), "__file__", None)
    if own is None:
        return {}
    roots = [project, Path(own).resolve().parents[module.count(".") + (Path(own).stem == "__init__")]]
    places = {module: Path(own)}
    found: dict[str, bytes] = {}
    while places:
        name, path = places.popitem()
        found[name] = path.read_bytes()
        for other in _imports(name, path, found[name]):
            place = _place(other, roots)
            if other not in found and place is not None:
                places[other] = place
    return found


def _imports(name: str, path: Path, data: bytes) -> Iterator[str]:
    """Yield what a module may import, with the packages above: some of the names are no modules."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return  # importing it fails, or it is no source
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    yield from _above(package)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                yield from _above(each.name)
        elif isinstance(node, ast.ImportFrom):
            base = _base(package, node)
            for each in node.names:
                yield from _above(f"{base}.{each.name}" if base else each.name)


def _base(package: str, node: ast.ImportFrom) -> str:
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def _above(name: str) -> Iterator[str]:
    parts = name.split(".")
    yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1) if name)


def _place(name: str, roots: list[Path]) -> Path | None:
    """Return the file of a module of the project."""
    for root in roots:
        home = root.joinpath(*name.split("."))
        for file in (home / "__init__.py", home.with_suffix(".py")):
            if file.is_file() and not _INSTALLED.intersection(file.parts):
                return file
    return None
