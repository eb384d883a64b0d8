"""One signature of a contract: its tensors, clauses, properties and examples, with defaults resolved."""

from collections.abc import Mapping
from typing import Any, Final

from sigpact.contract.build_clauses import clauses
from sigpact.contract.build_examples import examples
from sigpact.contract.build_properties import latency, properties
from sigpact.contract.build_tensors import Built, bound_dims, check_dims, side_of, tensors
from sigpact.contract.build_values import Use
from sigpact.contract.clause_types import SCALAR, Known, Names, known
from sigpact.contract.mistakes import Mistake, listed, perhaps
from sigpact.contract.model import INFERENCE_OUTPUTS, SignatureUse
from sigpact.contract.scope import Scope, as_data
from sigpact.contract.sides import Sides
from sigpact.findings import Path
from sigpact.tensors.shapes import Dim, Fixed, Named, Ranked

_REST_KEYS: Final = ("body", "named", "answer")


def sides(scope: Scope, name: str, written: Any) -> Sides:
    """Return the tensors of a signature."""
    data, path = as_data(written), ("signatures", name)
    inputs, context, outputs = (
        tensors(scope, side_of(key, data, path), data, path) for key in ("inputs", "context", "outputs")
    )
    return Sides(name, path, data, inputs, context, outputs)


def signature(scope: Scope, found: Sides) -> SignatureUse:
    """Return how the client uses a signature; what is wrong is recorded."""
    data, path = found.data, found.path
    _check_words(scope, found)
    _check_tensors(scope, found)
    named, answer = _forms(scope, found)
    together = _together(scope, found)
    names = _names(found)
    before = _given_names(found, names)
    use = Use(
        name=found.name,
        verb=found.verb,
        inputs=found.sent,
        context=frozenset(built.tensor.name for built in found.context),
        outputs=found.outputs,
        together=together,
    )
    return SignatureUse(
        name=found.name,
        path=path,
        verb=found.verb,
        body=data.get("body", "row"),
        named=named,
        answer=answer,
        filter=data.get("filter", False),
        inputs=tuple(built.tensor for built in found.inputs),
        outputs=tuple(built.tensor for built in found.outputs),
        context=tuple(built.tensor for built in found.context),
        together=together,
        given=clauses(scope, before, data.get("given", []), (*path, "given")),
        holds=clauses(scope, names, data.get("holds", []), (*path, "holds")),
        properties=tuple(properties(scope, found)),
        latency=latency(scope, found),
        rows_from=scope.files((*path, "rows_from"), data.get("rows_from", [])),
        rows=data.get("rows"),
        examples=examples(scope, use, data.get("examples", []), (*path, "examples")),
    )


def _check_words(scope: Scope, found: Sides) -> None:
    """Record keys that mean nothing in this protocol, or for this API."""
    data, path = found.data, found.path
    predict, rest = found.verb == "predict", scope.protocol == "rest"
    for key in _REST_KEYS:
        if key in data and not (predict and rest):
            why = (
                f"is for REST, the protocol here is {scope.protocol}"
                if predict
                else f"is for predict, not {found.verb}"
            )
            scope.mistakes.add(Mistake.KEY_NOT_IN_PROTOCOL, (*path, key), f"{key!r} {why}")
    if data.get("filter", False) and (rest or not predict):
        why = "is for gRPC: a REST answer has all outputs" if rest else f"is for predict, not {found.verb}"
        scope.mistakes.add(Mistake.KEY_NOT_IN_PROTOCOL, (*path, "filter"), f"'filter' {why}")
    if predict and "context" in data:
        message = (
            "'context' is for classify and regress, whose inputs are tf.Examples: write it under 'inputs'"
        )
        scope.mistakes.add(Mistake.CONTEXT_WITHOUT_EXAMPLES, (*path, "context"), message)
    if (
        predict
        and rest
        and not as_data(data.get("inputs"))
        and not scope.mistakes.is_broken((*path, "inputs"))
    ):
        message = f"{found.name!r} has no inputs: the server's REST API cannot call a signature without"
        scope.mistakes.add(Mistake.NO_INPUTS, path, message)


def _forms(scope: Scope, found: Sides) -> tuple[bool, str]:
    """Return (named, answer): what is on the wire of a REST client."""
    data, path = found.data, found.path
    several = len(found.inputs) > 1
    if data.get("named") is False and several and scope.protocol == "rest":
        message = f"several inputs are always named: {listed(built.tensor.name for built in found.inputs)}"
        scope.mistakes.add(Mistake.BARE_OF_SEVERAL, (*path, "named"), message)
    answer = data.get("answer", "bare" if len(found.outputs) == 1 else "named")
    if answer == "bare" and len(found.outputs) > 1 and scope.protocol == "rest":
        message = f"several outputs are always named: {listed(built.tensor.name for built in found.outputs)}"
        scope.mistakes.add(Mistake.BARE_OF_SEVERAL, (*path, "answer"), message)
    return data.get("named", False) or several, answer


