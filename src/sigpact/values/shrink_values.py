"""Simpler elements of one input: what `shrink` tries once rows and dimensions are as small as they get."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sigpact.contract.model import Around, Contract, Domain, Tensor
from sigpact.tensors.dtypes import BY_NAME, DType, Kind
from sigpact.values.domains import Choices, Elements, NotDrawnError, is_bytes
from sigpact.values.drawable import Drawn, drawable, sample_array
from sigpact.values.membership import TextRules, text_rules
from sigpact.values.plain import Element, Plain, cost
from sigpact.values.requests import Request
from sigpact.values.shaping import satisfies
from sigpact.values.simpler import search
from sigpact.wire.arrays import Array, Value, numpy_dtype

Asking = Generator[Sequence[Request], int | None, None]
"""Yields requests to ask about, the smallest first; is sent the first that fails and is smaller."""
Size = tuple[float, ...]
"""How large a request is: inputs, elements, then what its elements cost, summed up."""

_DOUBLE: Final = BY_NAME["float64"]
_READ: Final = 1024
"""So many elements of a tensor are looked at one by one."""
_GROUPS: Final = 8
"""So many different elements are made simpler wherever they stand."""
_PLACES: Final = 32
"""So many elements are made simpler alone."""
_PIECES: Final = 64
"""So many pieces of a tensor are made simpler, each in one go."""


@dataclass(frozen=True, slots=True, eq=False)
class Simplified:
    """One input whose elements can be made simpler: its domain, that of each column or of all."""

    drawn: Drawn
    plains: tuple[Plain, ...]
    simplest: tuple[Element, ...]

    @property
    def name(self) -> str:
        """The input's name."""
        return self.drawn.tensor.name

    def at(self, place: int) -> int:
        """Return which of the domains is that of a flat index."""
        return place % len(self.plains)

    def admits(self, before: Array, after: Array) -> bool:
        """Whether the words about the whole tensor that held still do."""
        return not self.drawn.is_shaped or not satisfies(self.drawn, before) or satisfies(self.drawn, after)


def _drawn_as(contract: Contract, tensor: Tensor, value: Value) -> Drawn | None:
    """Return how an input is drawn in the dtype of a value; `None` where it is not."""
    try:
        return next((each for each in drawable(contract, tensor) if each.dtype == value.dtype), None)
    except NotDrawnError:
        return None


def simplified(contract: Contract, tensor: Tensor, value: Value) -> Simplified | None:
    """Return what is known of an input's elements; `None` where its domain does not say what they may be."""
    drawn = _drawn_as(contract, tensor, value)
    if drawn is None or drawn.dtype.kind is Kind.COMPLEX:
        return None
    blob = is_bytes(contract, tensor)
    domains = [each.domain for each in tensor.columns] or [tensor.domain]
    elements = drawn.columns or (drawn.elements,)
    written = written_as(contract, drawn.dtype)
    plains = tuple(
        Plain(each[0], written, _rules(*each, blob=blob)) for each in zip(elements, domains, strict=True)
    )
    simplest = [each for each in (plain.simplest() for plain in plains) if each is not None]
    return Simplified(drawn, plains, tuple(simplest)) if len(simplest) == len(plains) else None


def written_as(contract: Contract, dtype: DType) -> DType:
    """Return the dtype whose digits a person sees: JSON has doubles alone."""
    return _DOUBLE if contract.protocol == "rest" and dtype.kind is Kind.FLOAT else dtype


def _rules(elements: Elements, domain: Domain, *, blob: bool) -> TextRules | None:
    is_listed = isinstance(elements, Choices) and not domain.is_declared
    if elements.dtype.kind is not Kind.STRING or is_listed:
        return None
    members = tuple(sample_array(each, elements.dtype).item() for each in domain.enum or ())
    return text_rules(domain, members if domain.enum is not None else None, blob=blob)


def simpler_values(current: Callable[[], Request], tensor: Simplified) -> Asking:
    """Make the elements of one input simpler: all, whole pieces, equal ones together, then one by one.

    `current` gives the smallest request so far.
    """
    yield from _whole(current, tensor)
    yield from _pieces(current, tensor)
    values = _array(current, tensor).reshape(-1)[:_READ].tolist()
    for element in list(dict.fromkeys(map(repr, values)))[:_GROUPS]:
        places = [at for at, each in enumerate(values) if repr(each) == element]
        if len(places) > 1 and len(tensor.plains) == 1:
            yield from _places(current, tensor, places)
    values = _array(current, tensor).reshape(-1)[:_READ].tolist()
    left = [at for at, each in enumerate(values) if repr(each) != repr(tensor.simplest[tensor.at(at)])]
    for at in left[:_PLACES]:
        yield from _places(current, tensor, [at])


