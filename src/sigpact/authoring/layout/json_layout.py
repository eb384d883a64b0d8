"""`Written` -> JSON text, in the one layout: as `yaml_layout`, with brackets and quotes everywhere."""

from collections.abc import Iterable, Iterator

from sigpact.authoring.layout.nodes import Entry, Mapping, Node, Scalar, Sequence, Written
from sigpact.authoring.layout.yaml_layout import WIDTH

_STEP = "  "


def laid_out(written: Written) -> str:
    """Return the text of a file whose root is arranged."""
    return written.end.join([*_lines("", written.root, WIDTH), ""])


def one_line(node: Node) -> str | None:
    """Return a value as it stands on one line, or `None` where it wants several."""
    match node:
        case Mapping(entries=entries, in_lines=in_lines) | Sequence(entries=entries, in_lines=in_lines):
            parts = [None if in_lines else _part(each) for each in entries]
            inside = ", ".join(each for each in parts if each is not None)
            whole = f"{{{inside}}}" if isinstance(node, Mapping) else f"[{inside}]"
            return None if None in parts else whole
        case Scalar(lines=(text,)):
            return text
        case _:
            return None


def _part(entry: Entry) -> str | None:
    value = one_line(entry.value)
    return None if value is None else f"{_lead(entry)}{value}"


def _lead(entry: Entry) -> str:
    return "" if entry.key is None else f"{entry.key.lines[0]}: "


def _lines(lead: str, node: Node, room: int) -> list[str]:
    """Return a value behind its key; `room` leaves a place for the comma."""
    line = one_line(node)
    if line is not None and len(lead) + len(line) < room:
        return [lead + line]
    match node:
        case Mapping(entries=entries) | Sequence(entries=entries):
            opening, closing = ("{", "}") if isinstance(node, Mapping) else ("[", "]")
            if all(isinstance(each.value, Scalar) and each.key is None for each in entries):
                inside = _filled(entries, room - len(_STEP))
            else:
                inside = list(_entries(entries, room - len(_STEP)))
            return [lead + opening, *(f"{_STEP}{each}" for each in inside), closing]
        case _:
            return [lead + (line or "")]


def _entries(entries: tuple[Entry, ...], room: int) -> Iterator[str]:
    for at, each in enumerate(entries):
        *lines, last = _lines(_lead(each), each.value, room)
        yield from lines
        yield last if at == len(entries) - 1 else f"{last},"


def _filled(entries: Iterable[Entry], room: int) -> list[str]:
    """Return scalars over several lines, as many in each as there is room for."""
    lines: list[str] = []
    texts = [one_line(each.value) or "" for each in entries]
    for at, text in enumerate(texts):
        said = text if at == len(texts) - 1 else f"{text},"
        if lines and len(lines[-1]) + 1 + len(said) <= room:
            lines[-1] += f" {said}"
        else:
            lines.append(said)
    return lines
