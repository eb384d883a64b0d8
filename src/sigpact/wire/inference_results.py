"""What the server does with a classify or regress request: which tensors it feeds, fetches and answers with.

Source: servables/tensorflow/classifier.cc (PreProcessClassification, PostProcessClassificationResult),
regressor.cc (the same), util.cc (InputToSerializedExampleTensor).
"""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.contract.model import INFERENCE_OUTPUTS
from sigpact.tensors.dtypes import BY_NAME, DType
from sigpact.tensors.specs import Signature
from sigpact.wire.arrays import Value
from sigpact.wire.inference import (
    Feature,
    InferenceRequest,
    write_classifications,
    write_regressions,
)
from sigpact.wire.refusal import Refusal
from sigpact.wire.tf_example import serialized

INPUT: Final = "inputs"
"""The alias of the one input, which the examples are fed to."""
_STRING: Final = BY_NAME["string"]
_FLOAT: Final = BY_NAME["float32"]
_PROTO_NAMES: Final = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}


def fetched(verb: str, signature: Signature, server: ServerProfile = PLAIN) -> tuple[str, ...] | Refusal:
    """Return the outputs that are computed, or why the signature is not one for the API."""
    wrong = next(_unfit(verb, signature, server), None)
    if wrong is not None:
        return _invalid(wrong)
    return tuple(name for name in INFERENCE_OUTPUTS[verb] if signature.output(name) is not None)


def _unfit(verb: str, signature: Signature, server: ServerProfile) -> Iterator[str]:
    count, what = len(signature.outputs), "classification" if verb == "classify" else "regression"
    method = f"tensorflow/serving/{verb}"
    if server.method_name_check and signature.method_name != method:
        yield f"Expected {what} signature method_name to be {method}. Was: {signature.method_name}"
    if len(signature.inputs) != 1:
        yield "Expected one input Tensor."
    if verb == "classify" and count not in {1, 2}:
        yield f"Expected one or two output Tensors, found {count}"
    if verb == "regress" and count != 1:
        yield "Expected one output Tensor."
    if signature.input(INPUT) is None:
        yield f"No {what} inputs found in SignatureDef: {_said(signature)}"
    if not any(signature.output(name) is not None for name in INFERENCE_OUTPUTS[verb]):
        yield {
            "classify": "Expected classification signature outputs to contain at least one of"
            f' "classes" or "scores". Signature was: {_said(signature)}',
            "regress": f"No regression outputs found in SignatureDef: {_said(signature)}",
        }[verb]


def _said(signature: Signature) -> str:
    """Return the names of a signature; the server prints all of it."""
    both = (signature.inputs, signature.outputs)
    inputs, outputs = (", ".join(spec.name for spec in each) for each in both)
    return f"inputs {inputs or 'none'}, outputs {outputs or 'none'}"


def fed(request: InferenceRequest) -> Value | Refusal:
    """Return the vector of serialized examples; the context's features stand in each, before its own."""
    if not request.examples:
        return _invalid("Input is empty.")
    array = np.empty(len(request.examples), object)
    array[:] = [serialized(_merged(request.context, each)) for each in request.examples]
    return Value(_STRING, array)


def _merged(context: Mapping[str, Feature] | None, example: Mapping[str, Feature]) -> Mapping[str, Feature]:
    """Return what two examples make when their bytes are joined: of equal keys the last entry counts."""
    return {**(context or {}), **example}


def results(verb: str, outputs: Mapping[str, Value], examples: int) -> Mapping[str, Value] | Refusal:
    """Check what the graph gave, and return the answer by output name.

    classify answers with `classes` and `scores` [examples, classes] (what the signature lacks is empty or 0),
    regress with `outputs` [examples].
    """
    if verb == "regress":
        return _regressions(outputs["outputs"], examples)
    wrong = next(_wrong_classes(outputs, examples), None)
    if wrong is not None:
        return _invalid(wrong)
    shape = next(iter(outputs.values())).shape
    empty = np.empty(shape, object)
    empty.fill(b"")
    missing = {"classes": Value(_STRING, empty), "scores": Value(_FLOAT, np.zeros(shape, np.float32))}
    return {name: outputs.get(name, value) for name, value in missing.items()}


def _wrong_classes(outputs: Mapping[str, Value], examples: int) -> Iterator[str]:
    for name, wanted in (("classes", _STRING), ("scores", _FLOAT)):
        value = outputs.get(name)
        if value is None:
            continue
        if len(value.shape) != 2:
            yield f"Expected Tensor shape: [batch_size num_classes] but got {_shape(value)}"
        if value.dtype != wanted:
            yield f"Expected {name} Tensor of {_proto(wanted)}. Got: {_proto(value.dtype)}"
        if value.shape[0] != examples:
            yield f"Expected {name} output batch size of {examples}. Got: {value.shape[0]}"
    widths = [outputs[name].shape[1] for name in INFERENCE_OUTPUTS["classify"] if name in outputs]
    if len(set(widths)) > 1:
        yield f"Tensors class and score should match in dim_size(1). Got {widths[0]} vs. {widths[1]}"


def _regressions(value: Value, examples: int) -> Mapping[str, Value] | Refusal:
    if len(value.shape) not in {1, 2} or value.shape[1:] not in {(), (1,)}:
        return _invalid(
            "Expected output Tensor shape to be either [batch_size] or [batch_size, 1]"
            f" but got {_shape(value)}"
        )
    if value.shape[0] != examples:
        return _invalid(f"Input batch size did not match output batch size: {examples} vs. {value.shape[0]}")
    if value.dtype != _FLOAT:
        return _invalid(f"Expected output Tensor of DT_FLOAT.  Got: {_proto(value.dtype)}")
    return {"outputs": Value(value.dtype, value.array.reshape(examples))}


def write_results(verb: str, answer: Mapping[str, Value]) -> bytes | Refusal:
    """Write the REST body of an answer."""
    if verb == "regress":
        return write_regressions(answer["outputs"].array.tolist())
    both = zip(answer["classes"].array.tolist(), answer["scores"].array.tolist(), strict=True)
    return write_classifications([list(zip(labels, scores, strict=True)) for labels, scores in both])


def _shape(value: Value) -> str:
    return f"[{','.join(map(str, value.shape))}]"


def _proto(dtype: DType) -> str:
    return f"DT_{_PROTO_NAMES.get(dtype.name, dtype.name.upper())}"


def _invalid(message: str) -> Refusal:
    return Refusal("INVALID_ARGUMENT", message)
