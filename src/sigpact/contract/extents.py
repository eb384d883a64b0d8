"""Where the values of a contract file begin and end, and how they are written: what may be replaced in place.

Loading needs beginnings alone (`source.Document`); this is read anew where somebody rewrites a file.
"""

import json
import re
from typing import Any, Final

import yaml

from sigpact.contract.source import Document
from sigpact.findings import Path
from sigpact.frozen import frozen

_ANCHOR: Final = re.compile(r"&\S+[ \t]+")
_STYLES: Final = {"'": "single", '"': "double", "|": "folded", ">": "folded"}


@frozen
class Extent:
    """The characters `start` to `end` of a file's text that are one value.

    `style` is that of a scalar (`plain`, `single`, `double`, `folded`), `flow` of a collection in brackets,
    `sequence` or `mapping` of one in lines. `shared`: an alias repeats it, so it stands for other values too.
    """

    start: int
    end: int
    style: str
    in_flow: bool = False
    shared: bool = False


def extents(document: Document) -> dict[Path, Extent]:
    """Return the extent of every value of a document that could be read, by path."""
    return _of_json(document) if document.file.endswith(".json") else _of_yaml(document.text)


def _of_json(document: Document) -> dict[Path, Extent]:
    scan = json.JSONDecoder().raw_decode
    text, collections = document.text, document.tree.collections
    return {
        path: Extent(start, scan(text, start)[1], "flow" if path in collections else "double", in_flow=True)
        for path, start in document.tree.values.items()
    }


def _of_yaml(text: str) -> dict[Path, Extent]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    walk = _Walk(text)
    walk.value(yaml.compose(text, Loader=loader), (), in_flow=False)
    return {
        path: Extent(start, end, style, in_flow=in_flow, shared=walk.count[node] > 1)
        for path, (node, start, end, style, in_flow) in walk.found.items()
    }


class _Walk:
    """Goes through composed nodes; an alias is the very node of its anchor, which is then met twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.count: dict[int, int] = {}
        self.found: dict[Path, tuple[int, int, int, str, bool]] = {}

    def value(self, node: Any, path: Path, *, in_flow: bool) -> int:
        """Note a node and all below; return its end.

        The mark at the end of a collection in lines stands after the comments that follow it: its last value
        ends it.
        """
        self.count[id(node)] = self.count.get(id(node), 0) + 1
        start: int = node.start_mark.index
        end: int = node.end_mark.index
        if match := _ANCHOR.match(self._text, start):
            start = match.end()
        style = _style(node)
        if isinstance(node, yaml.MappingNode):
            pairs = [(key.value, value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            pairs = list(enumerate(node.value))
        else:
            pairs = []
            end = start + len(self._text[start:end].rstrip()) if style == "folded" else end
        ends = [self.value(below, (*path, key), in_flow=style == "flow") for key, below in pairs]
        if style in {"sequence", "mapping"}:
            end = ends[-1]
        self.found[path] = (id(node), start, end, style, in_flow)
        return end


def _style(node: Any) -> str:
    if isinstance(node, yaml.ScalarNode):
        return _STYLES.get(node.style, "plain")
    if node.flow_style:
        return "flow"
    return "mapping" if isinstance(node, yaml.MappingNode) else "sequence"
