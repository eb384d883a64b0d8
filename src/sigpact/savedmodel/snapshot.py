"""The signatures of several exports as JSON: written by `sigpact show --format json`, read again here.

`snapshot.schema.json` beside this file describes the document (JSON Schema, draft 2020-12).
"""

import binascii
import math
from collections.abc import Iterable
from typing import Any, Final

from sigpact.errors import ExportError
from sigpact.frozen import frozen, replace
from sigpact.savedmodel.features import takes_examples, with_features
from sigpact.savedmodel.reader import SERVE, Export, MetaGraph, read_export
from sigpact.savedmodel.versions import Model
from sigpact.tensors.dtypes import BY_NAME, DType, Kind, by_number
from sigpact.tensors.shapes import AnyRank, Fixed, Ranked, Shape, Unknown
from sigpact.tensors.specs import (
    Default,
    Encoding,
    Feature,
    FeatureKind,
    Features,
    Signature,
    TensorSpec,
    Undetermined,
)

FORMAT: Final = 1
"""The number of this form of document, its key `snapshot`."""

Element = int | float | bool | bytes

_NOT_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""JSON has no such numbers: they are written as texts."""


@frozen
class Unread:
    """An export that could not be read, and why."""

    path: str
    reason: str


@frozen
class Seen:
    """One version of a model, as it was found."""

    model: str
    version: str
    content: Export | Unread
    note: str | None = None


@frozen
class Snapshot:
    """What was found in one go: versions by model and number; `notes` are about what held none."""

    versions: tuple[Seen, ...]
    notes: tuple[str, ...] = ()

    @property
    def all_read(self) -> bool:
        """Whether every version could be read."""
        return not any(isinstance(each.content, Unread) for each in self.versions)


def take(models: Iterable[Model]) -> Snapshot:
    """Read every version of the models; one that cannot be read does not stop the others."""
    models = tuple(models)
    return Snapshot(
        versions=tuple(
            Seen(model.name, str(version.number), _read(version.path), version.note)
            for model in models
            for version in model.versions
        ),
        notes=tuple(note for model in models for note in model.layout.notes),
    )


def _read(path: str) -> Export | Unread:
    try:
        return _with_features(read_export(path))
    except ExportError as error:
        return Unread(path, str(error))


def _with_features(export: Export) -> Export:
    """Return the export, the signatures that take tf.Examples with what the graph parses."""
    graphs = tuple(
        replace(graph, signatures=tuple(_looked_at(export, each) for each in graph.signatures))
        if graph.tags == SERVE
        else graph
        for graph in export.metagraphs
    )
    return replace(export, metagraphs=graphs)


def _looked_at(export: Export, signature: Signature) -> Signature:
    return with_features(export, signature) if takes_examples(signature) else signature


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return the document: plain dicts and lists that `json.dumps` takes, keys in a fixed order."""
    return {
        "snapshot": FORMAT,
        "versions": [_seen(each) for each in snapshot.versions],
        "notes": list(snapshot.notes),
    }


def from_json(document: object) -> Snapshot:
    """Return the snapshot that a document states, without a look at the exports.

    Raises `ValueError` that says where in the document what else was expected.
    """
    root = _Node(document)
    if root["snapshot"].value != FORMAT:
        raise root["snapshot"].wrong(f"the form {FORMAT}")
    return Snapshot(
        versions=tuple(_read_seen(each) for each in root["versions"].items()),
        notes=tuple(each.text() for each in root["notes"].items()),
    )


def _seen(seen: Seen) -> dict[str, Any]:
    head = {"model": seen.model, "version": seen.version, "path": seen.content.path, "note": seen.note}
    match seen.content:
        case Unread(reason=reason):
            return {**head, "error": reason}
        case Export(metagraphs=metagraphs):
            return {**head, "metagraphs": [_graph(each) for each in metagraphs]}


def _graph(graph: MetaGraph) -> dict[str, Any]:
    return {
        "tags": list(graph.tags),
        "tensorflow_version": graph.tensorflow_version,
        "signatures": {each.name: _signature(each) for each in graph.signatures},
    }


def _signature(signature: Signature) -> dict[str, Any]:
    return {
        "method_name": signature.method_name,
        "inputs": {each.name: _spec(each) for each in signature.inputs},
        "outputs": {each.name: _spec(each) for each in signature.outputs},
        "defaults": {each.name: _default(each) for each in signature.defaults},
        **({} if signature.features is None else {"features": _features(signature.features)}),
    }


def _features(features: Features) -> object:
    match features:
        case Undetermined(reason=reason):
            return {"undetermined": reason}
        case _:
            return [_feature(each) for each in features]


def _feature(feature: Feature) -> dict[str, Any]:
    default = None if feature.default is None else _default(feature.default)
    return {
        "name": feature.name,
        "dtype": feature.dtype.name,
        "kind": feature.kind.value,
        "shape": _shape(feature.shape),
        "default": default,
    }


def _spec(spec: TensorSpec) -> dict[str, Any]:
    return {
        "dtype": spec.dtype.name,
        "shape": _shape(spec.shape),
        "tensor": spec.tensor,
        "encoding": spec.encoding.value,
        **({} if spec.in_graph else {"in_graph": False}),
        **({} if spec.placeholder is None else {"placeholder": spec.placeholder.name}),
    }


def _shape(shape: Shape) -> list[int | None] | None:
    if not isinstance(shape, Ranked):
        return None
    return [dim.size if isinstance(dim, Fixed) else None for dim in shape.dims]


def _default(default: Default) -> dict[str, Any]:
    values = None if default.values is None else [_element(each) for each in default.values]
    return {"dtype": default.dtype.name, "shape": list(default.shape), "values": values}


