"""JSON text -> `Written`: the same tree that YAML has, without comments."""

from sigpact.authoring.layout.nodes import Entry, Mapping, Node, Scalar, Sequence, Written
from sigpact.authoring.layout.yaml_tokens import BREAK
from sigpact.contract.extents import extents
from sigpact.contract.source import Document
from sigpact.findings import Path


def written(document: Document) -> Written:
    """Return the file of a document of JSON."""
    places = extents(document)

    def node(data: object, path: Path) -> Node:
        match data:
            case dict():
                return Mapping(tuple(entry(key, each, path) for key, each in data.items()))
            case list():
                return Sequence(tuple(Entry(node(each, (*path, at))) for at, each in enumerate(data)))
            case _:
                place = places[path]
                return Scalar((document.text[place.start : place.end],))

    def entry(key: str, data: object, path: Path) -> Entry:
        start = document.tree.keys[(*path, key)]
        text = document.text
        end = document.tree.values[(*path, key)]
        written = text[start:end].rstrip().removesuffix(":").rstrip()
        return Entry(node(data, (*path, key)), Scalar((written,)), key)

    first = BREAK.search(document.text)
    end = "\r\n" if first and first.group() == "\r\n" else "\n"
    return Written(node(document.tree.data, ()), end=end)
