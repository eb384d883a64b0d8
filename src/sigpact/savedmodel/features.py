"""Which features of a tf.Example a graph parses: read from its `ParseExample` ops and their constants.

Source of the ops: core/ops/parsing_ops.cc of TensorFlow. What is computed while the model runs (a default, a
list of keys) cannot be read here: then nothing is said, with a reason.
"""

import mmap
import re
from collections.abc import Iterator, Sequence
from typing import Final

from sigpact.frozen import frozen, replace
from sigpact.savedmodel.graph import Graph, GraphError, Node, Scope, target
from sigpact.savedmodel.reader import FILE, Export, serving_meta_graph
from sigpact.savedmodel.tensors import default
from sigpact.savedmodel.wire import Buffer, Message, chunks, signed, varints, whole
from sigpact.tensors.dtypes import DType, by_number
from sigpact.tensors.shapes import Fixed, Ranked, Unknown
from sigpact.tensors.specs import Default, Encoding, Feature, FeatureKind, Features, Signature, Undetermined

MAX_STEPS: Final = 20_000_000
"""Fields stepped over in a graph: a quarter of a minute, which no graph that anybody serves takes."""
_ANY_PARSER: Final = re.compile(rb"Parse(?:Single)?(?:Sequence)?Example")
_PARSERS: Final = frozenset(
    {"ParseExample", "ParseExampleV2", "ParseSequenceExample", "ParseSequenceExampleV2"}
)
_OTHER_PARSERS: Final = {
    "ParseSingleExample": "which takes a single example: calls with several are mapped or fail",
    "ParseSingleSequenceExample": "which takes a single example: calls with several are mapped or fail",
    "ParseExampleDataset": "whose dataset is run as often as something else decides",
    "ParseExampleDatasetV2": "whose dataset is run as often as something else decides",
}
"""Ops whose features are not taken for what a call with any number of examples must hold, and why."""


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
            (export.folder / FILE).open("rb") as handle,
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
            raise _UnsaidError(f"parses with {node.op}, {_OTHER_PARSERS[node.op]}")
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


@frozen
class _Op:
    """What one parse op looks for: names by kind, and what the dense ones are where they are missing."""

    sparse: list[str]
    dense: list[str]
    ragged: list[str]
    defaults: tuple[str, ...]
    types: tuple[tuple[DType, ...], tuple[DType, ...], tuple[DType, ...]]
    """Of sparse, dense and ragged features."""
    shapes: tuple[Ranked, ...]


def _parsed(scope: Scope, node: Node) -> Iterator[Feature]:
    op = _sequence_op(scope, node) if "Sequence" in node.op else _example_op(scope, node)
    sparse_types, types, ragged_types = op.types
    counts = (len(op.dense), len(types), len(op.shapes), len(op.defaults))
    if len(set(counts)) > 1 or (len(op.sparse), len(op.ragged)) != (len(sparse_types), len(ragged_types)):
        raise _UnsaidError(f"has an op that does not fit together ({node.name})")
    for name, dtype in zip(op.sparse, sparse_types, strict=True):
        yield Feature(name, dtype, FeatureKind.SPARSE)
    for name, dtype in zip(op.ragged, ragged_types, strict=True):
        yield Feature(name, dtype, FeatureKind.RAGGED)
    for name, dtype, shape, given in zip(op.dense, types, op.shapes, op.defaults, strict=True):
        yield _dense(name, dtype, shape, _constant(scope, given, f"the default of {name!r}"))


def _example_op(scope: Scope, node: Node) -> _Op:
    sparse_types, types = _types(node, "sparse_types"), _types(node, "Tdense")
    kinds = sparse_types, types, _types(node, "ragged_value_types")
    shapes = _shapes(node, "dense_shapes")
    keys = node.inputs[2:]
    if node.op == "ParseExampleV2":
        sparse, dense, ragged = (_names(scope, each) for each in keys[:3])
        return _Op(sparse, dense, ragged, keys[3:], kinds, shapes)
    ends = len(sparse_types), len(sparse_types) + len(types)
    sparse, dense = _each(scope, keys[: ends[0]]), _each(scope, keys[ends[0] : ends[1]])
    return _Op(sparse, dense, [], keys[ends[1] :], kinds, shapes)


def _sequence_op(scope: Scope, node: Node) -> _Op:
    """Return the context of an op that parses SequenceExamples: a tf.Example is one with nothing but that.

    (`features` of the one and `context` of the other are both field 1: core/example/example.proto.)
    """
    keys = node.inputs[2:]
    if node.op == "ParseSequenceExampleV2":
        sparse, dense, ragged, _, lists, _ = (_names(scope, each) for each in keys[:6])
        flags = _constant(scope, keys[6], "which feature lists may be missing").values or ()
        required, defaults = len(lists) > sum(map(bool, flags)), keys[7:]
    else:
        sparse, dense = (_listed(node, f"context_{each}_keys") for each in ("sparse", "dense"))
        lists = _listed(node, "feature_list_dense_keys")
        may_lack = set(_listed(node, "feature_list_dense_missing_assumed_empty"))
        ragged, required, defaults = [], not may_lack.issuperset(lists), keys
    if required:
        raise _UnsaidError(f"wants lists of features, of which a tf.Example has none ({node.name})")
    words = ("context_sparse_types", "Tcontext_dense", "context_ragged_value_types")
    of_sparse, of_dense, of_ragged = (_types(node, each) for each in words)
    shapes = _shapes(node, "context_dense_shapes")
    return _Op(sparse, dense, ragged, defaults, (of_sparse, of_dense, of_ragged), shapes)


def _listed(node: Node, attribute: str) -> list[str]:
    """Return the names in an attribute that is a list of strings."""
    return [
        each.decode(errors="backslashreplace") for each in chunks(node.attribute(attribute).message(1), 2)
    ]


def _dense(name: str, dtype: DType, shape: Ranked, default: Default) -> Feature:
    """Return a dense feature: an empty default says that it is required (example_proto_fast_parsing.cc)."""
    if shape.dims and not isinstance(shape.dims[0], Fixed):
        return Feature(name, dtype, FeatureKind.SEQUENCE, shape)
    is_empty = 0 in default.shape
    return Feature(name, dtype, FeatureKind.DENSE, shape, None if is_empty else default)


def _types(node: Node, attribute: str) -> tuple[DType, ...]:
    return tuple(by_number(signed(each, 32)) for each in varints(node.attribute(attribute).message(1), 6))


def _shapes(node: Node, attribute: str) -> tuple[Ranked, ...]:
    return tuple(_shape(each) for each in node.attribute(attribute).message(1).messages(7))


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