def _element(value: Element) -> object:
    match value:
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                return {"b64": binascii.b2a_base64(value, newline=False).decode()}
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        case _:
            return value


@frozen
class _Node:
    """A value in a document, and where it stands."""

    value: Any
    at: str = "$"

    def wrong(self, expected: str) -> ValueError:
        return ValueError(f"{self.at}: expected {expected}, found {str(self.value)[:60]!r}")

    def pairs(self) -> tuple[tuple[str, "_Node"], ...]:
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return tuple((str(key), _Node(value, f"{self.at}.{key}")) for key, value in self.value.items())

    def __contains__(self, key: str) -> bool:
        return key in dict(self.pairs())

    def __getitem__(self, key: str) -> "_Node":
        if key not in self:
            raise self.wrong(f"an object with {key!r}")
        return dict(self.pairs())[key]

    def items(self) -> tuple["_Node", ...]:
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return tuple(_Node(value, f"{self.at}[{index}]") for index, value in enumerate(self.value))

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.wrong("a text")
        return self.value

    def integer(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.wrong("a whole number")
        return self.value

    def optional_text(self) -> str | None:
        return None if self.value is None else self.text()


def _read_seen(node: _Node) -> Seen:
    path = node["path"].text()
    content = (
        Unread(path, node["error"].text()) if "error" in node else _read_export(path, node["metagraphs"])
    )
    return Seen(node["model"].text(), node["version"].text(), content, node["note"].optional_text())


def _read_export(path: str, graphs: _Node) -> Export:
    return Export(path, tuple(_read_graph(each) for each in graphs.items()))


def _read_graph(node: _Node) -> MetaGraph:
    return MetaGraph(
        tags=tuple(each.text() for each in node["tags"].items()),
        signatures=tuple(_read_signature(name, each) for name, each in _sorted(node["signatures"])),
        tensorflow_version=node["tensorflow_version"].optional_text(),
    )


def _sorted(node: _Node) -> list[tuple[str, _Node]]:
    return sorted(node.pairs(), key=lambda pair: pair[0])


def _read_signature(name: str, node: _Node) -> Signature:
    return Signature(
        name=name,
        method_name=node["method_name"].text(),
        inputs=tuple(_read_spec(key, each) for key, each in _sorted(node["inputs"])),
        outputs=tuple(_read_spec(key, each) for key, each in _sorted(node["outputs"])),
        defaults=tuple(_read_default(key, each) for key, each in _sorted(node["defaults"])),
        features=_read_features(node["features"]) if "features" in node else None,
    )


def _read_features(node: _Node) -> Features:
    if isinstance(node.value, dict):
        return Undetermined(node["undetermined"].text())
    return tuple(_read_feature(each) for each in node.items())


def _read_feature(node: _Node) -> Feature:
    kind, shape = node["kind"].text(), _read_shape(node["shape"])
    if kind not in {each.value for each in FeatureKind} or not isinstance(shape, Ranked):
        raise node.wrong(f"a feature of kind {' or '.join(FeatureKind)} with a shape")
    default = None if node["default"].value is None else _read_default("", node["default"])
    return Feature(node["name"].text(), _read_dtype(node["dtype"]), FeatureKind(kind), shape, default)


def _read_spec(name: str, node: _Node) -> TensorSpec:
    encoding = node["encoding"].text()
    if encoding not in {each.value for each in Encoding}:
        raise node["encoding"].wrong(" or ".join(each.value for each in Encoding))
    return TensorSpec(
        name=name,
        dtype=_read_dtype(node["dtype"]),
        shape=_read_shape(node["shape"]),
        tensor=node["tensor"].text(),
        encoding=Encoding(encoding),
        in_graph="in_graph" not in node or node["in_graph"].value is True,
        placeholder=_read_dtype(node["placeholder"]) if "placeholder" in node else None,
    )


def _read_dtype(node: _Node) -> DType:
    name = node.text()
    if name in BY_NAME:
        return BY_NAME[name]
    number = name.removeprefix("unknown_dtype_")
    if number.removeprefix("-").isdecimal():
        return by_number(int(number))
    base = BY_NAME.get(name.removesuffix("_ref"))
    if base is None:
        raise node.wrong("a dtype")
    return by_number(base.number + 100)


def _read_shape(node: _Node) -> Shape:
    if node.value is None:
        return AnyRank()
    return Ranked(tuple(Unknown() if each.value is None else Fixed(each.integer()) for each in node.items()))


def _read_default(name: str, node: _Node) -> Default:
    dtype = _read_dtype(node["dtype"])
    shape = tuple(each.integer() for each in node["shape"].items())
    if node["values"].value is None:
        return Default(name, dtype, shape, None)
    return Default(
        name, dtype, shape, tuple(_read_element(dtype.kind, each) for each in node["values"].items())
    )


def _read_element(kind: Kind, node: _Node) -> Element:
    match kind, node.value:
        case Kind.BOOL, bool() as truth:
            return truth
        case _, bool():
            raise node.wrong(f"a value of kind {kind}")
        case Kind.STRING, str() as text:
            return text.encode()
        case Kind.STRING, {"b64": str() as text}:
            return _bytes(node, text)
        case Kind.FLOAT, str() as text if text in _NOT_FINITE:
            return _NOT_FINITE[text]
        case Kind.FLOAT, int() | float() as number:
            return float(number)
        case ((Kind.INT | Kind.UINT), int() as number):
            return number
        case _:
            raise node.wrong(f"a value of kind {kind}")


def _bytes(node: _Node, text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        raise node.wrong("base64") from None
