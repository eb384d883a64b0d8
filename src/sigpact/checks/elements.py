"""What each element of an output must be: bounds, `enum`, lengths, `pattern`, `format`, `finite`, UTF-8."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial, reduce

import numpy as np

from sigpact.checks.breaches import Breach
from sigpact.checks.views import Seen, farthest_wrong, first_wrong
from sigpact.contract.model import BytesFile, Domain, Number, Scalar
from sigpact.tensors.dtypes import BY_NAME, DType, Kind
from sigpact.values.domains import Integers, is_bytes, numbers, part_dtype
from sigpact.values.drawable import sample_array
from sigpact.values.membership import TextRules, among, inside, text_rules
from sigpact.values.numerics import as_float
from sigpact.values.patterns import SECONDS, PatternTimeoutError
from sigpact.wire.arrays import Array, Value

OUTSIDE = "output-value-outside"
_SHOWN = 12


def check_elements(seen: Seen) -> Iterator[Breach]:
    """Yield what elements break: at most one breach for each word, the worst element with it."""
    match seen.value.dtype.kind:
        case Kind.STRING:
            yield from _check_strings(seen)
        case Kind.FLOAT | Kind.COMPLEX:
            yield from _check_finite(seen)
            yield from _check_numbers(seen)
        case Kind.INT | Kind.UINT | Kind.BOOL:
            yield from _check_numbers(seen)
        case _:
            return


def _check_finite(seen: Seen) -> Iterator[Breach]:
    if seen.tensor.finite:
        for wrong in first_wrong(~np.isfinite(seen.value.array)):
            yield seen.breach("output-not-finite", wrong, "finite numbers", "finite")


def _check_numbers(seen: Seen) -> Iterator[Breach]:
    if seen.value.dtype.kind is Kind.COMPLEX:
        yield from _check_parts(seen)
        return
    columns, shape = seen.tensor.columns, seen.value.shape
    if columns and shape and shape[-1] == len(columns):
        for at, column in enumerate(columns):
            mask = np.zeros(shape, bool)
            mask[..., at] = True
            yield from _check_domain(seen, column.domain, mask, f"{column.name}: ")
    yield from _check_range(seen)
    yield from _check_domain(seen, seen.tensor.domain, np.ones(shape, bool), "")


def _check_parts(seen: Seen) -> Iterator[Breach]:
    """Check bounds on the real and on the imaginary part of complex numbers."""
    dtype, array = part_dtype(seen.value.dtype), seen.value.array
    for name, part in (("real part", array.real), ("imaginary part", array.imag)):
        of_part = replace(seen, value=Value(dtype, part))
        yield from _check_domain(of_part, seen.tensor.domain, np.ones(part.shape, bool), f"{name}: ")


def _check_range(seen: Seen) -> Iterator[Breach]:
    """Check what a dtype's name says of values over REST: `int8` bounds them, whatever was served."""
    named = [BY_NAME[name] for name in seen.tensor.dtypes if name in BY_NAME]
    if not seen.is_rest or not named or seen.value.dtype.kind is Kind.BOOL:
        return
    fits = reduce(np.logical_or, [_in_range(each, seen.value.array) for each in named])
    for wrong in first_wrong(~fits & _judged(seen)):
        yield seen.breach(OUTSIDE, wrong, f"values of {' or '.join(seen.tensor.dtypes)}", "dtype")


def _in_range(dtype: DType, array: Array) -> Array:
    if dtype.is_integer:
        return inside(Integers(dtype, dtype.minimum, dtype.maximum), array)
    with np.errstate(over="ignore"):
        return np.isfinite(array.astype(np.float32)) if dtype.bits == 32 else np.ones(array.shape, bool)


def _judged(seen: Seen) -> Array:
    """Return which elements bounds speak of: what is not finite is judged by `finite` alone."""
    array = seen.value.array
    return np.isfinite(array) if array.dtype.kind == "f" else np.ones(array.shape, bool)


def _check_domain(seen: Seen, domain: Domain, where: Array, prefix: str) -> Iterator[Breach]:
    words = tuple(_words(domain))
    if domain.enum is None and not words:
        return
    judged = where & _judged(seen)
    if domain.enum is not None:
        members = tuple(each for each in domain.enum if isinstance(each, int | float))
        for wrong in first_wrong(_not_in_any(seen, judged, partial(among, members))):
            yield seen.breach(OUTSIDE, wrong, f"{prefix}one of {_listed(domain.enum)}", "enum")
    if seen.value.dtype.kind is Kind.BOOL:
        return
    if not _not_in_any(seen, judged, partial(_in_domain, domain)).any():
        return
    for word, said, part in words:
        far = np.abs(seen.value.array.astype(np.float64) - as_float(said))
        for wrong in farthest_wrong(_not_in_any(seen, judged, partial(_in_domain, part)), far):
            yield seen.breach(OUTSIDE, wrong, f"{prefix}{word} {said}", word)


