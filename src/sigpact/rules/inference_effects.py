"""What differences do to clients of classify and regress: the part of the effect table that is theirs.

Source: servables/tensorflow/{classifier,regressor}.cc; util/json_tensor.cc:737-794 for the literals of
features; core/util/example_proto_fast_parsing.cc for what the parse op does with them.
"""

from collections.abc import Callable
from typing import Final

from sigpact.clients.kinds import Inference
from sigpact.contract.model import Tensor
from sigpact.rules.inference import answer_shape_fits, answers
from sigpact.rules.literals import WHOLE_WITHOUT_POINT, literal, worst
from sigpact.rules.outcomes import Breaks, Effect, Safe, Silent, Undecided
from sigpact.rules.registry import Difference
from sigpact.rules.value_sets import is_whole, whole_numbers
from sigpact.tensors.dtypes import BY_NAME, DType, Kind
from sigpact.tensors.shapes import AnyRank, Ranked
from sigpact.tensors.specs import Feature, FeatureKind
from sigpact.tensors.unify import Fit, gives

_INT64: Final = BY_NAME["int64"]


def output_lost(difference: Difference) -> Effect:
    """Judge `output-missing`: with one of `classes` and `scores` left, the other comes back empty."""
    if not answers(difference.pairing):
        return Safe("told by verb-outputs-unfit")
    empty = {"classes": 'every label comes back as ""', "scores": "every score comes back as 0.0"}
    name = difference.tensor.name if difference.tensor is not None else ""
    return Silent(f"the server answers all the same, and {empty.get(name, 'it is empty')}", constrained=True)


def output_shape(difference: Difference) -> Effect:
    """Judge `output-shape-changed`: the number of classes; ranks and rows are `verb-shape-unfit`'s."""
    pairing, tensor, spec = difference.pairing, difference.tensor, difference.spec
    if tensor is None or spec is None:
        raise ValueError("output-shape-changed compares two tensors")
    wanted, found = tensor.shape, spec.shape
    if spec.name == "outputs" or answer_shape_fits(pairing, spec) is not Fit.YES:
        return Safe("told by verb-shape-unfit, if by any")
    if not isinstance(wanted, Ranked) or not isinstance(found, Ranked) or wanted.leading:
        return Safe("the contract does not say how many classes")
    if len(wanted.dims) != 2:
        return Breaks("client", f"the answer has classes for each row, the client reads {wanted}")
    known = pairing.bound_by_outputs
    classes = Ranked(wanted.dims[1:]), Ranked(found.dims[1:])
    fit, _ = gives(*classes, pairing.lengths, pairing.bound_by_inputs, known)
    match fit:
        case Fit.YES:
            return Safe("the number of classes is one that the client reads")
        case Fit.NO:
            return Silent(f"the answer has other classes: {found}", constrained=True)
        case Fit.UNSAID:
            return Undecided("the export does not say how many classes there are; only running it tells")


def output_dtype_is_told(difference: Difference) -> bool:
    """Whether `verb-dtype-unfit` says already that the API cannot answer with this dtype."""
    spec = difference.spec
    return spec is not None and spec.dtype.name != ("string" if spec.name == "classes" else "float32")


def _refused(why: str) -> Callable[[Difference], Effect]:
    return lambda _: Breaks("server", why)


def _shape_unfit(difference: Difference) -> Effect:
    spec = difference.spec
    if spec is None:
        raise ValueError("verb-shape-unfit is about an output")
    if answer_shape_fits(difference.pairing, spec) is Fit.UNSAID:
        return Undecided("the export promises no such shape; only running it tells")
    return Breaks("server", "the server checks the real tensor and answers INVALID_ARGUMENT instead")


def _undetermined(_: Difference) -> Effect:
    return Undecided("a required feature or another dtype would fail every call, and nothing here shows it")


def _required(_: Difference) -> Effect:
    return Breaks("server", "the parse op fails the call: Feature: … is required but could not be found")


def _feature_dtype(difference: Difference) -> Effect:
    tensor, feature, kind = difference.tensor, difference.feature, difference.pairing.kind
    if tensor is None or feature is None or not isinstance(kind, Inference):
        raise ValueError("feature-dtype-changed compares two features")
    return worst([_sent(word, tensor, feature.dtype, kind) for word in tensor.dtypes])


def _sent(word: str, tensor: Tensor, parsed: DType, kind: Inference) -> Effect:
    """Judge values that a client declares as `word`, at a feature that is parsed as `parsed`."""
    written = literal(word)
    pointless = kind.rest and kind.language in WHOLE_WITHOUT_POINT
    if parsed.kind is Kind.STRING or written == "text":
        same = parsed.kind is Kind.STRING and written == "text"
        return Safe("both are strings") if same else _other_list(word, parsed)
    if parsed.kind is Kind.FLOAT:
        if written != "fraction":
            return _other_list(word, parsed)
        if pointless and has_whole(tensor):
            return Breaks(
                "server", f"{kind.language} writes 1 for 1.0, which the server takes for an int64 feature"
            )
        return Safe("both are floats")
    if written == "fraction" and not (pointless and is_whole(tensor)):
        return _other_list(word, parsed)
    return _whole(word, tensor)


def _whole(word: str, tensor: Tensor) -> Effect:
    known = [each for part in whole_numbers(word, tensor) for each in part.ends()]
    if literal(word) == "boolean" or all(_INT64.minimum <= each <= _INT64.maximum for each in known):
        return Safe("an int64 list holds them")
    return Breaks("server", "an int64 list does not hold values that the client may send")


def _other_list(word: str, parsed: DType) -> Effect:
    return Breaks("server", f"the parse op fails the call: Data types don't match ({word} for {parsed})")


def has_whole(tensor: Tensor) -> bool:
    """Whether some value that the client may send is a whole number."""
    return any(not each.is_empty for each in whole_numbers("number", tensor))


def _feature_shape(difference: Difference) -> Effect:
    tensor = difference.tensor
    if tensor is None or isinstance(tensor.shape, AnyRank):
        raise ValueError("feature-shape-changed compares two shapes")
    return Breaks("server", "the parse op fails the call: Number of values != expected")


def _feature_default(difference: Difference) -> Effect:
    feature = difference.feature
    if feature is None:
        raise ValueError("feature-default-changed is about a feature")
    if not _has_known_default(feature):
        return Undecided("what the graph makes of an absent feature is not in its parse op")
    return Silent("the parse op fills in its own default, and the call succeeds", constrained=True)


def _has_known_default(feature: Feature) -> bool:
    known = feature.default is not None and feature.default.values is not None
    return feature.kind is FeatureKind.DENSE and known


TABLE: Final[dict[str, Callable[[Difference], Effect]]] = {
    "verb-input-unfit": _refused(
        "the server wants one input 'inputs' of strings and answers INVALID_ARGUMENT"
    ),
    "verb-outputs-unfit": _refused("the server finds no outputs to answer with: INVALID_ARGUMENT"),
    "verb-dtype-unfit": _refused("the server checks the dtype and answers INVALID_ARGUMENT instead"),
    "verb-shape-unfit": _shape_unfit,
    "feature-undetermined": _undetermined,
    "feature-required-added": _required,
    "feature-dtype-changed": _feature_dtype,
    "feature-shape-changed": _feature_shape,
    "feature-default-changed": _feature_default,
}
"""Rule id -> judgement, for the rules about classify and regress alone."""
