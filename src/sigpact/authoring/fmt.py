"""`formatted`: a contract in the one order and layout, which says what it said, comments and all."""

import json
from collections import Counter
from collections.abc import Collection
from typing import Final

from sigpact.authoring.layout import json_layout, yaml_layout
from sigpact.authoring.layout.json_nodes import written as json_written
from sigpact.authoring.layout.nodes import Entry, Mapping, Node, Sequence, has_anchors, has_comments
from sigpact.authoring.layout.order import AnchorTwiceError, arranged
from sigpact.authoring.layout.yaml_nodes import written as yaml_written
from sigpact.authoring.layout.yaml_tokens import comments
from sigpact.contract.source import Document, parse
from sigpact.errors import ContractError
from sigpact.findings import Path, Problem, Span
from sigpact.frozen import replace

_LOST: Final = "it cannot be laid out without changing what it says, and is left as it is (please report it)"


def formatted(document: Document) -> str:
    """Return the text of a file in the one layout.

    Raises `ContractError` where its keys are not told apart (one written twice, a number with a leading
    zero), it is no mapping, or what it says would change.
    """
    return laid_out_without(document, frozenset())


def laid_out_without(document: Document, paths: Collection[Path]) -> str:
    """Return the same without what stands at some paths; what has comments or anchors stays. Raises alike."""
    if document.problems:
        raise ContractError(document.problems)
    if not isinstance(document.tree.data, dict):
        raise _refused(document, "a contract is a mapping; it begins with 'contract: 1'")
    is_json = document.file.endswith(".json")
    written = json_written(document) if is_json else yaml_written(document.text)
    removed = {path for path in paths if _may_go(written.root, path)}
    removed |= {path[:-1] for path in removed if _is_emptied(written.root, path[:-1], removed)}
    root = _without(written.root, removed, ())
    try:
        ordered = replace(written, root=arranged(root))
    except AnchorTwiceError as error:
        raise _refused(document, str(error)) from None
    text = json_layout.laid_out(ordered) if is_json else yaml_layout.laid_out(ordered)
    if not _says_the_same(document, removed, text):
        raise _refused(document, _LOST)
    return text


def _step(entries: tuple[Entry, ...], step: str | int) -> Entry:
    return entries[step] if isinstance(step, int) else next(each for each in entries if each.name == step)


def _is_emptied(root: Node, path: Path, removed: Collection[Path]) -> bool:
    """Whether everything inside a collection goes, and nothing keeps it."""
    node = root
    for step in path:
        node = _step(node.entries, step).value if isinstance(node, Mapping | Sequence) else node
    inside = len(node.entries) if isinstance(node, Mapping | Sequence) else 0
    return inside == sum(each[:-1] == path for each in removed) and _may_go(root, path)


def _may_go(root: Node, path: Path) -> bool:
    """Whether nothing but data would go with a path."""
    node, entry = root, None
    for step in path:
        if not isinstance(node, Mapping | Sequence):
            return False  # behind an alias, where it stands for other values too
        entry = _step(node.entries, step)
        node = entry.value
    own = entry is not None and not entry.above and entry.beside is None
    return own and not has_comments(node) and not has_anchors(node)


def _without(node: Node, removed: Collection[Path], path: Path) -> Node:
    if not removed or not isinstance(node, Mapping | Sequence):
        return node
    steps = [each.name if isinstance(node, Mapping) else at for at, each in enumerate(node.entries)]
    kept = tuple(
        replace(each, value=_without(each.value, removed, (*path, step or 0)))
        for step, each in zip(steps, node.entries, strict=True)
        if (*path, step) not in removed
    )
    return replace(node, entries=kept)


def _says_the_same(document: Document, removed: Collection[Path], text: str) -> bool:
    """Whether a text has the same data, but for what was removed, and the same comments."""
    try:
        made = parse(text, document.file)
    except ContractError:
        return False
    before = json.dumps(_data_without(document.tree.data, removed, ()), sort_keys=True)
    return before == json.dumps(made.tree.data, sort_keys=True) and (
        document.file.endswith(".json") or Counter(comments(document.text)) == Counter(comments(text))
    )


def _data_without(data: object, removed: Collection[Path], path: Path) -> object:
    match data:
        case dict():
            below = ((key, (*path, key)) for key in data)
            return {key: _data_without(data[key], removed, at) for key, at in below if at not in removed}
        case list():
            below = ((at, (*path, at)) for at in range(len(data)))
            return [_data_without(data[key], removed, at) for key, at in below if at not in removed]
        case _:
            return data


def _refused(document: Document, message: str) -> ContractError:
    return ContractError((Problem(Span(document.file, 1, 1), message),))
