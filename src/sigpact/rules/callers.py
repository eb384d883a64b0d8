"""The unknown callers of a signature: each kind of client, sending and reading just what it states.

No contract is at hand: what the old version's signature says is taken at its word. dtypes are the signature's
own, values fill their whole range, and a length that is open in front of inputs and outputs alike is one
`batch`.
"""

from collections.abc import Iterator
from typing import Final, TypeGuard

from sigpact.clients.kinds import ClientKind, Grpc, Inference, RestColumnar, RestRow
from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.contract.model import INFERENCE_OUTPUTS, Domain, Optional, SignatureUse, Tensor
from sigpact.frozen import frozen, replace
from sigpact.rules.effects import effect
from sigpact.rules.outcomes import Breaks, Effect, Safe, Silent, Undecided
from sigpact.rules.pairing import Pairing, paired
from sigpact.rules.registry import Difference, differences
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.shapes import AnyRank, Named, Ranked, Shape, Unknown, dims_of
from sigpact.tensors.specs import Encoding, Feature, FeatureKind, Features, Signature, TensorSpec
from sigpact.tensors.unify import ANY_NUMBER

PREDICT: Final = ("row-bare", "row-named", "col-bare", "col-named", "grpc", "grpc-filter")
"""The kinds of client that call Predict."""
INFERENCE: Final = ("classify", "regress")
"""The kinds of client that call the other APIs, where a signature looks like one of theirs."""
OMITTING: Final = ("grpc-omitting", "grpc-filter-omitting")
"""gRPC clients that leave out every input with a default."""

_BATCH: Final = Named("batch")


@frozen
class Habits:
    """What is known of an unknown caller: the inputs it sends, the outputs it reads, bare answers or not.

    `None`: all inputs, all outputs, and the form of answer that the signature gives.
    """

    sends: tuple[str, ...] | None = None
    reads: tuple[str, ...] | None = None
    bare_answer: bool | None = None


ALL: Final = Habits()


@frozen
class Caller:
    """One unknown caller: its name (`row-bare`), how it talks, what it sends and reads, and of what."""

    name: str
    kind: ClientKind
    use: SignatureUse
    signature: Signature

    def against(self, signatures: tuple[Signature, ...], server: ServerProfile = PLAIN) -> Pairing:
        """Pair the caller with a version."""
        found = paired(self.kind, self.use, signatures)
        return replace(found, server=server, origin=self.signature)

    def meets(
        self, signatures: tuple[Signature, ...], server: ServerProfile = PLAIN
    ) -> tuple[tuple[Difference, Effect], ...]:
        """Return what a version does to the caller that its own version did not do already."""
        known = {_mark(each) for each, _ in self._at_home(server)}
        found = judged(self.against(signatures, server))
        return tuple(each for each in found if _mark(each[0]) not in known)

    def exists(self, server: ServerProfile = PLAIN) -> bool:
        """Whether the old version itself answers such a client: nobody calls what never worked."""
        return verdict(self._at_home(server)) != "breaks"

    def _at_home(self, server: ServerProfile) -> tuple[tuple[Difference, Effect], ...]:
        return judged(self.against((self.signature,), server))


def _mark(difference: Difference) -> tuple[object, ...]:
    return difference.rule, difference.at, difference.change


def callers(signature: Signature, server: ServerProfile = PLAIN) -> tuple[Caller, ...]:
    """Return every unknown caller that a signature can have."""
    omitting = OMITTING if signature.defaults else ()
    names = (*PREDICT, *omitting, *INFERENCE)
    made = (caller(name, signature) for name in names)
    return tuple(each for each in made if each is not None and each.exists(server))


def caller(name: str, signature: Signature, habits: Habits = ALL) -> Caller | None:
    """Return the caller of that name; `None` where a client of this kind could not say what it sends.

    Raises `ValueError` for a name of no kind.
    """
    if name in INFERENCE:
        return _inference(name, signature, habits) if looks_like(name, signature) else None
    if name not in (*PREDICT, *OMITTING):
        raise ValueError(f"{name!r} is no kind of client; there is {', '.join((*PREDICT, *INFERENCE))}")
    if name.endswith("-omitting"):
        required = tuple(spec.name for spec in signature.inputs if signature.default(spec.name) is None)
        habits = replace(habits, sends=required)
    if name.endswith("-bare") and len(signature.inputs) != 1:
        return None
    if not name.startswith("grpc") and not signature.inputs:
        return None
    bare_answer = len(signature.outputs) == 1 if habits.bare_answer is None else habits.bare_answer
    kind = _kind(name, bare_answer=bare_answer)
    return Caller(name, kind, _use(kind, signature, habits), signature)


def looks_like(verb: str, signature: Signature) -> bool:
    """Whether a classify or regress call may reach a signature (classifier.cc:151-222, regressor.cc:146)."""
    inputs = [spec.name for spec in signature.inputs if spec.dtype.kind is Kind.STRING]
    outputs = {spec.name: spec.dtype.name for spec in signature.outputs}
    if len(signature.inputs) != 1 or inputs != ["inputs"]:
        return False
    if verb == "regress":
        return outputs == {"outputs": "float32"}
    known = {"classes": "string", "scores": "float32"}
    read = outputs.keys() & known.keys()
    return len(outputs) <= 2 and bool(read) and all(outputs[name] == known[name] for name in read)


