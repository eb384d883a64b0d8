"""Which values are drawn for an input. No domain, no generation: what is not bounded is not made up."""

import math
from dataclasses import dataclass, field

import numpy as np

from sigpact.contract.model import BytesFile, Column, Contract, Domain, Image, Nested, Tensor
from sigpact.tensors.dtypes import DType, Kind
from sigpact.values.domains import (
    Blobs,
    Choices,
    Complexes,
    Elements,
    Floats,
    Integers,
    NotDrawnError,
    Texts,
    both,
    drawn_dtypes,
    is_bytes,
    numbers,
    part_dtype,
)
from sigpact.values.formats import FORMATS, format_pool
from sigpact.values.images import images_of
from sigpact.values.membership import inside, text_rules
from sigpact.values.numerics import limits, round_one, rounded, rounds
from sigpact.values.patterns import pattern_pool
from sigpact.values.pools import Pool
from sigpact.wire.arrays import Array, value

UNBOUNDED_TEXT = 64
"""How long a text is drawn at most where the contract gives no `maxLength`."""
LONGEST = 2**22
"""How long a text is drawn at most in any case."""
_SPECIAL = 200
"""So many texts of a pattern or a format are sent in any case, random rows have others as well."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """An input that can be drawn, in one dtype.

    `columns` has one domain for each position of the last axis, else it is empty and `elements`
    speaks of all. `samples` are arrays of the contract's samples: elements (rank 0), rows or tensors.
    """

    tensor: Tensor
    dtype: DType
    elements: Elements
    columns: tuple[Elements, ...] = ()
    samples: tuple[Array, ...] = field(default_factory=tuple)
    pool: Pool | None = None
    """What another signature answered, of an input with `from:`; nothing else is drawn then."""

    @property
    def is_shaped(self) -> bool:
        """Whether a word about the whole tensor shapes the draws."""
        if self.pool is not None:
            return False
        tensor = self.tensor
        return any(word is not None for word in (tensor.unique, tensor.sorted, tensor.sums_to, tensor.norm))


def drawable(contract: Contract, tensor: Tensor, pool: Pool | None = None) -> tuple[Drawn, ...]:
    """Return how an input is drawn, once for each dtype that the client may send.

    Raises `NotDrawnError` with the reason why it is not.
    """
    if pool is not None:
        return (_pooled(tensor.name, pool),)
    if tensor.source is not None:
        raise NotDrawnError(f"`from: {'.'.join(tensor.source)}` has no answers to draw from")
    blob = is_bytes(contract, tensor)
    return tuple(_drawn(tensor, dtype, blob=blob) for dtype in drawn_dtypes(contract, tensor))


def _pooled(name: str, pool: Pool) -> Drawn:
    dtype = pool.dtype(name)
    elements = Blobs(dtype, 0, pool.longest(name)) if dtype.kind is Kind.STRING else Choices(dtype, ())
    return Drawn(pool.tensors[name], dtype, elements, pool=pool)


def _drawn(tensor: Tensor, dtype: DType, *, blob: bool) -> Drawn:
    samples = tuple(sample_array(each, dtype) for each in tensor.samples)
    if tensor.columns:
        columns = tuple(_column(tensor, each, dtype, blob=blob) for each in tensor.columns)
        return Drawn(tensor, dtype, columns[0], columns, samples)
    try:
        return Drawn(tensor, dtype, elements_of(tensor.domain, dtype, blob=blob), (), samples)
    except NotDrawnError:
        scalars = tuple(each.item() for each in samples if each.ndim == 0)
        if not scalars or tensor.domain.is_declared:
            raise
        return Drawn(tensor, dtype, Choices(dtype, scalars, whole=False), (), samples)


def _column(tensor: Tensor, column: Column, dtype: DType, *, blob: bool) -> Elements:
    """Return the elements of one column: what is said of the whole input is said of it as well."""
    try:
        return elements_of(both(tensor.domain, column.domain), dtype, blob=blob)
    except NotDrawnError as error:
        raise NotDrawnError(f"column {column.name!r} {error.reason}") from error


def sample_array(written: Nested, dtype: DType) -> Array:
    """Return a value as the contract writes it, as an array of a dtype; files are read.

    Raises `OSError` for a file, `ValueError` for lists of unequal lengths.
    """
    array = value(dtype.name, _listed(written)).array
    return rounded(dtype, array) if rounds(dtype) else array


def _listed(written: Nested) -> object:
    match written:
        case tuple():
            return [_listed(each) for each in written]
        case BytesFile(path):
            with open(path, "rb") as file:  # noqa: PTH123 - one read, no path arithmetic
                return file.read()
        case _:
            return written


def elements_of(domain: Domain, dtype: DType, *, blob: bool) -> Elements:
    """Return the elements of a domain in a dtype. `blob`: a string of any bytes, counted in bytes.

    Raises `NotDrawnError` for a domain that is not bounded, that admits nothing, or that cannot be
    drawn honestly.
    """
    match dtype.kind:
        case Kind.STRING:
            return _strings(domain, dtype, blob=blob)
        case Kind.BOOL:
            return _choices(domain, dtype, (False, True) if domain.enum is None else domain.enum)
        case Kind.FLOAT | Kind.INT | Kind.UINT:
            return _numeric(domain, dtype)
        case Kind.COMPLEX:
            return _complex(domain, dtype)
        case _:
            raise NotDrawnError(f"dtype {dtype} is a handle inside the model, which no client can send")


def _numeric(domain: Domain, dtype: DType) -> Floats | Integers | Choices:
    if domain.enum is not None:
        return _choices(domain, dtype, domain.enum)
    if domain.minimum is None and domain.exclusive_minimum is None:
        raise NotDrawnError("has no minimum, so nothing is made up; declare its bounds, enum or samples")
    if domain.maximum is None and domain.exclusive_maximum is None:
        raise NotDrawnError("has no maximum, so nothing is made up; declare its bounds, enum or samples")
    bounds = numbers(domain, dtype)
    if isinstance(bounds, Floats):
        bounds = _finite(bounds)
    if bounds.low > bounds.high or _admits_no_multiple(bounds):
        raise NotDrawnError(f"has bounds that admit no {dtype}")
    return bounds


def _complex(domain: Domain, dtype: DType) -> Elements:
    part = _numeric(domain, part_dtype(dtype))
    if isinstance(part, Integers):
        raise TypeError("the parts of complex numbers are floats")
    return Complexes(dtype, part)


def _finite(bounds: Floats) -> Floats:
    most = limits(bounds.dtype).most
    return Floats(bounds.dtype, max(bounds.low, -most), min(bounds.high, most), bounds.step)


def _admits_no_multiple(bounds: Floats | Integers) -> bool:
    if isinstance(bounds, Floats) and bounds.step is None:
        return False
    low, high = bounds.counts
    return low > high


def _choices(domain: Domain, dtype: DType, members: tuple[object, ...]) -> Choices:
    bounds = numbers(domain, dtype) if dtype.kind is not Kind.BOOL else None
    values = dict[int | float | bool, None]()
    for member in members:
        if not isinstance(member, int | float):
            continue
        made = _carried(dtype, member)
        if made is not None and (bounds is None or inside(bounds, np.asarray([made]))[0]):
            values[made] = None
    if not values:
        raise NotDrawnError(f"has an enum that admits no {dtype}")
    return Choices(dtype, tuple(values))


def _carried(dtype: DType, member: float) -> int | float | bool | None:
    """Return an enum's member in the dtype; None where the dtype does not hold it."""
    if dtype.kind is Kind.BOOL:
        return member if isinstance(member, bool) else None
    if dtype.kind is Kind.FLOAT:
        carried = round_one(dtype, member)
        return carried if math.isfinite(carried) else None
    whole = math.isfinite(member) and member == int(member)
    return int(member) if whole and dtype.minimum <= member <= dtype.maximum else None


