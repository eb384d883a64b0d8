"""Rules about tf.Example features: what a client of classify or regress sends, beside what the graph parses.

No signature shows features: they stand in the graph. A feature that is sent and not parsed harms nobody.
"""

from collections.abc import Iterator

from sigpact.clients.kinds import Inference
from sigpact.contract.model import Tensor
from sigpact.rules.inference import is_fed
from sigpact.rules.pairing import Pairing
from sigpact.rules.registry import Observation, rule
from sigpact.rules.values import flat, same_values, shown
from sigpact.tensors.counts import counts
from sigpact.tensors.shapes import AnyRank
from sigpact.tensors.specs import Feature, FeatureKind, Undetermined


def paired_features(pairing: Pairing) -> Iterator[tuple[Tensor, Feature]]:
    """Yield what the client sends beside what the graph parses under the same name."""
    for tensor in pairing.sent_features:
        yield from ((tensor, feature) for feature in pairing.features if feature.name == tensor.name)


@rule("feature-undetermined", alone="what cannot be read has no reverse")
def feature_undetermined(pairing: Pairing) -> Iterator[Observation]:
    """Nobody can tell from the graph which features it parses.

    What it does
        Reads the `ParseExample` ops that the signature's outputs depend on, in the graph and its functions,
        with their constants. It says so where there are none, or where names, defaults or the text itself are
        computed when the model runs.
    Why it breaks
        It may not break at all; but a required feature or another dtype fails every call, and no signature
        shows it. So the verdict is not yes.
    Example
        The graph decodes examples with `tf.io.decode_proto`, or maps `tf.io.parse_single_example` over them.
    How to mend it
        Model: parse the whole vector with one `tf.io.parse_example`, with constant defaults.
        Client: call `:predict`, where the signature says all.
    """
    found = pairing.found.features
    told = isinstance(found, tuple) and found
    if told or not (pairing.exists and _says_features(pairing) and is_fed(pairing)):
        return
    match found:
        case Undetermined(reason=reason):
            received = reason
        case tuple():
            received = "the graph parses no tf.Example: the serialized bytes reach its ops as they are"
        case None:
            received = "the graph was not at hand"
    yield Observation(
        at=("inputs",),
        change="features undetermined",
        message=f"the features that {pairing.use.name!r} parses are not known",
        expected=f"features {', '.join(tensor.name for tensor in pairing.sent_features) or 'none'}",
        received=received,
    )


def _says_features(pairing: Pairing) -> bool:
    """Whether it is known what the client sends: a contract says so, if only by listing nothing."""
    by_contract = isinstance(pairing.kind, Inference) and pairing.origin is None
    return by_contract or bool(pairing.sent_features)


@rule("feature-required-added", alone="a feature that is no longer parsed is ignored in every example")
def feature_required_added(pairing: Pairing) -> Iterator[Observation]:
    """The graph requires a feature that the client does not send, or does not always send.

    What it does
        Looks for dense features without a default that the contract does not list, or lists as `optional`.
        Features of the context count as sent.
    Why it breaks
        The parse op fails the whole call: `Feature: age (data type: int64) is required but could not be
        found.`; the signature looks the same as before.
    Example
        The feature spec gains `"age": FixedLenFeature([], tf.int64)`.
    How to mend it
        Model: give it a default: `FixedLenFeature([], tf.int64, default_value=0)`.
        Client: send the feature in every example.
    """
    always = {tensor.name for tensor in pairing.sent_features if tensor.optional is None}
    for feature in pairing.features if pairing.readable else ():
        if feature.is_required and feature.name not in always:
            sent = next((each for each in pairing.sent_features if each.name == feature.name), None)
            how = "does not send" if sent is None else "does not always send"
            yield Observation(
                at=("inputs", feature.name),
                change=f"required {feature} added",
                message=f"the graph requires feature {feature.name!r} ({feature}), which the client {how}",
                expected=f"no required feature but {', '.join(sorted(always)) or 'none'}",
                received=f"{feature.name}: {feature}",
                tensor=sent,
                feature=feature,
            )