def judged(pairing: Pairing) -> tuple[tuple[Difference, Effect], ...]:
    """Return every difference of a pairing, with what it does to the client."""
    return tuple((each, effect(each)) for each in differences(pairing))


def verdict(effects: tuple[tuple[Difference, Effect], ...]) -> str:
    """Return the worst of some effects in a word: `safe`, `silent`, `undecided` or `breaks`."""
    return max((word(outcome) for _, outcome in effects), key=VERDICTS.index, default="safe")


VERDICTS: Final = ("safe", "silent", "undecided", "breaks")
"""From the best to the worst."""


def word(outcome: Effect) -> str:
    """Say an effect in a word."""
    match outcome:
        case Breaks():
            return "breaks"
        case Undecided():
            return "undecided"
        case Silent():
            return "silent"
        case Safe():
            return "safe"


def _kind(name: str, *, bare_answer: bool) -> ClientKind:
    match name.split("-"):
        case ["row", form]:
            return RestRow(named=form == "named", bare_answer=bare_answer)
        case ["col", form]:
            return RestColumnar(named=form == "named", bare_answer=bare_answer)
        case _:
            return Grpc(filtered="filter" in name)


def _inference(verb: str, signature: Signature, habits: Habits) -> Caller:
    outputs = _outputs(signature, habits)
    readable = tuple(each for each in outputs if each.name in INFERENCE_OUTPUTS[verb])
    sent = tuple(_feature(each) for each in signature.features) if _are_known(signature.features) else ()
    use = SignatureUse(signature.name, (), verb, "row", False, "named", False, sent, readable)  # noqa: FBT003
    return Caller(verb, Inference(verb, rest=False), use, signature)


def _are_known(features: Features | None) -> TypeGuard[tuple[Feature, ...]]:
    return isinstance(features, tuple)


def _feature(feature: Feature) -> Tensor:
    """Return a feature as an unknown client sends it: one with a default not always."""
    default = feature.default
    optional = None if feature.is_required else Optional(default.values if default is not None else None)
    many = feature.kind in {FeatureKind.SPARSE, FeatureKind.RAGGED}
    shape = ANY_NUMBER if many else feature.shape
    return Tensor(feature.name, (feature.dtype.name,), ("inputs", feature.name), shape, optional=optional)


def _use(kind: ClientKind, signature: Signature, habits: Habits) -> SignatureUse:
    answer = "bare" if isinstance(kind, RestRow | RestColumnar) and kind.bare_answer else "named"
    return SignatureUse(
        name=signature.name,
        path=(),
        verb="predict",
        body="columnar" if isinstance(kind, RestColumnar) else "row",
        named=not isinstance(kind, Grpc) and not isinstance(kind, Inference) and kind.named,
        answer=answer,
        filter=isinstance(kind, Grpc) and kind.filtered,
        inputs=tuple(_inputs(kind, signature, habits)),
        outputs=tuple(_outputs(signature, habits)),
    )


def _inputs(kind: ClientKind, signature: Signature, habits: Habits) -> Iterator[Tensor]:
    for spec in signature.inputs:
        if habits.sends is None or spec.name in habits.sends:
            yield _input(spec)
        elif signature.default(spec.name) is not None and isinstance(kind, Grpc):
            yield replace(_input(spec), optional=Optional(sent=False))
    # A columnar client may always have sent a key that nobody looks at; its dtype cannot be known.
    known = {spec.name for spec in signature.inputs}
    for name in habits.sends or ():
        if name not in known:
            yield Tensor(name, ("float32",), ("inputs", name))


def _outputs(signature: Signature, habits: Habits) -> Iterator[Tensor]:
    for spec in signature.outputs:
        if habits.reads is None or spec.name in habits.reads:
            yield _output(spec, signature)


def _input(spec: TensorSpec) -> Tensor:
    shape = ANY_NUMBER if isinstance(spec.shape, AnyRank) else _named_batch(spec.shape)
    return Tensor(spec.name, (spec.dtype.name,), ("inputs", spec.name), shape, domain=_whole_range(spec))


def _output(spec: TensorSpec, signature: Signature) -> Tensor:
    follows = any(_is_open(each) for each in signature.inputs)
    shape = _named_batch(spec.shape) if follows else spec.shape
    return Tensor(spec.name, (spec.dtype.name,), ("outputs", spec.name), shape, finite=False)


def _named_batch(shape: Shape) -> Shape:
    match shape:
        case Ranked((Unknown(), *rest)):
            return Ranked((_BATCH, *rest))
        case _:
            return shape


def _is_open(spec: TensorSpec) -> bool:
    return dims_of(spec.shape)[:1] == (Unknown(),) and spec.encoding is Encoding.DENSE


def _whole_range(spec: TensorSpec) -> Domain:
    if not spec.dtype.is_integer:
        return Domain()
    return Domain(minimum=spec.dtype.minimum, maximum=spec.dtype.maximum)
