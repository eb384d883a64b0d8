"""`sigpact show`: the signatures of exports, as a table for a person or as a snapshot in JSON."""

import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from math import isfinite
from struct import pack, unpack
from typing import Final

from sigpact.savedmodel.reader import SERVE, Export, MetaGraph
from sigpact.savedmodel.snapshot import Seen, Snapshot, Unread, take, to_json
from sigpact.serving.given import given
from sigpact.tensors.dtypes import DType
from sigpact.tensors.specs import Default, Encoding, Feature, Signature, TensorSpec, Undetermined

WIDTH: Final = 100
_PREDICT: Final = "tensorflow/serving/predict"
_VALUE: Final = 24
"""How much of a default value is shown."""


def show(paths: Sequence[str]) -> Snapshot:
    """Return what the exports under these base paths (or single exports) hold.

    Raises `ConfigurationError` where a path names none; an export that cannot be read is in the answer.
    """
    return take(given(paths).models)


def render_json(snapshot: Snapshot) -> str:
    """Return the snapshot as JSON, as `snapshot.schema.json` describes it."""
    return json.dumps(to_json(snapshot), indent=2, ensure_ascii=True) + "\n"


def render_text(snapshot: Snapshot, width: int = WIDTH) -> str:
    """Return a table for each version, one tensor a line; tables wider than `width` are stacked."""
    blocks = ["\n".join(_version(each, width)) for each in snapshot.versions]
    blocks += [f"note: {plain(note)}" for note in snapshot.notes]
    return "\n\n".join(blocks) + "\n"


def plain(text: str) -> str:
    """Return a text with whatever would move a terminal's cursor, or could not be printed, escaped."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _version(seen: Seen, width: int) -> Iterator[str]:
    title = f"{plain(seen.model)}@{seen.version}  {plain(seen.content.path)}"
    match seen.content:
        case Unread(reason=reason):
            yield title
            yield f"  cannot be read: {plain(reason)}"
        case Export(metagraphs=metagraphs):
            for graph in metagraphs:
                yield f"{title}  {plain(','.join(graph.tags)) or '(no tag)'}{_tensorflow(graph)}"
                yield from _graph(graph, width)
            if not any(graph.tags == SERVE for graph in metagraphs):
                yield "  note: the server does not load it: no meta graph has exactly the tag 'serve'"
    if seen.note is not None:
        yield f"  note: {plain(seen.note)}"


def _tensorflow(graph: MetaGraph) -> str:
    return f"  TensorFlow {plain(graph.tensorflow_version)}" if graph.tensorflow_version else ""


def _graph(graph: MetaGraph, width: int) -> Iterator[str]:
    if not graph.signatures:
        yield "  no signatures"
        return
    cells = [_cells(each) for each in graph.signatures]
    first = max(len(label) for label, _, _ in cells)
    second = max((len(each) for _, inputs, _ in cells for each in inputs), default=0)
    third = max((len(each) for _, _, outputs in cells for each in outputs), default=0)
    fits = 2 + first + 2 + second + 6 + third <= width
    for label, inputs, outputs in cells:
        if fits:
            yield from _in_columns(label.ljust(first), [each.ljust(second) for each in inputs], outputs)
        else:
            yield from _stacked(label, inputs, outputs)
    for each in graph.signatures:
        yield from _features(each)


def _cells(signature: Signature) -> tuple[str, list[str], list[str]]:
    inputs = [_input(each, signature.default(each.name)) for each in signature.inputs]
    inputs += [
        f"{_name(each.name)} (a default {_value(each)} without an input)"
        for each in signature.defaults
        if signature.input(each.name) is None
    ]
    return (
        _name(signature.name) + _method(signature),
        inputs or ["(no input)"],
        [_tensor(each) for each in signature.outputs] or ["(no output)"],
    )


def _features(signature: Signature) -> Iterator[str]:
    """Yield what the graph parses out of tf.Examples, a feature a line."""
    name = _name(signature.name)
    match signature.features:
        case Undetermined(reason=reason):
            yield f"  {name} parses features that cannot be told: {plain(reason)}"
        case tuple() as features if features:
            yield f"  {name} parses tf.Examples:"
            width = max(len(_name(each.name)) for each in features)
            for each in features:
                yield f"    {_name(each.name):{width}}  {_feature(each)}"


def _feature(feature: Feature) -> str:
    if feature.is_required:
        return f"{feature} (required)"
    return f"{feature}" + ("" if feature.default is None else f" = {_value(feature.default)}")


def _in_columns(label: str, inputs: list[str], outputs: list[str]) -> Iterator[str]:
    blank = " " * len(inputs[0])
    for row, (left, right) in enumerate(zip_longest(inputs, outputs)):
        start = label if row == 0 else " " * len(label)
        arrow = "  ->  " if row == 0 else "      "
        yield f"  {start}  {left or blank}{arrow}{right or ''}".rstrip()


def _stacked(label: str, inputs: list[str], outputs: list[str]) -> Iterator[str]:
    yield f"  {label}"
    yield from (f"       {each}" for each in inputs)
    yield from (f"    -> {each}" for each in outputs)


def _method(signature: Signature) -> str:
    """Return what is unusual in the method name: nothing for predict, which TF2 always writes."""
    if signature.method_name == _PREDICT:
        return ""
    short = signature.method_name.removeprefix("tensorflow/serving/")
    return f" ({plain(short) or 'no method name'})"


def _input(spec: TensorSpec, default: Default | None) -> str:
    return _tensor(spec) + ("" if default is None else f" = {_value(default)}")


def _tensor(spec: TensorSpec) -> str:
    if spec.encoding is Encoding.COMPOSITE:
        return f"{_name(spec.name)} (composite)"
    encoding = "" if spec.encoding is Encoding.DENSE else f" ({spec.encoding})"
    placeholder = "" if spec.placeholder is None else f" (the graph takes {spec.placeholder})"
    absent = "" if spec.in_graph else " (not in the graph)"
    return f"{_name(spec.name)} {spec}{encoding}{placeholder}{absent}"


def _value(default: Default) -> str:
    if default.values is None:
        return f"(a {default.dtype} of shape {list(default.shape)}, not decoded)"
    values = [_short(default.dtype, each) for each in default.values[:_VALUE]]
    whole = json.dumps(values if default.shape else values[0], ensure_ascii=False)
    return plain(whole if len(whole) <= _VALUE else f"{whole[: _VALUE - 1]}…")


def _short(dtype: DType, value: float | bytes) -> float | str:
    """Return an element as a person wrote it: of a float32 the fewest digits that give it, 0.1."""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if dtype.name != "float32":
        return value
    texts = (f"{value:.{digits}g}" for digits in range(6, 10))
    return next(number for number in map(float, texts) if _as_float32(number) == value or not isfinite(value))


def _as_float32(number: float) -> float:
    return float(unpack("f", pack("f", number))[0])


def _name(name: str) -> str:
    """Return an alias as it is, or in quotes where it would be misread."""
    return name if name.isprintable() and name and not set(name) & set(' "()') else json.dumps(name)
