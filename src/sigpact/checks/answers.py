"""`check_answer`: what one answer must be, given its request and the contract. Whole arrays at a time."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from sigpact.checks.breaches import Breach, whole
from sigpact.checks.elements import check_elements
from sigpact.checks.shapes import bind, check_shape
from sigpact.checks.slices import check_slices
from sigpact.checks.views import Seen
from sigpact.contract.images import NEEDED, can_read
from sigpact.contract.model import Contract, SignatureUse, Tensor
from sigpact.tensors.dtypes import BY_NAME, DType, Kind
from sigpact.values.requests import Request
from sigpact.wire.arrays import Value

__all__ = ["Breach", "check_answer", "not_looked_at"]

_NOTHING: Final[Mapping[str, DType]] = MappingProxyType({})
_KINDS: Final = {
    "number": frozenset([Kind.FLOAT, Kind.INT, Kind.UINT]),
    "integer": frozenset([Kind.INT, Kind.UINT]),
    "boolean": frozenset([Kind.BOOL]),
    "text": frozenset([Kind.STRING]),
    "bytes": frozenset([Kind.STRING]),
}
_ALIKE: Final = (
    frozenset([Kind.FLOAT]),
    frozenset([Kind.INT, Kind.UINT]),
    frozenset([Kind.BOOL]),
    frozenset([Kind.STRING]),
    frozenset([Kind.COMPLEX]),
    frozenset([Kind.OPAQUE]),
)


def check_answer(
    contract: Contract,
    use: SignatureUse,
    request: Request,
    answer: Mapping[str, Value],
    *,
    served: Mapping[str, DType] = _NOTHING,
) -> Iterator[Breach]:
    """Yield what is wrong with each declared output, at most one breach for each word of the contract.

    `answer` is what the client reads. Over REST that is JSON's numbers: `served` are the dtypes of the
    tensors that the model gave, to which bounds are rounded before they are compared; without them a
    number passes if it is within the bounds as a float32 or as a float64.
    """
    bound = bind(use, request.sizes, {name: value.shape for name, value in answer.items()})
    for tensor in use.outputs:
        value = answer.get(tensor.name)
        if value is None:
            there = ", ".join(sorted(answer)) or "none"
            yield whole("output-missing", tensor.name, f"an output {tensor.name!r}", f"outputs: {there}")
            continue
        other = _other_dtype(contract, tensor, value)
        if other is not None:
            yield whole("answer-dtype-changed", tensor.name, other, str(value.dtype))
            continue
        yield from check_shape(contract, tensor, value.shape, bound)
        seen = Seen(contract, tensor, value, request.rows, served.get(tensor.name))
        yield from check_elements(seen)
        yield from check_slices(seen)


def _other_dtype(contract: Contract, tensor: Tensor, value: Value) -> str | None:
    """Return what is expected where the dtype is not admitted: over gRPC any other, over REST other words."""
    if any(_admits(contract, name, value.dtype) for name in tensor.dtypes):
        return None
    return " or ".join(tensor.dtypes)


def _admits(contract: Contract, name: str, found: DType) -> bool:
    if name in _KINDS:
        return found.kind in _KINDS[name]
    wanted = BY_NAME[name]
    if contract.protocol == "grpc":
        return found == wanted
    return any(wanted.kind in alike and found.kind in alike for alike in _ALIKE)


def not_looked_at(tensor: Tensor) -> tuple[str, ...]:
    """Return the words of an output that no check here reads, as the contract writes them."""
    return (NEEDED,) if tensor.domain.image is not None and not can_read() else ()
