"""The shape of an answer: a name has one value in a call, over all inputs and outputs."""

from collections.abc import Iterator, Mapping

from sigpact.checks.breaches import Breach, whole
from sigpact.contract.model import Contract, SignatureUse, Tensor
from sigpact.tensors.shapes import Dim, Expr, Fixed, Named, Ranked, evaluate

RULE = "answer-shape-changed"


def bind(
    use: SignatureUse, sizes: Mapping[str, int], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, int]:
    """Return the sizes of all names: the request's, then each where an output has it first.

    An expression never binds; an output with another number of dimensions binds nothing.
    """
    bound = dict(sizes)
    for tensor in use.outputs:
        for dim, size in _pairs(tensor, shapes.get(tensor.name)):
            if isinstance(dim, Named):
                bound.setdefault(dim.name, size)
    return bound


def _pairs(tensor: Tensor, shape: tuple[int, ...] | None) -> Iterator[tuple[Dim, int]]:
    """Yield the dimensions that are written, with their sizes; nothing where their number is another."""
    if shape is None or not isinstance(tensor.shape, Ranked) or not _rank_fits(tensor.shape, len(shape)):
        return
    yield from zip(tensor.shape.dims, shape[len(shape) - len(tensor.shape.dims) :], strict=True)


def _rank_fits(wanted: Ranked, rank: int) -> bool:
    return rank >= len(wanted.dims) if wanted.leading else rank == len(wanted.dims)


def check_shape(
    contract: Contract, tensor: Tensor, shape: tuple[int, ...], bound: Mapping[str, int]
) -> Iterator[Breach]:
    """Yield at most one breach: another number of dimensions, other sizes, or sizes outside of `dims`."""
    if tensor.columns and shape and shape[-1] != len(tensor.columns):
        yield whole(RULE, tensor.name, f"{len(tensor.columns)} columns", _found(shape))
        return
    wrong = _labels_fault(tensor, shape)
    if wrong is not None:
        yield whole(RULE, tensor.name, wrong, _found(shape))
        return
    if not isinstance(tensor.shape, Ranked):
        return
    if not _rank_fits(tensor.shape, len(shape)):
        yield whole(RULE, tensor.name, _wanted(tensor, bound), _found(shape))
        return
    for dim, size in _pairs(tensor, shape):
        told = _size(dim, bound)
        if told is not None and told != size:
            yield whole(RULE, tensor.name, _wanted(tensor, bound), _found(shape))
            return
        claim = contract.bounds(dim.name) if isinstance(dim, Named) else None
        if claim is None or (claim.minimum or 0) <= size <= (
            size if claim.maximum is None else claim.maximum
        ):
            continue
        yield whole(RULE, tensor.name, f"{dim} {_claimed(claim.minimum, claim.maximum)}", f"{dim} = {size}")
        return


def _labels_fault(tensor: Tensor, shape: tuple[int, ...]) -> str | None:
    """Return what is expected where an axis has not as many positions as there are labels."""
    labels = tensor.labels
    if labels is None:
        return None
    there = shape[labels.axis] if -len(shape) <= labels.axis < len(shape) else None
    said = f"{len(labels.names)} positions along axis {labels.axis}, one for each label"
    return None if there == len(labels.names) else said


def _size(dim: Dim, bound: Mapping[str, int]) -> int | None:
    """Return the length that a dimension has in this call; None where it may have any."""
    match dim:
        case Fixed(size):
            return size
        case Named(name):
            return bound.get(name)
        case Expr(_, tree):
            try:
                return evaluate(tree, bound)
            except (KeyError, ZeroDivisionError):
                return None
    return None


def _wanted(tensor: Tensor, bound: Mapping[str, int]) -> str:
    if not isinstance(tensor.shape, Ranked):
        return str(tensor.shape)
    sizes = [_size(dim, bound) for dim in tensor.shape.dims]
    numbers = [
        *(["..."] if tensor.shape.leading else []),
        *("?" if each is None else str(each) for each in sizes),
    ]
    return f"shape {tensor.shape} = [{', '.join(numbers)}]"


def _found(shape: tuple[int, ...]) -> str:
    return f"shape [{', '.join(map(str, shape))}]"


def _claimed(minimum: int | None, maximum: int | None) -> str:
    low = [] if minimum is None else [f"at least {minimum}"]
    high = [] if maximum is None else [f"at most {maximum}"]
    return " and ".join(low + high)
