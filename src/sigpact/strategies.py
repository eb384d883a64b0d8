"""`requests`: what a client may send, as a Hypothesis strategy, for tests of your own.

The domain is the one that `sigpact verify` draws from; here one request is drawn at a time, and shrinks.
"""

import os
from collections.abc import Callable

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from sigpact.contract.load import load
from sigpact.contract.model import Contract, SignatureUse
from sigpact.errors import ConfigurationError
from sigpact.frozen import replace
from sigpact.nearest import hint
from sigpact.tensors.dtypes import DType
from sigpact.tensors.shapes import Ranked, Unknown
from sigpact.values.boundaries import whole_specials
from sigpact.values.boundary_rows import possible_range
from sigpact.values.building import source_of
from sigpact.values.corners import corners
from sigpact.values.domains import Blobs, Choices, Complexes, Elements, Floats, Integers, NotDrawnError, Texts
from sigpact.values.draw import Shape
from sigpact.values.drawable import Drawn
from sigpact.values.features import drawn_use
from sigpact.values.given import Given, narrowed
from sigpact.values.numerics import round_one
from sigpact.values.pooling import pooled
from sigpact.values.requests import Origin, Request
from sigpact.values.shaping import draw_tensor, in_order
from sigpact.values.sizes import ROWS, UNKNOWN, Layout, Range
from sigpact.values.sources import Source
from sigpact.wire.arrays import Array, Value, numpy_dtype

__all__ = ["requests"]

_LONG = 10_000
"""No longer text is drawn here: Hypothesis would spend its time on it."""


def requests(
    contract: Contract | str | os.PathLike[str], signature: str
) -> st.SearchStrategy[dict[str, Array]]:
    """Return a strategy for the calls that a client makes of a signature: a NumPy array by input name.

    >>> from hypothesis import given, settings
    >>> from sigpact.strategies import requests
    >>>
    >>> @given(request=requests("contracts/mobile-app/genre.contract.yaml", "get_genre"))
    ... @settings(max_examples=20)
    ... def test_titles_are_utf_8(request):
    ...     assert all(title.decode() for title in request["title"])
    >>>
    >>> test_titles_are_utf_8()

    `contract` is a file or a loaded `Contract`. Strings are arrays of `bytes` objects; bfloat16 comes as
    float32 that holds only its values; numbers of a REST client as float64, its integers as int64. An
    optional input that is left out is not in the dict, and one without a declared domain never is.

    Raises `ContractError` for a wrong file, and `ConfigurationError` for a signature that the contract does
    not have, or one of which nothing can be drawn: `from:` needs the answers of a model.
    """
    whole = contract if isinstance(contract, Contract) else load(contract)
    use = whole.signature(signature)
    if use is None:
        known = hint(signature, [each.name for each in whole.signatures])
        raise ConfigurationError(f"{whole.file} has no signature {signature!r}: {known}")
    drawn = drawn_use(whole, use)
    narrow, bare = narrowed(whole, drawn)
    source, undrawable = source_of(narrow, bare, (0, 0), pooled(narrow, bare, {}))
    if source is None:
        reasons = "; ".join(map(str, undrawable)) or "nothing is sent"
        raise ConfigurationError(f"{whole.file}: nothing can be drawn for {signature!r}: {reasons}")
    return _calls(source, _sure(narrow, bare, drawn))


def _sure(narrow: Contract, bare: SignatureUse, use: SignatureUse) -> Given | None:
    return Given(narrow, replace(bare, given=use.given)) if use.given else None


@st.composite
def _calls(draw: st.DrawFn, source: Source, given: Given | None) -> dict[str, Array]:
    """Draw one call."""
    layout = draw(_layouts(source))
    number = draw(st.integers(0, source.variants - 1))
    present = draw(st.sampled_from(sorted(source.presences, key=lambda each: (len(each), sorted(each)))))
    chosen = [each for each in source.variant(number) if each.tensor.name in present]
    made = {each.tensor.name: draw(_tensors(each, layout.shape(each.tensor))) for each in chosen}
    if given is None:
        return made
    values = {each.tensor.name: Value(each.dtype, made[each.tensor.name]) for each in chosen}
    sizes = {name: size for name, size in layout.sizes.items() if name != ROWS}
    kept = given.kept(Request(Origin.RANDOM, values, sizes, source.sizes.rows(layout)))
    if kept is None:
        reject()
    return {name: value.array for name, value in kept.values.items()}


@st.composite
def _layouts(draw: st.DrawFn, source: Source) -> Layout:
    """Draw the sizes of a call; where those that were drawn make no shapes, small ones that do."""
    sizes: dict[str, int] = {}
    for each in source.sizes.ranges:
        sizes |= dict.fromkeys(each.names, draw(_sizes(possible_range(source, each))))
    nulls = {
        (tensor.name, axis): sizes[ROWS]
        if source.sizes.row_body and axis == 0
        else draw(st.integers(1, UNKNOWN))
        for tensor in source.sizes.inputs
        if isinstance(tensor.shape, Ranked)
        for axis, dim in enumerate(tensor.shape.dims)
        if isinstance(dim, Unknown)
    }
    leading = draw(st.sampled_from(sorted(source.leadings)))
    made = Layout(sizes, nulls, leading)
    if source.sizes.is_valid(made):
        return made
    return source.small_layout(np.random.Generator(np.random.PCG64(0)), leading=leading)


