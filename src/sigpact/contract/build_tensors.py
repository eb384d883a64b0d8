"""Inputs, outputs and features: `each` and `types` merged under them, shapes, and whole-tensor words."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sigpact.contract.admit import BROKEN
from sigpact.contract.build_domains import columns, domain, typed, wrong_keys
from sigpact.contract.build_shapes import shape
from sigpact.contract.fields import INPUT, KINDS, OUTPUT
from sigpact.contract.forms import Record
from sigpact.contract.mistakes import Mistake, listed, perhaps
from sigpact.contract.model import Around, Labels, Nested, Optional, Tensor
from sigpact.contract.scope import Data, Scope, as_data
from sigpact.contract.wholes import contradictions
from sigpact.expressions import Name, walk
from sigpact.findings import Path
from sigpact.frozen import frozen
from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.tensors.shapes import Expr, Fixed, Named, Ranked, dims_of

_ENUMS: Final = frozenset(["enum", "enum_from", "const"])
_FAMILY_OF_DTYPE: Final = {
    Kind.FLOAT: "number",
    Kind.INT: "integer",
    Kind.UINT: "integer",
    Kind.BOOL: "boolean",
    Kind.STRING: "string",
}


@frozen
class Merged:
    """The keys of one tensor, its own over its type's over `each`, and where each was written."""

    name: str
    path: Path
    keys: Data
    places: Mapping[str, Path]

    def where(self, key: str) -> Path:
        """Return the path under which a key was written; of one that was not, the tensor's."""
        return (*self.places[key], key) if key in self.places else self.path


@frozen
class Built:
    """A tensor with what the checks across tensors need to know of it.

    `family` is `number`, `integer`, `text`, `string`, `bytes`, `boolean`, or `other` where nothing is known.
    """

    tensor: Tensor
    family: str
    merged: Merged


@frozen
class Side:
    """One of `inputs`, `context`, `outputs` of a signature."""

    key: str
    record: Record
    each: Data
    each_path: Path
    features: bool
    """Whether they are features of tf.Example: an input's values then have one more dimension, the rows."""


def side_of(key: str, data: Data, path: Path) -> Side:
    """Return the side of a signature."""
    record = OUTPUT if key == "outputs" else INPUT
    features = key != "outputs" and data.get("verb", "predict") != "predict"
    return Side(key, record, as_data(data.get("each")), (*path, "each"), features)


def tensors(scope: Scope, side: Side, data: Data, path: Path) -> tuple[Built, ...]:
    """Return the tensors of one side of a signature."""
    written = as_data(data.get(side.key))
    merged = [_merged(scope, side, name, own, (*path, side.key, name)) for name, own in written.items()]
    return tuple(_tensor(scope, each) for each in merged)


def _merged(scope: Scope, side: Side, name: str, own: Any, path: Path) -> Merged:
    own = as_data(own)
    type_path = (*path, "type") if "type" in own else (*side.each_path, "type")
    type_name = own.get("type", side.each.get("type"))
    type_data: Data = {}
    if type_name is not None:
        type_data = as_data(scope.types.get(type_name))
        if type_name not in scope.types:
            known = perhaps(type_name, scope.types) or f": there are {listed(scope.types)}"
            scope.mistakes.add(Mistake.UNKNOWN_TYPE, type_path, f"{type_name!r} is not under 'types'{known}")
            scope.mistakes.excuse((*path, "dtype"))
    keys: Data = {}
    places: dict[str, Path] = {}
    layers = ((side.each, side.each_path), (type_data, ("types", str(type_name))), (own, path))
    for layer, place in layers:
        if not _ENUMS.isdisjoint(layer):
            keys = {key: value for key, value in keys.items() if key not in _ENUMS}
        allowed = {key: value for key, value in layer.items() if key in side.record.by_key}
        keys.update(allowed)
        places.update(dict.fromkeys(allowed, place))
    return Merged(name, path, keys, places)


def _tensor(scope: Scope, merged: Merged) -> Built:
    keys = merged.keys
    dtypes = _dtypes(scope, merged)
    family = _family(scope, merged, dtypes)
    wrong_keys(scope, family, keys, merged.where)
    said = domain(scope, family, dtypes, keys, merged.where)
    tensor = Tensor(
        name=merged.name,
        dtypes=dtypes,
        path=merged.path,
        shape=shape(scope, keys.get("shape"), merged.where("shape")),
        static=keys.get("static", False),
        optional=_optional(scope, merged, family),
        domain=said,
        columns=columns(scope, family, dtypes, keys.get("columns", []), merged.where("columns")),
        finite=keys.get("finite", True),
        unique=keys.get("unique"),
        sorted=keys.get("sorted"),
        sums_to=_around(keys.get("sumsTo")),
        norm=_around(keys.get("norm")),
        labels=_labels(scope, merged),
        source=None,
        samples=_samples(scope, merged, family),
        sensitive=keys.get("sensitive", False),
        scores=keys.get("scores"),
    )
    _check_axes(scope, tensor, merged)
    for key, reason in contradictions(tensor, scope.dims):
        scope.mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, merged.where(key), reason)
    return Built(tensor, family, merged)