def _check_tensors(scope: Scope, found: Sides) -> None:
    check_dims(scope, found.all)
    features = {built.tensor.name for built in found.inputs}
    for built in found.context:
        if built.tensor.name in features:
            message = f"{built.tensor.name!r} is an input as well: a feature has one meaning"
            scope.mistakes.add(Mistake.TWO_MEANINGS, built.tensor.path, message)
    outputs = [built.tensor.name for built in found.outputs]
    readable = INFERENCE_OUTPUTS.get(found.verb, tuple(outputs))
    for built in found.outputs:
        if built.tensor.name not in readable:
            message = f"{found.verb} answers with {listed(readable)} alone, not with {built.tensor.name!r}"
            scope.mistakes.add(Mistake.OUTPUT_NOT_OF_VERB, built.tensor.path, message)
        scores = built.tensor.scores
        if scores is not None and (scores not in outputs or scores == built.tensor.name):
            near = perhaps(scores, outputs) or f": there are {listed(outputs)}"
            message = f"{scores!r} is no other output of this signature{near}"
            scope.mistakes.add(Mistake.UNKNOWN_OUTPUT, built.merged.where("scores"), message)
    if scope.protocol == "rest" and found.verb == "predict":
        _check_rest(scope, found)


def _check_rest(scope: Scope, found: Sides) -> None:
    for built in found.inputs:
        if built.tensor.optional is not None:
            message = (
                "a REST predict client leaves nothing out: the server wants every input in every request"
            )
            scope.mistakes.add(Mistake.OPTIONAL_OVER_REST, built.merged.where("optional"), message)
    if not found.is_rest_row:
        return
    first: Dim | None = None
    for built in found.inputs:
        shape, where = built.tensor.shape, built.merged.where("shape")
        if not isinstance(shape, Ranked) or shape.leading:
            continue
        if not shape.dims:
            message = (
                "a row request makes rows the first dimension of every input: for [] write 'body: columnar'"
            )
            scope.mistakes.add(Mistake.SCALAR_IN_ROW, where, message)
            continue
        _check_batch(scope, shape.dims[0], where)
        first = first or shape.dims[0]
        if type(first) is type(shape.dims[0]) and isinstance(first, Named | Fixed) and first != shape.dims[0]:
            message = f"a row request has as many rows for every input, found {first} and {shape.dims[0]}"
            scope.mistakes.add(Mistake.DIMS_CLASH, where, message)


def _check_batch(scope: Scope, dim: Dim, where: Path) -> None:
    bounds = scope.dims.get(dim.name) if isinstance(dim, Named) else None
    message = "a row request has at least one row, so the first dimension of an input is at least 1"
    if bounds is not None and bounds.minimum == 0:
        scope.mistakes.add(Mistake.EMPTY_BATCH, (*bounds.path, "min"), message)
    if dim == Fixed(0):
        scope.mistakes.add(Mistake.EMPTY_BATCH, where, message)


def _together(scope: Scope, found: Sides) -> tuple[tuple[str, ...], ...]:
    written = found.data.get("together", [])
    path = (*found.path, "together")
    lists = [item for item in written if isinstance(item, list)]
    if lists and len(lists) < len(written):
        message = "'together' is one list of names or a list of such lists, found both"
        scope.mistakes.add(Mistake.KEYS_EXCLUDE, path, message)
        return ()
    groups = [((*path, index), names) for index, names in enumerate(written)] if lists else [(path, written)]
    sent = {built.tensor.name for built in found.sent}
    for place, names in groups:
        for index, name in enumerate(names):
            if name not in sent:
                near = perhaps(name, sent) or f": there are {listed(sorted(sent))}"
                message = f"{name!r} is no input of this signature{near}"
                scope.mistakes.add(Mistake.UNKNOWN_INPUT, (*place, index), message)
    return tuple(tuple(names) for _, names in groups if names)


def _names(found: Sides) -> Names:
    """Return what a clause of `holds` may name."""
    inputs, outputs, dims = _known(found.sent), _known(found.outputs), _dims(found)
    both = {
        name: (
            Mistake.TWO_MEANINGS,
            f"{name!r} is an input and an output: a clause cannot tell which is meant",
        )
        for name in inputs.keys() & outputs.keys()
    }
    return Names(dims | inputs | outputs, {}, both, "input, output or dimension")


def _given_names(found: Sides, names: Names) -> Names:
    """Return what a clause of `given` may name: nothing that only the answer has."""
    inputs = _known(found.sent)
    refused = {
        built.tensor.name: (
            Mistake.GIVEN_OF_OUTPUT,
            f"{built.tensor.name!r} is an output: 'given' speaks of what is sent; write it under 'holds'",
        )
        for built in found.outputs
        if built.tensor.name not in inputs
    }
    plain = {name: value for name, value in names.plain.items() if name not in refused} | inputs
    return Names(plain, {}, refused, "input or dimension")


def _known(all_built: tuple[Built, ...]) -> dict[str, Known]:
    return {built.tensor.name: known(built.family, built.tensor.shape) for built in all_built}


def outputs_of(found: Sides) -> Mapping[str, Known]:
    """Return what is known of the outputs of a signature."""
    return _known(found.outputs)


def _dims(found: Sides) -> dict[str, Known]:
    return dict.fromkeys(sorted(bound_dims(found.all)), SCALAR)