@st.composite
def _sizes(draw: st.DrawFn, each: Range) -> int:
    """Draw a small size, any, or the greatest.

    Whichever it is, two numbers are drawn: so many rows shrink to few, and the rest stays as it was.
    """
    size, way = draw(st.integers(each.low, each.high)), draw(st.integers(0, 2))
    return (min(size, each.low + 8), size, each.high)[way]


def _tensors(drawn: Drawn, shape: Shape) -> st.SearchStrategy[Array]:
    tensor = drawn.tensor
    if tensor.norm is not None or tensor.sums_to is not None or tensor.unique is not None:
        return _shaped(drawn, shape)
    plain = _plain(drawn, shape)
    if tensor.sorted is not None and shape:
        direction = tensor.sorted
        plain = plain.map(lambda array: np.ascontiguousarray(in_order(array, direction)))
    samples = [np.full(shape, each, each.dtype) for each in drawn.samples if each.ndim == 0]
    return plain | st.sampled_from(samples).map(np.copy) if samples else plain


def _plain(drawn: Drawn, shape: Shape) -> st.SearchStrategy[Array]:
    finite = drawn.tensor.finite
    if not drawn.columns:
        return _arrays(drawn.dtype, shape, _elements(drawn.elements, finite=finite))
    columns = [_arrays(drawn.dtype, shape[:-1], _elements(each, finite=finite)) for each in drawn.columns]
    return st.tuples(*columns).map(lambda found: np.stack(found, axis=-1))


def _arrays(dtype: DType, shape: Shape, elements: st.SearchStrategy[object]) -> st.SearchStrategy[Array]:
    """Return arrays that mostly repeat one element: so they are quick to draw, and shrink to it."""
    return arrays_of.arrays(numpy_dtype(dtype), shape, elements=elements, fill=elements)


@st.composite
def _shaped(draw: st.DrawFn, drawn: Drawn, shape: Shape) -> Array:
    """Draw a tensor of words on the whole: a special one, or what a seed gives."""
    specials = [each.array for each in whole_specials(drawn, shape)]
    seeds = st.integers(0, 2**32 - 1)
    chosen = draw(st.sampled_from(specials) | seeds if specials else seeds)
    if not isinstance(chosen, int):
        return np.array(chosen)
    try:
        return draw_tensor(drawn, shape, np.random.Generator(np.random.PCG64(chosen)))
    except NotDrawnError:
        reject()


def _elements(elements: Elements, *, finite: bool) -> st.SearchStrategy[object]:
    """Return the elements of a domain, and its edges again: these are drawn often."""
    edges = [each.element for each in corners(elements, finite=finite)]
    short = [each for each in edges if not isinstance(each, bytes) or len(each) <= _LONG]
    inner = _inner(elements)
    if isinstance(elements, Choices) or not short:
        return inner
    if isinstance(elements, Texts | Blobs):
        texts = sorted((each for each in short if isinstance(each, bytes)), key=len)
        cut = _cut_bytes if isinstance(elements, Blobs) else _cut_text
        return inner | st.builds(
            cut, st.sampled_from(texts), st.integers(elements.low, 2 * max(map(len, texts)))
        )
    return inner | st.sampled_from(short)


def _cut_bytes(edge: bytes, length: int) -> bytes:
    """Return an edge, or as much of it as shows the same: so it shrinks."""
    return edge[:length]


def _cut_text(edge: bytes, length: int) -> bytes:
    return edge.decode()[:length].encode()


def _inner(elements: Elements) -> st.SearchStrategy[object]:
    match elements:
        case Choices(values=values, pool=pool):
            every = (*values, *pool)
            return st.sampled_from(sorted(every, key=len) if pool else every)  # type: ignore[arg-type]
        case Texts(low=low, high=high) | Blobs(low=low, high=high):
            return _strings(low, max(low, min(high, _LONG)), blob=isinstance(elements, Blobs))
        case Integers(step=step):
            return st.integers(*elements.counts).map(lambda count: count * step)
        case Complexes(part=part):
            return st.builds(complex, *[_elements(part, finite=True)] * 2)
        case Floats(step=None):
            return _floats(elements)
        case Floats():
            return st.integers(*elements.counts).map(elements.multiple)


def _strings(low: int, high: int, *, blob: bool) -> st.SearchStrategy[object]:
    if blob:
        return st.binary(min_size=low, max_size=high)
    return st.text(st.characters(codec="utf-8"), min_size=low, max_size=high).map(str.encode)


def _floats(elements: Floats) -> st.SearchStrategy[object]:
    low, high, dtype = elements.low, elements.high, elements.dtype
    is_carried = dtype.name == "bfloat16" or dtype.bits == 8
    width = 32 if is_carried else dtype.bits
    found = st.floats(low, high, width=width, allow_nan=False, allow_infinity=False)  # type: ignore[arg-type]
    return found.map(_rounded(dtype)) if is_carried else found


def _rounded(dtype: DType) -> Callable[[float], float]:
    return lambda number: round_one(dtype, number)
