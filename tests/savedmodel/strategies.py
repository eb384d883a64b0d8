"""Signatures, defaults and exports to draw: everything that an export can state, in small."""

import struct

from hypothesis import strategies as st

from sigpact.savedmodel.reader import Export, MetaGraph
from sigpact.savedmodel.snapshot import Seen, Snapshot, Unread
from sigpact.tensors.dtypes import BY_NAME, DType, Kind, by_number
from sigpact.tensors.shapes import AnyRank, Fixed, Ranked, Unknown
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

NAMES = st.text(st.characters(codec="utf-8"), max_size=8)
DTYPES = st.integers(-2, 140).map(by_number)
DIMS = st.one_of(st.just(Unknown()), st.integers(0, 2**63 - 1).map(Fixed))
SHAPES = st.one_of(st.just(AnyRank()), st.lists(DIMS, max_size=3).map(lambda dims: Ranked(tuple(dims))))
WRITABLE = ["float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


def elements(dtype: DType) -> st.SearchStrategy[int | float | bool | bytes]:
    """Draw values of a dtype, NaN aside: it equals nothing."""
    match dtype.kind:
        case Kind.STRING:
            return st.binary(max_size=5)
        case Kind.BOOL:
            return st.booleans()
        case Kind.FLOAT:
            code = "<f" if dtype.bits == 32 else "<d"
            numbers = st.floats(allow_nan=False, width=32 if dtype.bits == 32 else 64)
            return numbers.map(lambda each: float(struct.unpack(code, struct.pack(code, each))[0]))
        case _:
            return st.integers(dtype.minimum, dtype.maximum)


@st.composite
def defaults(draw: st.DrawFn, name: str) -> Default:
    """Draw a default of one dimension, or of none."""
    dtype = BY_NAME[draw(st.sampled_from([*WRITABLE, "bool", "string"]))]
    values = draw(st.lists(elements(dtype), min_size=1, max_size=4))
    if len(values) == 1 and draw(st.booleans()):
        return Default(name, dtype, (), tuple(values))
    return Default(name, dtype, (len(values),), tuple(values))


@st.composite
def specs(draw: st.DrawFn, name: str) -> TensorSpec:
    """Draw a tensor of any encoding; a composite one names no tensor."""
    encoding = draw(st.sampled_from([Encoding.DENSE, Encoding.COO_SPARSE, Encoding.COMPOSITE]))
    tensor = "" if encoding is Encoding.COMPOSITE else draw(NAMES)
    return TensorSpec(name, draw(DTYPES), draw(SHAPES), tensor, encoding)


@st.composite
def signatures(draw: st.DrawFn, name: str | None = None) -> Signature:
    """Draw a signature; each default is of an input, or of nothing."""
    inputs = draw(st.lists(NAMES, unique=True, max_size=3).map(sorted))
    outputs = draw(st.lists(NAMES, unique=True, max_size=3).map(sorted))
    given = draw(st.lists(st.sampled_from([*inputs, "none"]), unique=True, max_size=2).map(sorted))
    return Signature(
        name=draw(NAMES) if name is None else name,
        method_name=draw(NAMES),
        inputs=tuple(draw(specs(each)) for each in inputs),
        outputs=tuple(draw(specs(each)) for each in outputs),
        defaults=tuple(draw(defaults(each)) for each in given),
    )


@st.composite
def features(draw: st.DrawFn) -> Features:
    """Draw what a graph parses, or why that is not known."""
    reason = draw(st.none() | NAMES)
    if reason is not None:
        return Undetermined(reason)
    names = draw(st.lists(NAMES, max_size=3).map(sorted))
    shapes = st.lists(DIMS, max_size=2).map(lambda dims: Ranked(tuple(dims)))
    kinds = st.sampled_from(FeatureKind)
    return tuple(
        Feature(each, draw(DTYPES), draw(kinds), draw(shapes), draw(st.none() | defaults("")))
        for each in names
    )


@st.composite
def metagraphs(draw: st.DrawFn) -> MetaGraph:
    """Draw a meta graph, tags and signatures sorted."""
    names = draw(st.lists(NAMES, unique=True, max_size=3).map(sorted))
    tags = draw(st.lists(NAMES, unique=True, max_size=3).map(sorted))
    version = draw(NAMES) or None
    return MetaGraph(tuple(tags), tuple(draw(signatures(each)) for each in names), version)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Draw a snapshot, with exports that could not be read too."""
    exports = st.builds(Export, NAMES, st.lists(metagraphs(), min_size=1, max_size=2).map(tuple))
    seen = st.builds(
        Seen, NAMES, st.integers().map(str), exports | st.builds(Unread, NAMES, NAMES), st.none() | NAMES
    )
    return Snapshot(tuple(draw(st.lists(seen, max_size=2))), tuple(draw(st.lists(NAMES, max_size=2))))
