"""Examples: every value of its declared type, inside its domain, with dimensions that agree."""

from collections.abc import Mapping
from typing import Any

from sigpact.contract.admit import BROKEN
from sigpact.contract.build_bodies import check_body
from sigpact.contract.build_domains import twice
from sigpact.contract.build_tensors import Built
from sigpact.contract.build_values import Sizes, Use, bind, check_computed, check_value
from sigpact.contract.mistakes import Mistake, listed, perhaps, shown
from sigpact.contract.model import (
    Example,
    Expected,
    ExpectedError,
    Nested,
    RawExample,
    TensorExample,
    Tolerance,
)
from sigpact.contract.scope import Data, Scope, tolerance
from sigpact.findings import Path
from sigpact.frozen import replace


def examples(scope: Scope, use: Use, written: list[Any], path: Path) -> tuple[Example, ...]:
    """Return the examples of a signature; what is wrong with each is recorded."""
    made: list[Example] = []
    for index, item in enumerate(written):
        if item is not BROKEN:
            made.append(_example(scope, use, item, (*path, index)))
    for name, place in twice([(each.name, each.path) for each in made]):
        scope.mistakes.add(Mistake.NAME_TWICE, (*place, "name"), f"example {name!r} is there twice")
    return tuple(made)


def _example(scope: Scope, use: Use, item: Data, path: Path) -> Example:
    name = item.get("name", f"example {int(path[-1]) + 1}")
    answers = [key for key in ("outputs", "response", "error") if key in item]
    if len(answers) > 1:
        message = f"{answers[0]!r} and {answers[1]!r} exclude each other: one request has one answer"
        scope.mistakes.add(Mistake.KEYS_EXCLUDE, (*path, answers[1]), message)
    raw = "request" in item
    other = "outputs" if raw else "response"
    if other in item and len(answers) == 1:
        mine = ("request", "response") if raw else ("inputs", "outputs")
        message = f"{other!r} does not go with {mine[0]!r}: write {mine[1]!r}"
        scope.mistakes.add(Mistake.KEYS_EXCLUDE, (*path, other), message)
    error = item.get("error")
    refusal = None if error is None else ExpectedError(error.get("status"), error.get("contains"))
    if raw:
        return _raw(scope, use, item, path, RawExample(name, path, "", error=refusal))
    return _tensors(scope, use, item, path, TensorExample(name, path, (), error=refusal))


def _tensors(scope: Scope, use: Use, item: Data, path: Path, made: TensorExample) -> TensorExample:
    written = item.get("inputs", {})
    place = (*path, "inputs")
    sizes = Sizes()
    by_name = {built.tensor.name: built for built in use.inputs}
    inputs = _known(scope, by_name, written, place, (Mistake.UNKNOWN_INPUT, "input"))
    if made.error is None:
        _check_sent(scope, use, written, place)
        for name, built in by_name.items():
            if name in inputs:
                _check_input(scope, use, built, inputs[name], (*place, name), sizes)
    outputs = _outputs(scope, use, item, path, sizes)
    if made.error is None:
        check_computed(scope, sizes)
    return replace(made, inputs=tuple(inputs.items()), outputs=outputs)


def _known(
    scope: Scope, declared: Mapping[str, Built], written: Data, path: Path, missing: tuple[Mistake, str]
) -> dict[str, Nested]:
    """Return the tensors that the signature declares; others are recorded."""
    found: dict[str, Nested] = {}
    for name, value in written.items():
        if name not in declared:
            mistake, what = missing
            near = perhaps(name, declared) or f": there are {listed(declared)}"
            scope.mistakes.add(mistake, (*path, name), f"{name!r} is no {what} of this signature{near}")
        elif value is not BROKEN:
            found[name] = scope.nested(value, (*path, name))
    return found


def _check_sent(scope: Scope, use: Use, written: Data, path: Path) -> None:
    missing = [
        built.tensor.name
        for built in use.inputs
        if built.tensor.name not in written and built.tensor.optional is None
    ]
    if missing:
        scope.mistakes.add(Mistake.INPUT_NOT_SENT, path, f"the example does not send {listed(missing)}")
    for group in use.together:
        there = [name for name in group if name in written]
        if there and len(there) < len(group):
            message = f"{listed(group)} are sent together, the example sends {listed(there)} alone"
            scope.mistakes.add(Mistake.INPUT_NOT_SENT, path, message)


def _check_input(scope: Scope, use: Use, built: Built, value: Nested, path: Path, sizes: Sizes) -> None:
    shape = check_value(scope, built, value, path)
    if shape is None:
        return
    if use.verb != "predict" and built.tensor.name not in use.context:
        if not shape or (sizes.rows is not None and shape[0] != sizes.rows):
            found = "a single value" if not shape else f"{shape[0]} rows"
            message = (
                f"a feature has a list of rows, as many as the others ({sizes.rows or 'any'}); found {found}"
            )
            scope.mistakes.add(Mistake.EXAMPLE_SHAPE, path, message)
            return
        sizes.rows, shape = shape[0], shape[1:]
    bind(scope, built.tensor, shape, path, sizes)


def _outputs(scope: Scope, use: Use, item: Data, path: Path, sizes: Sizes) -> tuple[Expected, ...]:
    written = item.get("outputs", {})
    by_name = {built.tensor.name: built for built in use.outputs}
    place = (*path, "outputs")
    plain = {name: value for name, value in written.items() if not _is_approx(value)}
    near = {name: value["approx"] for name, value in written.items() if _is_approx(value)}
    found = _known(scope, by_name, plain | near, place, (Mistake.UNKNOWN_OUTPUT, "output"))
    general = tolerance(item)
    made = []
    for name, value in found.items():
        below = (*place, name, "approx") if name in near else (*place, name)
        shape = check_value(scope, by_name[name], value, below, in_domain=name not in near)
        if shape is not None:
            bind(scope, by_name[name].tensor, shape, below, sizes)
        allowed = tolerance(written[name]) if name in near else general
        is_near = name in near or general != Tolerance()
        made.append(Expected(name, value, (*place, name), approx=is_near, tolerance=allowed))
    return tuple(made)


def _is_approx(value: object) -> bool:
    return isinstance(value, dict) and "approx" in value


def _raw(scope: Scope, use: Use, item: Data, path: Path, made: RawExample) -> RawExample:
    request = item["request"]
    place = (*path, "request")
    if scope.protocol == "grpc":
        message = "a raw request is a REST body, this contract is gRPC: write 'inputs'"
        scope.mistakes.add(Mistake.KEY_NOT_IN_PROTOCOL, place, message)
    if isinstance(request, dict):
        named = request.get("signature_name", "serving_default")
        if named != use.name:
            where = (*place, "signature_name") if "signature_name" in request else place
            message = f"the request names signature {shown(named)}, it stands under {use.name!r}"
            if "signature_name" not in request:
                message = (
                    f"the request names no signature, so 'serving_default': it stands under {use.name!r}"
                )
            scope.mistakes.add(Mistake.EXAMPLE_OF_OTHER_SIGNATURE, where, message)
        elif made.error is None and use.verb == "predict":
            check_body(scope, use, request, place)
    elif made.error is None:
        scope.mistakes.add(
            Mistake.EXAMPLE_BODY, place, f"the server wants a JSON object, found {shown(request)}"
        )
    response = _json(item["response"]) if "response" in item else None
    return replace(made, request=_json(request), response=response, tolerance=tolerance(item))


def _json(value: object) -> str:
    import json  # noqa: PLC0415 (few contracts have raw bodies)

    return json.dumps(value, ensure_ascii=False)
