"""The one table of what a difference does to a client: safe, breaks, silent or undecided.

Follows the server (TensorFlow Serving 9d981c5c; default flags, unless the pairing's profile says otherwise):
util/json_tensor.cc for REST, servables/tensorflow/predict_util.cc for gRPC. Pure: a difference in, an effect
out.
"""

from collections.abc import Callable
from typing import Final

from sigpact.clients.kinds import Grpc, Inference, RestColumnar, RestRow
from sigpact.clients.profile import ServerProfile
from sigpact.rules import inference_effects
from sigpact.rules.literals import input_effect, output_effect
from sigpact.rules.outcomes import Breaks, Effect, Safe, Silent, Undecided
from sigpact.rules.precision import precision_effect
from sigpact.rules.registry import Difference
from sigpact.tensors.shapes import AnyRank, Fixed, Named, Ranked, dims_of
from sigpact.tensors.unify import Fit, gives

_ONLY_RUNNING: Final = "the server checks no declared shape; the ops decide, so only running it tells"


def effect(difference: Difference) -> Effect:
    """Judge one difference for the client of its pairing."""
    return TABLE[difference.rule](difference)


def _signature_missing(difference: Difference) -> Effect:
    match difference.pairing.kind:
        case Grpc():
            return Breaks("server", 'gRPC answers FAILED_PRECONDITION: Serving signature key "…" not found')
        case Inference():
            return Breaks(
                "server", "the server answers INVALID_ARGUMENT: No signature was found with the name"
            )
    return Breaks("server", 'the server answers 400: Serving signature name: "…" not found in signature def')


def _input_missing(difference: Difference) -> Effect:
    match difference.pairing.kind:
        case RestColumnar(named=True) if difference.pairing.found.inputs:
            return Safe("columnar requests may hold keys that the signature lacks; the server ignores them")
        case Grpc():
            return Breaks("server", "gRPC refuses an input that the signature lacks: Sent extra")
        case RestRow(named=True):
            return Breaks(
                "server", "each row must have exactly the signature's keys, else the server answers 400"
            )
        case _:
            return Breaks(
                "server", "a bare value needs a signature of exactly one input, else the server answers 400"
            )


def _input_added(difference: Difference) -> Effect:
    match difference.pairing.kind:
        case Grpc():
            return Breaks("server", "gRPC refuses a request without it: Missing but required")
        case RestRow(named=True):
            return Breaks(
                "server", "each row must have exactly the signature's keys, else the server answers 400"
            )
        case RestColumnar(named=True):
            return Breaks("server", "a columnar request must hold every input, else the server answers 400")
        case _:
            return Breaks(
                "server", "a bare value needs a signature of exactly one input, else the server answers 400"
            )


def _input_default_added(difference: Difference) -> Effect:
    server = difference.pairing.server
    if isinstance(difference.pairing.kind, Grpc):
        return Safe("gRPC feeds the default") if server.feeds_defaults else _unfed(server)
    added = _input_added(difference)
    why = added.why if isinstance(added, Breaks) else ""
    return Breaks("server", f"defaults count for gRPC only: {why}")


def _unfed(server: ServerProfile) -> Effect:
    return Breaks(
        "server", f"release {server.release} feeds no defaults and refuses it: input size does not match"
    )


def _input_default_removed(difference: Difference) -> Effect:
    if difference.spec is not None and difference.pairing.found.default(difference.spec.name) is not None:
        return _unfed(difference.pairing.server)
    return Breaks("server", "gRPC refuses a request without it: no default value provided")


def _input_default_changed(difference: Difference) -> Effect:
    pairing, spec = difference.pairing, difference.spec
    if spec is None:
        raise ValueError("input-default-changed compares two defaults")
    signatures = (pairing.found, pairing.origin or pairing.found)
    defaults = [each.default(spec.name) for each in signatures]
    if any(default is not None and default.values is None for default in defaults):
        return Undecided("the default's value cannot be read from the export")
    return Silent("the server feeds its own default, and the call succeeds", constrained=True)


def _input_default_mistyped(difference: Difference) -> Effect:
    if isinstance(difference.pairing.kind, Grpc):
        return Breaks("server", "the server injects it unseen, and the graph refuses each request without it")
    return Safe("defaults count for gRPC only")


def _method_name(difference: Difference) -> Effect:
    match difference.pairing.kind:
        case RestRow() | RestColumnar():
            return Breaks("server", "the server checks method names and answers 500")
        case Grpc():
            return Breaks("server", "the server checks method names and answers INTERNAL")
        case Inference(verb=verb):
            return Breaks("server", f"the server checks method names and refuses to {verb}")


def _batched_input(difference: Difference) -> Effect:
    tensor = difference.tensor
    if difference.pairing.use.given and tensor is not None and dims_of(tensor.shape):
        return Undecided("what the contract says under given may keep the inputs as long as each other")
    return Breaks("server", "the batching session joins requests along one batch that all inputs have")


def _batched_output(difference: Difference) -> Effect:
    if difference.spec is not None and isinstance(difference.spec.shape, AnyRank):
        return Undecided("whether it has the batch only running it tells")
    if not difference.pairing.inputs_fit:
        return Undecided("an input's declared shape changed as well; the real tensors decide")
    return Breaks("server", "the batching session cuts every output that it fetches along one batch")


def _shared_tensor(_: Difference) -> Effect:
    return Silent(
        "of two outputs on one tensor, the batching session answers one with other values", constrained=True
    )


def _input_shape(_: Difference) -> Effect:
    return Undecided(_ONLY_RUNNING)


