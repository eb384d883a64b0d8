"""Raw REST bodies of examples: read as the server reads them, checked as tensors."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from sigpact.contract.build_values import Sizes, Use, bind, check_value
from sigpact.contract.mistakes import Mistake, listed, perhaps, shown
from sigpact.contract.model import (
    Nested,
)
from sigpact.contract.scope import Data, Scope, decode_base64
from sigpact.findings import Path


def check_body(scope: Scope, use: Use, request: Data, path: Path) -> None:
    """Check the values of a body that must be answered as if they were written as tensors."""
    key = format_of(request)
    if key is None:
        scope.mistakes.add(Mistake.EXAMPLE_BODY, path, no_format(request))
        return
    place = (*path, key)
    names = [built.tensor.name for built in use.inputs]
    found = inputs_of(names, request)
    wrong = found if isinstance(found, str) else _undeclared(request[key], names)
    if wrong is not None or isinstance(found, str):
        scope.mistakes.add(Mistake.EXAMPLE_BODY, place, wrong or "")
        return
    sizes = Sizes()
    is_named = key == "inputs" and isinstance(request[key], dict) and not _is_bytes(request[key])
    for built in use.inputs:
        below = (*place, built.tensor.name) if is_named else place
        shape = check_value(scope, built, _value(found[built.tensor.name]), below)
        if shape is not None:
            bind(scope, built.tensor, shape, below, sizes)


def format_of(request: Data) -> str | None:
    """Return the key of a predict body that holds its inputs; None where there is none, or more than one."""
    keys = [key for key in ("instances", "inputs") if key in request]
    return keys[0] if len(keys) == 1 else None


def no_format(request: Data) -> str:
    """Say that a body has no one key for its inputs."""
    keys = [key for key in ("instances", "inputs") if key in request]
    return f"a body has exactly one of 'instances' and 'inputs', found {' and '.join(keys) or 'none'}"


def inputs_of(names: Sequence[str], request: Data) -> dict[str, Any] | str:
    """Return the JSON value of each input in a body; else what is wrong with it (json_tensor.cc)."""
    if "instances" in request:
        return _rows(names, request["instances"])
    return _columns(names, request["inputs"])


def _rows(names: Sequence[str], instances: Any) -> dict[str, Any] | str:
    if not isinstance(instances, list) or not instances:
        return f"'instances' is a list with at least one row, found {shown(instances)}"
    named = [row for row in instances if isinstance(row, dict) and not _is_bytes(row)]
    if named and len(named) < len(instances):
        return "the rows are all objects or all bare values, found both"
    if not named:
        if len(names) > 1:
            return f"a row has the inputs {listed(sorted(names))} by name, found bare values"
        return dict.fromkeys(names, instances)
    for name in names:
        missing = [index for index, row in enumerate(named) if name not in row]
        if missing:
            return f"row {missing[0] + 1} has no {name!r}"
    return {name: [row[name] for row in named] for name in names}


def _columns(names: Sequence[str], inputs: Any) -> dict[str, Any] | str:
    if not isinstance(inputs, dict) or _is_bytes(inputs):
        if len(names) != 1:
            return f"the inputs {listed(names)} are given by name"
        return {names[0]: inputs}
    missing = [name for name in names if name not in inputs]
    if missing:
        return f"the body has no {listed(missing)}"
    return {name: inputs[name] for name in names}


def _undeclared(content: Any, declared: list[str]) -> str | None:
    """Return what is wrong where a body sends an input that the signature does not have."""
    other = next((name for name in _named(content) if name not in declared), None)
    return None if other is None else f"{other!r} is no input of this signature{perhaps(other, declared)}"


def _named(content: Any) -> Iterator[str]:
    for each in content if isinstance(content, list) else [content]:
        if isinstance(each, dict) and not _is_bytes(each):
            yield from each


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