@rule("feature-dtype-changed", alone="a tf.Example has three kinds of lists; any change is this rule")
def feature_dtype_changed(pairing: Pairing) -> Iterator[Observation]:
    """The graph parses a feature as another dtype than the client sends.

    What it does
        Compares the kind of list that the client's values end in (floats, integers, strings) with the dtype
        that the graph parses. Over REST the literals decide, not the signature: `80` is an integer.
    Why it breaks
        The parse op fails the whole call: `Data types don't match. Data type: int64 but expected type: float`
        (json_tensor.cc:737-794 for the literals).
    Example
        `age` becomes a float feature, and clients go on to send `80`.
    How to mend it
        Model: parse the old dtype, and cast in the graph.
        Client: send the new dtype; over REST write `80.0` for a float.
    """
    for tensor, feature in paired_features(pairing):
        if tensor.dtypes != (feature.dtype.name,) or feature.dtype.name == "float32":
            yield Observation(
                at=("inputs", tensor.name),
                change=f"dtype {'|'.join(tensor.dtypes)} -> {feature.dtype}",
                message=f"feature {tensor.name!r} is parsed as {feature.dtype}, the client sends "
                f"{' or '.join(tensor.dtypes)}",
                expected=" or ".join(tensor.dtypes),
                received=str(feature.dtype),
                tensor=tensor,
                feature=feature,
            )


@rule("feature-shape-changed", alone="numbers of values are compared as sets; either way is this rule")
def feature_shape_changed(pairing: Pairing) -> Iterator[Observation]:
    """The graph parses another number of values than an example of the client may hold.

    What it does
        Compares how many values the contract's shape has, for every length of its names, with the dense shape
        of the parse op; a list has no shape, so `[6]` and `[2, 3]` are the same. Sparse and ragged features
        take any number.
    Why it breaks
        The parse op fails the whole call: `Key: x. Number of float values != expected. values size: 2 but
        output shape: [3]`.
    Example
        `pixels` becomes `FixedLenFeature([1024], tf.float32)` from `[784]`.
    How to mend it
        Model: keep the length, or parse with `VarLenFeature`.
        Client: send as many values as the graph parses.
    """
    for tensor, feature in paired_features(pairing):
        if feature.kind in {FeatureKind.SPARSE, FeatureKind.RAGGED} or isinstance(tensor.shape, AnyRank):
            continue
        sizes = counts(tensor.shape, pairing.lengths)
        if feature.kind is FeatureKind.DENSE:
            fits = all(each == feature.step for each in sizes)
        else:
            fits = all(each % feature.step == 0 for each in sizes) if feature.step else sizes == {0}
        if not fits:
            yield Observation(
                at=("inputs", tensor.name),
                change=f"shape {tensor.shape} -> {feature.shape}",
                message=f"feature {tensor.name!r} is parsed as {feature.shape}, "
                f"the client sends {tensor.shape}",
                expected=str(tensor.shape),
                received=str(feature.shape),
                tensor=tensor,
                feature=feature,
            )


@rule("feature-default-changed", alone="a change of a value has no reverse")
def feature_default_changed(pairing: Pairing) -> Iterator[Observation]:
    """The default of a feature is another than the one that the client counts on.

    What it does
        Compares `optional: {default: …}` with the default of the parse op, both in the feature's dtype.
    Why it breaks
        An example without the feature is answered, with another value than the client reckons with.
    Example
        `optional: {default: 0.5}` against `FixedLenFeature([], tf.float32, default_value=0.7)`.
    How to mend it
        Model: keep the default.
        Client: send the value instead of leaving it out.
    """
    for tensor, feature in paired_features(pairing):
        counted_on = tensor.optional.default if tensor.optional is not None else None
        if counted_on is None or feature.is_required:
            continue
        wanted, default = flat(counted_on), feature.default
        if default is not None and default.values is not None and len(wanted) == 1:
            wanted *= len(default.values)
        if default is None or not same_values(wanted, default):
            received = "no default: the feature is empty then" if default is None else shown(default)
            yield Observation(
                at=("inputs", tensor.name),
                change="default changed",
                message=f"the default of feature {tensor.name!r} is not what the client counts on",
                expected=", ".join(map(str, wanted)),
                received=received,
                tensor=tensor,
                feature=feature,
            )
