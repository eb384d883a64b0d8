"""Bodies of the classify and regress APIs over REST (util/json_tensor.cc:737-860 and 1068-1127)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sigpact.wire.json_arrays import floats, on_one_line, tokens
from sigpact.wire.json_dialect import Json, JsonObject
from sigpact.wire.json_text import object_on_lines, text_token
from sigpact.wire.refusal import Refusal
from sigpact.wire.request_json import (
    RefusedError,
    decode_b64,
    invalid,
    invalid_document,
    is_b64,
    read_document,
    read_name,
    signature_name,
    type_of,
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a tf.Example. `kind` is `float`, `int64` or `bytes`, taken from the literals alone.

    An empty list has the kind `UNKNOWN`; the graph takes such a feature for missing.
    """

    kind: str = "UNKNOWN"
    values: tuple[float | int | bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class InferenceRequest:
    """What the server understood; an empty `signature_name` means the default. `context` may be absent."""

    signature_name: str
    examples: tuple[Mapping[str, Feature], ...]
    context: Mapping[str, Feature] | None = None


def read_inference(body: bytes) -> InferenceRequest | Refusal:
    """Read the body of a REST classify or regress request; no signature has a say in it."""
    try:
        document = read_document(body)
        name = signature_name(document)
        contexts = document.values(b"context")
        context = _example(contexts[0]) if contexts else None
        return InferenceRequest(name, tuple(map(_example, _examples(document))), context)
    except RefusedError as refused:
        return refused.refusal


def _examples(document: JsonObject) -> list[Json]:
    found = document.values(b"examples")
    if not found:
        raise invalid_document(
            document, "When method is classify, key 'examples' is expected and was not found"
        )
    if not isinstance(found[0], list):
        raise invalid_document(document, "Expecting 'examples' value to be an list/array")
    if not found[0]:
        raise invalid_document(document, "'examples' value is an empty array")
    return found[0]


def _example(item: Json) -> dict[str, Feature]:
    """Return the features of one example; of a key sent twice, the last counts."""
    if not isinstance(item, JsonObject):
        raise invalid(f"Example must be JSON object but got JSON {type_of(item)}")
    return {read_name(key): _feature(read_name(key), content) for key, content in item.members}


def _feature(name: str, content: Json) -> Feature:
    feature = Feature()
    values = []
    for item in content if isinstance(content, list) else [content]:
        kind, element = _element(name, item)
        if feature.kind not in {"UNKNOWN", kind}:
            raise invalid(f"Unexpected element type in feature: {name} expecting type: {feature.kind}")
        feature = replace(feature, kind=kind)
        values.append(element)
    return replace(feature, values=tuple(values))


def _element(name: str, item: Json) -> tuple[str, float | int | bytes]:
    """Return the kind and value of one literal (AddValueToFeature)."""
    match item:
        case bool():
            return "int64", int(item)
        case int() if item >= 1 << 63:
            raise invalid(f"Feature: {name} has uint64_t element. Only int64_t is supported.")
        case int():
            return "int64", item
        case float():
            with np.errstate(over="ignore"):
                return "float", float(np.float32(item))
        case bytes():
            return "bytes", item
        case JsonObject() if is_b64(item):
            return "bytes", decode_b64(item)
        case _:
            raise invalid(f"Feature: {name} has element with unexpected JSON type: {type_of(item)}")


def write_classifications(results: Sequence[Sequence[tuple[bytes, float]]]) -> bytes | Refusal:
    """Write for each example its classes: label and float32 score."""
    if not results:
        return Refusal("INVALID_ARGUMENT", "Cannot convert empty ClassificationResults to JSON")
    rows = (on_one_line(tokens(_class(*each) for each in classes), (len(classes),)) for classes in results)
    return object_on_lines([(b"results", b"[" + b", ".join(rows) + b"\n    ]")], 0)


def _class(label: bytes, score: float) -> bytes:
    return b"[%b, %b]" % (text_token(label), on_one_line(floats(np.array([score], np.float32)), ()))


def write_regressions(results: Sequence[float]) -> bytes | Refusal:
    """Write for each example its float32 value."""
    if not results:
        return Refusal("INVALID_ARGUMENT", "Cannot convert empty RegressionResults to JSON")
    values = np.array(results, np.float32)
    return object_on_lines([(b"results", on_one_line(floats(values), values.shape))], 0)