def _dtypes(scope: Scope, merged: Merged) -> tuple[str, ...]:
    written = merged.keys.get("dtype")
    where = merged.where("dtype")
    if written is None:
        broken = scope.mistakes.is_broken(merged.path) or scope.mistakes.is_broken((*merged.path, "dtype"))
        if not broken and not scope.mistakes.is_broken(("types", str(merged.keys.get("type")), "dtype")):
            message = f"{merged.name!r} has no dtype: write a TensorFlow dtype, or {listed(KINDS)}"
            scope.mistakes.add(Mistake.NO_DTYPE, merged.path, message)
        return ()
    names = written if isinstance(written, list) else [written]
    found = tuple(BY_NAME[name].name if name in BY_NAME else name for name in names)
    if scope.protocol == "grpc" and found[0] in KINDS and found[0] not in {"text", "bytes"}:
        message = f"over gRPC dtypes are exact: write a TensorFlow dtype instead of {found[0]!r}"
        scope.mistakes.add(Mistake.DTYPE_NOT_IN_PROTOCOL, where, message)
    if scope.protocol == "rest" and not any(name in KINDS or BY_NAME[name].in_json for name in found):
        message = (
            f"the server's REST API carries no {' and no '.join(found)}: no REST client can send or read it"
        )
        scope.mistakes.add(Mistake.DTYPE_NOT_IN_PROTOCOL, where, message)
    return found


def _family(scope: Scope, merged: Merged, dtypes: tuple[str, ...]) -> str:
    rest_string = "bytes" if merged.name.endswith("_bytes") else "text"
    families = {
        name if name in KINDS else _FAMILY_OF_DTYPE.get(BY_NAME[name].kind, "other") for name in dtypes
    }
    if scope.protocol == "rest" and "string" in families:
        families = families - {"string"} | {rest_string}
    if families == {"number", "integer"}:
        return "number"
    if len(families) > 1:
        message = f"{listed(dtypes)} hold different kinds of values: a list is all numbers or all of one kind"
        scope.mistakes.add(Mistake.DTYPES_MIXED, merged.where("dtype"), message)
    return families.pop() if len(families) == 1 else "other"


def _optional(scope: Scope, merged: Merged, family: str) -> Optional | None:
    written = merged.keys.get("optional", False)
    if written is False:
        return None
    if written is True or "default" not in written:
        return Optional()
    path = (*merged.where("optional"), "default")
    return Optional(typed(scope, family, scope.nested(written["default"], path), path))


def _samples(scope: Scope, merged: Merged, family: str) -> tuple[Nested, ...]:
    path = merged.where("samples")
    return tuple(
        typed(scope, family, scope.nested(each, (*path, index)), (*path, index))
        for index, each in enumerate(merged.keys.get("samples", []))
        if each is not BROKEN
    )


def _around(written: Data | None) -> Around | None:
    if written is None:
        return None
    return Around(written.get("value", 0), written.get("axis", -1), written.get("atol"))


def _labels(scope: Scope, merged: Merged) -> Labels | None:
    written = merged.keys.get("labels")
    if written is None or "from" not in written:
        return None
    return Labels(scope.lines((*merged.where("labels"), "from"), written["from"]), written.get("axis", -1))


def _check_axes(scope: Scope, tensor: Tensor, merged: Merged) -> None:
    """Record axes that the shape does not have, and lists whose length is not that of their dimension."""
    if not isinstance(tensor.shape, Ranked) or tensor.shape.leading:
        return
    rank = len(tensor.shape.dims)
    for key, axis in _axes(tensor):
        if not -rank <= axis < rank:
            message = f"axis {axis} of {key!r} is not in shape {tensor.shape}, which has {rank} dimensions"
            scope.mistakes.add(Mistake.AXIS_OUTSIDE, merged.where(key), message)
    for key, axis, count in _counts(tensor):
        size = tensor.shape.dims[axis] if -rank <= axis < rank else None
        if count and isinstance(size, Fixed) and size.size != count:
            message = f"{key!r} says {count} positions, axis {axis} of shape {tensor.shape} has {size}"
            scope.mistakes.add(Mistake.COUNT_IS_NOT_DIM, merged.where(key), message)


def _axes(tensor: Tensor) -> Iterator[tuple[str, int]]:
    if tensor.unique is not None:
        yield "unique", tensor.unique
    if tensor.sorted is not None:
        yield "sorted", -1
    if tensor.sums_to is not None:
        yield "sumsTo", tensor.sums_to.axis
    if tensor.norm is not None:
        yield "norm", tensor.norm.axis
    if tensor.labels is not None:
        yield "labels", tensor.labels.axis
    if tensor.columns:
        yield "columns", -1


def _counts(tensor: Tensor) -> Iterator[tuple[str, int, int]]:
    if tensor.labels is not None:
        yield "labels", tensor.labels.axis, len(tensor.labels.names)
    if tensor.columns:
        yield "columns", -1, len(tensor.columns)


def bound_dims(all_built: tuple[Built, ...]) -> frozenset[str]:
    """Return the names that some plain occurrence binds."""
    return frozenset(
        dim.name for built in all_built for dim in dims_of(built.tensor.shape) if isinstance(dim, Named)
    )


def check_dims(scope: Scope, all_built: tuple[Built, ...]) -> None:
    """Record expressions over names that nothing binds, and names that are a dimension and a tensor."""
    bound = bound_dims(all_built)
    for built in all_built:
        shape, merged = built.tensor.shape, built.merged
        if built.tensor.name in bound or built.tensor.name in scope.dims:
            message = (
                f"{built.tensor.name!r} is a dimension as well: a name has one meaning, rename the dimension"
            )
            scope.mistakes.add(Mistake.TWO_MEANINGS, built.tensor.path, message)
        first = int(isinstance(shape, Ranked) and shape.leading)
        for index, dim in enumerate(dims_of(shape), start=first):
            for node in walk(dim.tree) if isinstance(dim, Expr) else ():
                if isinstance(node, Name) and node.name not in bound:
                    message = (
                        f"{node.name!r} in {dim} is bound by no shape of this signature: an expression only "
                        f"uses names that stand alone elsewhere{perhaps(node.name, bound)}"
                    )
                    path = (*merged.where("shape"), index)
                    scope.mistakes.add(Mistake.DIM_NEVER_BOUND, path, message, at=node.at)
