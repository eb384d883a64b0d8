"""The one order of keys, and which collections have a line for each entry: by the forms of `fields`."""

from collections.abc import Iterator
from typing import Final

from sigpact.authoring.layout.nodes import Alias, Entry, Mapping, Node, Sequence
from sigpact.contract.fields import ROOT
from sigpact.contract.forms import BYTES, Either, Form, Json, ListOf, MapOf, Record
from sigpact.errors import SigpactError
from sigpact.frozen import replace

LINES: Final = frozenset({"contract", "signature", "example", "relation", "regression"})
"""Records that are read one by one: a key a line, however short."""
_ANY: Final = Json()


class AnchorTwiceError(SigpactError):
    """An anchor is defined twice, so that nothing can be moved without changing what its aliases mean."""


def arranged(root: Node) -> Node:
    """Return a contract with its keys in order, each collection told whether it wants lines.

    Keys of the language go by the table of fields, unknown ones after them; names of the user's own stay as
    they are. Where an alias comes to stand before its anchor, the two change places.

    Raises `AnchorTwiceError`.
    """
    ordered = _arranged(root, ROOT)
    defined: dict[str, Node] = {}
    for name, node in _anchors(ordered):
        if name in defined:
            raise AnchorTwiceError(f"the anchor '&{name}' is written twice; give one another name")
        defined[name] = node
    return _placed(ordered, defined, set()) if defined else ordered


def _arranged(node: Node, form: Form) -> Node:
    form = _chosen(node, form)
    lines = _in_lines(form)
    match node, form:
        case Mapping(entries=entries), Record(by_key=by_key):
            places = {key: at for at, key in enumerate(by_key)}
            made = tuple(sorted(entries, key=lambda each: places.get(each.name or "", len(places))))
            forms = [by_key[each.name or ""].form if each.name in by_key else _ANY for each in made]
        case Mapping(entries=made), MapOf(item=item):
            forms = [item] * len(made)
        case Sequence(entries=made), ListOf(item=item):
            forms = [item] * len(made)
        case ((Mapping() | Sequence()), _):
            made, forms = node.entries, [_ANY] * len(node.entries)
        case _:
            return node
    below = tuple(
        replace(each, value=_arranged(each.value, one)) for each, one in zip(made, forms, strict=True)
    )
    return replace(node, entries=below, in_lines=lines)


def _chosen(node: Node, form: Form) -> Form:
    """Return which of several forms a value has."""
    if not isinstance(form, Either):
        return form
    wanted: tuple[type, ...] = ()
    match node:
        case Mapping():
            wanted = (Record, MapOf)
        case Sequence():
            wanted = (ListOf,)
    return next((each for each in form.forms if isinstance(each, wanted)), _ANY)


def _in_lines(form: Form) -> bool:
    match form:
        case Record(name=name):
            return name in LINES
        case MapOf(item=Record()) | ListOf(item=Record()):
            return True
        case ListOf(item=Either(forms=forms)):
            return any(isinstance(each, Record) and each is not BYTES for each in forms)
        case _:
            return False


def _anchors(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield every anchor with its value, and those of keys with what they stand before."""
    if not isinstance(node, Alias) and node.anchor is not None:
        yield node.anchor, node
    if isinstance(node, Mapping | Sequence):
        for each in node.entries:
            if each.key is not None and each.key.anchor is not None:
                yield each.key.anchor, each.key
            yield from _anchors(each.value)


def _placed(node: Node, defined: dict[str, Node], seen: set[str]) -> Node:
    """Return a value in which each anchor stands before its aliases."""
    if isinstance(node, Alias):
        if node.name in seen:
            return node
        return _placed(defined[node.name], defined, seen)
    if node.anchor is not None:
        if node.anchor in seen:
            return Alias(node.anchor)
        seen.add(node.anchor)
    if isinstance(node, Mapping | Sequence):
        return replace(node, entries=tuple(_entry(each, defined, seen) for each in node.entries))
    return node


def _entry(entry: Entry, defined: dict[str, Node], seen: set[str]) -> Entry:
    if entry.key is not None and entry.key.anchor is not None:
        seen.add(entry.key.anchor)
    return replace(entry, value=_placed(entry.value, defined, seen))
