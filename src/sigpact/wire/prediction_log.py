"""`PredictionLog`: a request that a server answered, as its warm-up files and request logs hold it.

Field numbers: tensorflow_serving/apis/{prediction_log,predict,classification,regression,inference,input,
model}.proto. Messages are read with the wire reader of `savedmodel`, without protobuf and TensorFlow.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.savedmodel.wire import Message, fixed, whole
from sigpact.tensors.dtypes import BY_NAME
from sigpact.wire.arrays import Value
from sigpact.wire.inference import Feature
from sigpact.wire.tensor_protos import TensorError, read_tensor_proto
from sigpact.wire.tf_example import parsed

_KINDS: Final = {2: "classify", 3: "regress", 4: "multi", 5: "session", 6: "predict", 7: "streamed"}
"""PredictionLog.log_type, a oneof: what comes last counts."""
_METHODS: Final = {"tensorflow/serving/classify": "classify", "tensorflow/serving/regress": "regress"}


@dataclass(frozen=True, slots=True, eq=False)
class Logged:
    """One request to one signature by one API (`predict`, `classify`, `regress`), and what was answered.

    `signature` is empty where the default is meant. Of predict `inputs` are the tensors; of the others
    `examples` are the features of each tf.Example, `context` those of all. `outputs` may be empty.
    """

    api: str
    signature: str
    inputs: Mapping[str, Value]
    outputs: Mapping[str, Value]
    examples: tuple[Mapping[str, Feature], ...] = ()
    context: Mapping[str, Feature] | None = None


IsWanted = Callable[[str, str], bool]
"""Says of an API and a signature's name, empty for the default, whether its request is read."""


def read_log(record: bytes, is_wanted: IsWanted) -> tuple[Logged, ...]:
    """Return the wanted requests of one record: of a multi-inference one for each task.

    Raises `WireError` for bytes that are no message, `TensorError` for a tensor that cannot be read.
    """
    log = whole(record)
    kinds = [each.number for each in log.fields() if each.number in _KINDS]
    if not kinds:
        return ()
    entry = log.message(kinds[-1])
    request, response = entry.message(1), entry.message(2)
    match _KINDS[kinds[-1]]:
        case "predict" if is_wanted("predict", _signature(request)):
            return (_predicted(request, response),)
        case "classify" | "regress" as api if is_wanted(api, _signature(request)):
            return (_inferred(api, _signature(request), request, response.message(1)),)
        case "multi":
            return tuple(_tasks(request, response, is_wanted))
        case _:
            return ()


def _signature(message: Message) -> str:
    """Return the signature that a ModelSpec in field 1 names."""
    return message.message(1).text(3)


def _predicted(request: Message, response: Message) -> Logged:
    return Logged("predict", _signature(request), _tensors(request.entries(2)), _tensors(response.entries(1)))


def _tensors(entries: Mapping[str, Message]) -> dict[str, Value]:
    found = {}
    for name, proto in entries.items():
        try:
            found[name] = read_tensor_proto(proto)
        except TensorError as error:
            raise TensorError(f"{name!r}: {error}") from None
    return found


def _inferred(api: str, signature: str, request: Message, result: Message) -> Logged:
    listed, beside = request.message(2).message(1), request.message(2).message(2)
    examples = [*listed.messages(1), *beside.messages(1)]
    context = parsed(beside.message(2)) if any(beside.messages(2)) else None
    outputs = _classes(result) if api == "classify" else _regressions(result)
    return Logged(api, signature, {}, outputs, tuple(map(parsed, examples)), context)


def _tasks(request: Message, response: Message, is_wanted: IsWanted) -> Iterator[Logged]:
    """Yield the wanted tasks of a MultiInferenceRequest, each with its result."""
    results = [*response.messages(1)]
    for index, task in enumerate(request.messages(1)):
        api = _METHODS.get(task.text(2))
        if api is None or not is_wanted(api, _signature(task)):
            continue
        result = results[index] if index < len(results) else whole(b"")
        yield _inferred(api, _signature(task), request, result.message(2 if api == "classify" else 3))


def _classes(result: Message) -> dict[str, Value]:
    """Return the labels and scores of a ClassificationResult, a row an example."""
    rows = [[*each.messages(1)] for each in result.messages(1)]
    if not rows:
        return {}
    if len({len(row) for row in rows}) > 1:
        raise TensorError("its examples have different numbers of classes")
    labels = np.empty((len(rows), len(rows[0])), object)
    scores = np.zeros(labels.shape, np.float32)
    for index, row in enumerate(rows):
        labels[index] = [each.text(1).encode() for each in row]
        scores[index] = [_float(each, 2) for each in row]
    return {"classes": Value(BY_NAME["string"], labels), "scores": Value(BY_NAME["float32"], scores)}


def _regressions(result: Message) -> dict[str, Value]:
    values = [_float(each, 1) for each in result.messages(1)]
    return {"outputs": Value(BY_NAME["float32"], np.array(values, np.float32))} if values else {}


def _float(message: Message, number: int) -> float:
    """Return a float field; the last one counts, 0 where there is none."""
    return ([*fixed(message, number, "f")] or [0.0])[-1]
