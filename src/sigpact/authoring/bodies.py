"""One line of JSON Lines -> its calls: a REST body, a body with its answer, or tensors by name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from sigpact.authoring.calls import BYTES_OUTPUT, INPUT, OUTPUT, Call, Held, held
from sigpact.contract.build_bodies import format_of, inputs_of, no_format
from sigpact.rows.elements import Json
from sigpact.rows.features import Lists, lists_of_json
from sigpact.rows.lines import members_of
from sigpact.rows.mistakes import RefusedRowError, RowMistakeError
from sigpact.tensors.specs import Signature
from sigpact.wire.server_reads import DEFAULT_SIGNATURE

_EXACT: Final = 1 << 53
"""A double tells all whole numbers apart up to this one."""

Known = Mapping[str, Signature]
Object = Mapping[str, Json]


def calls_of_line(known: Known, text: str) -> Iterator[Call]:
    """Yield the calls of a line; names that are not on the wire are those of the export, if it is known.

    Raises `RowMistakeError`, and `RefusedRowError` for one that was recorded as refused.
    """
    members = members_of(text)
    request, response = members.get("request", members), members.get("response")
    if not isinstance(request, dict) or not isinstance(response, dict | None):
        raise RowMistakeError("'request' and 'response' are the JSON objects that were sent and answered")
    if isinstance(response, dict) and "error" in response:
        raise RefusedRowError
    if "examples" in request:
        yield from _inferred(known, request, response)
    elif "outputs" in request and "request" not in members:
        yield _tensors(known, request)
    else:
        yield _predicted(known, request, response)


def _name(request: Object) -> str:
    name = request.get("signature_name", "") or DEFAULT_SIGNATURE
    if not isinstance(name, str):
        raise RowMistakeError("'signature_name' is a text")
    return name


def _tensors(known: Known, row: Object) -> Call:
    """Return a row of tensors by name: it says nothing of the form in which they are sent."""
    inputs, outputs = row.get("inputs"), row.get("outputs")
    if not isinstance(inputs, dict) or not isinstance(outputs, dict):
        raise RowMistakeError("'inputs' and 'outputs' hold tensors by name")
    name = row.get("signature_name", next(iter(known)) if len(known) == 1 else DEFAULT_SIGNATURE)
    return Call(_name({"signature_name": name}), "predict", _all(inputs), _all(outputs))


def _all(tensors: Object) -> dict[str, Held]:
    return {name: held(name, each) for name, each in tensors.items()}


def _predicted(known: Known, request: Object, response: Object | None) -> Call:
    key = format_of(dict(request))
    if key is None and request.keys() == {"error"}:
        raise RowMistakeError("the server answered with an error, and no request stands here")
    if key is None:
        raise RowMistakeError(no_format(dict(request)))
    name, rows = _name(request), request[key]
    names = _names(rows if key == "instances" else [rows])
    found = inputs_of(names or [_only(known, name, "inputs", INPUT)], dict(request))
    if isinstance(found, str):
        raise RowMistakeError(found)
    outputs, answer_named = _answer(known, name, key, response)
    return Call(
        name,
        "predict",
        _all(found),
        outputs,
        body="row" if key == "instances" else "columnar",
        named=names is not None,
        answer_named=answer_named,
        is_lenient=any(map(_needs_lenience, outputs.values())),
    )


def _needs_lenience(tensor: Held) -> bool:
    """Whether a tensor has numbers that not every reader of JSON takes: not finite, or beyond 2^53."""
    if tensor.family == "number":
        return not np.isfinite(tensor.array).all()
    return tensor.family == "integer" and any(
        abs(each) > _EXACT for each in tensor.array.reshape(-1).tolist()
    )


def _names(rows: Json) -> list[str] | None:
    """Return the names in rows that are objects; `None` where values are bare."""
    listed = rows if isinstance(rows, list) else []
    named = [row for row in listed if isinstance(row, dict) and row.keys() != {"b64"}]
    if not named:
        return None
    names = list(named[0])
    for row in named:
        for name in row:
            if name not in names:
                raise RowMistakeError(f"{name!r} stands in one row of the request, not in the first")
    if not names:
        raise RowMistakeError("a row is an empty object")
    return names


def _only(known: Known, signature: str, side: str, fallback: str) -> str:
    """Return the name of the one input or output of a signature, where the export is known."""
    found = known.get(signature)
    tensors = () if found is None else found.inputs if side == "inputs" else found.outputs
    if found is not None and len(tensors) != 1:
        one = "values" if side == "inputs" else "an answer"
        raise RowMistakeError(f"{signature!r} has {len(tensors)} {side}, and {one} without names stands here")
    return tensors[0].name if tensors else fallback


def _answer(
    known: Known, signature: str, key: str, response: Object | None
) -> tuple[Mapping[str, Held], bool | None]:
    """Return the outputs of an answer, and whether they stood under names."""
    if response is None:
        return {}, None
    member = "predictions" if key == "instances" else "outputs"
    if member not in response:
        raise RowMistakeError(f"the answer beside it has no {member!r}, as one to {key!r} has")
    content = response[member]
    rows = content if key == "instances" else [content]
    if not isinstance(rows, list):
        raise RowMistakeError(f"{member!r} is no list")
    names = _names(rows)
    if names is None:
        tensor = held(OUTPUT, content)
        name = BYTES_OUTPUT if tensor.family == "bytes" else OUTPUT
        return {_only(known, signature, "outputs", name): tensor}, False
    if any(each is None for row in rows if isinstance(row, dict) for each in row.values()):
        raise RowMistakeError(f"{member!r} holds null: no server answers that; take the row out")
    columns = {name: [row.get(name) for row in rows if isinstance(row, dict)] for name in names}
    if any(len(column) != len(rows) or None in column for column in columns.values()):
        raise RowMistakeError(f"the rows of {member!r} have not all the same names")
    return {
        name: held(name, column if key == "instances" else column[0]) for name, column in columns.items()
    }, True


def _inferred(known: Known, request: Object, response: Object | None) -> Iterator[Call]:
    examples = request["examples"]
    if "context" in request:
        raise RowMistakeError("context features are not gathered: write them under 'context' by hand")
    if not isinstance(examples, list) or not examples:
        raise RowMistakeError("'examples' is a list of objects")
    name = _name(request)
    results = None if response is None else response.get("results")
    verb = _verb(known.get(name), results)
    outputs = {} if results is None else _results(verb, results)
    yield from split(name, verb, [lists_of_json(each) for each in examples], outputs)


def _verb(signature: Signature | None, results: Json) -> str:
    """Tell classify from regress: it stands in the URL, not in the body."""
    if isinstance(results, list) and results:
        return "classify" if isinstance(results[0], list) else "regress"
    if signature is None:
        raise RowMistakeError("classify or regress? the URL tells, and it is not here: name the export too")
    return "regress" if [each.name for each in signature.outputs] == ["outputs"] else "classify"


def _results(verb: str, results: Json) -> dict[str, Held]:
    if not isinstance(results, list):
        raise RowMistakeError("'results' is a list")
    if verb == "regress":
        return {"outputs": held("outputs", results)}
    pairs = [row if isinstance(row, list) else [] for row in results]
    if not all(isinstance(pair, list) and len(pair) == 2 for row in pairs for pair in row):
        raise RowMistakeError("'results' of classify holds pairs of a label and a score")
    return {
        name: held(name, [[pair[at] for pair in row] for row in pairs])
        for at, name in enumerate(("classes", "scores"))
    }


def split(name: str, verb: str, examples: Sequence[Lists], outputs: Mapping[str, Held]) -> Iterator[Call]:
    """Yield one call for all examples where all have the same features of the same lengths, else one each."""
    forms = {tuple(sorted((key, len(each)) for key, each in lists.items())) for lists in examples}
    step = len(examples) if len(forms) == 1 else 1
    for start in range(0, len(examples), step):
        part = examples[start : start + step]
        inputs = {key: held(key, [_plain(lists[key]) for lists in part]) for key in part[0]}
        rows = {
            key: Held(each.family, each.array[start : start + step], each.dtype)
            for key, each in outputs.items()
        }
        yield Call(name, verb, inputs, rows)


def _plain(values: list[Json]) -> Json:
    """Return a feature's values, truth as the whole number that a tf.Example makes of it."""
    return [int(each) if isinstance(each, bool) else each for each in values]