def _shape_unfixed(_: Difference) -> Effect:
    return Breaks("client", "the contract says static: true, and the export leaves a length open")


def _rest_only(who: str, why: str) -> Callable[[Difference], Effect]:
    def judge(difference: Difference) -> Effect:
        if isinstance(difference.pairing.kind, Grpc):
            return Safe("gRPC carries every dtype")
        return Breaks(who, why)

    return judge


def _not_dense(difference: Difference) -> Effect:
    if difference.change == "fed itself":
        return Breaks("server", "what is fed cannot be fetched: every call that fetches it fails")
    return Breaks("server", "the server finds no tensor of that name in the graph; every call fails")


def _output_missing(difference: Difference) -> Effect:
    match difference.pairing.kind:
        case Grpc(filtered=True):
            named = f"the output_filter names {_called(difference)}"
            return Breaks("server", f"{named}: output tensor alias not found in signature")
        case Inference():
            return inference_effects.output_lost(difference)
        case _:
            return Breaks("client", f"the answer does not hold {_called(difference)}")


def _called(difference: Difference) -> str:
    return repr(difference.tensor.name) if difference.tensor else "it"


def _output_count(why: str, *, bare: bool) -> Callable[[Difference], Effect]:
    def judge(difference: Difference) -> Effect:
        kind = difference.pairing.kind
        if isinstance(kind, RestRow | RestColumnar) and kind.bare_answer is bare:
            return Breaks("client", why)
        return Safe("the answer holds names; this client reads by name")

    return judge


def _output_dtype(difference: Difference) -> Effect:
    inference = isinstance(difference.pairing.kind, Inference)
    if inference and inference_effects.output_dtype_is_told(difference):
        return Safe("told by verb-dtype-unfit")
    return output_effect(difference)


def _output_shape(difference: Difference) -> Effect:
    pairing, tensor, spec = difference.pairing, difference.tensor, difference.spec
    if tensor is None or spec is None:
        raise ValueError("output-shape-changed compares two tensors")
    if isinstance(pairing.kind, Inference):
        return inference_effects.output_shape(difference)
    if not pairing.inputs_fit:
        return Undecided(
            "an input's declared shape changed as well, so the answer's shape is the ops' to decide"
        )
    known = pairing.bound_by_outputs
    fit, _ = gives(tensor.shape, spec.shape, pairing.lengths, pairing.bound_by_inputs, known)
    if fit is Fit.UNSAID:
        return Undecided("the export promises no length there; only running it tells")
    if _lost_batch(difference):
        return Silent(f"{spec.shape} comes back however many rows are sent", constrained=True)
    return Breaks("client", f"the client reads {tensor.shape} and gets {spec.shape}")


def _lost_batch(difference: Difference) -> bool:
    """Whether nothing but the first length, which followed the request, is fixed now."""
    pairing, tensor, spec = difference.pairing, difference.tensor, difference.spec
    match tensor and tensor.shape, spec and spec.shape:
        case Ranked((Named(name), *rest), False), Ranked((Fixed(), *found)) if (
            name in pairing.bound_by_inputs
        ):
            fit, _ = gives(
                Ranked(tuple(rest)), Ranked(tuple(found)), pairing.lengths, pairing.bound_by_inputs
            )
            return fit is Fit.YES
        case _:
            return False


def _row_answer(why: str) -> Callable[[Difference], Effect]:
    def judge(difference: Difference) -> Effect:
        if not isinstance(difference.pairing.kind, RestRow):
            return Safe("only row answers are cut along a batch")
        if difference.spec is not None and isinstance(difference.spec.shape, AnyRank):
            return Undecided("whether it is a scalar only running it tells")
        if not difference.pairing.inputs_fit:
            return Undecided("an input's declared shape changed as well; the real tensors decide")
        return Breaks("server", why)

    return judge


TABLE: Final[dict[str, Callable[[Difference], Effect]]] = {
    "signature-missing": _signature_missing,
    "signature-method-refused": _method_name,
    "input-missing": _input_missing,
    "input-required-added": _input_added,
    "input-default-added": _input_default_added,
    "input-default-removed": _input_default_removed,
    "input-default-changed": _input_default_changed,
    "input-default-mistyped": _input_default_mistyped,
    "input-dtype-changed": input_effect,
    "input-precision-refused": precision_effect,
    "input-shape-changed": _input_shape,
    "input-shape-unfixed": _shape_unfixed,
    "input-not-encodable": _rest_only("server", "no JSON request can carry this dtype"),
    "input-not-dense": _not_dense,
    "output-missing": _output_missing,
    "output-added-to-single": _output_count(
        "with several outputs each row is an object by name, where the client reads the bare value", bare=True
    ),
    "output-removed-to-single": _output_count(
        "with one output the answer holds bare values without a name, where the client reads by name",
        bare=False,
    ),
    "output-dtype-changed": _output_dtype,
    "output-encoding-changed": _rest_only("client", "strings and base64 objects are different JSON"),
    "output-shape-changed": _output_shape,
    "output-shape-unfixed": _shape_unfixed,
    "answer-not-encodable": _rest_only("server", "one such output fails the whole answer"),
    "answer-without-batch": _row_answer(
        "the server cannot cut a scalar into rows and fails the whole answer"
    ),
    "answer-batch-inconsistent": _row_answer("the server fails the whole answer: inconsistent batch size"),
    "output-not-dense": _not_dense,
    "input-batch-refused": _batched_input,
    "output-batch-refused": _batched_output,
    "output-tensor-shared": _shared_tensor,
    **inference_effects.TABLE,
}
"""Rule id -> judgement, for every rule that compares."""
