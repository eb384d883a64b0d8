"""Examples: every value of its declared type, inside its domain, with dimensions that agree."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sigpact.contract.build_domains import fits, leaves, other_type, twice
from sigpact.contract.build_tensors import Built
from sigpact.contract.domains import outside
from sigpact.contract.forms import BROKEN
from sigpact.contract.mistakes import Mistake, listed, nearest, shown
from sigpact.contract.model import (
    Example,
    Expected,
    ExpectedError,
    Nested,
    RawExample,
    Scalar,
    Tensor,
    TensorExample,
    Tolerance,
)
from sigpact.contract.scope import Data, Scope, decode_base64, tolerance
from sigpact.findings import Path
from sigpact.tensors.shapes import Dim, Expr, Fixed, Named, Ranked, evaluate, names_of


@dataclass(frozen=True, slots=True)
class Use:
    """The signature that examples belong to."""

    name: str
    verb: str
    inputs: tuple[Built, ...]
    """Features of the context among them."""
    context: frozenset[str]
    outputs: tuple[Built, ...]
    together: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class _Sizes:
    """The dimensions of one example: by name, and the rows of features."""

    named: dict[str, int] = field(default_factory=dict)
    rows: int | None = None
    computed: list[tuple[Expr, int, Path]] = field(default_factory=list)


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
    sizes = _Sizes()
    by_name = {built.tensor.name: built for built in use.inputs}
    inputs = _known(scope, by_name, written, place, (Mistake.UNKNOWN_INPUT, "input"))
    if made.error is None:
        _check_sent(scope, use, written, place)
        for name, built in by_name.items():
            if name in inputs:
                _check_input(scope, use, built, inputs[name], (*place, name), sizes)
    outputs = _outputs(scope, use, item, path, sizes)
    if made.error is None:
        _check_computed(scope, sizes)
    return replace(made, inputs=tuple(inputs.items()), outputs=outputs)


def _known(
    scope: Scope, declared: Mapping[str, Built], written: Data, path: Path, missing: tuple[Mistake, str]
) -> dict[str, Nested]:
    """Return the tensors that the signature declares; others are recorded."""
    found: dict[str, Nested] = {}
    for name, value in written.items():
        if name not in declared:
            mistake, what = missing
            near = nearest(name, declared) or f": there are {listed(declared)}"
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


def _check_input(scope: Scope, use: Use, built: Built, value: Nested, path: Path, sizes: _Sizes) -> None:
    shape = _check_value(scope, built, value, path)
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
    _bind(scope, built.tensor, shape, path, sizes)


def _outputs(scope: Scope, use: Use, item: Data, path: Path, sizes: _Sizes) -> tuple[Expected, ...]:
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
        shape = _check_value(scope, by_name[name], value, below, in_domain=name not in near)
        if shape is not None:
            _bind(scope, by_name[name].tensor, shape, below, sizes)
        allowed = tolerance(written[name]) if name in near else general
        is_near = name in near or general != Tolerance()
        made.append(Expected(name, value, (*place, name), approx=is_near, tolerance=allowed))
    return tuple(made)


def _is_approx(value: object) -> bool:
    return isinstance(value, dict) and "approx" in value


def _check_value(
    scope: Scope, built: Built, value: Nested, path: Path, *, in_domain: bool = True
) -> tuple[int, ...] | None:
    """Record elements of another type or outside the domain; return the shape, None where it is ragged."""
    tensor = built.tensor
    for place, leaf in leaves(value, path):
        if not fits(built.family, leaf):
            other_type(scope, built.family, leaf, place)
        elif in_domain and (reason := _reason(tensor, leaf, place[len(path) :])) is not None:
            shown_value = "the value" if tensor.sensitive else shown(leaf)
            scope.mistakes.add(Mistake.EXAMPLE_OUTSIDE, place, f"{shown_value} {reason} of {tensor.name!r}")
    return _shape(scope, value, path)


def _reason(tensor: Tensor, leaf: Scalar, index: Path) -> str | None:
    if isinstance(leaf, float) and not math.isfinite(leaf):
        return "is not finite, unlike the values" if tensor.finite else None
    column = index[-1] if index else None
    if tensor.columns and isinstance(column, int) and column < len(tensor.columns):
        reason = outside(tensor.columns[column].domain, tensor.dtypes, leaf)
        if reason is not None:
            return f"{reason} of column {tensor.columns[column].name!r}"
    return outside(tensor.domain, tensor.dtypes, leaf)


def _shape(scope: Scope, value: Nested, path: Path) -> tuple[int, ...] | None:
    if not isinstance(value, tuple):
        return ()
    if not any(isinstance(item, tuple) for item in value):
        return (len(value),)
    shapes = [_shape(scope, item, (*path, index)) for index, item in enumerate(value)]
    for index, shape in enumerate(shapes):
        if shape is None:
            return None
        if shape != shapes[0]:
            message = f"item {index + 1} has shape {list(shape)}, the first has {list(shapes[0] or ())}"
            scope.mistakes.add(Mistake.EXAMPLE_RAGGED, (*path, index), message)
            return None
    return (len(value), *(shapes[0] or ()))


def _bind(scope: Scope, tensor: Tensor, actual: tuple[int, ...], path: Path, sizes: _Sizes) -> None:
    shape = tensor.shape
    if not isinstance(shape, Ranked):
        return
    count = len(shape.dims)
    if len(actual) < count or (len(actual) > count and not shape.leading):
        # an empty list says nothing about the dimensions inside it
        if 0 not in actual:
            message = f"the value has shape {list(actual)}, {tensor.name!r} has {shape}"
            scope.mistakes.add(Mistake.EXAMPLE_SHAPE, path, message)
        return
    for dim, size in zip(shape.dims, actual[len(actual) - count :], strict=True):
        problem = _bind_one(scope, dim, size, path, sizes)
        if problem is not None:
            scope.mistakes.add(Mistake.EXAMPLE_SHAPE, path, problem)


def _bind_one(scope: Scope, dim: Dim, size: int, path: Path, sizes: _Sizes) -> str | None:
    match dim:
        case Fixed(wanted) if wanted != size:
            return f"a dimension of {wanted} is {size} here"
        case Named(name):
            before = sizes.named.setdefault(name, size)
            bounds = scope.dims.get(name)
            if before != size:
                return f"{name!r} is {before} in this example, and {size} here"
            if bounds and bounds.minimum is not None and size < bounds.minimum:
                return f"{name!r} is {size} here, its min under 'dims' is {bounds.minimum}"
            if bounds and bounds.maximum is not None and size > bounds.maximum:
                return f"{name!r} is {size} here, its max under 'dims' is {bounds.maximum}"
        case Expr():
            sizes.computed.append((dim, size, path))
    return None


def _check_computed(scope: Scope, sizes: _Sizes) -> None:
    for dim, size, path in sizes.computed:
        if not set(names_of(dim)) <= sizes.named.keys():
            continue
        try:
            wanted = evaluate(dim.tree, sizes.named)
        except ZeroDivisionError:
            scope.mistakes.add(
                Mistake.EXAMPLE_SHAPE, path, f"the dimension {dim} divides by zero in this example"
            )
            continue
        if wanted != size:
            scope.mistakes.add(
                Mistake.EXAMPLE_SHAPE,
                path,
                f"the dimension {dim} is {wanted} in this example, and {size} here",
            )


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
            _check_body(scope, use, request, place)
    elif made.error is None:
        scope.mistakes.add(
            Mistake.EXAMPLE_BODY, place, f"the server wants a JSON object, found {shown(request)}"
        )
    response = _json(item["response"]) if "response" in item else None
    return replace(made, request=_json(request), response=response, tolerance=tolerance(item))


def _json(value: object) -> str:
    import json  # noqa: PLC0415 (few contracts have raw bodies)

    return json.dumps(value, ensure_ascii=False)


def _check_body(scope: Scope, use: Use, request: Data, path: Path) -> None:
    """Check the values of a body that must be answered as if they were written as tensors."""
    keys = [key for key in ("instances", "inputs") if key in request]
    if len(keys) != 1:
        message = f"a body has exactly one of 'instances' and 'inputs', found {' and '.join(keys) or 'none'}"
        scope.mistakes.add(Mistake.EXAMPLE_BODY, path, message)
        return
    place = (*path, keys[0])
    found = (
        _rows(use, request["instances"], place)
        if keys == ["instances"]
        else _columns(use, request["inputs"], place)
    )
    if isinstance(found, str):
        scope.mistakes.add(Mistake.EXAMPLE_BODY, place, found)
        return
    sizes = _Sizes()
    for built, value, below in found:
        shape = _check_value(scope, built, value, below)
        if shape is not None:
            _bind(scope, built.tensor, shape, below, sizes)


_Found = list[tuple[Built, Nested, Path]]


def _rows(use: Use, instances: Any, path: Path) -> _Found | str:
    """Return the tensors of a row body; else what is wrong with it (json_tensor.cc, "instances")."""
    if not isinstance(instances, list) or not instances:
        return f"'instances' is a list with at least one row, found {shown(instances)}"
    names = {built.tensor.name for built in use.inputs}
    named = [row for row in instances if isinstance(row, dict) and not _is_bytes(row)]
    if named and len(named) < len(instances):
        return "the rows are all objects or all bare values, found both"
    if not named:
        if len(names) > 1:
            return f"a row has the inputs {listed(sorted(names))} by name, found bare values"
        return [(use.inputs[0], _value(instances), path)] if use.inputs else []
    found: _Found = []
    for built in use.inputs:
        name = built.tensor.name
        missing = [index for index, row in enumerate(named) if name not in row]
        if missing:
            return f"row {missing[0] + 1} has no {name!r}"
        found.append((built, tuple(_value(row[name]) for row in named), path))
    return found


def _columns(use: Use, inputs: Any, path: Path) -> _Found | str:
    """Return the tensors of a columnar body; else what is wrong with it (json_tensor.cc, "inputs")."""
    if not isinstance(inputs, dict) or _is_bytes(inputs):
        if len(use.inputs) != 1:
            return f"the inputs {listed(built.tensor.name for built in use.inputs)} are given by name"
        return [(use.inputs[0], _value(inputs), path)]
    missing = [built.tensor.name for built in use.inputs if built.tensor.name not in inputs]
    if missing:
        return f"the body has no {listed(missing)}"
    return [(built, _value(inputs[built.tensor.name]), (*path, built.tensor.name)) for built in use.inputs]


def _is_bytes(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"b64"}


def _value(value: Any) -> Nested:
    """Return a JSON value as the server reads it: lists, `{"b64": …}`, plain values; others as text."""
    if isinstance(value, list):
        return tuple(_value(item) for item in value)
    if _is_bytes(value):
        try:
            return decode_base64(str(value["b64"]))
        except ValueError:
            return b""
    return value if isinstance(value, str | int | float | bool) else shown(value)
