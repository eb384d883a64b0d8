"""Whether traffic and an export tell of the same signature: a contract of both must be satisfied by both."""

from collections.abc import Iterator, Mapping

from sigpact.authoring.dims import spec_of
from sigpact.authoring.facts import Facts, Traffic
from sigpact.nearest import hint
from sigpact.tensors.dtypes import DType, Kind
from sigpact.tensors.shapes import Fixed, Ranked
from sigpact.tensors.specs import Feature, Signature

_FAMILIES = {
    Kind.FLOAT: frozenset({"number", "integer"}),
    Kind.INT: frozenset({"integer"}),
    Kind.UINT: frozenset({"integer"}),
    Kind.BOOL: frozenset({"boolean"}),
    Kind.STRING: frozenset({"text", "bytes"}),
}
"""What stands in JSON or a record for each kind of dtype; scripts log the float 1.0 as `1`."""


def clashes(signature: Signature, traffic: Traffic, protocol: str) -> Iterator[str]:
    """Yield what traffic has that the signature has not, or has otherwise."""
    if traffic.verb == "predict":
        yield from _side("inputs", signature, traffic.inputs, traffic)
        yield from _unsent(signature, traffic, protocol)
    elif isinstance(signature.features, tuple) and signature.features:
        yield from _features(signature.features, traffic)
    yield from _side("outputs", signature, traffic.outputs, traffic)


def _side(side: str, signature: Signature, found: Mapping[str, Facts], traffic: Traffic) -> Iterator[str]:
    did = "sends" if side == "inputs" else "answers"
    there = [each.name for each in (signature.inputs if side == "inputs" else signature.outputs)]
    lacking = [] if side == "inputs" or not found or traffic.verb != "predict" else set(there) - set(found)
    for name in sorted(lacking):
        yield f"the answers have no {name!r}, the export has"
    for name, facts in found.items():
        spec = spec_of((side, name), signature)
        if spec is None:
            yield f"the traffic {did} {name!r}, and that is none of its {side}; {hint(name, there)}"
            continue
        reason = _dtype(spec.fed_as if side == "inputs" else spec.dtype, facts)
        if reason is not None:
            yield f"{name!r} {reason}"
        if isinstance(spec.shape, Ranked):
            yield from _lengths((side, name), spec.shape, traffic)


def _dtype(dtype: DType, facts: Facts) -> str | None:
    if facts.dtype is not None and facts.dtype != dtype.name:
        return f"is {facts.dtype} in the traffic, and {dtype} in the export"
    if facts.elements and facts.family not in _FAMILIES.get(dtype.kind, ()):
        return f"holds values of kind {facts.family} in the traffic, and is {dtype} in the export"
    return None


def _lengths(key: tuple[str, str], shape: Ranked, traffic: Traffic) -> Iterator[str]:
    rank = traffic.ranks.get(key)
    if rank != len(shape.dims):
        seen = "several numbers of" if rank is None else rank
        yield f"{key[1]!r} has {seen} dimensions in the traffic, {shape} in the export"
        return
    for axis, dim in enumerate(shape.dims):
        found = traffic.lengths.get((*key, axis))
        if isinstance(dim, Fixed) and found is not None and (found.several or found.least != dim.size):
            seen = f"{found.least} to {found.most}" if found.several else str(found.least)
            where = f"dimension {axis + 1} of {key[1]!r}"
            yield f"{where} is {seen} long in the traffic, {dim.size} in the export"


def _unsent(signature: Signature, traffic: Traffic, protocol: str) -> Iterator[str]:
    for spec in signature.inputs:
        always = protocol == "rest" or signature.default(spec.name) is None
        if always and spec.name not in traffic.inputs:
            yield f"the traffic does not send {spec.name!r}, which the export needs"
        elif always and spec.name in traffic.optional:
            yield f"the traffic does not always send {spec.name!r}, which the export needs"


def _features(features: tuple[Feature, ...], traffic: Traffic) -> Iterator[str]:
    by_name = {each.name: each for each in features}
    for name, facts in traffic.inputs.items():
        feature = by_name.get(name)
        if feature is not None and (reason := _dtype(feature.dtype, facts)) is not None:
            yield f"feature {name!r} {reason}"
    for name, feature in by_name.items():
        if feature.is_required and (name not in traffic.inputs or name in traffic.optional):
            yield f"the traffic does not always send the feature {name!r}, which the export needs"