def _strings(domain: Domain, dtype: DType, *, blob: bool) -> Elements:
    low = domain.min_length or 0
    high = max(low, UNBOUNDED_TEXT) if domain.max_length is None else domain.max_length
    if low > high:
        raise NotDrawnError(f"has lengths from {low} to {high}, which admit nothing")
    high = min(high, LONGEST)
    if low > high:
        raise NotDrawnError(f"has texts of {low:,} or more; none longer than {LONGEST:,} are drawn")
    if domain.enum is not None:
        return _members(domain, dtype, blob=blob)
    if domain.image is not None:
        return _images(domain.image, dtype, (low, high if domain.max_length is not None else LONGEST))
    if blob and (domain.pattern is not None or domain.format is not None):
        raise NotDrawnError("`pattern` and `format` are not drawn for bytes; give samples or an enum")
    if domain.pattern is not None or domain.format is not None:
        return _pool(_written(domain, low, high), dtype, domain)
    return Blobs(dtype, low, high) if blob else Texts(dtype, low, high)


def _written(domain: Domain, low: int, high: int) -> tuple[str, ...]:
    """Return texts of a pattern, of a format, or of both: each one's own that the other admits."""
    made: list[str] = []
    if domain.format is not None:
        if domain.format not in FORMATS:
            raise NotDrawnError(f"format {domain.format!r} is not drawn")
        made += format_pool(domain.format, np.random.Generator(np.random.PCG64(0)))
    if domain.pattern is not None:
        made += pattern_pool(domain.pattern, low, high)
    fits = [each for each in dict.fromkeys(made) if low <= len(each) <= high]
    faults = text_rules(domain, None, blob=False).faults([each.encode() for each in fits])
    return tuple(each for each, fault in zip(fits, faults, strict=True) if fault is None)


def _pool(texts: tuple[str, ...], dtype: DType, domain: Domain) -> Choices:
    if not texts:
        said = [f"format {domain.format!r}"] * (domain.format is not None)
        said += [f"pattern {domain.pattern!r}"] * (domain.pattern is not None)
        what = " and ".join(said)
        raise NotDrawnError(f"no text of {what} with the declared lengths was found; give samples or an enum")
    pool = tuple(text.encode() for text in texts)
    return Choices(dtype, pool[:_SPECIAL], whole=False, pool=pool)


def _images(said: Image, dtype: DType, lengths: tuple[int, int]) -> Choices:
    made = images_of(said)
    special = [(label, data) for label, data in made.special if lengths[0] <= len(data) <= lengths[1]]
    pool = tuple(data for data in made.pool if lengths[0] <= len(data) <= lengths[1])
    if not special:
        raise NotDrawnError(f"no image with {lengths[0]:,} to {lengths[1]:,} bytes was made")
    values = tuple(data for _, data in special)
    labels = tuple(label for label, _ in special)
    # To decode eight pixels takes about as long as to make up one number.
    return Choices(dtype, values, whole=False, labels=labels, pool=pool or values, weight=made.pixels / 8)


def _members(domain: Domain, dtype: DType, *, blob: bool) -> Choices:
    members = [_listed(each) for each in domain.enum or ()]
    encoded = [each.encode() if isinstance(each, str) else each for each in members]
    values = dict.fromkeys(each for each in encoded if isinstance(each, bytes))
    rules = text_rules(domain, None, blob=blob)
    strings = tuple(values)
    kept = tuple(each for each, fault in zip(strings, rules.faults(strings), strict=True) if fault is None)
    if not kept:
        raise NotDrawnError("has an enum that its other words leave empty")
    return Choices(dtype, kept)