def _array(current: Callable[[], Request], tensor: Simplified) -> Array:
    return current().values[tensor.name].array


def _made(current: Callable[[], Request], tensor: Simplified, arrays: Iterable[Array]) -> list[Request]:
    """Return the request with other values of one input, where the words about its whole hold."""
    request, before = current(), _array(current, tensor)
    dtype = request.values[tensor.name].dtype
    return [
        replace(request, values={**request.values, tensor.name: Value(dtype, each)})
        for each in arrays
        if tensor.admits(before, each)
    ]


def _simple(tensor: Simplified, shape: tuple[int, ...]) -> Array:
    """Return the tensor of that shape whose elements are the simplest."""
    simple = np.empty(len(tensor.simplest), numpy_dtype(tensor.drawn.dtype))
    simple[:] = tensor.simplest
    return np.resize(simple, shape)


def _whole(current: Callable[[], Request], tensor: Simplified) -> Asking:
    array, said = _array(current, tensor), tensor.drawn.tensor
    simple = [_simple(tensor, array.shape)]
    parts = [made for around in (said.norm, said.sums_to) for made in _one_part(array, around)]
    if found := _made(current, tensor, [*simple, *parts]):
        yield found


def _one_part(array: Array, around: Around | None) -> Iterator[Array]:
    """Yield the tensor in which one part of each slice is all of its sum or length."""
    if around is not None and array.size:
        made = np.zeros(array.shape, array.dtype)
        np.moveaxis(made, around.axis, 0)[0] = around.value
        yield made


def _pieces(current: Callable[[], Request], tensor: Simplified) -> Asking:
    count = _array(current, tensor).size
    size = count // 2
    while size >= 1 and count <= _PIECES * size:
        array = _array(current, tensor)
        simple = _simple(tensor, array.shape)
        arrays = (_spliced(array, simple, slice(at, at + size)) for at in range(0, count, size))
        found = _made(current, tensor, arrays)
        if not found or (yield found) is None:
            size //= 2


def _spliced(array: Array, other: Array, piece: slice) -> Array:
    flat = array.reshape(-1).copy()
    flat[piece] = other.reshape(-1)[piece]
    return flat.reshape(array.shape)


def _places(current: Callable[[], Request], tensor: Simplified, places: list[int]) -> Asking:
    """Look for a simpler element at these places, which hold the same."""
    first = _array(current, tensor).reshape(-1)[places[0]]
    element = first if isinstance(first, bytes) else first.item()
    searching = search(element, tensor.plains[tensor.at(places[0])])
    try:
        elements = next(searching)
        while True:
            array = _array(current, tensor)
            arrays = [_with(array, places, each) for each in elements]
            allowed = [at for at, each in enumerate(arrays) if tensor.admits(array, each)]
            found = _made(current, tensor, [arrays[at] for at in allowed])
            index = (yield found) if found else None
            elements = searching.send(None if index is None else allowed[index])
    except StopIteration:
        return


def _with(array: Array, places: list[int], element: Element) -> Array:
    flat = array.reshape(-1).copy()
    for at in places:
        flat[at] = element
    return flat.reshape(array.shape)


def size_of(contract: Contract, request: Request) -> Size:
    """Return how large a request of a contract's client is, to be compared."""
    values = request.values.values()
    total: list[float] = [0, 0, 0, 0, 0]
    for value in values:
        flat, written = value.array.reshape(-1), written_as(contract, value.dtype)
        for element in flat[:_READ].tolist() if value.dtype.kind is not Kind.COMPLEX else ():
            for at, part in enumerate(cost(element, written)):
                total[at + 1] += part
        rest = flat[_READ:]
        total[0] += sum(map(len, rest)) if rest.dtype == object else int(np.count_nonzero(rest))
    places = sum(sum(value.shape) for value in values)  # rows without elements are rows
    return (len(values), sum(value.array.size for value in values), places, *total)
