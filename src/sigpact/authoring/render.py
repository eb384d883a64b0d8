"""Drafts -> the text of a contract: the order and layout in which people write one, notes as comments."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from sigpact.authoring.draft import Draft, TensorDraft
from sigpact.authoring.facts import Shown
from sigpact.authoring.yaml_text import Pairs, Yaml, flow, short, text
from sigpact.contract.model import Nested
from sigpact.contract.schema import MODELINE
from sigpact.frozen import frozen

WIDTH = 108


@frozen
class Head:
    """What a contract begins with."""

    client: str
    model: str
    owner: str | None
    protocol: str
    sources: tuple[str, ...]
    language: str | None = None
    notes: tuple[str, ...] = ()


def render(head: Head, drafts: Sequence[Draft]) -> str:
    """Return the whole contract."""
    lines = [*_head(head), "", *_dims(drafts), "signatures:"]
    for index, each in enumerate(drafts):
        lines += [""] * (index > 0) + [*_signature(each)]
    return "\n".join(lines) + "\n"


def _head(head: Head) -> Iterator[str]:
    sources = " and ".join(map(_shown, head.sources))
    yield MODELINE
    yield from _comment(f"Written by `sigpact init` from {sources}: a draft.", 0)
    yield from _comment(
        "For editors: sigpact schema contract > contract.schema.json puts the schema beside it.", 0
    )
    yield from _comment("Cross out what you do not rely on, and say what you rely on besides.", 0)
    for note in head.notes:
        yield from _comment(note, 0)
    yield "contract: 1"
    yield f"client: {text(head.client)}"
    yield f"model: {text(head.model)}"
    yield (
        f"owner: {text(head.owner)}"
        if head.owner
        else "# owner: team@example.com  # who to talk to when it breaks"
    )
    yield f"protocol: {head.protocol}"
    if head.language is not None:
        yield "# answers hold NaN, infinity or whole numbers beyond 2^53, which not every language reads"
        yield f"language: {head.language}"


def _shown(source: str) -> str:
    """Return a name so that it ends no comment."""
    return source if source.isprintable() else text(source)


def _dims(drafts: Sequence[Draft]) -> Iterator[str]:
    """Yield what is claimed of lengths; a name that several signatures use has the widest bounds."""
    bounds: dict[str, tuple[int, int]] = {}
    for each in drafts:
        for name, (least, most) in each.bounds:
            low, high = bounds.get(name, (least, most))
            bounds[name] = min(low, least), max(high, most)
    if not bounds:
        return
    yield "dims:"
    yield from _comment("lengths that were sent, rounded outward: say what you may send", 2)
    for name, (low, high) in bounds.items():
        yield f"  {name}: {{min: {low}, max: {high}}}"
    yield ""


def _signature(draft: Draft) -> Iterator[str]:
    yield f"  {text(draft.name)}:"
    for note in draft.notes:
        yield from _comment(note, 4)
    for key, value in draft.words:
        yield f"    {key}: {flow(value)}"
    for key, tensors in (("inputs", draft.inputs), ("outputs", draft.outputs)):
        yield f"    {key}:" if tensors else f"    {key}: {{}}"
        for tensor in tensors:
            yield from _tensor(tensor)
    if draft.examples:
        yield "    examples:"
        yield from _comment("real rows: look them over for what should not be in a repository;", 6)
        yield from _comment("to hold the model to an answer, write it beside them: outputs: {…}", 6)
        for each in draft.examples:
            yield from _example(each)


def _tensor(tensor: TensorDraft) -> Iterator[str]:
    for note in tensor.said.notes:
        yield from _comment(note, 6)
    line = f"      {text(tensor.name)}: {flow(Pairs(tensor.said.words))}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"      {text(tensor.name)}:"
    for key, value in tensor.said.words:
        yield from _word(key, value)


def _word(key: str, value: Yaml) -> Iterator[str]:
    """Yield one key in a block of its own; a long list goes over several lines."""
    line = f"        {key}: {flow(value)}"
    if len(line) <= WIDTH or not isinstance(value, tuple) or isinstance(value, Pairs):
        yield line
        return
    yield f"        {key}:"
    yield from (f"          {each}" for each in _filled([flow(each) for each in value]))


def _filled(items: Sequence[str]) -> Iterator[str]:
    """Yield a flow list, as many items on each line as fit."""
    line = "["
    for index, item in enumerate(items):
        piece = item + ("]" if index == len(items) - 1 else ",")
        if len(line) + len(piece) > WIDTH - 12 and line.strip():
            yield line.rstrip()
            line = " "
        line += piece + " "
    yield line.rstrip()


def _example(shown: Shown) -> Iterator[str]:
    if shown.outputs:
        answer = f"answered {flow(_pairs(shown.outputs))}"
        if len(answer) <= 2 * WIDTH:
            yield from _comment(answer, 6)
    yield f"      - name: {text(shown.why)}"
    yield f"        inputs: {flow(_pairs(shown.inputs))}"


def _pairs(values: Iterable[tuple[str, Nested]]) -> Pairs:
    return Pairs(tuple((name, _yaml(each)) for name, each in values))


def _yaml(value: Nested) -> Yaml:
    match value:
        case tuple():
            return tuple(_yaml(each) for each in value)
        case float():
            return short(value)
        case int() | str() | bytes():
            return value
        case _:
            raise TypeError(f"traffic holds no {value!r}")


def _comment(note: str, indent: int) -> Iterator[str]:
    """Yield a note as comments; what is odd in it is escaped, so that nothing ends a comment early."""
    plain = "".join(each if each.isprintable() else "?" for each in note)
    head = " " * indent + "# "
    yield from textwrap.wrap(
        plain,
        WIDTH,
        initial_indent=head,
        subsequent_indent=head,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]