def _in_domain(domain: Domain, dtype: DType, array: Array) -> Array:
    return inside(numbers(domain, dtype), array)


def _not_in_any(seen: Seen, judged: Array, test: Callable[[DType, Array], Array]) -> Array:
    """Return which of the judged elements fail a test in every dtype that they may have had."""
    failing = judged
    for dtype in seen.dtypes():
        failing = failing & ~test(dtype, seen.numbers(dtype))
        if not failing.any():
            break
    return failing


def _listed(members: tuple[Scalar, ...]) -> str:
    shown = ", ".join("a file" if isinstance(each, BytesFile) else str(each) for each in members[:_SHOWN])
    return shown if len(members) <= _SHOWN else f"{shown} and {len(members) - _SHOWN} more"


def _words(domain: Domain) -> Iterator[tuple[str, Number, Domain]]:
    """Yield each word about numbers with its value, and the domain that says only this."""
    if domain.minimum is not None:
        yield "minimum", domain.minimum, Domain(minimum=domain.minimum)
    if domain.exclusive_minimum is not None:
        yield "exclusiveMinimum", domain.exclusive_minimum, Domain(exclusive_minimum=domain.exclusive_minimum)
    if domain.maximum is not None:
        yield "maximum", domain.maximum, Domain(maximum=domain.maximum)
    if domain.exclusive_maximum is not None:
        yield "exclusiveMaximum", domain.exclusive_maximum, Domain(exclusive_maximum=domain.exclusive_maximum)
    if domain.multiple_of is not None:
        yield "multipleOf", domain.multiple_of, Domain(multiple_of=domain.multiple_of)


def _check_strings(seen: Seen) -> Iterator[Breach]:
    blob, array = is_bytes(seen.contract, seen.tensor), seen.value.array
    strings = list(dict.fromkeys(array.reshape(-1).tolist()))
    if _must_be_text(seen) and not blob:
        broken = {each for each in strings if not _is_utf8(each)}
        for wrong in first_wrong(_mask(array, broken)):
            yield seen.breach("output-text-undecodable", wrong, "valid UTF-8", "utf-8")
    columns, shape = seen.tensor.columns, seen.value.shape
    if columns and shape and shape[-1] == len(columns):
        for at, column in enumerate(columns):
            where = np.zeros(shape, bool)
            where[..., at] = True
            rules, written = _rules(column.domain, blob=blob), list(dict.fromkeys(array[where].tolist()))
            yield from _check_text(seen, rules, (written, where), f"{column.name}: ")
    everywhere = strings, np.ones(shape, bool)
    yield from _check_text(seen, _rules(seen.tensor.domain, blob=blob), everywhere, "")


def _must_be_text(seen: Seen) -> bool:
    """Whether the client reads characters: `text`, and over REST any string that is not written as base64."""
    return "text" in seen.tensor.dtypes or seen.is_rest


def _is_utf8(string: bytes) -> bool:
    try:
        string.decode()
    except UnicodeDecodeError:
        return False
    return True


def _mask(array: Array, chosen: set[bytes]) -> Array:
    if not chosen:
        return np.zeros(array.shape, bool)
    return np.fromiter((each in chosen for each in array.flat), bool, array.size).reshape(array.shape)


@lru_cache(maxsize=256)
def _rules(domain: Domain, *, blob: bool) -> TextRules:
    members = None
    if domain.enum is not None:
        members = tuple(sample_array(each, BY_NAME["string"]).item() for each in domain.enum)
    return text_rules(domain, members, blob=blob)


def _check_text(
    seen: Seen, rules: TextRules, judged: tuple[list[bytes], Array], prefix: str
) -> Iterator[Breach]:
    """Yield what the distinct strings of a part of the tensor break."""
    if not rules.domain.is_declared:
        return
    strings, where = judged
    try:
        faults = rules.faults(strings)
    except PatternTimeoutError:
        said = f"{prefix}pattern {rules.domain.pattern}"
        yield seen.undecided("output-pattern-undecided", said, f"no match decided within {SECONDS:g} seconds")
        return
    for word in dict.fromkeys(fault for fault in faults if fault is not None):
        broken = {each for each, fault in zip(strings, faults, strict=True) if fault == word}
        for wrong in first_wrong(_mask(seen.value.array, broken) & where):
            yield seen.breach(OUTSIDE, wrong, prefix + _said(rules.domain, word), word)


def _said(domain: Domain, word: str) -> str:
    match word:
        case "enum":
            return f"one of {_listed(domain.enum or ())}"
        case "minLength":
            return f"minLength {domain.min_length}"
        case "maxLength":
            return f"maxLength {domain.max_length}"
        case "pattern":
            return f"pattern {domain.pattern}"
        case "image":
            return "an image as declared" if domain.image is None else f"{domain.image.media} as declared"
        case _:
            return f"format {domain.format}"
