"""A gRPC PredictRequest -> what the session is fed and gives back (servables/tensorflow/predict_util.cc)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.frozen import replace
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.specs import Signature
from sigpact.wire.arrays import Value, numpy_dtype
from sigpact.wire.batching import refused_feeds
from sigpact.wire.client_writes import CannotWrite
from sigpact.wire.refusal import Refusal


@dataclass(frozen=True, slots=True, eq=False)
class GrpcRequest:
    """What the server calls the graph with: every input fed, outputs named (none: all of them).

    Dtypes and shapes were not looked at: a wrong dtype is refused by the session.
    """

    feeds: Mapping[str, Value]
    fetches: tuple[str, ...]


def read_grpc(
    signature: Signature,
    sent: Mapping[str, Value],
    output_filter: tuple[str, ...],
    server: ServerProfile = PLAIN,
) -> GrpcRequest | Refusal | CannotWrite:
    """Apply the server's checks in its order, and fill in the defaults of inputs that were not sent.

    The batching session's checks of what it is fed come last. `CannotWrite` where the default that counts is
    one whose value was not decoded from the export.
    """
    if not server.feeds_defaults:
        signature = replace(signature, defaults=())
    wrong = _wrong_method(signature, server) or _wrong_count(signature, sent) or _wrong_names(signature, sent)
    if wrong is not None:
        return wrong
    feeds = {}
    for spec in signature.inputs:
        fed = sent[spec.name] if spec.name in sent else _default(signature, spec.name)
        if fed is None:
            return CannotWrite(f"{spec.name}: the export's default value could not be read")
        feeds[spec.name] = fed
    wrong = _wrong_filter(signature, output_filter)
    if wrong is None and server.batching:
        wrong = refused_feeds(feeds)
    return GrpcRequest(feeds, output_filter) if wrong is None else wrong


def _wrong_method(signature: Signature, server: ServerProfile) -> Refusal | None:
    """Refuse a method name that Predict does not know, where the server looks at it (38-49)."""
    if not server.method_name_check or signature.method_name in _METHODS:
        return None
    return Refusal(
        "INTERNAL",
        f"Expected prediction signature method_name to be one of {{{', '.join(_METHODS)}}}."
        f" Was: {signature.method_name}",
    )


_METHODS: Final = tuple(f"tensorflow/serving/{verb}" for verb in ("predict", "classify", "regress"))


def _default(signature: Signature, name: str) -> Value | None:
    """Return the tensor that the server feeds; `None` where its value was not decoded."""
    default = signature.default(name)
    if default is None or default.values is None:
        return None
    if default.dtype.kind is Kind.STRING:
        array = np.empty(len(default.values), object)
        array[:] = default.values
    else:
        array = np.array(default.values, numpy_dtype(default.dtype))
    return Value(default.dtype, array.reshape(default.shape))


def _wrong_count(signature: Signature, sent: Mapping[str, Value]) -> Refusal | None:
    """Refuse too many inputs, and too few where the signature has no defaults at all (51-74)."""
    count = len(signature.inputs)
    if len(sent) == count or (len(sent) < count and signature.defaults):
        return None
    names = {spec.name for spec in signature.inputs}
    return _invalid(
        f"input size does not match signature: {len(sent)}!={count}"
        f" len({_set(sent)}) != len({_set(names)})."
        f" Sent extra: {_set(sent.keys() - names)}. Missing but required: {_set(names - sent.keys())}."
    )


def _wrong_names(signature: Signature, sent: Mapping[str, Value]) -> Refusal | None:
    """Refuse an input that is neither sent nor has a default, then a name that is no input."""
    defaults = {each.name for each in signature.defaults}
    for spec in signature.inputs:
        if spec.name not in sent and spec.name not in defaults:
            return _invalid(
                f"Signature input alias: {spec.name}(feed name: {spec.tensor}) not found in request and no"
                f" default value provided. Inputs expected to be in the request {_set(sent)}, or"
                f" default input alias set: {_set(defaults)}."
            )
    used = {spec.name for spec in signature.inputs} & sent.keys()
    if used != sent.keys():
        return _invalid(
            f"Inputs contains invalid name. Used request inputs: {_set(used)}, request input: {_set(sent)}"
        )
    return None


def _wrong_filter(signature: Signature, output_filter: tuple[str, ...]) -> Refusal | None:
    seen: set[str] = set()
    for name in output_filter:
        if signature.output(name) is None:
            outputs = _set({spec.name for spec in signature.outputs})
            return _invalid(
                f"output tensor alias not found in signature: {name}"
                f" Outputs expected to be in the set {outputs}."
            )
        if name in seen:
            return _invalid(f"duplicate output tensor alias: {name}")
        seen.add(name)
    return None


def _set(names: Iterable[str]) -> str:
    return "{" + ",".join(sorted(names)) + "}"


def _invalid(message: str) -> Refusal:
    return Refusal("INVALID_ARGUMENT", message)
