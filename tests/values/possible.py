"""Whether any request satisfies a contract, and which boundaries then exist: by brute force over small sizes.

Like `oracle`, it shares nothing with `sigpact.values`.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction

from sigpact.contract.model import Around, Contract, Domain, SignatureUse, Tensor
from sigpact.tensors.shapes import AnyRank, Expr, Fixed, Named, Unknown, evaluate
from tests.values.oracle import INTEGERS, admits, names, nearest

SIZES = 9
"""A name is tried with so many sizes, from its least upwards, and with its greatest."""
MANY = 300
"""Of a domain with more values than this the ends are known, and that there are many between."""
_PRECISION = {"float16": (10, -14), "bfloat16": (7, -126), "float32": (23, -126), "float64": (52, -1022)}


def sizes(contract: Contract, use: SignatureUse) -> Iterator[dict[str, int]]:
    """Yield the sizes of all names, and of every `null` (`x 1`: axis 1 of `x`), that make all shapes."""
    plain = sorted({name for each in use.inputs for name in _names_in(each)})
    nulls = [key for each in use.inputs for key in _nulls_in(each)]
    spans = [_span(contract, name) for name in plain] + [range(1, 5)] * len(nulls)
    for chosen in itertools.product(*spans):
        made = dict(zip([*plain, *nulls], chosen, strict=True))
        if any(_shapes_at(contract, use, made)):
            yield made


def sensible_sizes(contract: Contract, use: SignatureUse) -> list[dict[str, int]]:
    """Return the sizes in which no expression comes to 0 but for a name that is 0; if there are none, all."""
    every = list(sizes(contract, use))
    exprs = [
        dim
        for each in use.inputs
        if not isinstance(each.shape, AnyRank)
        for dim in each.shape.dims
        if isinstance(dim, Expr)
    ]
    sensible = [
        made
        for made in every
        if all(evaluate(e.tree, made) > 0 or 0 in [made[name] for name in names(e.text)] for e in exprs)
    ]
    return sensible or every


def _names_in(tensor: Tensor) -> set[str]:
    dims = () if isinstance(tensor.shape, AnyRank) else tensor.shape.dims
    told = {dim.name for dim in dims if isinstance(dim, Named)}
    return told.union(*(set(names(dim.text)) for dim in dims if isinstance(dim, Expr)))


def _nulls_in(tensor: Tensor) -> list[str]:
    dims = () if isinstance(tensor.shape, AnyRank) else tensor.shape.dims
    return [f"{tensor.name} {axis}" for axis, dim in enumerate(dims) if isinstance(dim, Unknown)]


def _span(contract: Contract, name: str) -> list[int]:
    claim = contract.bounds(name)
    low = 1 if claim is None or claim.minimum is None else claim.minimum
    high = max(8, low) if claim is None or claim.maximum is None else claim.maximum
    return [*range(low, min(high, low + SIZES - 1) + 1), *([high] if high >= low + SIZES else [])]


def _shapes_at(
    contract: Contract, use: SignatureUse, made: Mapping[str, int]
) -> Iterator[list[tuple[int, ...]]]:
    """Yield the shapes of all inputs, once for each number of leading dimensions."""
    row_body = contract.protocol == "rest" and use.body == "row"
    leads = any(not isinstance(each.shape, AnyRank) and each.shape.leading for each in use.inputs)
    for leading in (1,) if row_body or not leads else (0, 1):
        shapes = [_shape(each, made, leading) for each in use.inputs]
        known = [each for each in shapes if each is not None]
        if len(known) < len(shapes):
            continue
        firsts = {each[:1] for each in known if -1 not in each[:1]}
        if not row_body or (
            len(firsts) <= 1 and () not in firsts and 0 not in [x for f in firsts for x in f]
        ):
            yield known


def _shape(tensor: Tensor, made: Mapping[str, int], leading: int) -> tuple[int, ...] | None:
    """Return a shape; -1 where any size will do; None where there is none."""
    if isinstance(tensor.shape, AnyRank):
        return (-1,)
    found = [-1] * (leading if tensor.shape.leading else 0)
    for axis, dim in enumerate(tensor.shape.dims):
        match dim:
            case Fixed(size):
                found.append(size)
            case Named(name):
                found.append(made[name])
            case Expr(_, tree):
                found.append(evaluate(tree, made))
            case Unknown():
                found.append(made[f"{tensor.name} {axis}"])
    return tuple(found) if all(size >= -1 for size in found) and _fits(tensor, found) else None


def _fits(tensor: Tensor, shape: list[int]) -> bool:
    return not any(isinstance(d, Expr) and s < 0 for d, s in _pairs(tensor, shape))


def _pairs(tensor: Tensor, shape: list[int]) -> list[tuple[object, int]]:
    dims = () if isinstance(tensor.shape, AnyRank) else tensor.shape.dims
    return list(zip(reversed(dims), reversed(shape), strict=False))


def is_possible(contract: Contract, use: SignatureUse) -> bool:
    """Whether some call lies in the domain, safely: not by a hair of rounding."""
    elements = {each.name: _elements(each) for each in use.inputs}
    if [] in elements.values():
        return False
    return any(
        all(_holds(each, shape, elements[each.name]) for each, shape in zip(use.inputs, shapes, strict=True))
        for made in sizes(contract, use)
        for shapes in _shapes_at(contract, use, made)
    )


def _elements(tensor: Tensor) -> list[float] | None:
    """Return the values of a domain of numbers, [] where it admits nothing; None where they do not matter."""
    said = tensor.domain
    if tensor.columns:
        return None if all(values(each.domain, tensor.dtypes[0]) for each in tensor.columns) else []
    if tensor.dtypes[0] in {"text", "bytes", "string"}:
        return None if said.enum is not None or (said.min_length or 0) <= (said.max_length or 0) else []
    return values(said, tensor.dtypes[0])


def values(domain: Domain, dtype: str) -> list[float]:
    """Return values of a domain in order: all of few, of many the ends, their neighbours and some others."""
    if dtype == "bool":
        return [False, True]
    if domain.enum is not None:
        made = (_as(dtype, each) for each in domain.enum)
        found = [each for each in made if each is not None and _admitted(domain, dtype, each)]
    else:
        found = [each for each in _tried(domain, dtype) if _admitted(domain, dtype, each)]
    return sorted(set(found))


def _admitted(domain: Domain, dtype: str, number: float) -> bool:
    return admits(domain, dtype, number, finite=True, blob=False)


def _as(dtype: str, member: object) -> float | None:
    if not isinstance(member, int | float):
        return None
    if dtype in INTEGERS:
        return int(member) if math.isfinite(member) and member == int(member) else None
    return nearest(dtype, member)


def _tried(domain: Domain, dtype: str) -> Iterator[float]:
    low = [each for each in (domain.minimum, domain.exclusive_minimum) if each is not None]
    high = [each for each in (domain.maximum, domain.exclusive_maximum) if each is not None]
    if not low or not high:
        return
    if dtype in INTEGERS:
        yield from _whole(max(low), min(high), domain.multiple_of or 1, INTEGERS[dtype])
        return
    for bound in (max(low), min(high)):
        yield from _about(bound, dtype)
    yield from ordinary(dtype)
    if domain.multiple_of is not None:
        yield from _stepped(max(low), min(high), domain.multiple_of, dtype)


def ordinary(dtype: str) -> list[float]:
    """Return what is special in a float dtype wherever the bounds lie."""
    digits, least = _PRECISION[dtype]
    tiny = [2.0**least, 2.0 ** (least - digits)]
    return [0.0, -0.0, 1.0, -1.0, *tiny, *(-each for each in tiny)]


def _about(bound: float, dtype: str) -> list[float]:
    middle = nearest(dtype, min(max(bound, -1.8e308), 1.8e308))
    if math.isinf(middle):
        digits, least = _PRECISION[dtype]
        middle = math.copysign((2 - 2.0**-digits) * 2.0 ** (1 - least), middle)
    return [step(step(middle, dtype, up=False), dtype, up=False), step(middle, dtype, up=False), middle,
            step(middle, dtype, up=True), step(step(middle, dtype, up=True), dtype, up=True)]  # fmt: skip


def step(number: float, dtype: str, *, up: bool) -> float:
    """Return the next value of a float dtype."""
    digits, least = _PRECISION[dtype]
    exponent = least if number == 0 else max(least, math.frexp(number)[1] - 1)
    gap = 2.0 ** (exponent - digits)
    towards_zero = number != 0 and (number > 0) is not up
    if towards_zero and abs(number) == 2.0**exponent and exponent > least:
        gap /= 2
    return float(Fraction(number) + (Fraction(gap) if up else -Fraction(gap)))


def _whole(low: float, high: float, unit: float, ends: tuple[int, int]) -> Iterator[int]:
    least = max(ends[0], math.floor(low) if math.isfinite(low) else ends[0])
    most = min(ends[1], math.ceil(high) if math.isfinite(high) else ends[1])
    stride = Fraction(str(unit)).numerator
    if most - least <= MANY:
        yield from range(least, most + 1)
        return
    for start in (least, most, 0):
        first = -(-start // stride) * stride
        yield from (first + by * stride for by in range(-3, 4))
        yield from (start - 1, start, start + 1)


def _stepped(low: float, high: float, unit: float, dtype: str) -> Iterator[float]:
    stride = Fraction(str(unit))
    for start in (Fraction(low), Fraction(high), Fraction(0)):
        first = math.floor(start / stride)
        for by in range(-3, MANY if start == Fraction(low) else 4):
            made = (first + by) * stride
            if abs(made) < 2**1023:
                yield nearest(dtype, float(made))


def _holds(tensor: Tensor, shape: tuple[int, ...], found: list[float] | None) -> bool:
    rank = len(shape)
    if tensor.columns:
        return rank > 0 and shape[-1] in {-1, len(tensor.columns)}
    axes = [tensor.unique] + [each.axis for each in (tensor.norm, tensor.sums_to) if each is not None]
    axes += [-1] if tensor.sorted else []
    if any(axis is not None and not -rank <= axis < rank for axis in axes):
        return False
    return found is None or _is_whole_possible(tensor, shape, found)


def _is_whole_possible(tensor: Tensor, shape: tuple[int, ...], found: list[float]) -> bool:
    by_hand = tensor.domain.multiple_of is not None or tensor.dtypes[0] in INTEGERS or tensor.domain.enum
    is_few = bool(by_hand) and len(found) < MANY
    if tensor.unique is not None:
        most = len(found) if is_few else 1 if found[0] == found[-1] else math.inf
        if shape[tensor.unique] > most:
            return False
    return all(
        around is None or _adds_up(around, power, shape[around.axis], (found, is_few), tensor)
        for around, power in ((tensor.sums_to, 1), (tensor.norm, 2))
    )


def _adds_up(
    around: Around, power: int, length: int, domain: tuple[list[float], bool], tensor: Tensor
) -> bool:
    if length == -1:
        return any(_adds_up(around, power, each, domain, tensor) for each in range(1, 5))
    found, is_few = domain
    wanted = Fraction(around.value) ** power
    # Half of the smallest tolerance that the language has: what is possible by a hair is left out.
    slack = Fraction(0) if tensor.dtypes[0] in INTEGERS else abs(wanted) * Fraction(1, 10**6)
    if is_few:
        return _reaches([Fraction(each) ** power for each in found], length, wanted, slack)
    parts: list[Fraction] = [abs(Fraction(each)) ** power if power == 2 else Fraction(each) for each in found]
    least = Fraction(0) if power == 2 and found[0] <= 0 <= found[-1] else min(parts)
    margin = Fraction(1, 10**3) * max(Fraction(1), abs(wanted))
    if tensor.domain.multiple_of is not None or tensor.dtypes[0] in INTEGERS:
        return False
    most = max(parts)
    return length > 0 and length * least + margin <= wanted <= length * most - margin


def _reaches(parts: list[Fraction], length: int, wanted: Fraction, slack: Fraction) -> bool:
    """Whether so many parts add up; of many sums some are forgotten, so no may be wrong, yes is not."""
    scale = math.lcm(*(each.denominator for each in parts), wanted.denominator, slack.denominator)
    whole = sorted({int(each * scale) for each in parts}, key=abs)[:40]
    target, near = int(wanted * scale), int(slack * scale)
    sums = {0}
    for _ in range(length):
        sums = set(sorted({known + part for known in sums for part in whole}, key=abs)[:500])
    return any(abs(each - target) <= near for each in sums)
