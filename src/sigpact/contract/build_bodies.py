"""Raw REST bodies of examples: read as the server reads them, checked as tensors."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from sigpact.contract.build_tensors import Built
from sigpact.contract.build_values import Sizes, Use, bind, check_value
from sigpact.contract.mistakes import Mistake, listed, perhaps, shown
from sigpact.contract.model import (
    Nested,
)
from sigpact.contract.scope import Data, Scope, decode_base64
from sigpact.findings import Path


def check_body(scope: Scope, use: Use, request: Data, path: Path) -> None:
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
    sizes = Sizes()
    for built, value, below in found:
        shape = check_value(scope, built, value, below)
        if shape is not None:
            bind(scope, built.tensor, shape, below, sizes)


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
    return _undeclared((name for row in named for name in row), names) or found


def _columns(use: Use, inputs: Any, path: Path) -> _Found | str:
    """Return the tensors of a columnar body; else what is wrong with it (json_tensor.cc, "inputs")."""
    if not isinstance(inputs, dict) or _is_bytes(inputs):
        if len(use.inputs) != 1:
            return f"the inputs {listed(built.tensor.name for built in use.inputs)} are given by name"
        return [(use.inputs[0], _value(inputs), path)]
    missing = [built.tensor.name for built in use.inputs if built.tensor.name not in inputs]
    if missing:
        return f"the body has no {listed(missing)}"
    if other := _undeclared(inputs, {built.tensor.name for built in use.inputs}):
        return other
    return [(built, _value(inputs[built.tensor.name]), (*path, built.tensor.name)) for built in use.inputs]


def _undeclared(sent: Iterable[str], declared: set[str]) -> str | None:
    other = next((name for name in sent if name not in declared), None)
    return None if other is None else f"{other!r} is no input of this signature{perhaps(other, declared)}"


def _is_bytes(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"b64"}


def _value(value: Any) -> Nested:
    """Return a JSON value as the server reads it: lists, `{"b64": …}`, plain values.

    What is none of them (null, another object, no base64) stays what it is: it fits no tensor.
    """
    if isinstance(value, list):
        return tuple(_value(item) for item in value)
    if _is_bytes(value) and isinstance(value["b64"], str):
        with suppress(ValueError):
            return decode_base64(value["b64"])
    found: Nested = value
    return found
