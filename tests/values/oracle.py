"""A second implementation of what a contract admits, in plain Python, one element at a time, slow.

It shares nothing with `sigpact.values`: floats are rounded by `struct` and by exact fractions, bounds are
compared as fractions, shapes are unified by hand.
"""

import math
import re
import struct
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from sigpact.contract.model import Around, Contract, Domain, SignatureUse, Tensor
from sigpact.tensors.shapes import AnyRank, Expr, Fixed, Named, Unknown, evaluate
from sigpact.values.requests import Request

INTEGERS = {
    "int8": (-(2**7), 2**7 - 1), "int16": (-(2**15), 2**15 - 1), "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1), "uint8": (0, 2**8 - 1), "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1), "uint64": (0, 2**64 - 1),
}  # fmt: skip


def nearest(dtype: str, number: float) -> float:
    """Return the nearest value of a float dtype, overflow to infinity."""
    number = float(number)
    if dtype == "float64" or math.isinf(number) or math.isnan(number):
        return number
    if dtype == "bfloat16":
        return _nearest_bfloat16(number)
    code = {"float32": "f", "float16": "e"}[dtype]
    try:
        return float(struct.unpack(code, struct.pack(code, number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)


def _nearest_bfloat16(number: float) -> float:
    single = nearest("float32", number)
    if math.isinf(single):
        return single
    bits = struct.unpack("<I", struct.pack("<f", single))[0] & 0xFFFF0000
    around = [struct.unpack("<f", struct.pack("<I", each))[0] for each in (bits, bits + 0x10000)]
    if math.isinf(around[1]):
        around[1] = math.copysign(2.0**128, single)
    far = [abs(Fraction(each) - Fraction(single)) for each in around]
    even = (bits >> 16) % 2
    chosen = around[0] if (far[0], even) < (far[1], 1 - even) else around[1]
    return math.copysign(math.inf, single) if abs(chosen) == 2.0**128 else float(chosen)


def admits(domain: Domain, dtype: str, element: float | bytes, *, finite: bool, blob: bool) -> bool:
    """Whether one element of a dtype lies in a domain."""
    if isinstance(element, bytes):
        return _admits_string(domain, element, blob=blob)
    if dtype == "bool":
        return isinstance(element, bool) and (domain.enum is None or element in domain.enum)
    if dtype in INTEGERS:
        low, high = INTEGERS[dtype]
        return low <= element <= high and _admits_number(domain, element, lambda bound: bound)
    if not math.isfinite(element):
        return not finite
    return nearest(dtype, element) == element and _admits_number(
        domain, element, lambda bound: nearest(dtype, bound)
    )


def _admits_number(domain: Domain, element: float, rounding: Callable[[Any], float]) -> bool:
    says = [
        domain.enum is None or any(rounding(each) == element for each in domain.enum),
        domain.minimum is None or element >= rounding(domain.minimum),
        domain.maximum is None or element <= rounding(domain.maximum),
        domain.exclusive_minimum is None or element > rounding(domain.exclusive_minimum),
        domain.exclusive_maximum is None or element < rounding(domain.exclusive_maximum),
    ]
    if not all(says) or domain.multiple_of is None:
        return all(says)
    step = Fraction(str(domain.multiple_of))
    if isinstance(element, int):
        return Fraction(element) % step == 0
    about = round(Fraction(element) / step)
    return any(rounding(float(count * step)) == element for count in (about - 1, about, about + 1))


def _admits_string(domain: Domain, element: bytes, *, blob: bool) -> bool:
    try:
        length = len(element) if blob else len(element.decode())
    except UnicodeDecodeError:
        return False
    members = None if domain.enum is None else [_bytes(each) for each in domain.enum]
    least, most = domain.min_length or 0, math.inf if domain.max_length is None else domain.max_length
    text = element.decode(errors="replace")
    return (
        least <= length <= most
        and (members is None or element in members)
        and (domain.pattern is None or re.search(domain.pattern, text) is not None)
    )


def _bytes(member: object) -> bytes:
    return member.encode() if isinstance(member, str) else bytes(member)  # type: ignore[call-overload]


def faults(contract: Contract, use: SignatureUse, request: Request) -> list[str]:
    """Return everything about a request that the contract does not admit."""
    found = []
    sizes: dict[str, int] = {}
    for tensor in use.inputs:
        if tensor.name not in request.values:
            if tensor.optional is None:
                found.append(f"{tensor.name} is missing")
            continue
        found += _tensor_faults(tensor, request, sizes)
    found += [
        f"{group} are not together"
        for group in use.together
        if 0 < sum(name in request.values for name in group) < len(group)
    ]
    if dict(request.sizes) != sizes:
        found.append(f"sizes {request.sizes} instead of {sizes}")
    if contract.protocol == "rest" and use.body == "row":
        rows = {value.shape[:1] for value in request.values.values()}
        if rows != {(request.rows,)}:
            found.append(f"{request.rows} rows of shapes {rows}")
    return found + _size_faults(contract, sizes)


def _size_faults(contract: Contract, sizes: dict[str, int]) -> list[str]:
    found = []
    for name, size in sizes.items():
        claim = contract.bounds(name)
        low = 1 if claim is None or claim.minimum is None else claim.minimum
        high = max(8, low) if claim is None or claim.maximum is None else claim.maximum
        if not low <= size <= high:
            found.append(f"{name} = {size}")
    return found


def _tensor_faults(tensor: Tensor, request: Request, sizes: dict[str, int]) -> list[str]:
    value = request.values[tensor.name]
    kinds = {"number": "float64", "integer": "int64", "text": "string", "bytes": "string", "boolean": "bool"}
    if value.dtype.name not in [kinds.get(name, name) for name in tensor.dtypes]:
        return [f"{tensor.name} is {value.dtype}"]
    found = _shape_faults(tensor, value.shape, sizes)
    blob = "bytes" in tensor.dtypes
    flat = value.array.reshape(-1).tolist()
    width = value.shape[-1] if value.shape else 1
    for at, element in enumerate(flat):
        domain = tensor.columns[at % width].domain if tensor.columns else tensor.domain
        finite = tensor.finite
        if (
            not admits(domain, value.dtype.name, element, finite=finite, blob=blob)
            and element not in tensor.samples
        ):
            found.append(f"{tensor.name}: {element!r}")
    found += [
        f"{tensor.name}: {word}"
        for word in _whole_faults(tensor, value.array.tolist(), len(value.shape), value.dtype.name)
    ]
    return found


def _shape_faults(tensor: Tensor, shape: tuple[int, ...], sizes: dict[str, int]) -> list[str]:
    if isinstance(tensor.shape, AnyRank):
        return []
    dims = tensor.shape.dims
    if len(shape) != len(dims) and not (tensor.shape.leading and len(shape) > len(dims)):
        return [f"{tensor.name} has shape {shape}"]
    pairs = list(zip(reversed(dims), reversed(shape), strict=False))[::-1]
    for dim, size in pairs:
        if isinstance(dim, Named):
            sizes.setdefault(dim.name, size)
    wrong = []
    for dim, size in pairs:
        match dim:
            case Fixed(told) if told != size:
                wrong.append(f"{tensor.name}: {told} is {size}")
            case Named(name) if sizes[name] != size:
                wrong.append(f"{tensor.name}: {name} is {size}")
            case Expr(text, tree) if (
                all(name in sizes for name in names(text)) and evaluate(tree, sizes) != size
            ):
                wrong.append(f"{tensor.name}: {text} is {size}")
            case Unknown() if size < 0:
                wrong.append(f"{tensor.name}: a negative size")
    return wrong


def names(text: str) -> Iterable[str]:
    """Return the names in the text of an expression."""
    return set(re.findall(r"[a-z]\w*", text)) - {"min", "max"}


def slices(nested: object, rank: int, axis: int) -> list[list[float]]:
    """Return the slices along an axis of nested lists."""
    axis %= rank
    if rank == 1:
        return [nested]  # type: ignore[list-item]
    if axis == rank - 1:
        return [each for item in nested for each in slices(item, rank - 1, axis - 1)]  # type: ignore[attr-defined]
    if axis > 0:
        return [each for item in nested for each in slices(item, rank - 1, axis - 1)]  # type: ignore[attr-defined]
    parts = [_leaves(item) for item in nested]  # type: ignore[attr-defined]
    return [list(each) for each in zip(*parts, strict=True)]


def _leaves(nested: object) -> list[float]:
    if not isinstance(nested, list):
        return [nested]  # type: ignore[list-item]
    return [leaf for each in nested for leaf in _leaves(each)]


def _whole_faults(tensor: Tensor, nested: object, rank: int, dtype: str) -> list[str]:
    words = []
    if tensor.unique is not None and any(
        len(set(each)) != len(each) for each in slices(nested, rank, tensor.unique)
    ):
        words.append("not unique")
    if tensor.sorted is not None:
        back = tensor.sorted == "descending"
        if any(each != sorted(each, reverse=back) for each in slices(nested, rank, rank - 1)):
            words.append("not sorted")
    for word, around, total in (("sum", tensor.sums_to, math.fsum), ("norm", tensor.norm, _length)):
        if around is not None:
            found = [total(each) for each in slices(nested, rank, around.axis)]
            words += [f"{word} {each}" for each in found if not _about(each, around, dtype)]
    return words


def _length(parts: list[float]) -> float:
    return math.sqrt(math.fsum(part * part for part in parts))


def _about(found: float, wanted: Around, dtype: str) -> bool:
    relative, absolute = (1e-2, 1e-3) if dtype in {"float16", "bfloat16"} else (1e-5, 1e-6)
    if wanted.atol is not None:
        relative, absolute = 0, wanted.atol
    within = relative * max(abs(found), abs(wanted.value)) + absolute
    return abs(found - wanted.value) <= within * (1 + 1e-9)
