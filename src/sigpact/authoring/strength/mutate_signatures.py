"""Mutations of what a version states: dtypes, dimensions, names. The rules judge them; nothing is run."""

from collections.abc import Callable, Iterator
from typing import Final

from sigpact.authoring.strength.clauses import shape
from sigpact.authoring.strength.mutations import Mutant, Restated, mutation
from sigpact.authoring.strength.scene import Scene
from sigpact.frozen import replace
from sigpact.report.strength import Harm
from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.tensors.shapes import Fixed, Ranked, Unknown
from sigpact.tensors.specs import Signature, TensorSpec

_WIDER: Final = {
    "float16": "float32", "bfloat16": "float32", "float32": "float64", "float64": "float32",
    "int8": "int16", "int16": "int32", "int32": "int64", "int64": "int32",
    "uint8": "uint16", "uint16": "uint32", "uint32": "uint64", "uint64": "uint32",
}  # fmt: skip
_NEW: Final = "added_by_sigpact"


def _restated(scene: Scene, *path: str, what: str, changed: Signature | None) -> Restated:
    """Return the version with another signature in place of the scene's, or without it."""
    name = scene.use.name
    others = tuple(each for each in scene.journey.signatures if each.name != name)
    signatures = others if changed is None else (*others, changed)
    return Restated(path, what, tuple(sorted(signatures, key=lambda each: each.name)))


def _with_inputs(signature: Signature, *inputs: TensorSpec) -> Signature:
    return replace(signature, inputs=tuple(sorted(inputs, key=lambda each: each.name)))


def _with_outputs(signature: Signature, *outputs: TensorSpec) -> Signature:
    return replace(signature, outputs=tuple(sorted(outputs, key=lambda each: each.name)))


def _each_output(
    scene: Scene, told: str, change: Callable[[TensorSpec], TensorSpec | None]
) -> Iterator[Mutant]:
    """Yield the signature with each of its outputs changed, or gone."""
    found = scene.signature
    for spec in found.outputs if found is not None else ():
        changed = change(spec)
        if found is None or changed == spec:
            continue
        others = [each for each in found.outputs if each is not spec]
        kept = _with_outputs(found, *others, *([] if changed is None else [changed]))
        what = told.format(name=spec.name, old=spec, new=changed)
        yield _restated(scene, "outputs", spec.name, what=what, changed=kept)


def _each_input(
    scene: Scene, told: str, change: Callable[[TensorSpec], TensorSpec | None]
) -> Iterator[Mutant]:
    """Yield the signature with each of its inputs changed, or gone."""
    found = scene.signature
    for spec in found.inputs if found is not None else ():
        changed = change(spec)
        if found is None or changed == spec:
            continue
        others = [each for each in found.inputs if each is not spec]
        kept = _with_inputs(found, *others, *([] if changed is None else [changed]))
        kept = kept if changed is not None else _without_defaults(kept, spec.name)
        what = told.format(name=spec.name, old=spec, new=changed)
        yield _restated(scene, "inputs", spec.name, what=what, changed=kept)


def _without_defaults(signature: Signature, name: str) -> Signature:
    return replace(signature, defaults=tuple(each for each in signature.defaults if each.name != name))


def _as_dtype(spec: TensorSpec, name: str) -> TensorSpec:
    return replace(spec, dtype=BY_NAME[name], placeholder=None)


def _wider(spec: TensorSpec) -> TensorSpec:
    return _as_dtype(spec, _WIDER.get(spec.dtype.name, spec.dtype.name))


def _of_another_kind(spec: TensorSpec) -> TensorSpec:
    return _as_dtype(spec, "int64" if spec.dtype.kind is Kind.STRING else "string")


def _longer(spec: TensorSpec) -> TensorSpec:
    """Return a tensor whose last fixed dimension is one longer, or that has one more."""
    if not isinstance(spec.shape, Ranked):
        return spec
    dims = list(spec.shape.dims)
    fixed = [at for at, dim in enumerate(dims) if isinstance(dim, Fixed) and at > 0]
    if not fixed:
        return replace(spec, shape=Ranked((*dims, Fixed(2))))
    last = dims[fixed[-1]]
    dims[fixed[-1]] = Fixed(last.size + 1) if isinstance(last, Fixed) else last
    return replace(spec, shape=Ranked(tuple(dims)))


