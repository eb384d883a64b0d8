"""Examples of classify and regress, from a body or as tf.Examples -> tensors with rows in front."""

import math
from collections.abc import Iterator, Mapping, Sequence

from sigpact.rows.elements import Json, input_value, nested
from sigpact.rows.mistakes import RowMistakeError
from sigpact.rows.target import Target
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.shapes import Dim, Fixed, dims_of
from sigpact.values.domains import is_bytes
from sigpact.wire.arrays import Value
from sigpact.wire.inference import Feature

Lists = Mapping[str, list[Json]]
"""The values of each feature of one example; one without values is missing."""


def lists_of_json(example: Json) -> Lists:
    """Return the features of an example in a REST body. Raises `RowMistakeError`."""
    if not isinstance(example, dict):
        raise RowMistakeError("an example is an object of features")
    return {name: each for name, each in ((n, _listed(v)) for n, v in example.items()) if each}


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def lists_of_example(target: Target, example: Mapping[str, Feature]) -> Lists:
    """Return the features of a tf.Example. Raises `RowMistakeError` for a list of another kind."""
    return {name: _values(target, name, each) for name, each in example.items() if each.values}


def _values(target: Target, name: str, feature: Feature) -> list[Json]:
    tensor, dtypes = target.inputs.get(name), target.dtypes.get(name)
    if tensor is None or dtypes is None:
        return list(feature.values)
    wanted = {Kind.FLOAT: "float", Kind.STRING: "bytes"}.get(dtypes[0].kind, "int64")
    if feature.kind != wanted:
        raise RowMistakeError(f"{name!r} is an {feature.kind} list in the record, and {dtypes[0]} here")
    if wanted == "bytes" and not is_bytes(target.contract, tensor):
        return [_text(name, each) for each in feature.values]
    return [bool(each) for each in feature.values] if dtypes[0].kind is Kind.BOOL else list(feature.values)


def _text(name: str, value: object) -> str:
    try:
        return bytes(value).decode() if isinstance(value, bytes) else str(value)
    except UnicodeDecodeError:
        raise RowMistakeError(f"{name!r} has bytes that are not UTF-8, and is a text here") from None


def calls(
    target: Target, examples: Sequence[Lists], context: Lists
) -> Iterator[tuple[int, int, dict[str, Value]]]:
    """Yield from where to where examples make one call, and its inputs.

    One call where all examples have the same features of the same lengths, else one for each.
    Raises `RowMistakeError`.
    """
    if not examples:
        raise RowMistakeError("there is no example in it")
    forms = {tuple(sorted((name, len(values)) for name, values in each.items())) for each in examples}
    step = len(examples) if len(forms) == 1 else 1
    for start in range(0, len(examples), step):
        yield start, start + step, _inputs(target, examples[start : start + step], context)


def _inputs(target: Target, examples: Sequence[Lists], context: Lists) -> dict[str, Value]:
    beside = {tensor.name for tensor in target.use.context}
    target.require_inputs({**examples[0], **context})
    found = {}
    for name, tensor in target.inputs.items():
        dims = dims_of(tensor.shape)
        if name in beside:
            if name in context:
                found[name] = input_value(target, name, _shaped(name, dims, context[name]))
        elif name in examples[0]:
            rows = [_shaped(name, dims[1:], each[name]) for each in examples]
            found[name] = input_value(target, name, rows)
    return found


def _shaped(name: str, dims: tuple[Dim, ...], flat: list[Json]) -> Json:
    """Return the values of a list in the shape that the contract says: a tf.Example knows none."""
    if len(dims) == 1:
        return flat
    known = [dim.size for dim in dims if isinstance(dim, Fixed)]
    size = math.prod(known)
    if len(dims) - len(known) > 1:
        raise RowMistakeError(f"{name!r} is a flat list, whose {len(dims)} dimensions cannot be told")
    rest, over = divmod(len(flat), size) if size else (0, len(flat))
    if over or (len(known) == len(dims) and rest != 1):
        raise RowMistakeError(f"{name!r} has {len(flat)} values, which make no [{', '.join(map(str, dims))}]")
    shape = tuple(dim.size if isinstance(dim, Fixed) else rest for dim in dims)
    return _as_lists(nested(flat, shape))


def _as_lists(value: object) -> Json:
    return [_as_lists(each) for each in value] if isinstance(value, tuple) else value
