"""From a call to tensor names, as the server gets there.

Source: servables/tensorflow/predict_util.cc (count rule, output_filter) and tensorflow/cc/saved_model/util.cc
(`GetInputValues`: aliases and defaults).
"""

from collections.abc import Iterable

import numpy as np

from sigpact.runtime.library import Fed, Fetched
from sigpact.runtime.protocol import Answered, Call, Crashed, Refused
from sigpact.runtime.worker import Plan
from sigpact.tensors.dtypes import by_number
from sigpact.tensors.specs import Default
from sigpact.wire.arrays import Value, numpy_dtype


def plan(call: Call) -> Plan | Refused | Crashed:
    """Return the call in the graph's words, or what the server says before it reaches the graph."""
    refused = _count_rule(call) or _alias_rule(call) or _filter_rule(call)
    if refused is not None:
        return refused
    feeds = []
    for spec in call.signature.inputs:
        fed = call.feeds.get(spec.name) or _default(call.signature.default(spec.name))
        if fed is None:
            return Crashed(None, f"not run: the default of input {spec.name!r} was not decoded")
        feeds.append(Fed(spec.tensor, fed.dtype.number, fed.array))
    return Plan(tuple(feeds), tuple(tensor for name, tensor in _fetches(call)))


def answered(call: Call, fetched: Iterable[Fetched]) -> Answered:
    """Return what came back under the names that clients know."""
    names = (name for name, _ in _fetches(call))
    pairs = zip(names, fetched, strict=True)
    return Answered({name: Value(by_number(each.dtype), each.array) for name, each in pairs})


def _fetches(call: Call) -> list[tuple[str, str]]:
    if not call.fetches:
        return [(spec.name, spec.tensor) for spec in call.signature.outputs]
    tensors = {spec.name: spec.tensor for spec in call.signature.outputs}
    return [(name, tensors[name]) for name in call.fetches]


def _count_rule(call: Call) -> Refused | None:
    sent, known = call.feeds.keys(), {spec.name for spec in call.signature.inputs}
    if not (len(sent) > len(known) or (len(sent) < len(known) and not call.signature.defaults)):
        return None
    return _invalid(
        f"input size does not match signature: {len(sent)}!={len(known)}"
        f" len({_names(sent)}) != len({_names(known)})."
        f" Sent extra: {_names(sent - known)}. Missing but required: {_names(known - sent)}."
    )


def _alias_rule(call: Call) -> Refused | None:
    defaults = {default.name for default in call.signature.defaults}
    for spec in call.signature.inputs:
        if spec.name not in call.feeds and spec.name not in defaults:
            return _invalid(
                f"Signature input alias: {spec.name}(feed name: {spec.tensor}) not found in request and no"
                f" default value provided. Inputs expected to be in the request {_names(call.feeds)},"
                f" or default input alias set: {_names(defaults)}"
            )
    unknown = call.feeds.keys() - {spec.name for spec in call.signature.inputs}
    if unknown:
        used = call.feeds.keys() - unknown
        return _invalid(
            f"Inputs contains invalid name. Used request inputs: {_names(used)},"
            f" request input: {_names(call.feeds)}"
        )
    return None


def _filter_rule(call: Call) -> Refused | None:
    known = {spec.name for spec in call.signature.outputs}
    seen = set[str]()
    for name in call.fetches:
        if name not in known:
            return _invalid(
                f"output tensor alias not found in signature: {name}"
                f" Outputs expected to be in the set {_names(known)}."
            )
        if name in seen:
            return _invalid(f"duplicate output tensor alias: {name}")
        seen.add(name)
    return None


def _default(default: Default | None) -> Value | None:
    if default is None or default.values is None:
        return None
    array = np.empty(len(default.values), numpy_dtype(default.dtype))
    array[:] = default.values
    return Value(default.dtype, array.reshape(default.shape))


def _invalid(message: str) -> Refused:
    return Refused("INVALID_ARGUMENT", message)


def _names(names: Iterable[str]) -> str:
    return "{" + ",".join(sorted(names)) + "}"
