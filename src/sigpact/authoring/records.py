"""One record of a TFRecord of PredictionLog -> the calls that it holds."""

from collections.abc import Iterator, Mapping

import numpy as np

from sigpact.authoring.bodies import split
from sigpact.authoring.calls import Call, Held, of_value
from sigpact.rows.elements import Json
from sigpact.rows.mistakes import RowMistakeError
from sigpact.savedmodel.wire import WireError
from sigpact.wire.arrays import Value
from sigpact.wire.inference import Feature
from sigpact.wire.prediction_log import Logged, read_log
from sigpact.wire.server_reads import DEFAULT_SIGNATURE
from sigpact.wire.tensor_protos import TensorError


def calls_of_record(record: bytes) -> Iterator[Call]:
    """Yield the calls of a record; session runs and streams have none. Raises `RowMistakeError`."""
    try:
        logs = read_log(record, lambda _api, _signature: True)
    except (WireError, TensorError) as error:
        raise RowMistakeError(f"no PredictionLog: {error}") from None
    for log in logs:
        yield from _calls(log)


def _calls(log: Logged) -> Iterator[Call]:
    name = log.signature or DEFAULT_SIGNATURE
    if log.api == "predict":
        yield Call(name, "predict", _tensors(log.inputs), _tensors(log.outputs))
        return
    if log.context:
        raise RowMistakeError("context features are not gathered: write them under 'context' by hand")
    if not log.examples:
        raise RowMistakeError("there is no example in it")
    examples = [{key: _values(each) for key, each in lists.items() if each.values} for lists in log.examples]
    for call in split(name, log.api, examples, _tensors(log.outputs)):
        yield Call(name, log.api, {key: _feature(each) for key, each in call.inputs.items()}, call.outputs)


def _tensors(values: Mapping[str, Value]) -> dict[str, Held]:
    return {name: of_value(name, each, as_text=True) for name, each in values.items()}


def _values(feature: Feature) -> list[Json]:
    """Return the values of a feature; bytes that are UTF-8 are a text."""
    if feature.kind != "bytes":
        return list(feature.values)
    found = [bytes(each) for each in feature.values if isinstance(each, bytes)]
    try:
        return [each.decode() for each in found]
    except UnicodeDecodeError:
        return [{"b64": _base64(each)} for each in found]


def _base64(data: bytes) -> str:
    from base64 import b64encode  # noqa: PLC0415 - few records hold bytes

    return b64encode(data).decode()


def _feature(found: Held) -> Held:
    """Return a feature with the dtype that its list has: floats of 32 bits, integers of 64."""
    dtype = {"number": "float32", "integer": "int64"}.get(found.family, "string")
    array = found.array.astype(np.float64) if found.family == "number" else found.array
    return Held(found.family, array, dtype)
