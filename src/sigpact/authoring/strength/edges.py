"""Which rows of a call lie on an edge of the domain that a contract declares."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from sigpact.authoring.strength.playing import Alter
from sigpact.authoring.strength.scene import Scene, put, rows_of
from sigpact.contract.model import Domain, Tensor, Tolerance
from sigpact.runtime.protocol import Call
from sigpact.tensors.dtypes import Kind
from sigpact.values.numerics import as_float
from sigpact.values.tolerances import near, nearness
from sigpact.wire.arrays import Array, Value


def on_edges(name: str, blank: object) -> Callable[[Scene], Alter]:
    """Return what answers rows on an edge with one and the same value in one output."""

    def make(scene: Scene) -> Alter:
        def alter(call: Call, outputs: Mapping[str, Value], _: int) -> Mapping[str, Value]:
            rows = edge_rows(scene, call)
            if name not in outputs or outputs[name].shape[:1] != rows.shape or not rows.any():
                return outputs
            array = outputs[name].array.copy()
            array[rows] = blank
            return put(outputs, name, array)

        return alter

    return make


def edge_rows(scene: Scene, call: Call) -> Array:
    """Return which rows have an input with an element at the end of a range, or a text at a length's end."""
    count = rows_of(call)
    found = np.zeros(count, bool)
    for tensor, spec in scene.inputs:
        value = call.feeds.get(spec.name)
        if value is not None and value.shape[:1] == (count,) and value.array.size:
            found |= _on_edge(tensor, value).reshape(count, -1).any(axis=1)
    return found


def _on_edge(tensor: Tensor, value: Value) -> Array:
    if value.dtype.kind is Kind.STRING:
        return np.isin(_lengths(tensor, value.array), [*_text_ends(tensor.domain)])
    found = np.zeros(value.shape, bool)
    if value.dtype.kind not in {Kind.FLOAT, Kind.INT, Kind.UINT}:
        return found
    how = nearness(value.dtype, Tolerance())
    for end in _ends(tensor.domain):
        found |= near(value.array, np.asarray(end), how)
    for at, column in enumerate(tensor.columns):
        for end in _ends(column.domain):
            found[..., at] |= near(value.array[..., at], np.asarray(end), how)
    return found


def _ends(domain: Domain) -> Iterator[float]:
    said = (domain.minimum, domain.exclusive_minimum, domain.maximum, domain.exclusive_maximum)
    yield from (as_float(each) for each in said if each is not None)


def _text_ends(domain: Domain) -> Iterator[int]:
    """Yield the shortest and the longest length; no text is shorter than none."""
    yield domain.min_length or 0
    if domain.max_length is not None:
        yield domain.max_length


def _lengths(tensor: Tensor, array: Array) -> Array:
    counts_bytes = "bytes" in tensor.dtypes
    lengths = [
        len(each) if counts_bytes else len(each.decode(errors="replace")) for each in array.reshape(-1)
    ]
    return np.asarray(lengths).reshape(array.shape)
