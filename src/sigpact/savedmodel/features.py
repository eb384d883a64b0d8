"""Which features of a tf.Example a graph parses: read from its `ParseExample` ops and their constants.

Source of the ops: core/ops/parsing_ops.cc of TensorFlow. What is computed while the model runs (a default, a
list of keys) cannot be read here: then nothing is said, with a reason.
"""

import mmap
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sigpact.frozen import replace
from sigpact.savedmodel.graph import Graph, GraphError, Node, Scope, target
from sigpact.savedmodel.reader import FILE, Export, serving_meta_graph
from sigpact.savedmodel.tensors import default
from sigpact.savedmodel.wire import Buffer, Message, signed, varints, whole
from sigpact.tensors.dtypes import DType, by_number
from sigpact.tensors.shapes import Fixed, Ranked, Unknown
from sigpact.tensors.specs import Default, Encoding, Feature, FeatureKind, Features, Signature, Undetermined

MAX_STEPS: Final = 20_000_000
"""Fields stepped over in a graph: a quarter of a minute, which no graph that anybody serves takes."""
_ANY_PARSER: Final = re.compile(rb"Parse(?:Single)?(?:Sequence)?Example")
_PARSERS: Final = frozenset({"ParseExample", "ParseExampleV2"})
_OTHER_PARSERS: Final = frozenset(
    {
        "ParseSingleExample",
        "ParseSequenceExample",
        "ParseSequenceExampleV2",
        "ParseSingleSequenceExample",
        "ParseExampleDataset",
        "ParseExampleDatasetV2",
    }
)


def takes_examples(signature: Signature) -> bool:
    """Whether classify and regress could feed it: one dense input of strings (classifier.cc:151)."""
    inputs = signature.inputs
    return len(inputs) == 1 and inputs[0].encoding is Encoding.DENSE and inputs[0].fed_as.name == "string"


def features_of(export: Export, signature: Signature) -> Features:
    """Return the features that the graph behind a signature parses, sorted by name; none: it parses none.

    Only an op that is fed with what the signature is fed with counts. `Undetermined` where the graph does
    not say, or where there is no graph to read.
    """
    if not takes_examples(signature):
        return ()
    try:
        with (
            Path(export.path, FILE).open("rb") as handle,
            mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as buffer,
        ):
            # One pass in C: most graphs parse nothing, and are not walked.
            return _features(buffer, signature) if _ANY_PARSER.search(buffer) else ()
    except (OSError, ValueError) as error:  # WireError and GraphError are ValueErrors
        return Undetermined(f"the graph {error}" if isinstance(error, GraphError) else str(error))


def with_features(export: Export, signature: Signature) -> Signature:
    """Return the signature with what its graph parses."""
    return replace(signature, features=features_of(export, signature))


class _UnsaidError(GraphError):
    """What the graph computes when it runs."""


def _features(buffer: Buffer, signature: Signature) -> Features:
    meta = serving_meta_graph(whole(buffer, MAX_STEPS))
    if meta is None:
        raise GraphError("has not exactly the tag 'serve'")
    graph = Graph(meta.message(2))
    placeholder = target(signature.inputs[0].tensor)
    found: set[Feature] = set()
    for scope, node in graph.reached([each.tensor for each in signature.outputs if each.tensor]):
        if node.op in _OTHER_PARSERS:
            raise _UnsaidError(f"parses with {node.op}, whose features are not read here")
        if node.op in _PARSERS and _reads(graph, scope, node, placeholder):
            found.update(_parsed(scope, node))
    return tuple(sorted(found, key=lambda each: (each.name, repr(each))))


def _reads(graph: Graph, scope: Scope, node: Node, placeholder: str) -> bool:
    """Whether an op parses what the signature is fed with."""
    origin = scope.origin(node.inputs[0]) if node.inputs else None
    if origin is None or not scope.once:
        raise _UnsaidError(f"parses in a branch or a loop ({node.name})")
    where, source = origin
    if where is graph.root and source.name == placeholder:
        return True
    if source.op == "Const":
        return False
    raise _UnsaidError(f"computes the text that it parses (by {source.op})")


def _parsed(scope: Scope, node: Node) -> Iterator[Feature]:
    v2 = node.op == "ParseExampleV2"
    types, shapes = _types(node, "Tdense"), _shapes(node)
    sparse_types, ragged_types = _types(node, "sparse_types"), _types(node, "ragged_value_types")
    keys = node.inputs[2:]
    if v2:
        sparse, dense, ragged = (_names(scope, each) for each in keys[:3])
        defaults = keys[3:]
    else:
        ends = len(sparse_types), len(sparse_types) + len(types)
        sparse, dense, ragged = _each(scope, keys[: ends[0]]), _each(scope, keys[ends[0] : ends[1]]), []
        defaults = keys[ends[1] :]
    counts = (len(dense), len(types), len(shapes), len(defaults))
    if len(set(counts)) > 1 or (len(sparse), len(ragged)) != (len(sparse_types), len(ragged_types)):
        raise _UnsaidError(f"has an op that does not fit together ({node.name})")
    for name, dtype in zip(sparse, sparse_types, strict=True):
        yield Feature(name, dtype, FeatureKind.SPARSE)
    for name, dtype in zip(ragged, ragged_types, strict=True):
        yield Feature(name, dtype, FeatureKind.RAGGED)
    for name, dtype, shape, given in zip(dense, types, shapes, defaults, strict=True):
        yield _dense(name, dtype, shape, _constant(scope, given, f"the default of {name!r}"))


def _dense(name: str, dtype: DType, shape: Ranked, default: Default) -> Feature:
    """Return a dense feature: an empty default says that it is required (example_proto_fast_parsing.cc)."""
    if shape.dims and not isinstance(shape.dims[0], Fixed):
        return Feature(name, dtype, FeatureKind.SEQUENCE, shape)
    is_empty = 0 in default.shape
    return Feature(name, dtype, FeatureKind.DENSE, shape, None if is_empty else default)


def _types(node: Node, attribute: str) -> tuple[DType, ...]:
    return tuple(by_number(signed(each, 32)) for each in varints(node.attribute(attribute).message(1), 6))


def _shapes(node: Node) -> tuple[Ranked, ...]:
    return tuple(_shape(each) for each in node.attribute("dense_shapes").message(1).messages(7))


def _shape(proto: Message) -> Ranked:
    sizes = [signed(each.number(1), 64) for each in proto.messages(2)]
    if proto.number(3) or any(size < 0 for size in sizes[1:]):
        raise _UnsaidError("parses a feature whose shape is open")
    return Ranked(tuple(Fixed(size) if size >= 0 else Unknown() for size in sizes))


def _names(scope: Scope, reference: str) -> list[str]:
    keys = _constant(scope, reference, "the names of features")
    if keys.values is None:
        raise _UnsaidError("parses more features than are read here")
    return [each.decode(errors="backslashreplace") for each in keys.values if isinstance(each, bytes)]


def _each(scope: Scope, references: Sequence[str]) -> list[str]:
    return [name for each in references for name in _names(scope, each)]


def _constant(scope: Scope, reference: str, what: str) -> Default:
    """Return the constant behind a tensor."""
    origin = scope.origin(reference)
    if origin is None or origin[1].op != "Const":
        raise _UnsaidError(f"computes {what}")
    return default("", origin[1].attribute("value").message(8))
