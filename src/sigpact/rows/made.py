"""A row as the file has it -> requests with real values, and what was answered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sigpact.clients.kinds import Grpc, Inference, client_kind
from sigpact.contract.build_bodies import format_of, inputs_of, no_format
from sigpact.contract.model import Expected, Tolerance
from sigpact.contract.scope import tolerance
from sigpact.nearest import hint
from sigpact.rows.elements import Json, adapted, input_value, nested, output_value
from sigpact.rows.features import Lists, calls, lists_of_example, lists_of_json
from sigpact.rows.lines import Body, Tensors
from sigpact.rows.mistakes import RowMistakeError
from sigpact.rows.target import Shapes, Target
from sigpact.values.requests import Origin, Place, Recorded, Request
from sigpact.wire.arrays import Value
from sigpact.wire.client_reads import Unreadable, read_answer
from sigpact.wire.inference_answers import read_inference_answer, received
from sigpact.wire.prediction_log import Logged

_APPROX: Final = ("approx", "rtol", "atol", "exact")
Answer = Mapping[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One line or record, or a part of it, as a request. `may_gather`: others may be sent with it."""

    request: Request
    may_gather: bool = False


def of_tensors(target: Target, place: Place, found: Tensors) -> Row:
    """Return the row of a line of tensors. Raises `RowMistakeError`."""
    target.require_inputs(found.inputs)
    values = {name: input_value(target, name, written) for name, written in found.inputs.items()}
    answer, shapes = [], []
    for name, written in found.outputs.items():
        expected, shape = _expected(target, name, written)
        answer.append(expected)
        shapes.append((name, shape))
    request = _request(target, values, Recorded((place,), None, tuple(answer)), tuple(shapes))
    every = (*((name, value.shape) for name, value in values.items()), *shapes)
    is_one = target.batch is not None and all(shape[:1] == (1,) for _, shape in every)
    return Row(request, is_one and target.answers_by_row.issuperset(found.outputs))


def _expected(target: Target, name: str, written: Json) -> tuple[Expected, tuple[int, ...]]:
    tensor = target.use.output(name)
    if tensor is None:
        near = hint(name, [each.name for each in target.use.outputs])
        raise RowMistakeError(f"{name!r} is no output of {target.use.name!r}; {near}")
    if not isinstance(written, dict) or "approx" not in written:
        value, shape = output_value(target, tensor, written)
        return Expected(name, value, _path(target)), shape
    value, shape = output_value(target, tensor, written["approx"])
    return Expected(name, value, _path(target), approx=True, tolerance=_tolerance(name, written)), shape


def _tolerance(name: str, written: dict[str, Json]) -> Tolerance:
    for key, each in written.items():
        if key not in _APPROX:
            raise RowMistakeError(f"{name!r} has an unknown key {key!r}; {hint(key, _APPROX)}")
        if key in {"rtol", "atol"} and not (isinstance(each, int | float) and each >= 0):
            raise RowMistakeError(f"{name!r}: {key!r} is a number from 0")
        if key == "exact" and not isinstance(each, bool):
            raise RowMistakeError(f"{name!r}: 'exact' is true or false")
    return tolerance(written)


def of_body(target: Target, place: Place, found: Body) -> Iterator[Row]:
    """Yield the rows of a REST body, which is sent as it is. Raises `RowMistakeError`."""
    content, body = dict(found.content), found.text.encode()
    answer = _answer_in(target, found)
    if target.use.verb != "predict":
        yield from _inferred(target, (place, body), *_examples_in(content), answer)
        return
    key = format_of(content)
    if key is None:
        raise RowMistakeError(no_format(content))
    if key != ("inputs" if target.use.body == "columnar" else "instances"):
        raise RowMistakeError(f"the body has {key!r}, and the contract says 'body: {target.use.body}'")
    _require_declared(target, content[key])
    written = inputs_of([*target.inputs], content)
    if isinstance(written, str):
        raise RowMistakeError(written)
    target.require_inputs(written)
    values = {name: input_value(target, name, each) for name, each in written.items()}
    yield Row(_request(target, values, Recorded((place,), body, _answered(target, answer))))


def _require_declared(target: Target, inputs: Json) -> None:
    """Refuse names in a body that the contract does not declare: the client sends more than it says."""
    rows = inputs if isinstance(inputs, list) else [inputs]
    for row in rows:
        for name in row if isinstance(row, dict) and row.keys() != {"b64"} else ():
            if name not in target.inputs:
                raise RowMistakeError(
                    f"{name!r} is no input of {target.use.name!r}; {hint(name, target.inputs)}"
                )


def _answer_in(target: Target, found: Body) -> Answer:
    """Return what the client read in the response: what the contract does not declare is not looked at."""
    if found.response is None:
        return {}
    kind, response = client_kind(target.contract, target.use), found.response.encode()
    match kind:
        case Inference():
            answer = read_inference_answer(kind, target.use, response)
        case Grpc():
            raise TypeError("a gRPC client reads no bodies")
        case _:
            answer = read_answer(kind, target.use, response)
    if isinstance(answer, Unreadable):
        raise RowMistakeError(f"the client does not read the response beside it: {answer.reason}")
    return answer


def _examples_in(content: Mapping[str, Json]) -> tuple[list[Lists], Lists]:
    examples, context = content["examples"], content.get("context", {})
    if not isinstance(examples, list):
        raise RowMistakeError("'examples' is a list of objects")
    return [lists_of_json(each) for each in examples], lists_of_json(context)


def of_log(target: Target, place: Place, found: Logged) -> Iterator[Row]:
    """Yield the rows of a logged request to the target. Raises `RowMistakeError`."""
    if target.use.verb != "predict":
        answer = received(target.use, found.outputs) if found.outputs else {}
        if isinstance(answer, Unreadable):
            raise RowMistakeError(f"the client does not read the recorded answer: {answer.reason}")
        examples = [lists_of_example(target, each) for each in found.examples]
        context = lists_of_example(target, found.context or {})
        yield from _inferred(target, (place, None), examples, context, answer)
        return
    target.require_inputs(found.inputs)
    values = {name: adapted(target, name, each) for name, each in found.inputs.items()}
    yield Row(_request(target, values, Recorded((place,), None, _answered(target, found.outputs))))


def _inferred(
    target: Target, source: tuple[Place, bytes | None], examples: list[Lists], context: Lists, answer: Answer
) -> Iterator[Row]:
    """Yield the calls that examples make; only one that holds all of them is the body that was sent."""
    place, body = source
    for start, stop, values in calls(target, examples, context):
        is_whole = stop - start == len(examples)
        part = {name: Value(each.dtype, each.array[start:stop]) for name, each in answer.items()}
        recorded = Recorded((place,), body if is_whole else None, _answered(target, part))
        yield Row(_request(target, values, recorded))


def _request(
    target: Target, values: Mapping[str, Value], recorded: Recorded, outputs: Shapes = ()
) -> Request:
    shapes = tuple((name, value.shape) for name, value in values.items())
    measured = target.measured(shapes, outputs)
    label = str(recorded.places[0])
    return Request(Origin.FILE, values, measured.sizes, measured.rows, label, recorded)


def _answered(target: Target, answer: Answer) -> tuple[Expected, ...]:
    """Return an answer as it is expected again, as far as the contract declares it."""
    return tuple(
        Expected(tensor.name, nested(array.reshape(-1).tolist(), array.shape), _path(target))
        for tensor in target.use.outputs
        if tensor.name in answer
        for array in (answer[tensor.name].array,)
    )


def _path(target: Target) -> tuple[str | int, ...]:
    return (*target.use.path, "rows_from")