def _renamed(spec: TensorSpec) -> TensorSpec:
    return replace(spec, name=f"{spec.name}_v2")


@mutation("signature-removed", Harm.FAILS)
def signature_removed(scene: Scene) -> Iterator[Mutant]:
    """A signature is gone.

    The server refuses each call of it. Clients that never name it do not notice, and need not.
    """
    if scene.signature is not None:
        yield _restated(scene, what=f"signature {scene.use.name} is gone", changed=None)


@mutation("output-dtype-widened", Harm.FAILS)
def output_dtype_widened(scene: Scene) -> Iterator[Mutant]:
    """An output has a dtype of the same kind with other bits.

    gRPC carries it in another field; over REST the literals are the same, so nobody notices.
    """
    yield from _each_output(scene, "output {name} is {new} instead of {old}", _wider)


@mutation("output-dtype-replaced", Harm.FAILS)
def output_dtype_replaced(scene: Scene) -> Iterator[Mutant]:
    """An output has a dtype of another kind: texts instead of numbers, numbers instead of texts.

    A label becomes its index, say: whoever reads the label fails, over every protocol.
    """
    yield from _each_output(scene, "output {name} is {new} instead of {old}", _of_another_kind)


@mutation("output-dimension", Harm.FAILS, shape)
def output_dimension(scene: Scene) -> Iterator[Mutant]:
    """An output has a dimension more, or one that is longer by one.

    One class more, or a list where a value was: the client has no room for it.
    """
    yield from _each_output(scene, "output {name} is declared {new} instead of {old}", _longer)


@mutation("output-renamed", Harm.FAILS)
def output_renamed(scene: Scene) -> Iterator[Mutant]:
    """An output has another name.

    Whoever reads it by name finds nothing. The only output of a REST answer has no name there.
    """
    yield from _each_output(scene, "output {name} is called {new.name}", _renamed)


@mutation("output-removed", Harm.FAILS)
def output_removed(scene: Scene) -> Iterator[Mutant]:
    """An output is gone.

    Whoever reads it finds nothing; where one output is left, REST drops its name, which breaks others too.
    """
    yield from _each_output(scene, "output {name} is gone", lambda _: None)


@mutation("output-added", Harm.FAILS)
def output_added(scene: Scene) -> Iterator[Mutant]:
    """There is an output more.

    Where there was a single one, REST answers objects from now on instead of bare values.
    """
    found = scene.signature
    if found is not None and found.outputs:
        more = replace(found.outputs[0], name=_NEW, tensor=f"{_NEW}:0")
        changed = _with_outputs(found, *found.outputs, more)
        yield _restated(scene, "outputs", what="there is an output more", changed=changed)


@mutation("input-dtype", Harm.FAILS)
def input_dtype(scene: Scene) -> Iterator[Mutant]:
    """An input has a dtype of another kind.

    What the client sends is refused, whatever the protocol; bytes are no numbers.
    """
    yield from _each_input(scene, "input {name} is {new} instead of {old}", _of_another_kind)


@mutation("input-renamed", Harm.FAILS)
def input_renamed(scene: Scene) -> Iterator[Mutant]:
    """An input has another name.

    What the client sends is refused, unless it sends bare values, which have no name.
    """
    yield from _each_input(scene, "input {name} is called {new.name}", _renamed)


@mutation("input-removed", Harm.FAILS)
def input_removed(scene: Scene) -> Iterator[Mutant]:
    """An input is gone.

    gRPC and rows of REST are refused for the one they send too much; columns are not.
    """
    yield from _each_input(scene, "input {name} is gone", lambda _: None)


@mutation("input-required", Harm.FAILS)
def input_required(scene: Scene) -> Iterator[Mutant]:
    """There is an input more, without a default.

    Whoever does not send it is refused: clients go first where something new is to be sent.
    """
    found = scene.signature
    if found is not None and scene.use.verb == "predict":
        more = TensorSpec(_NEW, BY_NAME["float32"], Ranked((Unknown(),)), f"{_NEW}:0")
        changed = _with_inputs(found, *found.inputs, more)
        yield _restated(scene, "inputs", what="there is a required input more", changed=changed)
