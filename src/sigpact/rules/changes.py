"""What changed between two versions of a signature, whoever calls it: each difference once."""

from collections.abc import Iterator

from sigpact.findings import Path
from sigpact.frozen import frozen
from sigpact.rules.located import companions
from sigpact.tensors.specs import Default, Encoding, Feature, Features, Signature, TensorSpec, Undetermined


@frozen
class Change:
    """One difference: where in the signature, what happened, and the two sides as text."""

    at: Path
    change: str
    """`added`, `removed`, `renamed`, `dtype`, `shape`, `encoding`, `graph`, `default`, `method-name`,
    `feature` or `features`."""
    message: str
    old: str | None = None
    new: str | None = None


def changes(old: Signature | None, new: Signature | None) -> tuple[Change, ...]:
    """Return every difference that a client could notice; which names the graph has is nobody's business."""
    if old is None or new is None:
        added = old is None
        said = "added" if added else "removed"
        return (Change((), said, f"the signature is {'new' if added else 'gone'}"),)
    return (
        *_tensors("input", old, new),
        *_defaults(old, new),
        *_tensors("output", old, new),
        *_method(old, new),
        *_features(old.features, new.features),
    )


def _tensors(side: str, old: Signature, new: Signature) -> Iterator[Change]:
    known, found = (_by_name(side, each) for each in (old, new))
    gone = [spec for spec in known.values() if spec.name not in found]
    come = [spec for spec in found.values() if spec.name not in known]
    if len(gone) == len(come) == 1 and _alike(gone[0], come[0]):
        was, now = gone[0].name, come[0].name
        yield Change(_at(side, was), "renamed", f"{side} {was!r} is called {now!r}", was, now)
        gone, come = [], []
    for spec in gone:
        yield Change(_at(side, spec.name), "removed", f"{side} {spec.name!r} is gone", _said(spec))
    for spec in come:
        told = f"{side} {spec.name!r} is new: {_said(spec)}{_need(side, new, spec)}"
        yield Change(_at(side, spec.name), "added", told, None, _said(spec))
    for name in sorted(known.keys() & found.keys()):
        yield from _tensor(side, known[name], found[name])
        yield from _in_graph(side, name, old, new)


def _at(side: str, name: str) -> Path:
    return (f"{side}s", name)


def _alike(one: TensorSpec, other: TensorSpec) -> bool:
    return (one.dtype, one.shape, one.encoding) == (other.dtype, other.shape, other.encoding)


def _said(spec: TensorSpec) -> str:
    return str(spec) if spec.encoding is Encoding.DENSE else f"{spec.encoding} {spec.dtype}"


def _need(side: str, signature: Signature, spec: TensorSpec) -> str:
    if side == "output":
        return ""
    default = signature.default(spec.name)
    return ", required" if default is None else f", default {shown(default)}"


def _tensor(side: str, old: TensorSpec, new: TensorSpec) -> Iterator[Change]:
    parts = (
        ("dtype", str(old.dtype), str(new.dtype)),
        ("shape", str(old.shape), str(new.shape)),
        ("encoding", str(old.encoding), str(new.encoding)),
    )
    for word, was, now in parts:
        if was != now:
            yield Change(_at(side, old.name), word, f"{side} {old.name!r}: {was} -> {now}", was, now)


def _in_graph(side: str, name: str, old: Signature, new: Signature) -> Iterator[Change]:
    """Yield what changed of what a name stands for in the graph: tensors may be called otherwise."""
    was, now = (_meaning(each, _by_name(side, each)[name]) for each in (old, new))
    if was != now:
        yield Change(_at(side, name), "graph", f"{side} {name!r} in the graph: {was} -> {now}", was, now)


def _meaning(signature: Signature, spec: TensorSpec) -> str:
    if not spec.in_graph:
        return "absent"
    same = " and ".join(companions(signature, spec))
    kind = "a tensor" if spec.placeholder is None else f"a tensor that takes {spec.placeholder}"
    return f"{kind}, that of {same}" if same else kind


def _by_name(side: str, signature: Signature) -> dict[str, TensorSpec]:
    return {spec.name: spec for spec in (signature.inputs if side == "input" else signature.outputs)}


def _defaults(old: Signature, new: Signature) -> Iterator[Change]:
    for spec in old.inputs:
        if new.input(spec.name) is None:
            continue
        was, now = old.default(spec.name), new.default(spec.name)
        # NaN differs from itself; its text does not.
        if repr(was) == repr(now) and (was is None or was.values is not None):
            continue
        old_text, new_text = (None if each is None else shown(each) for each in (was, now))
        told = f"input {spec.name!r}: default {old_text or 'none'} -> {new_text or 'none'}"
        yield Change(_at("input", spec.name), "default", told, old_text, new_text)


def shown(default: Default) -> str:
    """Say a default in a few words."""
    if default.values is None:
        return f"a {default.dtype} that was not read"
    values = ", ".join(map(_element, default.values[:4])) + (", …" if len(default.values) > 4 else "")
    return values if not default.shape else f"[{values}]"


def _element(value: float | bytes) -> str:
    return repr(value.decode(errors="backslashreplace")) if isinstance(value, bytes) else str(value)


def _features(old: Features | None, new: Features | None) -> Iterator[Change]:
    """Yield what changed of the tf.Examples that the graph parses, where both sides are known."""
    match old, new:
        case tuple(), tuple():
            yield from _parsed(old, new)
        case Undetermined(), tuple() | Undetermined() if old != new:
            yield Change((), "features", "which features the graph parses cannot be compared")
        case tuple(), Undetermined(reason=reason):
            yield Change((), "features", f"which features the graph parses is not known any more: {reason}")


def _parsed(old: tuple[Feature, ...], new: tuple[Feature, ...]) -> Iterator[Change]:
    was, now = ({each.name: _spoken(each) for each in side} for side in (old, new))
    for name in sorted(was.keys() | now.keys()):
        before, after = was.get(name), now.get(name)
        if before == after:
            continue
        if before is None:
            told, word = f"feature {name!r} is new: {after}", "added"
        elif after is None:
            told, word = f"feature {name!r} is no longer parsed", "removed"
        else:
            told, word = f"feature {name!r}: {before} -> {after}", "feature"
        yield Change(_at("feature", name), word, told, before, after)


def _spoken(feature: Feature) -> str:
    if feature.is_required:
        return f"{feature}, required"
    return str(feature) + ("" if feature.default is None else f", default {shown(feature.default)}")


def _method(old: Signature, new: Signature) -> Iterator[Change]:
    if old.method_name != new.method_name:
        told = f"method name {old.method_name!r} -> {new.method_name!r}"
        yield Change((), "method-name", told, old.method_name, new.method_name)
